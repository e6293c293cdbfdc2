"""Amounts of money: integer minor units of one currency; never a float, never two mixed."""

import re
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from portability.errors import InvalidInputError

# ISO 4217, "Minor unit" column: the currencies that do not have two decimals.
_EXPONENTS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF"), 0),
    **dict.fromkeys(("UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}
_AMOUNT = re.compile(r"(-?)(\d{1,18})(?:\.(\d{1,4}))? ([A-Z]{3})", re.ASCII)


_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)


def is_currency(text: str) -> bool:
    """Whether a text has the form of an alphabetic code of ISO 4217."""
    return _CURRENCY.fullmatch(text) is not None


class Rounding(StrEnum):
    """How a scheme rounds an exact amount to the minor unit (national law)."""

    HALF_UP = "half-up"
    HALF_EVEN = "half-even"
    DOWN = "down"
    UP = "up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """An amount in minor units (cents) of ``currency`` (ISO 4217)."""

    minor: int
    currency: str

    def __str__(self) -> str:
        return f"{self.decimal} {self.currency}"

    @property
    def decimal(self) -> str:
        """The amount with the currency's own number of decimals, without its code."""
        exponent = currency_exponent(self.currency)
        sign = "-" if self.minor < 0 else ""
        whole, rest = divmod(abs(self.minor), 10**exponent)
        return f"{sign}{whole}.{rest:0{exponent}d}" if exponent else f"{sign}{whole}"

    @property
    def exact(self) -> Fraction:
        """The amount in major units."""
        return Fraction(self.minor, 10 ** currency_exponent(self.currency))

    def __add__(self, other: "Money") -> "Money":
        return Money(minor=self.minor + self._same(other).minor, currency=self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(minor=self.minor - self._same(other).minor, currency=self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.minor < self._same(other).minor

    def __le__(self, other: "Money") -> bool:
        return self.minor <= self._same(other).minor

    def _same(self, other: "Money") -> "Money":
        if self.currency != other.currency:
            raise currency_mix(self.currency, other.currency)
        return other


@dataclass(frozen=True, slots=True, kw_only=True)
class ExactMoney:
    """An amount in major units that has not been rounded yet; amounts are exact until payment."""

    exact: Fraction
    currency: str

    def __add__(self, other: "ExactMoney") -> "ExactMoney":
        return ExactMoney(exact=self.exact + self._same(other).exact, currency=self.currency)

    def __mul__(self, share: Fraction | int) -> "ExactMoney":
        return ExactMoney(exact=self.exact * share, currency=self.currency)

    def __lt__(self, other: "ExactMoney") -> bool:
        return self.exact < self._same(other).exact

    def less(self, reduction: Fraction) -> "ExactMoney":
        """Reduced by an amount in the same currency, never below zero."""
        return ExactMoney(exact=max(Fraction(0), self.exact - reduction), currency=self.currency)

    def rounded(self, rounding: Rounding) -> Money:
        return round_money(self.exact, self.currency, rounding)

    def _same(self, other: "ExactMoney") -> "ExactMoney":
        if self.currency != other.currency:
            raise currency_mix(self.currency, other.currency)
        return other


def exactly(amount: Money) -> ExactMoney:
    """A rounded amount as an exact one."""
    return ExactMoney(exact=amount.exact, currency=amount.currency)


def currency_mix(left: str, right: str) -> InvalidInputError:
    """The refusal to combine two currencies."""
    return InvalidInputError(
        f"amounts in {left} and {right} cannot be combined; keep the currencies apart",
        field="currency",
    )


def currency_exponent(currency: str) -> int:
    """Number of decimals of a currency's minor unit (ISO 4217)."""
    return _EXPONENTS.get(currency, 2)


def parse_money(text: str) -> Money:
    """
    ``"800.00 EUR"`` as a value.

    Raises InvalidInputError if the text has another form or more decimals than the currency.
    """
    match = _AMOUNT.fullmatch(text)
    if match is None:
        raise InvalidInputError(
            'an amount must look like "800.00 EUR": digits, a point, decimals, a space, a currency',
            field="amount",
        )
    sign, whole, decimals, currency = match.groups()
    exponent = currency_exponent(currency)
    decimals = decimals or ""
    if len(decimals) > exponent:
        raise InvalidInputError(
            f"an amount in {currency} has at most {exponent} decimals", field="amount"
        )
    minor = int(whole) * 10**exponent + int(decimals.ljust(exponent, "0") or "0")
    return Money(minor=-minor if sign else minor, currency=currency)


def round_money(exact: Fraction, currency: str, rounding: Rounding) -> Money:
    """An exact amount in major units rounded once, to the currency's minor unit."""
    scaled = exact * 10 ** currency_exponent(currency)
    return Money(minor=round_exact(scaled, rounding), currency=currency)


def round_exact(exact: Fraction, rounding: Rounding) -> int:
    """The integer nearest to ``exact`` by the given rule; down and up are towards and from zero."""
    magnitude = abs(exact)
    whole, rest = divmod(magnitude.numerator, magnitude.denominator)
    twice = 2 * rest - magnitude.denominator
    away = {
        Rounding.DOWN: False,
        Rounding.UP: rest > 0,
        Rounding.HALF_UP: twice >= 0,
        Rounding.HALF_EVEN: twice > 0 or (twice == 0 and whole % 2 == 1),
    }[rounding]
    rounded = whole + away
    return -rounded if exact < 0 else rounded
