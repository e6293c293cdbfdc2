"""Checks between rows, and between rows and totals. They find; they never change anything."""

from collections.abc import Iterator, Sequence
from datetime import date
from fractions import Fraction
from typing import Final

from agents.agency.imported import DeclaredTotal, Finding, ImportedRow, Weight
from portability.core.periods import Duration, Period, PeriodClass
from portability.core.spans import MONTHS_PER_YEAR, Span, span

MONTHS_PER_QUARTER: Final = 3
DAYS_PER_WEEK: Final = 7
_MONTH_DAYS: Final = {5: 22, 6: 26, 7: 30, None: 30}  # 987/2009 Art 13(1)(b)
_WEEKS_PER_MONTH: Final = Fraction(26, 6)  # 987/2009 Art 13(1)(c)


def check_rows(rows: Sequence[ImportedRow]) -> Iterator[Finding]:
    """What each row, and each pair of rows of one country, calls attention to."""
    for row in rows:
        yield from _check_row(row)
    yield from _check_same_dates(rows)


def check_ends(rows: Sequence[ImportedRow], today: date) -> Iterator[Finding]:
    """
    Rows that speak of days to come; those of type 52 lie after the risk, and may.

    They are taken as communicated: no provision says that a period is over when it is attested.
    """
    for row in rows:
        last = row.period.end or row.period.start
        if row.period.type.period_class is PeriodClass.AFTER_RISK or last is None or last <= today:
            continue
        yield _finding(
            row,
            "in-future",
            Weight.CHECK,
            f"reaches to {last}, which is yet to come; its days would count as completed, ask the "
            "sender which date is meant",
        )


def check_totals(rows: Sequence[ImportedRow], totals: Sequence[DeclaredTotal]) -> Iterator[Finding]:
    """Declared totals of form part 5.1 that are not the sum of the rows they speak of."""
    for total in totals:
        if total.kind != "relevance":
            continue  # part 5.2 is capped and counts types that part 5.1 does not
        counted = [row.period for row in rows if _speaks_of(total, row.period)]
        summed = sum((_months(_length(period)) for period in counted), start=Fraction(0))
        if summed != _months(total.declared):
            yield Finding(
                place=total.place,
                code="total-differs-from-rows",
                weight=Weight.CHECK,
                detail=(
                    f"the declared total is {words(total.declared)}, its {len(counted)} rows come "
                    f"to {_months_in_words(summed)}; both are kept, ask the sender which is meant"
                ),
            )


def _check_row(row: ImportedRow) -> Iterator[Finding]:
    period = row.period
    if period.type.period_class is PeriodClass.AFTER_RISK:
        yield _finding(
            row,
            "fictive-after-risk",
            Weight.NOTE,
            "type 52 lies after the risk: outside qualifying periods and the pro-rata ratio",
        )
    if not period.is_dated:
        yield _finding(
            row,
            "undated",
            Weight.CHECK,
            "a date is missing; the period is presumed not to overlap (987/2009 Art 12(6))",
        )
    if period.declared is not None and period.declared.days and period.declared.day_type is None:
        yield _finding(
            row,
            "day-basis-missing",
            Weight.CHECK,
            "the days have no basis and count as days of a 7-day week; ask the sender "
            "(987/2009 Art 13(4))",
        )
    yield from _check_sum(row)


def _check_sum(row: ImportedRow) -> Iterator[Finding]:
    period = row.period
    if period.declared is None or period.start is None or period.end is None:
        return
    measured = span(period.start, period.end)
    if not _agrees(period.declared, measured):
        yield _finding(
            row,
            "declared-differs-from-dates",
            Weight.CHECK,
            f"declared {words(period.declared)}, the dates span {_span_in_words(measured)}; "
            "the declared sum is the basis (987/2009 Art 13(1)(a)), ask the sender if in doubt",
        )


def _check_same_dates(rows: Sequence[ImportedRow]) -> Iterator[Finding]:
    """Rows of one country that share days; the dates count once, the records are both kept."""
    dated = [row for row in rows if row.period.is_dated]
    dated.sort(key=lambda row: (row.period.jurisdiction, str(row.period.start)))
    longest: ImportedRow | None = None
    for row in dated:
        if longest is not None and _share_days(longest.period, row.period):
            same = (longest.period.start, longest.period.end) == (row.period.start, row.period.end)
            yield _finding(
                row,
                "same-dates" if same else "dates-overlap",
                Weight.CHECK,
                f"shares days with {longest.place} of the same country; "
                "the days count once and both rows are kept",
            )
        if longest is None or not _reaches_further(longest.period, row.period):
            longest = row


def _share_days(earlier: Period, later: Period) -> bool:
    return (
        earlier.jurisdiction == later.jurisdiction
        and earlier.end is not None
        and later.start is not None
        and later.start <= earlier.end
    )


def _reaches_further(earlier: Period, later: Period) -> bool:
    """Whether the earlier of two rows of one country ends after the later one."""
    return earlier.jurisdiction == later.jurisdiction and str(earlier.end) >= str(later.end)


def _speaks_of(total: DeclaredTotal, period: Period) -> bool:
    if total.type is not None and total.type is not period.type:
        return False
    return None in (total.relevance, period.relevance) or total.relevance == period.relevance


def _length(period: Period) -> Duration:
    """The declared sum; the calendar length where there is none."""
    if period.declared is not None:
        return period.declared
    if period.start is None or period.end is None:
        return Duration()
    measured = span(period.start, period.end)
    return Duration(years=measured.years, months=measured.months, days=measured.days, day_type=7)


def _months(declared: Duration) -> Fraction:
    return (
        Fraction(declared.years) * MONTHS_PER_YEAR
        + Fraction(declared.quarters) * MONTHS_PER_QUARTER
        + Fraction(declared.months)
        + Fraction(declared.weeks) / _WEEKS_PER_MONTH
        + Fraction(declared.days) / _MONTH_DAYS[declared.day_type]
    )


def _agrees(declared: Duration, measured: Span) -> bool:
    """
    Whether a sum is what the dates span.

    A sum in days or weeks alone is compared with all days; working days of a 5- or 6-day week may
    be fewer than the calendar days that they stand for.
    """
    months = (
        Fraction(declared.years) * MONTHS_PER_YEAR
        + Fraction(declared.quarters) * MONTHS_PER_QUARTER
        + Fraction(declared.months)
    )
    days = Fraction(declared.weeks) * DAYS_PER_WEEK + Fraction(declared.days)
    available = measured.days
    if not months:
        available = measured.total_days
    elif months != measured.years * MONTHS_PER_YEAR + measured.months:
        return False
    if declared.day_type in (None, DAYS_PER_WEEK):
        return days == available
    whole_weeks = available // DAYS_PER_WEEK
    return whole_weeks * declared.day_type <= days <= available


def words(declared: Duration) -> str:
    """A sum as people say it: ``5 years 6 months``."""
    parts = {name: value for name, value in declared.to_json().items() if name != "day_type"}
    return " ".join(f"{value} {name}" for name, value in parts.items()) or "nothing"


def _span_in_words(measured: Span) -> str:
    return f"{measured.years} years {measured.months} months {measured.days} days"


def _months_in_words(months: Fraction) -> str:
    years, rest = divmod(months, MONTHS_PER_YEAR)
    whole, part = divmod(rest, 1)
    days = part * _MONTH_DAYS[None]
    about = "about " if days.denominator != 1 else ""
    return f"{about}{years} years {whole} months {round(days)} days"


def _finding(row: ImportedRow, code: str, weight: Weight, detail: str) -> Finding:
    return Finding(place=row.place, code=code, weight=weight, detail=detail)
