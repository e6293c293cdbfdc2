"""What the lines about a netting tell each of its two institutions to do next."""

from agents.agency.settlement_words import netting_lines
from portability.consent.scope import Party
from tests.unit.settlement.books import FRANCE, SPAIN, Books


def netted(minor: int = 80_000) -> tuple[Books, bytes]:
    books = Books()
    claim = books.claim(SPAIN, "a", minor)
    books.answer(claim)
    return books, books.net(SPAIN, claim)


def told(books: Books, netting: bytes, party: Party) -> str:
    return "\n".join(netting_lines(books.account, books.account.nettings[netting], party))


def test_each_side_of_a_netting_reads_whose_turn_it_is() -> None:
    books, netting = netted()
    assert "of 1 claim:" in told(books, netting, SPAIN)
    assert "800.00 EUR not announced yet, yours to announce: `settlement pay`" in told(
        books, netting, FRANCE
    )
    assert "waits for FR/france-travail" in told(books, netting, SPAIN)
    advice = books.advise(netting, 80_000)
    assert "once it is there: `settlement confirm`" in told(books, netting, SPAIN)
    assert "announced, waits for ES/sepe" in told(books, netting, FRANCE)
    books.confirm(advice, 50_000)
    for party in (SPAIN, FRANCE):
        assert "500.00 EUR of it received\n" in told(books, netting, party)
    assert "300.00 EUR not announced yet, yours" in told(books, netting, FRANCE)
    books.confirm(books.advise(netting, 30_000), 30_000)
    assert told(books, netting, SPAIN).endswith("received")
