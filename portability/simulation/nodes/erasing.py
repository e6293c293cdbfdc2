"""
A run in which one node erases the person: how, when, and how far that is.

The eraser and what it keeps beside the database are those of the node; the journal is in no backup.
Nodes of other runs have none of this, which costs time at every start.
"""

import random
from hashlib import sha256
from pathlib import Path
from typing import Final, Protocol, TypeVar

from portability.node.erasure.erasing import Eraser
from portability.node.erasure.journal import JOURNAL, ErasureJournal, create_journal
from portability.node.erasure.notices import ErasureNotices
from portability.node.erasure.parts import (
    build_eraser,
    build_erasure_notices,
    build_erasures_service,
)
from portability.node.erasure.rules import ErasureRules
from portability.node.erasure.service import ErasuresService
from portability.node.erasure.upkeep import ErasureUpkeep
from portability.node.foundation import Foundation
from portability.node.records.of_person import records_of
from portability.recognition.erasure import ErasureBasis
from portability.simulation.fate import ERASED, Fate
from portability.simulation.nodes.people import Act, Agent, agency
from portability.simulation.nodes.process import Around, Process, never
from portability.simulation.plan import Plan
from portability.simulation.promises import BrokenPromiseError
from portability.store import persons
from portability.store.engine import Database
from portability.store.erasure import list_unerased
from portability.v1 import erasures_service_pb2 as pb
from portability.wire.erasure import basis_to_pb

T = TypeVar("T")

_SEEDS: Final = 3_000_004
_RUNS: Final = 0.5
"""Of the runs in which nobody lies."""

_STEPS: Final = 120
"""By then most cases have ended."""

_RULES: Final = ErasureRules()
_JOURNAL_BYTES: Final = 16


class ErasingProcess(Process):
    """The services of a node that can erase."""

    eraser: Eraser
    erasures: ErasuresService
    upkeep: ErasureUpkeep

    def __init__(self, code: str, database: Database, around: Around, *, journal: Path) -> None:
        super().__init__(code, database, around)
        self._journal = journal

    def _build_notices(self, foundation: Foundation) -> ErasureNotices:
        self.eraser = build_eraser(
            foundation, journal=ErasureJournal(self._journal), forgetting=None, rules=_RULES
        )
        notices = build_erasure_notices(foundation, self.eraser, _RULES)
        self.erasures = build_erasures_service(foundation, self.eraser, notices)
        self.upkeep = ErasureUpkeep(
            eraser=self.eraser,
            database=self.database,
            clock=foundation.world.clock,
            sleep=never,
        )
        return notices

    async def begin(self) -> None:
        """Whom the journal has erased is erased before anything is served."""
        await self.eraser.start()
        erased = {one.owner for one in ErasureJournal(self._journal).entries}
        async with self.database.read() as connection:
            if await list_unerased(connection, erased):
                raise BrokenPromiseError(f"{self.code} has again whom it had erased")


def make_journal(folder: Path, code: str) -> Path:
    """An empty journal, beside the databases of a node."""
    path = folder / JOURNAL
    create_journal(path, sha256(f"journal {code}".encode()).digest()[:_JOURNAL_BYTES])
    return path


class Offices(Protocol):
    """The nodes, as the person finds them."""

    def attempt(self, code: str, act: Act[T]) -> T | None:
        """What somebody does at a node; None unless it was acknowledged."""


class Erasing:
    """
    The wish to be erased at one node.

    ``records`` are those that this node had issued; ``has_begun`` from the first attempt on, and
    ``is_done`` once it was acknowledged.
    """

    def __init__(self, code: str, step: int) -> None:
        self.code = code
        self.records: frozenset[bytes] = frozenset()
        self.has_begun = False
        self.is_done = False
        self._step = step

    def is_due(self, fate: Fate) -> bool:
        """Whether it may begin, or has to be tried again."""
        if self.has_begun:
            return not self.is_done
        return ERASED in fate.limits.kinds and not fate.is_calm and fate.step >= self._step

    def attempt(self, fate: Fate, offices: Offices) -> None:
        """Ask for it, until it is acknowledged; only once it is known what has to go."""
        if not self.has_begun:
            issued = offices.attempt(self.code, _issued)
            if issued is None:
                return
            self.records, self.has_begun = issued, True
            fate.note(ERASED, self.code)
        self.is_done = offices.attempt(self.code, _erase) is not None


def draw_erasing(seed: int, plan: Plan) -> Erasing | None:
    """Whether, where and when; drawn apart, so that all other schedules stay what they are."""
    chance = random.Random(seed + _SEEDS)
    code, step = chance.choice(plan.claim.jurisdictions), chance.randint(1, _STEPS)
    return Erasing(code, step) if chance.random() < _RUNS and not plan.liar else None


async def _issued(agent: Agent) -> frozenset[bytes]:
    """All records of the person that are this node's own."""
    database = agent.process.database
    async with database.read() as connection:
        found = await persons.find_person(connection, agent.person)
        held = [] if found is None else await records_of(connection, database.vault, found.id)
    return frozenset(one.statement_id for one in held)


async def _erase(agent: Agent) -> bool:
    process = agent.process
    if not isinstance(process, ErasingProcess):
        raise TypeError("this node cannot erase")
    request = pb.ErasePersonRequest(person=agent.person, basis=basis_to_pb(ErasureBasis.OBJECTION))
    await process.erasures.ErasePerson(request, agency(agent.plan.institutions(process.code)[0]))
    return True
