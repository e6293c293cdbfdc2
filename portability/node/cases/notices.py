"""Answers to what this node was told about a case, and reminders of what others owe."""

from typing import Final

from portability.errors import NoAgreementError
from portability.node.cases.forgetting import Forgetting
from portability.node.cases.inputs import received_records
from portability.node.cases.loading import LoadedCase
from portability.node.cases.writing import CaseWriter
from portability.node.log.write import Write
from portability.recognition.case import AnswerNotice, Remind
from portability.recognition.facts import read_facts
from portability.recognition.notices import records_to_erase
from portability.recognition.statements import (
    NoticeAnswer,
    NoticeEffect,
    Reminder,
)
from portability.store import exhibits as store_exhibits
from portability.store import streams

RETENTION: Final = "retention_basis"
"""The parameter of a pack that says by which law data behind a decision are kept."""


class Noticer:
    """Does what a notice asks for and says so, within one transaction."""

    def __init__(self, *, writer: CaseWriter, forgetting: Forgetting) -> None:
        self._writer = writer
        self._forgetting = forgetting

    async def fulfil(self, write: Write, loaded: LoadedCase, duty: AnswerNotice | Remind) -> None:
        if isinstance(duty, Remind):
            await self._remind(write, loaded, duty)
        else:
            await self._answer(write, loaded, duty)

    async def look_again(self, write: Write, loaded: LoadedCase) -> None:
        """Nothing is due by time now; have the case looked at when something will be."""
        await self._writer.schedule(write, loaded)

    async def _remind(self, write: Write, loaded: LoadedCase, duty: Remind) -> None:
        reminder = Reminder(
            header=self._writer.header(loaded.case_id, write.now, [duty.subject]),
            recipient=duty.recipient,
            step=duty.step,
            number=duty.number,
            due=duty.due,
            escalated=duty.escalated,
        )
        await self._writer.take(write, loaded, self._writer.sign(reminder))

    async def _answer(self, write: Write, loaded: LoadedCase, duty: AnswerNotice) -> None:
        """
        What is erased is gone in the transaction that says so, and from what waits to be sent: the
        records, and the results that were made of them.

        A result that rests on it has fallen. Whoever has not got it yet gets it alone, as part of
        what was said in the case, and in the same stream behind it that it counts no more.
        """
        effect, citation, ceased = duty.effect, "", duty.ceased
        if effect is NoticeEffect.KEPT:
            citation = retention_of(loaded)
            effect = NoticeEffect.KEPT if citation else NoticeEffect.ERASED
        if effect is NoticeEffect.KEPT:
            ceased = ()
        answer = NoticeAnswer(
            header=self._writer.header(loaded.case_id, write.now, [duty.notice_id]),
            effect=effect,
            citation=citation,
            ceased=ceased,
        )
        if effect is NoticeEffect.ERASED:
            held = await received_records(write.connection, write.vault, loaded)
            facts = read_facts(loaded.case)
            gone = records_to_erase(loaded.case, loaded.claim, facts, duty, held)
            await store_exhibits.remove_exhibits(write.connection, loaded.case_id, sorted(gone))
            await streams.forget_exhibits(write.connection, loaded.case_id, gone)
            self._forgetting.clear(write, loaded)
        after, _ = await self._writer.take(write, loaded, self._writer.sign(answer))
        await self._forgetting.forget(write, after)


def retention_of(loaded: LoadedCase) -> str:
    """The law by which data behind a decision are kept; empty where the agreement names none."""
    try:
        value = loaded.pack.value(RETENTION, loaded.claim.award_date)
    except NoAgreementError:
        return ""
    return value if isinstance(value, str) else ""
