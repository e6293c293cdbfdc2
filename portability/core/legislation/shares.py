"""Where activities are pursued in the eyes of the law, and how large a part each of them is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from portability.core.agreement import Rules
from portability.core.legislation.facts import (
    WORKING,
    Activity,
    Criterion,
    Situation,
    Work,
)
from portability.core.time_limits import last_day_of

PER_CENT = 100


class Placed(NamedTuple):
    """An activity, the jurisdiction in which it counts as pursued, and the articles' keys."""

    activity: Activity
    place: str
    steps: tuple[str, ...]


def placed_activities(situation: Situation, rules: Rules) -> tuple[Placed, ...]:
    """
    Work expected for the projection (987/2009 Art 14(10)), each at the place that counts.

    The projection says how work in several states is weighed; it makes nobody work before the
    first day of work (883/2004 Art 11(3)(a)), so none is placed on a day without any.
    """
    months = rules.more["projection_months"]
    assert isinstance(months, int)  # noqa: S101  # by its reader
    ends = last_day_of(situation.day, months)
    working = [item for item in situation.activities if item.work in WORKING]
    if not any(_expected(item, situation.day, situation.day) for item in working):
        return ()
    return tuple(
        _placed(item, situation.residence, rules)
        for item in working
        if _expected(item, situation.day, ends)
    )


def _expected(item: Activity, begins: date, ends: date) -> bool:
    return (item.start is None or item.start <= ends) and (item.end is None or item.end >= begins)


def _placed(item: Activity, residence: str, rules: Rules) -> Placed:
    """
    Seafarers count under the flag or where they are paid and reside, air crew at home base.

    Who serves the administration of a third state is an employed person here.
    """
    if item.work is Work.CIVIL_SERVANT and (item.seat or item.jurisdiction) not in rules.parties:
        item = replace(item, work=Work.EMPLOYED)
    if item.work is Work.SEAFARER:
        flag = item.flag or item.jurisdiction
        if flag in rules.parties and item.seat == residence and flag != residence:
            return Placed(item, residence, ("seafarer_paid_at_home",))
        return Placed(item, flag, ("seafarer_flag",))
    if item.work is Work.AIR_CREW and "air_crew_place" in rules.more:
        return Placed(item, item.home_base or item.jurisdiction, ("air_crew",))
    return Placed(item, item.jurisdiction, ())


def is_marginal(item: Placed, among: Sequence[Placed], rules: Rules) -> bool:
    """
    Whether an activity is disregarded (987/2009 Art 14(5b)).

    The institution's finding prevails; else every share that is known must lie below the threshold.
    """
    threshold = rules.more.get("marginal_share_percent")
    if not isinstance(threshold, int):
        return False  # before 28 June 2012 nothing was disregarded
    if item.activity.marginal is not None:
        return item.activity.marginal
    shares = shares_of([item], among, Criterion)
    return bool(shares) and all(share * PER_CENT < threshold for share in shares.values())


def without_marginal(among: Sequence[Placed], rules: Rules) -> tuple[Placed, ...]:
    """The activities that count; all of them if none would be left."""
    kept = tuple(item for item in among if not is_marginal(item, among, rules))
    return kept or tuple(among)


def shares_in(
    place: str, among: Sequence[Placed], criteria: Iterable[Criterion]
) -> dict[Criterion, Fraction]:
    """
    The part of all activities that is pursued in one place, by each criterion that all state.

    Activities in third states belong to the whole (CJEU C-743/23).
    """
    return shares_of([item for item in among if item.place == place], among, criteria)


def shares_of(
    part: Iterable[Placed], among: Sequence[Placed], criteria: Iterable[Criterion]
) -> dict[Criterion, Fraction]:
    """The size of some activities within all, by each criterion that all state."""
    part = list(part)
    found: dict[Criterion, Fraction] = {}
    for criterion in criteria:
        if all(criterion in item.activity.measures for item in among):
            whole = _sum(among, criterion)
            if whole:
                found[criterion] = _sum(part, criterion) / whole
    return found


def _sum(items: Iterable[Placed], criterion: Criterion) -> Fraction:
    measures: Iterable[Mapping[Criterion, Fraction]] = (item.activity.measures for item in items)
    return sum((measure[criterion] for measure in measures), start=Fraction(0))
