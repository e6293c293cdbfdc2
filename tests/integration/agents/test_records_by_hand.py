"""Records of every kind by an officer's commands, and a case in which fields are withheld."""

import json
from pathlib import Path

from agents.agency.record_files import read_record_file
from portability.core.record_kinds import FIELDS, RecordKind
from tests.integration.agents.conftest import Run
from tests.integration.agents.test_by_hand import (
    AUDITOR,
    CNAV,
    INSS,
    PORTAL,
    ROSA,
    TEMPLATE,
    ask,
    ask_history,
    await_state,
    enrol,
    introduce,
    items,
    open_case,
    own_reference,
    text,
)

RECORDS = ROSA.parent / "records"
ALL = FIELDS[RecordKind.CONTRIBUTION_PERIOD]


def enrolled(run: Run, folder: Path, profile: str, number: str) -> str:
    """Somebody of whom nothing is recorded yet."""
    country = profile[:2]
    form = json.loads((ROSA / f"rosa-{country}.p5000.json").read_bytes())
    for pin in form["nav"]["bruker"]["person"]["pin"]:
        if pin["land"] == country.upper():
            pin["identifikator"] = number
    path = folder / f"{country}-{number}.json"
    path.write_text(json.dumps(form))
    return text(run(profile, "enrol-person", "--from", path).json()["person"])


def test_an_officer_issues_corrects_and_withdraws_records_of_each_kind(
    run: Run, tmp_path: Path
) -> None:
    person = enrolled(run, tmp_path, CNAV, "299129912345601")
    names = {}
    for path in sorted(RECORDS.iterdir()):
        if path.stem == "award-corrected":
            continue
        issued = run(CNAV, "record", "issue", person, path).json()
        kind = read_record_file(path).kind
        assert issued["kind"] == kind.value
        names[kind] = text(issued["record"])
    award, life = names[RecordKind.AWARDED_ENTITLEMENT], names[RecordKind.LIFE_CERTIFICATE]

    corrected = run(CNAV, "record", "correct", award, RECORDS / "award-corrected.toml").json()
    withdrawn = run(
        CNAV,
        *("record", "invalidate", life, "--reason", "wrong-person"),
        *("--article", "987/2009 Art 5(1)"),
    ).json()
    shown = run(CNAV, "record", "show", award).json()
    assert (shown["state"], shown["superseded_by"]) == ("corrected", corrected["record"])
    assert shown["salted"] is True
    found = {text(one["record"]): one for one in items(run(CNAV, "record", "list", person))}
    assert found[life]["state"] == "invalidated"
    assert found[life]["superseded_by"] == withdrawn["record"]
    assert found[names[RecordKind.CONTRIBUTION_PERIOD]]["salted"] is False
    new = found[text(corrected["record"])]["fields"]
    assert new["gross_amount"] == {"minor_units": 102200, "currency": "EUR"}  # type: ignore[index]

    words = run(CNAV, "record", "list", person, as_json=False).out
    assert "old-age pension of 1022.00 EUR a month" in words
    assert "legislation of FR applies" in words
    assert "withdrawn by" in words
    assert "salted" in run(CNAV, "record", "show", award, as_json=False).out


def test_mistakes_in_records_name_the_field(run: Run, tmp_path: Path) -> None:
    person = enrolled(run, tmp_path, CNAV, "299129912345602")
    life = (RECORDS / "life.toml").read_text()
    wrong = {
        life.replace('"ES"', '"Spain"'): "country",
        life.replace('"in-person"', '"hearsay"'): "evidence",
        life.replace("2025-03-03", '"2025-02-31"'): "alive_date",
        life.replace("country ", "place "): "place",
        life.replace('"life-certificate"', '"invalidation"'): "kind",
        (RECORDS / "legislation.toml").read_text().replace('= "FR"', '= "DE"'): "applicable_state",
    }
    for number, (said, field) in enumerate(wrong.items()):
        path = tmp_path / f"{number}.toml"
        path.write_text(said)
        answer = run(CNAV, "record", "issue", person, path)
        assert (answer.status, answer.out) == (2, ""), said
        assert field in answer.err, answer.err
    issued = text(run(CNAV, "record", "issue", person, RECORDS / "life.toml").json()["record"])
    other_kind = run(CNAV, "record", "correct", issued, RECORDS / "award.toml")
    assert (other_kind.status, "invalidate the record" in other_kind.err) == (2, True)
    not_ours = run(INSS, "record", "show", issued)
    assert (not_ours.status, "no such record" in not_ours.err) == (2, True)
    assert len(items(run(CNAV, "record", "list", person))) == 1


def test_a_case_with_withheld_fields_verifies_and_an_altered_disclosure_does_not(
    run: Run, tmp_path: Path
) -> None:
    french = enrolled(run, tmp_path, CNAV, "299129912345603")
    spanish = enrolled(run, tmp_path, INSS, "281299123403")
    record = text(
        run(CNAV, "record", "issue", french, RECORDS / "period.json", "--salted").json()["record"]
    ).removeprefix("records/")
    later = tmp_path / "later.json"
    later.write_text((RECORDS / "period.json").read_text().replace("2003", "2005"))
    run(INSS, "record", "issue", spanish, later, "--salted").json()
    introduce(run, french, spanish)
    key = tmp_path / "person.pem"
    enrol(run, spanish, key)
    run(INSS, "register-template", TEMPLATE).json()
    asked = text(ask(run, own_reference(run, spanish))["consent_request"])
    consent = text(run(PORTAL, "consent", asked, "--key", key, "--yes").json()["consent"])
    opened = open_case(run, spanish)
    shown = [name for name in ALL if name != "scheme"]
    ask_history(run, opened, consent, *(word for name in shown for word in ("--field", name)))
    case = text(opened["case"])
    await_state(run, INSS, case, "agreed")
    await_state(run, CNAV, case, "agreed")
    decided = run(CNAV, "determine", case, "--theoretical", "100.00 EUR").json()
    assert (decided["own"], decided["total"]) == (12, 24)

    for profile, name in ((INSS, "lead"), (CNAV, "asked"), (AUDITOR, "auditor")):
        bundle = tmp_path / name
        assert run(profile, "export", case, bundle).json()["verified"] is True
        assert run("offline", "verify", bundle).json()["verified"] is True
        beside = bundle / "disclosures" / f"{record}.json"
        assert beside.read_text().count('",') + 1 == len(shown)

    beside = tmp_path / "lead" / "disclosures" / f"{record}.json"
    _reseal(tmp_path / "lead", beside, beside.read_text().replace("WyJ", "WyK", 1))
    broken = run("offline", "verify", tmp_path / "lead")
    assert broken.status == 1
    assert "disclosures" in broken.out


def _reseal(bundle: Path, path: Path, changed: str) -> None:
    """Change a file of a bundle, and the list with it, as a forger would."""
    from portability.ledger.bundle import build_manifest, parse_manifest  # noqa: PLC0415

    path.write_text(changed)
    manifest = bundle / "bundle.toml"
    claim = parse_manifest(manifest.read_bytes()).claim
    files = {
        one.relative_to(bundle).as_posix(): one.read_bytes()
        for one in bundle.rglob("*")
        if one.is_file() and one != manifest
    }
    manifest.write_bytes(build_manifest(claim, files))
