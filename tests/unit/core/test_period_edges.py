"""Periods at the edges: masks of each branch, sums of the first and last year, regular rows."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from portability.core.periods import Branch, Duration, Period, PeriodClass, PeriodType
from portability.core.units import Unit, exact_text
from portability.errors import InvalidInputError
from tests.unit.core.test_periods import period

YEAR = {"start": date(2001, 1, 1), "end": date(2001, 12, 31)}
TWELVE = Duration(months=12)


@pytest.mark.parametrize(
    ("place", "branch"),
    [(0, Branch.OLD_AGE), (1, Branch.SURVIVORS), (2, Branch.INVALIDITY)],
)
def test_each_place_of_a_mask_is_that_of_one_branch(place: int, branch: Branch) -> None:
    only = "".join("1" if number == place else "0" for number in range(3))
    without = only.translate({ord("0"): "1", ord("1"): "0"})

    for mask, expected in ((only, True), (without, False), (None, True)):
        found = period(relevance=mask, calculation=mask)
        assert (found.opens_right(branch), found.enters_amount(branch)) == (expected, expected)


@pytest.mark.parametrize("mask", ["", "1", "0000", "01a", "1 1"])
@pytest.mark.parametrize("name", ["relevance", "calculation"])
def test_a_mask_of_another_form_is_refused(name: str, mask: str) -> None:
    with pytest.raises(InvalidInputError, match=f"{name} must be three digits"):
        period(**{name: mask})


def yearly(*years: int, **dates: date) -> Period:
    sums = tuple((year, Duration(days=300)) for year in years)
    return period(communicated="yearly", by_year=sums, **dates)


def test_sums_by_year_may_be_those_of_the_first_and_the_last_year() -> None:
    assert len(yearly(2001, 2002, 2003).by_year) == 3
    begun = {"start": date(2001, 12, 31)}
    ended = {"end": date(2003, 1, 1)}
    for dates in (begun, ended, begun | ended):
        assert [year for year, _ in yearly(2001, 2002, 2003, **dates).by_year] == [2001, 2002, 2003]


@pytest.mark.parametrize(
    ("years", "dates"),
    [
        ((2000, 2001), {"start": date(2001, 1, 1), "end": date(2003, 12, 31)}),
        ((2003, 2004), {"start": date(2001, 1, 1), "end": date(2003, 12, 31)}),
        ((2001, 2001), {}),
    ],
)
def test_a_sum_of_a_year_outside_the_dates_or_given_twice_is_refused(
    years: tuple[int, ...], dates: dict[str, date]
) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        yearly(*years, **dates)

    assert refusal.value.context["field"] == "by_year"


@pytest.mark.parametrize(
    ("more", "plain"),
    [
        ({}, True),
        ({"scheme": "01"}, True),
        ({"declared": TWELVE}, False),
        ({"communicated": "yearly"}, False),
        ({"relevance": "111"}, False),
        ({"calculation": "111"}, False),
        ({"refunded": True}, False),
    ],
)
def test_a_plain_period_says_no_more_than_its_dates(
    more: dict[str, object], *, plain: bool
) -> None:
    assert period(**YEAR, **more).is_plain is plain
    assert period(start=YEAR["start"], **more).is_plain is False
    assert period(end=YEAR["end"], **more).is_plain is False


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"declared": TWELVE}, 12),
        ({"declared": Duration(months=11)}, 0),
        ({"declared": Duration(years=1)}, 0),
        ({"declared": Duration(months=12, hours=1)}, 0),
        ({"declared": Duration(months=12, days=1)}, 0),
        ({"declared": TWELVE, "communicated": "yearly"}, 0),
        ({}, 0),
        ({"declared": TWELVE, "end": None}, 0),
        ({"declared": TWELVE, "start": None}, 0),
        ({"declared": TWELVE, "end": date(2001, 12, 30)}, 0),
    ],
)
def test_a_sum_is_regular_if_it_is_the_whole_months_of_the_dates(
    more: dict[str, object], expected: int
) -> None:
    assert period(**(YEAR | more)).regular_months == expected


def test_the_ordinals_are_those_of_a_period_with_both_dates() -> None:
    both = period(**YEAR)

    assert (both.first, both.last, both.is_dated) == (730486, 730850, True)
    for dates in ({}, {"start": YEAR["start"]}, {"end": YEAR["end"]}):
        found = period(**dates)
        assert (found.first, found.last, found.is_dated) == (0, 0, False)


def test_the_parts_of_a_sum_are_told_by_unit() -> None:
    assert Duration(years=1, quarters=2, months=3, weeks=4, days=5, hours=6).parts == (
        (Unit.YEARS, 1),
        (Unit.QUARTERS, 2),
        (Unit.MONTHS, 3),
        (Unit.WEEKS, 4),
        (Unit.DAYS_7, 5),
    )
    assert Duration(days=5, day_type=5).parts == ((Unit.DAYS_5, 5),)
    assert Duration(days=5, day_type=6).parts == ((Unit.DAYS_6, 5),)
    assert Duration(hours=8).parts == ()


@pytest.mark.parametrize("kind", list(PeriodType))
def test_the_class_of_each_code_is_that_of_the_law(kind: PeriodType) -> None:
    expected = {
        "1": PeriodClass.COMPULSORY,
        "2": PeriodClass.VOLUNTARY,
        "3": PeriodClass.COMPULSORY,
        "4": PeriodClass.EQUIVALENT,
        "5": PeriodClass.EQUIVALENT,
    }[kind.code[0]]
    if kind is PeriodType.FICTIVE_AFTER_RISK:
        expected = PeriodClass.AFTER_RISK

    assert PeriodType.parse(kind.code).period_class is expected
    assert kind.rank == int(expected)
    assert kind.is_equivalent == (expected is PeriodClass.EQUIVALENT)
    assert kind.is_voluntary == (expected is PeriodClass.VOLUNTARY)
    assert kind.is_compulsory == (expected is PeriodClass.COMPULSORY)
    assert kind.is_real == (expected in (PeriodClass.VOLUNTARY, PeriodClass.COMPULSORY))


def test_a_higher_class_prevails_where_periods_overlap() -> None:
    ranks = [PeriodType.parse(code).rank for code in ("52", "44", "21", "11")]

    assert ranks == sorted(set(ranks))


@pytest.mark.parametrize(
    ("numerator", "denominator", "text"),
    [
        (0, 1, 0),
        (-7, 1, -7),
        (1, 2, "0.5"),
        (1, 5, "0.2"),
        (1, 10, "0.1"),
        (3, 20, "0.15"),
        (1, 40, "0.025"),
        (1, 25, "0.04"),
        (-25, 2, "-12.5"),
        (1001, 1000, "1.001"),
        (1, 3, "1/3"),
        (-1, 6, "-1/6"),
        (7, 60, "7/60"),
    ],
)
def test_an_exact_number_is_a_decimal_of_no_more_places_than_it_needs(
    numerator: int, denominator: int, text: object
) -> None:
    assert exact_text(Fraction(numerator, denominator)) == text


def test_only_units_of_days_have_a_working_week() -> None:
    found = {unit: unit.day_type for unit in Unit}

    assert {unit: days for unit, days in found.items() if days is not None} == {
        Unit.DAYS_5: 5,
        Unit.DAYS_6: 6,
        Unit.DAYS_7: 7,
    }


def test_the_same_period_of_another_record_differs_in_its_name_alone() -> None:
    one = period(**YEAR, declared=TWELVE)
    other = one.with_id("another")

    assert other == replace(one, id="another")
    assert (other.id, one.id) == ("another", period(**YEAR).id)
    assert hash(other) == hash(replace(one, id="another"))
