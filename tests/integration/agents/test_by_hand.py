"""Every step of Rosa's story by the agents' own commands, against two real nodes."""

import shutil
import time
from pathlib import Path

import pytest

from agents.bundle_archive import read_bundle, write_bundle
from agents.bundle_files import SUMMARY
from portability.node.development.federation import FederationLayout
from tests.integration.agents.conftest import Run, Said

ROSA = Path(__file__).resolve().parents[3] / "portability" / "examples" / "rosa"
TEMPLATE = ROSA.parent / "purpose-claim-old-age.toml"
CNAV, INSS, PORTAL = "fr-agency-cnav", "es-agency-inss", "es-portal"
AUDITOR = "es-auditor"
PATIENCE_SECONDS = 120.0

FR_FACTS = ("--minimum-years", "15", "--independent", "800.00 EUR", "--theoretical", "1500.00 EUR")
ES_FACTS = ("--minimum-years", "15", "--theoretical", "1200.00 EUR")


def await_state(run: Run, profile: str, case: str, state: str) -> dict[str, object]:
    """Ask until the case is there; nodes deliver in their own time."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        answer = run(profile, "case", case)
        if answer.status == 0 and answer.json()["state"] == state:
            return answer.json()
        assert time.monotonic() < deadline, answer
        time.sleep(0.2)


def text(value: object) -> str:
    assert isinstance(value, str)
    return value


def test_rosas_story_can_be_told_by_hand(run: Run, tmp_path: Path) -> None:
    key, bundle = tmp_path / "rosa.pem", tmp_path / "bundle"
    french, spanish = load_histories(run)
    introduce(run, french, spanish)
    enrol(run, spanish, key)
    consent = consent_to_request(run, spanish, key)
    case = settle(run, spanish, consent)
    audit(run, case, bundle)
    argue(run, case, tmp_path)
    look(run, key)
    take(run, key, tmp_path / "mine.zip")
    read_about(run, spanish, case, key, tmp_path)
    withdraw(run, spanish, consent, key)
    forget(run, spanish, case, tmp_path)


def load_histories(run: Run) -> tuple[str, str]:
    """Both agencies import their halves; importing again takes nothing twice."""
    persons = []
    for profile, country in ((CNAV, "fr"), (INSS, "es")):
        form = ROSA / f"rosa-{country}.p5000.json"
        person = text(run(profile, "enrol-person", "--from", form).json()["person"])
        assert run(profile, "find-person", "--from", form).json()["person"] == person
        imported = run(profile, "import", form).json()
        assert (imported["person"], imported["refused"]) == (person, [])
        run(profile, "import", ROSA / f"rosa-{country}.csv", "--person", person).json()
        again = run(profile, "import", form).json()
        assert again["accepted"] == []
        assert "already-recorded" in str(again["report"])
        persons.append(person)
    assert len(items(run(CNAV, "records", persons[0]))) == 8
    return persons[0], persons[1]


def introduce(run: Run, french: str, spanish: str) -> None:
    """The two nodes get a name for Rosa that nobody else knows her by."""
    reference = text(run(CNAV, "create-reference", french, "--peer", "ES").json()["reference"])
    run(INSS, "accept-reference", spanish, reference, "--peer", "FR").json()


def enrol(run: Run, person: str, key: Path) -> None:
    code = text(run(INSS, "enrolment-code", person).json()["code"])
    assert run(PORTAL, "enrol", code, "--key", key).json()["person"] == person
    assert key.stat().st_mode & 0o777 == 0o600


def consent_to_request(run: Run, person: str, key: Path) -> str:
    """Nothing is signed unless Rosa says so."""
    run(INSS, "register-template", TEMPLATE).json()
    asked = text(ask(run, own_reference(run, person))["consent_request"])
    assert [one["request"] for one in items(run(PORTAL, "requests", "--key", key))] == [asked]
    unasked = run(PORTAL, "consent", asked, "--key", key)
    assert (unasked.status, unasked.out) == (2, "")
    given = run(PORTAL, "consent", asked[:12], "--key", key, "--yes").json()
    assert given["state"] == "granted"
    consent = text(given["consent"])
    assert run(INSS, "consent-state", consent).json()["state"] == "granted"
    return consent


def settle(run: Run, person: str, consent: str) -> str:
    """From claim to closure; each office computes for itself what it signs."""
    opened = open_case(run, person)
    case = text(opened["case"])
    ask_history(run, opened, consent)
    assert await_state(run, INSS, case, "agreed")["digest"]
    await_state(run, CNAV, case, "agreed")
    french = run(CNAV, "determine", case, *FR_FACTS).json()
    spanish = run(INSS, "determine", case, *ES_FACTS).json()
    assert (french["payable"], spanish["payable"]) == ("1000.00 EUR", "400.00 EUR")
    await_state(run, INSS, case, "closed")
    assert case in str(items(run(CNAV, "cases")))
    return case


def audit(run: Run, case: str, bundle: Path) -> None:
    """The bundle verifies where its trust is pinned; one flipped bit and it does not."""
    exported = run(INSS, "export", case, bundle).json()
    assert exported["verified"] is True
    assert exported["payable_total"] == {"EUR": "1400.00"}
    assert run("offline", "verify", bundle).json()["verified"] is True
    assert "VERIFIED" in run("offline", "verify", bundle, as_json=False).out
    path = sorted((bundle / "statements").iterdir())[0]
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
    broken = run("offline", "verify", bundle)
    assert broken.status == 1
    assert "was changed" in broken.out


def argue(run: Run, case: str, folder: Path) -> None:
    """Each step follows, both bundles prove every arrival, and whoever hides something is found."""
    await_state(run, CNAV, case, "closed")
    spanish, french, hiding = (folder / name for name in ("es", "fr", "hiding"))
    run(INSS, "export", case, spanish).json()
    run(CNAV, "export", case, french).json()
    for bundle in (spanish, french):
        told = run("offline", "replay", bundle).json()
        assert (told["follows"], told["state"]) == (True, "closed")
        assert [one["kind"] for one in told["steps"]][-1] == "closure"  # type: ignore[attr-defined]
    assert "Every step follows" in run("offline", "replay", spanish, as_json=False).out
    both = run("offline", "dispute", spanish, french).json()
    assert {one["holds"] for one in both["questions"]} == {"yes"}  # type: ignore[attr-defined]
    assert "computed differently" in run("offline", "dispute", french, as_json=False).out
    files = dict(read_bundle(french))
    (result,) = [
        one["id"]
        for one in both["statements"]  # type: ignore[attr-defined]
        if one["kind"] == "reconciliation"
    ]
    left = {path: data for path, data in files.items() if result not in path}
    write_bundle(left, hiding)
    alone = run("offline", "replay", hiding)
    assert alone.status == 1
    assert "which is not in the bundle" in alone.out
    caught = run("offline", "dispute", spanish, hiding, as_json=False)
    assert caught.status == 1
    assert "against FR: its own bundle leaves out the reconciliation" in caught.out
    for profile in (INSS, AUDITOR):
        assert run(profile, "clocks", "2020-Q1").json()["cells"] == []
        early = run(profile, "clocks", "2999-Q4")
        assert (early.status, "is not over" in early.err) == (2, True)
    assert "write it as 2026-Q1" in run(AUDITOR, "clocks", "2026").err


def look(run: Run, key: Path) -> None:
    """What Rosa sees: her records at home, and who had which of them."""
    assert len(items(run(PORTAL, "history", "--key", key))) == 5
    seen = {
        (one["provider"], one["outcome"]) for one in items(run(PORTAL, "receipts", "--key", key))
    }
    assert ("FR/cnav", "released") in seen


def take(run: Run, key: Path, path: Path) -> None:
    """Rosa takes everything that is held of her, as one file; it verifies without any node."""
    taken = run(PORTAL, "export", path, "--key", key).json()
    assert (taken["verified"], taken["scope"]) == (True, "person")
    kinds = {one["kind"] for one in taken["statements"]}  # type: ignore[attr-defined]
    assert {"entitlement", "consent", "subject-key", "reconciliation", "determination"} <= kinds
    verified = run("offline", "verify", path).json()
    assert verified["statements"] == taken["statements"]
    assert b"Summary by the exporter" in read_bundle(path)[SUMMARY]
    assert run(PORTAL, "export", path, "--key", key).status == 2, "it is there already"


def read_about(run: Run, person: str, case: str, key: Path, folder: Path) -> None:
    """An auditor reads the case and the person; each leaves a receipt that Rosa sees."""
    before = len(items(run(PORTAL, "receipts", "--key", key)))
    of_case = run(AUDITOR, "export", case, folder / "case.zip").json()
    assert (of_case["verified"], of_case["scope"]) == (True, "case")
    assert len(items(run(PORTAL, "receipts", "--key", key))) == before + 1
    of_person = run(AUDITOR, "export", person, folder / "person").json()
    assert (of_person["verified"], of_person["scope"]) == (True, "person")
    assert run("offline", "verify", folder / "person").json()["verified"] is True
    seen = items(run(PORTAL, "receipts", "--key", key))
    assert len(seen) == before + 2
    read = [one for one in seen if one["requester"] == "ES/tcu"]
    assert [(one["provider"], one["outcome"]) for one in read] == [("ES/node", "released")] * 2
    assert run(AUDITOR, "export", "persons/" + "0" * 32, folder / "nobody").status == 2
    assert run(AUDITOR, "export", "rosa", folder / "nobody").status == 2


def withdraw(run: Run, person: str, consent: str, key: Path) -> None:
    """After the withdrawal the same question gets nothing."""
    assert run(PORTAL, "withdraw", consent, "--key", key).json()["state"] == "withdrawn"
    second = open_case(run, person)
    ask_history(run, second, consent)
    await_state(run, INSS, text(second["case"]), "refused")


def items(said: Said) -> list[dict[str, object]]:
    found = said.json()["items"]
    assert isinstance(found, list)
    return found


def own_reference(run: Run, person: str) -> str:
    """The reference between home node and requester, who are at one and the same node here."""
    return text(run(INSS, "create-reference", person, "--peer", "ES").json()["reference"])


def ask(run: Run, reference: str) -> dict[str, object]:
    return run(
        INSS,
        "request-consent",
        "--template",
        TEMPLATE,
        "--reference",
        reference,
        "--provider",
        "FR/cnav",
        "--provider",
        "ES/inss",
        "--branch",
        "old-age",
        "--from",
        "1960-01-01",
        "--to",
        "2024-12-31",
        "--max-uses",
        "2",
    ).json()


def open_case(run: Run, person: str) -> dict[str, object]:
    return run(
        INSS,
        "open-case",
        "--person",
        person,
        "--branch",
        "old-age",
        "--claim-date",
        "2024-10-01",
        "--award-date",
        "2025-01-01",
        "--participant",
        "FR/cnav",
    ).json()


def ask_history(run: Run, case: dict[str, object], consent: str, *more: str) -> None:
    references = case["references"]
    assert isinstance(references, dict)
    run(
        INSS,
        "request-history",
        text(case["case"]),
        "--to",
        "FR/cnav",
        "--reference",
        references["FR/cnav"],
        "--consent",
        consent,
        "--from-date",
        "1960-01-01",
        "--to-date",
        "2024-12-31",
        *more,
    ).json()


def forget(run: Run, person: str, case: str, folder: Path) -> None:
    """Once Rosa is erased, bundles hold leaves and the erasure; what was exported before holds."""
    erased = run(INSS, "erase", person, "--basis", "consent-withdrawn", "--yes").json()
    assert erased["stage"] == "proven"
    for profile, name, path in (
        (AUDITOR, person, folder / "erased-person.zip"),
        (AUDITOR, case, folder / "erased-case"),
        (INSS, case, folder / "erased-case-of-inss"),
    ):
        told = run(profile, "export", name, path).json()
        verdicts = [one["verdict"] for one in told["statements"]]  # type: ignore[attr-defined]
        assert told["verified"] is True
        assert verdicts.count("erased") >= 5
        assert verdicts.count("verified") == 1, "the erasure itself"
        assert run("offline", "verify", path).json()["statements"] == told["statements"]
    assert run("offline", "verify", folder / "mine.zip").json()["verified"] is True


def test_an_auditor_keeps_a_checkpoint_and_sees_that_the_log_only_grew(
    run: Run, tmp_path: Path
) -> None:
    kept = tmp_path / "checkpoint"
    before = run("es-auditor", "checkpoint", "--keep", kept).json()
    run(INSS, "enrol-person", "--from", ROSA / "rosa-es.p5000.json").json()
    run(INSS, "register-template", TEMPLATE).json()
    grown = run("es-auditor", "consistency", kept).json()
    assert grown["old"] == before
    assert run("es-auditor", "receipts").status == 0


def test_a_checkpoint_of_another_log_is_no_evidence_against_this_one(
    run: Run, tmp_path: Path
) -> None:
    kept = tmp_path / "checkpoint"
    run("fr-auditor", "checkpoint", "--keep", kept).json()
    answer = run("es-auditor", "consistency", kept)
    assert answer.status == 1
    assert answer.out == ""


@pytest.mark.parametrize(
    ("profile", "arguments", "status", "sentence"),
    [
        (CNAV, ["case", f"cases/{'0' * 32}"], 2, "there is no such case"),
        (CNAV, ["records", "persons/unknown"], 2, "person"),
        (CNAV, ["import", "/nowhere"], 2, "/nowhere cannot be read"),
        (CNAV, ["import", TEMPLATE], 2, "row 1"),
        (CNAV, ["register-template", ROSA / "rosa-fr.csv"], 2, "purpose template"),
        (PORTAL, ["enrol", "AAAA-AAAA-AAAA-AAAA", "--key", "made.pem"], 2, "code"),
        (PORTAL, ["history", "--key", "absent.pem"], 2, "absent.pem"),
        ("es-auditor", ["receipts", "--case", "nonsense"], 2, "cases/"),
        ("offline", ["verify", "/nowhere"], 2, "/nowhere"),
        (CNAV, ["no-such-command"], 2, "no-such-command"),
    ],
)
def test_mistakes_are_told_in_one_sentence_on_standard_error(
    run: Run, profile: str, arguments: list[str], status: int, sentence: str
) -> None:
    answer = run(profile, *arguments)
    assert answer.status == status
    assert answer.out == ""
    assert sentence in answer.err
    assert answer.err.count("\n") == 1


def test_a_key_that_was_refused_is_not_left_behind(run: Run, tmp_path: Path) -> None:
    key = tmp_path / "refused.pem"
    assert run(PORTAL, "enrol", "AAAA-AAAA-AAAA-AAAA", "--key", key).status == 2
    assert not key.exists()


def test_a_role_that_may_not_make_a_call_is_told_so(
    run: Run, federation: FederationLayout, tmp_path: Path
) -> None:
    portal = federation.profiles["fr-portal"]
    answer = run("offline", "receipts", "--profile", portal)
    assert answer.status == 2
    assert "may not call" in answer.err
    assert not list(tmp_path.iterdir())


def test_a_node_that_does_not_run_is_out_of_reach(run: Run, tmp_path: Path) -> None:
    copy = tmp_path / "profiles"
    root = Path.cwd()
    shutil.copytree(root / "profiles", copy)
    shutil.copy(root / "directory.json", tmp_path / "directory.json")
    shutil.copytree(root / "ca", tmp_path / "ca")
    profile = copy / "fr-auditor.toml"
    words = profile.read_text().split("\n")
    moved = ['endpoint = "127.0.0.1:9"' if one.startswith("endpoint") else one for one in words]
    profile.write_text("\n".join(moved))
    answer = run("offline", "checkpoint", "--profile", profile)
    assert answer.status == 69
    assert "FR's node at 127.0.0.1:9 cannot be reached" in answer.err


def test_another_jurisdictions_node_is_refused_by_tls_itself(run: Run, tmp_path: Path) -> None:
    root = Path.cwd()
    for name in ("profiles", "ca"):
        shutil.copytree(root / name, tmp_path / name)
    shutil.copy(root / "directory.json", tmp_path / "directory.json")
    french = (tmp_path / "profiles" / "fr-auditor.toml").read_text()
    endpoint = next(one for one in french.split("\n") if one.startswith("endpoint"))
    spanish = tmp_path / "profiles" / "es-auditor.toml"
    words = spanish.read_text().split("\n")
    spanish.write_text("\n".join(endpoint if one.startswith("endpoint") else one for one in words))
    answer = run("offline", "checkpoint", "--profile", spanish)
    assert answer.status == 69
    assert "did not prove to be ES's node" in answer.err
