"""
Double entry: each institution's books of an account, derived from its statements.

Every entry balances for each institution by itself: debits are positive, credits negative, and
their sum is nought. What one books as receivable the other books as payable. Amounts are minor
units of the account's currency and move on paper only: ``transfers`` is what the institutions have
told each other that they paid and received.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from portability.consent.scope import Party
from portability.errors import ProofError
from portability.settlement.account import Account, Claimed, said_at
from portability.settlement.statements import RefundClaim


class Book(StrEnum):
    """What an institution keeps apart."""

    RECEIVABLE = "receivable"
    PAYABLE = "payable"
    RECOVERED = "recovered-benefits"
    REFUNDED = "refunded-benefits"
    NET = "net-position"
    TRANSFERS = "transfers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """One side of an entry; a debit is positive."""

    party: Party
    book: Book
    minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What one statement changes in the books of both institutions."""

    statement_id: bytes
    text: str
    postings: tuple[Posting, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """The entries of an account in the order of their statements, and what each book holds."""

    entries: tuple[Entry, ...]
    balances: Mapping[tuple[Party, Book], int]

    def balance(self, party: Party, book: Book) -> int:
        """Debits less credits."""
        return self.balances.get((party, book), 0)


def ledger_of(account: Account) -> Ledger:
    """The books of both institutions. Raises ProofError if they do not balance."""
    entries = tuple(
        sorted(
            (*_acknowledged(account), *_set_off(account), *_paid(account)),
            key=lambda one: said_at(one.statement_id, account.accepted[one.statement_id]),
        )
    )
    balances: dict[tuple[Party, Book], int] = {}
    for entry in entries:
        for posting in entry.postings:
            at = (posting.party, posting.book)
            balances[at] = balances.get(at, 0) + posting.minor
    check_balance(entries, balances)
    return Ledger(entries=entries, balances=balances)


def check_balance(entries: Sequence[Entry], balances: Mapping[tuple[Party, Book], int]) -> None:
    """Raise ProofError unless every entry and all books together come to nought."""
    for entry in entries:
        by_party: dict[Party, int] = {}
        for posting in entry.postings:
            by_party[posting.party] = by_party.get(posting.party, 0) + posting.minor
        if any(by_party.values()):
            raise ProofError(
                f"the entry of statement {entry.statement_id.hex()[:16]} does not balance"
            )
    parties = sorted({party for party, _ in balances})
    for party in parties:
        if sum(minor for (whose, _), minor in balances.items() if whose == party):
            raise ProofError(f"the books of {party} do not balance")
    for book, mirror in (
        (Book.RECEIVABLE, Book.PAYABLE),
        (Book.NET, Book.NET),
        (Book.TRANSFERS, Book.TRANSFERS),
    ):
        if _total(balances, book) + (_total(balances, mirror) if mirror is not book else 0):
            raise ProofError(f"what one institution books as {book} the other does not mirror")


def _total(balances: Mapping[tuple[Party, Book], int], book: Book) -> int:
    return sum(minor for (_, which), minor in balances.items() if which is book)


def _acknowledged(account: Account) -> Iterator[Entry]:
    """Of each claim what its answer in force acknowledges."""
    for claimed in account.claims.values():
        if not claimed.minor:
            continue
        yield Entry(
            statement_id=claimed.answer_id,
            text=f"claim {claimed.claim_id.hex()[:16]} acknowledged",
            postings=_both(
                claimed.claim,
                claimed.minor,
                creditor=(Book.RECEIVABLE, Book.RECOVERED),
                debtor=(Book.REFUNDED, Book.PAYABLE),
            ),
        )


def _set_off(account: Account) -> Iterator[Entry]:
    for netted in account.nettings.values():
        if netted.agreed:
            yield Entry(
                statement_id=netted.netting_id,
                text="1 claim set off"
                if len(netted.claims) == 1
                else f"{len(netted.claims)} claims set off",
                postings=tuple(
                    posting for one in netted.claims for posting in _moved(account.claims[one])
                ),
            )


def _moved(claimed: Claimed) -> tuple[Posting, ...]:
    return _both(
        claimed.claim,
        claimed.minor,
        creditor=(Book.NET, Book.RECEIVABLE),
        debtor=(Book.PAYABLE, Book.NET),
    )


def _paid(account: Account) -> Iterator[Entry]:
    for netted in account.nettings.values():
        payer = netted.netting.payer
        if payer is None:
            continue
        payee = account.key.other(payer)
        for i, receipt in netted.receipts.items():
            yield Entry(
                statement_id=i,
                text=f"paid on netting {netted.netting_id.hex()[:16]}",
                postings=(
                    *_pair(payer, Book.NET, Book.TRANSFERS, receipt.minor),
                    *_pair(payee, Book.TRANSFERS, Book.NET, receipt.minor),
                ),
            )


def _both(
    claim: RefundClaim,
    minor: int,
    *,
    creditor: tuple[Book, Book],
    debtor: tuple[Book, Book],
) -> tuple[Posting, ...]:
    """Debit and credit at the creditor, and debit and credit at the debtor."""
    return (*_pair(claim.creditor, *creditor, minor), *_pair(claim.debtor, *debtor, minor))


def _pair(party: Party, debit: Book, credit: Book, minor: int) -> tuple[Posting, Posting]:
    return (
        Posting(party=party, book=debit, minor=minor),
        Posting(party=party, book=credit, minor=-minor),
    )
