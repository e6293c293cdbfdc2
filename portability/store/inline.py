"""
The same embedded database for a simulation: no thread, and a word before and after each call.

Statements, settings and files are those of ``sqlite``. What differs: every call is made where it
is asked for, so that a run repeats by its seed; whoever plays fate stands around each of them, so
that a node can die at any; and all databases of a process share what was compiled once, since a
simulation opens them by the thousand.
"""

from collections.abc import Callable, Generator
from functools import cache, partial
from typing import Any, Final

import aiosqlite
from sqlalchemy import URL, AsyncAdaptedQueuePool, Engine, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

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
    pool = AsyncAdaptedQueuePool(
        lambda: dialect.connect(async_creator_fn=make),
        dialect=dialect,
        pool_size=size,
        max_overflow=0,
    )
    engine = AsyncEngine(
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


class _InPlace(aiosqlite.Connection):
    """The driver's connection without its thread."""

    def __init__(self, url: URL, around: Around, running: "set[_InPlace]", *, writes: bool) -> None:
        super().__init__(partial(sqlite.open_file, url, to_write=writes), _ROWS_AT_ONCE)
        self._around = around
        self._writes = writes
        self._open_ones = running

    def __await__(self) -> Generator[Any, None, "_InPlace"]:
        return self._open().__await__()

    async def _open(self) -> "_InPlace":
        self._connection = self._connector()
        self._open_ones.add(self)
        return self

    async def _execute(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        name = getattr(fn, "__name__", "")
        if name in {"execute", "executemany"}:
            name = str(args[0]).split(None, 1)[0]
        elif name not in {"commit", "rollback"} or not self._writes:
            return fn(*args, **kwargs)
        return self._around(name, partial(fn, *args, **kwargs))

    async def close(self) -> None:
        self.stop()

    def stop(self) -> None:
        """Close the file; what is not committed is rolled back."""
        connection, self._connection = self._connection, None
        self._open_ones.discard(self)
        if connection is not None:
            connection.close()
