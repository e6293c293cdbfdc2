"""Reconciliation: one agreed history, its digest, and where two parties differ."""

import json
from dataclasses import replace
from datetime import date
from hashlib import sha256

import pytest

from portability.core.correction import compare_histories, compare_settlements
from portability.core.discrepancy import DiscrepancyKind
from portability.core.periods import Duration, Period
from portability.core.pieces import Piece, State
from portability.core.reconciliation import (
    Reconciliation,
    branch_of,
    first_difference,
    overall_state,
    piece_json,
    reconcile,
)
from portability.errors import InvalidInputError
from tests.unit.core.builders import AWARD, EU, changed_pack, months, scheme, settled, spell

FRENCH = spell("FR", "11", "1985-01-01", "2004-12-31")
SPANISH = spell("ES", "11", "2004-07-01", "2014-12-31")


def agreed(*periods: Period) -> Reconciliation:
    return reconcile(periods, EU, "old-age", AWARD)


def test_the_digest_is_of_the_text_that_is_signed() -> None:
    result = agreed(FRENCH, SPANISH)
    text = json.loads(result.signed_text)

    assert result.digest == sha256(result.signed_text.encode()).hexdigest()
    assert text["records"] == list(result.inputs)
    assert text["pieces"]["state"] == "dccf"
    assert text["pieces"]["by"] == [1, None, None, None]


def test_the_text_is_one_object_with_sorted_keys_and_no_escapes_where_none_are_needed() -> None:
    named = replace(months("DE", 5), id="période 1")
    text = agreed(FRENCH, SPANISH, named).signed_text
    document = json.loads(text)

    assert text == json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert document["format"] == 1
    assert "période 1" in document["records"]
    assert "période 1" in text


def test_no_records_are_a_history_too() -> None:
    nothing = agreed()

    assert json.loads(nothing.signed_text)["pieces"] == {
        "record": [],
        "first": [],
        "last": [],
        "state": "",
        "by": [],
    }
    assert nothing.totals == {}


def test_a_piece_is_told_with_its_dates_if_it_has_any() -> None:
    assert piece_json(Piece(730120, 730121, State.DISPLACED, "b")) == {
        "state": "displaced",
        "start": "2000-01-01",
        "end": "2000-01-02",
        "by": "b",
    }
    assert piece_json(Piece(None, None, State.FLAGGED)) == {"state": "flagged"}


def test_the_agreed_history_is_told_record_by_record() -> None:
    document = agreed(FRENCH, SPANISH, months("DE", 5)).to_json()

    assert document["totals"] == {
        "DE": {"unit": "months", "amount": 5, "calendar_days": 0},
        "ES": {"unit": "months", "amount": 120, "calendar_days": 3652},
        "FR": {"unit": "months", "amount": 240, "calendar_days": 7305},
    }
    assert json.loads(json.dumps(document)) == document


def test_the_signed_text_says_of_which_jurisdiction_each_record_is() -> None:
    text = json.loads(agreed(FRENCH, SPANISH).signed_text)

    assert dict(zip(text["records"], text["jurisdictions"], strict=True)) == {
        FRENCH.id: "FR",
        SPANISH.id: "ES",
    }


def test_double_compulsory_insurance_is_told_once_with_all_its_records() -> None:
    (found,) = agreed(FRENCH, SPANISH).discrepancies

    assert found.kind is DiscrepancyKind.DOUBLE_COMPULSORY
    assert found.records == (SPANISH.id, FRENCH.id)
    assert "184 days" in found.detail


@pytest.mark.parametrize(
    ("some", "other", "kind"),
    [
        (
            spell("FR", "21", "2000-01-01", "2000-12-31"),
            spell("ES", "21", "2000-01-01", "2000-12-31"),
            DiscrepancyKind.DOUBLE_VOLUNTARY,
        ),
        (
            spell("NO", "30", "2000-01-01", "2000-12-31"),
            spell("NO", "11", "2000-01-01", "2000-12-31"),
            DiscrepancyKind.SAME_DATES,
        ),
        (
            spell("FR", "41", "2000-01-01", "2000-12-31"),
            spell("ES", "41", "2000-01-01", "2000-12-31"),
            DiscrepancyKind.EQUIVALENT_UNDECIDED,
        ),
    ],
    ids=["voluntary", "same-state", "equivalent"],
)
def test_each_kind_of_overlap_has_its_name(
    some: Period, other: Period, kind: DiscrepancyKind
) -> None:
    assert [item.kind for item in agreed(some, other).discrepancies] == [kind]


def test_undecided_equivalent_periods_name_every_record_that_claims_the_days() -> None:
    some = spell("FR", "41", "2000-01-01", "2000-12-31")
    other = spell("ES", "41", "2000-07-01", "2001-06-30")
    apart = spell("FR", "41", "2001-07-01", "2001-12-31")

    (found,) = agreed(some, other, apart).discrepancies

    assert found.records == tuple(sorted((some.id, other.id)))


@pytest.mark.parametrize(
    ("dates", "claims"),
    [
        (("2000-01-01", "2000-01-01"), True),
        (("2000-12-31", "2000-12-31"), True),
        (("1999-01-01", "2000-01-01"), True),
        (("2000-12-31", "2001-12-31"), True),
        (("1999-01-01", "1999-12-31"), False),
        (("2001-01-01", "2001-12-31"), False),
    ],
)
def test_a_record_claims_undecided_days_if_one_day_is_among_them(
    dates: tuple[str, str], *, claims: bool
) -> None:
    undecided = spell("ES", "41", "2000-01-01", "2000-12-31")
    other = spell("FR", "41", "2000-01-01", "2000-12-31")
    short = spell("PT", "41", *dates)

    (told,) = (
        item for item in agreed(undecided, other, short).discrepancies if other.id in item.records
    )

    assert (short.id in told.records) is claims


def test_undecided_equivalent_periods_are_not_told_as_those_of_one_jurisdiction() -> None:
    some = spell("FR", "41", "2000-01-01", "2000-12-31")
    other = spell("ES", "41", "2000-01-01", "2000-12-31")
    (found,) = agreed(some, other).discrepancies

    assert found.detail == (
        "366 days between 2000-01-01 and 2000-12-31 are certified more than once, in ES and "
        "elsewhere, as equivalent; they are counted once, in ES"
    )


def test_an_equivalent_period_counts_where_insurance_first_is_after_it() -> None:
    periods = [
        spell("ES", "41", "2000-01-01", "2000-12-31"),
        spell("PT", "41", "2000-01-01", "2000-12-31"),
        spell("PT", "11", "2001-01-01", "2001-12-31"),
        spell("ES", "11", "2002-01-01", "2002-12-31"),
    ]

    found = agreed(*periods)

    assert (found.totals["PT"].amount, found.totals["ES"].amount) == (24, 12)
    assert {item.state for item in found.periods} == {State.COUNTED, State.DISPLACED}
    assert found.discrepancies == ()


def test_a_german_month_is_a_month_in_the_totals() -> None:
    assert agreed(spell("DE", "11", "2000-01-31", "2000-02-01")).totals["DE"].amount == 2


def test_the_first_difference_is_named_from_the_inputs_to_the_result() -> None:
    mine = agreed(FRENCH, SPANISH)
    longer = Period(
        id=FRENCH.id,
        jurisdiction="FR",
        type=FRENCH.type,
        start=FRENCH.start,
        end=date(2004, 12, 30),
    )
    declared = Period(
        id=FRENCH.id,
        jurisdiction="FR",
        type=FRENCH.type,
        start=FRENCH.start,
        end=FRENCH.end,
        declared=Duration(years=19),
    )
    later = reconcile([FRENCH, SPANISH], EU, "old-age", date(2011, 1, 1))
    other_branch = reconcile([FRENCH, SPANISH], EU, "survivors", AWARD)

    assert first_difference(mine, agreed(SPANISH, FRENCH)) is None
    assert (first_difference(mine, later) or "").startswith("agreement version: 2012-06-28 here")
    assert first_difference(mine, other_branch) == "branch: old-age here, survivors there"
    assert "only here" in (first_difference(mine, agreed(FRENCH)) or "")
    assert "only there" in (first_difference(agreed(FRENCH), mine) or "")
    others = agreed(months("AT", 1))
    assert first_difference(others, mine) == "record AT 1 is an input only here"
    assert first_difference(mine, others) == "record AT 1 is an input only there"
    assert (first_difference(mine, agreed(longer, SPANISH)) or "").startswith("record ES")
    assert first_difference(mine, agreed(declared, SPANISH)) == "the total of FR differs"


def test_a_difference_in_what_was_found_is_named_last() -> None:
    plain = months("FR", 5)
    dated = changed_pack('"987/2009 Art 12(6)"', '"another article"')

    mine = reconcile([plain], EU, "old-age", AWARD)
    other = reconcile([plain], dated, "old-age", AWARD)

    assert first_difference(mine, other) == "the discrepancies found differ"


def test_an_unknown_branch_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InvalidInputError, match="old-age"):
        branch_of("weather")


def test_a_record_is_flagged_if_any_piece_is() -> None:
    counted, flagged = Piece(1, 2, State.COUNTED), Piece(3, 4, State.FLAGGED)
    displaced = Piece(5, 6, State.DISPLACED)

    assert overall_state((displaced, counted, flagged)) is State.FLAGGED
    assert overall_state((displaced, counted)) is State.COUNTED
    assert overall_state((displaced,)) is State.DISPLACED
    assert overall_state((displaced, Piece(7, 8, State.EXCLUDED))) is State.DISPLACED


def test_a_correction_tells_which_totals_and_records_change() -> None:
    before = agreed(FRENCH, SPANISH)
    after = agreed(FRENCH, months("PT", 3))

    report = compare_histories(before, after, {SPANISH.id: "PT 3"}, "883/2004 Art 59")

    changes = {change.place: (change.before, change.after) for change in report.changes}
    assert changes["ES.total"] == ("120 months", None)
    assert changes["PT.total"] == (None, "3 months")
    assert changes[f"record {FRENCH.id}"] == ("flagged, 7305 days", "counted, 7305 days")
    assert report.to_json()["superseded"] == {SPANISH.id: "PT 3"}


def test_a_correction_tells_which_amounts_change() -> None:
    schemes = [scheme("FR", "100.00")]
    before = settled([months("FR", 60), months("ES", 60)], schemes)
    after = settled([months("FR", 60), months("ES", 30)], schemes)

    report = compare_settlements(before, after, {"ES 60": "ES 30"})

    assert [change.place for change in report.changes] == [
        "FR.total",
        "FR.ratio",
        "FR.pro_rata",
        "FR.payable",
        "payable_total.EUR",
    ]
