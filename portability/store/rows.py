"""
From rows to values and back, in the same words for both engines.

A table's columns are named like the fields of the value that they hold.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any, Final, TypeVar

from sqlalchemy import Column, Executable, Select, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from portability.errors import StorageError

_T = TypeVar("_T")
_Query = TypeVar("_Query", bound=Select[Any])

_CHUNK: Final = 1024
"""Bound values in one statement. SQLite's limit is 32,766 since version 3.32."""


def insert(connection: AsyncConnection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that knows ON CONFLICT; both engines understand the same clause."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


async def add_row(connection: AsyncConnection, table: Table, row: dict[str, Any]) -> bool:
    """Insert a row; False, and nothing written, if something unique in it is there already."""
    done = await connection.execute(insert(connection, table).on_conflict_do_nothing(), row)
    return done.rowcount == 1


async def fetch_all(
    connection: AsyncConnection, query: Executable, make: Callable[..., _T]
) -> list[_T]:
    """All rows as values."""
    rows = await connection.execute(query)
    names = list(rows.keys())
    return [make(**dict(zip(names, row, strict=True))) for row in rows]


async def fetch_one(
    connection: AsyncConnection, query: Executable, make: Callable[..., _T]
) -> _T | None:
    """The one row as a value, or None if there is none."""
    found = await fetch_all(connection, query, make)
    return found[0] if found else None


async def fetch_only(connection: AsyncConnection, query: Executable, make: Callable[..., _T]) -> _T:
    """The one row that a database of ours always has; StorageError if it is gone."""
    found = await fetch_one(connection, query, make)
    if found is None:
        raise StorageError(
            "a row that every database of this software has is missing: restore a backup",
            cause="altered",
        )
    return found


def page(query: _Query, order: Column[int], after: int | None, limit: int | None) -> _Query:
    """The query in order, from behind a value on, at most so many rows."""
    if after is not None:
        query = query.where(order > after)
    return query.order_by(order).limit(limit)


def chunks(values: Collection[_T]) -> Iterator[Sequence[_T]]:
    """
    The values in lists for an ``IN``, filled up with the last value to a power of two in length.

    So there are eleven texts of a statement, which a database prepares once each.
    """
    ordered = list(values)
    for start in range(0, len(ordered), _CHUNK):
        some = ordered[start : start + _CHUNK]
        full = 1 << (len(some) - 1).bit_length()
        yield some + some[-1:] * (full - len(some))
