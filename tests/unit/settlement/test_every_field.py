"""
An institution lies in one field of one thing that it says about money: its peer refuses it.

Every field of every kind of statement about money is changed in turn, those of the lines of claims
and answers as well. What the other node takes all the same is listed with the reason why it may.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from typing import Any, Final

import pytest

from portability.errors import PortabilityError
from portability.settlement.admission import check_dated, opens
from portability.settlement.statements import RefundClaim, SettlementStatement
from portability.wire.settlement import (
    settlement_statement_from_payload,
    settlement_statement_to_payload,
    settlement_statement_type,
)
from tests.unit.agents.other_values import names_of, others, with_value
from tests.unit.settlement.books import (
    FRANCE,
    KEY,
    SPAIN,
    START,
    Books,
    claim_of,
    id_of,
    line_of,
    unemployed,
)

A_SALT: Final = "random, so that an id tells nothing; another is as good"
NOT_COUNTED: Final = "no term runs from it; a claim, from which one does, is held to its log"

MEANS_NOTHING: Final[Mapping[str, str]] = {
    "*.header.salt": A_SALT,
    "*.header.created": NOT_COUNTED,
    "RefundClaim.lines[0].minor": "a creditor may ask for less than the law gives; more is refused",
    "RefundClaim.rates": "a rate of a currency that no line is in changes no amount",
    "ClaimAnswer.disputes[0].reason": "the amount is what is disputed; why is the debtor's word",
    "ClaimAnswer.disputes[0].accepted": "what it acknowledges is the debtor's own to say",
    "ClaimAnswer.disputes[0].detail": "the amount is what is disputed; why is the debtor's word",
    "PaymentReceipt.minor": "the payee alone sees what arrived; the rest stays open",
}
"""What the other node takes though it is not so, by statement and field, and why it may."""

INSIDE: Final = {"RefundClaim": "lines", "ClaimAnswer": "disputes"}
"""Where statements have lines, whose fields are each looked at."""


@dataclass
class LyingBooks(Books):
    """Books in which one statement, the first of its kind, is signed otherwise than it is."""

    kind: str = ""
    change: Callable[[Any], Any] = lambda said: said
    has_lied: bool = False

    def take(self, statement: SettlementStatement, grounds: Any = None) -> bytes:
        """As honest nodes take it. Raises PortabilityError or ValueError where they do not."""
        if type(statement).__name__ != self.kind or self.has_lied:
            return super().take(statement, grounds)
        self.has_lied = True
        said = self.change(statement)
        name = settlement_statement_type(said)
        read = settlement_statement_from_payload(name, settlement_statement_to_payload(said))
        if read == statement:
            raise ValueError("it is not written")
        if said.header.sender != statement.header.sender or opens(said) not in {None, KEY}:
            raise ValueError("it is signed by another, or of another account")
        if isinstance(said, RefundClaim):
            check_dated(said, START)
            grounds = _grounds(said)
        return super().take(said, grounds)


def _grounds(claim: RefundClaim) -> dict[int, Any]:
    """What a node holds of what the lines rest on: the decisions of one case."""
    known = (line_of(1).case_id, id_of("decision"), id_of("counterpart"))
    return {
        one.number: unemployed()
        for one in claim.lines
        if (one.case_id, one.decision, one.counterpart) == known
    }


def story(books: Books) -> None:
    """A claim in dispute that is conceded, one that is answered, both netted and paid."""
    claim = claim_of(line_of(300_000), at=START)
    first = books.take(claim, {1: unemployed()})
    books.concede(books.answer(first, (1, 200_000)))
    back = books.claim(FRANCE, "b", 50_000)
    books.answer(back)
    netting = books.net(SPAIN, first, back)
    books.confirm(books.advise(netting, 150_000), 150_000)


@cache
def honest() -> Mapping[str, SettlementStatement]:
    """The first statement of each kind."""
    books = Books()
    story(books)
    found: dict[str, SettlementStatement] = {}
    for one in books.said:
        found.setdefault(type(one.statement).__name__, one.statement)
    return found


def fields_of(kind: str) -> dict[str, Any]:
    """The fields of a statement, and of its first line."""
    said = honest()[kind]
    inner = INSIDE.get(kind, "")
    lines = names_of(getattr(said, inner)[0]) if inner else ()
    return {**dict(names_of(said)), **{f"{inner}[0].{name}": value for name, value in lines}}


PLACES: Final = [(kind, field) for kind in honest() for field in fields_of(kind)]


@pytest.mark.parametrize(("kind", "field"), PLACES)
def test_a_lie_about_money_is_refused_or_means_nothing(kind: str, field: str) -> None:
    values = others(field, fields_of(kind)[field])
    assert values, f"say in other_values.py how {kind} could lie in {field}"
    taken = [one for one in values if not is_refused(kind, field, one)]
    if f"{kind}.{field}" in MEANS_NOTHING:
        assert taken, "each of these is refused by now: take it out of MEANS_NOTHING"
    elif f"*.{field}" not in MEANS_NOTHING:
        assert taken == [], "the other node takes that, and nothing says that it means nothing"


def is_refused(kind: str, field: str, value: Any) -> bool:
    inner, _, name = field.partition("[0].")

    def change(said: Any) -> Any:
        if not name:
            return with_value(said, field, value)
        first, *rest = getattr(said, inner)
        return replace(said, **{inner: (with_value(first, name, value), *rest)})

    try:
        story(LyingBooks(kind=kind, change=change))
    except (PortabilityError, ValueError):
        return True
    return False


def test_a_claim_is_dated_as_its_log_took_it_in() -> None:
    for days in (-300, 300):
        assert is_refused("RefundClaim", "header.created", START + timedelta(days=days))


def test_every_kind_of_statement_about_money_is_in_the_story() -> None:
    assert {*honest()} == {one.__name__ for one in SettlementStatement.__args__}
