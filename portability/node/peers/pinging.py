"""A ping as this node, from its configuration alone: the node itself may be running or not."""

from collections.abc import Sequence
from datetime import datetime

from portability.errors import ConfigurationError, StorageError
from portability.federation.directory import DirectoryFile
from portability.federation.ping import Pinger, Way, ping
from portability.ledger.envelope import Envelope
from portability.node.config import NodeConfig, load_keys, load_tls
from portability.node.directory_history import stored_envelopes
from portability.node.foundation import World
from portability.node.keys import StorageKeys
from portability.node.tls import certificate_ends, check_own_certificate
from portability.store.engine import inspect_database


async def ping_peer(config: NodeConfig, peer: str, world: World) -> Way:
    """
    Try the whole way to a peer with the keys and the certificate of the node.

    Raises ConfigurationError for files of this node that are unusable, or a certificate of its own
    that has expired.
    """
    keys, storage = load_keys(config)
    tls = load_tls(config)
    check_own_certificate(tls, config)
    _check_own_validity(tls.certificate, config, world.clock())
    directory = DirectoryFile(
        config.directory.file,
        root_keys=config.directory.root_keys,
        threshold=config.directory.threshold,
        clock=world.clock,
        history=await _history(config, storage, world),
    )
    pinger = Pinger(
        jurisdiction=config.jurisdiction,
        directory=directory,
        tls=tls,
        node_key=keys.node,
        clock=world.clock,
        randomness=world.randomness,
        protocol_version=config.protocol_version,
    )
    return await ping(pinger, peer)


def _check_own_validity(certificate: bytes, config: NodeConfig, now: datetime) -> None:
    ends = certificate_ends(certificate)
    if ends <= now:
        raise ConfigurationError(
            f"{config.file}: tls.certificate has expired on {ends:%Y-%m-%d}; have it renewed, "
            "no peer talks to this node before",
            file=str(config.file),
            field="tls.certificate",
        )


async def _history(config: NodeConfig, storage: StorageKeys, world: World) -> Sequence[Envelope]:
    """The versions that the node took over; none where its database is not to be had now."""
    try:
        database = await inspect_database(
            config.database,
            wrapping_key=storage.wrapping,
            index_key=storage.index,
            randomness=world.randomness,
        )
    except (ConfigurationError, StorageError):
        return ()
    try:
        async with database.read() as connection:
            return await stored_envelopes(connection)
    finally:
        await database.close()
