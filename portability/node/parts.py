"""What a node opens before it serves, in order, and closes after, in reverse."""

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final

from portability.errors import ConfigurationError, PortabilityError
from portability.federation.channel import CallPolicy, TlsIdentity
from portability.federation.directory import DirectoryFile
from portability.federation.peer import Peers
from portability.node.agreements.files import keep_adoptions, read_adoptions
from portability.node.config import NodeConfig, load_keys, load_tls
from portability.node.directory_history import open_directory_file, remember_directory
from portability.node.erasure.erasing import Eraser
from portability.node.erasure.keeping import Keeping, open_keeping
from portability.node.erasure.parts import build_eraser
from portability.node.foundation import Foundation, World
from portability.node.keys import NodeKeys, StorageKeys
from portability.node.log.parts import LogParts, build_log_parts, start_log
from portability.node.log.prover import Prover
from portability.node.log.sequencer import Sequencer
from portability.node.operating.maintenance import Maintenance
from portability.node.readiness import check_keys
from portability.node.records.workers import Verifiers
from portability.node.tls import check_own_certificate
from portability.store.engine import Database, open_database

MAX_VERIFIERS: Final = 16

WITNESS_CALLS: Final = CallPolicy(deadline_seconds=3.0, attempts=1)
"""A witness that is away is asked again later anyway."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """
    What is open while a node serves, beside what all of it stands on.

    ``peers`` are called for cases, ``witnesses`` for this node's log.
    """

    config: NodeConfig
    keys: NodeKeys
    tls: TlsIdentity
    directory: DirectoryFile
    foundation: Foundation
    log: LogParts
    verifiers: Verifiers
    peers: Peers
    witnesses: Peers
    eraser: Eraser
    maintenance: Maintenance

    async def start(self) -> None:
        """Begin to write, then finish what an end in the middle of it had left."""
        database, clock = self.foundation.database, self.foundation.world.clock
        await remember_directory(self.directory, database, clock)
        await start_log(self.foundation, self.log.views)
        await self._keep_adoptions()
        await self.eraser.start()
        await self.maintenance.look()
        self.verifiers.start()

    async def close(self) -> None:
        """All but the database, which was there before."""
        await self.witnesses.close()
        await self.peers.close()
        await self.foundation.sequencer.close()
        self.verifiers.close()

    async def _keep_adoptions(self) -> None:
        """What each jurisdiction signed, as far as it was exchanged as files."""
        folder = self.config.agreements.folder
        if folder is not None:
            adoptions = read_adoptions(folder, self.directory())
            now = self.foundation.world.clock()
            await keep_adoptions(self.foundation.database, adoptions, now)


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
    async with AsyncExitStack() as closing:
        database = await _open_database(config, storage, keeping, world)
        closing.push_async_callback(database.close)
        directory = await open_directory_file(config.directory, database, world.clock)
        await _check_trusted(config, keys, directory, world)
        maintenance = Maintenance(database=database, clock=world.clock)
        foundation = _lay_foundation(
            config,
            keys=keys,
            directory=directory,
            database=database,
            maintenance=maintenance,
            world=world,
        )
        witnesses = Peers(directory, tls, WITNESS_CALLS)
        parts = Parts(
            config=config,
            keys=keys,
            tls=tls,
            directory=directory,
            foundation=foundation,
            log=build_log_parts(foundation, witness_key=keys.witness, witnesses=witnesses),
            verifiers=Verifiers(min(os.cpu_count() or 1, MAX_VERIFIERS)),
            peers=Peers(directory, tls, protocol_version=config.protocol_version),
            witnesses=witnesses,
            eraser=_eraser(config, foundation, keeping),
            maintenance=maintenance,
        )
        closing.push_async_callback(parts.close)
        await parts.start()
        yield parts


async def _open_database(
    config: NodeConfig, storage: StorageKeys, keeping: Keeping, world: World
) -> Database:
    database = await open_database(
        config.database,
        wrapping_key=storage.wrapping,
        index_key=storage.index,
        randomness=world.randomness,
        shares=keeping.forgetting.share,
    )
    for entry in keeping.journal.entries:
        database.vault.fence(entry.owner)  # before anything is read, whatever the database says
    return database


def _lay_foundation(
    config: NodeConfig,
    *,
    keys: NodeKeys,
    directory: DirectoryFile,
    database: Database,
    maintenance: Maintenance,
    world: World,
) -> Foundation:
    in_force = directory()
    sequencer = Sequencer(
        database=database,
        origin=in_force.member(config.jurisdiction).log_origin,
        log_key=keys.log,
        clock=world.clock,
        fault=world.fault,
        ended=[one for one in in_force.ended_logs if one.jurisdiction == config.jurisdiction],
    )
    return Foundation(
        jurisdiction=config.jurisdiction,
        node_key=keys.node,
        directory=directory,
        database=database,
        sequencer=sequencer,
        prover=Prover(database),
        world=world,
        pause=lambda: maintenance.pause,
        protocol_version=config.protocol_version,
    )


def _eraser(config: NodeConfig, foundation: Foundation, keeping: Keeping) -> Eraser:
    return build_eraser(
        foundation,
        journal=keeping.journal,
        forgetting=keeping.forgetting,
        rules=config.erasure.rules,
        file=config.database_file,
    )


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
