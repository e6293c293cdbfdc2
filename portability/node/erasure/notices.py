"""
What peers say about erasures: notices that data they had disclosed was erased, and answers to ours.

On a notice this node destroys the cases that may hold some of that data, and proves it in its own
log; or it keeps a case in which a decision rests on it, or a hold demands it, and says under which
provision. A peer can only speak of cases that it takes part in, and ends none in which it told
nothing: that goes on as with any party that falls silent. What it told somebody else can still come
from there, since nobody hears of everything at once: so the notice is judged again with whatever
comes in that case, until it has found something; and once more when a hold that stood against it is
lifted.
"""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from portability.errors import InvalidInputError
from portability.ledger.envelope import Envelope, kind_of, payload_type
from portability.node.erasure.notice_judge import Judged, NoticeJudge, held_by, late_rows
from portability.node.erasure.rules import ErasureRules
from portability.node.erasure.signing import ErasureVoice
from portability.node.log.write import NewStatement, Write
from portability.node.peers.withholding import send
from portability.node.persons.complaint_steps import HeldComplaint
from portability.recognition.erasure import (
    Erasure,
    ErasureAcknowledgement,
    ErasureBasis,
    ErasureNotice,
    ErasureOutcome,
)
from portability.store import erasure as stored
from portability.store import erasure_recipients as recipients
from portability.store import erasure_rows
from portability.store import unmet_notices as unmet
from portability.store.cases import CaseRow
from portability.store.complaints import destroy_complaints
from portability.store.data_keys import load_keys
from portability.store.held_notices import HeldNotice, list_held, put_held
from portability.store.log import find_statements, read_statements
from portability.store.set_aside import empty_set_aside
from portability.store.staging import forget_staged
from portability.store.unmet_notices import UnmetNotice
from portability.v1 import federation_service_pb2 as pb
from portability.wire.envelope import envelope_from_bytes
from portability.wire.erasure import erasure_statement_from_payload

ANSWER: Final = "erasure-acknowledgement"
NAME_BYTES: Final = 16
NOT_KEPT: Final = (
    "it may hold what a peer has erased, so it is not kept; its sender is asked for it to replay"
)
_NAME: Final = re.compile(rb"[0-9a-f]{32}")
"""As cases and complaints are called."""
_RESULT: Final = payload_type("reconciliation", "protobuf").encode()

Delivered = Erasure | ErasureNotice | ErasureAcknowledgement


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardErasure:
    """A statement about an erasure, whose signature by the peer's node was verified."""

    envelope: Envelope
    statement_id: bytes
    key_id: bytes
    said: Delivered


class ErasureNotices:
    """Takes in what peers say about erasures, and answers notices."""

    def __init__(
        self,
        *,
        voice: ErasureVoice,
        rules: ErasureRules,
        ask_to_settle: Callable[[], None],
        wake_outbox: Callable[[], None],
    ) -> None:
        self._voice = voice
        self._judge = NoticeJudge(jurisdiction=voice.jurisdiction, rules=rules)
        self._ask_to_settle = ask_to_settle
        self._wake_outbox = wake_outbox

    async def take(self, write: Write, peer: str, heard: HeardErasure) -> None:
        """
        Log what a peer says, and do what follows from it. Repeating it changes nothing.

        Raises InvalidInputError for what the peer may not say.
        """
        row = await write.log(
            NewStatement(
                envelope=heard.envelope,
                statement_id=heard.statement_id,
                kind=kind_of(heard.envelope.payload_type),
                key_id=heard.key_id,
                person=None,  # it names nobody, and has to outlast whoever it is about
            )
        )
        if not row.fresh:
            return
        match heard.said:
            case ErasureNotice():
                await self._obey(write, peer, heard.statement_id, heard.said)
            case ErasureAcknowledgement():
                await self._note_answer(write, peer, heard.statement_id, heard.said)
            case Erasure():
                return  # it stands in for something that the peer can no longer send

    async def _obey(self, write: Write, peer: str, notice_id: bytes, notice: ErasureNotice) -> None:
        if notice.recipient.jurisdiction != self._voice.jurisdiction:
            raise InvalidInputError(
                "the notice is addressed to another jurisdiction", field="recipient"
            )
        await self._follow(write, peer, notice_id, notice.cases)

    async def look_again(self, write: Write, case_id: str) -> None:
        """Obey the notices that had found nothing in a case, now that more of it is here."""
        for row in await unmet.list_unmet(write.connection, case_id):
            judged = await self._judge.judge(write, row.peer, [case_id])
            if judged.kept or judged.gone:
                await unmet.remove_unmet(write.connection, row)
                await self._follow(write, row.peer, row.notice, await _named_in(write, row.notice))

    async def look_after_lift(self, write: Write, person: int) -> None:
        """Obey the notices that a hold on a person stood against, once there is none any more."""
        if await held_by(write, person):
            return
        for row in await list_held(write.connection, person):
            await self._follow(write, row.peer, row.notice, await _named_in(write, row.notice))

    async def _follow(
        self, write: Write, peer: str, notice_id: bytes, names: Collection[str]
    ) -> None:
        """Judge and answer all of a notice, so that each answer names all that is kept."""
        judged = await self._judge.judge(write, peer, names)
        for case_id in judged.unmet:
            row = UnmetNotice(case_id=case_id, notice=notice_id, peer=peer)
            await unmet.add_unmet(write.connection, row)
        held = HeldNotice(notice=notice_id, peer=peer)
        await put_held(write.connection, held, judged.held, of=names)
        await self._do(write, peer, notice_id, judged)

    async def may_keep(self, write: Write, peer: str, delivery: bytes) -> bool:
        """
        Whether what a peer sent and was refused may be kept to be looked at and tried again: not if
        it is of an erased case, or may bring what a notice told to be erased.
        """
        signed = pb.Delivery.FromString(delivery).statement.envelope
        named = {one.decode() for one in _NAME.findall(signed.payload)}
        if not named:
            return True
        if await stored.list_erased_cases(write.connection, named):
            return False
        waiting = await unmet.list_any_unmet(write.connection, named)
        return not any(_may_bring(one.peer, peer, delivery) for one in waiting)

    async def _do(self, write: Write, peer: str, notice_id: bytes, judged: Judged) -> None:
        is_erased = await self._empty_early(write, peer, judged)
        if judged.gone or judged.complaints:
            await self._destroy(write, notice_id, judged.gone, judged.complaints)
            is_erased = True
        await self._answer(write, peer, notice_id, kept=judged.kept, erased=is_erased)
        write.after_commit(self._wake_outbox)

    async def _empty_early(self, write: Write, peer: str, judged: Judged) -> bool:
        """
        What was refused before, or is of a statement that is still to come, is not kept either;
        whether there was any such thing.
        """
        gone = [one.case_id.encode() for one in judged.gone]
        gone += [one.row.name.encode() for one in judged.complaints]
        open_ = [one.encode() for one in judged.unmet]

        def concerns(sender: str, raw: bytes) -> bool:
            if any(one in raw for one in gone):
                return True
            return any(one in raw for one in open_) and _may_bring(peer, sender, raw)

        emptied = await empty_set_aside(write.connection, write.vault, concerns, message=NOT_KEPT)
        emptied += await forget_staged(write.connection, judged.unmet)
        if emptied:
            write.after_commit(self._ask_to_settle)
        return bool(emptied)

    async def _destroy(
        self,
        write: Write,
        notice_id: bytes,
        gone: Sequence[CaseRow],
        complaints: Sequence[HeldComplaint],
    ) -> None:
        """The cases, and the proof of it: a statement of this node's own about its own leaves."""
        connection = write.connection
        case_ids = [one.case_id for one in gone]
        ids = [i for one in complaints for i in one.ids]
        said_in = sorted(
            one.leaf_index for one in (await find_statements(connection, ids)).values()
        )
        late = [*await late_rows(write, case_ids), *filter(None, map(write.just_logged, ids))]
        write.empty(row.leaf_index for row in late)
        leaves = [*await stored.list_case_leaves(connection, case_ids), *said_in]
        leaves = sorted([*leaves, *(row.leaf_index for row in late)])
        said = await self._voice.say(
            write,
            Erasure(
                header=self._voice.header(write.now, [notice_id]),
                actor=self._voice.party,
                basis=ErasureBasis.NOTICE,
                citation="",
                leaf_indexes=tuple(leaves),
                erasures=1,
            ),
        )
        unsent = [row.statement_id for row in late]
        await stored.replace_unsent(connection, leaves, instead=said, late=unsent)
        await stored.destroy_cases(connection, case_ids)
        await stored.empty_leaves(connection, said_in)
        await destroy_complaints(connection, [one.row.name for one in complaints])
        await erasure_rows.put_erasure(connection, self._done(write, said))
        await _forget(write, {one.person for one in gone} | {one.row.person for one in complaints})
        write.after_commit(self._ask_to_settle)

    def _done(self, write: Write, said: bytes) -> erasure_rows.ErasureRow:
        """An erasure of nobody who is known here, by which a bundle finds its proof."""
        return erasure_rows.ErasureRow(
            name=said[:NAME_BYTES].hex(),
            person=None,
            owner="",
            stage=erasure_rows.PROVEN,
            actor=str(self._voice.party),
            basis=ErasureBasis.NOTICE.value,
            citation="",
            refusal="",
            key_commitment=b"",
            revision=write.first_index,
            statement_id=said,
            create_time=write.now,
            destroy_time=write.now,
        )

    async def _answer(
        self, write: Write, peer: str, notice_id: bytes, *, kept: dict[str, str], erased: bool
    ) -> None:
        outcome = ErasureOutcome.ERASED if erased else ErasureOutcome.STOPPED
        said = await self._voice.say(
            write,
            ErasureAcknowledgement(
                header=self._voice.header(write.now, [notice_id]),
                outcome=ErasureOutcome.KEPT if kept else outcome,
                citation="; ".join(dict.fromkeys(kept.values()))[:200],
                kept_cases=tuple(sorted(kept)),
            ),
        )
        await send(write, peer, said, ANSWER)

    async def _note_answer(
        self, write: Write, peer: str, answer_id: bytes, answer: ErasureAcknowledgement
    ) -> None:
        notice = answer.header.predecessors[0]
        told = await recipients.list_told(write.connection, notice)
        if not told or any(one.jurisdiction != peer for one in told):
            raise InvalidInputError(
                "the answer is to a notice that this node did not send there", field="predecessors"
            )
        is_of_one = len(told) == 1
        for one in told:
            is_kept = bool(set(one.case_ids) & set(answer.kept_cases))
            outcome = answer.outcome
            if outcome is ErasureOutcome.KEPT and not is_kept:
                outcome = ErasureOutcome.ERASED  # what is kept is of another person
            await recipients.note_answered(
                write.connection,
                one,
                outcome=outcome.value,
                citation=answer.citation if is_kept else "",
                answer=answer_id,
                now=write.now,
                instead_of=[
                    ErasureOutcome.KEPT.value,
                    *([ErasureOutcome.STOPPED.value] if is_of_one or is_kept else []),
                ],
            )


def _may_bring(eraser: str, sender: str, delivery: bytes) -> bool:
    """
    Whether what was refused may hold what somebody who erases had told: their own words, or a
    result, which is made of the words of all.
    """
    return sender == eraser or _RESULT in delivery


async def _named_in(write: Write, notice_id: bytes) -> tuple[str, ...]:
    """The cases and complaints that a notice names, which this very transaction may have logged."""
    if notice_id in write.statements:
        envelope = write.statements[notice_id][2]
    else:
        rows = await read_statements(write.connection, write.vault, [notice_id])
        envelope = envelope_from_bytes(rows[notice_id].envelope or b"")
    said = erasure_statement_from_payload(envelope.payload_type, envelope.payload)
    return said.cases if isinstance(said, ErasureNotice) else ()


async def _forget(write: Write, people: Collection[int | None]) -> None:
    """Nobody would find in memory what was destroyed, and yet it would be there."""
    keys = await load_keys(write.connection, write.vault, people)
    for key in (keys[one] for one in people):
        if key is not None:
            write.after_commit(partial(write.vault.kept.forget, key.owner))
