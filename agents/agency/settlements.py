"""What an office does about money: claims, answers, nettings, advices, and the books of it all."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from agents.agency.office import Office, open_office
from agents.agency.undelivered import Undelivered, undelivered_from_pb
from agents.profile import find_profile
from agents.surroundings import Surroundings
from portability.consent.scope import Party
from portability.core.money import Money
from portability.errors import InvalidInputError, NotFoundError, ProofError
from portability.ledger.encoding import HASH_BYTES
from portability.ledger.envelope import statement_id
from portability.ledger.trust import KeyPurpose
from portability.recognition.statements import Header
from portability.settlement.account import Account, Claimed, Netted, account_key
from portability.settlement.admission import admit, netting_sums
from portability.settlement.advice import advice_json, digest_of
from portability.settlement.statements import (
    ClaimAnswer,
    ClaimConcession,
    ExchangeRate,
    LineDispute,
    Netting,
    NettingAgreement,
    PaymentAdvice,
    PaymentReceipt,
    RefundClaim,
    RefundKind,
    SettlementSaid,
    SettlementStatement,
)
from portability.v1 import settlement_service_pb2 as pb
from portability.v1.settlement_service_pb2_grpc import SettlementServiceStub
from portability.wire.consent_parts import party_to_pb
from portability.wire.envelope import envelope_to_pb
from portability.wire.proven import Proven, proven_from_pb, verify_proven
from portability.wire.settlement import (
    SETTLEMENT_TYPES,
    kind_to_pb,
    rates_to_pb,
    settlement_statement_from_payload,
    settlement_statement_to_payload,
    settlement_statement_type,
)
from portability.wire.statement_parts import party_from_pb

PAGE_SIZE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Months of a case to claim; without ``amount`` all that the agreement allows."""

    case: str
    kind: RefundKind
    debtor: Party
    first_month: date
    months: int
    amount: Money | None = None
    exported_months: int = 0
    rates: tuple[ExchangeRate, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Claiming:
    """A claim that was prepared and checked, but not signed yet, and each line in words."""

    claim: RefundClaim
    words: tuple[str, ...]


def prepare_claim(office: Office, asked: Asked) -> Claiming:
    """
    What the node computes for these months, checked against what was asked.

    Raises ProofError if the node prepared something else, InvalidInputError for an amount in
    another currency than the decision pays in.
    """
    request = pb.PrepareClaimRequest(
        debtor=party_to_pb(asked.debtor),
        lines=[
            pb.ClaimedMonths(
                case=asked.case,
                kind=kind_to_pb(asked.kind),
                first_month=asked.first_month.isoformat(),
                months=asked.months,
                minor_units=asked.amount.minor if asked.amount else 0,
                exported_months=asked.exported_months,
            )
        ],
        rates=rates_to_pb(asked.rates),
    )
    answer: pb.PrepareClaimResponse = office.session.call(_stub(office).PrepareClaim, request)
    claim = settlement_statement_from_payload(answer.payload_type, answer.payload)
    if not isinstance(claim, RefundClaim) or not _is_asked(office, claim, asked):
        raise ProofError("the node prepared another claim than was asked for; it is not signed")
    if asked.amount is not None and asked.amount.currency != claim.currency:
        raise InvalidInputError(
            f"the amount is in {asked.amount.currency}, and the decision pays in {claim.currency}; "
            "name it in that",
            field="amount",
        )
    return Claiming(claim=claim, words=tuple(answer.explanation))


def _is_asked(office: Office, claim: RefundClaim, asked: Asked) -> bool:
    if len(claim.lines) != 1:
        return False
    line = claim.lines[0]
    return (
        (claim.creditor, claim.debtor, claim.rates) == (office.party, asked.debtor, asked.rates)
        and (f"cases/{line.case_id}", line.kind) == (asked.case, asked.kind)
        and (line.first_month, line.months) == (asked.first_month, asked.months)
        and line.exported_months == asked.exported_months
        and (asked.amount is None or asked.amount.minor == line.minor)
    )


def say(office: Office, statement: SettlementStatement) -> bytes:
    """
    Sign a statement and hand it in; its id once its place in the log is proven.

    Raises ProofError or SignatureError for an acknowledgement that proves nothing.
    """
    signed_type = settlement_statement_type(statement)
    payload = settlement_statement_to_payload(statement)
    answer: pb.SubmitSettlementStatementResponse = office.session.call(
        _stub(office).SubmitSettlementStatement,
        pb.SubmitSettlementStatementRequest(
            envelope=envelope_to_pb(office.sign(signed_type, payload))
        ),
    )
    verified = verify_proven(
        proven_from_pb(answer.statement),
        office.directory,
        log_jurisdiction=office.jurisdiction,
        expected_types={signed_type},
        signer=(office.party.jurisdiction, office.party.institution, KeyPurpose.INSTITUTION),
    )
    if verified.statement_id != statement_id(signed_type, payload):
        raise ProofError("the node's proof is for another statement than the one that was sent")
    return verified.statement_id


@contextmanager
def open_desk(
    profile: Path | None, outside: Surroundings
) -> Iterator[tuple[Office, list[Account]]]:
    """The office with all of its accounts, verified."""
    with open_office(find_profile(profile), outside) as office:
        yield office, load_accounts(office)


def load_accounts(office: Office) -> list[Account]:
    """
    Every account of the institution, computed here from its verified statements.

    Raises ProofError or SignatureError for a statement that does not verify, InvalidInputError for
    one that its sender may not have said.
    """
    answer: pb.ListSettlementAccountsResponse = office.session.call(
        _stub(office).ListSettlementAccounts, pb.ListSettlementAccountsRequest()
    )
    return [_load(office, one) for one in answer.accounts]


def list_undelivered(office: Office) -> list[tuple[Party, str, Undelivered]]:
    """By other institution and currency what its node could not be given of an account, and why."""
    answer: pb.ListSettlementAccountsResponse = office.session.call(
        _stub(office).ListSettlementAccounts, pb.ListSettlementAccountsRequest()
    )
    return [
        (party_from_pb(one.counterparty, "counterparty"), one.currency, undelivered_from_pb(lost))
        for one in answer.accounts
        for page in _pages(office, one)
        for lost in page.undelivered
    ]


def _load(office: Office, listed: pb.SettlementAccount) -> Account:
    other = party_from_pb(listed.counterparty, "counterparty")
    account = Account(key=account_key(office.party, other, listed.currency))
    for proven in _statements(office, listed):
        said = _verified(office, proven)
        # what a claim rests on is in cases, and was judged by the nodes of both institutions
        is_claim = isinstance(said.statement, RefundClaim)
        account = account.adding(said) if is_claim else admit(account, said)
    return account


def _statements(office: Office, listed: pb.SettlementAccount) -> Iterator[Proven]:
    for page in _pages(office, listed):
        yield from map(proven_from_pb, page.statements)


def _pages(
    office: Office, listed: pb.SettlementAccount
) -> Iterator[pb.ListSettlementStatementsResponse]:
    token = ""
    while True:
        page: pb.ListSettlementStatementsResponse = office.session.call(
            _stub(office).ListSettlementStatements,
            pb.ListSettlementStatementsRequest(
                account=listed, page_size=PAGE_SIZE, page_token=token
            ),
        )
        yield page
        token = page.next_page_token
        if not token:
            return


def _verified(office: Office, proven: Proven) -> SettlementSaid:
    envelope = proven.envelope
    said = settlement_statement_from_payload(envelope.payload_type, envelope.payload)
    sender = said.header.sender
    verified = verify_proven(
        proven,
        office.directory,
        log_jurisdiction=office.jurisdiction,
        expected_types=SETTLEMENT_TYPES,
        signer=(sender.jurisdiction, sender.institution, KeyPurpose.INSTITUTION),
    )
    return SettlementSaid(statement_id=verified.statement_id, statement=said)


# --- what may be said next -----------------------------------------------------------------------


def answer_claim(
    office: Office, account: Account, claimed: Claimed, disputes: Sequence[LineDispute]
) -> bytes:
    """Acknowledge a claim, or the lines of it that are not disputed; replaces an answer."""
    before = (claimed.answer_id,) if claimed.answer_id else ()
    header = _header(office, claimed.claim_id, *before)
    return _say_checked(office, account, ClaimAnswer(header=header, disputes=tuple(disputes)))


def concede(office: Office, account: Account, claimed: Claimed) -> bytes:
    """Let rest what the debtor disputes."""
    if not claimed.answer_id:
        raise InvalidInputError("the claim has no answer yet; wait for it", field="claim")
    concession = ClaimConcession(header=_header(office, claimed.answer_id))
    return _say_checked(office, account, concession)


def open_netting(account: Account, party: Party) -> Netted | None:
    """A netting that the other institution has proposed and this one has not agreed to."""
    return next(
        (
            one
            for one in account.nettings.values()
            if not one.agreed and one.netting.counterparty == party
        ),
        None,
    )


def net(office: Office, account: Account) -> tuple[bytes, Netting]:
    """
    Agree to what the other institution has proposed, or propose all that is acknowledged.

    Raises InvalidInputError where there is nothing to net.
    """
    proposed = open_netting(account, office.party)
    if proposed is not None:
        header = _header(office, proposed.netting_id)
        _say_checked(office, account, NettingAgreement(header=header))
        return proposed.netting_id, proposed.netting
    held = {i for one in account.nettings.values() for i in one.claims}
    endings = sorted(
        one.ending for i, one in account.claims.items() if one.ending and i not in held
    )
    if not endings:
        raise InvalidInputError(
            "there is no acknowledged claim that is not netted yet; `settlement list` shows what "
            "waits for an answer",
            field="claims",
        )
    own, theirs = netting_sums(account, office.party, tuple(endings))
    netting = Netting(
        header=_header(office, *endings),
        counterparty=account.key.other(office.party),
        currency=account.key.currency,
        owed_to_sender=own,
        owed_by_sender=theirs,
    )
    return _say_checked(office, account, netting), netting


@dataclass(frozen=True, slots=True, kw_only=True)
class Advised:
    """A signed advice with the bytes of its JSON file."""

    advice_id: bytes
    file: bytes
    minor: int


def advise(
    office: Office, account: Account, netted: Netted, *, minor: int, value_date: date
) -> Advised:
    """Announce a payment on a netting; ``minor`` is 0 for all that is open."""
    amount = minor or netted.to_advise
    file = advice_json(account, netted.netting_id, amount, value_date)
    advice = PaymentAdvice(
        header=_header(office, netted.netting_id),
        minor=amount,
        value_date=value_date,
        file_digest=digest_of(file),
    )
    return Advised(advice_id=_say_checked(office, account, advice), file=file, minor=amount)


def confirm(office: Office, account: Account, advice_id: bytes, *, minor: int) -> int:
    """Say that a payment arrived; ``minor`` is 0 for all that was advised. What arrived."""
    amount = minor or account.of_kind(PaymentAdvice)[advice_id].minor
    receipt = PaymentReceipt(header=_header(office, advice_id), minor=amount)
    _say_checked(office, account, receipt)
    return amount


def _say_checked(office: Office, account: Account, statement: SettlementStatement) -> bytes:
    """Judge by the account before signing, so that nothing is signed that the node refuses."""
    admit(account, SettlementSaid(statement_id=bytes(HASH_BYTES), statement=statement))
    return say(office, statement)


_CALLED: Final[dict[type[SettlementStatement], str]] = {
    RefundClaim: "claim",
    Netting: "netting",
    PaymentAdvice: "advice",
}


def find_in(
    accounts: Sequence[Account], text: str, what: type[SettlementStatement]
) -> tuple[Account, bytes]:
    """The statement of a kind whose id begins so. Raises NotFoundError, InvalidInputError."""
    found = [
        (account, i)
        for account in accounts
        for i in account.of_kind(what)
        if i.hex().startswith(text.lower())
    ]
    if not found:
        raise NotFoundError(
            f"the id of no {_CALLED[what]} begins with that; `portability-agency settlement list` "
            "shows them"
        )
    if len(found) > 1:
        raise InvalidInputError(f"several ids begin with {text}; write more of it", field="id")
    return found[0]


def _header(office: Office, *predecessors: bytes) -> Header:
    return Header(
        salt=office.new_salt(),
        case_id="",
        sender=office.party,
        created=office.outside.now().replace(microsecond=0),
        predecessors=predecessors,
    )


def _stub(office: Office) -> SettlementServiceStub:
    return SettlementServiceStub(office.session.channel)
