"""
Which versions of the directory this node took over, kept in its database.

A version is durable before it is in use, so that no restart goes back behind it, whatever file it
finds. An older one could bring back a key that was cut off.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

import structlog

from portability.errors import PortabilityError
from portability.federation.directory import DirectoryFile, Version
from portability.ledger.envelope import Envelope, envelope_from_json, envelope_to_json
from portability.node.config import DirectorySettings
from portability.store.directories import add_directory, list_directories
from portability.store.engine import Connection, Database

log = structlog.get_logger(__name__)


async def open_directory_file(
    settings: DirectorySettings, database: Database, clock: Callable[[], datetime]
) -> DirectoryFile:
    """The directory of a configuration, followed from what this node knows. ConfigurationError."""
    async with database.read() as connection:
        history = await stored_envelopes(connection)
    return DirectoryFile(
        settings.file,
        root_keys=settings.root_keys,
        threshold=settings.threshold,
        clock=clock,
        history=history,
    )


async def check_history(directory: DirectoryFile, database: Database) -> None:
    """Refuse a directory older than one in use before (ConfigurationError). Writes nothing."""
    async with database.read() as connection:
        await _check(connection, directory)


async def remember_directory(
    directory: DirectoryFile, database: Database, clock: Callable[[], datetime]
) -> None:
    """
    Check it as ``check_history``, and keep the versions in use. Raises ConfigurationError.

    To be called before anything is signed: what is signed under a version must not outlive it.
    """
    async with database.write() as connection:
        await _check(connection, directory)
        await _keep(connection, directory.versions, clock())
        await _check(connection, directory)  # another process may have kept its own meanwhile
        directory.recall(await stored_envelopes(connection))


async def renew_directory(
    directory: DirectoryFile, database: Database, clock: Callable[[], datetime]
) -> bool:
    """
    Take over a newer version if the file has one that counts; whether it had.

    Raises no PortabilityError: of a version that does not count the log says why, and the one in
    use stays.
    """
    try:
        found = directory.look()
        if not found:
            return False
        async with database.write() as connection:
            await _keep(connection, found, clock())
        directory.take_over(found)
        await check_history(directory, database)
    except PortabilityError as error:
        log.warning("directory_refused", reason=error.reason, why=error.message)
        return False
    log.info("directory_reloaded", version=found[-1].directory.version)
    return True


async def stored_envelopes(connection: Connection) -> tuple[Envelope, ...]:
    """Every version that was taken over, in order, as it was signed."""
    return tuple(envelope_from_json(one.envelope) for one in await list_directories(connection))


async def _check(connection: Connection, directory: DirectoryFile) -> None:
    for accepted in (await stored_envelopes(connection))[-1:]:
        directory.check_follows(accepted)


async def _keep(connection: Connection, versions: Sequence[Version], now: datetime) -> None:
    for one in versions:
        await add_directory(connection, one.directory.version, envelope_to_json(one.envelope), now)
