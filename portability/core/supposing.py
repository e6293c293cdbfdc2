"""
What jurisdictions that have not answered may still certify, where the law makes a difference of it.

Their periods may stand beside all others, hold the day of the risk, or lie on days of voluntary or
equivalent insurance, which they displace (987/2009 Art 12(3), (4)); and their own law may give
nothing yet (883/2004 Art 50(2), 57). That two laws insured the same days compulsorily is not
supposed, since one legislation applies at a time (883/2004 Art 11(1)); nor that periods count for
the right and not for the amount, or the other way round.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from functools import partial

from portability.core.agreement import Method
from portability.core.alike import choices_of
from portability.core.benefits import Settlement
from portability.core.branches.invalidity import has_types
from portability.core.branches.scheme_facts import NO_FACTS, LegislationType, with_facts
from portability.core.entitlement import Reason
from portability.core.measure import Entry
from portability.core.money import Money
from portability.core.periods import Duration, Period, PeriodClass, PeriodType
from portability.core.scheme import Circumstances, MissingAnswer, Scheme
from portability.core.spans import merge_runs, months_and_days
from portability.core.time_limits import last_day_of
from portability.core.units import Exact, Unit
from portability.core.yearly import DAYS_PER_MONTH

Run = tuple[int, int]
Answers = Sequence[tuple[str, int]]
Law = Callable[[str, int], Scheme]
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
    circumstances: Circumstances,
    lengths: Sequence[Sequence[int]],
) -> Iterator[Supposed]:
    """
    Choices of ``lengths`` (in months, for each missing answer, the most being the last), placed and
    under a law as it can matter; ``known`` is the settlement without any of them.
    """
    missing = circumstances.missing
    under = partial(_under_laws, {scheme.jurisdiction for scheme in schemes})
    is_typed = has_types(schemes, known.rules)
    closed = (_closed,) if _can_close(known) and not is_typed else ()
    typed = (_of_type_a, _of_type_b) if is_typed else ()
    beside = typed or (closed if _closing_tells(known, schemes) else ())
    day = _deciding_day(known, circumstances, is_typed=is_typed)
    on_day = is_typed or _asks_for_a_day(known, schemes, circumstances)
    on_day = on_day and not _holds(known.resolution.records, day.toordinal())
    kinds = _kinds(known, schemes, missing, lengths)
    for chosen in choices_of(lengths, range(len(missing)) if is_typed else kinds):
        answers = _answers(missing, chosen)
        yield from under(answers, _undated(answers), beside)
        if on_day and answers:
            yield from under(answers, _until(day, answers), typed or closed)
    for runs in _weaker(known):
        for in_step in _in_step(lengths):
            answers = _answers(missing, in_step)
            yield from under(answers, _over(runs, answers), closed)


def _kinds(
    known: Settlement,
    schemes: Sequence[Scheme],
    missing: Sequence[MissingAnswer],
    lengths: Sequence[Sequence[int]],
) -> list[object]:
    """
    Which of the missing are alike: those of which nothing is known but the most that they may say.

    Agreements that treat parties apart, and laws and periods that name a jurisdiction, tell it from
    the others.
    """
    codes = [answer.jurisdiction for answer in missing]
    named = {code for item in schemes for code in (item.jurisdiction, *item.theoretical_without)}
    named |= {record.jurisdiction for record, _ in known.resolution.records}
    named |= {code for code in codes if codes.count(code) > 1}
    return [
        points[-1] if _can_close(known) and code not in named else (place, code)
        for place, (code, points) in enumerate(zip(codes, lengths, strict=True))
    ]


def _under_laws(
    given: set[str],
    answers: Answers,
    placed: Iterable[Period],
    laws: Sequence[Law],
) -> Iterator[Supposed]:
    """Under laws of which nobody knows anything, and under those that would make a difference."""
    silent = sorted({code for code, _ in answers} - given)
    periods = tuple(item.with_id(f"supposed {place}") for place, item in enumerate(placed, 1))
    yield Supposed(periods=periods, laws=(), unknown_law=bool(silent))
    most = sum(months for _, months in answers)
    for law in laws if silent else ():
        supposed = tuple(law(code, most) for code in silent)
        yield Supposed(periods=periods, laws=supposed, unknown_law=False)


def _in_step(lengths: Sequence[Sequence[int]]) -> Iterator[Sequence[int]]:
    """The most of all, the second most of all, and so on to the least above nothing."""
    for place in range(1, max(len(points) for points in lengths)):
        yield [points[max(1 - len(points), -place)] for points in lengths]


def _answers(missing: Sequence[MissingAnswer], chosen: Sequence[int]) -> Answers:
    pairs = zip(missing, chosen, strict=True)
    return [(answer.jurisdiction, months) for answer, months in pairs if months]


def _can_close(known: Settlement) -> bool:
    """Whether a law that gives nothing on periods can be supposed."""
    rules = known.rules
    return rules.branches[known.branch] is Method.PRO_RATA and "party_method" not in rules.more


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


def _of_type_a(jurisdiction: str, _months: int) -> Scheme:
    """A law on invalidity under which one state pays alone (Art 44(2), 46(2))."""
    return _of_type(Scheme(jurisdiction=jurisdiction, unit=Unit.MONTHS), LegislationType.A)


def _of_type_b(jurisdiction: str, months: int) -> Scheme:
    """A law on invalidity that makes all pay by length (Art 46(1)), and gives nothing yet."""
    return _of_type(_closed(jurisdiction, months), LegislationType.B)


def _of_type(scheme: Scheme, kind: LegislationType) -> Scheme:
    nothing = Money(minor=0, currency="EUR")
    return with_facts(scheme, replace(NO_FACTS, legislation_type=kind, amount=nothing))


def _deciding_day(known: Settlement, circumstances: Circumstances, *, is_typed: bool) -> date:
    """The day before the risk; under laws of type A or B that on which the incapacity began."""
    eve = known.rules.day - _DAY
    began = circumstances.facts.get("incapacity_began")
    return min(began, eve) if is_typed and isinstance(began, date) else eve


def _asks_for_a_day(
    known: Settlement, schemes: Sequence[Scheme], circumstances: Circumstances
) -> bool:
    """
    Whether it matters who insures at the risk: by a law (Art 51(3)), to whoever pays for all of
    those with short periods (57(3)), or to who pays alone.
    """
    asked = {answer.jurisdiction for answer in circumstances.missing}
    of_law = any(item.insured_at_risk or item.jurisdiction in asked for item in schemes)
    return of_law or known.rules.branches[known.branch] is Method.AGGREGATION


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


def _until(day: date, answers: Answers) -> Iterator[Period]:
    """Up to a day: one month on it, the others without dates."""
    for code, months in answers:
        yield _record(code, 1, day, day)
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
