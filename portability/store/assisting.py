"""Who may sign for persons at a counter, and the documents that were prepared there."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select, update

from portability.store.engine import Connection
from portability.store.rows import add_row, fetch_all, fetch_one
from portability.store.schema import assistants, assisted_acts


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistantRow:
    """A worker or witness; ``organisation`` as in ``ES/imserso``."""

    statement_id: bytes
    leaf_index: int
    public_key: bytes
    organisation: str
    create_time: datetime
    revoke_time: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistedRow:
    """
    A document that was prepared at a counter, and when it was signed, if it was.

    ``digest`` is the statement id of the document, ``key_record`` that of the record of both keys.
    """

    digest: bytes
    person: int
    worker: bytes
    witness: bytes
    key_record: bytes
    place: str
    device: str
    offer_time: datetime
    grant_time: datetime | None = None


async def add_assistant(connection: Connection, row: AssistantRow) -> bool:
    """False if that key is enrolled already."""
    return await add_row(connection, assistants, asdict(row))


async def find_assistant(connection: Connection, statement_id: bytes) -> AssistantRow | None:
    """By the statement id of the record, revoked or not."""
    query = _ASSISTANT.where(assistants.c.statement_id == statement_id)
    return await fetch_one(connection, query, AssistantRow)


async def revoke_assistant(connection: Connection, statement_id: bytes, now: datetime) -> bool:
    """False if it is unknown or was revoked before."""
    done = await connection.execute(
        update(assistants)
        .where(assistants.c.statement_id == statement_id, assistants.c.revoke_time.is_(None))
        .values(revoke_time=now)
    )
    return done.rowcount == 1


async def add_assisted(connection: Connection, row: AssistedRow) -> bool:
    """Note that a document was prepared for a person."""
    return await add_row(connection, assisted_acts, asdict(row))


async def find_assisted(connection: Connection, digest: bytes) -> AssistedRow | None:
    """By the statement id of the document."""
    return await fetch_one(connection, _ACT.where(assisted_acts.c.digest == digest), AssistedRow)


async def note_granted(connection: Connection, digest: bytes, now: datetime) -> None:
    """The document was signed."""
    await connection.execute(
        update(assisted_acts).where(assisted_acts.c.digest == digest).values(grant_time=now)
    )


async def list_assisted(connection: Connection, since: datetime) -> list[AssistedRow]:
    """What was prepared from an instant on, oldest first."""
    query = _ACT.where(assisted_acts.c.offer_time >= since)
    return await fetch_all(connection, query.order_by(assisted_acts.c.offer_time), AssistedRow)


_ASSISTANT: Final = select(
    assistants.c.statement_id,
    assistants.c.leaf_index,
    assistants.c.public_key,
    assistants.c.organisation,
    assistants.c.create_time,
    assistants.c.revoke_time,
)
_ACT: Final = select(
    assisted_acts.c.digest,
    assisted_acts.c.person,
    assisted_acts.c.worker,
    assisted_acts.c.witness,
    assisted_acts.c.key_record,
    assisted_acts.c.place,
    assisted_acts.c.device,
    assisted_acts.c.offer_time,
    assisted_acts.c.grant_time,
)
