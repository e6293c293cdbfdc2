"""A slow reference for 987/2009 Art 12, written from its text, one day at a time.

It shares no code with the engine: it knows only the P5000 codes and the fields of a period. Where
the text is open it follows the choices that the documentation of the engine states.
"""

from datetime import date, timedelta

from portability.core.periods import Period

REAL_COMPULSORY = {"10", "11", "12", "13", "30"}
VOLUNTARY = {"20", "21", "22", "23"}
AFTER_RISK = {"52"}


def days_of(period: Period) -> list[date]:
    assert period.start is not None
    assert period.end is not None
    length = (period.end - period.start).days + 1
    return [period.start + timedelta(days=number) for number in range(length)]


def strength(period: Period) -> int:
    code = period.type.value
    if code in REAL_COMPULSORY:
        return 3
    return 2 if code in VOLUNTARY else 1


def who_counts(periods: list[Period], risk: date) -> dict[date, str]:
    """For each day that anybody certifies before the risk, the id of the record that counts it."""
    able = [period for period in periods if period.type.value not in AFTER_RISK]
    calendar: dict[date, list[Period]] = {}
    for period in able:
        for day in days_of(period):
            if day < risk:
                calendar.setdefault(day, []).append(period)
    compulsory = compulsory_days(able, risk)
    first = {code: min(days) for code, days in compulsory.items() if days}
    return {day: prevailing(day, found, compulsory, first).id for day, found in calendar.items()}


def compulsory_days(periods: list[Period], risk: date) -> dict[str, list[date]]:
    days: dict[str, list[date]] = {}
    for period in periods:
        if strength(period) == 3:
            held = days.setdefault(period.jurisdiction, [])
            held += [day for day in days_of(period) if day < risk]
    return days


def prevailing(
    day: date,
    found: list[Period],
    compulsory: dict[str, list[date]],
    first: dict[str, date],
) -> Period:
    strongest = max(strength(period) for period in found)
    left = [period for period in found if strength(period) == strongest]
    jurisdictions = {period.jurisdiction for period in left}
    if strongest == 1 and len(jurisdictions) > 1:
        chosen = last_insured(day, jurisdictions, compulsory, first)
        left = [period for period in left if period.jurisdiction == chosen]
    return min(
        left,
        key=lambda period: (
            period.type.value == "30",
            seniority(period.jurisdiction, first),
            period.start,
            -(period.end or date.max).toordinal(),
            period.id,
        ),
    )


def seniority(jurisdiction: str, first: dict[str, date]) -> tuple[date, str]:
    """Who insured first; those without compulsory insurance come last."""
    return first.get(jurisdiction, date.max), jurisdiction


def last_insured(
    day: date,
    jurisdictions: set[str],
    compulsory: dict[str, list[date]],
    first: dict[str, date],
) -> str:
    """The jurisdiction of the last compulsory insurance before the day, else the first after."""
    before = {
        code: max(past)
        for code in jurisdictions
        if (past := [other for other in compulsory.get(code, []) if other < day])
    }
    if before:
        latest = max(before.values())
        tied = [code for code, last in before.items() if last == latest]
        return min(tied, key=lambda code: seniority(code, first))
    return min(jurisdictions, key=lambda code: seniority(code, first))


def months_by_steps(start: date, end: date) -> tuple[int, int]:
    """Whole months and remaining days, by trying one month after the other."""
    after = end.toordinal() + 1
    months = 0
    while month_later(start, months + 1).toordinal() <= after:
        months += 1
    return months, after - month_later(start, months).toordinal()


def month_later(start: date, months: int) -> date:
    """The same day of a later month, or the last day of that month if it is shorter."""
    year, month = start.year, start.month
    for _ in range(months):
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    day = start.day
    while True:
        try:
            return date(year, month, day)
        except ValueError:
            day -= 1
