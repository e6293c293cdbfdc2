"""Witnessed times out of the directory's own quorum, and the policy file that it implies."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from agents.auditor.witnesses import witnessed_at
from portability.errors import ProofError
from portability.ledger.checkpoint import Checkpoint, cosign_checkpoint, sign_checkpoint
from portability.ledger.directory import Directory, KeyEntry, KeyPurpose, Member
from portability.ledger.directory_policy import directory_policy
from portability.ledger.keys import Ed25519Signer
from portability.ledger.note import add_signature_lines
from portability.ledger.policy import open_witnessed, parse_policy
from tests.plain_tree import root_of

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CODES = ("FR", "ES", "IT", "DE")
LOGS = {code: Ed25519Signer(bytes([80 + at]) * 32) for at, code in enumerate(CODES)}
WITNESSES = {code: Ed25519Signer(bytes([90 + at]) * 32) for at, code in enumerate(CODES)}
NEWER = Ed25519Signer(bytes([99]) * 32)
ROOT = Ed25519Signer(bytes([100]) * 32)


def key(code: str, purpose: KeyPurpose, signer: Ed25519Signer) -> KeyEntry:
    return KeyEntry(
        jurisdiction=code,
        institution="",
        purpose=purpose,
        public=signer.public,
        valid_from=NOW - timedelta(days=9),
    )


def directory(quorum: int) -> Directory:
    return Directory(
        version=1,
        valid_from=NOW - timedelta(days=9),
        valid_to=NOW + timedelta(days=9),
        threshold=1,
        roots={ROOT.key_id: ROOT.public},
        members=tuple(
            Member(
                jurisdiction=code,
                endpoint="127.0.0.1:1",
                log_origin=f"{code.lower()}.example/log",
                server_name=f"{code.lower()}.example",
            )
            for code in CODES
        ),
        institutions=(),
        entries=(
            *(key(code, KeyPurpose.LOG, LOGS[code]) for code in CODES),
            *(key(code, KeyPurpose.WITNESS, WITNESSES[code]) for code in CODES),
            key("ES", KeyPurpose.WITNESS, NEWER),
        ),
        quorum=quorum,
    )


def note(*cosigned: tuple[str, int], signer: Ed25519Signer | None = None) -> bytes:
    """France's checkpoint, cosigned by witnesses so many minutes before now."""
    head = Checkpoint(origin="fr.example/log", size=1, root=root_of([bytes(32)]))
    signed = sign_checkpoint(head, LOGS["FR"])
    lines = [
        cosign_checkpoint(
            signed,
            f"{code.lower()}.example/witness",
            int((NOW - timedelta(minutes=minutes)).timestamp()),
            signer or WITNESSES[code],
        )
        for code, minutes in cosigned
    ]
    return add_signature_lines(signed, lines)


def seen(data: bytes, quorum: int, found: Directory | None = None) -> tuple[int, str] | None:
    """Minutes before now and witnesses."""
    at = witnessed_at(data, found or directory(quorum), "FR", NOW)
    if at is None:
        return None
    return (NOW - at.time) // timedelta(minutes=1), " ".join(at.witnesses)


@pytest.mark.parametrize(
    ("quorum", "expected"), [(1, (30, "DE ES IT")), (2, (20, "DE ES IT")), (3, (10, "DE ES IT"))]
)
def test_the_witnessed_time_is_when_the_quorum_was_reached(
    quorum: int, expected: tuple[int, str]
) -> None:
    assert seen(note(("IT", 10), ("ES", 30), ("DE", 20)), quorum) == expected


def test_too_few_witnesses_give_no_time() -> None:
    assert seen(note(("ES", 5)), 2) is None
    assert seen(note(), 1) is None
    assert seen(note(("ES", 5)), 0) is None


def test_a_logs_own_witness_does_not_count() -> None:
    assert seen(note(("FR", 5)), 1) is None
    assert seen(note(("FR", 50), ("ES", 5)), 1) == (5, "ES")


def test_one_witness_with_two_keys_counts_once() -> None:
    both = note(("ES", 5))
    line = note(("ES", 9), signer=NEWER).rpartition(b"\n\n")[2].split(b"\n")[1] + b"\n"
    assert seen(both + line, 1) == (9, "ES")
    assert seen(both + line, 2) is None


def test_a_cosignature_out_of_its_keys_time_or_from_the_future_does_not_count() -> None:
    assert seen(note(("ES", -5)), 1) is None
    assert seen(note(("ES", 60 * 24 * 10)), 1) is None
    base = directory(1)
    cut = replace(
        base,
        entries=tuple(
            replace(one, cutoff=NOW - timedelta(minutes=10))
            if one.public == WITNESSES["ES"].public
            else one
            for one in base.entries
        ),
    )
    assert seen(note(("ES", 5)), 1, cut) is None
    assert seen(note(("ES", 15)), 1, cut) == (15, "ES")


def test_a_changed_line_of_a_known_witness_refuses_the_note() -> None:
    head, _, lines = note(("ES", 5)).rpartition(b" ")
    spoilt = lines[:40] + (b"B" if lines[40:41] == b"A" else b"A") + lines[41:]
    with pytest.raises(ProofError):
        seen(head + b" " + spoilt, 1)


@pytest.mark.parametrize("quorum", [0, 1, 2])
def test_the_policy_file_says_the_same_to_other_tools(quorum: int) -> None:
    policy = parse_policy(directory_policy(directory(quorum)))
    assert len(policy.logs) == 4
    assert len(policy.witnesses) == 5
    two = note(("IT", 10), ("ES", 30))
    found = open_witnessed(two, policy)
    expected = seen(two, quorum)
    if expected is None:
        assert found.time is None
    else:
        assert found.time == int((NOW - timedelta(minutes=expected[0])).timestamp())
    if quorum:
        with pytest.raises(ProofError, match="quorum"):
            open_witnessed(note(), policy)
