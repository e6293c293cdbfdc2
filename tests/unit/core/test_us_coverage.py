"""Foreign records as spells, by the rule of each country: POMS GN 01706 to 01752."""

from dataclasses import replace
from datetime import date

from portability.core.measure import Counting
from portability.core.methods.coverage import foreign_spells
from portability.core.methods.parameters import Crediting, Measured
from portability.core.periods import Duration, Period
from portability.core.us_quarters import Spell
from tests.unit.core.builders import spell
from tests.unit.core.case_texts import PACKS, head, period, result

RISK = date(2000, 1, 1)
US = '[scheme.US]\nunit = "us-quarters"\n'


def rule(country: str) -> Crediting:
    found = PACKS[f"us-{country.lower()}"].value("crediting", date(2012, 1, 1))
    assert isinstance(found, Crediting)
    return found


def counts(country: str, *records: Period, risk: date = RISK) -> list[int]:
    return [item.count for item in foreign_spells(records, rule(country), risk, {})]


def spells_of(country: str, *records: Period) -> tuple[Spell, ...]:
    return foreign_spells(records, rule(country), RISK, {})


def test_dates_without_a_sum_are_measured_as_the_country_does() -> None:
    half_year = "1965-01-15", "1965-07-14"

    assert counts("IT", spell("IT", "11", *half_year)) == [2]  # 181 days are 25.9 weeks
    assert counts("ES", spell("ES", "11", *half_year)) == [2]  # 181 / 91
    assert counts("PT", spell("PT", "11", *half_year)) == [2]  # six months
    assert counts("NL", spell("NL", "11", *half_year)) == [3]  # seven calendar months
    assert counts("DE", spell("DE", "11", *half_year)) == [3]
    assert counts("FR", spell("FR", "11", *half_year)) == [3]  # three trimesters touched
    assert counts("PT", spell("PT", "11", "1965-01-01", "1965-07-02")) == [3]  # a remainder


def test_a_scheme_that_counts_calendar_months_is_believed() -> None:
    records = [spell("PT", "11", "1965-01-15", "1965-07-14")]

    found = foreign_spells(records, rule("PT"), RISK, {"PT": Counting.CALENDAR_MONTHS})

    assert [item.count for item in found] == [3]


def test_sums_mix_units_and_a_remainder_counts_as_one() -> None:
    mixed = Duration(years=1, quarters=1, months=1, weeks=13, days=91)

    assert counts("ES", spell("ES", "11", "1960-01-01", "1965-12-31", declared=mixed)) == [8]


def test_nothing_before_1937_counts_and_a_spanning_spell_begins_there() -> None:
    before = spell("IT", "11", "1930-01-01", "1936-12-31", declared=Duration(weeks=364))
    spanning = spell("IT", "11", "1936-07-01", "1937-06-30", declared=Duration(weeks=52))

    (found,) = spells_of("IT", before, spanning)

    assert found == Spell((1937 * 4, 1937 * 4 + 1), 4)


def test_nothing_after_the_risk_and_nothing_without_dates_counts() -> None:
    after = spell("IT", "11", "2000-01-01", "2000-12-31")
    undated = Period(id="x", jurisdiction="IT", type=after.type, declared=Duration(weeks=52))

    assert counts("IT", after, undated) == []


def test_german_months_are_added_by_calendar_year_and_shared_months_count_once() -> None:
    first = spell("DE", "11", "1970-01-10", "1970-02-10")
    second = spell("DE", "12", "1970-02-20", "1970-04-05")

    (found,) = spells_of("DE", first, second)

    assert found == Spell((1970 * 4, 1970 * 4 + 1), 2)


def test_a_german_sum_over_two_years_fills_them_in_order() -> None:
    record = spell("DE", "11", "1970-11-01", "1971-04-30", declared=Duration(months=6))

    assert [item.count for item in spells_of("DE", record)] == [1, 2]


def test_a_year_holds_four_quarters_at_most() -> None:
    twice = [
        spell("DE", code, "1970-01-01", "1970-12-31", declared=Duration(months=12))
        for code in ("11", "12")
    ]

    assert counts("DE", *twice) == [4]


def test_sums_by_year_stay_in_their_year() -> None:
    record = spell(
        "DE",
        "11",
        "1970-07-01",
        "2000-06-30",
        communicated="yearly",
        by_year=(
            (1970, Duration(months=2)),
            (1971, Duration(months=7)),
            (2000, Duration(months=6)),
        ),
    )

    assert [item.count for item in spells_of("DE", record)] == [1, 3]


def test_french_quarters_before_1942_stay_and_later_ones_fill_the_year() -> None:
    early = spell("FR", "11", "1941-07-01", "1941-12-31", declared=Duration(quarters=2))
    late = spell("FR", "11", "1942-07-01", "1942-12-31", declared=Duration(quarters=2))

    found = spells_of("FR", early, late)

    assert found == (
        Spell((1941 * 4 + 2,), 1),
        Spell((1941 * 4 + 3,), 1),
        Spell(tuple(range(1942 * 4, 1942 * 4 + 4)), 2),
    )


def test_french_disability_is_credited_from_the_last_quarter_of_the_year() -> None:
    home = period("US", "1985-01-01/1986-12-31", "{ quarters = 8 }")
    french = period("FR", "1980-01-01/1980-12-31", "{ quarters = 2 }")
    text = head("us-fr", "1990-01-01", "invalidity") + home + french + US

    assert result(text, "US")["quarters"]["1980"] == "FFNN"  # type: ignore[index]
    failing = text + "minimum = { quarters = 40 }\n"
    assert result(failing, "US")["quarters"]["1980"] == "NNFF"  # type: ignore[index]


def test_measured_days_and_quarters_share_a_year() -> None:
    """A rule by year that measures days: the sums of two spells meet in one year."""
    by_days = Crediting(
        per=rule("DE").per,
        places=rule("DE").places,
        measured=rule("ES").measured,
        weeks=13,
        months=3,
        days=91,
        not_before=date(1937, 1, 1),
        same_quarter_until=None,
    )
    records = [
        spell("ES", "11", "1970-01-01", "1970-02-15"),
        spell("ES", "11", "1970-03-01", "1970-04-14"),
    ]

    found = foreign_spells(records, by_days, RISK, {})

    assert [item.count for item in found] == [1]  # 46 and 45 days are one quarter


def test_a_rule_by_spell_may_measure_calendar_quarters() -> None:
    by_quarters = replace(rule("PT"), measured=Measured.QUARTERS)

    found = foreign_spells([spell("PT", "11", "1965-03-31", "1965-07-01")], by_quarters, RISK, {})

    assert [item.count for item in found] == [3]
