"""
What an operator's commands open of a node, whether it runs or not: its database, to be read alone.

The directory in force is not asked for: what was stored under one that has expired is still there.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from portability.errors import ConfigurationError, PortabilityError
from portability.federation.directory import read_envelope_file
from portability.ledger.directory import (
    DIRECTORY_TYPE,
    Directory,
    KeyPurpose,
    parse_directory,
)
from portability.ledger.envelope import verify_envelope
from portability.ledger.keys import key_id
from portability.ledger.note import log_key
from portability.node.config import NodeConfig, load_keys
from portability.node.erasure_keeping import open_keeping
from portability.node.fsck import LogTrust
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
    directory = _read_directory(config)
    origin = directory.member(config.jurisdiction).log_origin
    publics = dict.fromkeys(
        [
            keys.log.public,
            *(
                entry.public
                for entry in directory.entries
                if (entry.jurisdiction, entry.purpose) == (config.jurisdiction, KeyPurpose.LOG)
            ),
        ]
    )
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
        yield (
            database,
            LogTrust(
                jurisdiction=config.jurisdiction,
                origin=origin,
                keys=tuple(log_key(origin, public) for public in publics),
                directory=directory,
            ),
        )
    finally:
        await database.close()


def _read_directory(config: NodeConfig) -> Directory:
    """The directory of the configuration, signed as it must be, whether in force or not."""
    settings = config.directory
    pinned = {key_id(public): public for public in settings.root_keys}
    try:
        envelope = read_envelope_file(settings.file)
        verified = verify_envelope(envelope, {DIRECTORY_TYPE}, pinned, settings.threshold)
        return parse_directory(verified.payload)
    except ConfigurationError:
        raise
    except PortabilityError as error:
        raise ConfigurationError(
            f"the directory {settings.file} is not usable: {error.message}", file=str(settings.file)
        ) from None
