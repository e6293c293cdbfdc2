"""Checkpoints of a log before and after its end, and the logs of a member in their order."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from portability.errors import PreconditionError, ProofError
from portability.ledger.checkpoint import Checkpoint, sign_checkpoint
from portability.ledger.directory import Directory, EndedLog, KeyPurpose
from portability.ledger.logs import open_log_checkpoint
from portability.ledger.rotation import next_version, rotate_log
from tests.unit.ledger.test_directory import START, directory, entry, signer
from tests.unit.ledger.test_succession import FINAL, LATER, ORIGIN, SECOND, YEAR, claim

THIRD = "fr.node.portability.internal/log/3"
ABROAD = "es.node.portability.internal/log"
ABROAD_SECOND = "es.node.portability.internal/log/2"
SECOND_END = Checkpoint(origin=SECOND, size=9, root=b"\x09" * 32)
AGAIN = LATER + timedelta(days=30)


def rotated_twice() -> Directory:
    """FR's log ended at 7 entries, then at 9; that of ES ended too, between the two."""
    base = directory(
        entries=(*directory().entries, entry("ES", "", KeyPurpose.LOG, 22)),
    )
    later = next_version(base, LATER, YEAR)
    second = rotate_log(later, claim(32, KeyPurpose.LOG), origin=SECOND, final=FINAL)
    abroad = rotate_log(
        second,
        replace(claim(34, KeyPurpose.LOG), jurisdiction="ES"),
        origin=ABROAD_SECOND,
        final=Checkpoint(origin=ABROAD, size=5, root=b"\x05" * 32),
    )
    again = next_version(abroad, AGAIN, YEAR)
    return rotate_log(again, claim(33, KeyPurpose.LOG), origin=THIRD, final=SECOND_END)


LOGS = rotated_twice()


def signed(origin: str, key: int, size: int, root: bytes = b"\x03" * 32) -> bytes:
    return sign_checkpoint(Checkpoint(origin=origin, size=size, root=root), signer(key))


def test_the_present_log_is_opened_with_the_key_of_now() -> None:
    assert open_log_checkpoint(signed(THIRD, 33, 20), LOGS, "FR", AGAIN).size == 20
    with pytest.raises(ProofError):
        open_log_checkpoint(signed(THIRD, 32, 20), LOGS, "FR", AGAIN)


@pytest.mark.parametrize(
    ("origin", "key", "at"), [(ORIGIN, 12, START), (SECOND, 32, LATER), (SECOND, 32, AGAIN)]
)
def test_what_a_log_signed_before_its_end_is_opened_with_the_key_of_then(
    origin: str, key: int, at: datetime
) -> None:
    assert open_log_checkpoint(signed(origin, key, 6), LOGS, "FR", at).origin == origin
    with pytest.raises(ProofError):
        open_log_checkpoint(signed(origin, 33, 6), LOGS, "FR", at)


def test_a_log_that_ended_has_no_head_after_its_end() -> None:
    at_the_end = sign_checkpoint(FINAL, signer(12))
    assert open_log_checkpoint(at_the_end, LOGS, "FR", START) == FINAL
    with pytest.raises(ProofError, match="ended at 7 entries"):
        open_log_checkpoint(signed(ORIGIN, 12, 8), LOGS, "FR", START)


def test_the_key_of_a_log_that_ended_is_trusted_for_its_own_time_alone() -> None:
    with pytest.raises(PreconditionError, match="no key that is trusted for that time"):
        open_log_checkpoint(signed(ORIGIN, 12, 6), LOGS, "FR", LATER + timedelta(hours=1))


def test_the_log_of_another_member_says_nothing_for_this_one() -> None:
    assert open_log_checkpoint(signed(ABROAD, 22, 4), LOGS, "ES", START).size == 4
    with pytest.raises(ProofError):
        open_log_checkpoint(signed(ABROAD, 22, 4), LOGS, "FR", AGAIN)


# --- the order of a member's logs ----------------------------------------------------------------


def origins(ends: tuple[EndedLog, ...] | None) -> list[str] | None:
    return None if ends is None else [one.origin for one in ends]


def test_the_ends_of_a_log_are_its_own_and_those_of_its_successors() -> None:
    assert origins(LOGS.log_ends(ORIGIN)) == [ORIGIN, SECOND]
    assert origins(LOGS.log_ends(SECOND)) == [SECOND]
    assert origins(LOGS.log_ends(ABROAD)) == [ABROAD]
    for goes_on in (THIRD, ABROAD_SECOND, "unknown.example/log"):
        assert LOGS.log_ends(goes_on) == ()


@pytest.mark.parametrize(
    ("one", "other", "between"),
    [
        (ORIGIN, ORIGIN, []),
        (ORIGIN, SECOND, [ORIGIN]),
        (SECOND, THIRD, [SECOND]),
        (ORIGIN, THIRD, [ORIGIN, SECOND]),
        (ABROAD, ABROAD_SECOND, [ABROAD]),
        (ORIGIN, ABROAD, None),
        (THIRD, ABROAD_SECOND, None),
        (THIRD, "unknown.example/log", None),
        ("unknown.example/log", "nobody.example/log", None),
    ],
)
def test_between_two_logs_of_a_member_lie_the_ends_of_the_earlier_ones(
    one: str, other: str, between: list[str] | None
) -> None:
    assert origins(LOGS.ends_between(one, other)) == between
    assert origins(LOGS.ends_between(other, one)) == between
