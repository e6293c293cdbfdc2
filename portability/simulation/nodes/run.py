"""
A case among real nodes under a seeded scheduler that owns time, network, disks and randomness.

First everything goes wrong that can; then nothing does any more, and the case has to end.
"""

from datetime import timedelta
from pathlib import Path
from typing import Final

from structlog.testing import capture_logs

from portability.errors import PortabilityError
from portability.simulation.fate import TROUBLED_STEPS
from portability.simulation.nodes import judging, judging_erased, looking
from portability.simulation.nodes.ending import Ending
from portability.simulation.nodes.erasing import ErasingProcess
from portability.simulation.nodes.federation import Federation
from portability.simulation.nodes.ground import folder, ground
from portability.simulation.nodes.loop import InOrder
from portability.simulation.nodes.lying_lead import STOPPING
from portability.simulation.promises import BrokenPromiseError

CALM_STEPS: Final = 1_600
"""After the last fault: longer than the agreement lets anybody be silent."""


class NodeRun(Federation):
    """One case among real nodes under one schedule."""

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
        self._keep_up(code)
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

    def _keep_up(self, code: str) -> None:
        """Let a node go on with erasures that were broken off."""
        plans, process = self.lives[code].plans, self.lives[code].process
        if isinstance(process, ErasingProcess) and plans.upkept != plans.changes:
            self._do(code, process.upkeep.turn())
            plans.upkept = plans.changes  # of this life, which may be over by now

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

    # --- the end ---------------------------------------------------------------------------------

    def _is_over(self) -> bool:
        """By what all nodes hold now: what has arrived since a node's turn may reopen its case."""
        for code in self._codes:
            self._look(code)
        return (
            self._net.is_empty
            and (self._is_stopped() or self._has_ended())
            and not any(self._calmly(looking.pending(one.process)) for one in self.lives.values())
        )

    def _has_ended(self) -> bool:
        erasing = self._erasing
        if erasing is None or not erasing.has_begun:
            return bool(self.looks) and all(judging.has_ended(one) for one in self.looks.values())
        gone = self.lives.keys() - self.looks.keys()
        return erasing.is_done and judging_erased.have_ended(self.looks, self._lead, gone)

    def _is_stopped(self) -> bool:
        """Whether a lie keeps the case from its end, and nobody but the lead can do anything."""
        lead = self.looks.get(self._lead)
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
        ending = Ending(
            lead=self._lead,
            fate=self.fate,
            public=self._public,
            lives=self.lives,
            looks=self.looks,
            witnesses=self._witnesses,
            lies=self.lies,
            liar=self._liar,
        )
        self._calmly(ending.check_databases())
        if not self._is_over():
            states = ", ".join(f"{code}: {one.view.state}" for code, one in self.looks.items())
            last = f"; last refused: {self._refusal}" if self._refusal else ""
            raise BrokenPromiseError(f"the case does not end after the last fault ({states}){last}")
        self._calmly(ending.check_case(is_stopped=self._is_stopped()))
