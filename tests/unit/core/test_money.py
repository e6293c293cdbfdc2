"""Amounts keep to one currency and round as the scheme says."""

from fractions import Fraction

import pytest

from portability.core.money import (
    ExactMoney,
    Money,
    Rounding,
    exactly,
    parse_money,
    round_exact,
    round_money,
)
from portability.errors import InvalidInputError

EURO = Money(minor=100, currency="EUR")
ZLOTY = Money(minor=100, currency="PLN")


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("800.00 EUR", 80_000),
        ("-0.05 EUR", -5),
        ("7 JPY", 7),
        ("1.5 KWD", 1_500),
        ("12 EUR", 1_200),
    ],
)
def test_an_amount_is_read_in_minor_units(text: str, minor: int) -> None:
    assert parse_money(text).minor == minor


@pytest.mark.parametrize(
    "text", ["800.00", "800,00 EUR", "800.00EUR", "8e2 EUR", "800.00 eur", "1.5 JPY", "٣ EUR", ""]
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError):
        parse_money(text)


def test_an_amount_is_written_with_the_decimals_of_its_currency() -> None:
    assert str(Money(minor=-80_005, currency="EUR")) == "-800.05 EUR"
    assert str(Money(minor=800, currency="JPY")) == "800 JPY"
    assert Money(minor=80_000, currency="EUR").decimal == "800.00"


def test_amounts_of_one_currency_add_and_compare() -> None:
    assert Money(minor=200, currency="EUR") == EURO + EURO
    assert EURO - EURO < EURO
    assert EURO <= EURO  # noqa: PLR0124  # the operator is what is tested


@pytest.mark.parametrize("operation", ["__add__", "__sub__", "__lt__", "__le__"])
def test_two_currencies_are_never_combined(operation: str) -> None:
    with pytest.raises(InvalidInputError, match="EUR and PLN"):
        getattr(EURO, operation)(ZLOTY)


def test_exact_amounts_keep_to_one_currency_too() -> None:
    third = ExactMoney(exact=Fraction(1, 3), currency="EUR")

    assert third + third == third * 2
    assert third < exactly(EURO)
    assert third.less(Fraction(1)).exact == 0
    with pytest.raises(InvalidInputError):
        third < exactly(ZLOTY)  # noqa: B015  # the comparison itself must refuse


@pytest.mark.parametrize(
    ("exact", "rounding", "expected"),
    [
        (Fraction(5, 2), Rounding.HALF_UP, 3),
        (Fraction(5, 2), Rounding.HALF_EVEN, 2),
        (Fraction(7, 2), Rounding.HALF_EVEN, 4),
        (Fraction(5, 2), Rounding.DOWN, 2),
        (Fraction(21, 10), Rounding.UP, 3),
        (Fraction(2), Rounding.UP, 2),
        (Fraction(12, 5), Rounding.HALF_UP, 2),
        (Fraction(-5, 2), Rounding.HALF_UP, -3),
    ],
)
def test_each_rounding_is_its_own(exact: Fraction, rounding: Rounding, expected: int) -> None:
    assert round_exact(exact, rounding) == expected


def test_an_exact_amount_is_rounded_to_the_minor_unit_of_its_currency() -> None:
    assert str(round_money(Fraction(2000, 3), "EUR", Rounding.HALF_UP)) == "666.67 EUR"
    assert str(round_money(Fraction(2000, 3), "JPY", Rounding.DOWN)) == "666 JPY"
