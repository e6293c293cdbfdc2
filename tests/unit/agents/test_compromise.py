"""Of a compromised key only what is shown to be older counts; a log that ended says no more."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from agents.auditor.steps import NOT_VALID_THEN, NOT_WITNESSED_BEFORE
from portability.errors import PreconditionError, ProofError, SignatureError
from portability.ledger.checkpoint import cosign_checkpoint, unverified_checkpoint
from portability.ledger.directory import (
    DIRECTORY_TYPE,
    Directory,
    EndedLog,
    KeyEntry,
    KeyPurpose,
    build_directory,
)
from portability.ledger.envelope import envelope_to_json, sign_envelope
from portability.ledger.note import add_signature_lines
from portability.ledger.proof_file import format_proof_file, parse_proof_file
from portability.wire.log_entry import SECONDS_PER_HOUR
from portability.wire.proven import Proven, verify_proven
from portability.wire.record import RECORD_TYPE
from tests.unit.agents.rosa_case import (
    HOUR,
    KEYS,
    NOW,
    ROOT,
    RosasCase,
    bundle_of,
    settled,
    signer,
)
from tests.unit.agents.test_verification import verify

WITNESSES = {code: signer(f"{code} witness") for code in ("FR", "ES")}
HOUR_BEGINS = datetime.fromtimestamp(HOUR * SECONDS_PER_HOUR, UTC)
HOUR_ENDS = HOUR_BEGINS + timedelta(hours=1)
SEEN = NOW - timedelta(minutes=1)


def changed(
    directory: Directory, change: Callable[[KeyEntry], KeyEntry], **values: object
) -> Directory:
    return replace(directory, entries=tuple(map(change, directory.entries)), **values)


def cut_off(directory: Directory, at: datetime) -> Directory:
    key_id = KEYS["cnav"].key_id
    return changed(directory, lambda one: replace(one, cutoff=at) if one.key_id == key_id else one)


def with_witnesses(case: RosasCase) -> Directory:
    since = case.directory.valid_from
    added = tuple(
        KeyEntry(
            jurisdiction=code,
            institution="",
            purpose=KeyPurpose.WITNESS,
            public=witness.public,
            valid_from=since,
        )
        for code, witness in WITNESSES.items()
    )
    return replace(case.directory, entries=(*case.directory.entries, *added), quorum=1)


def witnessed(files: dict[str, bytes], at: datetime) -> dict[str, bytes]:
    """Every proof with a cosignature of the other country's witness at that time."""
    found = dict(files)
    for path, data in files.items():
        if path.startswith("proofs/"):
            proof = parse_proof_file(data)
            code = unverified_checkpoint(proof.checkpoint).origin[:2].upper()
            other = "ES" if code == "FR" else "FR"
            name = f"{other.lower()}.node.portability.internal/witness"
            note = proof.checkpoint
            line = cosign_checkpoint(note, name, int(at.timestamp()), WITNESSES[other])
            cosigned = replace(proof, checkpoint=add_signature_lines(note, [line]))
            found[path] = format_proof_file(cosigned)
    return found


def faults_of_cnav(case: RosasCase, files: dict[str, bytes]) -> set[str]:
    """Why records that CNAV has signed are refused."""
    signed = {i.hex() for i in case.of_kind("entitlement") if case.placed[i].log is case.logs["FR"]}
    report = verify(bundle_of(files))
    return {
        one.fault.cause for one in report.statements if one.id in signed and one.fault is not None
    }


@pytest.mark.parametrize(
    ("cutoff", "cause"),
    [(SEEN + timedelta(seconds=1), set()), (SEEN, {NOT_VALID_THEN})],
)
def test_what_was_witnessed_before_the_cut_off_stays_valid_and_the_rest_is_refused(
    cutoff: datetime, cause: set[str]
) -> None:
    case = settled()
    case.directory = cut_off(with_witnesses(case), cutoff)
    assert faults_of_cnav(case, witnessed(case.files(), SEEN)) == cause


def test_the_logs_own_word_does_not_vouch_for_a_compromised_key() -> None:
    case = settled()
    case.directory = with_witnesses(case)
    assert faults_of_cnav(case, case.files()) == set()
    case.directory = cut_off(case.directory, NOW + timedelta(days=1))
    assert faults_of_cnav(case, case.files()) == {NOT_WITNESSED_BEFORE}


def test_without_witnesses_in_the_federation_the_logs_word_is_all_there_is() -> None:
    case = settled()
    case.directory = cut_off(case.directory, HOUR_ENDS)
    assert faults_of_cnav(case, case.files()) == set()
    case.directory = cut_off(case.directory, HOUR_BEGINS)
    assert faults_of_cnav(case, case.files()) == {NOT_VALID_THEN}


# --- what a node takes from a peer at once, before anybody witnessed it ---------------------------


def a_record(case: RosasCase) -> Proven:
    found = next(i for i in case.of_kind("entitlement") if case.placed[i].log is case.logs["FR"])
    placed = case.placed[found]
    proof = placed.log.proof(placed.index)
    return Proven(
        envelope=placed.envelope,
        log_entry=placed.log.leaves[placed.index],
        leaf_index=placed.index,
        proof=proof.proof,
        checkpoint=proof.checkpoint,
    )


def take(proven: Proven, directory: Directory) -> None:
    verify_proven(
        proven,
        directory,
        log_jurisdiction="FR",
        expected_types={RECORD_TYPE},
        signer=("FR", "cnav", KeyPurpose.INSTITUTION),
    )


def test_nothing_of_the_hour_of_a_cut_off_is_taken_on_the_word_of_a_log() -> None:
    case = settled()
    proven = a_record(case)
    take(proven, cut_off(case.directory, HOUR_ENDS))
    for inside in (HOUR_ENDS - timedelta(seconds=1), HOUR_BEGINS + timedelta(seconds=1)):
        with pytest.raises(SignatureError, match="cut off as compromised"):
            take(proven, cut_off(case.directory, inside))
    with pytest.raises(SignatureError):
        take(proven, cut_off(case.directory, HOUR_BEGINS))


def ended_at(case: RosasCase, size: int, root: bytes) -> Directory:
    """France's log has gone on under another name, and ended at that size."""
    member, successor = case.directory.member("FR"), signer("FR second log")
    end = EndedLog(
        jurisdiction="FR",
        origin=member.log_origin,
        public=KEYS["FR log"].public,
        size=size,
        root=root,
    )
    renamed = replace(member, log_origin=f"{member.log_origin}/2")
    added = KeyEntry(
        jurisdiction="FR",
        institution="",
        purpose=KeyPurpose.LOG,
        public=successor.public,
        valid_from=HOUR_ENDS,
    )
    found = changed(
        case.directory,
        lambda one: replace(one, valid_to=HOUR_ENDS) if one.public == end.public else one,
    )
    return replace(
        found,
        members=tuple(renamed if one is member else one for one in found.members),
        entries=(*found.entries, added),
        ended_logs=(end,),
    )


def test_what_a_log_proved_before_it_ended_verifies_for_ever() -> None:
    case = settled()
    proven = a_record(case)
    head = unverified_checkpoint(proven.checkpoint)
    take(proven, ended_at(case, head.size, head.root))
    take(proven, ended_at(case, head.size + 1, bytes(32)))
    for size, root in ((head.size - 1, head.root), (head.size, bytes(32))):
        with pytest.raises(ProofError, match="ended at"):
            take(proven, ended_at(case, size, root))
    files = case.files()
    payload = build_directory(ended_at(case, head.size, head.root))
    files["directory/1.json"] = envelope_to_json(sign_envelope(DIRECTORY_TYPE, payload, ROOT))
    assert faults_of_cnav(case, files) == set()


def test_a_log_whose_key_was_not_valid_then_proves_nothing() -> None:
    case = settled()
    proven = a_record(case)
    head = unverified_checkpoint(proven.checkpoint)
    over = changed(
        ended_at(case, head.size, head.root),
        lambda one: (
            replace(one, valid_to=HOUR_BEGINS) if one.public == KEYS["FR log"].public else one
        ),
    )
    with pytest.raises(PreconditionError, match="no key that is trusted"):
        take(proven, over)
