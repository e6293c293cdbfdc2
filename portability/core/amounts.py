"""The exact amounts of one scheme: independent, theoretical, pro-rata (883/2004 Art 52 and 56)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from portability.core.aggregation import Aggregate, in_unit
from portability.core.conversion import round_up
from portability.core.formulas import Career, Formula
from portability.core.measure import Counting, Entry, measure
from portability.core.money import ExactMoney, Money, exactly
from portability.core.periods import PeriodClass
from portability.core.pieces import Piece, State
from portability.core.scheme import AnnexEight, Scheme
from portability.core.spans import merge_runs
from portability.core.standing import History, Standing, assess
from portability.core.units import Exact


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """Own periods over total periods, in the unit of the calculating scheme."""

    own: int
    total: int

    @property
    def exact(self) -> Fraction:
        return Fraction(self.own, self.total)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dividing:
    """The periods of the ratio, and the records that hold them as this calculation sees them."""

    sums: Aggregate
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    """
    Amounts before anti-overlap rules and rounding; None where not due or not known.

    ``dividing`` are the periods of the ratio. ``voluntary`` is already in ``pro_rata``, with the
    articles of ``voluntary_steps``; ``voluntary_unknown`` says that it would be needed and nobody
    gave it. ``steps`` are the keys of the articles behind the pro-rata amount; ``unknown`` says
    that a theoretical amount would be needed that nobody gave. ``formulas`` tells in words how
    amounts were calculated, by field.
    """

    independent: ExactMoney | None
    theoretical: ExactMoney | None
    ratio: Ratio | None
    dividing: Dividing | None
    pro_rata: ExactMoney | None
    voluntary: ExactMoney | None
    voluntary_steps: tuple[str, ...]
    voluntary_unknown: bool
    left_out: tuple[str, ...]
    steps: tuple[str, ...]
    unknown: bool
    formulas: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Valued:
    """An amount, and the formula in words where one made it."""

    amount: ExactMoney
    formula: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Supplement:
    """
    What own voluntary periods that others displaced add to the pro-rata amount.

    ``is_held``: there was more of it than the full benefit leaves room for. ``is_unknown``: there
    are such periods, and nobody gave what they are worth.
    """

    valued: _Valued | None
    is_held: bool = False
    is_unknown: bool = False

    @property
    def steps(self) -> tuple[str, ...]:
        return ("voluntary_supplement", *(["full_career"] if self.is_held else []))


def calculate(
    standing: Standing, history: History, freed: frozenset[str], left_out: frozenset[str]
) -> Amounts:
    """
    The amounts of a scheme whose conditions are met now.

    ``freed`` jurisdictions owe nothing for their short periods (Art 57(2)); the periods of those in
    ``left_out`` are not taken into account (Art 50(2)), so what they displaced counts again. That
    is a rule of calculation: the right stays, also where it rests on those periods (Art 6).
    """
    if left_out:
        standing, history = _not_counting(left_out, standing, history)
    independent = _independent(standing, history)
    if not standing.together or standing.scheme.annex_eight is AnnexEight.PART_2:
        return _without_pro_rata(independent, left_out)
    sums = _dividing(standing, history, freed)
    if not sums.total:
        return _without_pro_rata(independent, left_out)
    whole = _theoretical(standing, history, freed, left_out)
    theoretical = _amount(whole)
    ratio = _ratio(standing.scheme, sums, history)
    share = None if theoretical is None else theoretical * ratio.exact
    added = _supplement(standing, history, theoretical=theoretical, ratio=ratio)
    voluntary = _amount(added.valued)
    taken = {
        "pro_rata": True,
        "full_career": added.is_held or ratio.total < sums.total,
        "short_period_others": sums.total != standing.calculating.total,
        "conditions_elsewhere": bool(left_out),
        "voluntary_supplement": share is not None and voluntary is not None,
    }
    return Amounts(
        independent=_amount(independent),
        theoretical=theoretical,
        ratio=ratio,
        dividing=Dividing(sums=sums, entries=standing.entries),
        pro_rata=share if share is None or voluntary is None else share + voluntary,
        voluntary=voluntary,
        voluntary_steps=added.steps,
        voluntary_unknown=added.is_unknown,
        left_out=tuple(sorted(left_out)),
        steps=tuple(step for step, is_taken in taken.items() if is_taken),
        unknown=theoretical is None,
        formulas=_formulas(independent=independent, theoretical=whole, voluntary=added.valued),
    )


def _not_counting(
    left_out: frozenset[str], standing: Standing, history: History
) -> tuple[Standing, History]:
    """The same right without the periods of some jurisdictions (883/2004 Art 50(2))."""
    history = history.without(left_out)
    held = {record.id for record, _ in standing.entries}
    entries = tuple(item for item in history.entries if item[0].id in held)
    assessed = assess(standing.scheme, entries, history)
    return replace(assessed, together=standing.together), history


def _amount(valued: _Valued | None) -> ExactMoney | None:
    return None if valued is None else valued.amount


def _formulas(**valued: _Valued | None) -> Mapping[str, str]:
    return {key: item.formula for key, item in valued.items() if item and item.formula}


def _without_pro_rata(independent: _Valued | None, left_out: frozenset[str]) -> Amounts:
    return Amounts(
        independent=_amount(independent),
        theoretical=None,
        ratio=None,
        dividing=None,
        pro_rata=None,
        voluntary=None,
        voluntary_steps=(),
        voluntary_unknown=False,
        left_out=tuple(sorted(left_out)),
        steps=(),
        unknown=False,
        formulas=_formulas(independent=independent),
    )


def _independent(standing: Standing, history: History) -> _Valued | None:
    """
    The national benefit on own periods (Art 52(1)(a)), if they open the right alone.

    Schemes of Annex VIII Part 2 pay it also where aggregation opens the right: to them no pro-rata
    calculation applies (Art 52(5)).
    """
    scheme = standing.scheme
    aggregates = scheme.annex_eight is AnnexEight.PART_2 and standing.together
    if not (standing.alone or aggregates):
        return None
    own = standing.earning.own
    if scheme.formula is not None and own:
        return _by_formula(scheme.formula, _career(scheme, own, own, history))
    return _given(scheme.independent)


def _by_formula(formula: Formula, career: Career) -> _Valued:
    return _Valued(amount=formula.amount(career), formula=formula.told(career))


def _given(amount: Money | None) -> _Valued | None:
    return None if amount is None else _Valued(amount=exactly(amount))


def _dividing(standing: Standing, history: History, freed: frozenset[str]) -> Aggregate:
    """Own and total for the ratio: without the short periods of others, if the pack says so."""
    short = history.rules.short_periods
    return _without(standing, history, freed, keep=short is None or short.in_ratio)


def _without(
    standing: Standing, history: History, freed: frozenset[str], *, keep: bool
) -> Aggregate:
    others = freed - {standing.scheme.jurisdiction}
    if keep or not others:
        return standing.calculating
    entries = [
        item
        for item in standing.entries
        if item[0].enters_amount(history.branch) and item[0].jurisdiction not in others
    ]
    return history.count(entries, standing.scheme)


def _theoretical(
    standing: Standing, history: History, freed: frozenset[str], left_out: frozenset[str]
) -> _Valued | None:
    """The benefit as if all periods had been completed here (Art 52(1)(b)(i))."""
    scheme = standing.scheme
    if scheme.formula is not None:
        if not standing.earning.own:
            return None
        short = history.rules.short_periods
        sums = _without(standing, history, freed, keep=short is None or short.in_theoretical)
        counted = sums.total + fictive(standing, history)
        career = _career(scheme, standing.earning.own, counted, history)
        return _by_formula(scheme.formula, career)
    given = scheme.theoretical
    if left_out and not scheme.duration_independent:
        given = scheme.theoretical_without.get("+".join(sorted(left_out)))
    return _given(given)


def _career(scheme: Scheme, own: Exact, counted: Exact, history: History) -> Career:
    return Career(
        own=own,
        counted=counted,
        year=history.rules.conversion.maximum(scheme.unit),
        full=None if scheme.full_career is None else full_career(scheme, history),
    )


def full_career(scheme: Scheme, history: History) -> int:
    """The maximum period for a full benefit, in the unit of the scheme."""
    assert scheme.full_career is not None  # noqa: S101  # the callers asked
    return round_up(in_unit(scheme.full_career, scheme.unit, history.rules))


def _ratio(scheme: Scheme, sums: Aggregate, history: History) -> Ratio:
    """Own over total, the total at most a full career (883/2004 Art 56(1)(a))."""
    total = sums.total
    if _has_maximum(scheme, history):
        total = min(total, full_career(scheme, history))
    return Ratio(own=min(sums.own, total), total=total)


def _has_maximum(scheme: Scheme, history: History) -> bool:
    capped = history.rules.full_career_cap and not scheme.duration_independent
    return capped and scheme.full_career is not None


def _is_full(scheme: Scheme, ratio: Ratio, history: History) -> bool:
    """Whether the theoretical amount is the full benefit, more than which is never paid."""
    return _has_maximum(scheme, history) and ratio.total == full_career(scheme, history)


def _held_to(room: ExactMoney, supplement: _Valued, scheme: Scheme) -> _Valued:
    """As much of a supplement as the full benefit leaves room for (883/2004 Art 56(1)(a))."""
    told = supplement.formula or str(supplement.amount.rounded(scheme.rounding))
    return _Valued(amount=room, formula=f"{told}, as far as the full benefit allows")


def fictive(standing: Standing, history: History) -> int:
    """
    Own periods after the risk: they may raise the theoretical amount, never the ratio.

    Those of an earlier risk may lie on days that other periods hold, and these count once.
    """
    added = [
        (record, pieces)
        for record, pieces in standing.entries
        if standing.scheme.is_own(record)
        and record.type.period_class is PeriodClass.AFTER_RISK
        and not record.refunded
    ]
    if not added:
        return 0
    held = merge_runs(
        (piece.first, piece.last)
        for _, pieces in standing.entries
        for piece in pieces
        if piece.counts and piece.first is not None and piece.last is not None
    )
    found = [(record, tuple(_unheld(pieces[0], held))) for record, pieces in added]
    return _measured(found, standing, history)


def _unheld(piece: Piece, held: Sequence[tuple[int, int]]) -> Iterator[Piece]:
    """The days of a piece that lie outside of the runs; all of one without dates."""
    if piece.first is None or piece.last is None:
        yield _counted(None, None)
        return
    first = piece.first
    for start, end in held:
        if start > piece.last:
            break
        if first < start:
            yield _counted(first, start - 1)
        first = max(first, end + 1)
    if first <= piece.last:
        yield _counted(first, piece.last)


def displaced_voluntary(standing: Standing, history: History) -> int:
    """
    Own voluntary periods that another jurisdiction displaced, in the unit of the scheme.

    Days in several of them count once, for the one that began first.
    """
    displaced = [
        (record, [piece for piece in pieces if piece.rule == "overlap_voluntary"])
        for record, pieces in standing.entries
        if standing.scheme.is_own(record) and record.type.is_voluntary and record.is_dated
    ]
    found: list[Entry] = []
    held: list[tuple[int, int]] = []
    for record, pieces in sorted(displaced, key=lambda item: (item[0].first, -item[0].last)):
        left = tuple(part for piece in pieces for part in _unheld(piece, held))
        found.append((record, left))
        held = merge_runs([*held, *((part.first or 0, part.last or 0) for part in left)])
    return _measured(found, standing, history)


def _counted(first: int | None, last: int | None) -> Piece:
    return Piece(first, last, State.COUNTED)


def _measured(entries: Iterable[Entry], standing: Standing, history: History) -> int:
    scheme = standing.scheme
    counting = history.counting.get(scheme.jurisdiction, Counting.EXACT)
    return measure(entries, scheme.unit, history.rules.conversion, counting).amount


def _supplement(
    standing: Standing, history: History, *, theoretical: ExactMoney | None, ratio: Ratio
) -> _Supplement:
    """The supplement for voluntary periods, beside the pro-rata amount where that is known."""
    scheme, valued = standing.scheme, _voluntary(standing, history)
    if theoretical is None:
        return _Supplement(valued=valued)
    if valued is None:
        is_due = history.rules.voluntary_supplement and displaced_voluntary(standing, history) > 0
        return _Supplement(valued=None, is_unknown=is_due)
    room = theoretical.less((theoretical * ratio.exact).exact)
    if _is_full(scheme, ratio, history) and room < valued.amount:
        return _Supplement(valued=_held_to(room, valued, scheme), is_held=True)
    return _Supplement(valued=valued)


def _voluntary(standing: Standing, history: History) -> _Valued | None:
    """The national value of own displaced voluntary periods (987/2009 Art 43(2)), if any."""
    scheme = standing.scheme
    if not history.rules.voluntary_supplement:
        return None
    length = displaced_voluntary(standing, history)
    if not length:
        return None
    if scheme.voluntary_value is not None:
        return _given(scheme.voluntary_value)
    own = standing.earning.own
    if scheme.formula is None or scheme.duration_independent or not own:
        return None
    return _by_formula(scheme.formula, _career(scheme, own, length, history))
