"""What does not fit in single records: sums against dates, missing dates, missing bases."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from portability.core.agreement import Rules
from portability.core.conversion import Scale, parts_of, scale_of
from portability.core.discrepancy import Discrepancy, DiscrepancyKind
from portability.core.measure import Entry, merge_parts
from portability.core.periods import Duration, Period
from portability.core.pieces import Piece, State
from portability.core.spans import Span, calendar_months, months_and_days, span
from portability.core.units import Exact, Unit
from portability.core.yearly import total_of

_DAYS_PER_WEEK = 7
_DAYS_PER_MONTH = 30  # of the 7-day week, in which dates are measured


def record_findings(entries: Iterable[Entry], rules: Rules) -> tuple[Discrepancy, ...]:
    """What a person should look at in each record, in order of the records."""
    parties = frozenset(rules.parties)
    months = scale_of(rules.conversion, Unit.MONTHS)
    found: list[Discrepancy] = []
    for record, pieces in entries:
        if record.jurisdiction not in parties:
            found.append(_third_state(record, rules))
        elif not (record.gives_dates_alone or (record.regular_months and len(pieces) == 1)):
            found += _findings(record, pieces, rules, months)
    return tuple(found)


def _findings(
    record: Period, pieces: tuple[Piece, ...], rules: Rules, months: Scale
) -> Iterator[Discrepancy]:
    if not record.is_dated:
        yield _undated(record, rules)
    sums = [amount for _, amount in record.by_year] or [record.declared or Duration()]
    if any(amount.days and amount.day_type is None for amount in sums):
        yield _without_basis(record, rules)
    if record.by_year:
        yield from _yearly(record, rules, months)
    elif record.declared is not None:
        parts = parts_of(record.declared, rules.conversion)
        if not (record.regular_months or agrees(record, parts, rules, months)):
            yield _differs(record, f"the declared sum is {words(record.declared)}", rules)
        if record.communicated == "yearly" and len(_years_without_sum(record)) > 1:
            yield _sum_of_years(record, record.declared, rules)
    else:
        return
    if any(piece.state is State.DISPLACED for piece in pieces) and len(pieces) > 1:
        yield _partly_displaced(record, rules)


def _yearly(record: Period, rules: Rules, months: Scale) -> Iterator[Discrepancy]:
    """Sums by year against a total that is declared too, and against the dates."""
    parts: dict[Unit, Exact] = {}
    for _, amount in record.by_year:
        merge_parts(parts, parts_of(amount, rules.conversion))
    if record.declared is not None:
        declared = parts_of(record.declared, rules.conversion)
        if months.worth(declared) != months.worth(parts):
            yield _totals_differ(record, record.declared, rules)
    left_out = _years_without_sum(record)
    if left_out:
        yield _year_without_sum(record, left_out, rules)
    elif not agrees(record, parts, rules, months):
        yield _differs(record, f"the sums by year are {_years_in_words(record)}", rules)


def _years_without_sum(record: Period) -> list[int]:
    """The calendar years of the dates for which the record gives no sum."""
    if record.start is None or record.end is None:
        return []
    given = {year for year, _ in record.by_year}
    return [year for year in range(record.start.year, record.end.year + 1) if year not in given]


def _years_in_words(record: Period) -> str:
    """``106 days (6-day week) in all``; by year where they count days of several weeks."""
    sums = [amount for _, amount in record.by_year]
    if len({amount.day_type for amount in sums}) > 1:
        return " and ".join(f"{words(amount)} in {year}" for year, amount in record.by_year)
    return f"{words(total_of(sums))} in all"


def agrees(record: Period, parts: Mapping[Unit, Exact], rules: Rules, scale: Scale) -> bool:
    """
    Whether a sum says the same as the dates, in any of the ways in which it may.

    Without dates there is nothing to say otherwise. ``scale`` is that of months.
    """
    if not record.is_dated:
        return True
    worth = scale.worth(parts)
    months, days = months_and_days(record.first, record.last)
    if worth * _DAYS_PER_MONTH == scale.size * (months * _DAYS_PER_MONTH + days):
        return True
    if set(parts) <= {Unit.DAYS_7, Unit.WEEKS}:
        total = parts.get(Unit.DAYS_7, 0) + parts.get(Unit.WEEKS, 0) * _DAYS_PER_WEEK
        return total == record.last - record.first + 1
    if record.jurisdiction in rules.calendar_month_jurisdictions:
        return worth == scale.size * calendar_months([(record.first, record.last)])
    return False


def _totals_differ(record: Period, declared: Duration, rules: Rules) -> Discrepancy:
    return Discrepancy(
        kind=DiscrepancyKind.YEARLY_DIFFERS,
        jurisdiction=record.jurisdiction,
        records=(record.id,),
        detail=f"{_dates(record)}: the declared sum is {words(declared)}, the sums by year are "
        f"{_years_in_words(record)}; the sums by year are used",
        action="Ask the institution that issued the record which of the two is right.",
        article=rules.cite("conversion_mode")[0],
    )


def _year_without_sum(record: Period, years: list[int], rules: Rules) -> Discrepancy:
    named = " and ".join(str(year) for year in years)
    return Discrepancy(
        kind=DiscrepancyKind.YEAR_WITHOUT_SUM,
        jurisdiction=record.jurisdiction,
        records=(record.id,),
        detail=f"{_dates(record)}: sums are given by year, but none for {named}; what is "
        "missing counts as nothing",
        action="Ask the institution that issued the record for the sum of every year.",
        article=rules.cite("conversion_mode")[0],
    )


def _sum_of_years(record: Period, declared: Duration, rules: Rules) -> Discrepancy:
    return Discrepancy(
        kind=DiscrepancyKind.YEAR_WITHOUT_SUM,
        jurisdiction=record.jurisdiction,
        records=(record.id,),
        detail=f"{_dates(record)}: communicated year by year, but with one sum, "
        f"{words(declared)}; it is divided among the years by their days",
        action="Ask the institution that issued the record for the sum of every year.",
        article=rules.cite("conversion_mode")[0],
    )


def _differs(record: Period, told: str, rules: Rules) -> Discrepancy:
    measured = span(date.fromordinal(record.first), date.fromordinal(record.last))
    return Discrepancy(
        kind=DiscrepancyKind.DECLARED_DIFFERS,
        jurisdiction=record.jurisdiction,
        records=(record.id,),
        detail=f"{_dates(record)}: {told}, the dates span {span_words(measured)}; "
        f"the {'sums by year are' if record.by_year else 'declared sum is'} used",
        action="Ask the institution that issued the record which of the two is right.",
        article=rules.cite("conversion")[0],
    )


def _undated(record: Period, rules: Rules) -> Discrepancy:
    if record.declared is None and not record.by_year:
        return Discrepancy(
            kind=DiscrepancyKind.UNMEASURED,
            jurisdiction=record.jurisdiction,
            records=(record.id,),
            detail="the record has neither both dates nor a sum; it counts as nothing",
            action="Ask the institution that issued the record for its dates or its length.",
            article=rules.cite("overlap_undated")[0],
        )
    return Discrepancy(
        kind=DiscrepancyKind.UNDATED,
        jurisdiction=record.jurisdiction,
        records=(record.id,),
        detail="the dates are not known; the period is presumed not to overlap, "
        "and no yearly cap could be applied to it",
        action="Ask the institution that issued the record whether dates can be determined.",
        article=rules.cite("overlap_undated")[0],
    )


def _without_basis(record: Period, rules: Rules) -> Discrepancy:
    return Discrepancy(
        kind=DiscrepancyKind.DAYS_WITHOUT_BASIS,
        jurisdiction=record.jurisdiction,
        records=(record.id,),
        detail=f"{_dates(record)}: days are declared without saying of which working week; "
        "they count as days of a 7-day week",
        action="Ask the institution whether its days are of a 5-, 6- or 7-day week.",
        article=rules.cite("conversion_days")[0],
    )


def _partly_displaced(record: Period, rules: Rules) -> Discrepancy:
    return Discrepancy(
        kind=DiscrepancyKind.PARTLY_DISPLACED,
        jurisdiction=record.jurisdiction,
        records=(record.id,),
        detail=f"{_dates(record)}: only a part of the period is displaced; "
        "of its declared sum the calendar share of the rest is counted",
        action="Ask the institution for the sum of the part that counts.",
        article=rules.cite("overlap_other")[0],
    )


def _third_state(record: Period, rules: Rules) -> Discrepancy:
    return Discrepancy(
        kind=DiscrepancyKind.THIRD_STATE,
        jurisdiction=record.jurisdiction,
        records=(record.id,),
        detail=f"{record.jurisdiction} is not a party to {rules.agreement} on {rules.day}",
        action="See whether another agreement covers the period.",
        article=rules.cite("aggregation")[0],
    )


def _dates(record: Period) -> str:
    return f"{_day(record.start)} to {_day(record.end)}"


def _day(day: date | None) -> str:
    return "an unknown day" if day is None else day.isoformat()


def words(duration: Duration) -> str:
    """A sum in words: ``8 years, 6 months``."""
    parts = duration.to_json()
    day_type = parts.pop("day_type", None)
    text = ", ".join(f"{value} {name}" for name, value in parts.items()) or "nothing"
    return f"{text} ({day_type}-day week)" if day_type and {"days", "hours"} & set(parts) else text


def span_words(measured: Span) -> str:
    """A calendar length in words, with all its days."""
    return (
        f"{measured.years} years, {measured.months} months, {measured.days} days "
        f"({measured.total_days} days in all)"
    )
