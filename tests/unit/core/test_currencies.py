"""Minor units of currencies, after the list of ISO 4217 (column "Mnr unt")."""

import pytest

from portability.core.money import currency_exponent, parse_money

NONE = [
    "BIF",
    "CLP",
    "DJF",
    "GNF",
    "ISK",
    "JPY",
    "KMF",
    "KRW",
    "PYG",
    "RWF",
    "UGX",
    "UYI",
    "VND",
    "VUV",
    "XAF",
    "XOF",
    "XPF",
]
THREE = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"]
FOUR = ["CLF", "UYW"]
TWO = ["EUR", "USD", "GBP", "CHF", "PLN", "CAD", "BRL", "RUB", "KZT", "AED"]


@pytest.mark.parametrize(
    ("codes", "decimals"), [(NONE, 0), (TWO, 2), (THREE, 3), (FOUR, 4)], ids=["0", "2", "3", "4"]
)
def test_each_currency_has_its_own_number_of_decimals(codes: list[str], decimals: int) -> None:
    assert {code: currency_exponent(code) for code in codes} == dict.fromkeys(codes, decimals)


@pytest.mark.parametrize(
    "text", ["800 JPY", "800.00 EUR", "800.000 BHD", "-0.5000 CLF", "-0.01 EUR", "0 XOF"]
)
def test_an_amount_is_written_as_it_was_read(text: str) -> None:
    assert str(parse_money(text)) == text
