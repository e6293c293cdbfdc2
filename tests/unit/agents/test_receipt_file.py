"""``verify`` on one receipt in a file: genuine ones from paper and as signed, and forged ones."""

import json
import os
import time
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from agents.auditor.main import NAME, build_app
from agents.exits import HELD, MISUSE, NOT_HELD, run_app
from agents.migrant.consent_text import consent_text
from agents.migrant.receipt_text import receipt_text
from agents.surroundings import Surroundings
from portability.consent.payload_types import RECEIPT_TYPE
from portability.ledger.directory import DIRECTORY_TYPE, build_directory
from portability.ledger.envelope import Envelope, envelope_to_json, sign_envelope
from portability.wire.envelope import envelope_to_bytes
from portability.wire.proven import Proven, proven_to_pb
from portability.wire.receipt import receipt_from_payload, receipt_to_payload
from tests.unit.agents.rosa_case import KEYS, NOW, ROOT, RosasCase, settled
from tests.unit.agents.test_profile import GOOD

CASE = settled()
RECEIPT = CASE.placed[CASE.of_kind("disclosure-receipt")[0]].envelope


def judged(
    path: Path, capsys: pytest.CaptureFixture[str], *more: str, now: datetime = NOW
) -> tuple[int, str]:
    """Exit status and output of the command with the pinned directory."""
    profile = path.parent / "auditor.toml"
    profile.write_text(GOOD)
    signed = sign_envelope(DIRECTORY_TYPE, build_directory(CASE.directory), ROOT)
    (path.parent / "directory.json").write_bytes(envelope_to_json(signed))
    outside = Surroundings(now=lambda: now, randomness=os.urandom, sleep=time.sleep)
    words = ["verify", str(path), "--profile", str(profile), *more]
    code = run_app(build_app(outside), NAME, words)
    said = capsys.readouterr()
    assert said.err == ""
    return code, said.out


def proven(case: RosasCase, name: bytes) -> Proven:
    placed = case.placed[name]
    proof = placed.log.proof(placed.index)
    return Proven(
        envelope=placed.envelope,
        log_entry=placed.log.leaves[placed.index],
        leaf_index=placed.index,
        proof=proof.proof,
        checkpoint=proof.checkpoint,
    )


@pytest.mark.parametrize("form", ["text of the code", "signed envelope"])
def test_a_genuine_receipt_verifies_from_paper_and_as_it_was_signed(
    form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "receipt"
    paper = f" {receipt_text(envelope_to_bytes(RECEIPT))}\n".encode()
    path.write_bytes(paper if form == "text of the code" else envelope_to_json(RECEIPT))
    code, out = judged(path, capsys)
    assert code == HELD
    assert out.startswith("Genuine: signed by the node that gave or refused the data.")
    assert "ES/inss" in out
    code, out = judged(path, capsys, "--json")
    said = receipt_from_payload(RECEIPT.payload)
    assert json.loads(out) == {
        "verified": True,
        "id": said.id,
        "words": json.loads(out)["words"],
    }
    assert len(json.loads(out)["words"]) == 1


@pytest.mark.parametrize("option", ["--policy", "--root-key", "--page"])
def test_what_is_for_bundles_is_not_left_out_unsaid(
    option: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, page = tmp_path / "receipt", tmp_path / "page.html"
    path.write_bytes(envelope_to_json(RECEIPT))
    outside = Surroundings(now=lambda: NOW, randomness=os.urandom, sleep=time.sleep)
    assert run_app(build_app(outside), NAME, ["verify", str(path), option, str(page)]) == MISUSE
    out, err = capsys.readouterr()
    assert out == ""
    assert option in err
    assert "one receipt, which the directory of the profile verifies; leave it out" in err
    assert not page.exists()


def test_the_printed_receipt_of_a_permission_verifies_by_the_log_that_holds_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (consent,) = CASE.of_kind("consent")
    path = tmp_path / "permission.txt"
    text = consent_text(proven_to_pb(proven(CASE, consent)).SerializeToString())
    path.write_text(text)
    code, out = judged(path, capsys)
    assert code == HELD
    assert out.startswith("Genuine: the log of ES holds what the person signed.")
    code, out = judged(path, capsys, "--json")
    assert json.loads(out)["id"] == consent.hex()


def test_a_receipt_of_another_hand_or_with_other_words_is_not_genuine(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "receipt.txt"
    said = receipt_from_payload(RECEIPT.payload)
    other = receipt_to_payload(replace(said, record_count=said.record_count - 1))
    forged: dict[str, Envelope] = {
        "by another key": sign_envelope(RECEIPT_TYPE, RECEIPT.payload, KEYS["stranger"]),
        "by the institution": sign_envelope(RECEIPT_TYPE, RECEIPT.payload, KEYS["cnav"]),
        "of another number of records": replace(RECEIPT, payload=other),
    }
    for name, envelope in forged.items():
        path.write_text(receipt_text(envelope_to_bytes(envelope)))
        code, out = judged(path, capsys, "--json")
        assert (code, json.loads(out)["verified"]) == (NOT_HELD, False), name
        assert "signed by 0 of the trusted keys" in json.loads(out)["cause"]
        code, out = judged(path, capsys)
        assert out.startswith("Not genuine: "), name
