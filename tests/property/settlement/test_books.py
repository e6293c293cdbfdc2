"""Accounts under random histories: whatever is said in whatever order, the books hold."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from portability.errors import InvalidInputError
from portability.settlement.account import Account, ClaimState
from portability.settlement.admission import admit
from portability.settlement.ledger import Book, Ledger, ledger_of
from portability.settlement.statements import SettlementSaid
from tests.unit.settlement.books import FRANCE, KEY, PACK, SPAIN, Books

PARTIES = (SPAIN, FRANCE)
AMOUNTS = st.integers(1, 10**7)


Draw = Callable[[int, int], int]


def one_of(found: Sequence[bytes], draw: Draw) -> list[bytes]:
    """One of these, or none where there is none."""
    return [found[draw(0, len(found) - 1)]] if found else []


def in_state(books: Books, state: ClaimState) -> list[bytes]:
    return [i for i in books.account.claims if books.account.state(i) is state]


def claim(books: Books, draw: Draw) -> None:
    amounts = [draw(1, 10**7) for _ in range(draw(1, 3))]
    books.claim(PARTIES[draw(0, 1)], f"case {len(books.said)}", *amounts)


def answer(books: Books, draw: Draw) -> None:
    for i in one_of(in_state(books, ClaimState.CLAIMED), draw):
        books.answer(i)


def dispute(books: Books, draw: Draw) -> None:
    for i in one_of(in_state(books, ClaimState.CLAIMED), draw):
        first = books.account.claims[i].claim.lines[0]
        books.answer(i, (1, draw(0, first.minor - 1)))


def concede(books: Books, draw: Draw) -> None:
    for i in one_of(in_state(books, ClaimState.DISPUTED), draw):
        books.concede(books.account.claims[i].answer_id)


def again(books: Books, draw: Draw) -> None:
    for i in one_of(in_state(books, ClaimState.DISPUTED), draw):
        books.answer(i, before=books.account.claims[i].answer_id)


def net(books: Books, draw: Draw) -> None:
    held = {i for one in books.account.nettings.values() for i in one.claims}
    free = [i for i in in_state(books, ClaimState.ACKNOWLEDGED) if i not in held]
    chosen = [i for i in free if draw(0, 1)]
    if chosen:
        books.net(PARTIES[draw(0, 1)], *chosen, agree=bool(draw(0, 1)))


def agree(books: Books, draw: Draw) -> None:
    waiting = [i for i, one in books.account.nettings.items() if not one.agreed]
    for i in one_of(waiting, draw):
        books.agree(i)


def advise(books: Books, draw: Draw) -> None:
    nettings = books.account.nettings
    for i in one_of([i for i, one in nettings.items() if one.agreed and one.to_advise], draw):
        books.advise(i, draw(1, nettings[i].to_advise))


def confirm(books: Books, draw: Draw) -> None:
    nettings = books.account.nettings.values()
    told = {i: advice for one in nettings for i, advice in one.advices.items()}
    done = {r.header.predecessors[0] for one in nettings for r in one.receipts.values()}
    for i in one_of([i for i in told if i not in done], draw):
        books.confirm(i, draw(1, told[i].minor))


STEPS = (claim, answer, dispute, concede, again, net, agree, advise, confirm)


@st.composite
def histories(draw: st.DrawFn) -> Books:
    books = Books()
    for _ in range(draw(st.integers(1, 14))):
        draw(st.sampled_from(STEPS))(books, lambda a, b: draw(st.integers(a, b)))
    return books


def taken(books: Books, order: Sequence[SettlementSaid]) -> Account:
    """What a node holds that hears these in some order, each when what it builds on is there."""
    account, waiting = Account(key=KEY), list(order)
    while waiting:
        left = []
        for one in waiting:
            try:
                account = admit(account, one, grounds=books.grounds[one.statement_id], pack=PACK)
            except InvalidInputError:
                left.append(one)
        if len(left) == len(waiting):
            raise AssertionError("what one node accepted the other refuses for ever")
        waiting = left
    return account


def view(account: Account) -> tuple[Ledger, dict[bytes, ClaimState]]:
    return ledger_of(account), {i: account.state(i) for i in account.claims}


@given(histories())
@settings(max_examples=150, deadline=None)
def test_the_books_balance_after_every_statement(books: Books) -> None:
    account = Account(key=KEY)
    for one in books.said:
        account = admit(account, one, grounds=books.grounds[one.statement_id], pack=PACK)
        ledger = ledger_of(account)  # raises if an entry, a book or its mirror is off
        assert sum(ledger.balances.values()) == 0


@given(histories())
@settings(max_examples=100, deadline=None)
def test_no_claim_is_counted_twice(books: Books) -> None:
    ledger = ledger_of(books.account)
    for party in PARTIES:
        claimed = sum(
            one.minor for one in books.account.claims.values() if one.claim.creditor == party
        )
        assert ledger.balance(party, Book.RECOVERED) == -claimed
    netted = [claim for one in books.account.nettings.values() for claim in one.claims]
    assert len(netted) == len(set(netted))
    for one in books.account.nettings.values():
        assert 0 <= one.received <= one.netting.minor
        assert one.to_advise >= 0


@given(histories(), st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None)
def test_both_sides_derive_the_same_ledger_from_the_same_statements(
    books: Books, random: object
) -> None:
    """Each side hears its own statements in order, and the other's in theirs, mixed anyhow."""
    queues = {
        party: [one for one in books.said if one.statement.header.sender == party]
        for party in PARTIES
    }
    mixed: list[SettlementSaid] = []
    while any(queues.values()):
        party = random.choice([one for one in PARTIES if queues[one]])  # type: ignore[attr-defined]
        mixed.append(queues[party].pop(0))
    assert view(taken(books, mixed)) == view(books.account)


@given(histories(), st.integers(0, 13))
@settings(max_examples=100, deadline=None)
def test_replay_changes_nothing(books: Books, upto: int) -> None:
    account = books.account
    for one in books.said[:upto]:
        assert admit(account, one) is account


@dataclass
class Grouping:
    """The same claims netted in groups; what is left to pay each way."""

    books: Books = field(default_factory=Books)

    def position(self, groups: Sequence[Sequence[bytes]], starter: Sequence[int]) -> int:
        for group, who in zip(groups, starter, strict=True):
            self.books.net(PARTIES[who], *group)
        return ledger_of(self.books.account).balance(SPAIN, Book.NET)


@given(
    st.lists(st.tuples(st.sampled_from(PARTIES), AMOUNTS), min_size=1, max_size=8),
    st.data(),
)
@settings(max_examples=80, deadline=None)
def test_netting_in_any_order_and_grouping_gives_the_same(
    owed: list[tuple[object, int]], data: st.DataObject
) -> None:
    expected = sum(minor if who == SPAIN else -minor for who, minor in owed)
    grouping = Grouping()
    claims = []
    for number, (who, minor) in enumerate(owed):
        claims.append(grouping.books.claim(who, f"case {number}", minor))  # type: ignore[arg-type]
    for claim in data.draw(st.permutations(claims)):
        grouping.books.answer(claim)
    order = data.draw(st.permutations(claims))
    cuts = sorted(
        data.draw(st.sets(st.integers(1, len(order) - 1)) if len(order) > 1 else st.just(set()))
    )
    groups = [order[a:b] for a, b in zip([0, *cuts], [*cuts, len(order)], strict=True)]
    starters = data.draw(st.lists(st.integers(0, 1), min_size=len(groups), max_size=len(groups)))
    assert grouping.position(groups, starters) == expected
    ledger = ledger_of(grouping.books.account)
    assert ledger.balance(FRANCE, Book.NET) == -expected
    assert ledger.balance(SPAIN, Book.RECEIVABLE) == ledger.balance(SPAIN, Book.PAYABLE) == 0
