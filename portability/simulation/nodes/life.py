"""
A simulated node over all its lives: its files, the process that runs on them, and how it dies.

It dies before or after any write to its database, and at the points that the node itself names. In
the middle of a commit the power may go with it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from portability.node.cases.parts import Writing
from portability.node.cases.writing import CaseWriter
from portability.node.peers.parts import Peer
from portability.simulation.fate import Fate
from portability.simulation.nodes.files import Backup, Files
from portability.simulation.nodes.process import (
    WRITES,
    Around,
    DiedError,
    KilledError,
    MakeProcess,
    Process,
    start_process,
)

COMMIT: Final = "commit"
LOST: Final = "lost-unflushed-writes"


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """
    What lies around every node of a run; ``writing`` makes writers of statements, by node, and
    ``processes`` what runs on its files.
    """

    fate: Fate
    clock: Callable[[str], datetime]
    randomness: Callable[[int], bytes]
    peer: Callable[[str, str], Peer]
    writing: Mapping[str, Writing]
    processes: Mapping[str, MakeProcess]


@dataclass(slots=True)
class Schedule:
    """When a node has to be looked at; ``changes`` counts what it has written since it started."""

    changes: int = 0
    worked: int = -1
    looked: int = -1
    seen: int = -1
    upkept: int = -1
    due: datetime | None = None
    sent: dict[str, int] = field(default_factory=dict)
    stream_due: dict[str, datetime | None] = field(default_factory=dict)


class Life:
    """One node. ``process`` is the one that runs now."""

    process: Process

    def __init__(self, code: str, files: Files, world: World) -> None:
        self.code = code
        self.files = files
        self.plans = Schedule()
        self.backup: Backup | None = None
        self._world = world
        self._fate = world.fate
        self._started: Process | None = None
        self._killed = False

    async def start(self) -> None:
        """Begin a new life on what the files hold. Raises KilledError if it ends at once."""
        self._killed, self._started = False, None
        self.plans = Schedule()
        world = self._world
        self._started = await start_process(
            self.code,
            str(self.files.path),
            Around(
                clock=lambda: world.clock(self.code),
                randomness=world.randomness,
                call=self._call,
                fault=self._fault,
                peer=lambda code: world.peer(self.code, code),
                writing=world.writing.get(self.code, CaseWriter),
            ),
            world.processes.get(self.code, Process),
        )
        self.process = self._started
        try:
            await self.process.outlive(self.process.begin())
        except DiedError:
            raise KilledError from None

    async def stop(self) -> None:
        """Close what is open, which writes nothing more."""
        self._killed = True
        if self._started is not None:
            self._started.kill()
            await self._started.database.close()

    @property
    def is_dead(self) -> bool:
        return self._killed

    def _fault(self, point: str) -> None:
        self._call(point, lambda: None)

    def _call(self, what: str, call: Callable[[], Any]) -> Any:
        if self._killed:
            raise KilledError
        if what in WRITES:
            self.plans.changes += 1
        elif what in {"SELECT", "BEGIN", "PRAGMA", "rollback"}:
            return call()
        if not self._fate.strikes("crashed", f"{self.code} at {what}"):
            return call()
        raise self._die(what, call)

    def _die(self, what: str, call: Callable[[], Any]) -> KilledError:
        chance = self._fate.chance
        before = self.files.log_size()
        how = chance.choice(("before", "after", "within"))
        if how != "before":
            call()
        grown = self.files.log_size() - before
        if how == "within" and what == COMMIT and grown > 0:
            kept = before + chance.randrange(grown)
            self.files.lose_power(kept, chance.choice((0, before + grown - kept)))
            self._fate.note(LOST, self.code)
        else:
            self.files.crash()
        self._killed = True
        return KilledError() if self._started is None else self._started.kill()
