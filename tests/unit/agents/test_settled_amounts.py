"""Amounts that an officer names of a claim or a payment: in its currency, more than nothing."""

import pytest

from agents.agency.options import part, part_in
from portability.errors import InvalidInputError


def test_a_part_is_in_the_currency_of_the_account() -> None:
    """100.00 PLN was announced as 100.00 EUR, and 1000 JPY confirmed as 10.00 EUR."""
    assert part_in("EUR", "100.00 EUR", "--amount") == 10_000
    assert part_in("JPY", "1000 JPY", "--amount") == 1_000
    assert part_in("TND", "1.5 TND", "--amount") == 1_500
    assert part_in("EUR", "", "--amount") == 0
    for text in ("100.00 PLN", "1000 JPY"):
        with pytest.raises(InvalidInputError, match=r"--amount is in .*, and the account in EUR"):
            part_in("EUR", text, "--amount")


@pytest.mark.parametrize("text", ["0.00 EUR", "-5.00 EUR", "999999999999999999.00 EUR"])
def test_an_amount_of_nothing_is_not_taken_for_all(text: str) -> None:
    with pytest.raises(InvalidInputError, match="cannot be claimed or paid; leave it out for all"):
        part(text, "--amount")


def test_what_is_no_amount_names_its_option() -> None:
    with pytest.raises(InvalidInputError, match="--amount: an amount must look like"):
        part("1,000", "--amount")
