"""
Opening a database, and transactions on it.

SQLite: one connection writes, in transactions that take the write lock at their start (BEGIN
IMMEDIATE), and a few read snapshots beside it (write-ahead log). PostgreSQL: one pool; readers see
one snapshot (REPEATABLE READ, read only), writers lock the head row first (``log_tree.lock_head``).
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, suppress
from typing import Final, TypeAlias

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.ext.asyncio import (
    AsyncConnection,
    AsyncEngine,
    AsyncTransaction,
)

from portability.errors import (
    ConfigurationError,
    InvalidInputError,
    PortabilityError,
    StaleCheckpointError,
    StorageError,
)
from portability.store import postgresql, sqlite
from portability.store.data_keys import forget_loaded, open_vault
from portability.store.engines import Engines
from portability.store.failures import (
    OUTCOME_UNKNOWN,
    as_ours,
    begin_afresh,
    refuse_after_failure,
    without_cause,
)
from portability.store.upgrade import is_current, upgrade
from portability.store.vault import Randomness, Shares, Vault, WrappingKey

Connection: TypeAlias = AsyncConnection

_DRIVERS: Final = ("sqlite+aiosqlite", "postgresql+asyncpg")


class Database:
    """An open database. Make it with ``open_database``; close it with ``close``."""

    def __init__(self, *, engines: Engines, vault: Vault) -> None:
        self._reader = engines.reader
        self._writer = engines.writer
        self._close = engines.close
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
            _afresh(connection),
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
        async with (
            _failures_are_ours(),
            _connection(self._writer) as connection,
            _afresh(connection),
        ):
            transaction = await connection.begin()
            try:
                yield connection
                refuse_after_failure(connection.info)
            except BaseException:
                await _roll_back(connection, transaction)
                raise
            await _commit(transaction)

    async def settle_files(self) -> None:
        """
        Leave nothing of what was overwritten in the files beside an embedded database.

        The write-ahead log is copied back and emptied. StorageError, cause ``busy``, as long as a
        reader holds on to it. A database server recycles its own log.
        """
        if self.engine_name == "sqlite":
            async with _failures_are_ours():
                await sqlite.empty_log(self._writer)

    async def rewrite_file(self) -> None:
        """Write an embedded database anew, so that no page keeps bytes that no row has."""
        if self.engine_name == "sqlite":
            async with _failures_are_ours():
                await sqlite.rewrite(self._writer)

    async def close(self) -> None:
        """Close all connections, also if it is cancelled; wait for transactions to end before."""
        await _to_its_end(self._close())


async def open_database(
    url: str,
    *,
    wrapping_key: bytes | WrappingKey,
    index_key: bytes,
    randomness: Randomness,
    shares: Shares | None = None,
    readers: int = 4,
) -> Database:
    """
    Open the database, made and brought up to date where necessary.

    Raises ConfigurationError for a URL that is none of ours, a key that does not belong to this
    database, or a database that newer software has written; StorageError if it cannot be opened.
    """
    vault = Vault(
        wrapping_key=wrapping_key, index_key=index_key, randomness=randomness, shares=shares
    )
    database = Database(engines=_engines(url, readers), vault=vault)
    try:
        await _migrate(database)
        if not await _is_keyed(database):
            async with database.write() as connection:
                await open_vault(connection, vault, create=True)
    except BaseException:
        await database.close()
        raise
    return database


async def inspect_database(
    url: str,
    *,
    wrapping_key: bytes | WrappingKey,
    index_key: bytes,
    randomness: Randomness,
    shares: Shares | None = None,
) -> Database:
    """
    Open a database that is there, to be read alone: it is neither made nor brought up to date.

    Raises ConfigurationError also for one that is not there or of another version.
    """
    vault = Vault(
        wrapping_key=wrapping_key, index_key=index_key, randomness=randomness, shares=shares
    )
    parsed = parse_url(url)
    if parsed.drivername == _DRIVERS[0] and not sqlite.is_there(parsed):
        raise ConfigurationError("`database` names a file that is not there: check its place")
    database = Database(engines=_engines(url, readers=1), vault=vault)
    try:
        await _check_in_use(database)
    except BaseException:
        await database.close()
        raise
    return database


@asynccontextmanager
async def savepoint(connection: Connection) -> AsyncIterator[None]:
    """What is inside is undone, and nothing else, if it raises."""
    async with _failures_are_ours():
        refuse_after_failure(connection.info)
        nested = await connection.begin_nested()
        try:
            yield
        except BaseException:
            forget_loaded(connection.info)
            with suppress(PortabilityError, SQLAlchemyError):  # the error to tell is the first one
                await nested.rollback()
            raise
        await nested.commit()


async def migrate(url: str) -> None:
    """Bring a database up to date without opening it for use. Raises as ``open_database`` does."""
    engines = _engines(url, readers=1)
    try:
        async with _failures_are_ours(), engines.writer.begin() as connection:
            await connection.run_sync(upgrade)
    finally:
        await _to_its_end(engines.close())


async def _migrate(database: Database) -> None:
    """Only if there is something to do: a current database opens where it cannot be written."""
    async with database.read() as connection:
        current = await connection.run_sync(is_current)
    if not current:
        async with database.write() as connection:
            await connection.run_sync(upgrade)


async def _check_in_use(database: Database) -> None:
    async with database.read() as connection:
        current = await connection.run_sync(is_current)
    if not current or not await _is_keyed(database):
        raise ConfigurationError(
            "this database is empty or of an older version of the software: start the node on it "
            "once, or use the version that wrote it"
        )


async def _is_keyed(database: Database) -> bool:
    async with database.read() as connection:
        return await open_vault(connection, database.vault, create=False)


def parse_url(text: str) -> URL:
    """Raises ConfigurationError for a URL of which a node can make no use."""
    try:
        url = make_url(text)
    except ArgumentError:
        url = None
    if url is None or url.drivername not in _DRIVERS or not url.database:
        raise ConfigurationError(
            "`database` names no database that this node can use: write "
            "sqlite+aiosqlite:////path/to/node.db or postgresql+asyncpg://user@host/name"
        )
    return url


def _engines(text: str, readers: int) -> Engines:
    url = parse_url(text)
    if url.drivername == _DRIVERS[0]:
        return sqlite.engines(url, readers)
    return postgresql.engines(url, readers)


async def _to_its_end(work: Awaitable[None]) -> None:
    """A cancellation is passed on only when the work is done: half closed is not closed."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise


@asynccontextmanager
async def _connection(engine: AsyncEngine) -> AsyncIterator[Connection]:
    """A connection out of the pool; StorageError where none can be had."""
    connected = False
    try:
        async with engine.connect() as connection:
            connected = True
            yield connection
    except Exception as error:
        if connected or isinstance(error, PortabilityError):
            raise
        # also from the first words with a server, whose failures come out of SQLAlchemy as anything
        raise as_ours(error) from None


@asynccontextmanager
async def _afresh(connection: Connection) -> AsyncIterator[None]:
    """Connections are used again: neither failures nor keys go from one transaction to the next."""
    info = connection.info
    begin_afresh(info)
    try:
        yield
    finally:
        forget_loaded(info)


@asynccontextmanager
async def _failures_are_ours() -> AsyncIterator[None]:
    """What SQLAlchemy itself raises, say for an exhausted pool, becomes ours; no text of others."""
    failure: PortabilityError
    try:
        yield
    except (StorageError, StaleCheckpointError, InvalidInputError) as error:
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
