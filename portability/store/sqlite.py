"""
SQLite: one connection writes, a few read beside it, each with a thread for what may take its time.

The driver runs every call in a thread of the connection: making a cursor, executing, fetching and
closing are four crossings, each dearer than most statements. Here rows are fetched where the
statement is executed, and only what may block crosses over: taking the lock, committing, many rows
at once, and every statement that was not known to be quick (``quick``).
"""

import asyncio
import os
import sqlite3
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from time import perf_counter  # noqa: TID251  # how long a statement takes, not what time it is
from typing import Any, Final, TypeVar
from urllib.parse import urlencode

import aiosqlite
from sqlalchemy import URL, Connection, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from portability.errors import ConfigurationError
from portability.store.data_keys import watch_keys
from portability.store.engines import Engines
from portability.store.failures import as_ours, storage_error, watch
from portability.store.quick import QuickStatements

_T = TypeVar("_T")
_Connect = Callable[[], Awaitable[aiosqlite.Connection]]

READ: Final = "BEGIN"
WRITE: Final = "BEGIN IMMEDIATE"

_SETTINGS: Final = (
    "busy_timeout = 10000",  # first: the others may have to wait, too
    "journal_mode = WAL",
    "synchronous = FULL",  # what was acknowledged survives a power cut
    "foreign_keys = ON",
    "secure_delete = ON",  # what is erased is overwritten, not only unlinked
    "temp_store = MEMORY",  # nothing of a person in temporary files
    "journal_size_limit = 67108864",
)
_WRITER: Final = (
    *_SETTINGS,
    "cache_size = -65536",  # KiB: the upper part of the index over statement ids stays in memory
    "wal_autocheckpoint = 16000",  # pages: what changed often is copied back into the file once
)
_READER: Final = (*_SETTINGS, "query_only = ON", "cache_size = -8192")

_MOMENT: Final = 250  # milliseconds
_POOL_SECONDS: Final = 30
_LOOK_SECONDS: Final = 0.001
_ROWS_AT_ONCE: Final = 64  # the driver's own default, for reading in pieces, which we do not do
_PREPARED: Final = 512  # statements that a connection need not parse again; a node has some 300


def engines(url: URL, readers: int) -> Engines:
    """
    Readers and the one writer of a file, which is made for the owner alone if there is none.

    ConfigurationError for what is no file; StorageError where none can be made.
    """
    _check_file(url)
    if not _is_uri(url):
        _create_file(url.database or "")
    running: set[_Connection] = set()
    quick = QuickStatements(perf_counter)
    connect = partial(_connect, url, running, quick)
    reader = _engine(partial(connect, to_write=False), url, READ, size=readers)
    writer = _engine(partial(connect, to_write=True), url, WRITE, size=1)

    async def close() -> None:
        await reader.dispose()
        await writer.dispose()
        while running:  # the pool forgets a connection whose caller was cancelled at a bad moment
            for connection in list(running):
                connection.stop()
            await asyncio.sleep(_LOOK_SECONDS)

    return Engines(reader=reader, writer=writer, close=close)


def is_there(url: URL) -> bool:
    """Whether the file exists. One given as a URI opens only if it does, when it says so."""
    return _is_uri(url) or Path(url.database or "").is_file()


async def empty_log(writer: AsyncEngine) -> None:
    """
    Copy the write-ahead log into the file and cut it off. StorageError while it is read.

    It waits for readers only for a moment, since nobody can write meanwhile.
    """
    *_, ((is_busy, _, _),), _ = await _outside_transactions(
        writer,
        f"PRAGMA busy_timeout = {_MOMENT}",
        "PRAGMA wal_checkpoint(TRUNCATE)",
        f"PRAGMA {_SETTINGS[0]}",
    )
    if is_busy:
        raise storage_error("busy")


async def rewrite(writer: AsyncEngine) -> None:
    """Every page anew, free ones left out; needs as much space again while it runs."""
    await _outside_transactions(writer, "VACUUM")
    await empty_log(writer)


async def _outside_transactions(writer: AsyncEngine, *statements: str) -> list[list[Any]]:
    """
    The rows of each statement, on the one connection that writes: no transaction is under way.
    """
    async with writer.connect() as connection:
        raw = await connection.get_raw_connection()
        driver = raw.driver_connection
        if not isinstance(driver, aiosqlite.Connection):
            raise TypeError("the writer of an embedded database has another driver")
        rows = []
        try:
            for statement in statements:
                async with driver.execute(statement) as cursor:
                    rows.append(list(await cursor.fetchall()))
        except sqlite3.Error as error:
            raise as_ours(error) from None
        return rows


def _engine(connect: "_Connect", url: URL, begin: str, *, size: int) -> AsyncEngine:
    engine = create_async_engine(
        url,
        hide_parameters=True,
        pool_size=size,
        max_overflow=0,
        pool_timeout=_POOL_SECONDS,
        async_creator=connect,
    )
    watch_transactions(engine, begin)
    return engine


def watch_transactions(engine: AsyncEngine, begin: str) -> None:
    """Begin each transaction by this statement, and have every failure become ours."""

    def begin_transaction(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine.sync_engine, "begin", begin_transaction)
    watch(engine)
    watch_keys(engine)


def _check_file(url: URL) -> None:
    if ":memory:" in (url.database or "") or url.query.get("mode") == "memory":
        raise ConfigurationError(
            "`database` must be a file: what a node acknowledges has to survive a restart"
        )
    if url.query and not _is_uri(url):
        raise ConfigurationError(
            "`database` has options behind a `?`, which a plain file takes none of: remove them"
        )


def _create_file(name: str) -> None:
    """For the owner alone; SQLite gives the files beside it the same permissions."""
    try:
        os.close(os.open(name, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
    except OSError:
        if not Path(name).exists():
            raise storage_error("unreachable") from None


async def _connect(
    url: URL, running: "set[_Connection]", quick: QuickStatements, *, to_write: bool
) -> aiosqlite.Connection:
    """A connection on which the caller begins and ends transactions."""
    connection = _Connection(partial(open_file, url, to_write=to_write), running, quick)
    try:
        return await connection
    except BaseException:
        if connection.stopped is not None:
            await connection.stopped  # or its thread may answer to a loop that has gone
        raise


def open_file(url: URL, *, to_write: bool) -> sqlite3.Connection:
    """A connection with the settings of the one that writes, or of those that read."""
    connection = sqlite3.connect(
        _file_name(url),
        uri=_is_uri(url),
        isolation_level=None,
        check_same_thread=False,  # used by one thread at a time
        cached_statements=_PREPARED,
        factory=_SyncConnection,
    )
    connection.only_reads = not to_write
    try:
        for setting in _WRITER if to_write else _READER:
            connection.execute(f"PRAGMA {setting}").fetchall()
        if to_write:
            _check_writable(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _check_writable(connection: sqlite3.Connection) -> None:
    """
    SQLite opens a file for reading alone where more fails, be it for a moment.

    A connection that came about so would refuse every write for as long as the pool keeps it.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute("PRAGMA user_version = 0")  # nothing reads it, and it is undone
    finally:
        connection.execute("ROLLBACK")


def _is_uri(url: URL) -> bool:
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
    only_reads = False

    def cursor(self, factory: Any = _Cursor) -> Any:
        return super().cursor(factory)


class _Connection(aiosqlite.Connection):
    """
    The driver's connection, but what is quick stays where it is, and stopping closes the file.

    The driver's own forgets a file that was opened after its caller had been cancelled.
    """

    stopped: asyncio.Future[Any] | None = None
    _file: sqlite3.Connection | None = None
    _sent = 0  # counted by the loop
    _done = 0  # counted by the thread: the same number when it has nothing to do

    def __init__(
        self,
        open_file: Callable[[], sqlite3.Connection],
        running: "set[_Connection]",
        quick: QuickStatements,
    ) -> None:
        super().__init__(partial(self._open, open_file), _ROWS_AT_ONCE)
        self._running_ones = running
        self._quick = quick
        running.add(self)

    def stop(self) -> asyncio.Future[Any] | None:
        if self.stopped is None:
            self._tx.put_nowait((None, self._close_file))
            self.stopped = super().stop()
        return self.stopped

    def _open(self, open_file: Callable[[], sqlite3.Connection]) -> sqlite3.Connection:
        """In the connection's thread, as ``_close_file``, so that neither meets a statement."""
        self._file = open_file()
        return self._file

    def _close_file(self) -> None:
        if self._file is not None:
            self._file.close()
        self._running_ones.discard(self)

    async def _execute(self, fn: Callable[..., _T], *args: Any, **kwargs: Any) -> _T:
        text = _statement(fn, args)
        if text:
            fn = partial(self._quick.timed, text, fn)
        if self._sent == self._done and (text in self._quick if text else _is_light(fn, args)):
            return fn(*args, **kwargs)
        self._sent += 1
        call = partial(self._in_thread, fn, *args, **kwargs)
        result: _T = await super()._execute(call)  # type: ignore[no-untyped-call]
        return result

    def _in_thread(self, fn: Callable[..., _T], *args: Any, **kwargs: Any) -> _T:
        try:
            return fn(*args, **kwargs)
        finally:
            self._done += 1


def _statement(call: Callable[..., object], arguments: tuple[object, ...]) -> str:
    """The text of a statement that may run anywhere: it waits for no lock. Empty for the rest."""
    owner, name = getattr(call, "__self__", None), getattr(call, "__name__", "")
    if not isinstance(owner, _Cursor) or name != "execute" or not arguments:
        return ""
    text = str(arguments[0])
    return text if owner.connection.in_transaction else ""


def _is_light(call: Callable[..., object], arguments: tuple[object, ...]) -> bool:
    """
    Whether a call waits for no disk and no lock, given that the connection does nothing else.

    Making a cursor, handing over rows already fetched, giving a cursor back; beginning to read,
    ending what only read, and ending nothing.
    """
    owner, name = getattr(call, "__self__", None), getattr(call, "__name__", "")
    if isinstance(owner, _Cursor):
        return name in {"fetchall", "close"} or (name == "execute" and arguments[:1] == (READ,))
    if not isinstance(owner, _SyncConnection):
        return False
    ends = name in {"commit", "rollback"} and (owner.only_reads or not owner.in_transaction)
    return ends or name == "cursor"
