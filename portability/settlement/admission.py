"""
Who may say what about money.

A statement is judged by its ancestors and by what its own sender said before, never by what else
happens to have arrived, so both institutions' nodes come to the same verdict:

* a creditor claims each month of a case once, for no more than the agreement allows;
* only the debtor answers a claim, only the creditor concedes what the answer disputes;
* a netting rests on claims whose amounts are fixed, names each once and adds up;
* only the other institution agrees to a netting; who has one open agrees to no other of its claims;
* only the payer advises, up to what the netting comes to; only the payee confirms, up to the
  advice.

Source: 987/2009 Art 67 (claim, dispute, payment); README.md beside this file.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final, NoReturn, TypeVar, cast

from portability.consent.scope import Party
from portability.core.agreement import Pack
from portability.core.money import Money
from portability.errors import InvalidInputError
from portability.settlement.account import Account, AccountKey, account_key, netted_claims
from portability.settlement.advice import advice_digest
from portability.settlement.limits import Ground, limit_of
from portability.settlement.statements import (
    MAX_LINES,
    MAX_MINOR,
    MAX_MONTHS,
    ClaimAnswer,
    ClaimConcession,
    ClaimLine,
    Netting,
    NettingAgreement,
    PaymentAdvice,
    PaymentReceipt,
    RefundClaim,
    SettlementSaid,
    SettlementStatement,
)

T = TypeVar("T", bound=SettlementStatement)
Grounds = Mapping[int, Ground]
"""What each line of a claim rests on, by its number."""

NO_GROUNDS: Final[Grounds] = {}

DATED_WITHIN: Final = timedelta(hours=25)
"""A day, and the hour that a log tells no closer."""


def opens(statement: SettlementStatement) -> AccountKey | None:
    """The account that a statement names itself; None for one that answers another."""
    match statement:
        case RefundClaim():
            return account_key(statement.creditor, statement.debtor, statement.currency)
        case Netting():
            return account_key(statement.header.sender, statement.counterparty, statement.currency)
        case _:
            return None


def admit(
    account: Account,
    said: SettlementSaid,
    *,
    grounds: Grounds = NO_GROUNDS,
    pack: Pack | None = None,
) -> Account:
    """
    The account with the statement; the same account if it holds it already.

    ``grounds`` and the ``pack`` of its agreement are needed for a claim. Raises InvalidInputError,
    in one sentence, for what the sender may not say; nothing has changed then.
    """
    if said.statement_id in account.accepted:
        return account
    statement = said.statement
    if statement.header.sender not in {account.key.first, account.key.second}:
        _refuse(f"{statement.header.sender} has no part in this account", "sender")
    if isinstance(statement, RefundClaim):
        check_claim(account, statement, grounds, pack)
    else:
        _CHECKS[type(statement)](account, statement)
    return account.adding(said)


def check_claim(account: Account, claim: RefundClaim, grounds: Grounds, pack: Pack | None) -> None:
    """Raise InvalidInputError naming the line that the creditor may not claim."""
    if claim.creditor.jurisdiction == claim.debtor.jurisdiction:
        _refuse("the institutions are of one jurisdiction; an agreement is between two", "debtor")
    _check_lines(claim)
    for line in claim.lines:
        ground = grounds.get(line.number)
        if ground is None or pack is None:
            _refuse(
                f"line {line.number} rests on no decision that this node holds signed; determine "
                "in the case first, then claim on that",
                "decision",
            )
        limit = limit_of(claim, line, ground, pack)
        if line.minor > limit.minor:
            _refuse(
                f"line {line.number} asks for {_money(claim, line.minor)}, and "
                f"{' and '.join(limit.articles)} allows {_money(claim, limit.minor)}: "
                f"{limit.words}; claim no more than that",
                "minor",
            )
    _check_months(account, claim)


def _check_lines(claim: RefundClaim) -> None:
    numbers = [line.number for line in claim.lines]
    if not 1 <= len(numbers) <= MAX_LINES or numbers != list(range(1, len(numbers) + 1)):
        _refuse(f"a claim has 1 to {MAX_LINES} lines, numbered from 1", "lines")
    for line in claim.lines:
        if not 0 < line.minor <= MAX_MINOR or not 1 <= line.months <= MAX_MONTHS:
            _refuse(f"line {line.number} has no amount, or not 1 to {MAX_MONTHS} months", "lines")
    named = {one for line in claim.lines for one in (line.decision, line.counterpart) if one}
    if claim.header.predecessors != tuple(sorted(named)):
        _refuse("the claim does not name exactly the decisions of its lines", "predecessors")


def _check_months(account: Account, claim: RefundClaim) -> None:
    seen: set[tuple[object, ...]] = set()
    for line in claim.lines:
        for month in line.each_month:
            if (claim.creditor, line.kind, line.case_id, month) in account.months or (
                line.kind,
                line.case_id,
                month,
            ) in seen:
                raise claimed_twice(line, f"{month:%Y-%m}")
            seen.add((line.kind, line.case_id, month))


def check_dated(claim: RefundClaim, logged: datetime) -> None:
    """
    Refuse a claim that is dated otherwise than its creditor's log took it in, a day allowed.

    Time limits are counted by the date that the creditor writes, so it must not be chosen.
    """
    created = claim.header.created
    if abs(created - logged) > DATED_WITHIN:
        _refuse(
            f"the claim is dated {created:%Y-%m-%d} and was handed in on {logged:%Y-%m-%d}; sign "
            "it anew",
            "created",
        )


def claimed_twice(line: ClaimLine, month: str) -> InvalidInputError:
    """The refusal of a month that is claimed already, in this account or in another."""
    return InvalidInputError(
        f"line {line.number} claims {month} of a case again; each month is claimed once, so leave "
        "it out, or concede and answer the claim that has it",
        field="months",
        line=str(line.number),
    )


def _answer(account: Account, answer: ClaimAnswer) -> None:
    claim_id, *replaced = answer.header.predecessors or (b"",)
    claim = _of_kind(account, claim_id, RefundClaim)
    _said_by(answer, claim.debtor)
    before = account.answers.get(claim_id, {})
    if any(not one.disputes for one in before.values()):
        _refuse("the claim is acknowledged in full, which is not taken back", "predecessors")
    gone = {one for earlier in before.values() for one in earlier.header.predecessors[1:]}
    last = [i for i in before if i not in gone]
    if replaced != last:
        _refuse(
            "an answer names the claim and the last answer to it, which it replaces; list the "
            "claim to see that",
            "predecessors",
        )
    _check_disputes(claim, answer)


def _check_disputes(claim: RefundClaim, answer: ClaimAnswer) -> None:
    amounts = {line.number: line.minor for line in claim.lines}
    numbers = [one.line for one in answer.disputes]
    if numbers != sorted(set(numbers)) or not set(numbers) <= set(amounts):
        _refuse("an answer disputes lines of the claim, each once and in order", "disputes")
    for one in answer.disputes:
        if not 0 <= one.accepted < amounts[one.line]:
            _refuse(
                f"line {one.line} is disputed, and {_money(claim, one.accepted)} is not less than "
                f"what it claims, {_money(claim, amounts[one.line])}; accept a line by not "
                "disputing it",
                "disputes",
            )


def _concession(account: Account, concession: ClaimConcession) -> None:
    answer = _of_kind(account, _only(concession), ClaimAnswer)
    claim = _of_kind(account, answer.header.predecessors[0], RefundClaim)
    _said_by(concession, claim.creditor)
    if not answer.disputes:
        _refuse("the answer disputes nothing, so there is nothing to concede", "predecessors")


def _netting(account: Account, netting: Netting) -> None:
    sender = netting.header.sender
    endings = netting.header.predecessors
    if not endings or endings != tuple(sorted(endings)):
        _refuse("a netting names what ended each of its claims, sorted", "predecessors")
    claims = netted_claims(account, netting)
    if len(set(claims)) != len(claims):
        _refuse("the netting counts a claim twice", "predecessors")
    held = _bound(account, sender)
    if not held.isdisjoint(claims):
        _refuse("the netting holds a claim that was netted before", "predecessors")
    sums = netting_sums(account, sender, endings)
    if sums != (netting.owed_to_sender, netting.owed_by_sender):
        _refuse(
            f"the netting says {_money(netting, netting.owed_to_sender)} and "
            f"{_money(netting, netting.owed_by_sender)}, its claims come to "
            f"{_money(netting, sums[0])} and {_money(netting, sums[1])}; compute it again",
            "owed_to_sender",
        )


def _bound(account: Account, party: Party) -> set[bytes]:
    """Claims in nettings that a party proposed or agreed to: it says nothing else about them."""
    agreed = {
        one.header.predecessors[0]
        for one in account.of_kind(NettingAgreement).values()
        if one.header.sender == party
    }
    return {
        claim
        for i, one in account.of_kind(Netting).items()
        if one.header.sender == party or i in agreed
        for claim in netted_claims(account, one)
        if not _is_void(account, i)
    }


def _is_void(account: Account, netting_id: bytes) -> bool:
    return netting_id not in account.nettings


def netting_sums(account: Account, party: Party, endings: tuple[bytes, ...]) -> tuple[int, int]:
    """What these come to: owed to the party, and by it. Raises InvalidInputError."""
    to_party = by_party = 0
    for ending in endings:
        amount, creditor = ended(account, ending)
        if creditor == party:
            to_party += amount
        else:
            by_party += amount
    return to_party, by_party


def ended(account: Account, ending: bytes) -> tuple[int, Party]:
    """The amount that an answer without dispute or a concession fixes, and who gets it."""
    said = account.accepted.get(ending)
    answer = said
    if isinstance(said, ClaimConcession):
        answer = account.accepted[said.header.predecessors[0]]
    if not isinstance(answer, ClaimAnswer) or (answer is said and answer.disputes):
        _refuse("a netting rests on claims that are acknowledged or conceded", "predecessors")
    claim = _of_kind(account, answer.header.predecessors[0], RefundClaim)
    disputed = {one.line: one.accepted for one in answer.disputes}
    amount = sum(disputed.get(line.number, line.minor) for line in claim.lines)
    return amount, claim.creditor


def _agreement(account: Account, agreement: NettingAgreement) -> None:
    netting_id = _only(agreement)
    netting = _of_kind(account, netting_id, Netting)
    sender = agreement.header.sender
    if sender != netting.counterparty:
        _refuse("only the other institution agrees to a netting", "sender")
    claims = netted_claims(account, netting)
    own = {
        claim
        for one in account.of_kind(Netting).values()
        if one.header.sender == sender and sender == account.key.first
        for claim in netted_claims(account, one)
    }
    if not own.isdisjoint(claims):
        _refuse(
            "the institution has proposed a netting of these claims itself, which stands before "
            "this one; wait for the answer to it",
            "predecessors",
        )


def _advice(account: Account, advice: PaymentAdvice) -> None:
    netting_id = _only(advice)
    netted = account.nettings.get(netting_id)
    netting = _of_kind(account, netting_id, Netting)
    if netted is None or not netted.agreed:
        _refuse("the netting is not agreed by both institutions yet", "predecessors")
    if advice.header.sender != netting.payer:
        _refuse(f"by the netting {netting.payer or 'nobody'} pays", "sender")
    if not netted.to_advise:
        _refuse("all that the netting comes to is advised already; nothing is left to pay", "minor")
    if not 0 < advice.minor <= netted.to_advise:
        _refuse(
            f"the advice is of {_money(netting, advice.minor)}, and "
            f"{_money(netting, netted.to_advise)} of the netting are open; advise no more than "
            "that",
            "minor",
        )
    expected = advice_digest(account, netting_id, advice.minor, advice.value_date)
    if advice.file_digest != expected:
        _refuse(
            "the advice file is not the one that the netting gives; make it again with "
            "`settlement advice`",
            "file_digest",
        )


def _receipt(account: Account, receipt: PaymentReceipt) -> None:
    advice_id = _only(receipt)
    advice = _of_kind(account, advice_id, PaymentAdvice)
    _said_by(receipt, account.key.other(advice.header.sender))
    if any(
        one.header.predecessors == (advice_id,) for one in account.of_kind(PaymentReceipt).values()
    ):
        _refuse("the payment is confirmed already", "predecessors")
    if not 0 < receipt.minor <= advice.minor:
        paid, advised = (_money(account.key, one.minor) for one in (receipt, advice))
        _refuse(f"the receipt is of {paid}, and {advised} were advised", "minor")


def _money(of: AccountKey | RefundClaim | Netting, minor: int) -> Money:
    return Money(minor=minor, currency=of.currency)


def _said_by(statement: SettlementStatement, allowed: Party) -> None:
    if statement.header.sender != allowed:
        _refuse(f"only {allowed} may say this, not {statement.header.sender}", "sender")


def _only(statement: SettlementStatement) -> bytes:
    if len(statement.header.predecessors) != 1:
        _refuse("the statement must name the one statement that it answers", "predecessors")
    return statement.header.predecessors[0]


def _of_kind(account: Account, statement_id: bytes, kind: type[T]) -> T:
    found = account.accepted.get(statement_id)
    if not isinstance(found, kind):
        _refuse(f"the statement builds on one that is no {kind.__name__} here", "predecessors")
    return found


def _refuse(message: str, field: str) -> NoReturn:
    raise InvalidInputError(message, field=field)


_Check = Callable[[Account, SettlementStatement], None]
_CHECKS: Final = cast(
    "Mapping[type[SettlementStatement], _Check]",  # each check takes the kind it is listed under
    {
        ClaimAnswer: _answer,
        ClaimConcession: _concession,
        Netting: _netting,
        NettingAgreement: _agreement,
        PaymentAdvice: _advice,
        PaymentReceipt: _receipt,
    },
)
