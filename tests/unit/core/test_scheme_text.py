"""A scheme of a call is written down so that it is read as it was given."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portability.core.document import read_document
from portability.core.measure import Counting
from portability.core.money import Money, Rounding
from portability.core.national_facts import read_national_facts
from portability.core.periods import Duration
from portability.core.reading import read_duration
from portability.core.scheme import Scheme
from portability.core.scheme_text import duration_text, scheme_text
from portability.core.units import Unit
from portability.errors import InvalidInputError

PARTS = ("years", "quarters", "months", "weeks", "days", "hours")
UNITS = [unit for unit in Unit if unit is not Unit.US_QUARTERS]
"""Whoever counts in American quarters reads facts of that law besides, which no call states."""

SUMS = st.integers(0, 40_000) | st.integers(0, 400_000).map(lambda cents: Fraction(cents, 100))
DURATIONS = st.builds(
    Duration,
    **dict.fromkeys(PARTS, SUMS),
    day_type=st.sampled_from([None, 5, 6, 7]),
)


@st.composite
def schemes(draw: st.DrawFn) -> Scheme:
    currency = draw(st.sampled_from(["EUR", "JPY", "TND"]))
    amounts = st.none() | st.builds(Money, minor=st.integers(0, 10**9), currency=st.just(currency))
    return Scheme(
        jurisdiction=draw(st.sampled_from(["ES", "FR"])),
        unit=draw(st.sampled_from(UNITS)),
        counting=draw(st.none() | st.sampled_from(Counting)),
        rounding=draw(st.sampled_from(Rounding)),
        minimum=draw(st.none() | DURATIONS),
        full_career=draw(st.none() | DURATIONS.filter(lambda one: not one.is_zero())),
        independent=draw(amounts),
        theoretical=draw(amounts),
    )


@given(schemes())
def test_every_scheme_is_read_as_it_was_given(scheme: Scheme) -> None:
    text = scheme_text(scheme)
    assert read_national_facts(text.encode(), "call").schemes == (scheme,)


@given(DURATIONS)
def test_every_length_is_read_as_it_was_given(duration: Duration) -> None:
    assert read_duration(read_document(duration_text(duration).encode(), "length")) == duration


def test_a_length_of_nothing_says_so() -> None:
    assert duration_text(Duration()) == "days = 0\n"


def test_a_length_that_no_decimal_says_cannot_be_written_down() -> None:
    with pytest.raises(InvalidInputError, match="finite decimal"):
        duration_text(Duration(months=Fraction(1, 3)))
