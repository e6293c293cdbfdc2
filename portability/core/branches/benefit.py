"""The amount that one law grants outside the pension formulas, and how it came about."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import pairwise
from typing import cast

from portability.core.branches.scheme_facts import facts_of
from portability.core.document import Table
from portability.core.entitlement import Note
from portability.core.exchange import rates_in
from portability.core.methods.claim import Claim, on_all_periods
from portability.core.money import ExactMoney, Money, exactly
from portability.core.scheme import Scheme
from portability.core.spans import months_and_days
from portability.core.standing import Standing
from portability.core.time_limits import months_after
from portability.core.units import exact_text
from portability.errors import InvalidInputError

_DAYS_PER_MONTH = 30
_PER_CENT = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Salary:
    """A monthly salary or professional income under one legislation."""

    jurisdiction: str
    monthly: Money
    start: date | None
    end: date | None


def read_salaries(document: Table) -> object:
    """The tables ``salary``."""
    currencies: dict[str, str] = {}
    return tuple(_read_salary(table, currencies) for table in document.tables("salary"))


def _read_salary(table: Table, currencies: dict[str, str]) -> Salary:
    """One salary; ``currencies`` are those of each jurisdiction, as far as read."""
    found = Salary(
        jurisdiction=table.jurisdiction("jurisdiction"),
        monthly=table.money("monthly"),
        start=table.optional_day("start"),
        end=table.optional_day("end"),
    )
    table.finish()
    if found.start is not None and found.end is not None and found.end < found.start:
        table.refuse("end", "lies before start")
    currency = currencies.setdefault(found.jurisdiction, found.monthly.currency)
    if found.monthly.currency != currency:
        table.refuse("monthly", f"is in another currency than {currency}")
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Benefit:
    """An amount before rounding, None if the case does not give it; the salary that made it."""

    amount: ExactMoney | None
    base: ExactMoney | None = None
    notes: tuple[Note, ...] = ()


def benefit_of(scheme: Scheme, standing: Standing, claim: Claim, source: str, step: str) -> Benefit:
    """
    What the law of a scheme grants: given, a share of the salary in ``source``, or by formula.

    ``step`` is the key of the article that says whose salary counts. Raises InvalidInputError if a
    salary is needed that the case does not give.
    """
    facts = facts_of(scheme)
    if facts.salary_share is None:
        if facts.amount is not None:
            return Benefit(amount=exactly(facts.amount))
        if scheme.independent is not None:
            return Benefit(amount=exactly(scheme.independent))
        return Benefit(amount=on_all_periods(standing, claim))
    base = _base(claim, source, facts.reference_months)
    paid = base * facts.salary_share
    rates = rates_in(claim.circumstances.facts)
    key = f"scheme.{scheme.jurisdiction}.salary_share"
    for limit in (facts.minimum, facts.maximum):
        if limit is not None:
            paid = rates.convert(paid, limit.currency, key=key)
    held, limited = _within(paid, facts.minimum, facts.maximum)
    over = "the last salary" if facts.reference_months is None else "the average salary"
    percent = exact_text(facts.salary_share * _PER_CENT)
    shown = base.rounded(scheme.rounding)
    text = f"{percent} % of {shown}, {over} in {source}{limited}"
    return Benefit(
        amount=held, base=base, notes=(Note(text=text, articles=claim.rules.cite(step)),)
    )


def _within(
    paid: ExactMoney, minimum: Money | None, maximum: Money | None
) -> tuple[ExactMoney, str]:
    """The amount, held within the limits of the law."""
    if maximum is not None and exactly(maximum) < paid:
        return exactly(maximum), f", at most {maximum}"
    if minimum is not None and paid < exactly(minimum):
        return exactly(minimum), f", at least {minimum}"
    return paid, ""


def _base(claim: Claim, source: str, reference_months: int | None) -> ExactMoney:
    """The salary under one legislation only (883/2004 Art 62): the last one, or an average."""
    salaries = cast("tuple[Salary, ...]", claim.circumstances.facts.get("salary", ()))
    own = [item for item in salaries if item.jurisdiction == source]
    if not own:
        raise InvalidInputError(
            f"salary: give the salary in {source}; the benefit is a share of it", field="salary"
        )
    if reference_months is None:
        return _last(own)
    begin = months_after(claim.rules.day, -reference_months).toordinal()
    return _average(own, begin, claim.rules.day.toordinal() - 1)


def _last(own: Sequence[Salary]) -> ExactMoney:
    """The salary of the last activity; of those that ended together, all."""
    latest = max(item.end or date.max for item in own)
    found = [item for item in own if (item.end or date.max) == latest]
    return _together([exactly(item.monthly) for item in found])


def _together(amounts: Sequence[ExactMoney]) -> ExactMoney:
    total = amounts[0]
    for amount in amounts[1:]:
        total += amount
    return total


def _average(own: Sequence[Salary], begin: int, end: int) -> ExactMoney:
    """
    What was earned a month in the reference period, jobs together; months without do not count.

    The period is cut where a job begins or ends, and each part counts with its months.
    """
    spans = [
        (
            max(begin, item.start.toordinal() if item.start else begin),
            min(end, item.end.toordinal() if item.end else end),
            exactly(item.monthly),
        )
        for item in own
    ]
    held = [span for span in spans if span[0] <= span[1]]
    cuts = sorted({first for first, _, _ in held} | {last + 1 for _, last, _ in held})
    total = ExactMoney(exact=Fraction(0), currency=own[0].monthly.currency)
    length = Fraction(0)
    for first, after in pairwise(cuts):
        paid = [monthly for start, last, monthly in held if start <= first <= last]
        if paid:
            months, days = months_and_days(first, after - 1)
            weight = months + Fraction(days, _DAYS_PER_MONTH)
            total += _together(paid) * weight
            length += weight
    if not length:
        raise InvalidInputError(
            "salary: none lies in the reference period; give its dates or leave them out",
            field="salary",
        )
    return total * (1 / length)
