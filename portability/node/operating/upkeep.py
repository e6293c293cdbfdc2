"""
What an operator's commands open of a node, whether it runs or not: its database, to be read alone.

The directory in force is not asked for: what was stored under one that has expired is still there.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from portability.errors import ConfigurationError, PortabilityError
from portability.federation.directory import read_versions, with_history
from portability.ledger.directory import Directory, follow_directories
from portability.ledger.envelope import Envelope
from portability.ledger.keys import Signer
from portability.ledger.note import log_key
from portability.node.audit.fsck import LogTrust
from portability.node.config import NodeConfig, load_keys
from portability.node.directory_history import stored_envelopes
from portability.node.erasure.keeping import open_keeping
from portability.store.engine import Database, inspect_database


@asynccontextmanager
async def open_stored(
    config: NodeConfig, randomness: Callable[[int], bytes]
) -> AsyncIterator[tuple[Database, LogTrust]]:
    """
    Database and log of a node, as its configuration names them.

    Raises ConfigurationError for files that cannot be read or do not fit each other, StorageError
    for a database that refuses.
    """
    keys, storage = load_keys(config)
    keeping = open_keeping(config.erasure.folder, config.mode)
    database = await inspect_database(
        config.database,
        wrapping_key=storage.wrapping,
        index_key=storage.index,
        randomness=randomness,
        shares=keeping.forgetting.share,
    )
    for entry in keeping.journal.entries:
        database.vault.fence(entry.owner)  # erased, also where a restored database holds them
    try:
        async with database.read() as connection:
            directory = _directory(config, await stored_envelopes(connection))
        yield database, _trust(config, directory, keys.log)
    finally:
        await database.close()


def _trust(config: NodeConfig, directory: Directory, own: Signer) -> LogTrust:
    origin = directory.member(config.jurisdiction).log_origin
    origins = directory.log_origins(config.jurisdiction)
    known = [key for name in origins for key in directory.log_vkeys(name, None)]
    return LogTrust(
        jurisdiction=config.jurisdiction,
        origin=origin,
        keys=tuple(dict.fromkeys([log_key(origin, own.public), *known])),
        directory=directory,
    )


def _directory(config: NodeConfig, history: Sequence[Envelope]) -> Directory:
    """The directory of the configuration, signed as it must be, whether in force or not."""
    settings = config.directory
    try:
        envelopes = with_history(history, read_versions(settings.file))
        return follow_directories(envelopes, settings.root_keys, settings.threshold)[-1]
    except ConfigurationError:
        raise
    except PortabilityError as error:
        raise ConfigurationError(
            f"the directory {settings.file} is not usable: {error.message}", file=str(settings.file)
        ) from None
