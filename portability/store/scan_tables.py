"""
Tables read whole by whoever checks them: rows as mappings, and rows that contradict a statement.

Nothing here writes, and nothing here decides: names of tables and columns in, rows out.
"""

from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Table, and_, func, or_, select

from portability.store import rows as sql
from portability.store.engine import Connection
from portability.store.scan import pages
from portability.store.schema import (
    acknowledgements,
    case_statements,
    checkpoints,
    consent_acts,
    consent_requests,
    consents,
    inbox,
    metadata,
    outbox,
    purpose_templates,
    receipts,
    set_aside,
    statements,
    subject_keys,
)

AT_ONCE: Final = 200
Row = Mapping[str, Any]

TIMED: Final[tuple[Table, ...]] = (
    purpose_templates,
    consent_requests,
    consents,
    consent_acts,
    receipts,
    case_statements,
)
"""Tables whose rows were written with their statement, in one transaction."""

OWNED: Final[tuple[Table, ...]] = (consent_requests, consents, receipts)
"""Those of them that say whom the statement is about."""

_KEYS: Final = {"pairwise_references": ("person", "peer")}
"""Of tables without a primary key, what is in no two of their rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """A column of a row that is not what the statement at that leaf has."""

    table: str
    column: str
    leaf_index: int


async def scan_table(connection: Connection, name: str) -> AsyncIterator[Row]:
    """Every row of a table, in the order of its key."""
    table = metadata.tables[name]
    order = list(table.primary_key.columns) or [table.c[one] for one in _KEYS[name]]
    async for page in pages(connection, select(table), *order):
        for row in page:
            yield row._mapping  # noqa: SLF001  # SQLAlchemy's public name


async def find_rows(
    connection: Connection, name: str, column: str, values: Collection[Any]
) -> list[Row]:
    """The rows of a table in which a column has one of these values."""
    table = metadata.tables[name]
    found: list[Row] = []
    wanted = list(values)
    for at in range(0, len(wanted), AT_ONCE):
        query = select(table).where(table.c[column].in_(wanted[at : at + AT_ONCE]))
        found += [dict(row) for row in (await connection.execute(query)).mappings()]
    return found


async def find_mismatch(connection: Connection) -> Mismatch | None:
    """The first row whose person or time is not that of its statement."""
    for table in TIMED:
        wrong = table.c.create_time != statements.c.accept_time
        found = await _first(connection, table, table.c.leaf_index, wrong)
        if found is not None:
            return Mismatch(table=table.name, column="create_time", leaf_index=found)
    for table in OWNED:
        wrong = table.c.person.is_distinct_from(statements.c.person)
        found = await _first(connection, table, table.c.leaf_index, wrong)
        if found is not None:
            return Mismatch(table=table.name, column="person", leaf_index=found)
    return await _find_key_mismatch(connection)


async def _first(connection: Connection, table: Table, leaf: Any, wrong: Any) -> int | None:
    joined = table.join(statements, statements.c.leaf_index == leaf)
    query = select(leaf).select_from(joined).where(wrong).order_by(leaf).limit(1)
    found: int | None = await connection.scalar(query)
    return found


async def _find_key_mismatch(connection: Connection) -> Mismatch | None:
    """Subject keys name their statement by id alone."""
    joined = subject_keys.join(statements, statements.c.statement_id == subject_keys.c.key_record)
    for column, other in (("person", "person"), ("create_time", "accept_time")):
        wrong = subject_keys.c[column].is_distinct_from(statements.c[other])
        query = select(statements.c.leaf_index).select_from(joined).where(wrong).limit(1)
        found = await connection.scalar(query)
        if found is not None:
            return Mismatch(table="subject_keys", column=column, leaf_index=found)
    return None


async def find_checkpoint_time(connection: Connection) -> int | None:
    """The size of a checkpoint that was not made with the last entry that it covers."""
    joined = checkpoints.join(statements, statements.c.leaf_index == checkpoints.c.size - 1)
    wrong = checkpoints.c.create_time != statements.c.accept_time
    query = select(checkpoints.c.size).select_from(joined).where(wrong)
    found: int | None = await connection.scalar(query.order_by(checkpoints.c.size).limit(1))
    return found


async def find_unsettled(connection: Connection) -> tuple[str, int] | None:
    """(peer, position) of an outbox row that was accepted after one that was not."""
    other = outbox.alias()
    behind = and_(
        other.c.peer == outbox.c.peer,
        other.c.position < outbox.c.position,
        other.c.accept_time.is_(None),
    )
    query = (
        select(outbox.c.peer, outbox.c.position)
        .where(outbox.c.accept_time.is_not(None), select(other.c.position).where(behind).exists())
        .order_by(outbox.c.peer, outbox.c.position)
        .limit(1)
    )
    row = (await connection.execute(query)).first()
    return None if row is None else (row[0], row[1])


async def find_unaccepted(connection: Connection) -> tuple[str, int] | None:
    """(peer, position) of an outbox row for which the peer has signed, and that waits still."""
    joined = outbox.join(
        acknowledgements,
        and_(
            acknowledgements.c.statement_id == outbox.c.statement_id,
            acknowledgements.c.peer == outbox.c.peer,
        ),
    )
    first = (
        select(outbox.c.peer, func.min(outbox.c.position).label("position"))
        .select_from(joined)
        .group_by(outbox.c.peer, outbox.c.statement_id)
        .subquery()
    )
    query = (
        select(outbox.c.peer, outbox.c.position)
        .join(first, and_(first.c.peer == outbox.c.peer, first.c.position == outbox.c.position))
        .where(outbox.c.accept_time.is_(None))
        .limit(1)
    )
    row = (await connection.execute(query)).first()
    return None if row is None else (row[0], row[1])


async def find_unreceived(connection: Connection) -> int | None:
    """The leaf of a case statement that came from a peer, and is in no stream from there."""
    came = and_(
        inbox.c.peer == case_statements.c.peer,
        inbox.c.statement_id == case_statements.c.statement_id,
    )
    query = select(case_statements.c.leaf_index).where(
        case_statements.c.direction == "in", ~select(inbox.c.position).where(came).exists()
    )
    found: int | None = await connection.scalar(
        query.order_by(case_statements.c.leaf_index).limit(1)
    )
    return found


async def find_misplaced(connection: Connection) -> tuple[str, int] | None:
    """(peer, position) of something set aside that did not come at that place."""
    came = and_(
        inbox.c.peer == set_aside.c.peer,
        inbox.c.position == set_aside.c.position,
        inbox.c.statement_id == set_aside.c.statement_id,
    )
    query = select(set_aside.c.peer, set_aside.c.position).where(
        or_(set_aside.c.position < 0, set_aside.c.position > 0),
        ~select(inbox.c.position).where(came).exists(),
    )
    row = (await connection.execute(query.limit(1))).first()
    return None if row is None else (row[0], row[1])


async def known_ids(
    connection: Connection, ids: Collection[bytes], case_ids: Collection[str] | None = None
) -> set[bytes]:
    """Those of these statements that are in the log or exhibits of any case, or of these."""
    keys = [int.from_bytes(name[:8], "big", signed=True) for name in ids]
    logged = await connection.scalars(
        select(statements.c.statement_id).where(
            sql.one_of(connection, statements.c.statement_key, keys)
        )
    )
    found = set(logged)
    rest = set(ids) - found
    for row in await find_rows(connection, "exhibits", "statement_id", rest):
        if case_ids is None or row["case_id"] in case_ids:
            found.add(row["statement_id"])
    return found
