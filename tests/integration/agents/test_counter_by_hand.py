"""A counter by its commands against a real node, and what persons and auditors do beside it."""

import io
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fhir.resources.consent import Consent as FhirConsent

from tests.integration.agents.conftest import Run

INSS, PORTAL, AUDITOR = "es-agency-inss", "es-portal", "es-auditor"
HERE = Path(__file__).resolve().parents[3]
FORM = HERE / "portability/examples/rosa/rosa-es.p5000.json"
TEMPLATE = HERE / "portability/examples/purpose-claim-old-age.toml"
COUNTER = "es-agency-counter"


def text(value: object) -> str:
    assert isinstance(value, str)
    return value


def somebody(run: Run, form: Path) -> tuple[str, str]:
    """A person without a key, and what INSS asks of them."""
    person = text(run(INSS, "enrol-person", "--from", form).json()["person"])
    run(INSS, "register-template", TEMPLATE).json()
    reference = run(INSS, "create-reference", person, "--peer", "ES").json()["reference"]
    days = ("--from", "1960-01-01", "--to", "2025-12-31")
    asked = run(
        INSS,
        "request-consent",
        *("--template", TEMPLATE, "--reference", text(reference), "--provider", "ES/inss"),
        *("--branch", "old-age", *days),
    ).json()
    return person, text(asked["consent_request"])


def staff(run: Run, tmp_path: Path) -> list[str]:
    """The options that name a worker and a witness, who are enrolled with their keys."""
    options: list[str] = []
    for role, unit in (("worker", "desk-1"), ("witness", "social-work")):
        key = tmp_path / f"{role}.pem"
        made = run(COUNTER, "counter", "enrol", key, "--role", role, "--unit", unit).json()
        options += [f"--{role}", text(made["assistant"]), f"--{role}-key", str(key)]
    return options


def says(monkeypatch: pytest.MonkeyPatch, *answers: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{one}\n" for one in answers)))


def test_a_counter_helps_somebody_who_has_no_key_and_stops_it_by_their_word(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, request = somebody(run, FORM)
    (shown,) = run(COUNTER, "counter", "requests", person).json()["items"]  # type: ignore[misc]
    assert (shown["request"], shown["asked by"]) == (request, "ES/inss claim-old-age")
    both = staff(run, tmp_path)
    sitting = ("counter", "consent", person, request, *both, "--place", "m-3", "--device", "d-1")
    says(monkeypatch, *["y"] * 4, "n", "y", "y")
    unsaid = run(COUNTER, *sitting, as_json=False)
    assert unsaid.status == 2
    assert "did not say back: stop" in unsaid.err
    says(monkeypatch, *["y"] * 7)
    given = run(COUNTER, *sitting, as_json=False)
    assert given.status == 0, given.err
    assert "Read out:" in given.out
    assert "the consent is granted" in given.out
    consent = given.out.partition("the consent is granted: ")[2].split()[0]
    code = given.out.rpartition(": ")[2].strip()

    file = tmp_path / "consent.json"
    run(INSS, "export-consent", consent, "--format", "fhir", "--to", file, as_json=False)
    assert FhirConsent.model_validate_json(file.read_text()).status == "active"
    since = f"{datetime.now(UTC) - timedelta(days=1):%Y-%m-%d}"
    (report,) = run(AUDITOR, "assistants", "--since", since).json()["items"]  # type: ignore[misc]
    assert (report["granted"], report["witnesses"]) == (1, 1)
    assert run(AUDITOR, "export-consent", consent, "--format", "dpv", as_json=False).status == 0

    spoken = code.lower().replace("-", " ")
    on_the_line = run(PORTAL, "stop", spoken, as_json=False)
    assert on_the_line.status == 2, "a code in the command would stay in the history"
    says(monkeypatch, spoken)
    assert run(PORTAL, "stop").json() == {"ended": 1}
    for asking in ((PORTAL, "stop"), (COUNTER, "counter", "withdraw")):
        says(monkeypatch, code)
        used = run(*asking, as_json=False)
        assert used.status == 2
        assert "is not one that works" in used.err
    for asking in ((PORTAL, "confirm"), (COUNTER, "counter", "confirm")):
        says(monkeypatch, "AAAA-BBBB-CCCC-DDDD")
        wrong = run(*asking, as_json=False)
        assert wrong.status == 2
        says(monkeypatch, "")
        assert "no code was given" in run(*asking, as_json=False).err
    assert run(INSS, "consent-state", consent).json()["state"] == "withdrawn"
    told = run(INSS, "give-up-consent", consent, as_json=False)
    assert "withdrawn and cannot be given up" in told.err


def test_a_person_says_what_is_wrong_and_is_known_by_what_others_say(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = text(run(INSS, "enrol-person", "--from", FORM).json()["person"])
    run(INSS, "import", FORM).json()
    vouched = ("--evidence", "vouching:teacher", "--evidence", "contribution-record")
    known = run(COUNTER, "assess-identity", person, *vouched).json()
    assert known["level"] == "substantial"
    unknown = run(COUNTER, "assess-identity", person, "--evidence", "looks-honest", as_json=False)
    assert "must be one of passport" in unknown.err

    key = tmp_path / "rosa.pem"
    code = text(run(INSS, "enrolment-code", person).json()["code"])
    says(monkeypatch, "")
    assert "no code was given" in run(PORTAL, "enrol", "--key", key, as_json=False).err
    assert not key.exists()
    says(monkeypatch, f" {code}")
    assert run(PORTAL, "enrol", "--key", key).json()["person"] == person, "no list of processes"
    other = text(run(INSS, "enrolment-code", person).json()["code"])
    says(monkeypatch, other)
    run(PORTAL, "enrol", "-", "--key", tmp_path / "other.pem").json()
    record = run(PORTAL, "history", "--key", key).json()["items"][0]["record"]  # type: ignore[index]
    said = ("--because", "dates", "--text", "Until June, not May.")
    for names_none in (text(record)[:7], "0" * 8):
        refused = run(PORTAL, "object", names_none, *said, "--key", key, as_json=False)
        assert "RECORD must be the first 8 characters or more of one record's id" in refused.err
    done = run(PORTAL, "object", text(record)[:16].upper(), *said, "--key", key).json()
    assert done["desk"] == "ES/inss"
    (waiting,) = run(INSS, "complaint", "list").json()["items"]  # type: ignore[misc]
    assert waiting["complaint"] == done["complaint"]
    assert waiting["steps"][0]["text"] == "Until June, not May."


def test_what_is_no_genuine_receipt_does_not_verify_as_a_file(run: Run, tmp_path: Path) -> None:
    paper = tmp_path / "receipt.txt"
    paper.write_text("portability-receipt/1:AAAA\n")
    pinned = ("verify", paper, "--json")
    refused = run("offline", *pinned, as_json=False)
    assert refused.status in {1, 2}
    assert json.loads(refused.out or '{"verified": false}')["verified"] is False
