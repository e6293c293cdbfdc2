"""Own periods that foreign ones displace: when they count again, and what they still weigh."""

import pytest

from portability.core.agreement import ShortMeasure
from portability.core.explanation import explain
from portability.core.formulas import Capital, Points
from portability.core.periods import Duration, Period
from portability.errors import InvalidInputError
from tests.unit.core.builders import RULES, changed_pack, euros, paid, scheme, settled, spell

CAREER = [
    spell("DE", "11", "1990-01-01", "1999-12-31"),
    spell("DE", "21", "2000-01-01", "2004-12-31"),
    spell("FR", "11", "2000-01-01", "2009-12-31"),
]
SHORT = [
    spell("DE", "20", "2000-01-01", "2004-11-30"),
    spell("AT", "11", "2000-12-01", "2009-12-31"),
]
AFTER_OVERLAP = changed_pack('measured = "as-completed"', 'measured = "after-overlap"')
NOT_YET = scheme("FR", "1.00", conditions_met=False)


def _points(jurisdiction: str = "DE") -> Points:
    return Points(points=18, point_value=euros("10.00"))


def test_periods_displaced_by_left_out_ones_count_again() -> None:
    germany = scheme("DE", "1500.00", theoretical_without={"FR": euros("900.00")})

    found = settled(CAREER, [germany, NOT_YET]).entitlement("DE")

    # alone after FR is left out: 180 of 180 months, against 1500 x 120/240
    assert found.left_out == ("FR",)
    assert found.ratio is not None
    assert (found.ratio.own, found.ratio.total) == (180, 180)
    assert str(found.payable) == "900.00 EUR"


def test_a_short_period_that_counts_again_is_still_kept_out_of_the_ratio() -> None:
    # Poland's four months are displaced by Spain's; without Spain's they are Italy's to pay for
    periods = [
        spell("IT", "11", "1995-01-01", "1996-12-31"),
        spell("ES", "11", "1998-01-01", "1999-12-31"),
        spell("PL", "30", "1998-05-01", "1998-08-31"),
    ]
    italy = scheme("IT", formula=Capital(capital=euros("24000.00"), divisor=100))
    spain = scheme("ES", "1.00", minimum=Duration(years=20))
    poland = scheme("PL", "1.00", minimum=Duration(years=20))

    found = settled(periods, [italy, spain, poland]).entitlement("IT")

    # 24000 / 24 x 28 / 100 = 280 x 24/24 (Art 57(2)), against 24000 / 24 x 48 / 100 x 24/48
    assert found.left_out == ("ES",)
    assert str(found.payable) == "280.00 EUR"


def test_no_value_of_voluntary_periods_is_asked_for_once_they_count() -> None:
    germany = scheme("DE", "1500.00", theoretical_without={"FR": euros("900.00")})

    kinds = [item.kind.value for item in settled(CAREER, [germany, NOT_YET]).discrepancies]

    assert "voluntary-value-missing" not in kinds


def test_the_explanation_of_the_ratio_names_the_records_that_count_again() -> None:
    germany = scheme("DE", "1500.00", theoretical_without={"FR": euros("900.00")})

    tree = explain(settled(CAREER, [germany, NOT_YET]))[0]

    lines = [line.strip() for line in tree.lines()]
    assert "Periods in the ratio: 180 DE = 180 months [883/2004 Art 50(2)]" in lines
    assert (
        "dates 1990-01-01 to 2004-12-31 of DE 11 1990-01-01, DE 21 2000-01-01: 180 months" in lines
    )


@pytest.mark.parametrize(
    "formula",
    [_points(), Capital(capital=euros("21600.00"), divisor=120)],
    ids=["points", "capital"],
)
def test_the_average_of_the_base_is_over_all_periods_in_which_it_was_earned(
    formula: Points | Capital,
) -> None:
    found = settled(CAREER, [scheme("DE", formula=formula)]).entitlement("DE")

    # 18 points in 180 months, 5 years of them displaced: 1 euro a month
    assert str(found.independent) == "180.00 EUR"
    assert str(found.theoretical) == "240.00 EUR"
    assert str(found.voluntary) == "60.00 EUR"
    assert str(found.pro_rata) == "180.00 EUR"  # 240 x 120/240 + 60


@pytest.mark.parametrize(("value", "added"), [("75.00", "75.00"), ("250.00", "200.00")])
def test_with_the_value_of_displaced_periods_no_more_than_the_full_benefit_is_paid(
    value: str, added: str
) -> None:
    germany = scheme(
        "DE", "1200.00", full_career=Duration(months=144), voluntary_value=euros(value)
    )

    settlement = settled(CAREER, [germany])

    # 240 months are more than a full career: 1200 x 120/144 = 1000, and 1200 is the full benefit
    found = settlement.entitlement("DE")
    assert str(found.voluntary) == f"{added} EUR"
    assert str(found.payable) == ("1075.00 EUR" if added == value else "1200.00 EUR")
    told = [line.strip() for line in explain(settlement)[0].lines()]
    assert (
        "Value of displaced voluntary periods under national law: 250.00 EUR, as far as the full "
        "benefit allows = 200.00 EUR [987/2009 Art 43(2); 883/2004 Art 56(1)(a)]" in told
    ) == (added != value)


def test_of_a_sum_that_is_displaced_in_part_that_part_alone_is_worth_something_beside() -> None:
    stated = [CAREER[0], CAREER[2]]
    stated.append(spell("DE", "21", "2000-01-01", "2010-12-31", declared=Duration(months=132)))

    found = settled(stated, [scheme("DE", formula=_points())]).entitlement("DE")

    # 18 points in 252 months; ten of the eleven voluntary years are displaced
    assert str(found.voluntary) == "85.71 EUR"  # 120 x 180/252


def test_days_of_two_displaced_voluntary_periods_are_worth_something_once() -> None:
    both = [
        spell("DE", "11", "1990-01-01", "1999-12-31"),
        spell("DE", "21", "2000-01-01", "2000-12-31", declared=Duration(months=12)),
        spell("DE", "22", "2000-07-01", "2001-06-30", declared=Duration(months=12)),
        spell("FR", "11", "2000-01-01", "2009-12-31"),
    ]

    found = settled(both, [scheme("DE", formula=_points())]).entitlement("DE")

    # 18 points in 138 months; 181 of the 365 days of the second sum are 5.95 months more
    assert str(found.voluntary) == "23.48 EUR"  # 180 x 18/138


def test_a_short_period_is_measured_as_it_was_completed() -> None:
    schemes = [
        scheme("DE", "600.00", minimum=Duration(months=60), voluntary_value=euros("48.00")),
        scheme("AT", "1200.00"),
    ]

    assert RULES.short_periods is not None
    assert RULES.short_periods.measured is ShortMeasure.AS_COMPLETED
    assert paid(settled(SHORT, schemes), "DE") == "103.00 EUR"  # 600 x 11/120 + 48
    assert paid(settled(SHORT, schemes, AFTER_OVERLAP), "DE") == "0.00 EUR"


def test_a_period_short_before_any_overlap_stays_short() -> None:
    brief: list[Period] = [
        spell("DE", "20", "2000-06-01", "2001-04-30"),
        spell("AT", "11", "2000-12-01", "2009-12-31"),
    ]
    germany = scheme("DE", "600.00", minimum=Duration(months=60))

    for pack in (AFTER_OVERLAP, changed_pack("months = 12", "months = 12")):
        assert paid(settled(brief, [germany, scheme("AT", "1.00")], pack), "DE") == "0.00 EUR"


def test_periods_that_only_increase_the_benefit_are_part_of_the_length() -> None:
    periods = [
        spell("DE", "11", "2000-01-01", "2000-06-30"),
        spell("DE", "45", "2001-01-01", "2001-12-31", relevance="000"),
        spell("AT", "11", "2002-01-01", "2009-12-31"),
    ]
    germany = scheme("DE", "1140.00", minimum=Duration(months=60))

    found = settled(periods, [germany, scheme("AT", "1.00")]).entitlement("DE")

    assert found.aggregate.own == 6
    assert str(found.payable) == "180.00 EUR"  # 18 of 114 months, no less than a year


def test_a_pack_must_say_how_short_periods_are_measured() -> None:
    with pytest.raises(InvalidInputError, match="measured is missing"):
        changed_pack('measured = "as-completed", ', "")
    with pytest.raises(InvalidInputError, match="as-completed, after-overlap"):
        changed_pack('measured = "as-completed"', 'measured = "somehow"')


def test_own_periods_under_national_law_alone_are_unfolded() -> None:
    germany = scheme("DE", "1500.00", independent=euros("700.00"), voluntary_value=euros("9.00"))

    lines = [line.strip() for line in explain(settled(CAREER, [germany]))[0].lines()]

    assert (
        "Own periods, as if nobody else certified any: 180 DE = 180 months [883/2004 Art 52(1)(a)]"
        in lines
    )
    assert "Value of displaced voluntary periods under national law: 9.00 EUR" in " ".join(lines)


def test_nothing_is_left_to_divide_if_a_freed_state_displaces_all_own_periods() -> None:
    periods = [
        spell("DE", "21", "2000-01-01", "2000-06-30"),
        spell("NL", "11", "2000-01-01", "2000-06-30"),
    ]
    germany = scheme("DE", "900.00", independent=euros("30.00"))
    dutch = scheme("NL", "1.00", minimum=Duration(years=5))

    found = settled(periods, [germany, dutch]).entitlement("DE")

    assert (found.aggregate.own, found.aggregate.total) == (0, 6)
    assert (found.ratio, str(found.payable)) == (None, "30.00 EUR")


def test_short_periods_out_of_the_ratio_are_told_with_their_article() -> None:
    periods = [
        spell("LU", "11", "1990-01-01", "1990-08-31"),
        spell("DE", "11", "1990-09-01", "2010-08-31"),
    ]
    luxembourg = scheme("LU", minimum=Duration(years=10))

    settlement = settled(periods, [luxembourg, scheme("DE", "2480.00")])

    item = settlement.entitlement("DE")
    assert item.ratio_steps == ("pro_rata", "short_period_others")
    assert "Periods in the ratio: 240 DE = 240 months [883/2004 Art 57(2)]" in [
        line.strip() for line in explain(settlement)[1].lines()
    ]
    assert settlement.entitlement("LU").ratio_steps == ("pro_rata",)


def test_a_full_career_is_among_the_steps_of_the_ratio() -> None:
    germany = scheme("DE", "1500.00", full_career=Duration(months=200))

    assert settled(CAREER, [germany]).entitlement("DE").ratio_steps == ("pro_rata", "full_career")
