"""
Statements about money into their accounts: judged, logged, and sent to the other institution's
node, in one transaction, whoever said it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from portability.errors import InvalidInputError
from portability.ledger.envelope import Envelope, kind_of
from portability.node.cases.inputs import pack_of
from portability.node.log.write import NewStatement, Write
from portability.node.peers.withholding import send
from portability.node.settlement.accounts import Accounts, key_of, place_of
from portability.node.settlement.grounds import CaseGrounds
from portability.node.settlement.own_side import OwnSide
from portability.settlement.account import Account, AccountKey
from portability.settlement.admission import admit, check_dated, claimed_twice, opens
from portability.settlement.statements import (
    RefundClaim,
    SettlementSaid,
    SettlementStatement,
)
from portability.store import settlement as stored
from portability.store.engine import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardSettlement:
    """
    A statement about money whose signature by its sender was verified.

    ``peer`` is the jurisdiction that delivered it, empty for one that was handed in here.
    ``logged`` is when it was handed in, for a peer's the hour of its log; None where it was judged
    before and comes back.
    """

    envelope: Envelope
    statement_id: bytes
    key_id: bytes
    said: SettlementStatement
    peer: str
    logged: datetime | None = None


class SettlementBook:
    """Takes in what institutions say about money, within a transaction."""

    def __init__(self, *, jurisdiction: str, wake_outbox: Callable[[], None]) -> None:
        self._jurisdiction = jurisdiction
        self._wake_outbox = wake_outbox
        self._accounts = Accounts()
        self._own = OwnSide(jurisdiction=jurisdiction, accounts=self._accounts)

    async def take(self, write: Write, heard: HeardSettlement) -> None:
        """
        Judge, log and pass on a statement. Repeating it changes nothing.

        Raises InvalidInputError, in one sentence, for what its sender may not say; nothing is
        written then.
        """
        if await stored.find_statement(write.connection, heard.statement_id) is not None:
            return
        if isinstance(heard.said, RefundClaim) and heard.logged is not None:
            check_dated(heard.said, heard.logged)
        await self.put_back(write, heard)
        if not heard.peer:
            await self._own.check(write, heard.said)
            key = await self._key_of(write.connection, heard.said)
            other = key.other(heard.said.header.sender)
            kind = kind_of(heard.envelope.payload_type)
            await send(write, other.jurisdiction, heard.statement_id, kind)
            write.after_commit(self._wake_outbox)

    async def put_back(self, write: Write, heard: HeardSettlement) -> None:
        """
        Judge and log a statement; what this jurisdiction said is in the stream already.

        Raises as ``take``.
        """
        key = await self._key_of(write.connection, heard.said)
        account = await self._accounts.load(
            write.connection, write.vault, key, pending=write.statements
        )
        said = SettlementSaid(statement_id=heard.statement_id, statement=heard.said)
        if isinstance(heard.said, RefundClaim):
            await self._admit_claim(write, account, said, heard.said)
        else:
            admit(account, said)
        await self._log(write, key, heard)

    async def _key_of(self, connection: Connection, said: SettlementStatement) -> AccountKey:
        key = opens(said)
        if key is None:
            before = said.header.predecessors[:1]
            row = await stored.find_statement(connection, before[0]) if before else None
            if row is None:
                raise InvalidInputError(
                    "the statement answers one that this node does not hold; send that first",
                    field="predecessors",
                )
            key = key_of(row.place)
        if self._jurisdiction not in {key.first.jurisdiction, key.second.jurisdiction}:
            raise InvalidInputError(
                "the statement is between institutions of other jurisdictions", field="debtor"
            )
        return key

    async def _admit_claim(
        self, write: Write, account: Account, said: SettlementSaid, claim: RefundClaim
    ) -> None:
        pack = pack_of(claim.agreement)
        reader = CaseGrounds(
            jurisdiction=self._jurisdiction, connection=write.connection, vault=write.vault
        )
        grounds = await reader.of_claim(claim, write.statements)
        admit(account, said, grounds=grounds, pack=pack)
        await _check_elsewhere(write.connection, claim)
        await stored.add_months(write.connection, month_rows(said.statement_id, claim))

    async def _log(self, write: Write, key: AccountKey, heard: HeardSettlement) -> None:
        row = await write.log(
            NewStatement(
                envelope=heard.envelope,
                statement_id=heard.statement_id,
                kind=kind_of(heard.envelope.payload_type),
                key_id=heard.key_id,
                person=None,  # it names nobody, and accounts outlast whoever they are about
            )
        )
        place = place_of(key)
        await stored.add_statement(
            write.connection,
            stored.SettlementRow(
                statement_id=heard.statement_id,
                leaf_index=row.leaf_index,
                first=place.first,
                second=place.second,
                currency=place.currency,
                peer=heard.peer,
                create_time=write.now,
            ),
        )


async def _check_elsewhere(connection: Connection, claim: RefundClaim) -> None:
    """
    Refuse months that the creditor claims already, of this debtor or any, in any case of the same
    person, be it in this very claim.
    """
    for at, line in enumerate(claim.lines):
        cases = await stored.cases_of_same_person(connection, line.case_id)
        found = await stored.find_months(
            connection, creditor=str(claim.creditor), kind=line.kind.value, case_ids=cases
        )
        taken = {one.month for one in found}
        for other in claim.lines[:at]:
            if other.kind is line.kind and other.case_id in cases:
                taken.update(other.each_month)
        twice = next((month for month in line.each_month if month in taken), None)
        if twice is not None:
            raise claimed_twice(line, f"{twice:%Y-%m}")


def month_rows(claim_id: bytes, claim: RefundClaim) -> list[stored.MonthRow]:
    """The months that a claim takes."""
    return [
        stored.MonthRow(
            creditor=str(claim.creditor),
            kind=line.kind.value,
            case_id=line.case_id,
            month=month,
            claim=claim_id,
        )
        for line in claim.lines
        for month in line.each_month
    ]
