"""Random histories for the laws of the rules engine."""

from datetime import date, timedelta

from hypothesis import strategies as st

from portability.agreements import pack_source
from portability.core.pack_parser import parse_pack
from portability.core.periods import Duration, Period, PeriodType
from portability.core.units import Unit

PACK = parse_pack(pack_source("eu-883-2004"), "eu-883-2004.toml")
RISK = date(2011, 1, 1)
TABLE = PACK.rules_on(RISK).conversion
TARGETS = [unit for unit in Unit if unit is not Unit.US_QUARTERS]
CODES = ("AT", "BE", "CZ", "DK")


@st.composite
def dated_periods(draw: st.DrawFn, *, declared: bool = False) -> Period:
    start = date(2008, 1, 1) + timedelta(days=draw(st.integers(0, 900)))
    end = start + timedelta(days=draw(st.integers(0, 500)))
    return Period(
        id=draw(st.text("0123456789abcdef", min_size=3, max_size=3)),
        jurisdiction=draw(st.sampled_from(CODES)),
        type=draw(st.sampled_from(list(PeriodType))),
        start=start,
        end=end,
        declared=draw(durations()) if declared and draw(st.booleans()) else None,
    )


@st.composite
def durations(draw: st.DrawFn) -> Duration:
    return Duration(
        years=draw(st.integers(0, 3)),
        quarters=draw(st.integers(0, 5)),
        months=draw(st.integers(0, 20)),
        weeks=draw(st.integers(0, 60)),
        days=draw(st.integers(0, 400)),
        hours=draw(st.integers(0, 100)),
        day_type=draw(st.sampled_from([5, 6, 7])),
    )


def histories(*, declared: bool = False) -> st.SearchStrategy[list[Period]]:
    """Up to eight records that overlap much, with ids of their own."""
    return st.lists(
        dated_periods(declared=declared), max_size=8, unique_by=lambda period: period.id
    )
