"""What the United States pays and says, on both sides of where it turns (20 CFR 404.1918)."""

from typing import cast

import pytest

from portability.core.explanation import explain
from tests.unit.core.case_texts import head, period, result, settled

US = '[scheme.US]\nunit = "us-quarters"\n'
TWENTY_HOME = period("US", "1970-01-01/1974-12-31", "{ quarters = 20 }")
FIVE_ITALIAN_YEARS = period("IT", "1960-01-01/1964-12-31", "{ weeks = 260 }")
AMOUNT = 'minimum = { quarters = 40 }\ntheoretical = "453.00 USD"\ncomputation_years = 26\n'
EARNED = '[scheme.US.earnings]\n1970 = { quarters = 4, amount = "6186.24" }\n'


def italy(*parts: str, award: str = "1990-01-01", branch: str = "old-age") -> str:
    return head("us-it", award, branch) + "".join(parts)


def told(text: str) -> str:
    return "\n".join(line for part in explain(settled(text).settlement) for line in part.lines())


def notes(text: str) -> dict[str, tuple[str, ...]]:
    """The articles of the note about quarters, by its words."""
    found = settled(text).settlement.entitlement("US").notes
    return {note.text: note.articles for note in found if "quarters of coverage" in note.text}


def test_exactly_six_us_quarters_pass_the_first_test_and_may_fail_the_second() -> None:
    six = period("US", "1970-01-01/1971-06-30", "{ quarters = 6 }")

    found = result(italy(six, US + AMOUNT), "US")

    assert found["reason"] == "minimum-not-met"
    assert found["basis"] == ["20 CFR 404.1908", "POMS GN 01706.020"]
    assert result(italy(six, FIVE_ITALIAN_YEARS, US), "US")["meets_minimum"] is True


def test_one_us_quarter_may_be_all_that_national_law_asks() -> None:
    one = period("US", "1970-01-01/1970-03-31", "{ quarters = 1 }")

    found = result(italy(one, US + "minimum = { quarters = 1 }\n"), "US")

    assert found["meets_minimum_alone"] is True


def test_the_national_benefit_is_named_only_where_it_is_due() -> None:
    law = US + AMOUNT + 'independent = "80.00 USD"\n'

    together = result(italy(TWENTY_HOME, FIVE_ITALIAN_YEARS, law), "US")
    alone = result(italy(TWENTY_HOME, law.replace("40", "20")), "US")

    assert (together["independent"], together["payable"]) == (None, "87.10 USD")
    assert (alone["independent"], alone["payable"]) == ("80.00 USD", "80.00 USD")


def test_equal_amounts_are_paid_as_the_national_benefit() -> None:
    law = US + AMOUNT.replace("40", "20") + 'independent = "87.10 USD"\nin_payment = true\n'

    found = result(italy(TWENTY_HOME, law), "US")

    assert (found["pro_rata"], found["paid_as"]) == ("87.10 USD", "independent")


@pytest.mark.parametrize(("regular", "cut"), [("87.00", True), ("87.10", False)])
def test_the_regular_amount_is_cited_only_where_it_cuts(regular: str, *, cut: bool) -> None:
    law = US + AMOUNT + f'regular_amount = "{regular} USD"\n'

    found = result(italy(TWENTY_HOME, FIVE_ITALIAN_YEARS, law), "US")

    assert found["pro_rata"] == f"{regular} USD"
    assert ("20 CFR 404.1918(a)(4)" in cast("list[str]", found["basis"])) == cut


def test_quarters_are_shown_year_by_year() -> None:
    text = told(italy(TWENTY_HOME, FIVE_ITALIAN_YEARS, US + AMOUNT))

    assert "1960 FFFF, 1961 FFFF" in text
    assert "1970 CCCC" in text


def test_the_backwards_rule_is_cited_only_where_it_was_used() -> None:
    backwards = settled(italy(TWENTY_HOME, US)).settlement.rules.cite("backwards")[0]

    (articles,) = notes(italy(TWENTY_HOME, FIVE_ITALIAN_YEARS, US + AMOUNT)).values()

    assert backwards not in articles


def test_no_sum_is_told_where_no_amount_is_known() -> None:
    law = US + AMOUNT.replace('theoretical = "453.00 USD"\n', "")

    text = told(italy(TWENTY_HOME, FIVE_ITALIAN_YEARS, law + EARNED))

    assert "Pro-rata PIA" not in text
    assert "None" not in text


def test_more_quarters_than_the_dates_hold_are_told_in_words() -> None:
    crowded = period("US", "1970-01-01/1970-12-31", "{ quarters = 7 }")

    found = settled(italy(crowded, US)).settlement.discrepancies

    assert any("more quarters of coverage are certified" in item.detail for item in found)


def test_us_quarters_are_never_cut_by_a_yearly_maximum() -> None:
    found = settled(italy(TWENTY_HOME, FIVE_ITALIAN_YEARS, US + AMOUNT)).settlement

    assert found.entitlement("US").aggregate.capped is False
    assert "conversion_cap" not in found.entitlement("US").aggregate.steps


PROGRAM = (
    US + "minimum = { quarters = 40 }\ncomputation_years = 26\nfirst_year = 1951\n"
    'last_year = LAST\n[scheme.US.earnings]\n1970 = { quarters = 4, amount = "6186.24" }\n'
)


@pytest.mark.parametrize(
    ("award", "known"),
    [
        ("1982-05-01", True),
        ("1982-06-01", False),
        ("1982-11-01", False),
        ("1983-06-01", True),
        ("1983-11-01", True),
        ("1983-12-01", False),
    ],
)
def test_the_theoretical_amount_is_known_until_the_first_increase(
    award: str, *, known: bool
) -> None:
    # The increase for the cost of living came in June until 1982, in December from 1983 on.
    law = PROGRAM.replace("LAST", str(int(award[:4]) - 1))

    text = italy(TWENTY_HOME, FIVE_ITALIAN_YEARS, law, award=award)

    assert (result(text, "US")["theoretical"] is not None) == known
    assert ("Theoretical PIA" in told(text)) == known


@pytest.mark.parametrize(
    ("award", "paid"), [("1982-05-31", "87.20 USD"), ("1982-06-01", "87.10 USD")]
)
def test_the_day_from_which_it_is_due_decides_the_rounding_not_the_method(
    award: str, paid: str
) -> None:
    """20 CFR 404.1918(e), POMS RS 00601.020 A: 453.00 USD × 20/104 is 87.115..."""
    law = US + AMOUNT + "[scheme.US.earnings]\n"
    law += "".join(
        f'{year} = {{ quarters = 4, amount = "6000.00" }}\n' for year in range(1970, 1975)
    )
    decided = "decision_date = 1990-01-01"

    text = head("us-it", award, more=decided) + TWENTY_HOME + FIVE_ITALIAN_YEARS + law

    assert result(text, "US")["pro_rata"] == paid


def test_base_years_without_their_end_are_no_base_years() -> None:
    law = US + AMOUNT + "first_year = 1951\n" + EARNED

    found = result(italy(TWENTY_HOME, FIVE_ITALIAN_YEARS, law), "US")

    assert found["attributed_earnings"] == {"1970": "6186.24 USD"}


def test_a_scheme_in_months_has_no_us_facts_and_still_goes_up_to_ten_cents() -> None:
    # Before the method of 1984 the ratio is to the qualifying period, which needs no earnings.
    law = '[scheme.US]\nunit = "months"\nminimum = { quarters = 40 }\ntheoretical = "453.02 USD"\n'

    found = result(italy(TWENTY_HOME, FIVE_ITALIAN_YEARS, law, award="1981-01-01"), "US")

    assert (found["ratio"], found["pro_rata"]) == ({"own": 20, "total": 40}, "226.60 USD")


def test_the_note_on_attributed_earnings_names_the_first_and_the_last_base_year() -> None:
    years = "first_year = 1951\nlast_year = 1989\n"
    told_of = told(italy(TWENTY_HOME, FIVE_ITALIAN_YEARS, US + years + EARNED))

    assert "Attributed earnings of 1951 to 1989: " in told_of


def test_the_note_on_quarters_names_the_records_that_it_rests_on() -> None:
    found = " ".join(notes(italy(TWENTY_HOME, FIVE_ITALIAN_YEARS, US + AMOUNT)))

    assert "20 credited for foreign coverage, of period 1, period 2 (C at home" in found
