"""
What peers say about erasures: notices that data they had disclosed was erased, and answers to ours.

On a notice this node destroys the cases that may hold some of that data, and proves it in its own
log; or it keeps a case in which a decision rests on it, or a hold demands it, and says under which
provision. A peer can only speak of cases that it takes part in, and ends none in which it told
nothing: that goes on as with any party that falls silent.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from portability.errors import ErasedError, InvalidInputError
from portability.ledger.envelope import Envelope, kind_of
from portability.node.cases.loading import load_case
from portability.node.erasure.rules import ErasureRules
from portability.node.erasure.signing import ErasureVoice
from portability.node.log.write import NewStatement, Write
from portability.node.peers.withholding import send
from portability.node.persons.complaint_steps import HeldComplaint, load_complaint
from portability.recognition.disclosed import may_hold_of
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
from portability.store.cases import CaseRow, find_case
from portability.store.complaints import destroy_complaints
from portability.store.data_keys import load_keys
from portability.store.legal_holds import list_holds
from portability.store.log import find_statements

DECISION: Final = "determination"
ANSWER: Final = "erasure-acknowledgement"
NAME_BYTES: Final = 16
BY_DECISION: Final = "GDPR Art 17(3)(b): a decision under {agreement} rests on it"
"""Where the node's own rules name no provision for decisions."""

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
        self._rules = rules
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
                write.after_commit(self._wake_outbox)
            case ErasureAcknowledgement():
                await self._note_answer(write, peer, heard.statement_id, heard.said)
            case Erasure():
                return  # it stands in for something that the peer can no longer send

    async def _obey(self, write: Write, peer: str, notice_id: bytes, notice: ErasureNotice) -> None:
        if notice.recipient.jurisdiction != self._voice.jurisdiction:
            raise InvalidInputError(
                "the notice is addressed to another jurisdiction", field="recipient"
            )
        kept: dict[str, str] = {}
        gone: list[CaseRow] = []
        complaints: list[HeldComplaint] = []
        for case_id in notice.cases:
            case = await find_case(write.connection, write.vault, case_id)
            said = None if case is not None else await self._complaint(write, peer, case_id)
            if said is not None:
                citation = await self._held_by(write, said.row.person)
                kept |= {case_id: citation} if citation else {}
                complaints += [] if citation else [said]
            if case is None or all(one.jurisdiction != peer for one in case.parties):
                continue
            citation = await self._kept_by(write, case)
            if citation:
                kept[case_id] = citation
            elif await self._holds_of(write, peer, case):
                gone.append(case)
        if gone or complaints:
            await self._destroy(write, notice_id, gone, complaints)
        await self._answer(write, peer, notice_id, kept=kept, erased=bool(gone) or bool(complaints))

    async def _holds_of(self, write: Write, peer: str, case: CaseRow) -> bool:
        """Whether there may be anything in a case that the peer has told of the person."""
        if case.content is None:
            return False
        loaded = await load_case(
            write.connection,
            write.vault,
            own=self._voice.jurisdiction,
            case_id=case.case_id,
            pending=write.statements,
        )
        if loaded is None:
            return False
        return may_hold_of(loaded.case, loaded.claim, peer, loaded.held)

    async def _complaint(self, write: Write, peer: str, name: str) -> HeldComplaint | None:
        """A complaint of that name which the peer had sent here; None for any other."""
        try:
            held = await load_complaint(write.connection, write.vault, name, write)
        except ErasedError:
            return None
        return held if held is not None and held.home == peer else None

    async def _held_by(self, write: Write, person: int) -> str:
        """The provision under which what there is of a person is held; empty for none."""
        for hold in await list_holds(write.connection, person):
            if hold.lift_time is None:
                return hold.citation
        return ""

    async def _kept_by(self, write: Write, case: CaseRow) -> str:
        """The provision under which a case is kept; empty for none."""
        if case.content is None:
            return ""
        held = "" if case.person is None else await self._held_by(write, case.person)
        if held:
            return held
        if not await stored.has_kind(write.connection, case.case_id, DECISION):
            return ""
        own = [rule.citation for rule in self._rules.retentions if rule.kind == DECISION]
        return own[0] if own else BY_DECISION.format(agreement=case.content.agreement)

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
        steps = await find_statements(connection, [i for one in complaints for i in one.ids])
        said_in = sorted(one.leaf_index for one in steps.values())
        leaves = sorted([*await stored.list_case_leaves(connection, case_ids), *said_in])
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
        await stored.replace_unsent(connection, leaves, instead=said)
        await stored.destroy_cases(connection, case_ids)
        await stored.empty_leaves(connection, said_in)
        await destroy_complaints(connection, [one.row.name for one in complaints])
        await erasure_rows.put_erasure(connection, self._done(write, notice_id, said))
        await _forget(write, {one.person for one in gone} | {one.row.person for one in complaints})
        write.after_commit(self._ask_to_settle)

    def _done(self, write: Write, notice_id: bytes, said: bytes) -> erasure_rows.ErasureRow:
        """An erasure of nobody who is known here, by which a bundle finds its proof."""
        return erasure_rows.ErasureRow(
            name=notice_id[:NAME_BYTES].hex(),
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
            )


async def _forget(write: Write, people: Collection[int | None]) -> None:
    """Nobody would find in memory what was destroyed, and yet it would be there."""
    keys = await load_keys(write.connection, write.vault, people)
    for key in (keys[one] for one in people):
        if key is not None:
            write.after_commit(partial(write.vault.kept.forget, key.owner))
