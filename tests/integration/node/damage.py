"""Every column of every row of a database altered, one after the other, as no node ever would."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Boolean, Column, LargeBinary, Table, Text, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from portability.store.columns import Instant
from portability.store.schema import metadata

Row = dict[str, Any]
SOME_TIME = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Damage:
    """A row altered in one column, or gone (no column)."""

    table: Table
    row: Row = field(hash=False)
    column: Column[Any] | None

    @property
    def name(self) -> str:
        return f"{self.table.name}.{'*' if self.column is None else self.column.name}"


class Hammer:
    """A database as somebody has it who heeds no key and no constraint."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def rows(self, table: Table) -> list[Row]:
        async with self._engine.connect() as connection:
            found = await connection.execute(select(table).order_by(*table.columns))
            return [dict(row) for row in found.mappings()]

    @asynccontextmanager
    async def damaged(self, damage: Damage) -> AsyncIterator[None]:
        """The damage, undone in the end."""
        altered = await self._apply(damage)
        try:
            yield
        finally:
            async with self._writing() as connection:
                if altered is None:
                    await connection.execute(insert(damage.table), damage.row)
                else:
                    back = update(damage.table).where(*_is(damage.table, altered))
                    await connection.execute(back.values(damage.row))

    async def clear(self) -> None:
        async with self._writing() as connection:
            for table in reversed(tables()):
                await connection.execute(delete(table))

    async def put(self, table: Table, rows: Sequence[Row]) -> None:
        async with self._writing() as connection:
            await connection.execute(insert(table), list(rows))

    async def _apply(self, damage: Damage) -> Row | None:
        same = _is(damage.table, damage.row)
        if damage.column is None:
            async with self._writing() as connection:
                done = await connection.execute(delete(damage.table).where(*same))
                assert done.rowcount == 1, damage.name
            return None
        name = damage.column.name
        for value in _others(damage.column, damage.row[name]):
            try:
                async with self._writing() as connection:
                    changed = update(damage.table).where(*same).values({name: value})
                    done = await connection.execute(changed)
                    assert done.rowcount == 1, damage.name
            except IntegrityError:
                continue  # another row has that value
            return {**damage.row, name: value}
        raise AssertionError(f"{damage.name} cannot be altered")

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[AsyncConnection]:
        async with self._engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                await connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
            yield connection


@asynccontextmanager
async def hammer(url: str) -> AsyncIterator[Hammer]:
    engine = create_async_engine(url)
    try:
        yield Hammer(engine)
    finally:
        await engine.dispose()


def damages(table: Table, rows: Sequence[Row], per_column: int) -> Iterator[Damage]:
    """Each row gone, and each column altered in some rows that have different values in it."""
    for row in rows:
        yield Damage(table, row, None)
    for column in table.columns:
        different = {repr(row[column.name]): row for row in rows}
        for row in list(different.values())[:per_column]:
            yield Damage(table, row, column)


def tables() -> list[Table]:
    return [one for one in metadata.sorted_tables if one.name != "alembic_version"]


def _is(table: Table, row: Row) -> list[Any]:
    return [column.is_not_distinct_from(row[column.name]) for column in table.columns]


def _others(column: Column[Any], value: Any) -> Iterator[Any]:
    """Other values of that type, the likeliest to be overlooked first."""
    kind = column.type
    if isinstance(kind, Boolean):
        yield not value
    elif isinstance(kind, Instant):
        yield None if column.nullable and value else (value or SOME_TIME) + timedelta(hours=3)
    elif isinstance(kind, LargeBinary):
        data = value or bytes(32)
        yield bytes([*data[:-1], (data[-1] + 1) % 256])
        yield bytes([*data[:-1], (data[-1] + 2) % 256])
    elif isinstance(kind, Text):
        text = value or "x"
        yield text[:-1] + ("1" if text[-1] != "1" else "2")
        yield text[:-1] + "3"
    else:
        yield from ((value or 0) + step for step in (1, 1000, 7777))
