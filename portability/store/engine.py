"""
Opening a database, and transactions on it.

SQLite: one connection writes, in transactions that take the write lock at their start (BEGIN
IMMEDIATE), and a few read snapshots beside it (write-ahead log). PostgreSQL: one pool; readers see
one snapshot (REPEATABLE READ, read only), writers lock the head row first (``log.lock_head``).
"""

import os
from collections.abc import AsyncIterator, MutableMapping
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeAlias

import asyncpg
from sqlalchemy import URL, event, make_url
from sqlalchemy import Connection as SyncConnection
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.ext.asyncio import (
    AsyncConnection,
    AsyncEngine,
    AsyncTransaction,
    create_async_engine,
)

from portability.errors import (
    ConfigurationError,
    PortabilityError,
    StaleCheckpointError,
    StorageError,
)
from portability.store import sqlite
from portability.store.data_keys import open_vault
from portability.store.failures import (
    OUTCOME_UNKNOWN,
    as_ours,
    storage_error,
    translate,
    without_cause,
)
from portability.store.upgrade import is_current, upgrade
from portability.store.vault import Randomness, Vault

Connection: TypeAlias = AsyncConnection

SQLITE: Final = "sqlite"
POSTGRESQL: Final = "postgresql"
_DRIVERS: Final = ("sqlite+aiosqlite", "postgresql+asyncpg")
_FAILED: Final = "portability_failed"
_POOL_SECONDS: Final = 30
_CONNECT_SECONDS: Final = 10

_SQLITE_SETTINGS: Final = (
    "busy_timeout = 10000",  # first: the others may have to wait, too
    "journal_mode = WAL",
    "synchronous = FULL",  # what was acknowledged survives a power cut
    "foreign_keys = ON",
    "secure_delete = ON",  # what is erased is overwritten, not only unlinked
    "temp_store = MEMORY",  # nothing of a person in temporary files
    "journal_size_limit = 67108864",
)
_SQLITE_WRITER: Final = (
    *_SQLITE_SETTINGS,
    "cache_size = -65536",  # KiB: the upper part of the index over statement ids stays in memory
    "wal_autocheckpoint = 16000",  # pages: what changed often is copied back into the file once
)
_SQLITE_READER: Final = (*_SQLITE_SETTINGS, "query_only = ON", "cache_size = -8192")

_POSTGRESQL_SETTINGS: Final = {
    "application_name": "portability",
    "jit": "off",
    # Every query goes by an index; a table that grew faster than its statistics would be scanned.
    "enable_seqscan": "off",
    "synchronous_commit": "on",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "60s",
}


class Database:
    """An open database. Make it with ``open_database``; close it with ``close``."""

    def __init__(self, *, reader: AsyncEngine, writer: AsyncEngine, vault: Vault) -> None:
        self._reader = reader
        self._writer = writer
        self.vault = vault

    @property
    def engine_name(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return self._writer.dialect.name

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Connection]:
        """One snapshot of the database; nothing can be written through it."""
        async with (
            _failures_are_ours(),
            _connection(self._reader) as connection,
            connection.begin(),
        ):
            yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Connection]:
        """
        One transaction: committed at the end, rolled back by any exception.

        StorageError with ``outcome`` = ``unknown`` in its context when a commit broke off and only
        the database knows what became of it. Must not be cancelled while it commits.
        """
        async with _failures_are_ours(), _connection(self._writer) as connection:
            connection.info.pop(_FAILED, None)
            transaction = await connection.begin()
            try:
                yield connection
                _refuse_after_failure(connection.info)
            except BaseException:
                await _roll_back(connection, transaction)
                raise
            await _commit(transaction)

    async def close(self) -> None:
        """Close all connections; wait for transactions to end before."""
        await self._reader.dispose()
        await self._writer.dispose()


async def open_database(
    url: str, *, wrapping_key: bytes, index_key: bytes, randomness: Randomness, readers: int = 4
) -> Database:
    """
    Open the database, made and brought up to date where necessary.

    Raises ConfigurationError for a URL that is none of ours, a key that does not belong to this
    database, or a database that newer software has written; StorageError if it cannot be opened.
    """
    vault = Vault(wrapping_key=wrapping_key, index_key=index_key, randomness=randomness)
    reader, writer = _engines(_parse_url(url), readers)
    database = Database(reader=reader, writer=writer, vault=vault)
    try:
        await _migrate(database)
        if not await _is_keyed(database):
            async with database.write() as connection:
                await open_vault(connection, vault, create=True)
    except BaseException:
        await database.close()
        raise
    return database


@asynccontextmanager
async def savepoint(connection: Connection) -> AsyncIterator[None]:
    """What is inside is undone, and nothing else, if it raises."""
    async with _failures_are_ours():
        _refuse_after_failure(connection.info)
        nested = await connection.begin_nested()
        try:
            yield
        except BaseException:
            with suppress(PortabilityError, SQLAlchemyError):  # the error to tell is the first one
                await nested.rollback()
            raise
        await nested.commit()


async def migrate(url: str) -> None:
    """Bring a database up to date without opening it for use. Raises as ``open_database`` does."""
    reader, writer = _engines(_parse_url(url), readers=1)
    try:
        async with _failures_are_ours(), writer.begin() as connection:
            await connection.run_sync(upgrade)
    finally:
        await reader.dispose()
        await writer.dispose()


async def _migrate(database: Database) -> None:
    """Only if there is something to do: a current database opens where it cannot be written."""
    async with database.read() as connection:
        current = await connection.run_sync(is_current)
    if not current:
        async with database.write() as connection:
            await connection.run_sync(upgrade)


async def _is_keyed(database: Database) -> bool:
    async with database.read() as connection:
        return await open_vault(connection, database.vault, create=False)


def _parse_url(text: str) -> URL:
    try:
        url = make_url(text)
    except ArgumentError:
        url = None
    if url is None or url.drivername not in _DRIVERS or not url.database:
        raise ConfigurationError(
            "`database` names no database that this node can use: write "
            "sqlite+aiosqlite:////path/to/node.db or postgresql+asyncpg://user@host/name"
        )
    if url.drivername == _DRIVERS[0]:
        _check_file(url)
    return url


def _check_file(url: URL) -> None:
    if ":memory:" in (url.database or "") or url.query.get("mode") == "memory":
        raise ConfigurationError(
            "`database` must be a file: what a node acknowledges has to survive a restart"
        )
    if url.query and not sqlite.is_uri(url):
        raise ConfigurationError(
            "`database` has options behind a `?`, which a plain file takes none of: remove them"
        )


def _engines(url: URL, readers: int) -> tuple[AsyncEngine, AsyncEngine]:
    """(reader, writer)."""
    if url.get_backend_name() == SQLITE:
        _create_file(url)
        return (
            _sqlite_engine(url, _SQLITE_READER, "BEGIN", size=readers),
            _sqlite_engine(url, _SQLITE_WRITER, "BEGIN IMMEDIATE", size=1),
        )
    engine = create_async_engine(
        url,
        hide_parameters=True,
        pool_size=readers + 1,
        pool_timeout=_POOL_SECONDS,
        pool_pre_ping=True,
        connect_args={"server_settings": _POSTGRESQL_SETTINGS, "timeout": _CONNECT_SECONDS},
    )
    event.listen(engine.sync_engine, "handle_error", _note_failure)
    reader = engine.execution_options(
        isolation_level="REPEATABLE READ",
        postgresql_readonly=True,
    )
    return reader, engine


def _sqlite_engine(url: URL, settings: tuple[str, ...], begin: str, *, size: int) -> AsyncEngine:
    engine = create_async_engine(
        url,
        hide_parameters=True,
        pool_size=size,
        max_overflow=0,
        pool_timeout=_POOL_SECONDS,
        async_creator=partial(sqlite.connect, url, settings),
    )

    def begin_transaction(connection: SyncConnection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine.sync_engine, "begin", begin_transaction)
    event.listen(engine.sync_engine, "handle_error", _note_failure)
    event.listen(engine.sync_engine, "before_cursor_execute", _refuse_statement)
    return engine


@asynccontextmanager
async def _connection(engine: AsyncEngine) -> AsyncIterator[Connection]:
    """A connection out of the pool; StorageError where none can be had."""
    connected = False
    try:
        async with engine.connect() as connection:
            connected = True
            yield connection
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        if connected:
            raise
        raise as_ours(error) from None


@asynccontextmanager
async def _failures_are_ours() -> AsyncIterator[None]:
    """What SQLAlchemy itself raises, say for an exhausted pool, becomes ours; no text of others."""
    failure: PortabilityError
    try:
        yield
    except (StorageError, StaleCheckpointError) as error:
        failure = error
    except SQLAlchemyError as error:
        failure = as_ours(error)
    else:
        return
    raise without_cause(failure)


async def _commit(transaction: AsyncTransaction) -> None:
    try:
        await transaction.commit()
    except StorageError as error:
        if error.context["cause"] in OUTCOME_UNKNOWN:
            error.context["outcome"] = "unknown"
        raise


async def _roll_back(connection: Connection, transaction: AsyncTransaction) -> None:
    try:
        await transaction.rollback()
    except (PortabilityError, SQLAlchemyError, OSError):
        await connection.invalidate()  # whatever it was doing, it will not be used again


def _note_failure(context: ExceptionContext) -> PortabilityError | None:
    """
    After a failure of storage nothing more of the transaction is written.

    SQLite may have rolled back all of it on its own; later statements would then stand alone.
    """
    if context.is_pre_ping:
        return None  # the pool tries another connection
    error = translate(context)
    if isinstance(error, StorageError) and context.connection and not context.is_disconnect:
        context.connection.info[_FAILED] = True
    return error


def _refuse_after_failure(info: MutableMapping[Any, Any]) -> None:
    if info.get(_FAILED):
        raise storage_error("failed before")


def _refuse_statement(connection: SyncConnection, *_: object) -> None:
    _refuse_after_failure(connection.info)


def _create_file(url: URL) -> None:
    """For the owner alone; SQLite gives the files beside it the same permissions."""
    name = url.database or ""
    if sqlite.is_uri(url):
        return
    try:
        os.close(os.open(name, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
    except OSError:
        if not Path(name).exists():
            raise storage_error("unreachable") from None
