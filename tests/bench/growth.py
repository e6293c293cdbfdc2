"""
What one append and one proof cost as the log grows: in time here, in steps of the database in CI.

    python -m tests.bench.growth 10000 10000000 --folder /var/tmp/growth --check

builds the logs (kept in the folder, so that a second run begins at once), measures them in turns
and prints medians in microseconds, and their ratio.
"""

import asyncio
import json
import random
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from itertools import count
from multiprocessing import get_context
from os import urandom
from pathlib import Path
from statistics import median
from typing import Any, Final

from portability.ledger.envelope import Envelope, statement_id
from portability.node.audit.fsck import check_database
from portability.node.log.write import RecordEntry
from portability.store import persons, sqlite
from portability.store.log_tree import read_head
from portability.wire.envelope import envelope_to_bytes
from tests.integration.faults.small_node import TRUST, SmallNode, now, small_node
from tests.integration.faults.stories import record
from tests.unit.agents.rosa_case import KEYS

BATCH: Final = 5_000
OF_ONE_PERSON: Final = 500
CHANCE: Final = random.Random(10_000_000)  # noqa: S311  # the same leaves in every run


class Log:
    """One log of at least so many entries, open."""

    def __init__(self, node: SmallNode, size: int) -> None:
        self._node = node
        self._size = size
        self._fresh = count(int.from_bytes(urandom(6), "big") << 32)  # never built before

    async def build(self, tell: Callable[[int], None]) -> None:
        async with self._node.database.read() as connection:
            begun = (await read_head(connection)).size
        numbers = range(begun - begun % BATCH, self._size)
        with get_context("spawn").Pool() as pool:
            made = pool.imap(_made, numbers, chunksize=BATCH // 10)
            for first in range(numbers.start, numbers.stop, BATCH):
                part = [next(made) for _ in range(first, min(first + BATCH, numbers.stop))]
                people = await self._people({number // OF_ONE_PERSON for number, _, _ in part})
                await self._node.sequencer.log_records(
                    [_entry(said, people[n // OF_ONE_PERSON], raw) for n, said, raw in part]
                )
                tell(first)

    async def append(self) -> None:
        """One record of somebody who is known, alone in its transaction."""
        which = CHANCE.randrange(self._size) // OF_ONE_PERSON
        people = await self._people({which})
        _, said, raw = _made(next(self._fresh))
        await self._node.sequencer.log_records([_entry(said, people[which], raw)])

    async def prove(self) -> None:
        """A statement anywhere in the log, with its proof at the head."""
        said = _id(_record(CHANCE.randrange(self._size)))
        await self._node.prover.prove([said])

    async def check(self) -> None:
        found = await check_database(self._node.database, TRUST)
        assert found.is_clean, found.difference

    async def _people(self, numbers: set[int]) -> dict[int, int]:
        """The store's numbers of these persons, who are enrolled where they are not yet."""
        names = {f"persons/{number:032x}": number for number in numbers}
        async with self._node.database.read() as connection:
            found = await persons.find_persons(connection, names.keys())
        if len(found) < len(names):
            async with self._node.database.write() as connection:
                for name in names.keys() - found.keys():
                    found[name], _ = await persons.create_person(
                        connection,
                        self._node.database.vault,
                        name=name,
                        identifier=None,
                        identity_level="substantial",
                        now=now(),
                    )
        return {names[name]: person.id for name, person in found.items()}


def _record(number: int) -> Envelope:
    return record(f"persons/{number // OF_ONE_PERSON:032x}", number)


def _made(number: int) -> tuple[int, bytes, bytes]:
    envelope = _record(number)
    return number, _id(envelope), envelope_to_bytes(envelope)


def _id(envelope: Envelope) -> bytes:
    return statement_id(envelope.payload_type, envelope.payload)


def _entry(said: bytes, person: int, raw: bytes) -> RecordEntry:
    return RecordEntry(statement_id=said, key_id=KEYS["cnav"].key_id, person=person, envelope=raw)


@contextmanager
def counted_steps() -> Iterator[Callable[[], int]]:
    """What SQLite's machine does for connections opened inside, in instructions."""
    steps = 0

    class Connection(sqlite._SyncConnection):
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            self.set_progress_handler(step, 1)

    def step() -> None:
        nonlocal steps
        steps += 1

    plain = sqlite._SyncConnection
    sqlite._SyncConnection = Connection  # type: ignore[misc]
    try:
        yield lambda: steps
    finally:
        sqlite._SyncConnection = plain  # type: ignore[misc]


async def time_of(work: Callable[[], Awaitable[None]]) -> float:
    begun = time.perf_counter()
    await work()
    return time.perf_counter() - begun


async def measure(given: Namespace) -> dict[str, object]:
    given.folder.mkdir(parents=True, exist_ok=True)
    async with AsyncExitStack() as stack:
        logs = {}
        for size in given.sizes:
            file = given.folder / f"{size}.db"
            node = await stack.enter_async_context(small_node(f"sqlite+aiosqlite:///{file}"))
            logs[size] = Log(node, size)
            await logs[size].build(lambda done, size=size: print(f"{done}/{size}", file=sys.stderr))  # noqa: T201
        told: dict[str, object] = {}
        for what in ("append", "prove"):
            taken: dict[int, list[float]] = {size: [] for size in logs}
            for _ in range(given.rounds):
                for size, one in logs.items():
                    taken[size].append(await time_of(getattr(one, what)))
            costs = {size: median(seconds) for size, seconds in taken.items()}
            told[what] = {str(size): round(cost * 1e6) for size, cost in costs.items()}
            told[f"{what}_ratio"] = round(costs[max(costs)] / costs[min(costs)], 3)
        if given.check:
            for one in logs.values():
                await one.check()
        return told


def main() -> int:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="+", type=int)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=300)
    parser.add_argument("--check", action="store_true", help="fsck of each log at the end")
    print(json.dumps(asyncio.run(measure(parser.parse_args())), indent=2))  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
