"""A bundle whose proofs peers have cosigned: who saw what, by when, and by which keys it counts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from agents.auditor.report import Report, Step
from agents.auditor.verification import verify_bundle
from portability.ledger.checkpoint import cosign_checkpoint
from portability.ledger.directory import Directory, KeyEntry, KeyPurpose
from portability.ledger.note import add_signature_lines
from portability.ledger.proof_file import format_proof_file, parse_proof_file
from tests.unit.agents.rosa_case import (
    HOUR,
    KEYS,
    NOW,
    RosasCase,
    bundle_of,
    settled,
    signer,
    trust,
)

WITNESSES = {code: signer(f"{code} witness") for code in ("FR", "ES")}
SEEN = datetime.fromtimestamp((HOUR * 60 + 20) * 60, UTC)


def with_witnesses(found: Directory) -> Directory:
    entries = tuple(
        KeyEntry(
            jurisdiction=code,
            institution="",
            purpose=KeyPurpose.WITNESS,
            public=one.public,
            valid_from=NOW - timedelta(days=30),
        )
        for code, one in WITNESSES.items()
    )
    return replace(found, entries=(*found.entries, *entries), quorum=1)


def cosigned(files: dict[str, bytes], case: RosasCase, *, every: int = 1) -> dict[str, bytes]:
    """Each so-many-th proof with the cosignature of the other country's witness."""
    made = dict(files)
    proofs = sorted(path for path in files if path.startswith("proofs/"))
    for path in proofs[::every]:
        proof = parse_proof_file(files[path])
        code = "ES" if proof.checkpoint.startswith(b"fr.") else "FR"
        line = cosign_checkpoint(
            proof.checkpoint,
            case.directory.member(code).witness_name,
            int(SEEN.timestamp()),
            WITNESSES[code],
        )
        note = add_signature_lines(proof.checkpoint, [line])
        made[path] = format_proof_file(replace(proof, checkpoint=note))
    return made


def witnessed_case(*, every: int = 1) -> tuple[RosasCase, Report]:
    case = settled()
    case.directory = with_witnesses(case.directory)
    return case, verify_bundle(bundle_of(cosigned(case.files(), case, every=every)), trust(), NOW)


def test_each_statement_tells_by_when_it_was_seen_and_by_whom() -> None:
    case, report = witnessed_case()
    assert report.verified
    logged = [one for one in report.statements if one.accepted]
    assert len(logged) == len(case.placed)
    assert {one.witnessed for one in logged} == {SEEN.isoformat()}
    assert {one.witnesses for one in logged} == {("ES",), ("FR",)}
    count = len(logged)
    told = f"{count} of {count} logged statements were witnessed by the directory's quorum of 1 "
    assert told + "(ES, FR)" in report.notes


def test_statements_without_a_witness_verify_and_are_told_apart() -> None:
    _, report = witnessed_case(every=2)
    assert report.verified
    assert {one.witnessed for one in report.statements} == {SEEN.isoformat(), ""}
    assert any(note.endswith("for the others the log alone says when") for note in report.notes)


def test_a_key_is_judged_at_the_witnessed_time_and_not_at_the_hour_of_the_log() -> None:
    case = settled()
    found = with_witnesses(case.directory)
    ended = SEEN - timedelta(minutes=5)
    case.directory = replace(
        found,
        entries=tuple(
            replace(one, valid_to=ended) if one.public == KEYS["cnav"].public else one
            for one in found.entries
        ),
    )
    files = case.files()
    alone = verify_bundle(bundle_of(files), trust(), NOW)
    assert Step.SIGNATURE not in {fault.step for fault in alone.causes}
    seen = verify_bundle(bundle_of(cosigned(files, case)), trust(), NOW)
    assert "the key that signed it was not valid at that time" in {
        fault.cause for fault in seen.causes
    }


def test_a_spoilt_cosignature_is_a_fault_of_the_quorum() -> None:
    case = settled()
    case.directory = with_witnesses(case.directory)
    files = cosigned(case.files(), case)
    path = next(path for path in sorted(files) if path.startswith("proofs/"))
    at = len(files[path]) - 20
    other = b"B" if files[path][at : at + 1] == b"A" else b"A"
    files[path] = files[path][:at] + other + files[path][at + 1 :]
    report = verify_bundle(bundle_of(files), trust(), NOW)
    assert Step.QUORUM in {fault.step for fault in report.causes}
