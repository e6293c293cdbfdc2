"""
The same embedded database for a simulation: no thread, and a word before and after each call.

Statements, settings and files are those of ``sqlite``. What differs: every call is made where it
is asked for, so that a run repeats by its seed; whoever plays fate stands around each of them, so
that a node can die at any; and all databases of a process share what was compiled once, since a
simulation opens them by the thousand. Nothing has to be waited for, so that no statement needs the
switches between stacks by which SQLAlchemy waits for a driver.
"""

import sqlite3
from collections import deque
from collections.abc import Callable, Generator, Sequence
from functools import cache, partial
from typing import Any, Final

import aiosqlite
from sqlalchemy import URL, AsyncAdaptedQueuePool, Engine, Executable, make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from portability.store import sqlite
from portability.store.data_keys import open_vault
from portability.store.engine import Database
from portability.store.engines import Engines
from portability.store.vault import Vault

Around = Callable[[str, Callable[[], Any]], Any]
"""
``(what, the call)``: makes the call and gives what it gives, or raises before or after it. ``what``
is the first word of a statement, or ``commit`` or ``rollback`` of a transaction that may write.
"""

_DRIVER: Final = "sqlite+aiosqlite"
_READERS: Final = 4
_ROWS_AT_ONCE: Final = 64
_COMPILED: Final[dict[Any, Any]] = {}


async def open_inline(file: str, vault: Vault, around: Around) -> Database:
    """
    Open a file that ``open_database`` has made, which is current and belongs to the vault's keys.

    ``around`` stands around every statement, commit and roll-back. The loop that runs this must run
    nothing else that touches the file.
    """
    url = make_url(f"{_DRIVER}:///{file}")
    running: set[_InPlace] = set()
    reader = _engine(url, around, running, sqlite.READ, size=_READERS)
    writer = _engine(url, around, running, sqlite.WRITE, size=1)

    async def close() -> None:
        for connection in list(running):
            connection.stop()

    database = Database(engines=Engines(reader=reader, writer=writer, close=close), vault=vault)
    try:
        async with database.read() as connection:
            await open_vault(connection, vault, create=False)
    except BaseException:
        await database.close()
        raise
    return database


def _engine(
    url: URL, around: Around, running: "set[_InPlace]", begin: str, *, size: int
) -> AsyncEngine:
    """As ``create_async_engine`` makes it, on the dialect that all of them share."""
    dialect = _any_engine().dialect
    make = partial(_InPlace, url, around, running, writes=begin == sqlite.WRITE)

    def connect() -> Any:
        return _Adapted(make().open())

    pool = AsyncAdaptedQueuePool(
        connect,
        dialect=dialect,
        pool_size=size,
        max_overflow=0,
    )
    engine = _DirectEngine(
        Engine(
            pool,
            dialect,
            url,
            hide_parameters=True,
            execution_options={"compiled_cache": _COMPILED},
        )
    )
    sqlite.watch_transactions(engine, begin)
    return engine


@cache
def _any_engine() -> AsyncEngine:
    return create_async_engine(f"{_DRIVER}:///unused.db", hide_parameters=True)


class _Direct(AsyncConnection):
    """Executes where it is called."""

    async def execute(
        self, statement: Executable, parameters: Any = None, *, execution_options: Any = None
    ) -> Any:
        return self._proxied.execute(statement, parameters, execution_options=execution_options)

    async def exec_driver_sql(
        self, statement: str, parameters: Any = None, execution_options: Any = None
    ) -> Any:
        return self._proxied.exec_driver_sql(statement, parameters, execution_options)


class _DirectEngine(AsyncEngine):
    _connection_cls = _Direct


class _InPlace(aiosqlite.Connection):
    """The driver's connection without its thread."""

    def __init__(self, url: URL, around: Around, running: "set[_InPlace]", *, writes: bool) -> None:
        super().__init__(partial(sqlite.open_file, url, to_write=writes), _ROWS_AT_ONCE)
        self.around = around
        self.writes = writes
        self._open_ones = running

    def __await__(self) -> Generator[Any, None, "_InPlace"]:
        return self._opened().__await__()

    async def _opened(self) -> "_InPlace":
        return self.open()

    def open(self) -> "_InPlace":
        self._connection = self._connector()
        self._open_ones.add(self)
        return self

    def cursor_in_place(self) -> sqlite3.Cursor:
        return self._conn.cursor()

    def end(self, how: str) -> None:
        """``commit`` or ``rollback``; nothing where the file is closed already."""
        if self._connection is None:
            return
        call = getattr(self._connection, how)
        if self.writes:
            self.around(how, call)
        else:
            call()

    async def _execute(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return fn(*args, **kwargs)  # what goes by SQLAlchemy: none of it is a node's own

    async def close(self) -> None:
        self.stop()

    def stop(self) -> None:
        """Close the file; what is not committed is rolled back."""
        connection, self._connection = self._connection, None
        self._open_ones.discard(self)
        if connection is not None:
            connection.close()


class _Adapted:
    """What SQLAlchemy takes for its own adapter of the driver's connection."""

    def __init__(self, connection: _InPlace) -> None:
        self._connection = connection  # by this name the dialect finds the driver's

    def cursor(self) -> "_Cursor":
        return _Cursor(self._connection)

    def commit(self) -> None:
        self._connection.end("commit")

    def rollback(self) -> None:
        self._connection.end("rollback")

    def close(self) -> None:
        self._connection.stop()

    terminate = close


class _Cursor:
    """A cursor whose rows are all there once it has executed, as those of the driver are."""

    __slots__ = ("_around", "_cursor", "_rows", "arraysize", "close", "description")

    def __init__(self, connection: _InPlace) -> None:
        self._around = connection.around
        self._cursor = connection.cursor_in_place()
        self._rows: deque[Any] = deque()
        self.arraysize = self._cursor.arraysize
        self.close = self._cursor.close
        self.description: Any = None

    def execute(self, statement: str, parameters: Sequence[Any] = ()) -> None:
        cursor = self._cursor
        self._around(_first_word(statement), partial(cursor.execute, statement, parameters))
        self.description = cursor.description
        self._rows = deque(cursor.fetchall() if cursor.description else ())

    def executemany(self, statement: str, parameters: Sequence[Sequence[Any]]) -> None:
        call = partial(self._cursor.executemany, statement, parameters)
        self._around(_first_word(statement), call)

    @property
    def rowcount(self) -> int:
        return self._cursor.rowcount

    @property
    def lastrowid(self) -> int | None:
        return self._cursor.lastrowid

    def fetchone(self) -> Any:
        return self._rows.popleft() if self._rows else None

    def fetchmany(self, size: int | None = None) -> list[Any]:
        count = min(size or self.arraysize, len(self._rows))
        return [self._rows.popleft() for _ in range(count)]

    def fetchall(self) -> list[Any]:
        rows, self._rows = list(self._rows), deque()
        return rows


def _first_word(statement: str) -> str:
    return statement.split(None, 1)[0]
