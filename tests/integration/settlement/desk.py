"""What officers of INSS and CNAV do at their nodes about money, and a case that gives cause."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from portability.core.periods import Duration
from portability.ledger.envelope import sign_envelope, statement_id
from portability.recognition.statements import Header
from portability.settlement.account import Account, AccountKey, account_key
from portability.settlement.admission import netting_sums
from portability.settlement.advice import advice_digest
from portability.settlement.statements import (
    Netting,
    NettingAgreement,
    PaymentAdvice,
    PaymentReceipt,
    RefundClaim,
    SettlementStatement,
)
from portability.v1 import recognition_service_pb2 as cases_pb
from portability.v1 import record_pb2, settlement_pb2
from portability.v1 import settlement_service_pb2 as pb
from portability.wire.consent_parts import party_to_pb
from portability.wire.envelope import envelope_to_pb
from portability.wire.record import declared_to_pb
from portability.wire.settlement import (
    settlement_statement_from_payload,
    settlement_statement_to_payload,
    settlement_statement_type,
)
from tests.integration.recognition.world import (
    AT_CNAV,
    AT_INSS,
    SIGNERS,
    Federation,
    Node,
    Rosa,
    consent,
    sign_in,
)

KEY: AccountKey = account_key(AT_INSS, AT_CNAV, "EUR")
AWARD = date(2026, 2, 1)


@dataclass
class Desk:
    """An institution's officer at its own node."""

    node: Node

    def header(self, *predecessors: bytes) -> Header:
        return replace(self.node.header("", *predecessors), case_id="")

    async def prepare(self, case: str, **changes: Any) -> RefundClaim:
        """The claim that the node computes for four months of overpaid pension."""
        asked: dict[str, Any] = {
            "case": case,
            "kind": settlement_pb2.REFUND_KIND_OVERPAYMENT,
            "first_month": AWARD.isoformat(),
            "months": 4,
        }
        answer = await self.node.cases.settlement.PrepareClaim(
            pb.PrepareClaimRequest(
                debtor=party_to_pb(KEY.other(self.node.institution)),
                lines=[pb.ClaimedMonths(**asked | changes)],
            ),
            self.node.agency,
        )
        assert answer.explanation[-1].startswith("line 1: ")  # no term for what is set off
        found = settlement_statement_from_payload(answer.payload_type, answer.payload)
        assert isinstance(found, RefundClaim)
        return found

    async def say(self, statement: SettlementStatement) -> bytes:
        """Sign and hand in; its id."""
        kind, payload = (
            settlement_statement_type(statement),
            settlement_statement_to_payload(statement),
        )
        envelope = sign_envelope(kind, payload, SIGNERS[self.node.code])
        answer = await self.node.cases.settlement.SubmitSettlementStatement(
            pb.SubmitSettlementStatementRequest(envelope=envelope_to_pb(envelope)),
            self.node.agency,
        )
        assert answer.statement.envelope.payload == payload
        return statement_id(kind, payload)

    async def undelivered(self) -> list[cases_pb.UndeliveredStatement]:
        """What of the account the other side could not be given, as the node tells."""
        answer = await self.node.cases.settlement.ListSettlementStatements(
            pb.ListSettlementStatementsRequest(
                account=pb.SettlementAccount(
                    counterparty=party_to_pb(KEY.other(self.node.institution)), currency="EUR"
                )
            ),
            self.node.agency,
        )
        return list(answer.undelivered)

    async def account(self) -> Account:
        """The account as the node shows it."""
        answer = await self.node.cases.settlement.ListSettlementStatements(
            pb.ListSettlementStatementsRequest(
                account=pb.SettlementAccount(
                    counterparty=party_to_pb(KEY.other(self.node.institution)), currency="EUR"
                )
            ),
            self.node.agency,
        )
        envelopes = [one.envelope for one in answer.statements]
        return Account(
            key=KEY,
            accepted={
                statement_id(one.payload_type, one.payload): settlement_statement_from_payload(
                    one.payload_type, one.payload
                )
                for one in envelopes
            },
        )

    async def net(self, *claims: bytes) -> bytes:
        account = await self.account()
        endings = tuple(sorted(account.claims[one].ending for one in claims))
        own, theirs = netting_sums(account, self.node.institution, endings)
        return await self.say(
            Netting(
                header=self.header(*endings),
                counterparty=KEY.other(self.node.institution),
                currency="EUR",
                owed_to_sender=own,
                owed_by_sender=theirs,
            )
        )

    async def agree(self, netting: bytes) -> bytes:
        return await self.say(NettingAgreement(header=self.header(netting)))

    async def advise(self, netting: bytes, minor: int) -> bytes:
        account, day = await self.account(), date(2026, 12, 1)
        return await self.say(
            PaymentAdvice(
                header=self.header(netting),
                minor=minor,
                value_date=day,
                file_digest=advice_digest(account, netting, minor, day),
            )
        )

    async def confirm(self, advice: bytes, minor: int) -> bytes:
        return await self.say(PaymentReceipt(header=self.header(advice), minor=minor))


async def overpaid(federation: Federation, rosa: Rosa) -> str:
    """
    A case in which INSS paid 1200 EUR a month provisionally, while CNAV was silent, and owes 400;
    CNAV owes 1000. Its name.
    """
    spain, france = federation.nodes
    await france.insure(rosa.at_france, *range(1985, 2005))
    await spain.insure(rosa.at_spain, *range(2005, 2015))
    opened = await spain.open_case(rosa.at_spain, AT_CNAV)
    name = opened.case.name
    wires = (spain.wires["FR"], france.wires["ES"])
    for wire in wires:
        wire.trouble = lambda: "lost"
    await spain.ask(opened, await consent(federation, rosa))
    await spain.cases.driver.work_through()
    for days in (61, 30, 30, 30):
        federation.clock.now += timedelta(days=days)
        await spain.cases.driver.work_through()
    await determine(spain, name, 120_000, missing_at_most=declared_to_pb(Duration(years=30)))
    for wire in wires:
        wire.trouble = lambda: ""
    await federation.settle()
    await spain.ask(opened, await consent(federation, await sign_in(federation, rosa)))
    await federation.settle()
    await determine(spain, name, 120_000)
    await determine(france, name, 150_000)
    await federation.settle()
    return name


async def determine(node: Node, case: str, theoretical: int, **more: Any) -> None:
    scheme = cases_pb.SchemeFacts(
        unit="months", theoretical=record_pb2.Money(minor_units=theoretical, currency="EUR")
    )
    prepared = await node.cases.recognition.PrepareDetermination(
        cases_pb.PrepareDeterminationRequest(case=case, scheme=scheme, **more), node.agency
    )
    await node.submit(prepared.payload_type, prepared.payload)
