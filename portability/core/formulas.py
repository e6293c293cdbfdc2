"""
How a scheme turns periods into an amount, where a case gives parameters instead of amounts.

Every formula takes its base (earnings, points, capital) from own periods only; foreign periods are
valued at the same averages (883/2004 Art 56(1)(c) and (d)). So months without own contributions,
because the person was insured abroad, never enter an average as zeros.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from portability.core.money import ExactMoney, Money, Rounding
from portability.core.units import Exact, exact_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Career:
    """Lengths in the unit of the scheme: own and counted periods, a year, and a full career."""

    own: Exact
    counted: Exact
    year: int
    full: Exact | None

    @property
    def credited(self) -> Exact:
        """What counts for the amount: never more than a full career."""
        return self.counted if self.full is None else min(self.counted, self.full)


class Formula(Protocol):
    """One kind of national calculation."""

    @property
    def currency(self) -> str: ...

    def amount(self, career: Career) -> ExactMoney:
        """The benefit for ``career.counted`` periods, exact."""
        ...

    def told(self, career: Career) -> str:
        """The calculation of ``amount`` in words."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class YearOfEarnings:
    """What was earned in one calendar year under own insurance, and in how many months."""

    year: int
    amount: Money
    months: Exact


@dataclass(frozen=True, slots=True, kw_only=True)
class Accrual:
    """A share ``rate`` of average monthly earnings for each year of insurance."""

    rate: Exact
    average: ExactMoney

    @property
    def currency(self) -> str:
        return self.average.currency

    def amount(self, career: Career) -> ExactMoney:
        years = Fraction(career.credited) / career.year
        return self.average * (years * Fraction(self.rate))

    def told(self, career: Career) -> str:
        average = self.average.rounded(Rounding.HALF_UP)
        percent = exact_text(Fraction(self.rate) * 100)
        years = f"{exact_text(Fraction(career.credited))}/{career.year}"
        return f"{percent} % of the monthly average, {average}, for each of {years} years"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proportional:
    """A full amount in the proportion of the periods to a full career."""

    full_amount: Money

    @property
    def currency(self) -> str:
        return self.full_amount.currency

    def amount(self, career: Career) -> ExactMoney:
        full = career.full or career.counted
        share = Fraction(career.credited) / full if full else Fraction(0)
        return ExactMoney(exact=self.full_amount.exact * share, currency=self.currency)

    def told(self, career: Career) -> str:
        full = career.full or career.counted
        return f"{self.full_amount} × {exact_text(Fraction(career.credited))}/{full}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Points:
    """Points earned in own periods times the value of a point; foreign periods at the average."""

    points: Exact
    point_value: Money

    @property
    def currency(self) -> str:
        return self.point_value.currency

    def amount(self, career: Career) -> ExactMoney:
        average = Fraction(self.points) / career.own
        return ExactMoney(
            exact=average * career.credited * self.point_value.exact, currency=self.currency
        )

    def told(self, career: Career) -> str:
        points = exact_text(Fraction(self.points))
        return f"{points} points / {career.own} × {career.credited} × {self.point_value}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Capital:
    """Capital per unit of own period, divided by the divisor of the scheme (56(1)(d))."""

    capital: Money
    divisor: Exact

    @property
    def currency(self) -> str:
        return self.capital.currency

    def amount(self, career: Career) -> ExactMoney:
        per_unit = self.capital.exact / career.own
        return ExactMoney(
            exact=per_unit * career.credited / Fraction(self.divisor), currency=self.currency
        )

    def told(self, career: Career) -> str:
        divisor = exact_text(Fraction(self.divisor))
        return f"{self.capital} / {career.own} × {career.credited} / {divisor}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Flat:
    """An amount that does not depend on the length of insurance; it is the theoretical amount."""

    flat_amount: Money

    @property
    def currency(self) -> str:
        return self.flat_amount.currency

    def amount(self, career: Career) -> ExactMoney:  # the point of a flat amount
        return ExactMoney(exact=self.flat_amount.exact, currency=self.currency)

    def told(self, career: Career) -> str:  # the point of a flat amount
        return f"{self.flat_amount}, whatever the length of insurance"


def average_earnings(years: tuple[YearOfEarnings, ...]) -> ExactMoney:
    """Average monthly earnings over months with own insurance only; refuses mixed currencies."""
    total = ExactMoney(exact=Fraction(0), currency=years[0].amount.currency)
    for item in years:
        total += ExactMoney(exact=item.amount.exact, currency=item.amount.currency)
    months = sum((Fraction(item.months) for item in years), start=Fraction(0))
    return total * (1 / months)
