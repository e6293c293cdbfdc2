"""What the policy of a directory asks for, in the words that tools of others read."""

from dataclasses import replace
from datetime import timedelta

import pytest

from portability.errors import ProofError
from portability.ledger.checkpoint import Checkpoint, cosign_checkpoint, sign_checkpoint
from portability.ledger.directory import Directory, KeyPurpose, Member
from portability.ledger.directory_policy import directory_policy
from portability.ledger.note import add_signature_lines, log_key, witness_key
from portability.ledger.policy import open_witnessed, parse_policy
from portability.ledger.rotation import next_version, rotate_log
from tests.unit.ledger.test_directory import directory, entry, signer
from tests.unit.ledger.test_succession import FINAL, LATER, ORIGIN, SECOND, YEAR, claim

WITNESS_OF = {"FR": (13, 14), "ES": (23,), "DE": (33,)}
"""The keys of each member's witness; the one of FR has been rotated."""
HEAD = Checkpoint(origin=ORIGIN, size=7, root=bytes(32))


def name_of(code: str) -> str:
    return f"{code.lower()}.node.portability.internal/witness"


def federation(quorum: int) -> Directory:
    third = Member(
        jurisdiction="DE",
        endpoint="127.0.0.1:5002",
        log_origin="de.node.portability.internal/log",
        server_name="de.node.portability.internal",
    )
    base = directory()
    witnesses = tuple(
        entry(code, "", KeyPurpose.WITNESS, number)
        for code, numbers in WITNESS_OF.items()
        for number in numbers
    )
    return replace(
        base,
        members=(*base.members, third),
        entries=(*base.entries, *witnesses),
        quorum=quorum,
    )


def cosigned(*witnesses: tuple[str, int]) -> bytes:
    """The head of FR's log with the cosignatures of these keys."""
    note = sign_checkpoint(HEAD, signer(12))
    lines = [cosign_checkpoint(note, name_of(code), 100, signer(key)) for code, key in witnesses]
    return add_signature_lines(note, lines)


def test_the_file_names_every_log_and_witness_and_a_group_for_each_member() -> None:
    keys = {
        f"{code}-{place}": witness_key(name_of(code), signer(number).public)
        for code, numbers in WITNESS_OF.items()
        for place, number in enumerate(numbers, start=1)
    }
    assert directory_policy(federation(2)).decode() == (
        "# The logs and witnesses of this federation's directory\n"
        f"log {log_key(ORIGIN, signer(12).public)}\n"
        f"witness FR-1 {keys['FR-1']}\n"
        f"witness FR-2 {keys['FR-2']}\n"
        "group FR any FR-1 FR-2\n"
        f"witness ES-1 {keys['ES-1']}\n"
        "group ES any ES-1\n"
        f"witness DE-1 {keys['DE-1']}\n"
        "group DE any DE-1\n"
        "group witnesses 2 FR ES DE\n"
        "quorum witnesses\n"
    )


def test_a_member_counts_once_however_many_keys_its_witness_had() -> None:
    policy = parse_policy(directory_policy(federation(2)))
    assert open_witnessed(cosigned(("FR", 14), ("DE", 33)), policy).checkpoint == HEAD
    for too_few in ([], [("ES", 23)], [("FR", 13), ("FR", 14)]):
        with pytest.raises(ProofError, match="quorum is missed"):
            open_witnessed(cosigned(*too_few), policy)


def test_where_no_cosignature_is_asked_for_a_member_without_a_witness_is_no_group() -> None:
    text = directory_policy(directory()).decode()
    assert text.endswith("\nquorum none\n")
    assert "group" not in text
    assert open_witnessed(cosigned(), parse_policy(text.encode())).time is None


def test_a_log_that_ended_is_still_known_under_its_own_key() -> None:
    following = next_version(directory(), LATER, YEAR)
    after = rotate_log(following, claim(32, KeyPurpose.LOG), origin=SECOND, final=FINAL)
    policy = parse_policy(directory_policy(next_version(after, LATER + timedelta(days=1), YEAR)))
    assert [log.key for log in policy.logs] == [
        log_key(ORIGIN, signer(12).public),
        log_key(SECOND, signer(32).public),
    ]
