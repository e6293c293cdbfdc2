"""
From rows to values and back, in the same words for both engines.

A table's columns are named like the fields of the value that they hold. What is asked often is put
into words once, with the names of its parameters, since making up a query costs thrice what
answering it does.
"""

import json
from collections.abc import Callable, Collection, Mapping
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import (
    ARRAY,
    Column,
    ColumnElement,
    Executable,
    LargeBinary,
    Select,
    Table,
    Text,
    any_,
    bindparam,
    func,
    literal,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from portability.errors import StorageError

_T = TypeVar("_T")
_Query = TypeVar("_Query", bound=Select[Any])


def insert(connection: AsyncConnection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that knows ON CONFLICT; both engines understand the same clause."""
    return insert_into(connection.dialect.name, table)


def insert_into(engine: str, table: Table) -> postgresql.Insert | sqlite.Insert:
    """As ``insert``, for a statement that is made once."""
    return postgresql.insert(table) if engine == "postgresql" else sqlite.insert(table)


async def add_row(connection: AsyncConnection, table: Table, row: dict[str, Any]) -> bool:
    """Insert a row; False, and nothing written, if something unique in it is there already."""
    done = await connection.execute(_insert_new(connection.dialect.name, table), row)
    return done.rowcount == 1


@cache
def _insert_new(engine: str, table: Table) -> Executable:
    return insert_into(engine, table).on_conflict_do_nothing()


async def fetch_all(
    connection: AsyncConnection,
    query: Executable,
    make: Callable[..., _T],
    parameters: Mapping[str, Any] | None = None,
) -> list[_T]:
    """All rows as values."""
    rows = await connection.execute(query, parameters)
    names = list(rows.keys())
    return [make(**dict(zip(names, row, strict=True))) for row in rows]


async def fetch_one(
    connection: AsyncConnection,
    query: Executable,
    make: Callable[..., _T],
    parameters: Mapping[str, Any] | None = None,
) -> _T | None:
    """The one row as a value, or None if there is none."""
    found = await fetch_all(connection, query, make, parameters)
    return found[0] if found else None


async def fetch_only(
    connection: AsyncConnection,
    query: Executable,
    make: Callable[..., _T],
    parameters: Mapping[str, Any] | None = None,
) -> _T:
    """The one row that a database of ours always has; StorageError if it is gone."""
    found = await fetch_one(connection, query, make, parameters)
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


def one_of(
    connection: AsyncConnection,
    column: ColumnElement[Any],
    values: Collection[int] | Collection[str],
) -> ColumnElement[bool]:
    """
    Whether a column is one of these values, however many, bound as one: an array or a JSON list.

    An ``IN`` would bind each of them and be another text, to be prepared anew, for each number.
    """
    if connection.dialect.name == "postgresql":
        return column == any_(literal(list(values), ARRAY(column.type)))
    each = func.json_each(literal(json.dumps(list(values)), Text())).table_valued("value")
    return column.in_(select(each.c.value))


def any_of(engine: str, column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """
    As ``one_of``, for a query that is made once: the values are bound as ``listed`` has them.

    JSON holds no bytes, so that for those SQLite is given an ``IN`` all the same.
    """
    if engine == "postgresql":
        return column == any_(bindparam(name, type_=ARRAY(column.type)))
    if isinstance(column.type, LargeBinary):
        return column.in_(bindparam(name, expanding=True))
    each = func.json_each(bindparam(name, type_=Text())).table_valued("value")
    return column.in_(select(each.c.value))


def listed(
    connection: AsyncConnection, values: Collection[int] | Collection[str] | Collection[bytes]
) -> object:
    """Values as a parameter that ``any_of`` names."""
    items = list(values)
    if connection.dialect.name == "postgresql" or (items and isinstance(items[0], bytes)):
        return items
    return json.dumps(items)
