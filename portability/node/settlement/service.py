"""SettlementService: where an institution claims, answers, nets and pays, on paper."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from portability.consent.scope import Party
from portability.errors import InvalidInputError, PreconditionError
from portability.ledger.encoding import HASH_BYTES
from portability.node.calls.caller import caller_of
from portability.node.calls.handed_in import check_own_name, verify_handed_in
from portability.node.calls.pages import page_size, read_token, write_token
from portability.node.cases.inputs import pack_of
from portability.node.cases.views import case_id_of, undelivered_to_pb
from portability.node.settlement.accounts import key_of, place_of
from portability.node.settlement.book import HeardSettlement
from portability.node.settlement.grounds import CaseGrounds
from portability.recognition.progress import progress
from portability.recognition.statements import Determination, Header
from portability.settlement.account import account_key
from portability.settlement.limits import limit_of, payment_due
from portability.settlement.statements import (
    MAX_LINES,
    MAX_MINOR,
    MAX_MONTHS,
    ClaimLine,
    RefundClaim,
    RefundKind,
)
from portability.store import settlement as stored
from portability.store.undelivered import list_undelivered_among
from portability.v1 import settlement_service_pb2 as pb
from portability.v1 import settlement_service_pb2_grpc as services
from portability.wire.consent_parts import party_to_pb
from portability.wire.envelope import envelope_from_pb
from portability.wire.proven import proven_to_pb
from portability.wire.settlement import (
    SETTLEMENT_TYPES,
    currency_from_pb,
    institution_from_pb,
    kind_from_pb,
    month_from_pb,
    rates_from_pb,
    settlement_statement_from_payload,
    settlement_statement_to_payload,
    settlement_statement_type,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from portability.ledger.envelope import Envelope
    from portability.ledger.trust import Directory
    from portability.node.calls.caller import Context
    from portability.node.cases.loading import LoadedCase
    from portability.node.log.prover import Prover
    from portability.node.log.sequencer import Sequencer
    from portability.node.log.write import Write
    from portability.node.settlement.book import SettlementBook
    from portability.settlement.statements import ExchangeRate
    from portability.store.engine import Connection, Database


class SettlementService(services.SettlementServiceServicer):
    """
    Serves agencies of this jurisdiction, each with its own accounts and cases alone.

    Which role may make which call is decided before it gets here (``calls.roles``).
    """

    def __init__(
        self,
        *,
        jurisdiction: str,
        database: Database,
        sequencer: Sequencer,
        prover: Prover,
        directory: Callable[[], Directory],
        book: SettlementBook,
        clock: Callable[[], datetime],
        randomness: Callable[[int], bytes],
    ) -> None:
        self._jurisdiction = jurisdiction
        self._database = database
        self._sequencer = sequencer
        self._prover = prover
        self._directory = directory
        self._book = book
        self._clock = clock
        self._randomness = randomness

    async def PrepareClaim(  # noqa: N802  # the name in the contract
        self, request: pb.PrepareClaimRequest, context: Context
    ) -> pb.PrepareClaimResponse:
        creditor = _party(context)
        debtor = institution_from_pb(request.debtor, "debtor")
        rates = rates_from_pb(request.rates)
        _check_asked(request.lines)
        async with self._database.read() as connection:
            drafts = [
                await self._draft(connection, creditor, debtor, number, one)
                for number, one in enumerate(request.lines, start=1)
            ]
            claim, words = await self._price(connection, creditor, debtor, drafts, rates)
        return pb.PrepareClaimResponse(
            payload=settlement_statement_to_payload(claim),
            payload_type=settlement_statement_type(claim),
            explanation=words,
        )

    async def SubmitSettlementStatement(  # noqa: N802
        self, request: pb.SubmitSettlementStatementRequest, context: Context
    ) -> pb.SubmitSettlementStatementResponse:
        envelope = envelope_from_pb(request.envelope)
        heard = read_settlement(envelope, _party(context), self._directory(), self._clock())

        async def work(write: Write) -> None:
            await self._book.take(write, heard)

        await self._sequencer.run(work)
        proven = await self._prover.prove_first(heard.statement_id)
        return pb.SubmitSettlementStatementResponse(statement=proven_to_pb(proven))

    async def ListSettlementAccounts(  # noqa: N802
        self, _request: pb.ListSettlementAccountsRequest, context: Context
    ) -> pb.ListSettlementAccountsResponse:
        caller = _party(context)
        async with self._database.read() as connection:
            found = await stored.list_accounts(connection, str(caller))
        return pb.ListSettlementAccountsResponse(
            accounts=[
                pb.SettlementAccount(
                    counterparty=party_to_pb(key_of(one).other(caller)), currency=one.currency
                )
                for one in found
            ]
        )

    async def ListSettlementStatements(  # noqa: N802
        self, request: pb.ListSettlementStatementsRequest, context: Context
    ) -> pb.ListSettlementStatementsResponse:
        other = institution_from_pb(request.account.counterparty, "counterparty")
        currency = currency_from_pb(request.account.currency)
        key = account_key(_party(context), other, currency)
        size = page_size(request.page_size)
        async with self._database.read() as connection:
            rows = await stored.list_statements(
                connection, place_of(key), after=read_token(request.page_token), limit=size + 1
            )
            ids = [row.statement_id for row in rows[:size]]
            missing = await list_undelivered_among(connection, ids)
        proven = await self._prover.prove(ids)
        token = write_token(rows[size - 1].leaf_index) if len(rows) > size else ""
        return pb.ListSettlementStatementsResponse(
            statements=[proven_to_pb(one) for one in proven],
            next_page_token=token,
            undelivered=[undelivered_to_pb(one) for one in missing],
        )

    async def _draft(
        self,
        connection: Connection,
        creditor: Party,
        debtor: Party,
        number: int,
        asked: pb.ClaimedMonths,
    ) -> tuple[LoadedCase, ClaimLine]:
        """A line on the decisions that stand in its case, with the amount that was asked for."""
        case_id = case_id_of(asked.case, "case")
        reader = self._reader(connection)
        loaded = await reader.load(case_id)
        if loaded is None or creditor not in loaded.claim.parties:
            raise InvalidInputError(f"line {number}: there is no such case here", field="case")
        standing = progress(loaded.case).standing
        if creditor not in standing:
            raise PreconditionError(
                f"line {number}: {creditor} has made no decision in the case; determine first, "
                "then claim on that",
                subject="case",
            )
        kind = kind_from_pb(asked.kind)
        line = ClaimLine(
            number=number,
            kind=kind,
            case_id=case_id,
            decision=standing[creditor],
            counterpart=standing.get(debtor, b""),
            first_month=month_from_pb(asked.first_month),
            months=asked.months,
            minor=asked.minor_units,
            exported_months=asked.exported_months if kind is RefundKind.UNEMPLOYMENT else 0,
        )
        return loaded, line

    async def _price(
        self,
        connection: Connection,
        creditor: Party,
        debtor: Party,
        drafts: Sequence[tuple[LoadedCase, ClaimLine]],
        rates: tuple[ExchangeRate, ...],
    ) -> tuple[RefundClaim, list[str]]:
        """The claim with every amount that was left to the agreement, and how it comes about."""
        first = drafts[0][0]
        named = {i for _, line in drafts for i in (line.decision, line.counterpart) if i}
        claim = RefundClaim(
            header=self._header(creditor, sorted(named)),
            debtor=debtor,
            agreement=first.claim.agreement,
            currency=_currency(first, drafts[0][1]),
            lines=tuple(line for _, line in drafts),
            rates=rates,
        )
        pack = pack_of(claim.agreement)
        reader = self._reader(connection)
        lines, words = [], []
        for loaded, line in drafts:
            ground = await reader.of_line(loaded, line, debtor, own=creditor)
            if ground is None:  # its ids were read in this very snapshot
                raise InvalidInputError("a decision of the case is gone", field="case")
            limit = limit_of(claim, line, ground, pack)
            lines.append(replace(line, minor=line.minor or limit.minor))
            words.append(f"line {line.number}: {limit.words} ({', '.join(limit.articles)})")
        due = payment_due(claim, pack, first.claim.award_date)
        if due is not None:
            words.append(f"to be paid by {due[0]} ({due[1]})")
        return replace(claim, lines=tuple(lines)), words

    def _header(self, sender: Party, predecessors: Sequence[bytes]) -> Header:
        return Header(
            salt=self._randomness(HASH_BYTES),
            case_id="",
            sender=sender,
            created=self._clock().replace(microsecond=0),
            predecessors=tuple(predecessors),
        )

    def _reader(self, connection: Connection) -> CaseGrounds:
        return CaseGrounds(
            jurisdiction=self._jurisdiction, connection=connection, vault=self._database.vault
        )


def read_settlement(
    envelope: Envelope, caller: Party, directory: Directory, now: datetime
) -> HeardSettlement:
    """
    A statement about money signed by the caller's institution, now, in its own name.

    Raises SignatureError, and InvalidInputError that names the field.
    """
    verified = verify_handed_in(envelope, SETTLEMENT_TYPES, caller, directory, now)
    said = settlement_statement_from_payload(verified.payload_type, verified.payload)
    check_own_name("statement", said.header.sender, caller)
    return HeardSettlement(
        envelope=envelope,
        statement_id=verified.statement_id,
        key_id=verified.key_ids[0],
        said=said,
        peer="",
        logged=now,
    )


def _check_asked(lines: Sequence[pb.ClaimedMonths]) -> None:
    """Bound what is computed with before any of it is: months are told one by one."""
    if not lines:
        raise InvalidInputError("lines is empty; name a case and its months", field="lines")
    if len(lines) > MAX_LINES:
        raise InvalidInputError(
            f"there are {len(lines)} lines and a claim has at most {MAX_LINES}; make several",
            field="lines",
        )
    for number, one in enumerate(lines, start=1):
        if not 1 <= one.months <= MAX_MONTHS:
            raise InvalidInputError(
                f"line {number} is of {one.months} months; name 1 to {MAX_MONTHS} in a line",
                field="months",
            )
        if not 0 <= one.minor_units <= MAX_MINOR:
            raise InvalidInputError(
                f"line {number} is of {one.minor_units} minor units; name 1 to {MAX_MINOR}, or 0 "
                "for all that the agreement allows",
                field="minor_units",
            )


def _currency(loaded: LoadedCase, line: ClaimLine) -> str:
    decision = loaded.case.accepted[line.decision]
    payable = decision.payable if isinstance(decision, Determination) else None
    if payable is None:
        raise PreconditionError(
            f"line {line.number} rests on a decision that pays nothing", subject="case"
        )
    return payable.currency


def _party(context: Context) -> Party:
    caller = caller_of(context)
    return Party(jurisdiction=caller.jurisdiction, institution=caller.institution)
