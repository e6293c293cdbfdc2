"""What is asked of real nodes once the last fault is over: databases, streams, lies, the case."""

from collections.abc import Mapping
from dataclasses import dataclass

from portability.errors import NotFoundError
from portability.simulation.fate import Fate
from portability.simulation.nodes import (
    attributing,
    judging,
    judging_acts,
    judging_erased,
    looking,
)
from portability.simulation.nodes.ground import ground
from portability.simulation.nodes.liars import Lies
from portability.simulation.nodes.life import Life
from portability.simulation.nodes.looking import Look, Stock, Witness
from portability.simulation.nodes.public import Public
from portability.simulation.nodes.witnesses import Witnesses
from portability.simulation.promises import BrokenPromiseError
from portability.store.set_aside import SetAsideRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """
    A run as its judge finds it; each check raises BrokenPromiseError.

    ``looks`` are the cases as the nodes hold them, ``lead`` is the jurisdiction that leads them and
    is the person's home, ``liar`` the one that has lied or tried to, empty if nobody did.
    """

    lead: str
    fate: Fate
    public: Public
    lives: Mapping[str, Life]
    looks: Mapping[str, Look]
    witnesses: Witnesses
    lies: Lies | None
    liar: str

    @property
    def honest(self) -> dict[str, Look]:
        """The case as those nodes hold it that keep to the protocol, the lead first."""
        return {
            one: self.looks[one] for one in self.lives if one in self.looks and one != self.liar
        }

    async def check_databases(self) -> None:
        """Nothing lost, append-only, and nothing that honest nodes said was refused."""
        for life in self.lives.values():
            process = life.process
            await looking.check_seen(process, self.witnesses.heads(life.code))
            for peer in self.lives.values():
                if peer is not life:
                    await looking.check_streams(process, peer.process)
            if life.code != self.liar:
                await looking.check_whole(process, str(life.files.path))
            for row in await looking.refused(process):
                if not self._may_refuse(life.code, row):
                    raise BrokenPromiseError(f"an honest statement was refused: {row.message}")

    def _may_refuse(self, code: str, row: SetAsideRow) -> bool:
        """What a liar says or is told; and what comes in a case that was erased."""
        erasing = self.public.erasing
        is_erased = erasing is not None and erasing.has_begun and code not in self.looks
        return self.liar in {code, row.peer} or (is_erased and row.reason == NotFoundError.reason)

    async def check_case(self, *, is_stopped: bool) -> None:
        """``is_stopped``: a lie keeps the case from its end."""
        await self._check_lies()
        await self._check_erased()
        lead = self.looks.get(self.lead)
        if lead is None:
            return  # it was erased there, and nobody can go on in its place
        if self.liar != self.lead:
            await self._check_home(lead)
        for code, found in self.honest.items():
            judging_acts.check_given_up(
                found,
                gives_up=self.public.gives_up,
                has_given_up=self.public.has_given_up,
            )
            if not is_stopped:
                judging.check_end(found, await self._stock(code), lead)

    async def _check_home(self, lead: Look) -> None:
        """What the person is told, and tells others, by the node at home, which leads the case."""
        judging.check_told(lead, self.public.withdrawn)
        process = self.lives[self.lead].process
        at_home = await looking.receipted(process, self.public.case_id)
        for found in self.honest.values():
            judging.check_receipted(found, at_home)

    async def _check_lies(self) -> None:
        honest = self.honest
        for code in honest:
            process = self.lives[code].process
            await attributing.check_accused(process, self.public.case_id, self.lies)
        if self.lies is None:
            return
        liar = self.lives[self.lies.liar].process
        told = await looking.told(liar, self.lies)
        if told:
            self.fate.note(f"lied: {self.lies.lie}", self.lies.liar)
            witnessing = [
                Witness(process=self.lives[code].process, found=found)
                for code, found in honest.items()
            ]
            await attributing.check_told(self.lies, told, liar, witnessing)

    async def _check_erased(self) -> None:
        erasing = self.public.erasing
        if erasing is not None and erasing.has_begun:
            stocks = {code: await self._stock(code) for code in self.lives}
            eraser = self.lives[erasing.code].process
            await judging_erased.check_end(erasing, eraser, self.looks, stocks)

    async def _stock(self, code: str) -> Stock:
        person = ground().persons[code]
        return await looking.stock(self.lives[code].process, person, self.public.case_id)
