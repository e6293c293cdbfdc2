"""
The last steps of an erasure: a statement in the log that names the leaves and nobody, and a signed
notice to whoever had received data.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import groupby
from typing import Final

from portability.consent.scope import Party
from portability.node.erasure.rules import ErasureRules
from portability.node.erasure.signing import ErasureVoice, party_of
from portability.node.log.sequencer import Sequencer
from portability.node.log.write import Write
from portability.node.peers.withholding import send
from portability.recognition.erasure import Erasure, ErasureBasis, ErasureNotice
from portability.store import erasure as stored
from portability.store import erasure_recipients as recipients
from portability.store import erasure_rows
from portability.store.engine import Database
from portability.store.erasure_rows import ErasureRow

NOTICE: Final = "erasure-notice"
MAX_TOGETHER: Final = 200
"""Erasures that one statement proves."""


class ErasureProofs:
    """Proves erasures whose term is over, and tells recipients of them."""

    def __init__(
        self,
        *,
        database: Database,
        sequencer: Sequencer,
        voice: ErasureVoice,
        rules: ErasureRules,
        clock: Callable[[], datetime],
        fault: Callable[[str], None],
        wake_outbox: Callable[[], None],
    ) -> None:
        self._database = database
        self._sequencer = sequencer
        self._voice = voice
        self._rules = rules
        self._clock = clock
        self._fault = fault
        self._wake_outbox = wake_outbox

    async def prove_due(self) -> None:
        """One statement for all erasures of one actor on one ground, once their term is over."""
        async with self._database.read() as connection:
            rows = await erasure_rows.list_erasures(connection, erasure_rows.CLEARED)
        waiting = sorted(rows, key=_ground)
        for _, group in groupby(waiting, key=_ground):
            together = list(group)
            due = min(one.destroy_time or one.create_time for one in together) + self._rules.batch
            if due > self._clock():
                continue
            for at in range(0, len(together), MAX_TOGETHER):
                await self._prove([one.name for one in together[at : at + MAX_TOGETHER]])
                self._fault("erasure.proven")

    async def _prove(self, names: Sequence[str]) -> None:
        async def work(write: Write) -> None:
            rows = [
                row
                for row in await erasure_rows.list_erasures(write.connection, erasure_rows.CLEARED)
                if row.name in names
            ]
            if rows:
                await self._say_erased(write, rows)

        await self._sequencer.run(work)

    async def _say_erased(self, write: Write, rows: Sequence[ErasureRow]) -> None:
        connection = write.connection
        persons = [row.person for row in rows if row.person is not None]
        leaves = [
            leaf for person in persons for leaf in await stored.list_leaves(connection, person)
        ]
        said = await self._voice.say(
            write,
            Erasure(
                header=self._voice.header(write.now),
                actor=party_of(rows[0].actor),
                basis=ErasureBasis(rows[0].basis),
                citation=rows[0].citation,
                leaf_indexes=tuple(sorted(leaves)),
                erasures=len(rows),
            ),
        )
        await stored.replace_unsent(connection, leaves, instead=said)
        await self._tell(write, rows, said)
        await erasure_rows.note_proven(connection, [row.name for row in rows], said)
        for person in persons:
            await stored.unlink_person(connection, person)
        write.after_commit(self._wake_outbox)

    async def _tell(self, write: Write, rows: Sequence[ErasureRow], said: bytes) -> None:
        """One notice to each recipient, whichever of these persons it had received data of."""
        told = await recipients.list_recipients(write.connection, [row.name for row in rows])
        told.sort(key=lambda one: (one.jurisdiction, one.institution))
        for (jurisdiction, institution), group in groupby(
            told, key=lambda one: (one.jurisdiction, one.institution)
        ):
            each = list(group)
            answer_by = write.now.replace(microsecond=0) + self._rules.answer_within
            notice = await self._voice.say(
                write,
                ErasureNotice(
                    header=self._voice.header(write.now, [said]),
                    recipient=Party(jurisdiction=jurisdiction, institution=institution),
                    cases=tuple(sorted({case for one in each for case in one.case_ids})),
                    answer_by=answer_by,
                ),
            )
            for one in each:
                await recipients.note_told(
                    write.connection, one, notice=notice, answer_by=answer_by
                )
            await send(write, jurisdiction, notice, NOTICE)


def _ground(row: ErasureRow) -> tuple[str, str, str]:
    return row.actor, row.basis, row.citation
