"""Officers read these sentences: an amount in them is money."""

import pytest

from portability.errors import InvalidInputError
from portability.settlement.ledger import ledger_of
from tests.unit.settlement.books import FRANCE, SPAIN, Books


def netted(minor: int = 80_000) -> tuple[Books, bytes]:
    books = Books()
    claim = books.claim(SPAIN, "a", minor)
    books.answer(claim)
    return books, books.net(SPAIN, claim)


def test_who_accepts_more_than_was_claimed_reads_both_sums_as_money() -> None:
    books = Books()
    claim = books.claim(SPAIN, "a", 80_000)
    with pytest.raises(
        InvalidInputError, match=r"3000\.00 EUR is not less than what it claims, 800\.00 EUR"
    ):
        books.answer(claim, (1, 300_000))


def test_who_pays_more_than_is_open_or_again_is_told_what_is_open() -> None:
    books, netting = netted()
    with pytest.raises(InvalidInputError, match=r"of 900\.00 EUR, and 800\.00 EUR of the netting"):
        books.advise(netting, 90_000)
    advice = books.advise(netting, 80_000)
    with pytest.raises(InvalidInputError, match="is advised already; nothing is left to pay"):
        books.advise(netting, 80_000)
    with pytest.raises(InvalidInputError, match=r"of 900\.00 EUR, and 800\.00 EUR were advised"):
        books.confirm(advice, 90_000)


def test_one_claim_is_set_off_and_several_are() -> None:
    books, _ = netted()
    assert "1 claim set off" in {entry.text for entry in ledger_of(books.account).entries}
    books = Books()
    claims = [books.claim(party, "x", 7_000) for party in (SPAIN, FRANCE)]
    for one in claims:
        books.answer(one)
    books.net(SPAIN, *claims)
    assert "2 claims set off" in {entry.text for entry in ledger_of(books.account).entries}
