"""Which records take part, and what becomes of those that do not."""

from dataclasses import replace
from datetime import date

import pytest

from portability.core.overlap import resolve
from portability.core.periods import Branch, Duration, Period, PeriodType
from portability.core.pieces import Piece, State
from portability.errors import InvalidInputError
from tests.unit.core.builders import AWARD, RULES, spell

RISK = AWARD.toordinal()


def pieces_of(*periods: Period) -> list[tuple[Piece, ...]]:
    return [pieces for _, pieces in resolve(periods, RULES, Branch.OLD_AGE).records]


@pytest.mark.parametrize("masks", [{}, {"relevance": "111", "calculation": "111"}])
def test_a_period_that_begins_on_the_day_of_the_risk_does_not_count(masks: dict[str, str]) -> None:
    late = spell("FR", "11", "2025-01-01", "2025-03-31", **masks)

    assert pieces_of(late) == [(Piece(RISK, RISK + 89, State.EXCLUDED, None, "before_risk"),)]


@pytest.mark.parametrize("masks", [{}, {"relevance": "111", "calculation": "111"}])
def test_of_a_period_that_ends_on_the_day_of_the_risk_that_day_does_not_count(
    masks: dict[str, str],
) -> None:
    last = spell("FR", "11", "2024-12-01", "2025-01-01", **masks)

    assert pieces_of(last) == [
        (
            Piece(date(2024, 12, 1).toordinal(), RISK - 1, State.COUNTED),
            Piece(RISK, RISK, State.EXCLUDED, None, "before_risk"),
        )
    ]


def test_a_period_that_ends_the_day_before_the_risk_is_one_piece() -> None:
    assert pieces_of(spell("FR", "11", "2024-12-01", "2024-12-31")) == [
        (Piece(date(2024, 12, 1).toordinal(), RISK - 1, State.COUNTED),)
    ]


@pytest.mark.parametrize(
    ("more", "rule"),
    [
        ({"jurisdiction": "US"}, "aggregation"),
        ({"refunded": True}, "national"),
        ({"type": PeriodType.FICTIVE_AFTER_RISK}, "before_risk"),
        ({"relevance": "011", "calculation": "011"}, "national"),
    ],
    ids=["third state", "refunded", "after the risk", "for other branches"],
)
def test_a_dated_period_that_the_agreement_leaves_out_displaces_nothing(
    more: dict[str, object], rule: str
) -> None:
    left_out = replace(spell("FR", "11", "2001-01-01", "2001-12-31"), **more)  # type: ignore[arg-type]
    counted = spell("ES", "21", "2001-01-01", "2001-12-31")

    found = {record.id: pieces for record, pieces in resolved(left_out, counted)}

    assert [piece.state for piece in found[counted.id]] == [State.COUNTED]
    assert [piece.state for piece in found[left_out.id]] == [State.EXCLUDED]
    assert found[left_out.id][0].rule == rule


@pytest.mark.parametrize(
    "masks",
    [
        {"relevance": "011"},
        {"calculation": "011"},
        {"relevance": "011", "calculation": "111"},
        {"relevance": "111", "calculation": "011"},
    ],
)
def test_one_mask_alone_leaves_nothing_out(masks: dict[str, str]) -> None:
    found = pieces_of(spell("FR", "11", "2001-01-01", "2001-12-31", **masks))

    assert [piece.state for piece in found[0]] == [State.COUNTED]


def resolved(*periods: Period) -> tuple[tuple[Period, tuple[Piece, ...]], ...]:
    return resolve(periods, RULES, Branch.OLD_AGE).records


def test_a_record_that_comes_twice_is_one_record_and_two_with_one_id_are_refused() -> None:
    once = spell("FR", "11", "2001-01-01", "2001-12-31")
    again = replace(once)

    assert len(pieces_of(once, again)) == 1
    with pytest.raises(InvalidInputError, match="same id"):
        pieces_of(once, replace(once, declared=Duration(months=11)))


YEAR = ("2001-01-01", "2001-12-31")


@pytest.mark.parametrize(
    ("weaker", "stronger"),
    [
        (spell("AT", "21", *YEAR), spell("ES", "11", *YEAR)),
        (spell("AT", "41", *YEAR), spell("ES", "21", *YEAR)),
        (spell("AT", "30", *YEAR), spell("ES", "11", *YEAR)),
        (spell("AT", "21", *YEAR), spell("ES", "30", *YEAR)),
        (spell("AT", "41", *YEAR), spell("ES", "30", *YEAR)),
    ],
)
def test_the_class_decides_whoever_insured_first(weaker: Period, stronger: Period) -> None:
    early = spell("AT", "11", "1990-01-01", "1990-12-31")

    found = {record.id: pieces for record, pieces in resolved(early, weaker, stronger)}

    assert [piece.by for piece in found[weaker.id]] == [stronger.id]
    assert all(piece.counts for piece in found[stronger.id])


def test_of_equals_the_one_who_insured_first_counts_and_who_never_did_comes_last() -> None:
    early = spell("ES", "11", "1990-01-01", "1990-12-31")
    later = spell("AT", "11", "1995-01-01", "1995-12-31")
    both = [spell("AT", "21", *YEAR), spell("BE", "21", *YEAR), spell("ES", "21", *YEAR)]

    found = {record.id: pieces for record, pieces in resolved(early, later, *both)}
    without = {record.id: pieces for record, pieces in resolved(later, *both[:2])}
    favoured = resolve([early, *both], RULES, Branch.OLD_AGE, favoured="BE").records

    assert [piece.by for piece in found[both[0].id]] == [both[2].id]
    assert [piece.by for piece in without[both[1].id]] == [both[0].id]
    assert {pieces[0].by for record, pieces in favoured if record.type.is_voluntary} == {
        None,
        both[1].id,
    }


def test_of_one_jurisdiction_the_earlier_start_counts_then_the_later_end_then_the_id() -> None:
    short = spell("FR", "11", "2001-01-01", "2001-06-30")
    long = replace(short, id="FR long", end=date(2001, 12, 31))
    early = replace(short, id="FR zero", start=date(2000, 12, 1))
    twin = replace(long, id="FR later twin")

    def winners(*periods: Period) -> set[str | None]:
        return {piece.by for _, pieces in resolved(*periods) for piece in pieces}

    assert winners(short, long) == {None, long.id}
    assert winners(short, early) == {None, early.id}
    assert winners(long, twin) == {None, twin.id}
    assert winners(long, early) == {None, early.id}
