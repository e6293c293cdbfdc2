"""
What two institutions say to each other about money, as values.

Each class is one kind of signed statement; ``wire.settlement`` reads them from signed bytes. All
are signed by institutions. Amounts are minor units (cents) of the claim's or netting's currency;
months are written as their first day. None of them names a person: a line rests on the ids of
signed decisions. Source: 883/2004 Art 65(6), 987/2009 Art 58, 67 to 73; settlement.proto.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import Final

from portability.consent.scope import Party
from portability.core.time_limits import months_after
from portability.recognition.statements import Header


class RefundKind(StrEnum):
    """Why one institution owes another."""

    UNEMPLOYMENT = "unemployment-refund"
    OVERPAYMENT = "provisional-overpayment"
    FAMILY = "family-half"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimLine:
    """
    ``minor`` for the ``months`` from ``first_month`` on, on the creditor's ``decision``.

    ``counterpart`` is the debtor's decision in the same case, empty where it has made none;
    ``exported_months`` were paid abroad before and shorten an unemployment refund (Art 65(6)).
    """

    number: int
    kind: RefundKind
    case_id: str
    decision: bytes
    counterpart: bytes
    first_month: date
    months: int
    minor: int
    exported_months: int = 0

    @property
    def each_month(self) -> tuple[date, ...]:
        """The first day of every month that the line is for."""
        return tuple(months_after(self.first_month, n) for n in range(self.months))


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeRate:
    """Units of a currency for one euro, as the European Central Bank published them (Art 90)."""

    currency: str
    per_euro: Fraction
    published: date


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundClaim:
    """The sender asks ``debtor`` for its lines; predecessors are the decisions they rest on."""

    header: Header
    debtor: Party
    agreement: str
    currency: str
    lines: tuple[ClaimLine, ...]
    rates: tuple[ExchangeRate, ...] = ()

    @property
    def creditor(self) -> Party:
        return self.header.sender

    @property
    def minor(self) -> int:
        """The sum of all lines."""
        return sum(line.minor for line in self.lines)


class DisputeReason(StrEnum):
    """Why a debtor does not acknowledge a line as it stands."""

    ABOVE_OWN_LAW = "above-own-law"
    WRONG_MONTHS = "wrong-months"
    WRONG_RATE = "wrong-rate"
    DECISION_REPLACED = "decision-replaced"
    NOT_COMPETENT = "not-competent"
    NO_ARREARS = "no-arrears"


@dataclass(frozen=True, slots=True, kw_only=True)
class LineDispute:
    """A line that is acknowledged up to ``accepted`` only; ``detail`` says nothing of a person."""

    line: int
    reason: DisputeReason
    accepted: int
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimAnswer:
    """
    The debtor acknowledges every line that it does not dispute.

    Predecessors are the claim and, where this replaces an answer, that answer.
    """

    header: Header
    disputes: tuple[LineDispute, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimConcession:
    """The creditor lets rest what an answer disputes; its predecessor is that answer."""

    header: Header


@dataclass(frozen=True, slots=True, kw_only=True)
class Netting:
    """
    What remains of claims between two institutions in one currency once they are set off.

    Predecessors are, sorted, the answers without dispute and the concessions that end each claim.
    ``owed_to_sender`` and ``owed_by_sender`` are the sums each way.
    """

    header: Header
    counterparty: Party
    currency: str
    owed_to_sender: int
    owed_by_sender: int

    @property
    def minor(self) -> int:
        """What is paid after set-off."""
        return abs(self.owed_to_sender - self.owed_by_sender)

    @property
    def payer(self) -> Party | None:
        """Who pays; None where the sums are equal."""
        if self.owed_to_sender == self.owed_by_sender:
            return None
        owes = self.owed_by_sender > self.owed_to_sender
        return self.header.sender if owes else self.counterparty


@dataclass(frozen=True, slots=True, kw_only=True)
class NettingAgreement:
    """The other institution computed the same; its predecessor is the netting."""

    header: Header


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentAdvice:
    """
    The payer of a netting announces a payment, in whole or in part; the netting precedes.

    ``file_digest`` is SHA-256 of the JSON advice file (``settlement.advice``), 32 bytes.
    """

    header: Header
    minor: int
    value_date: date
    file_digest: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentReceipt:
    """The payee has ``minor`` of what an advice announced; its predecessor is the advice."""

    header: Header
    minor: int


SettlementStatement = (
    RefundClaim
    | ClaimAnswer
    | ClaimConcession
    | Netting
    | NettingAgreement
    | PaymentAdvice
    | PaymentReceipt
)

MAX_LINES: Final = 1_000
MAX_MONTHS: Final = 120
"""In one line; provisional payments can last years."""

MAX_MINOR: Final = 10**15
"""Bounds every amount, so that sums stay within what every database and JSON reader holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementSaid:
    """A statement whose signature by its sender has been verified, with its 32-byte id."""

    statement_id: bytes
    statement: SettlementStatement
