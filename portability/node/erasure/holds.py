"""Legal holds: placed and lifted by an institution under a citation, each in a signed statement."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from portability.consent.scope import Party
from portability.errors import ErasedError, InvalidInputError, NotFoundError
from portability.node.erasure.signing import ErasureVoice
from portability.node.log.sequencer import Sequencer
from portability.node.log.write import Write
from portability.recognition.erasure import HoldAct, LegalHold
from portability.store import legal_holds as stored
from portability.store.engine import Connection, Database
from portability.store.erasure import Target, find_target
from portability.store.legal_holds import HoldRow
from portability.wire.erasure import check_citation

NAME_BYTES = 16


class Holds:
    """Places, lifts and lists holds."""

    def __init__(
        self,
        *,
        database: Database,
        sequencer: Sequencer,
        voice: ErasureVoice,
        randomness: Callable[[int], bytes],
        after_lift: Callable[[Write, int], Awaitable[None]],
    ) -> None:
        """``after_lift`` does in the same transaction what a hold on a person stood against."""
        self._database = database
        self._sequencer = sequencer
        self._voice = voice
        self._randomness = randomness
        self._after_lift = after_lift

    async def place(self, person: str, *, actor: Party, citation: str) -> HoldRow:
        """
        Keep a person's data from being erased.

        Raises NotFoundError for nobody, ErasedError where it is too late, InvalidInputError.
        """
        _check(citation)

        async def work(write: Write) -> HoldRow:
            target = await _find(write.connection, person)
            if target.fence_time is not None:
                raise ErasedError
            said = await self._voice.say(
                write,
                LegalHold(
                    header=self._voice.header(write.now),
                    actor=actor,
                    act=HoldAct.PLACED,
                    citation=citation,
                ),
                person=target.id,
            )
            hold = HoldRow(
                name=self._randomness(NAME_BYTES).hex(),
                person=target.id,
                placed_by=str(actor),
                citation=citation,
                statement_id=said,
                place_time=write.now,
            )
            await stored.add_hold(write.connection, hold)
            return hold

        return (await self._sequencer.run(work))[0]

    async def lift(self, name: str, *, actor: Party, citation: str) -> HoldRow:
        """
        End a hold; again changes nothing. Raises InvalidInputError, and NotFoundError, alike for
        one that another institution placed.
        """
        _check(citation)

        async def work(write: Write) -> HoldRow:
            hold = await stored.find_hold(write.connection, name)
            if hold is None or hold.placed_by != str(actor):
                raise NotFoundError("your institution has placed no such hold here")
            if hold.lift_time is not None:
                return hold
            await self._voice.say(
                write,
                LegalHold(
                    header=self._voice.header(write.now, [hold.statement_id]),
                    actor=actor,
                    act=HoldAct.LIFTED,
                    citation=citation,
                ),
                person=hold.person,
            )
            await stored.lift_hold(write.connection, name, citation=citation, now=write.now)
            await self._after_lift(write, hold.person)
            return replace(hold, lift_time=write.now, lift_citation=citation)

        return (await self._sequencer.run(work))[0]

    async def of(self, person: str) -> list[HoldRow]:
        """All holds on a person. Raises NotFoundError for nobody."""
        async with self._database.read() as connection:
            target = await _find(connection, person)
            return await stored.list_holds(connection, target.id)


async def _find(connection: Connection, person: str) -> Target:
    target = await find_target(connection, person)
    if target is None:
        raise NotFoundError("there is no such person here")
    return target


def _check(citation: str) -> None:
    if not check_citation(citation):
        raise InvalidInputError("a hold needs the provision or order it rests on", field="citation")
