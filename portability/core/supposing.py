"""
What jurisdictions that have not answered may still certify, where the law makes a difference of it.

Their periods may stand beside all others, last until the risk, or lie on days of voluntary or
equivalent insurance, which they displace (987/2009 Art 12(3), (4)); and their own law may give
nothing yet (883/2004 Art 50(2), 57). That two laws insured the same days compulsorily is not
supposed, since one legislation applies at a time (883/2004 Art 11(1)); nor that periods count for
the right and not for the amount, or the other way round.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from itertools import product

from portability.core.agreement import Method
from portability.core.benefits import Settlement
from portability.core.branches.invalidity import has_types
from portability.core.entitlement import Reason
from portability.core.measure import Entry
from portability.core.periods import Duration, Period, PeriodClass, PeriodType
from portability.core.scheme import MissingAnswer, Scheme
from portability.core.spans import merge_runs, months_and_days
from portability.core.time_limits import last_day_of
from portability.core.units import Exact, Unit
from portability.core.yearly import DAYS_PER_MONTH

Run = tuple[int, int]
Answers = Sequence[tuple[str, int]]
_DAY = timedelta(days=1)
_WEAKER = frozenset({PeriodClass.VOLUNTARY, PeriodClass.EQUIVALENT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Supposed:
    """
    One possible answer of each missing jurisdiction, and laws that give nothing yet.

    ``unknown_law`` says that periods were supposed of a jurisdiction of which nobody knows what it
    pays on them.
    """

    periods: tuple[Period, ...]
    laws: tuple[Scheme, ...]
    unknown_law: bool


def supposed_answers(
    known: Settlement,
    schemes: Sequence[Scheme],
    missing: Sequence[MissingAnswer],
    lengths: Sequence[Sequence[int]],
) -> Iterator[Supposed]:
    """
    Choices of ``lengths`` (in months, for each missing answer, the most being the last), placed and
    under a law as it can matter; ``known`` is the settlement without any of them.
    """
    given = {scheme.jurisdiction for scheme in schemes}
    closable = _can_close(known, schemes)
    tells = closable and _closing_tells(known, schemes)
    eve = known.rules.day - _DAY
    at_risk = _asks_for_the_eve(known, schemes, missing, eve)
    for chosen in product(*lengths):
        answers = _answers(missing, chosen)
        yield from _under_laws(answers, _undated(answers), given, closable=tells)
        if at_risk and answers:
            yield from _under_laws(answers, _until(eve, answers), given, closable=closable)
    for runs in _weaker(known):
        for in_step in _in_step(lengths):
            answers = _answers(missing, in_step)
            yield from _under_laws(answers, _over(runs, answers), given, closable=closable)


def _under_laws(
    answers: Answers, placed: Iterable[Period], given: set[str], *, closable: bool
) -> Iterator[Supposed]:
    """Under laws of which nobody knows anything, and under some that give nothing yet."""
    silent = sorted({code for code, _ in answers} - given)
    periods = tuple(item.with_id(f"supposed {place}") for place, item in enumerate(placed, 1))
    yield Supposed(periods=periods, laws=(), unknown_law=bool(silent))
    if silent and closable:
        most = sum(months for _, months in answers)
        laws = tuple(_closed(code, most) for code in silent)
        yield Supposed(periods=periods, laws=laws, unknown_law=False)


def _in_step(lengths: Sequence[Sequence[int]]) -> Iterator[Sequence[int]]:
    """The most of all, the second most of all, and so on to the least above nothing."""
    for place in range(1, max(len(points) for points in lengths)):
        yield [points[max(1 - len(points), -place)] for points in lengths]


def _answers(missing: Sequence[MissingAnswer], chosen: Sequence[int]) -> Answers:
    pairs = zip(missing, chosen, strict=True)
    return [(answer.jurisdiction, months) for answer, months in pairs if months]


def _can_close(known: Settlement, schemes: Sequence[Scheme]) -> bool:
    """Whether a law that gives nothing on periods can be supposed."""
    rules = known.rules
    pro_rata = rules.branches[known.branch] is Method.PRO_RATA and "party_method" not in rules.more
    return pro_rata and not has_types(schemes, rules)


def _closing_tells(known: Settlement, schemes: Sequence[Scheme]) -> bool:
    """
    Whether such a law makes a difference though its periods displace none.

    They are left out (Art 50(2)), or out of the ratio alone (57(2)), which tells where an amount
    without them is known; and where all periods are short somebody else pays (57(3)).
    """
    known_without = any(
        item.formula is not None or item.duration_independent or item.theoretical_without
        for item in schemes
    )
    return known_without or any(item.reason is Reason.SHORT_PERIOD for item in known.entitlements)


def _closed(jurisdiction: str, months: int) -> Scheme:
    """A law under which so many months open no right, and whose conditions are not met yet."""
    return Scheme(
        jurisdiction=jurisdiction,
        unit=Unit.MONTHS,
        minimum=Duration(months=months + 1),
        conditions_met=False,
    )


def _asks_for_the_eve(
    known: Settlement, schemes: Sequence[Scheme], missing: Sequence[MissingAnswer], eve: date
) -> bool:
    """Whether it matters if the missing insure on the day before the risk (Art 51(3), 57(3))."""
    asked = {answer.jurisdiction for answer in missing}
    matters = any(item.insured_at_risk or item.jurisdiction in asked for item in schemes)
    return matters and not _holds(known.resolution.records, eve.toordinal())


def _weaker(known: Settlement) -> Iterator[Sequence[Run]]:
    """Of each jurisdiction the days of voluntary or equivalent insurance that count."""
    found: dict[str, list[Run]] = {}
    for record, pieces in known.resolution.records:
        if record.type.period_class in _WEAKER:
            found.setdefault(record.jurisdiction, []).extend(
                (piece.first, piece.last)
                for piece in pieces
                if piece.counts and piece.first is not None and piece.last is not None
            )
    yield from (merge_runs(runs) for _, runs in sorted(found.items()) if runs)


def _holds(records: Iterable[Entry], day: int) -> bool:
    """Whether anything that counts covers a day (ordinal)."""
    return any(
        piece.counts
        and piece.first is not None
        and piece.last is not None
        and piece.first <= day <= piece.last
        for _, pieces in records
        for piece in pieces
    )


def _undated(answers: Answers) -> Iterator[Period]:
    """Beside everything else."""
    for code, months in answers:
        yield _record(code, months)


def _until(eve: date, answers: Answers) -> Iterator[Period]:
    """Until the day before the risk; one month there, the others without dates."""
    for code, months in answers:
        yield _record(code, 1, eve, eve)
        if months > 1:
            yield _record(code, months - 1)


def _over(runs: Sequence[Run], answers: Answers) -> Iterator[Period]:
    """On the days of ``runs``, as far as they reach; the rest without dates."""
    free = list(reversed(runs))
    for code, months in answers:
        left: Exact = months
        while free and left >= 1:
            first, last = free.pop()
            end = min(last, last_day_of(date.fromordinal(first), int(left)).toordinal())
            if end < last:
                free.append((end + 1, last))
            whole, days = months_and_days(first, end)
            held = min(left, whole + Fraction(days, DAYS_PER_MONTH))
            yield _record(code, held, date.fromordinal(first), date.fromordinal(end))
            left -= held
        if left:
            yield _record(code, left)


def _record(code: str, months: Exact, start: date | None = None, end: date | None = None) -> Period:
    return Period(
        id="supposed",
        jurisdiction=code,
        type=PeriodType.COMPULSORY,
        start=start,
        end=end,
        declared=Duration(months=months),
    )
