"""The document of a settled case: in what each period is counted, and what stands where."""

from datetime import date
from typing import cast

import pytest

from portability.core.discrepancy import DiscrepancyKind
from portability.core.explanation import explain
from portability.errors import NoAgreementError
from tests.unit.core.builders import EU, changed_pack
from tests.unit.core.case_texts import head, period, refused, result, settled

HEAD = head("eu-883-2004", "2025-01-01")
FRANCE = period("FR", "2001-01-15/2002-01-14")
BELGIUM = period("BE", "2003-01-15/2004-01-14")
SPAIN = period("ES", "2005-01-15/2006-01-14")


def scheme(code: str, unit: str, more: str = "") -> str:
    return f'[scheme.{code}]\nunit = "{unit}"\n{more}\n'


def periods(text: str) -> list[dict[str, object]]:
    return cast("list[dict[str, object]]", settled(text).to_json()["periods"])


def test_a_period_is_counted_in_the_unit_of_its_own_scheme_else_of_the_first() -> None:
    text = HEAD + FRANCE + BELGIUM + SPAIN + scheme("FR", "quarters") + scheme("BE", "months")

    assert [item["counted"] for item in periods(text)] == [
        {"unit": "quarters", "amount": 4},
        {"unit": "months", "amount": 12},
        {"unit": "quarters", "amount": 4},
    ]


def test_a_period_is_counted_by_calendar_months_where_its_own_scheme_does() -> None:
    calendar = 'counting = "calendar-months"'
    text = HEAD + FRANCE + BELGIUM + SPAIN
    text += scheme("FR", "months", calendar) + scheme("BE", "months")

    assert [item["counted"] for item in periods(text)] == [
        {"unit": "months", "amount": 13},
        {"unit": "months", "amount": 12},
        {"unit": "months", "amount": 12},
    ]


def test_dates_of_a_state_without_a_scheme_count_as_the_agreement_says_it_certifies_them() -> None:
    text = HEAD + period("DE", "1998-01-31/1998-03-01") + FRANCE + scheme("FR", "months")

    # a reconciliation under the same agreement counts three calendar months for Germany as well
    assert periods(text)[0]["counted"] == {"unit": "months", "amount": 3}
    found = settled(text).settlement.entitlement("FR").aggregate
    assert (found.foreign, found.total) == ((("DE", 3),), 15)
    beside_its_own = settled(text + scheme("DE", "months"))
    assert beside_its_own.settlement.entitlement("FR").aggregate.total == 15
    assert beside_its_own.settlement.entitlement("DE").aggregate.own == 3
    measured = settled(text + scheme("DE", "months", 'counting = "exact"'))
    assert measured.settlement.entitlement("DE").aggregate.own == 2


def test_of_two_schemes_of_one_state_the_first_says_how_its_periods_are_counted() -> None:
    exact = '[[scheme.FR]]\nname = "a"\nunit = "months"\n'
    calendar = '[[scheme.FR]]\nname = "b"\nunit = "months"\ncounting = "calendar-months"\n'

    for schemes, amount in ((exact + calendar, 12), (calendar + exact, 13)):
        (found,) = periods(HEAD + FRANCE + schemes)
        assert found["counted"] == {"unit": "months", "amount": amount}


def test_the_span_of_both_dates_is_shown() -> None:
    (found,) = periods(HEAD + period("FR", "2001-01-15/2002-03-20"))

    assert found["span"] == {"years": 1, "months": 2, "days": 6, "total_days": 430}
    assert (found["start"], found["end"]) == ("2001-01-15", "2002-03-20")


def test_overlaps_of_two_states_are_told_together_from_the_first_to_the_last_day() -> None:
    records = FRANCE + period("BE", "2001-06-01/2001-06-30") + period("BE", "2001-09-01/2001-09-10")

    (told,) = (
        item.detail
        for item in settled(HEAD + records).settlement.discrepancies
        if item.kind is DiscrepancyKind.DOUBLE_COMPULSORY
    )

    assert told == (
        "40 days between 2001-06-01 and 2001-09-10 are certified more than once (FR and BE); "
        "they are counted once, in FR"
    )


def test_overlaps_in_one_state_name_it_once() -> None:
    records = FRANCE + period("FR", "2001-06-01/2001-06-30")

    (told,) = (item.detail for item in settled(HEAD + records).settlement.discrepancies)

    assert told.startswith("30 days between 2001-06-01 and 2001-06-30")
    assert "(FR); they are counted once, in FR" in told


def test_a_sum_of_nothing_is_told_as_nothing() -> None:
    refunded = period("FR", "2001-01-15/2002-01-14", more="refunded = true")

    (tree,) = explain(settled(HEAD + refunded + scheme("FR", "months")).settlement)

    assert any("Periods: 0 = 0 months" in line for line in tree.lines())


def test_a_whole_period_is_shown_without_pieces_and_one_that_is_displaced_with_who_counts() -> None:
    inside = period("ES", "2001-06-01/2001-06-30", kind="21")
    across = period("ES", "2001-12-01/2002-03-31", kind="21")

    whole, hidden, partly = periods(HEAD + FRANCE + inside + across)

    assert "by" not in whole
    assert "pieces" not in whole
    assert (hidden["state"], hidden["by"]) == ("displaced", "period 1")
    assert "pieces" not in hidden
    assert partly["by"] == "period 1"
    assert len(cast("list[object]", partly["pieces"])) == 2
    assert "883/2004 Art 12" not in cast("list[str]", whole["basis"])


def test_of_one_known_date_only_that_is_shown() -> None:
    (found,) = periods(
        HEAD + '[[period]]\njurisdiction = "FR"\ntype = "11"\nstart = 2001-01-15\n'
        "declared = { months = 7 }\n"
    )

    assert (found["start"], found["end"], found["span"]) == ("2001-01-15", None, None)
    assert found["declared"] == {"months": 7}


def test_a_corrected_record_is_named_with_its_successor_and_settled_in_its_place() -> None:
    corrected = (
        '[[correction]]\nreplaces = 1\njurisdiction = "FR"\ntype = "11"\n'
        "start = 2001-01-15\nend = 2001-07-14\n"
    )
    text = HEAD + FRANCE + BELGIUM + corrected + scheme("FR", "months")

    found = settled(text)

    assert found.correction is not None
    assert found.correction.superseded == {"period 1": "correction 1"}
    assert {item.place: (item.before, item.after) for item in found.correction.changes} == {
        "FR.own": ("12", "6"),
        "FR.total": ("24", "18"),
        "FR.ratio": ("12/24", "6/18"),
    }
    assert result(text, "FR")["own"] == 6


@pytest.mark.parametrize("number", [-1, 0, 3])
def test_only_a_record_of_the_file_can_be_corrected(number: int) -> None:
    correction = f"[[correction]]\nreplaces = {number}\nwithdrawn = true\n"

    refused(HEAD + FRANCE + BELGIUM + correction, "replaces")


def test_a_withdrawn_record_has_nothing_else_to_say() -> None:
    correction = "[[correction]]\nreplaces = 1\nwithdrawn = true\nend = 2001-07-14\n"

    refused(HEAD + FRANCE + BELGIUM + correction, "end is not a key that is known here")


def test_bounds_are_shown_while_an_answer_is_missing_and_only_then() -> None:
    text = HEAD + FRANCE + scheme("FR", "months", 'theoretical = "100.00 EUR"')
    missing = '[[missing]]\njurisdiction = "ES"\nat_most = { years = 1 }\n'

    assert "provisional" not in result(text, "FR")
    assert "provisional" in result(text + missing, "FR")


def test_the_document_names_the_source_that_the_file_names() -> None:
    assert settled(HEAD + FRANCE).to_json()["source"] == "s"
    without = HEAD.replace('source = "s"\n', "")
    assert settled(without + FRANCE).to_json()["source"] == ""


def test_without_a_correction_none_is_told() -> None:
    assert "correction" not in settled(HEAD + FRANCE + scheme("FR", "months")).to_json()


def test_several_schemes_of_one_state_are_paid_together() -> None:
    first = '[[scheme.FR]]\nname = "a"\nunit = "months"\ntheoretical = "100.00 EUR"\n'
    second = '[[scheme.FR]]\nname = "b"\nunit = "months"\ntheoretical = "50.00 EUR"\n'
    one = result(HEAD + FRANCE + first, "FR")
    text = HEAD + FRANCE + first + second

    found = result(text, "FR")

    assert "schemes" not in one
    assert found["payable"] == "150.00 EUR"
    assert (found["scheme"], found["theoretical"]) == ("a", "100.00 EUR")
    schemes = cast("list[dict[str, object]]", found["schemes"])
    assert [(item["scheme"], item["payable"]) for item in schemes] == [
        ("a", "100.00 EUR"),
        ("b", "50.00 EUR"),
    ]


@pytest.mark.parametrize("day", [date(2010, 5, 1), date(2020, 1, 1)])
def test_an_agreement_is_in_force_on_its_first_and_on_its_last_day(day: date) -> None:
    pack = changed_pack("valid_from = 2010-05-01", "valid_from = 2010-05-01\nvalid_to = 2020-01-01")

    assert pack.rules_on(day).day == day
    with pytest.raises(NoAgreementError):
        pack.rules_on(date(2020, 1, 2))


def test_of_several_values_the_latest_that_has_begun_holds() -> None:
    joined = date(2013, 7, 1)

    assert EU.dated("parties", joined).since == joined
    assert EU.dated("parties", date(2013, 6, 30)).since < joined
    assert EU.dated("parties", date(2025, 1, 1)).since >= joined


def test_an_article_that_two_rules_rest_on_is_cited_once() -> None:
    rules = EU.rules_on(date(2025, 1, 1))

    assert rules.cite("pro_rata", "correction", "pro_rata") == (
        *rules.cite("pro_rata"),
        *rules.cite("correction"),
    )
