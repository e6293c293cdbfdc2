"""What persons ask for: their own erasure, which an institution then decides."""

from collections.abc import Callable
from typing import Final

from portability.errors import UnauthenticatedError
from portability.node.erasure.signing import ErasureVoice
from portability.node.log.sequencer import Sequencer
from portability.node.log.write import Write
from portability.node.persons.sessions import person_of_session
from portability.recognition.erasure import ErasureBasis
from portability.store import erasure as stored
from portability.store import erasure_rows, persons
from portability.store.engine import Database
from portability.store.erasure_rows import ErasureRow

NAME_BYTES: Final = 16


class ErasureRequests:
    """Takes requests of signed-in persons, and shows officers those that wait."""

    def __init__(
        self,
        *,
        database: Database,
        sequencer: Sequencer,
        voice: ErasureVoice,
        randomness: Callable[[int], bytes],
    ) -> None:
        self._database = database
        self._sequencer = sequencer
        self._voice = voice
        self._randomness = randomness

    async def ask(self, session: str, basis: ErasureBasis) -> ErasureRow:
        """
        Keep a request, under the name by which the person can always ask what became of it.

        Asking again gives the one that waits. Raises UnauthenticatedError.
        """

        async def work(write: Write) -> ErasureRow:
            connection = write.connection
            number = await person_of_session(connection, write.vault, session, write.now)
            person = await persons.find_person_by_id(connection, number)
            target = None if person is None else await stored.find_target(connection, person.name)
            if target is None:
                raise UnauthenticatedError("the session is of nobody; sign in again")
            known = await erasure_rows.find_erasure_of(connection, target.name)
            if known is not None and known.stage != erasure_rows.REFUSED:
                return known
            row = ErasureRow(
                name=self._randomness(NAME_BYTES).hex(),
                person=target.id,
                owner=target.name,
                stage=erasure_rows.REQUESTED,
                actor=str(self._voice.party),
                basis=basis.value,
                citation="",
                refusal="",
                key_commitment=target.key_commitment,
                revision=write.first_index,
                statement_id=None,
                create_time=write.now,
                destroy_time=None,
            )
            await erasure_rows.put_erasure(connection, row)
            return row

        return (await self._sequencer.run(work))[0]

    async def waiting(self) -> list[ErasureRow]:
        """All that nobody has decided, oldest first."""
        async with self._database.read() as connection:
            return await erasure_rows.list_erasures(connection, erasure_rows.REQUESTED)
