"""What rulings come to together."""

from portability.core.money import Money, parse_money
from portability.core.ruling import Ruling
from portability.core.totals import total_by_currency


def ruling(amount: str | None) -> Ruling:
    paid: Money | None = None if amount is None else parse_money(amount)
    return Ruling(jurisdiction="FR", facts={}, lines=(), payable=paid)


def test_currencies_are_kept_apart_and_decisions_without_money_add_nothing() -> None:
    found = total_by_currency(
        [ruling("2.00 PLN"), ruling(None), ruling("1.00 EUR"), ruling("2.00 EUR")]
    )

    assert {code: str(amount) for code, amount in found.items()} == {
        "EUR": "3.00 EUR",
        "PLN": "2.00 PLN",
    }
    assert list(found) == ["EUR", "PLN"]
