"""
Whether this node can do its work now: its keys, its directory, its database, the head of its log.

Each check does the thing rather than asking about it. What fails is told as one of our sentences
or, for anything else, as the fixed words; never as somebody's exception text.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol

import structlog

from portability.errors import (
    HaltedError,
    PortabilityError,
    ProofError,
    SignatureError,
    StorageError,
)
from portability.ledger.checkpoint import open_checkpoint
from portability.ledger.directory import NODE_LEVEL, Directory, KeyPurpose
from portability.ledger.mldsa import verify_any_signature
from portability.ledger.tiles import BundleRef, TileRef, edge_tiles
from portability.ledger.tree import Frontier
from portability.node.keys import NodeKeys
from portability.store.engine import Database
from portability.store.log_tree import read_head

CHECK_SECONDS: Final = 5.0
FAILED: Final = "the check failed; the node's log says where"
OK: Final = ""

_PROBE: Final = b"portability-readiness/1\n"

Check = Callable[[], Awaitable[None]]

log = structlog.get_logger(__name__)


class ReadSide(Protocol):
    """The published side of the log, read from the database at each call."""

    async def checkpoint(self) -> bytes:
        """The latest published checkpoint; the committed one where none was published yet."""

    async def committed(self) -> bytes:
        """The latest committed checkpoint."""

    async def tile(self, ref: TileRef) -> bytes:
        """Exactly ``ref.width`` hashes. Raises NotFoundError for what the tree does not have."""

    async def bundle(self, ref: BundleRef) -> bytes:
        """The entry bundle of exactly that width. Raises NotFoundError likewise."""


class Readiness:
    """
    The last outcome of each check, by name; empty where it passed.

    ``details`` are told beside them and decide nothing.
    """

    def __init__(
        self,
        checks: Mapping[str, Check],
        details: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        self._checks = checks
        self.details = details
        self.outcomes: dict[str, str] = dict.fromkeys(checks, "not checked yet")

    @property
    def is_ready(self) -> bool:
        return not any(self.outcomes.values())

    async def look(self) -> bool:
        """Make every check now; whether all passed."""
        before = self.is_ready
        for name, check in self._checks.items():
            self.outcomes[name] = await _outcome(name, check)
        if before != self.is_ready:
            failed = [name for name, why in self.outcomes.items() if why]
            log.info("readiness_changed", ready=self.is_ready, failed=failed)
        return self.is_ready


def check_keys(
    keys: NodeKeys,
    *,
    jurisdiction: str,
    directory: Callable[[], Directory],
    clock: Callable[[], datetime],
) -> Check:
    """The node's keys sign, and the directory in force trusts them for what they sign."""

    async def check() -> None:
        purposes = [
            (KeyPurpose.NODE, keys.node),
            (KeyPurpose.LOG, keys.log),
        ]
        if keys.witness is not None:
            purposes.append((KeyPurpose.WITNESS, keys.witness))
        origin = directory().member(jurisdiction).log_origin
        logs = {key.public for key in directory().log_vkeys(origin, clock())}
        for purpose, signer in purposes:
            verify_any_signature(signer.public, _PROBE, signer.sign(_PROBE))
            trusted = directory().keys(jurisdiction, NODE_LEVEL, purpose, clock())
            is_other_log = purpose is KeyPurpose.LOG and signer.public not in logs
            if signer.key_id not in trusted or is_other_log:
                raise SignatureError(
                    f"the directory does not trust this node's {purpose} key now; "
                    "bring the directory that names it, or the key that it names"
                )

    return check


def check_log_head(
    read_side: ReadSide,
    *,
    jurisdiction: str,
    directory: Callable[[], Directory],
    clock: Callable[[], datetime],
) -> Check:
    """The root derived again from the stored tiles is the one that our log's key has signed."""

    async def check() -> None:
        known = directory()
        origin = known.member(jurisdiction).log_origin
        note = await read_side.committed()
        signed = open_checkpoint(note, known.log_vkey(jurisdiction, clock()), origin)
        tiles = {ref: await read_side.tile(ref) for ref in edge_tiles(signed.size)}
        if Frontier.load(signed.size, tiles.__getitem__).root() != signed.root:
            raise ProofError("the stored tiles do not give the root of the signed checkpoint")

    return check


def check_database(database: Database, file: Path | None) -> Check:
    """
    The database answers a query of ours; an embedded one still has the file that it began with.

    Without its file an open database goes on as if nothing had happened, and loses all of it.
    """
    begun_with = _identity(file)

    async def check() -> None:
        if file is not None and await asyncio.to_thread(_identity, file) != begun_with:
            raise StorageError(
                f"the database file {file} is gone or was replaced; stop the node and restore it",
                file=str(file),
            )
        async with database.read() as connection:
            await read_head(connection)

    return check


def check_not_halted(halted: Callable[[], HaltedError | None]) -> Check:
    """The write path has not stopped in doubt."""

    async def check() -> None:
        error = halted()
        if error is not None:
            raise error

    return check


def _identity(file: Path | None) -> tuple[int, int] | None:
    """Device and number of a file; None where there is none."""
    try:
        status = file.stat() if file is not None else None
    except OSError:
        return None
    return None if status is None else (status.st_dev, status.st_ino)


async def _outcome(name: str, check: Check) -> str:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            await check()
    except PortabilityError as error:
        return error.message
    except TimeoutError:
        return f"no answer within {CHECK_SECONDS:g} seconds"
    except Exception:  # an unknown failure is a failure; only its type enters the log
        log.exception("readiness_failed", check=name)
        return FAILED
    return OK
