"""What a simulated node holds, read back out of its database and judged."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from portability.consent.scope import Party
from portability.core.periods import Period
from portability.core.supersession import in_force
from portability.errors import NotFoundError
from portability.ledger.checkpoint import unverified_checkpoint
from portability.node.audit.fsck import check_database
from portability.node.cases.loading import LoadedCase, load_case
from portability.node.records.of_person import records_of
from portability.recognition.facts import Facts, read_facts
from portability.recognition.progress import Progress, progress
from portability.recognition.statements import (
    HistoryOutcome,
    HistoryResponse,
    Said,
)
from portability.simulation.nodes.liars import Lies
from portability.simulation.nodes.process import KEYS, Process
from portability.simulation.promises import BrokenPromiseError
from portability.store import delivery, erasure_rows, log_tree, persons, receipts, streams
from portability.store.erasure_recipients import RecipientRow, list_recipients
from portability.store.exhibits import list_exhibits
from portability.store.inline import open_inline
from portability.store.set_aside import SetAsideRow, list_set_aside
from portability.store.vault import Vault

_ALL = 10_000


class Look:
    """A case as one node holds it at one moment."""

    def __init__(self, own: str, loaded: LoadedCase) -> None:
        self.own = own
        self.loaded = loaded
        self.case = loaded.case
        self.node = Party(jurisdiction=own)
        self.leads = loaded.leads

    @cached_property
    def facts(self) -> Facts:
        return read_facts(self.case)

    @cached_property
    def view(self) -> Progress:
        return progress(self.case, facts=self.facts)

    @property
    def said(self) -> list[Said]:
        """What is accepted, in the order in which it was logged."""
        accepted = self.case.accepted
        return [
            Said(statement_id=i, statement=accepted[i]) for i in self.loaded.held if i in accepted
        ]

    def releases(self) -> dict[bytes, HistoryResponse]:
        """The answers of this node by which records left it."""
        return {
            i: one
            for i, one in self.facts.responses.items()
            if one.header.sender == self.node and one.outcome is HistoryOutcome.RECORDS
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """The records here: those in force of each institution, and all that are held of others."""

    own: dict[Party, dict[bytes, Period]]
    records: frozenset[bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """An honest node, and the case as it holds it."""

    process: Process
    found: Look


async def look(process: Process, case_id: str) -> Look | None:
    """The case as the node itself loads it; None where it is not, or not any more."""
    async with process.database.read() as connection:
        try:
            loaded = await load_case(
                connection, process.database.vault, own=process.code, case_id=case_id
            )
        except NotFoundError:
            return None
    return None if loaded is None else Look(process.code, loaded)


async def stock(process: Process, person: str, case_id: str) -> Stock:
    vault = process.database.vault
    own: dict[Party, dict[bytes, Period]] = {}
    async with process.database.read() as connection:
        found = await persons.find_person(connection, person)
        held = [] if found is None else await records_of(connection, vault, found.id)
        exhibits = await list_exhibits(connection, vault, case_id)
    for one in in_force(held):
        if isinstance(one.record.content, Period):
            own.setdefault(one.record.issuer, {})[one.statement_id] = one.record.content
    return Stock(own=own, records=frozenset(one.statement_id for one in exhibits))


async def head(process: Process) -> tuple[int, bytes]:
    """Size and root of the log."""
    async with process.database.read() as connection:
        found = await log_tree.read_head(connection)
    return found.size, found.root


async def accepted(process: Process, peer: str) -> int:
    """Up to where the stream of a peer is here."""
    async with process.database.read() as connection:
        return await delivery.accepted_position(connection, peer)


async def pending(process: Process) -> dict[str, int]:
    """Peers that lack statements, and how many each."""
    async with process.database.read() as connection:
        return await delivery.list_pending_peers(connection)


async def refused(process: Process) -> list[SetAsideRow]:
    """What was set aside here."""
    async with process.database.read() as connection:
        return await list_set_aside(connection, limit=_ALL)


async def receipted(process: Process, case_id: str) -> set[bytes]:
    """The requests of a case of which the person finds a receipt at this node."""
    async with process.database.read() as connection:
        rows = await receipts.list_receipts(connection, case_id=case_id, limit=_ALL)
    return {one.request for one in rows if one.person is not None}


async def told(process: Process, lies: Lies) -> list[bytes]:
    """Which lies this node has told."""
    async with process.database.read() as connection:
        return await lies.told(connection)


async def told_of_erasure(process: Process) -> list[RecipientRow]:
    """Who had received of whom this node has erased, and what they have answered."""
    async with process.database.read() as connection:
        rows = await erasure_rows.list_erasures(connection, erasure_rows.PROVEN)
        return await list_recipients(connection, [one.name for one in rows])


async def check_streams(sender: Process, receiver: Process) -> None:
    """
    Nothing lost: whatever the sender knows to have arrived is there, in its order.

    Where it has put the proof of an erasure in place of what was on its way, that may have arrived.
    """
    async with sender.database.read() as connection:
        sent = await streams.list_sent(connection, peer=receiver.code, after=0, limit=_ALL)
        erased = await erasure_rows.list_erasures(connection, erasure_rows.PROVEN)
    async with receiver.database.read() as connection:
        there = await streams.list_received(connection, peer=sender.code, after=0, limit=_ALL)
    instead = {one.statement_id for one in erased}
    known = {one.position: one.statement_id for one in there}
    lacking = [one for one in sent if known.get(one.position) != one.statement_id]
    if any(one.statement_id not in instead or one.position not in known for one in lacking):
        raise BrokenPromiseError(
            f"{receiver.code} acknowledged what it does not have of {sender.code}"
        )


async def check_whole(process: Process, file: str) -> None:
    """
    Everything derived again from the entries, as ``portability node fsck`` does: from the file
    alone, since what the process remembers is not what it has stored.
    """
    vault = Vault(**KEYS, randomness=bytes)  # which only reads
    database = await open_inline(file, vault, lambda _, call: call())
    try:
        found = await check_database(database, process.trust)
    finally:
        await database.close()
    if not found.is_clean:
        raise BrokenPromiseError(f"the database of {process.code} is not whole: {found.difference}")


async def check_seen(process: Process, heads: Mapping[int, bytes]) -> None:
    """Append-only: each head that somebody has seen is one that this log still signs."""
    async with process.database.read() as connection:
        for size, root in heads.items():
            note = await log_tree.read_checkpoint(connection, size)
            if note is None or unverified_checkpoint(note).root != root:
                raise BrokenPromiseError(f"the log of {process.code} shows two histories")
