"""
Overlapping periods of several jurisdictions (987/2009 Art 12): who counts which days.

``resolve`` splits every period exactly where another one prevails. The result is the same for every
order and repetition of its input. One sweep over the dates; n log n in the number of records.

The rules, in the order in which they decide a day:

- compulsory periods (and residence) displace voluntary ones (12(3)), real ones displace
  equivalent ones (12(4));
- a day that is equivalent in several jurisdictions counts where compulsory insurance last was
  before it, failing that where it first was after it (12(5)), among those that so treat it;
- two compulsory or two voluntary periods of two jurisdictions count once and are flagged. The text
  leaves open which: activity goes before residence, then the jurisdiction that insured first;
- the same dates twice in one jurisdiction count once, whatever the class (national law);
- periods without dates are presumed not to overlap (12(6)).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from operator import attrgetter

from portability.core.agreement import NATIONAL_LAW, ExcludedKind, OverlapRule, Rules
from portability.core.discrepancy import Discrepancy
from portability.core.overlap_notes import Overlaps, meeting
from portability.core.periods import Branch, Period, PeriodClass, PeriodType, masks_with
from portability.core.pieces import COUNTED, DISPLACED, Piece, State
from portability.core.sweep import LAST_DAY, Lanes, run_sweep
from portability.errors import InvalidInputError

_FIRST, _LAST = attrgetter("first"), attrgetter("last")


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """Every record (sorted by id) with its pieces in order of their dates, and what to look at."""

    records: tuple[tuple[Period, tuple[Piece, ...]], ...]
    discrepancies: tuple[Discrepancy, ...]


def resolve(
    periods: Iterable[Period], rules: Rules, branch: Branch, *, favoured: str | None = None
) -> Resolution:
    """
    Decide every day of every record up to the day before ``rules.day`` (the risk).

    Where the law leaves a day to two jurisdictions, the ``favoured`` one counts it; and a kind of
    period that the agreement leaves out of adding counts for the favoured one, by its own law.
    Raises InvalidInputError if one id stands for two different records.
    """
    records = unique(periods)
    pieces: dict[str, tuple[Piece, ...]] = {}
    dated: list[Period] = []
    excluded = Exclusions(rules, branch, favoured=favoured)
    for record in records:
        if record.is_dated and record.first < excluded.risk and excluded.spares(record):
            dated.append(record)
        elif (reason := excluded.reason(record)) is not None:
            pieces[record.id] = (_whole(record, State.EXCLUDED, reason),)
        elif not record.is_dated:
            pieces[record.id] = (_whole(record, State.FLAGGED, "overlap_undated"),)
        elif record.first >= excluded.risk:
            pieces[record.id] = (_whole(record, State.EXCLUDED, "before_risk"),)
        else:
            dated.append(record)
    overlaps = Overlaps()
    _resolve_dated(dated, rules, overlaps, pieces, favoured=favoured)
    return Resolution(
        records=tuple([(record, pieces[record.id]) for record in records]),
        discrepancies=overlaps.discrepancies(rules),
    )


def _resolve_dated(
    dated: list[Period],
    rules: Rules,
    overlaps: Overlaps,
    pieces: dict[str, tuple[Piece, ...]],
    *,
    favoured: str | None,
) -> None:
    """Add the pieces of records that may displace one another; note who met whom."""
    first_compulsory = _first_compulsory(dated)
    jurisdictions = sorted(
        _jurisdiction_order(dated, first_compulsory), key=lambda code: code != favoured
    )
    owners = {code: position for position, code in enumerate(jurisdictions)}
    records = _prioritize(dated, rules, owners, favoured)
    segments = run_sweep(
        _lanes(records, rules, owners),
        {owners[code]: day for code, day in first_compulsory.items()},
    )
    several: dict[str, list[Piece]] = {}
    for index, first, last, winner, contested in segments:
        record = records[index]
        if winner != index:
            piece = _displaced(record, records[winner], first, last, overlaps)
        elif contested:
            piece = _contested(record, first, last, overlaps)
        else:
            piece = Piece(first, last, COUNTED)
        if record.id in pieces:
            several.setdefault(record.id, [*pieces[record.id]]).append(piece)
        else:
            pieces[record.id] = (piece,)
    risk = rules.day.toordinal()
    for record in records:
        if record.last >= risk:
            after = Piece(risk, record.last, State.EXCLUDED, None, "before_risk")
            several.setdefault(record.id, [*pieces[record.id]]).append(after)
    pieces.update({key: tuple(found) for key, found in several.items()})


def _displaced(record: Period, winner: Period, first: int, last: int, overlaps: Overlaps) -> Piece:
    """A piece that ``winner`` counts instead."""
    met = meeting(record, winner)
    if met.kind is not None:
        overlaps.note(met.kind, record, winner, (first, last))
    elif met.rule == "overlap_two_equivalents":
        overlaps.note_equivalent(record, winner, (first, last))
    return Piece(first, last, DISPLACED, winner.id, met.rule)


def _contested(record: Period, first: int, last: int, overlaps: Overlaps) -> Piece:
    """A piece that counts although another jurisdiction claims the days with equal strength."""
    if record.type.is_equivalent:
        overlaps.note_undecided(record, (first, last))
    return Piece(first, last, State.FLAGGED, None, "overlap_other")


def unique(periods: Iterable[Period]) -> list[Period]:
    """Each record once, sorted by id."""
    by_id: dict[str, Period] = {}
    for period in periods:
        if by_id.setdefault(period.id, period) is not period and by_id[period.id] != period:
            raise InvalidInputError("two different records have the same id", field="id")
    return [by_id[key] for key in sorted(by_id)]


class Exclusions:
    """
    Which records an agreement leaves out of a branch; ``risk`` is the ordinal of the risk.

    Kinds of period are left out by the parties that would add them, not by the ``favoured`` one
    whose own periods they are.
    """

    def __init__(self, rules: Rules, branch: Branch, *, favoured: str | None = None) -> None:
        kinds = rules.excluded_period_kinds
        self.risk = rules.day.toordinal()
        self._branch = branch
        self._favoured = favoured
        self._any_state = rules.third_state_totalization == "yes"
        self._parties = frozenset(rules.parties)
        self._refunded = not rules.refunded_periods_count
        self._residence = ExcludedKind.RESIDENCE in kinds
        self._equivalent = ExcludedKind.EQUIVALENT in kinds
        self._voluntary = ExcludedKind.VOLUNTARY in kinds
        self._open_masks = masks_with(branch)
        self._spared = frozenset(
            kind.code
            for kind in PeriodType
            if not self._excludes(kind) and kind.period_class is not PeriodClass.AFTER_RISK
        )

    def spares(self, record: Period) -> bool:
        """Whether it shows at once that nothing leaves the record out, as with nearly all."""
        return (
            record.type.code in self._spared
            and record.jurisdiction in self._parties
            and record.relevance in self._open_masks
            and not record.refunded
        )

    def reason(self, record: Period) -> str | None:
        """The key of the rule that leaves the record out; None if it counts."""
        if not (self._any_state or record.jurisdiction in self._parties):
            return "aggregation"
        if record.refunded and self._refunded:
            return NATIONAL_LAW
        if record.type.period_class is PeriodClass.AFTER_RISK:
            return "before_risk"
        if record.jurisdiction != self._favoured and self._excludes(record.type):
            return "aggregation"
        return self._by_mask(record)

    def _excludes(self, kind: PeriodType) -> bool:
        return (
            (self._residence and kind.is_residence)
            or (self._equivalent and kind.is_equivalent)
            or (self._voluntary and kind.is_voluntary)
        )

    def _by_mask(self, record: Period) -> str | None:
        """Whether the sender says that the record is for other branches only."""
        counts = record.opens_right(self._branch) or record.enters_amount(self._branch)
        return None if counts else NATIONAL_LAW


def _whole(record: Period, state: State, rule: str) -> Piece:
    if not record.is_dated:
        return Piece(None, None, state, None, rule)
    return Piece(record.first, record.last, state, None, rule)


def _tiers(rules: Rules) -> dict[PeriodClass, int]:
    """How strong each class is under this agreement; classes that it does not order are equal."""
    voluntary_yields = OverlapRule.COMPULSORY_OVER_VOLUNTARY in rules.overlap_rules
    equivalent_yields = OverlapRule.REAL_OVER_EQUIVALENT in rules.overlap_rules
    voluntary = 1 if voluntary_yields else 0
    return {
        PeriodClass.COMPULSORY: 0,
        PeriodClass.VOLUNTARY: voluntary,
        PeriodClass.EQUIVALENT: 2 if equivalent_yields else voluntary,
    }


def _prioritize(
    records: list[Period], rules: Rules, owners: dict[str, int], favoured: str | None
) -> list[Period]:
    """
    Records, given in order of their ids, from the strongest to the weakest.

    By class, favoured jurisdiction, activity before residence, who insured first, earlier start,
    later end, id.
    """
    tiers = _tiers(rules)
    strength = {
        kind.code: (tiers[kind.period_class] * 4 + 2 + kind.is_residence) * len(owners)
        for kind in PeriodType
        if kind.period_class in tiers
    }
    ahead = 2 * len(owners)
    bands: dict[int, list[Period]] = {}
    for record in records:
        band = strength[record.type.code] + owners[record.jurisdiction]
        if record.jurisdiction == favoured:
            band -= ahead
        bands.setdefault(band, []).append(record)
    for held in bands.values():
        held.sort(key=_LAST, reverse=True)  # stable: what is equal keeps the order of the ids
        held.sort(key=_FIRST)
    return [record for band in sorted(bands) for record in bands[band]]


def _lanes(records: list[Period], rules: Rules, owners: dict[str, int]) -> Lanes:
    tiers = _tiers(rules)
    risk = rules.day.toordinal()
    by_last = OverlapRule.EQUIVALENT_BY_LAST_COMPULSORY in rules.overlap_rules
    apart = OverlapRule.REAL_OVER_EQUIVALENT in rules.overlap_rules
    return Lanes(
        first=[record.first for record in records],
        last=[record.last if record.last < risk else risk - 1 for record in records],
        tier=[tiers[record.type.period_class] for record in records],
        owner=[owners[record.jurisdiction] for record in records],
        compulsory=[record.type.is_compulsory for record in records],
        choosing=frozenset({tiers[PeriodClass.EQUIVALENT]} if by_last and apart else ()),
        owners=len(owners),
    )


def _jurisdiction_order(records: list[Period], first: dict[str, int]) -> list[str]:
    """Who insured first; jurisdictions without compulsory insurance come last."""
    codes = sorted({record.jurisdiction for record in records})
    return sorted(codes, key=lambda code: (code not in first, first.get(code, 0)))


def _first_compulsory(records: list[Period]) -> dict[str, int]:
    """The first day of compulsory insurance in each jurisdiction that has any."""
    first: dict[str, int] = {}
    for record in records:
        if record.type.is_compulsory:
            code = record.jurisdiction
            if record.first < first.get(code, LAST_DAY):
                first[code] = record.first
    return first
