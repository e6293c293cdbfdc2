"""
The versions of the directory that this node took over, as they were signed.

They are the node's memory of whom it trusted: kept for ever, and never gone back behind.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select

from portability.errors import StorageError
from portability.store import rows as sql
from portability.store.engine import Connection
from portability.store.schema import directories


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedDirectory:
    """A version; ``digest`` is the SHA-256 of ``envelope``, its signed form in JSON."""

    version: int
    digest: bytes
    envelope: bytes


_ACCEPTED: Final = select(directories.c.version, directories.c.digest, directories.c.envelope)


async def list_directories(connection: Connection) -> list[AcceptedDirectory]:
    """In order. Raises StorageError for one that is not what was stored."""
    query = _ACCEPTED.order_by(directories.c.version)
    found = await sql.fetch_all(connection, query, AcceptedDirectory)
    for one in found:
        is_there = isinstance(one.envelope, bytes)  # a torn page gives NULL, column or not
        if not is_there or hashlib.sha256(one.envelope).digest() != one.digest:
            raise StorageError(
                f"version {one.version} of the directory was altered in the database: stop the "
                "node, keep the database, and restore a backup",
                cause="altered",
            )
    return found


async def add_directory(
    connection: Connection, version: int, envelope: bytes, now: datetime
) -> bool:
    """False if that version was taken over before: it stays as it is."""
    row = {
        "version": version,
        "digest": hashlib.sha256(envelope).digest(),
        "envelope": envelope,
        "accept_time": now,
    }
    return await sql.add_row(connection, directories, row)
