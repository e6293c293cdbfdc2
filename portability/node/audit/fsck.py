"""
Derive everything again from the stored entries, and name the first difference.

Entries give leaves, leaves give tiles, roots and checkpoints; envelopes give statement ids, kinds
and key ids; statements give the rows that stand for them. One snapshot is read, in pages, and
nothing is written: a node may run meanwhile.
"""

from dataclasses import asdict, dataclass
from typing import Final

from portability.errors import InvalidInputError, ProofError, StorageError
from portability.ledger.checkpoint import unverified_checkpoint
from portability.ledger.envelope import statement_id
from portability.node.audit.fsck_cases import CaseCheck
from portability.node.audit.fsck_erased import ErasedLeaves
from portability.node.audit.fsck_erasures import ErasureCheck
from portability.node.audit.fsck_links import check_links
from portability.node.audit.fsck_log import (
    Counts,
    LogCheck,
    LogTrust,
    Progress,
    check_log,
    check_published,
)
from portability.node.audit.fsck_settlement import check_settlement
from portability.store import log_tree, scan
from portability.store.engine import Connection, Database
from portability.v1 import envelope_pb2 as pb
from portability.wire.proven import proven_from_pb
from portability.wire.strict import parse_strictly

__all__ = ["Found", "LogTrust", "check_database", "damage_of"]

_DAMAGE: Final = frozenset({"altered", "damaged"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The outcome. ``difference`` is empty where everything is as it must be."""

    size: int
    checkpoints: int
    erased: int
    difference: str = ""

    @property
    def is_clean(self) -> bool:
        return not self.difference

    def to_json(self) -> dict[str, object]:
        return {"clean": self.is_clean, **asdict(self)}


async def check_database(
    database: Database, trust: LogTrust, progress: Progress = lambda _done, _all: None
) -> Found:
    """
    The first difference, or none.

    Raises StorageError for a database that cannot be read for another reason than damage.
    """
    counts = Counts()
    try:
        async with database.read() as connection:
            head = await log_tree.read_head(connection)
            erased = ErasedLeaves(own=trust.jurisdiction)
            check = LogCheck(
                trust=trust, progress=progress, head=head, erased=erased, counts=counts
            )
            check.publics = {entry.key_id: entry.public for entry in trust.directory.entries}
            await _check_all(connection, database, check)
    except ProofError as error:
        return Found(**asdict(counts), difference=error.message)
    except StorageError as error:
        return Found(**asdict(counts), difference=damage_of(error))
    return Found(**asdict(counts))


def damage_of(error: StorageError) -> str:
    """What is damaged, in one sentence; any other failure of the database is raised again."""
    if error.context.get("cause") not in _DAMAGE:
        raise error
    return error.message


async def _check_all(connection: Connection, database: Database, check: LogCheck) -> None:
    damage = await scan.find_physical_damage(connection)
    if damage:
        raise ProofError(f"the database file is damaged: {damage}")
    await check_log(connection, database, check)
    await check.erased.check(connection, database.vault)
    await check_published(connection, check)
    await _check_witnessed(connection)
    stray = await scan.find_stray_link(connection)
    if stray is not None:
        raise ProofError(f"{stray[0]}: a row names leaf {stray[1]}, which is another statement's")
    await _check_streams(connection)
    await _check_payloads(connection, database)
    await check_settlement(
        connection, database.vault, check.trust.directory, check.trust.jurisdiction
    )
    vault, trust = database.vault, check.trust
    await check_links(connection, vault, trust.directory, trust.jurisdiction)
    await CaseCheck(connection, vault, trust.directory, trust.jurisdiction).check()
    erasures = ErasureCheck(connection, vault, own=trust.jurisdiction, size=check.head.size)
    await erasures.check()


async def _check_witnessed(connection: Connection) -> None:
    for origin, size, root, note in await scan.scan_witnessed(connection):
        if not note:
            continue
        try:
            said = unverified_checkpoint(note)
        except InvalidInputError:
            raise ProofError(f"witnessed: the note of {origin} cannot be read") from None
        if (said.origin, said.size, said.root) != (origin, size, root):
            raise ProofError(f"witnessed: the note of {origin} says another head than its row")


async def _check_streams(connection: Connection) -> None:
    for one in await scan.list_streams(connection):
        if (one.first, one.last) != (1, one.count):
            raise ProofError(
                f"{one.table}: the stream of {one.peer} has {one.count} positions from "
                f"{one.first} to {one.last}, so there is a gap"
            )
    lost = await scan.find_unlogged(connection)
    if lost is not None:
        table, peer, position = lost
        raise ProofError(f"{table}: position {position} of {peer} names a statement not in the log")


async def _check_payloads(connection: Connection, database: Database) -> None:
    async for one in scan.scan_payloads(connection, database.vault):
        if one.content is scan.Opened.ALTERED:
            raise ProofError(f"{one.table}: row {one.row} does not decrypt, so it was altered")
        if one.content is scan.Opened.MISFILED:
            raise ProofError(f"{one.table}: row {one.row} is not found by the number it holds")
        if one.table == "exhibits" and isinstance(one.content, bytes):
            try:
                message = parse_strictly(pb.ProvenStatement, one.content, "exhibit")
                envelope = proven_from_pb(message).envelope
            except InvalidInputError:
                raise ProofError(f"exhibits: row {one.row} cannot be read") from None
            if statement_id(envelope.payload_type, envelope.payload) != one.statement_id:
                raise ProofError(f"exhibits: row {one.row} holds another statement")
