"""
The nodes of a run, what lies between them, who acts at them, and what is seen of them as they act.

The services, the sequencer, the gate, the machine and the store are those of ``portability node
serve``; only the wires between them and the clock are the simulation's own.
"""

import random
from collections.abc import Coroutine, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

from portability.errors import PortabilityError
from portability.node.cases.parts import Writing
from portability.simulation.fate import (
    ASKED_ONCE_MORE,
    EVERYTHING,
    GAVE_UP,
    LIED,
    Fate,
    Limits,
)
from portability.simulation.nodes import judging, judging_acts, looking
from portability.simulation.nodes.erasing import ErasingProcess, draw_erasing, make_journal
from portability.simulation.nodes.files import Backup, Files
from portability.simulation.nodes.ground import ground
from portability.simulation.nodes.liars import Lies, LyingWriter
from portability.simulation.nodes.life import Life, World
from portability.simulation.nodes.looking import Look, Stock
from portability.simulation.nodes.loop import InOrder
from portability.simulation.nodes.lying_lead import (
    LyingLead,
    with_lie_of_lead,
)
from portability.simulation.nodes.net import Call, Net
from portability.simulation.nodes.people import Act, Agent
from portability.simulation.nodes.process import DiedError, KilledError, MakeProcess
from portability.simulation.nodes.public import Public
from portability.simulation.nodes.wires import Wire, unreachable
from portability.simulation.nodes.witnesses import Witnesses
from portability.simulation.permission import Given
from portability.simulation.plan import EPOCH, TICK, Plan, draw_plan
from portability.simulation.promises import BrokenPromiseError
from portability.v1.federation_service_pb2 import Delivery

T = TypeVar("T")

FSCK_EVERY: Final = 4
"""After so many starts of nodes the file of the last one is judged as it is judged in the end."""

COUNTRIES: Final = (*(2,) * 9, *(3,) * 5, *(4,) * 3, 5, 6, 7)
"""Two to seven, each number as often as it is here: seven nodes take ten times what two do."""

RATES: Final = {
    "crashed": 0.004,
    "restored-old-backup": 0.02,
    "withdrew": 0.006,
    GAVE_UP: 0.004,
    ASKED_ONCE_MORE: 0.03,
}
"""Of what strikes here more often, or is asked about more often, than among model disks."""


class Federation:
    """Two to seven nodes that share one case, on a loop of their own."""

    _loop: InOrder

    def __init__(
        self,
        seed: int,
        limits: Limits = EVERYTHING,
        *,
        files: type[Files] = Files,
        witnesses: type[Witnesses] = Witnesses,
    ) -> None:
        """A test gives faulty ``files`` or ``witnesses``, and looks whether that is noticed."""
        self.chance = random.Random(seed)
        self.fate = Fate(seed, limits, RATES)
        plan = with_lie_of_lead(draw_plan(self.chance, COUNTRIES), seed)
        lies = LIED in limits.kinds and bool(plan.lie)
        self.plan: Plan = plan if lies else plan.honest()
        self.lives: dict[str, Life] = {}
        self.looks: dict[str, Look] = {}
        self._codes = self.plan.claim.jurisdictions
        self._erasing = draw_erasing(seed, self.plan)
        self._public = Public(self.plan, self.fate, self, self.chance, self._erasing)
        self._net = Net(self.fate, self._serve, self._note_seen)
        self._files = files
        self._witnesses = witnesses(self._codes)
        self._skew = dict.fromkeys(self._codes, timedelta())
        self._released: set[bytes] = set()
        self._left_late = ""
        self._refusal = ""
        self._starts = 0
        self.lies: Lies | None = None
        if lies:
            self.lies = Lies(liar=plan.liar, lie=plan.lie, is_withdrawn=self._public.takes_back)

    @property
    def _lead(self) -> str:
        return self.plan.claim.lead.jurisdiction

    @property
    def given(self) -> Mapping[bytes, Given]:
        """The consents that the person gave."""
        return self._public.given

    # --- the world of the nodes and of their people ----------------------------------------------

    def clock(self, code: str) -> datetime:
        return EPOCH + TICK * self.fate.step + self._skew[code]

    def attempt(self, code: str, act: Act[T]) -> T | None:
        """What somebody does at a node; None if it was refused or the node died meanwhile."""
        agent = Agent(
            process=self.lives[code].process,
            plan=self.plan,
            chance=self.chance,
            now=self.clock(code),
            person=ground().persons[code],
        )

        async def acknowledged() -> T:
            done = await act(agent)
            await self._note_seen(code)
            return done

        try:
            return self._do(code, acknowledged())
        except PortabilityError as error:
            self._refusal = f"{error.reason}: {error.message}"
            return None

    def stock(self, code: str) -> Stock:
        person = ground().persons[code]
        return self._calmly(looking.stock(self.lives[code].process, person, self._public.case_id))

    async def _serve(self, call: Call) -> bytes:
        await self._note_seen(call.sender)
        life = self.lives[call.recipient]
        if life.is_dead:
            raise unreachable(call.recipient)
        serving = life.process.serve(call.method, call.sender, call.request)
        try:
            answer = await life.process.outlive(serving)
        except DiedError:
            raise unreachable(call.recipient) from None
        await self._note_seen(call.recipient)
        self._witnesses.note_answer(call, answer)
        return answer

    async def _leave(self, code: str, deliveries: Sequence[Delivery]) -> None:
        """An honest node looks again, as records leave, whether they may."""
        is_liar = self.lies is not None and code == self.lies.liar
        if not is_liar and judging.has_records(deliveries):
            found = await looking.look(self.lives[code].process, self._public.case_id)
            if found is not None and judging.leave_late(found, deliveries):
                self._left_late = code

    async def _note_seen(self, code: str) -> None:
        """Somebody outside knows the log of this node as it is now."""
        life = self.lives[code]
        if life.is_dead or life.plans.seen == life.plans.changes:
            return
        changes = life.plans.changes
        self._witnesses.note_seen(code, *await looking.head(life.process))
        life.plans.seen = changes

    def _do(self, code: str, work: Coroutine[Any, Any, T]) -> T | None:
        """What a node or somebody at it does; None if the node died meanwhile."""
        process = self.lives[code].process
        try:
            return self._loop.run_until_complete(process.outlive(work))
        except DiedError:
            return None
        except PortabilityError:
            raise
        except Exception as error:  # noqa: BLE001  # a fault in the software, whatever it is
            raise BrokenPromiseError(f"{code} stopped at {error!r}") from None
        finally:
            for one in self.lives.values():
                if one.is_dead:
                    self._start(one)

    def _calmly(self, work: Coroutine[Any, Any, T]) -> T:
        """What the work gives, in which nothing can go wrong: it only reads."""
        return self._loop.run_until_complete(work)

    # --- lives -----------------------------------------------------------------------------------

    def _begin(self, place: Path) -> None:
        kept = {
            code: self._files.made_of(ground().databases[code], place / code)
            for code in self._codes
        }
        world = World(
            fate=self.fate,
            clock=self.clock,
            randomness=self.chance.randbytes,
            peer=lambda own, peer: Wire(self._net, own, peer, self._leave),
            writing={} if self.lies is None else {self.lies.liar: self._lying(self.lies)},
            processes={} if self._erasing is None else _that_erase(kept),
        )
        for code, files in kept.items():
            self.lives[code] = Life(code, files, world)
            self._start(self.lives[code])
        self._public.begin()

    def _lying(self, lies: Lies) -> Writing:
        writer = LyingLead if lies.liar == self._lead else LyingWriter
        return partial(writer, lies)

    def _start(self, life: Life) -> None:
        """Begin a life, and another one where it ends at once; then look whether all is there."""
        is_alive = False
        while not is_alive:
            self._calmly(life.stop())
            try:
                self._calmly(life.start())
            except KilledError:
                continue
            is_alive = not life.is_dead
        there = {one: self._calmly(looking.accepted(life.process, one)) for one in self._codes}
        self._witnesses.check_restarted(life.code, self._calmly(looking.head(life.process)), there)
        self._starts += 1
        if self._starts % FSCK_EVERY == 0:
            self._check_whole(life)
        self._look(life.code)

    def _back_up(self, life: Life) -> Backup:
        size, _ = self._calmly(looking.head(life.process))
        there = {one: self._calmly(looking.accepted(life.process, one)) for one in self._codes}
        return Backup(path=life.files.back_up(), size=size, accepted=there)

    def _restore(self, life: Life, backup: Backup) -> None:
        """An operator takes the copy, unless somebody has seen what it lacks; then the file."""
        if self._witnesses.know_more(life.code, backup):
            life.files.crash()
        else:
            life.files.restore(backup.path)
        self._start(life)

    # --- what is seen ----------------------------------------------------------------------------

    @property
    def _liar(self) -> str:
        """Who has lied, or has tried to; empty as long as nobody has."""
        return self.lies.liar if self.lies is not None and self.lies.tried else ""

    def _honest(self) -> dict[str, Look]:
        """The case as those nodes hold it that keep to the protocol."""
        return {code: one for code, one in self.looks.items() if code != self._liar}

    def _look(self, code: str) -> None:
        """Read the case of a node again if anything was written there, and judge it."""
        life = self.lives[code]
        if life.plans.looked == life.plans.changes or not self._public.case_id:
            return
        life.plans.looked = life.plans.changes
        found = self._calmly(looking.look(life.process, self._public.case_id))
        if found is None:
            if self._erasing is not None and self._erasing.has_begun:
                self.looks.pop(code, None)
            return
        self.looks[code] = found
        if code == self._liar:
            return  # judged in the end, by whether somebody can show what it did
        judging.check_step(found, self._liar)
        judging.check_left(self._left_late)
        judging_acts.check_uses(found, self._public.given)
        judging_acts.check_after_given_up(found)
        for i, answer in found.releases().items():
            if i not in self._released:
                self._released.add(i)
                public = self._public
                judging.check_release(found, answer, public.given, public.withdrawn)

    def _check_whole(self, life: Life) -> None:
        if life.code != self._liar:
            self._calmly(looking.check_whole(life.process, str(life.files.path)))


def _that_erase(kept: Mapping[str, Files]) -> dict[str, MakeProcess]:
    """What runs on these files, with a journal beside each of them."""
    return {
        code: partial(ErasingProcess, journal=make_journal(files.folder, code))
        for code, files in kept.items()
    }
