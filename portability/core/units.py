"""The units in which schemes count, and exact lengths made of several of them."""

from enum import StrEnum
from fractions import Fraction

Exact = int | Fraction
"""An exact number: integers stay integers, because they are much faster than fractions."""


class Unit(StrEnum):
    """What one period of a scheme is counted in (987/2009 Art 13)."""

    YEARS = "years"
    QUARTERS = "quarters"
    MONTHS = "months"
    WEEKS = "weeks"
    DAYS_5 = "days-5"
    DAYS_6 = "days-6"
    DAYS_7 = "days-7"
    US_QUARTERS = "us-quarters"

    @property
    def day_type(self) -> int | None:
        """Days in the working week of a scheme that counts in days; otherwise None."""
        return _DAY_TYPES.get(self)


DAY_UNITS = {5: Unit.DAYS_5, 6: Unit.DAYS_6, 7: Unit.DAYS_7}
_DAY_TYPES = {unit: day_type for day_type, unit in DAY_UNITS.items()}


def exact_text(value: Exact) -> int | str:
    """An exact number for a JSON document: an integer, a finite decimal or ``"11/30"``."""
    value = Fraction(value)
    if value.denominator == 1:
        return value.numerator
    rest = value.denominator
    digits = 0
    while rest % 10 == 0 or rest % 2 == 0 or rest % 5 == 0:
        rest //= 10 if rest % 10 == 0 else (2 if rest % 2 == 0 else 5)
        digits += 1
    if rest != 1:
        return f"{value.numerator}/{value.denominator}"
    scaled = abs(value.numerator) * 10**digits // value.denominator
    whole, part = divmod(scaled, 10**digits)
    return f"{'-' if value < 0 else ''}{whole}.{part:0{digits}d}"
