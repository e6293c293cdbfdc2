"""Readiness: each check does the thing, and tells what failed in words of our own."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from portability.errors import HaltedError, NotFoundError, PortabilityError
from portability.ledger.checkpoint import Checkpoint, sign_checkpoint
from portability.ledger.directory import Directory, KeyEntry, KeyPurpose, Member
from portability.ledger.keys import Ed25519Signer
from portability.ledger.tiles import BundleRef, TileRef
from portability.ledger.tree import Frontier
from portability.node.keys import NodeKeys
from portability.node.readiness import (
    FAILED,
    Readiness,
    check_keys,
    check_log_head,
    check_not_halted,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ORIGIN = "fr.example/log"
NODE, LOG, OTHER = (Ed25519Signer(bytes([number]) * 32) for number in (1, 2, 3))

pytestmark = pytest.mark.asyncio


def directory(node: Ed25519Signer = NODE, log: Ed25519Signer = LOG) -> Directory:
    def entry(purpose: KeyPurpose, signer: Ed25519Signer) -> KeyEntry:
        return KeyEntry(
            jurisdiction="FR",
            institution="",
            purpose=purpose,
            public=signer.public,
            valid_from=NOW - timedelta(days=1),
        )

    return Directory(
        version=1,
        valid_from=NOW - timedelta(days=1),
        valid_to=NOW + timedelta(days=1),
        threshold=1,
        roots={OTHER.key_id: OTHER.public},
        members=(
            Member(jurisdiction="FR", endpoint="h:1", log_origin=ORIGIN, server_name="fr.example"),
        ),
        institutions=(),
        entries=(entry(KeyPurpose.NODE, node), entry(KeyPurpose.LOG, log)),
    )


class MemoryLog:
    """A log in memory that a test may damage."""

    def __init__(self, size: int, signer: Ed25519Signer = LOG) -> None:
        self.frontier = Frontier()
        leaves = [index.to_bytes(32, "big") for index in range(size)]
        self.tiles = {
            (tile.level, tile.index): tile.hashes for tile in self.frontier.append(leaves)
        }
        head = Checkpoint(origin=ORIGIN, size=size, root=self.frontier.root())
        self.note = sign_checkpoint(head, signer)

    async def committed(self) -> bytes:
        return self.note

    async def checkpoint(self) -> bytes:
        return self.note

    async def tile(self, ref: TileRef) -> bytes:
        if (ref.level, ref.index) not in self.tiles:
            raise NotFoundError("the log holds no such tile yet")
        return self.tiles[ref.level, ref.index][: ref.width * 32]

    async def bundle(self, ref: BundleRef) -> bytes:
        raise NotFoundError("the log holds no such tile yet")


def head_check(log: MemoryLog) -> Readiness:
    check = check_log_head(log, jurisdiction="FR", directory=directory, clock=lambda: NOW)
    return Readiness({"log_head": check})


@pytest.mark.parametrize("size", [0, 1, 255, 256, 300, 70_000])
async def test_a_head_that_the_tiles_give_is_ready(size: int) -> None:
    readiness = head_check(MemoryLog(size))
    assert readiness.is_ready is False  # nothing was looked at yet
    assert await readiness.look() is True
    assert readiness.is_ready


@pytest.mark.parametrize("level", [0, 1, 2])
async def test_a_flipped_bit_in_a_tile_makes_the_node_unready(level: int) -> None:
    log = MemoryLog(70_000)
    ((at, hashes),) = [
        (at, hashes)
        for at, hashes in log.tiles.items()
        if at[0] == level and len(hashes) < 256 * 32
    ]
    log.tiles[at] = bytes([hashes[0] ^ 1]) + hashes[1:]
    readiness = head_check(log)
    assert await readiness.look() is False
    assert "do not give the root" in readiness.outcomes["log_head"]


async def test_a_missing_tile_makes_the_node_unready() -> None:
    log = MemoryLog(300)
    del log.tiles[0, 1]
    assert await head_check(log).look() is False


async def test_a_checkpoint_of_another_key_makes_the_node_unready() -> None:
    assert await head_check(MemoryLog(3, OTHER)).look() is False


async def test_no_checkpoint_at_all_makes_the_node_unready() -> None:
    log = MemoryLog(3)
    log.note = b""
    assert await head_check(log).look() is False


@pytest.mark.parametrize(
    ("known", "is_ready"),
    [
        (directory(), True),
        (directory(node=OTHER), False),
        (directory(log=OTHER), False),
    ],
)
async def test_keys_are_ready_when_the_directory_trusts_both(
    known: Directory,
    is_ready: bool,  # noqa: FBT001  # a parameter of the test
) -> None:
    check = check_keys(
        NodeKeys(node=NODE, log=LOG),
        jurisdiction="FR",
        directory=lambda: known,
        clock=lambda: NOW,
    )
    assert await Readiness({"keys": check}).look() is is_ready


async def test_a_halted_write_path_says_why() -> None:
    halted = HaltedError("the database did not say whether it committed")
    readiness = Readiness({"write_path": check_not_halted(lambda: halted)})
    assert await readiness.look() is False
    assert readiness.outcomes == {"write_path": halted.message}


def failing(error: Exception) -> Callable[[], object]:
    async def check() -> None:
        await asyncio.sleep(0)
        raise error

    return check


async def test_the_words_of_an_unknown_failure_are_not_shown() -> None:
    readiness = Readiness({"database": failing(ValueError("Rosa"))})
    assert await readiness.look() is False
    assert readiness.outcomes == {"database": FAILED}


async def test_one_failure_is_enough_and_the_others_are_still_looked_at() -> None:
    async def passes() -> None:
        return

    readiness = Readiness({"a": failing(PortabilityError("a is gone")), "b": passes})
    assert await readiness.look() is False
    assert readiness.outcomes == {"a": "a is gone", "b": ""}


async def test_a_node_becomes_ready_again() -> None:
    state: list[Exception] = [PortabilityError("gone")]

    async def check() -> None:
        if state:
            raise state[0]

    readiness = Readiness({"x": check})
    assert await readiness.look() is False
    state.clear()
    assert await readiness.look() is True
