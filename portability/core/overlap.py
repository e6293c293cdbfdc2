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

from portability.core.agreement import NATIONAL_LAW, ExcludedKind, OverlapRule, Rules
from portability.core.discrepancy import Discrepancy
from portability.core.overlap_notes import Overlaps
from portability.core.periods import Branch, Period, PeriodClass
from portability.core.pieces import Piece, State
from portability.core.sweep import Lane, Segment, run_sweep
from portability.errors import InvalidInputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """Every record (sorted by id) with its pieces in order of their dates, and what to look at."""

    records: tuple[tuple[Period, tuple[Piece, ...]], ...]
    discrepancies: tuple[Discrepancy, ...]


def resolve(periods: Iterable[Period], rules: Rules, branch: Branch) -> Resolution:
    """
    Decide every day of every record up to the day before ``rules.day`` (the risk).

    Raises InvalidInputError if one id stands for two different records.
    """
    records = unique(periods)
    pieces: dict[str, tuple[Piece, ...]] = {}
    dated: list[Period] = []
    cutoff = rules.day.toordinal() - 1
    for record in records:
        reason = exclusion(record, rules, branch)
        if reason is not None:
            pieces[record.id] = (_whole(record, State.EXCLUDED, reason),)
        elif record.start is None or record.end is None:
            pieces[record.id] = (_whole(record, State.FLAGGED, "overlap_undated"),)
        elif record.start.toordinal() > cutoff:
            pieces[record.id] = (_whole(record, State.EXCLUDED, "before_risk"),)
        else:
            dated.append(record)
    overlaps = Overlaps()
    pieces |= _resolve_dated(dated, rules, overlaps)
    return Resolution(
        records=tuple((record, pieces[record.id]) for record in records),
        discrepancies=overlaps.discrepancies(rules),
    )


def _resolve_dated(
    dated: list[Period], rules: Rules, overlaps: Overlaps
) -> dict[str, tuple[Piece, ...]]:
    """The pieces of records that may displace one another; notes in ``overlaps`` who met whom."""
    records, jurisdictions = _prioritize(dated, rules)
    owners = {code: position for position, code in enumerate(jurisdictions)}
    first = {owners[code]: day for code, day in _first_compulsory(dated).items()}
    segments = run_sweep(_lanes(records, rules, jurisdictions), first)
    cutoff = rules.day.toordinal() - 1
    pieces: dict[str, tuple[Piece, ...]] = {}
    for index, record in enumerate(records):
        found = [_piece(segment, index, records, overlaps) for segment in segments[index]]
        last = _last(record)
        if last > cutoff:
            found.append(Piece(cutoff + 1, last, State.EXCLUDED, None, "before_risk"))
        pieces[record.id] = tuple(found)
    return pieces


def _piece(segment: Segment, index: int, records: list[Period], overlaps: Overlaps) -> Piece:
    record = records[index]
    if segment.winner == index:
        if not segment.contested:
            return Piece(segment.first, segment.last, State.COUNTED)
        if record.type.is_equivalent:
            overlaps.note_undecided(record, segment)
        return Piece(segment.first, segment.last, State.FLAGGED, None, "overlap_other")
    winner = records[segment.winner]
    overlaps.note(record, winner, segment)
    return Piece(
        segment.first, segment.last, State.DISPLACED, winner.id, displacing_rule(record, winner)
    )


def unique(periods: Iterable[Period]) -> list[Period]:
    """Each record once, sorted by id."""
    by_id: dict[str, Period] = {}
    for period in periods:
        if by_id.setdefault(period.id, period) is not period and by_id[period.id] != period:
            raise InvalidInputError("two different records have the same id", field="id")
    return [by_id[key] for key in sorted(by_id)]


def exclusion(record: Period, rules: Rules, branch: Branch) -> str | None:
    """The key of the rule that leaves the record out; None if it counts."""
    if record.jurisdiction not in rules.parties and rules.third_state_totalization != "yes":
        return "aggregation"
    if record.refunded and not rules.refunded_periods_count:
        return NATIONAL_LAW
    if record.type.period_class is PeriodClass.AFTER_RISK:
        return "before_risk"
    if not (record.opens_right(branch) or record.enters_amount(branch)):
        return NATIONAL_LAW
    excluded = {
        ExcludedKind.RESIDENCE: record.type.is_residence,
        ExcludedKind.EQUIVALENT: record.type.is_equivalent,
        ExcludedKind.VOLUNTARY: record.type.is_voluntary,
    }
    return "aggregation" if any(excluded[kind] for kind in rules.excluded_period_kinds) else None


def _whole(record: Period, state: State, rule: str) -> Piece:
    if record.start is None or record.end is None:
        return Piece(None, None, state, None, rule)
    return Piece(record.start.toordinal(), record.end.toordinal(), state, None, rule)


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


def _prioritize(records: list[Period], rules: Rules) -> tuple[list[Period], list[str]]:
    """Records from the strongest to the weakest, and their jurisdictions in order."""
    tiers = _tiers(rules)
    jurisdictions = _jurisdiction_order(records)
    order = {code: position for position, code in enumerate(jurisdictions)}
    keyed = sorted(
        (
            tiers[record.type.period_class],
            record.type.is_residence,
            order[record.jurisdiction],
            _first(record),
            -_last(record),
            record.id,
            position,
        )
        for position, record in enumerate(records)
    )
    return [records[key[-1]] for key in keyed], jurisdictions


def _lanes(records: list[Period], rules: Rules, jurisdictions: list[str]) -> list[Lane]:
    tiers = _tiers(rules)
    owners = {code: position for position, code in enumerate(jurisdictions)}
    cutoff = rules.day.toordinal() - 1
    by_last = OverlapRule.EQUIVALENT_BY_LAST_COMPULSORY in rules.overlap_rules
    return [
        Lane(
            first=_first(record),
            last=min(_last(record), cutoff),
            tier=tiers[record.type.period_class],
            owner=owners[record.jurisdiction],
            compulsory=record.type.is_compulsory,
            chooses=by_last and record.type.is_equivalent,
        )
        for record in records
    ]


def _first(record: Period) -> int:
    assert record.start is not None  # noqa: S101  # only dated records are swept
    return record.start.toordinal()


def _last(record: Period) -> int:
    assert record.end is not None  # noqa: S101  # only dated records are swept
    return record.end.toordinal()


def _jurisdiction_order(records: list[Period]) -> list[str]:
    """Who insured first; jurisdictions without compulsory insurance come last."""
    first = _first_compulsory(records)
    codes = sorted({record.jurisdiction for record in records})
    return sorted(codes, key=lambda code: (code not in first, first.get(code, 0)))


def _first_compulsory(records: list[Period]) -> dict[str, int]:
    """The first day of compulsory insurance in each jurisdiction that has any."""
    first: dict[str, int] = {}
    for record in records:
        if record.type.is_compulsory:
            day = _first(record)
            first[record.jurisdiction] = min(day, first.get(record.jurisdiction, day))
    return first


def displacing_rule(loser: Period, winner: Period) -> str:
    """The key of the article by which ``winner`` counts the days and ``loser`` does not."""
    if loser.jurisdiction == winner.jurisdiction:
        return NATIONAL_LAW
    if loser.type.is_equivalent:
        both = winner.type.is_equivalent
        return "overlap_two_equivalents" if both else "overlap_equivalent"
    if loser.type.is_voluntary and winner.type.is_compulsory:
        return "overlap_voluntary"
    return "overlap_other"
