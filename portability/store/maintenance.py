"""The operator's word that this node takes no new work: one row, for every process that serves."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import delete, select

from portability.store.engine import Connection
from portability.store.peer_tables import maintenance
from portability.store.rows import fetch_one

_NODE: Final = "node"


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintenanceRow:
    """Why, since when, and after how many seconds others may come again."""

    reason: str
    retry_after_seconds: int
    begin_time: datetime


async def put_maintenance(connection: Connection, row: MaintenanceRow) -> None:
    """Begin, or say something else about one that has begun."""
    await end_maintenance(connection)
    await connection.execute(
        maintenance.insert(),
        {
            "name": _NODE,
            "reason": row.reason,
            "retry_after_seconds": row.retry_after_seconds,
            "begin_time": row.begin_time,
        },
    )


async def end_maintenance(connection: Connection) -> bool:
    """False if there was none."""
    done = await connection.execute(delete(maintenance).where(maintenance.c.name == _NODE))
    return done.rowcount == 1


async def find_maintenance(connection: Connection) -> MaintenanceRow | None:
    """None while the node works."""
    query = select(
        maintenance.c.reason, maintenance.c.retry_after_seconds, maintenance.c.begin_time
    ).where(maintenance.c.name == _NODE)
    return await fetch_one(connection, query, MaintenanceRow)
