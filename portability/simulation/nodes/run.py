"""
A case among real nodes under a seeded scheduler that owns time, network, disks and randomness.

The services, the sequencer, the gate, the machine and the store are those of ``portability node
serve``; only the wires between them and the clock are the simulation's own. First everything goes
wrong that can; then nothing does any more, and the case has to end.
"""

import random
from collections.abc import Coroutine, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

from structlog.testing import capture_logs

from portability.errors import PortabilityError
from portability.node.cases.parts import Writing
from portability.simulation.fate import (
    ASKED_ONCE_MORE,
    EVERYTHING,
    GAVE_UP,
    LIED,
    TROUBLED_STEPS,
    Fate,
    Limits,
)
from portability.simulation.nodes import attributing, judging, judging_acts, looking
from portability.simulation.nodes.files import Backup, Files
from portability.simulation.nodes.ground import folder, ground
from portability.simulation.nodes.liars import Lies, LyingWriter
from portability.simulation.nodes.life import Life, World
from portability.simulation.nodes.looking import Look, Stock, Witness
from portability.simulation.nodes.loop import InOrder
from portability.simulation.nodes.lying_lead import (
    STOPPING,
    LyingLead,
    with_lie_of_lead,
)
from portability.simulation.nodes.net import Call, Net
from portability.simulation.nodes.people import Agent
from portability.simulation.nodes.process import DiedError, KilledError
from portability.simulation.nodes.public import Act, Public
from portability.simulation.nodes.wires import Wire, unreachable
from portability.simulation.nodes.witnesses import Witnesses
from portability.simulation.permission import Given
from portability.simulation.plan import EPOCH, TICK, Plan, draw_plan
from portability.simulation.promises import BrokenPromiseError
from portability.v1.federation_service_pb2 import Delivery

T = TypeVar("T")

CALM_STEPS: Final = 1_600
"""After the last fault: longer than the agreement lets anybody be silent."""

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


class NodeRun:
    """One case among real nodes under one schedule."""

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
        self._public = Public(self.plan, self.fate, self, self.chance)
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

    def to_the_end(self) -> str:
        """Which promise was broken; empty if all of them held."""
        ground()  # which needs a loop of its own
        self._loop = InOrder()
        try:
            with folder() as place, capture_logs() as logged:
                self._logged = logged
                self._begin(Path(place))
                self._run()
        except BrokenPromiseError as broken:
            return str(broken)
        finally:
            for life in self.lives.values():
                self._calmly(life.stop())
            self._loop.end()
        return ""

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
        world = World(
            fate=self.fate,
            clock=self.clock,
            randomness=self.chance.randbytes,
            peer=lambda own, peer: Wire(self._net, own, peer, self._leave),
            writing={} if self.lies is None else {self.lies.liar: self._lying(self.lies)},
        )
        for code in self._codes:
            files = self._files.made_of(ground().databases[code], place / code)
            self.lives[code] = Life(code, files, world)
            self._start(self.lives[code])
        self._public.begin()

    def _lying(self, lies: Lies) -> Writing:
        writer = LyingLead if lies.liar == self.plan.claim.lead.jurisdiction else LyingWriter
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

    # --- the schedule ----------------------------------------------------------------------------

    def _run(self) -> None:
        for self.fate.step in range(TROUBLED_STEPS + CALM_STEPS):
            if self.fate.step == self.fate.limits.steps + 1:
                self._skew = dict.fromkeys(self._skew, timedelta())
                self._net.heal()
            self._trouble()
            self._public.act()
            for code in self.fate.chance.sample(self._codes, len(self._codes)):
                self._turn(code)
            self._arrive()
            judging.check_digests(self._honest().values())
            judging.check_logged(self._logged)
            if self.fate.is_calm and self._is_over():
                break
        self._check_end()

    def _trouble(self) -> None:
        fate, chance = self.fate, self.fate.chance
        code = chance.choice(self._codes)
        if fate.strikes("partitioned", code):
            for peer in self._codes:
                self._net.cut(code, peer, chance.randint(4, 120))
        if fate.strikes("clock-skewed", code):
            self._skew[code] = timedelta(minutes=chance.randint(-3_000, 3_000))
        life = self.lives[code]
        if chance.random() < 0.05:  # noqa: PLR2004  # a backup now and then
            life.backup = self._back_up(life)
        if life.backup is not None and fate.strikes("restored-old-backup", code):
            self._restore(life, life.backup)

    def _turn(self, code: str) -> None:
        """Let a node do what is due, then send, then let its people act."""
        plans, now = self.lives[code].plans, self.clock(code)
        if plans.worked != plans.changes or (plans.due is not None and plans.due <= now):
            plans.due = self._do(code, self.lives[code].process.cases.driver.work_through())
            plans.worked = plans.changes  # of this life, which may be over by now
        self._look(code)
        for peer in self._codes:
            if peer != code:
                self._send(code, peer)
        wakes = self.fate.chance.random() < 0.5  # noqa: PLR2004  # officers take their time
        if wakes and code in self.looks and self._public.decide(code):
            self._look(code)

    def _send(self, code: str, peer: str) -> None:
        plans, now = self.lives[code].plans, self.clock(code)
        due = plans.stream_due.get(peer)
        if plans.sent.get(peer) == plans.changes and (due is None or due > now):
            return
        seconds = self._do(code, self.lives[code].process.cases.outbox.turn(peer))
        plans.sent[peer] = plans.changes  # of this life, which may be over by now
        plans.stream_due[peer] = None if seconds is None else now + timedelta(seconds=seconds)

    def _arrive(self) -> None:
        """Calls that are late reach whoever they were meant for."""
        for call in self._net.arrivals():
            try:
                self._do(call.recipient, self._serve(call))
            except PortabilityError:
                continue

    # --- looking and judging ---------------------------------------------------------------------

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

    def _is_over(self) -> bool:
        """By what all nodes hold now: what has arrived since a node's turn may reopen its case."""
        for code in self._codes:
            self._look(code)
        return (
            self._net.is_empty
            and bool(self.looks)
            and (self._is_stopped() or all(judging.has_ended(one) for one in self.looks.values()))
            and not any(self._calmly(looking.pending(one.process)) for one in self.lives.values())
        )

    def _is_stopped(self) -> bool:
        """Whether a lie keeps the case from its end, and nobody but the lead can do anything."""
        lead = self.looks.get(self.plan.claim.lead.jurisdiction)
        if lead is None or lead.own != self._liar:
            return lead is not None and judging.is_stopped(lead)
        is_idle = not any(one.view.duties for one in self._honest().values())
        return is_idle and self.plan.lie in STOPPING and bool(self._told())

    def _told(self) -> list[bytes]:
        """The lies that stand in the log of whoever tells them."""
        if self.lies is None:
            return []
        return self._calmly(looking.told(self.lives[self.lies.liar].process, self.lies))

    def _check_end(self) -> None:
        for life in self.lives.values():
            self._check_database(life)
        if not self._is_over():
            states = ", ".join(f"{code}: {one.view.state}" for code, one in self.looks.items())
            last = f"; last refused: {self._refusal}" if self._refusal else ""
            raise BrokenPromiseError(f"the case does not end after the last fault ({states}){last}")
        lead = self.looks[self.plan.claim.lead.jurisdiction]
        self._check_lies()
        if self._liar != lead.own:
            self._check_home(lead)
        for code, found in self._honest().items():
            judging_acts.check_given_up(
                found,
                gives_up=self._public.gives_up,
                has_given_up=self._public.has_given_up,
            )
            if not self._is_stopped():
                judging.check_end(found, self.stock(code), lead)

    def _check_home(self, lead: Look) -> None:
        """What the person is told, and tells others, by the node at home, which leads the case."""
        judging.check_told(lead, self._public.withdrawn)
        process = self.lives[lead.own].process
        at_home = self._calmly(looking.receipted(process, self._public.case_id))
        for found in self._honest().values():
            judging.check_receipted(found, at_home)

    def _check_lies(self) -> None:
        for code in self._honest():
            accusing = attributing.check_accused(
                self.lives[code].process, self._public.case_id, self.lies
            )
            self._calmly(accusing)
        told = self._told()
        if self.lies is not None and told:
            self.fate.note(f"lied: {self.lies.lie}", self.lies.liar)
            liar = self.lives[self.lies.liar].process
            self._calmly(attributing.check_told(self.lies, told, liar, self._witnessing()))

    def _witnessing(self) -> list[Witness]:
        """The honest nodes with what they hold, the lead first if it is one."""
        looks = self._honest()
        return [
            Witness(process=self.lives[code].process, found=looks[code])
            for code in self._codes
            if code in looks
        ]

    def _check_database(self, life: Life) -> None:
        self._calmly(looking.check_seen(life.process, self._witnesses.heads(life.code)))
        for peer in self.lives.values():
            if peer is not life:
                self._calmly(looking.check_streams(life.process, peer.process))
        self._check_whole(life)
        for row in self._calmly(looking.refused(life.process)):
            if self._liar not in {life.code, row.peer}:
                raise BrokenPromiseError(f"an honest statement was refused: {row.message}")

    def _check_whole(self, life: Life) -> None:
        if life.code != self._liar:
            self._calmly(looking.check_whole(life.process, str(life.files.path)))
