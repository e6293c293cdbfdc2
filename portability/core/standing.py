"""
Whether a scheme owes anything: the right on own periods, and on aggregated ones.

883/2004 Art 6 (aggregation), 51(1) (special schemes), 57(1) (periods under one year).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from portability.core.aggregation import Aggregate, aggregate, in_unit, reaches
from portability.core.agreement import NATIONAL_LAW, Rules, ShortMeasure
from portability.core.insured_at_risk import (
    InsuredBy,
    any_at_risk,
    insured_at_home,
    insured_step,
)
from portability.core.measure import Counting, Entry
from portability.core.overlap import resolve
from portability.core.periods import Branch
from portability.core.scheme import AnnexEight, Scheme
from portability.core.units import Unit

_COARSE = frozenset({Unit.QUARTERS, Unit.YEARS})
"""Units in which less than a year may be rounded up to one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """
    The resolved records of a claim, and what is needed to count them.

    ``favoured`` is the jurisdiction whose own records prevail, where the agreement says so.
    """

    entries: tuple[Entry, ...]
    branch: Branch
    rules: Rules
    counting: Mapping[str, Counting]
    favoured: str | None = None

    def count(self, entries: Iterable[Entry], scheme: Scheme) -> Aggregate:
        """Own and foreign periods in the unit of the scheme."""
        return aggregate(
            entries,
            scheme.jurisdiction,
            scheme.unit,
            self.rules,
            self.counting,
            place=scheme.place_of,
        )

    def without(self, jurisdictions: frozenset[str]) -> "History":
        """The history as if these had certified nothing: what they displaced counts again."""
        kept = [record for record, _ in self.entries if record.jurisdiction not in jurisdictions]
        resolution = resolve(kept, self.rules, self.branch, favoured=self.favoured)
        return replace(self, entries=resolution.records)


def counting_by(rules: Rules, schemes: Sequence[Scheme]) -> Mapping[str, Counting]:
    """
    How each jurisdiction measures its dates: as its first scheme says, else as the agreement does.
    """
    by_pack = dict.fromkeys(rules.calendar_month_jurisdictions, Counting.CALENDAR_MONTHS)
    by_scheme = {
        item.jurisdiction: item.counting or by_pack.get(item.jurisdiction, Counting.EXACT)
        for item in reversed(schemes)
    }
    return MappingProxyType(by_pack | by_scheme)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """
    How one scheme stands before any amount is calculated.

    ``qualifying`` are the periods that open the right, ``calculating`` those that enter the amount;
    they differ only if the sender's masks say so. ``national`` are the own periods that enter the
    amount under national law alone, None if foreign periods displace none of them. ``entries`` are
    the records that the scheme takes into account, ``restored`` the own ones of ``national``.
    ``held`` are the own periods that open the right under national law alone, as ``national`` are
    those of the amount; where foreign periods displace none, both stand among the other sums.
    ``insured`` says what meets a condition of insurance at the risk, by own records only until
    ``insured_elsewhere`` looks at the others.
    """

    scheme: Scheme
    entries: tuple[Entry, ...]
    qualifying: Aggregate
    calculating: Aggregate
    held: Aggregate
    alone: bool
    together: bool
    short: bool
    insured: InsuredBy = InsuredBy.NOT_ASKED
    national: Aggregate | None = None
    restored: tuple[Entry, ...] = ()

    @property
    def earning(self) -> Aggregate:
        """The own periods in which the base of the amount was earned (Art 56(1)(c) and (d))."""
        return self.national or self.calculating

    @property
    def open(self) -> bool:
        """Whether all conditions are met now, so that a benefit is due or would be."""
        met = self.together and self.insured is not InsuredBy.NOBODY
        return met and self.scheme.conditions_met and not self.scheme.deferred


def stand(schemes: Sequence[Scheme], history: History) -> tuple[Standing, ...]:
    """
    Each scheme's standing, in the order given.

    Special schemes go first: if the conditions of one are not met with corresponding periods, its
    periods count for the general scheme (Art 51(1)).
    """
    special = {
        index: assess(scheme, _corresponding(scheme, history), history)
        for index, scheme in enumerate(schemes)
        if scheme.special
    }
    taken = [standing.scheme for standing in special.values() if standing.together]
    return tuple(
        special.get(index) or assess(scheme, _general(scheme, taken, history), history)
        for index, scheme in enumerate(schemes)
    )


def _corresponding(scheme: Scheme, history: History) -> tuple[Entry, ...]:
    """Records of the special scheme and of corresponding ones abroad."""
    return tuple(entry for entry in history.entries if scheme.holds(entry[0]))


def _general(scheme: Scheme, taken: Sequence[Scheme], history: History) -> tuple[Entry, ...]:
    """Records for a scheme that is not special: its own, and all foreign ones."""
    elsewhere = [item for item in taken if item.jurisdiction == scheme.jurisdiction]
    return tuple(
        entry
        for entry in history.entries
        if not scheme.is_own(entry[0])
        or (scheme.holds(entry[0]) and not any(item.holds(entry[0]) for item in elsewhere))
    )


def assess(scheme: Scheme, entries: tuple[Entry, ...], history: History) -> Standing:
    """
    The standing of one scheme on the given records.

    Days that another jurisdiction counts instead open a right here all the same: they are in the
    total (Art 6), and what displaced voluntary ones are worth is still owed (987/2009 Art 43(2)).
    """
    opening = [entry for entry in entries if entry[0].opens_right(history.branch)]
    entering = [entry for entry in entries if entry[0].enters_amount(history.branch)]
    qualifying = history.count(opening, scheme)
    calculating = (
        qualifying
        if len(opening) == len(entering) == len(entries)
        else history.count(entering, scheme)
    )
    held = qualifying
    national = None
    own = _restored(scheme, entries, history)
    if own:
        held = history.count((item for item in own if item[0].opens_right(history.branch)), scheme)
        national = history.count(
            (item for item in own if item[0].enters_amount(history.branch)), scheme
        )
    reached = held.own > 0 and reaches(held.own, scheme.minimum, scheme.unit, history.rules)
    together = reached or (
        held.own > 0 and reaches(qualifying.total, scheme.minimum, scheme.unit, history.rules)
    )
    at_home = (item for item in entries if item[0].jurisdiction == scheme.jurisdiction)
    insured = insured_at_home(scheme, at_home, history.branch, history.rules)
    alone = reached and insured is not InsuredBy.NOBODY
    return Standing(
        scheme=scheme,
        entries=entries,
        qualifying=qualifying,
        calculating=calculating,
        held=held,
        alone=alone,
        together=together,
        short=not alone and _is_short(scheme, entries, own, history),
        insured=insured,
        national=national,
        restored=own,
    )


def insured_elsewhere(
    standings: Sequence[Standing], history: History, freed: frozenset[str]
) -> tuple[Standing, ...]:
    """
    The standings with conditions of insurance at the risk that others meet (Art 51(3)).

    Who was insured under a law before meets its condition by insurance elsewhere when the risk
    materialises or, failing that, by a benefit due elsewhere; this is deemed met where another
    jurisdiction is ``freed`` (Art 57). An agreement without such an article leaves the condition.
    """
    if insured_step(history.rules) == NATIONAL_LAW:
        return tuple(standings)
    return tuple(_met_elsewhere(item, standings, history, freed) for item in standings)


def _met_elsewhere(
    standing: Standing, others: Sequence[Standing], history: History, freed: frozenset[str]
) -> Standing:
    if standing.insured is not InsuredBy.NOBODY or not standing.held.own:
        return standing
    home = standing.scheme.jurisdiction
    abroad = [item for item in history.entries if item[0].jurisdiction != home]
    if any_at_risk(abroad, history.branch, history.rules):
        return replace(standing, insured=InsuredBy.ELSEWHERE)
    due = any(item.open for item in others if item.scheme.jurisdiction != home)
    if due or freed - {home}:
        return replace(standing, insured=InsuredBy.BENEFIT)
    return standing


def _restored(scheme: Scheme, entries: tuple[Entry, ...], history: History) -> tuple[Entry, ...]:
    """
    The scheme's own records as if nobody else certified any; empty if foreign ones displace none.

    987/2009 Art 12 governs aggregation, and by Art 43(1) the theoretical and the pro-rata amount:
    not the right and the benefit under national law alone (883/2004 Art 52(1)(a)).
    """
    at_home = {record.id: record for record, _ in history.entries if scheme.is_own(record)}
    own = [entry for entry in entries if entry[0].id in at_home]
    if all(piece.by is None or piece.by in at_home for _, pieces in own for piece in pieces):
        return ()
    chosen = {record.id for record, _ in own}
    alone = resolve(at_home.values(), history.rules, history.branch, favoured=scheme.jurisdiction)
    return tuple(entry for entry in alone.records if entry[0].id in chosen)


def _is_short(
    scheme: Scheme, entries: Iterable[Entry], restored: Iterable[Entry], history: History
) -> bool:
    """
    Whether own periods are too short for this jurisdiction to pay (Art 57(1) and (4)).

    They are those that open the right or increase the benefit (57(1) second subparagraph). The pack
    says whether periods count that foreign ones displace. In quarters or years a few months would
    be rounded up to a whole year, so there months tell.
    """
    rules = history.rules.short_periods
    if rules is None or scheme.annex_eight is AnnexEight.PART_2:
        return False
    as_completed = rules.measured is ShortMeasure.AS_COMPLETED
    held = tuple(restored) if as_completed else ()
    own = held or [item for item in entries if scheme.is_own(item[0])]
    unit = Unit.MONTHS if scheme.unit in _COARSE else scheme.unit
    length = history.count(own, replace(scheme, unit=unit)).own
    return 0 < length < in_unit(rules.below, unit, history.rules)
