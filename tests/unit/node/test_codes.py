"""Codes that are said on the telephone and typed from paper: what is forgiven, and how often."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portability.errors import OverloadedError
from portability.node.consents.code_attempts import MOST_WRONG, WITHIN, CodeAttempts
from portability.node.persons.sessions import as_typed, new_code

SEEDS = st.binary(min_size=10, max_size=10)
MISHEARD = str.maketrans("OIB", "018")


@given(SEEDS, st.lists(st.sampled_from([" ", "-", "  ", ""]), min_size=16, max_size=16))
def test_spaces_dashes_case_and_misread_digits_do_not_matter(seed: bytes, gaps: list[str]) -> None:
    code = new_code(lambda _: seed)
    letters = code.replace("-", "")
    spoken = "".join(one + gap for one, gap in zip(letters, gaps, strict=True))
    for said in (code, spoken, spoken.lower(), spoken.translate(MISHEARD)):
        assert as_typed(said) == code


@given(SEEDS, SEEDS)
def test_two_codes_are_never_taken_for_one(one: bytes, other: bytes) -> None:
    same = as_typed(new_code(lambda _: one)) == as_typed(new_code(lambda _: other))
    assert same == (one == other)


@given(st.text(max_size=40))
def test_whatever_is_typed_is_a_code_or_none_and_stays_what_it_is(text: str) -> None:
    assert as_typed(as_typed(text)) == as_typed(text)


def test_a_code_has_eighty_random_bits() -> None:
    code = new_code(lambda size: bytes(range(size)))
    assert base64.b32decode(code.replace("-", "")) == bytes(range(10))


class Clock:
    """Tells the time that it is given."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def test_wrong_codes_of_one_caller_run_out_and_come_back_and_others_have_their_own() -> None:
    clock = Clock()
    attempts = CodeAttempts(clock)
    for _ in range(MOST_WRONG):
        attempts.begin("portal").failed()
        clock.now += timedelta(seconds=1)
    with pytest.raises(OverloadedError, match="go to a counter"):
        attempts.begin("portal")
    stopping = attempts.begin_to_stop("portal")  # made in any case, and told only if it was wrong
    with pytest.raises(OverloadedError, match="go to a counter"):
        stopping.check()
    attempts.begin("an office").check()
    clock.now += WITHIN - timedelta(seconds=MOST_WRONG)
    attempts.begin("portal")


def test_right_codes_cost_nothing() -> None:
    attempts = CodeAttempts(Clock())
    for _ in range(10 * MOST_WRONG):
        attempts.begin("portal")
