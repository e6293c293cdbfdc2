"""Complaints by the offices' own commands, against a real node; and receipts from paper."""

from pathlib import Path

import pytest

from agents.agency import main as agency
from portability.node.development.federation import FederationLayout
from tests.integration.agents.conftest import Run

INSS, PORTAL, OMBUDSPERSON = "es-agency-inss", "es-portal", "es-ombudsperson"
FORM = Path(__file__).resolve().parents[3] / "portability/examples/rosa/rosa-es.p5000.json"
WORDS = "Two years already.\nNobody answers."


def test_a_complaint_is_taken_in_answered_and_taken_further(
    run: Run, federation: FederationLayout, capfd: pytest.CaptureFixture[str]
) -> None:
    def as_ombudsperson(*arguments: str) -> tuple[int, str, str]:
        """With a profile that has no institution and no key to sign with."""
        profile = str(federation.profiles[OMBUDSPERSON])
        status = agency.status(["complaint", *arguments, "--profile", profile])
        captured = capfd.readouterr()
        return status, captured.out, captured.err

    person = run(INSS, "enrol-person", "--from", FORM).json()["person"]
    status, out, err = as_ombudsperson(
        "file", str(person), "--against", "FR/cnav", "--topic", "delay", "--text", WORDS
    )
    assert status == 0, err
    name = out.partition(":")[0]
    assert "delay about FR/cnav, answer by " in out
    assert "Nobody answers." in out
    (waiting,) = run(INSS, "complaint", "list").json()["items"]  # type: ignore[misc]
    assert (waiting["complaint"], waiting["person"]) == (name, person)
    early = run(INSS, "complaint", "escalate", name, as_json=False)
    assert early.status == 2
    assert "still has time to answer" in early.err
    assert as_ombudsperson("answer", name, "--text", "We will see.")[0] == 2  # not their turn
    answered = run(INSS, "complaint", "answer", name, "--text", "CNAV has been asked.").json()
    assert answered["answer_by"] is None
    assert run(INSS, "complaint", "escalate", name).status == 0
    status, out, _ = as_ombudsperson("answer", name, "--text", "CNAV decides by May.")
    assert status == 0
    assert "concluded by ES/ombudsperson" in out
    about = ("--against", "ES/inss", "--topic", "x", "--text", "y")
    unknown = run(INSS, "complaint", "file", str(person), *about)
    assert unknown.status == 2
    assert "--topic must be one of question, access" in unknown.err


@pytest.mark.parametrize(
    ("text", "why"),
    [("https://example.org", "no receipt of ours"), ("portability-receipt/1:AAAA", "")],
    ids=["address", "garbage"],
)
def test_what_is_no_receipt_is_refused_in_a_sentence(run: Run, text: str, why: str) -> None:
    refused = run(PORTAL, "check-receipt", text, as_json=False)
    assert refused.status == 2
    assert why in refused.err
    assert len(refused.err.strip().splitlines()) == 1
