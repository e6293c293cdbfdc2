"""What the services of one node are made of, opened in order and closed in reverse."""

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from portability.errors import ConfigurationError, PortabilityError
from portability.federation.channel import TlsIdentity
from portability.federation.directory import DirectoryFile
from portability.federation.peer import Peers
from portability.node.config import NodeConfig, load_keys, load_tls
from portability.node.faults import Fault
from portability.node.keys import NodeKeys
from portability.node.prover import Prover
from portability.node.read_side import LogFiles
from portability.node.readiness import check_keys
from portability.node.sequencer import Sequencer
from portability.node.tls import check_own_certificate
from portability.node.witness import Witness
from portability.node.workers import Verifiers
from portability.store.engine import Database, open_database

MAX_VERIFIERS: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """
    What the node cannot make up for itself.

    ``monotonic`` gives seconds that never go back, ``fault`` is called at the named points of
    ``node.faults``.
    """

    clock: Callable[[], datetime]
    monotonic: Callable[[], float]
    randomness: Callable[[int], bytes]
    fault: Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Everything that services and drivers are given."""

    config: NodeConfig
    world: World
    keys: NodeKeys
    tls: TlsIdentity
    directory: DirectoryFile
    database: Database
    sequencer: Sequencer
    prover: Prover
    log_files: LogFiles
    verifiers: Verifiers
    peers: Peers
    witness: Witness


@asynccontextmanager
async def open_parts(config: NodeConfig, world: World) -> AsyncIterator[Parts]:
    """
    Open keys, directory, database and write path; close them in the end.

    Raises ConfigurationError for keys, files and settings that do not fit each other, StorageError
    for a database that refuses, HaltedError for a log that does not give its own signed head.
    """
    keys, storage = load_keys(config)
    tls = load_tls(config)
    check_own_certificate(tls, config)
    directory = DirectoryFile(
        config.directory.file,
        root_keys=config.directory.root_keys,
        threshold=config.directory.threshold,
        clock=world.clock,
    )
    await _check_trusted(config, keys, directory, world)
    database = await open_database(
        config.database,
        wrapping_key=storage.wrapping,
        index_key=storage.index,
        randomness=world.randomness,
    )
    sequencer = Sequencer(
        database=database,
        origin=directory().member(config.jurisdiction).log_origin,
        log_key=keys.log,
        clock=world.clock,
        fault=world.fault,
    )
    verifiers = Verifiers(min(os.cpu_count() or 1, MAX_VERIFIERS))
    peers = Peers(directory, tls)
    try:
        await sequencer.start()
        verifiers.start()
        yield Parts(
            config=config,
            world=world,
            keys=keys,
            tls=tls,
            directory=directory,
            database=database,
            sequencer=sequencer,
            prover=Prover(database),
            log_files=LogFiles(database),
            verifiers=verifiers,
            peers=peers,
            witness=Witness(
                database=database,
                directory=directory,
                jurisdiction=config.jurisdiction,
                signer=keys.witness,
                clock=world.clock,
            ),
        )
    finally:
        await peers.close()
        await sequencer.close()
        verifiers.close()
        await database.close()


async def _check_trusted(
    config: NodeConfig, keys: NodeKeys, directory: DirectoryFile, world: World
) -> None:
    """A node whose keys nobody trusts would only make statements that nobody believes."""
    check = check_keys(
        keys, jurisdiction=config.jurisdiction, directory=directory, clock=world.clock
    )
    try:
        directory().member(config.jurisdiction)
        await check()
    except PortabilityError as error:
        raise ConfigurationError(
            f"{config.file}: {error.message}", file=str(config.file), field="keys"
        ) from None
