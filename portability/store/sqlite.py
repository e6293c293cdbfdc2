"""
SQLite connections that cross to their thread once per statement.

The driver runs every call in a thread of the connection: making a cursor, executing, fetching and
closing are four crossings, each as dear as the statement itself. Here rows are fetched where the
statement is executed, and what is left does no work that could block.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from typing import Any, Final, TypeVar
from urllib.parse import urlencode

import aiosqlite
from sqlalchemy import URL

_T = TypeVar("_T")

_ROWS_AT_ONCE: Final = 64  # the driver's own default, for reading in pieces, which we do not do


async def connect(url: URL, settings: tuple[str, ...]) -> aiosqlite.Connection:
    """A connection with these PRAGMAs, on which the caller begins and ends transactions."""

    def open_file() -> sqlite3.Connection:
        connection = sqlite3.connect(
            _file_name(url),
            uri=is_uri(url),
            isolation_level=None,
            check_same_thread=False,  # used by one thread at a time
            factory=_SyncConnection,
        )
        try:
            for setting in settings:
                connection.execute(f"PRAGMA {setting}").fetchall()
        except BaseException:
            connection.close()
            raise
        return connection

    connection = _Connection(open_file, _ROWS_AT_ONCE)
    try:
        return await connection
    except BaseException:
        if connection.stopped is not None:
            await connection.stopped  # or its thread may answer to a loop that has gone
        raise


def is_uri(url: URL) -> bool:
    """Whether the database is given as ``file:...``, which may end in SQLite's own options."""
    return (url.database or "").startswith("file:")


def _file_name(url: URL) -> str:
    name = url.database or ""
    options = {key: value for key, value in url.query.items() if key != "uri"}
    return f"{name}?{urlencode(options)}" if options else name


class _Cursor(sqlite3.Cursor):
    """Fetches all rows in the thread that executes."""

    _rows: list[Any] | None = None

    def execute(self, *args: Any) -> "_Cursor":
        super().execute(*args)
        self._rows = super().fetchall() if self.description else None
        return self

    def fetchall(self) -> list[Any]:
        rows, self._rows = self._rows, None
        return rows or []


class _SyncConnection(sqlite3.Connection):
    def cursor(self, factory: Any = _Cursor) -> Any:
        return super().cursor(factory)


class _Connection(aiosqlite.Connection):
    """The driver's connection, but light calls stay where they are."""

    stopped: asyncio.Future[Any] | None = None

    def stop(self) -> asyncio.Future[Any] | None:
        self.stopped = super().stop()
        return self.stopped

    async def _execute(self, fn: Callable[..., _T], *args: Any, **kwargs: Any) -> _T:
        if _is_light(fn):
            return fn(*args, **kwargs)
        result: _T = await super()._execute(fn, *args, **kwargs)  # type: ignore[no-untyped-call]
        return result


def _is_light(call: Callable[..., object]) -> bool:
    """Making a cursor, handing over rows already fetched, giving a cursor back."""
    owner, name = getattr(call, "__self__", None), getattr(call, "__name__", "")
    if isinstance(owner, _Cursor):
        return name in {"fetchall", "close"}
    return isinstance(owner, _SyncConnection) and name == "cursor"
