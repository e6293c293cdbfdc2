"""
An account: everything that two institutions have said to each other about money in one currency.

It is the set of the accepted statements and nothing else; claims, nettings and the ledger are
computed from it, so order and repetition of delivery cannot matter.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import TypeVar, cast

from portability.consent.scope import Party
from portability.settlement.statements import (
    ClaimAnswer,
    ClaimConcession,
    Netting,
    NettingAgreement,
    PaymentAdvice,
    PaymentReceipt,
    RefundClaim,
    RefundKind,
    SettlementSaid,
    SettlementStatement,
)

T = TypeVar("T", bound=SettlementStatement)
MonthKey = tuple[Party, RefundKind, str, date]
"""Creditor, kind, case and month: what may be claimed once."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class AccountKey:
    """Whose account: two institutions, the one that sorts first before the other; a currency."""

    first: Party
    second: Party
    currency: str

    def other(self, party: Party) -> Party:
        return self.second if party == self.first else self.first


def account_key(one: Party, other: Party, currency: str) -> AccountKey:
    """The account of two institutions, whoever is named first."""
    first, second = sorted((one, other))
    return AccountKey(first=first, second=second, currency=currency)


class ClaimState(StrEnum):
    """How far a claim is."""

    CLAIMED = "claimed"
    DISPUTED = "disputed"
    ACKNOWLEDGED = "acknowledged"
    NETTED = "netted"
    PART_PAID = "part-paid"
    SETTLED = "settled"


@dataclass(frozen=True, kw_only=True)
class Account:
    """``accepted`` maps the id of each statement to what it says, in the order of acceptance."""

    key: AccountKey
    accepted: Mapping[bytes, SettlementStatement] = field(
        default_factory=lambda: MappingProxyType({})
    )

    def adding(self, said: SettlementSaid) -> "Account":
        """With one statement more; the same account if it is there already."""
        if said.statement_id in self.accepted:
            return self
        merged = MappingProxyType({**self.accepted, said.statement_id: said.statement})
        return replace(self, accepted=merged)

    def of_kind(self, kind: type[T]) -> Mapping[bytes, T]:
        """All statements of one kind, in an order that both parties share."""
        return cast("Mapping[bytes, T]", self._by_kind.get(kind, {}))

    @cached_property
    def _by_kind(self) -> Mapping[type, Mapping[bytes, SettlementStatement]]:
        found: dict[type, dict[bytes, SettlementStatement]] = {}
        for i, one in sorted(self.accepted.items(), key=lambda item: said_at(*item)):
            found.setdefault(type(one), {})[i] = one
        return found

    @cached_property
    def answers(self) -> Mapping[bytes, Mapping[bytes, ClaimAnswer]]:
        """The answers to each claim, by the claim's id."""
        return _grouped(self.of_kind(ClaimAnswer))

    @cached_property
    def claims(self) -> Mapping[bytes, "Claimed"]:
        """Every claim with what became of it."""
        fixed = {
            self.claim_of(one): one
            for netted in self.nettings.values()
            for one in netted.netting.header.predecessors
        }
        return {
            i: _claimed(self, i, claim, fixed.get(i, b""))
            for i, claim in self.of_kind(RefundClaim).items()
        }

    @cached_property
    def nettings(self) -> Mapping[bytes, "Netted"]:
        """Every netting with what became of it."""
        return _nettings(self)

    @cached_property
    def months(self) -> Mapping[MonthKey, bytes]:
        """Which claim holds which month."""
        return {
            (one.creditor, line.kind, line.case_id, month): i
            for i, one in self.of_kind(RefundClaim).items()
            for line in one.lines
            for month in line.each_month
        }

    @cached_property
    def concessions(self) -> Mapping[bytes, bytes]:
        """The concession of each answer that was conceded; the first of several."""
        found: dict[bytes, bytes] = {}
        for i, one in self.of_kind(ClaimConcession).items():
            found.setdefault(one.header.predecessors[0], i)
        return found

    def claim_of(self, ending: bytes) -> bytes:
        """The claim that an answer or a concession is about; empty for anything else."""
        found = self.accepted.get(_answer_of(self, ending))
        return found.header.predecessors[0] if isinstance(found, ClaimAnswer) else b""

    @cached_property
    def _netting_of(self) -> Mapping[bytes, "Netted"]:
        return {claim: one for one in self.nettings.values() for claim in one.claims}

    def state(self, claim_id: bytes) -> ClaimState:
        """How far a claim is: what it says of itself, then what its netting came to."""
        claimed = self.claims[claim_id]
        netting = self._netting_of.get(claim_id)
        if netting is None or not netting.agreed:
            return claimed.state
        if not netting.outstanding:
            return ClaimState.SETTLED
        return ClaimState.PART_PAID if netting.received else ClaimState.NETTED


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """
    A claim and its answer in force. ``accepted`` is the amount acknowledged by line.

    ``ending`` is the statement that fixes the amounts for netting, empty while there is a dispute
    or no answer.
    """

    claim_id: bytes
    claim: RefundClaim
    answer_id: bytes
    answer: ClaimAnswer | None
    ending: bytes
    accepted: Mapping[int, int]

    @property
    def minor(self) -> int:
        """What is acknowledged of it."""
        return sum(self.accepted.values())

    @property
    def state(self) -> ClaimState:
        if self.ending:
            return ClaimState.ACKNOWLEDGED
        return ClaimState.CLAIMED if self.answer is None else ClaimState.DISPUTED


@dataclass(frozen=True, slots=True, kw_only=True)
class Netted:
    """
    A netting in force. ``claims`` are those it sets off, ``advised`` and ``received`` minor units.

    ``outstanding`` is what the payee has not confirmed; ``to_advise`` what may still be announced.
    """

    netting_id: bytes
    netting: Netting
    claims: tuple[bytes, ...]
    agreed: bool
    advices: Mapping[bytes, PaymentAdvice]
    receipts: Mapping[bytes, PaymentReceipt]

    @property
    def received(self) -> int:
        return sum(one.minor for one in self.receipts.values())

    @property
    def outstanding(self) -> int:
        return self.netting.minor - self.received

    @property
    def to_advise(self) -> int:
        """An advice counts with what was received on it, and in full until then."""
        taken = {one.header.predecessors[0]: one.minor for one in self.receipts.values()}
        return self.netting.minor - sum(taken.get(i, one.minor) for i, one in self.advices.items())


def said_at(statement_id: bytes, statement: SettlementStatement) -> tuple[datetime, bytes]:
    """What statements are put in order by: both parties hold the same."""
    return statement.header.created, statement_id


def accepted_by(claim: RefundClaim, answer: ClaimAnswer | None) -> dict[int, int]:
    """What an answer acknowledges of each line."""
    if answer is None:
        return {}
    disputed = {one.line: one.accepted for one in answer.disputes}
    return {line.number: disputed.get(line.number, line.minor) for line in claim.lines}


def _claimed(account: Account, claim_id: bytes, claim: RefundClaim, fixed: bytes) -> Claimed:
    """
    ``fixed`` is the ending that a netting in force rests on.

    Without one an answer that disputes nothing stands before a concession of an earlier one.
    """
    answers = account.answers.get(claim_id, {})
    endings = {i: i for i, one in answers.items() if not one.disputes} | {
        i: account.concessions[i]
        for i, one in answers.items()
        if one.disputes and i in account.concessions
    }
    replaced = {one.header.predecessors[1] for one in answers.values() if _replaces(one)}
    last = [i for i in answers if i not in replaced]
    in_force = next(iter((*endings, *last)), b"")
    if fixed:  # one of several concessions of an answer, perhaps: the date decides nothing
        in_force = _answer_of(account, fixed)
        endings[in_force] = fixed
    answer = answers.get(in_force)
    return Claimed(
        claim_id=claim_id,
        claim=claim,
        answer_id=in_force,
        answer=answer,
        ending=endings.get(in_force, b""),
        accepted=accepted_by(claim, answer),
    )


def _answer_of(account: Account, ending: bytes) -> bytes:
    """The answer that a concession concedes; anything else stands for itself."""
    said = account.accepted.get(ending)
    return said.header.predecessors[0] if isinstance(said, ClaimConcession) else ending


def _replaces(answer: ClaimAnswer) -> bool:
    return len(answer.header.predecessors) > 1


def _nettings(account: Account) -> dict[bytes, Netted]:
    """
    Nettings in force: where two cross, that of the institution that sorts first stands.

    An agreed one stands always; who has one open may not agree to another of the same claims.
    """
    all_ = account.of_kind(Netting)
    agreed = {one.header.predecessors[0] for one in account.of_kind(NettingAgreement).values()}
    claims = {i: netted_claims(account, one) for i, one in all_.items()}
    advices = _grouped(account.of_kind(PaymentAdvice))
    receipts = _grouped(account.of_kind(PaymentReceipt))
    rank = sorted(
        all_, key=lambda i: (i not in agreed, all_[i].header.sender, *said_at(i, all_[i]))
    )
    taken: set[bytes] = set()
    standing: dict[bytes, Netted] = {}
    for i in rank:
        if not taken.isdisjoint(claims[i]):
            continue
        taken.update(claims[i])
        advised = advices.get(i, {})
        standing[i] = Netted(
            netting_id=i,
            netting=all_[i],
            claims=claims[i],
            agreed=i in agreed,
            advices=advised,
            receipts={k: one for j in advised for k, one in receipts.get(j, {}).items()},
        )
    return {i: standing[i] for i in all_ if i in standing}


def netted_claims(account: Account, netting: Netting) -> tuple[bytes, ...]:
    """The claims that a netting sets off."""
    return tuple(account.claim_of(one) for one in netting.header.predecessors)


def _grouped(found: Mapping[bytes, T]) -> dict[bytes, dict[bytes, T]]:
    """By the first statement that each builds on."""
    groups: dict[bytes, dict[bytes, T]] = {}
    for i, one in found.items():
        groups.setdefault(one.header.predecessors[0], {})[i] = one
    return groups
