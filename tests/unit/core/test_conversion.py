"""The vectors of 987/2009 Art 13, and what the table refuses."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from portability.core.conversion import (
    ConversionTable,
    Counted,
    DayRow,
    Placed,
    convert,
    convert_parts,
    factor,
    place_in_years,
    scale_of,
)
from portability.core.measure import Counting, measure
from portability.core.periods import Duration, Period, PeriodType
from portability.core.pieces import Piece, State
from portability.core.units import Unit
from portability.errors import InvalidInputError
from tests.property.core.histories import TABLE

SIX = ((6, DayRow(8, 6, 26, 78, 312)),)
WITHOUT_SEVEN = ConversionTable(
    rows=SIX, quarter_months=3, quarter_weeks=13, year_quarters=4, year_months=12, year_weeks=52
)


def counted(target: Unit, touched: int | None = None, **parts: int | Fraction) -> Counted:
    day_type = parts.pop("day_type", None)
    declared = Duration(**parts, day_type=int(day_type) if day_type else None)
    return convert(declared, target, TABLE, calendar_years=touched)


@pytest.mark.parametrize(
    ("parts", "target", "touched", "expected"),
    [
        ({"days": 312, "day_type": 6}, Unit.MONTHS, None, 12),
        ({"days": 312, "day_type": 6}, Unit.WEEKS, None, 52),
        ({"days": 312, "day_type": 6}, Unit.QUARTERS, None, 4),
        ({"days": 264, "day_type": 5}, Unit.MONTHS, 1, 12),
        ({"days": 264, "day_type": 5}, Unit.WEEKS, 1, 52),
        ({"days": 264, "day_type": 5}, Unit.WEEKS, None, 53),
        ({"days": 264, "day_type": 5}, Unit.QUARTERS, 1, 4),
        ({"days": 360, "day_type": 7}, Unit.WEEKS, 1, 52),
        ({"days": 27, "day_type": 6}, Unit.MONTHS, None, 2),
        ({"days": 23, "day_type": 5}, Unit.MONTHS, None, 2),
        ({"days": 31, "day_type": 7}, Unit.MONTHS, None, 2),
        ({"days": 31}, Unit.MONTHS, None, 2),
        ({"days": 1, "day_type": 6}, Unit.MONTHS, None, 1),
        ({"weeks": 1}, Unit.MONTHS, None, 1),
        ({"months": 1}, Unit.WEEKS, None, 5),
        ({"weeks": 13}, Unit.QUARTERS, None, 1),
        ({"weeks": 13}, Unit.MONTHS, None, 3),
        ({"quarters": 1}, Unit.WEEKS, None, 13),
        ({"years": Fraction(21, 4)}, Unit.MONTHS, None, 63),
        ({"years": Fraction(21, 4)}, Unit.QUARTERS, None, 21),
        ({"weeks": 53}, Unit.WEEKS, 1, 52),
        ({"days": 53, "day_type": 6}, Unit.MONTHS, None, 3),
        ({"days": 106, "day_type": 6}, Unit.MONTHS, None, 5),
        ({"days": 264, "day_type": 5}, Unit.DAYS_6, None, 312),
        ({"weeks": 52}, Unit.DAYS_5, None, 264),
        ({"hours": 9, "day_type": 5}, Unit.DAYS_5, None, 1),
        ({"hours": 16}, Unit.DAYS_6, None, 2),
        ({"hours": 12, "days": 1, "day_type": 7}, Unit.DAYS_7, None, 3),
        ({"years": 1, "months": 1, "days": 15, "day_type": 7}, Unit.MONTHS, None, 14),
        ({"quarters": 2}, Unit.US_QUARTERS, None, 2),
        ({"days": 91, "day_type": 7}, Unit.US_QUARTERS, None, 2),
        ({"years": 2}, Unit.YEARS, None, 2),
    ],
)
def test_a_sum_becomes_what_the_table_says(
    parts: dict[str, int | Fraction], target: Unit, touched: int | None, expected: int
) -> None:
    assert counted(target, touched, **parts).amount == expected


def test_a_result_names_the_rules_that_made_it() -> None:
    assert counted(Unit.WEEKS, 1, days=264, day_type=5).steps == (
        "conversion",
        "conversion_days",
        "conversion_cap",
    )
    assert counted(Unit.DAYS_5, weeks=52).steps == (
        "conversion",
        "conversion_days",
        "conversion_floor",
    )
    assert counted(Unit.MONTHS, weeks=1).steps == (
        "conversion",
        "conversion_units",
        "conversion_rounding",
    )
    half = counted(Unit.MONTHS, days=13, day_type=6)
    assert (half.exact, half.steps[-1]) == (Fraction(1, 2), "conversion_rounding")
    assert counted(Unit.WEEKS, days=78, months=3, day_type=6).steps == (
        "conversion",
        "conversion_days",
        "conversion_units",
    )
    yearly = convert_parts({Unit.MONTHS: 1}, Unit.MONTHS, TABLE, limit=12, mode="yearly")
    assert yearly.steps == ("conversion", "conversion_mode")


def test_a_result_is_capped_only_if_it_is_more_than_the_years_hold() -> None:
    assert not counted(Unit.MONTHS, 1, months=12).capped
    assert counted(Unit.MONTHS, 1, months=13).capped


def test_quarters_have_a_size_of_their_own_beside_that_of_the_year() -> None:
    short = replace(WITHOUT_SEVEN, quarter_weeks=12, quarter_months=2)

    assert factor(short, Unit.QUARTERS, Unit.WEEKS) == 12
    assert factor(short, Unit.WEEKS, Unit.QUARTERS) == Fraction(1, 12)
    assert factor(short, Unit.QUARTERS, Unit.MONTHS) == 2
    assert factor(short, Unit.YEARS, Unit.QUARTERS) == 4


def test_full_years_are_worth_the_maximum_of_the_other_side_in_whole_numbers() -> None:
    scale = scale_of(TABLE, Unit.WEEKS)

    assert scale.size > 1
    assert scale.floor({Unit.DAYS_5: 264 + 263, Unit.MONTHS: 12}) == 2 * 52 * scale.size


@pytest.mark.parametrize(
    ("amounts", "fits"),
    [
        ([], 0),
        ([Placed(2001, 2001, 5), Placed(2001, 2001, 6), Placed(2002, 2002, 3)], 11 + 3),
        ([Placed(2001, 2001, 9), Placed(2001, 2001, 9), Placed(2002, 2002, 3)], 12 + 3),
        ([Placed(2001, 2001, 9), Placed(2001, 2002, 9)], 12 + 6),
        ([Placed(2001, 2001, 9), Placed(2001, 2002, 9), Placed(2002, 2002, 9)], 12 + 12),
        ([Placed(2001, 2003, 12), Placed(2001, 2001, 12), Placed(2003, 2003, 12)], 36),
        ([Placed(2001, 2001, 30), Placed(2005, 2006, 20)], 12 + 20),
    ],
)
def test_every_calendar_year_holds_its_maximum_and_no_more(
    amounts: list[Placed], fits: int
) -> None:
    assert place_in_years(amounts, 12) == fits


def test_an_older_table_without_a_row_refuses_its_days() -> None:
    with pytest.raises(InvalidInputError, match="7-day"):
        convert(Duration(days=3, day_type=7), Unit.MONTHS, WITHOUT_SEVEN)
    assert scale_of(WITHOUT_SEVEN, Unit.MONTHS).size == 26
    assert factor(WITHOUT_SEVEN, Unit.WEEKS, Unit.MONTHS) == Fraction(3, 13)


def test_dates_are_measured_even_where_the_table_knows_no_7_day_week() -> None:
    record = Period(
        id="a",
        jurisdiction="FR",
        type=PeriodType.COMPULSORY,
        start=date(2001, 1, 1),
        end=date(2001, 2, 15),
    )
    pieces = (Piece(record.first, record.last, State.COUNTED),)

    length = measure([(record, pieces)], Unit.MONTHS, WITHOUT_SEVEN, Counting.EXACT)

    assert length.exact == Fraction(3, 2)


def test_declared_days_without_a_row_are_refused_when_they_are_added() -> None:
    record = Period(
        id="a",
        jurisdiction="FR",
        type=PeriodType.COMPULSORY,
        declared=Duration(days=3, day_type=5),
    )

    with pytest.raises(InvalidInputError, match="5-day week"):
        measure(
            [(record, (Piece(None, None, State.FLAGGED),))],
            Unit.MONTHS,
            WITHOUT_SEVEN,
            Counting.EXACT,
        )
