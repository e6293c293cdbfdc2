"""What the services of one node are made of, opened in order and closed in reverse."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from portability.errors import ConfigurationError, PortabilityError, PreconditionError
from portability.federation.channel import CallPolicy, TlsIdentity
from portability.federation.directory import DirectoryFile
from portability.federation.peer import Peers
from portability.node.agreements.files import keep_adoptions, read_adoptions
from portability.node.config import NodeConfig, load_keys, load_tls
from portability.node.directory_history import open_directory_file, remember_directory
from portability.node.erasure.erasing import Eraser
from portability.node.erasure.keeping import open_keeping
from portability.node.erasure.signing import ErasureVoice
from portability.node.faults import Fault
from portability.node.keys import NodeKeys
from portability.node.log.prover import Prover
from portability.node.log.publication import Publisher
from portability.node.log.read_side import LogFiles
from portability.node.log.sequencer import Sequencer
from portability.node.log.witness import Witness
from portability.node.log.witness_views import WitnessViews, check_views, tell_unreachable
from portability.node.operating.maintenance import Maintenance
from portability.node.readiness import check_keys
from portability.node.records.workers import Verifiers
from portability.node.tls import check_own_certificate
from portability.store.engine import Database, open_database
from portability.store.log import read_head

MAX_VERIFIERS: Final = 16

WITNESS_CALLS: Final = CallPolicy(deadline_seconds=3.0, attempts=1)
"""A witness that is away is asked again later anyway."""


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
    publisher: Publisher
    eraser: Eraser
    maintenance: Maintenance


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
    keeping = open_keeping(config.erasure.folder, config.mode)
    database = await open_database(
        config.database,
        wrapping_key=storage.wrapping,
        index_key=storage.index,
        randomness=world.randomness,
        shares=keeping.forgetting.share,
    )
    for entry in keeping.journal.entries:
        database.vault.fence(entry.owner)  # before anything is read, whatever the database says
    try:
        directory = await open_directory_file(config.directory, database, world.clock)
        await _check_trusted(config, keys, directory, world)
    except BaseException:
        await database.close()
        raise
    sequencer = Sequencer(
        database=database,
        origin=directory().member(config.jurisdiction).log_origin,
        log_key=keys.log,
        clock=world.clock,
        fault=world.fault,
        ended=[one for one in directory().ended_logs if one.jurisdiction == config.jurisdiction],
    )
    verifiers = Verifiers(min(os.cpu_count() or 1, MAX_VERIFIERS))
    peers = Peers(directory, tls, protocol_version=config.protocol_version)
    links = Peers(directory, tls, WITNESS_CALLS)
    views = WitnessViews(
        jurisdiction=config.jurisdiction,
        database=database,
        directory=directory,
        witness=links,
        clock=world.clock,
    )
    try:
        await remember_directory(directory, database, world.clock)
        await _check_witnesses(views, database)
        await sequencer.start()
        await _keep_adoptions(config, database, directory, world)
        eraser = Eraser(
            database=database,
            sequencer=sequencer,
            journal=keeping.journal,
            forgetting=keeping.forgetting,
            voice=ErasureVoice(
                jurisdiction=config.jurisdiction, node_key=keys.node, randomness=world.randomness
            ),
            rules=config.erasure.rules,
            clock=world.clock,
            randomness=world.randomness,
            fault=world.fault,
            file=config.database_file,
        )
        await eraser.start()
        maintenance = Maintenance(database=database, clock=world.clock)
        await maintenance.look()
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
            log_files=LogFiles(database, lambda: _quorum(directory)),
            verifiers=verifiers,
            peers=peers,
            witness=Witness(
                database=database,
                directory=directory,
                jurisdiction=config.jurisdiction,
                signer=keys.witness,
                clock=world.clock,
            ),
            publisher=Publisher(
                jurisdiction=config.jurisdiction,
                database=database,
                directory=directory,
                witness=links,
                views=views,
                halt=sequencer.halt,
                clock=world.clock,
                sleep=asyncio.sleep,
                randomness=world.randomness,
            ),
            eraser=eraser,
            maintenance=maintenance,
        )
    finally:
        await links.close()
        await peers.close()
        await sequencer.close()
        verifiers.close()
        await database.close()


async def _keep_adoptions(
    config: NodeConfig, database: Database, directory: DirectoryFile, world: World
) -> None:
    """What each jurisdiction signed, as far as it was exchanged as files."""
    folder = config.agreements.folder
    if folder is not None:
        await keep_adoptions(database, read_adoptions(folder, directory()), world.clock())


def _quorum(directory: DirectoryFile) -> int:
    """Of the directory in force; with an expired one nothing new is published, and that shows."""
    try:
        return directory().quorum
    except PreconditionError:
        return 1


async def _check_witnesses(views: WitnessViews, database: Database) -> None:
    """Before anything is signed: this database has all that its witnesses have seen."""
    seen = await views.look()
    async with database.read() as connection:
        size = (await read_head(connection)).size
    check_views(seen, size)
    tell_unreachable(seen)


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
