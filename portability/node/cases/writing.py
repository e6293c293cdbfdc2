"""
Statements into cases: logged, added, replayed, and what follows from them put in its place.

A statement, its leaf, the outbox rows that carry it and the work that it makes due are written in
one transaction, whoever said it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final, cast

from portability.consent.scope import Party
from portability.errors import InvalidInputError
from portability.ledger.encoding import HASH_BYTES
from portability.ledger.envelope import Envelope, kind_of, sign_envelope, statement_id
from portability.ledger.keys import Signer
from portability.node.cases.loading import HeldStatement, LoadedCase, keep_case
from portability.node.cases.terms import next_tick
from portability.node.log.write import LoggedRow, NewStatement, Write
from portability.node.peers.withholding import Wanted, all_speak, withhold
from portability.recognition.case import (
    AnswerHistory,
    AnswerNotice,
    Case,
    Close,
    Countersign,
    Determine,
    Duty,
    Effect,
    GiveUp,
    Reconcile,
    Remind,
    Reopen,
    Send,
    SetAside,
    Summarise,
)
from portability.recognition.machine import advance
from portability.recognition.progress import progress
from portability.recognition.statements import (
    CaseStatement,
    Header,
    NoticeAnswer,
    NoticeEffect,
    Said,
)
from portability.recognition.versions import LATEST, OLDEST, version_needed
from portability.store import access, cases, delivery
from portability.store.engine import Connection
from portability.store.set_aside import SetAsideRow, add_set_aside
from portability.wire.envelope import envelope_to_bytes
from portability.wire.statement import BY_PERSONS, statement_to_payload, type_of

ANSWER: Final = "answer-history"
RESOLVED: Final = "answer-resolved"
"""An officer has said whom a request means, which was answered only with a day before."""
RECONCILE: Final = "reconcile"
COUNTERSIGN: Final = "countersign"
CLOSE: Final = "close"
GIVE_UP: Final = "give-up"
SUMMARISE: Final = "summarise"
REOPEN: Final = "reopen"
ANSWER_NOTICE: Final = "answer-notice"
REMIND: Final = "remind"
TICK: Final = "tick"
"""Time has come to look at a case again; there is one of it per case, under this id:"""
TICK_ID: Final = bytes(HASH_BYTES)
FORGET: Final = "forget-results"
"""A case holds what this node has said it erased; as above, one per case. A migration makes it."""
FORGET_ID: Final = bytes(HASH_BYTES)

NO_EXHIBITS: Final[Mapping[str, Sequence[bytes]]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """
    A statement whose proof and signature were verified, on its way into a case.

    ``peer`` is the jurisdiction that delivered it, empty for one that was made or submitted here.
    ``is_new``: it holds randomness that was made just now, so that nobody can have said it before.
    """

    envelope: Envelope
    statement_id: bytes
    key_id: bytes
    statement: CaseStatement
    peer: str
    is_new: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """
    How a statement of ours leaves: by recipient the ids of its exhibits, not before when, of which
    kind it is and which version of the protocol a recipient has to speak.

    Which records may be exhibits is decided by ``release``, and nowhere else.
    """

    exhibits: Mapping[str, Sequence[bytes]]
    not_before: datetime | None = None
    kind: str = ""
    version: int = OLDEST


NOTHING_WITH_IT: Final = Sending(exhibits=NO_EXHIBITS)


class CaseWriter:
    """Adds statements to cases within a transaction."""

    def __init__(
        self,
        *,
        jurisdiction: str,
        node_key: Signer,
        randomness: Callable[[int], bytes],
        wake_outbox: Callable[[], None],
        hand_over: Callable[[delivery.PendingWork], None],
        tell: Callable[[str], None] = lambda _: None,
        protocol_version: int = LATEST,
    ) -> None:
        self.jurisdiction = jurisdiction
        self._node_key = node_key
        self._randomness = randomness
        self._wake_outbox = wake_outbox
        self._hand_over = hand_over
        self._tell = tell
        self._protocol_version = protocol_version

    def header(self, case_id: str, now: datetime, predecessors: Sequence[bytes]) -> Header:
        """The header of a new statement of this node."""
        return Header(
            salt=self._randomness(HASH_BYTES),
            case_id=case_id,
            sender=Party(jurisdiction=self.jurisdiction),
            created=now.replace(microsecond=0),
            predecessors=tuple(predecessors),
        )

    def sign(self, statement: CaseStatement) -> Heard:
        """A statement of this node, signed with the node's key."""
        envelope = sign_envelope(
            type_of(statement), statement_to_payload(statement), self._node_key
        )
        return Heard(
            envelope=envelope,
            statement_id=statement_id(envelope.payload_type, envelope.payload),
            key_id=self._node_key.key_id,
            statement=statement,
            peer="",
            is_new=True,
        )

    async def take(
        self,
        write: Write,
        loaded: LoadedCase,
        heard: Heard,
        sending: Sending = NOTHING_WITH_IT,
    ) -> tuple[LoadedCase, LoggedRow]:
        """
        Add a statement to a case, with its leaf, its outbox rows and the work that it makes due.

        Raises InvalidInputError if the sender may not say this; nothing is written then. Repeating
        it changes nothing.
        """
        said = Said(statement_id=heard.statement_id, statement=heard.statement)
        case, effects = advance(loaded.case, said)
        logged = await _log(write, heard, loaded.row.person)
        place = _place_of(heard, loaded.case_id, logged.leaf_index, write.now)
        if not await cases.add_case_statement(write.connection, place):
            return loaded, logged
        for effect in effects:
            await self._carry_out(write, loaded, heard, sending, effect)
        row = await _note_progress(write, loaded, case)
        await self.schedule(write, replace(loaded, case=case))
        held = HeldStatement(
            envelope=heard.envelope,
            key_id=heard.key_id,
            received=write.now,
            peer=heard.peer,
        )
        after = replace(
            loaded,
            row=row,
            case=case,
            held={**loaded.held, heard.statement_id: held},
            listed=(*loaded.listed, place),
        )
        keep_case(write.vault, after)
        if after.to_erase or _says_erased(heard):  # what came late, or is back after a loss
            await self.defer(write, FORGET, loaded.case_id, FORGET_ID, write.now)
        write.after_commit(partial(self._tell, loaded.case_id))
        return after, logged

    async def is_read(self, connection: Connection, peer: str, version: int) -> bool:
        """Whether a peer has said that it understands what needs this version, and so do we."""
        return await all_speak(connection, [peer], version, own_version=self._protocol_version)

    async def schedule(self, write: Write, loaded: LoadedCase) -> None:
        """Have the case looked at again when time makes something due."""
        at = next_tick(loaded, write.now)
        if at is not None:
            await self.defer(write, TICK, loaded.case_id, TICK_ID, at)

    async def defer(
        self, write: Write, kind: str, case_id: str, subject: bytes, at: datetime
    ) -> None:
        """Have something done at an instant, in place of any earlier arrangement about it."""
        work = delivery.PendingWork(kind=kind, case_id=case_id, statement_id=subject, not_before=at)
        await delivery.put_pending_work(write.connection, work)
        write.after_commit(partial(self._hand_over, work))

    async def _carry_out(
        self, write: Write, loaded: LoadedCase, heard: Heard, sending: Sending, effect: Effect
    ) -> None:
        match effect:
            case Send():
                is_new = effect.statement_id == heard.statement_id
                said = heard.statement if is_new else loaded.case.accepted[effect.statement_id]
                how = replace(
                    sending if is_new else await _once_more(write, loaded, effect),
                    kind=kind_of(type_of(said)),
                    version=version_needed(said),
                )
                await self.enqueue(write, effect.to, effect.statement_id, how)
            case SetAside():
                await _set_aside(write, loaded, effect)
            case _:
                await self._make_due(write, loaded.case_id, effect)

    async def enqueue(self, write: Write, peer: str, sent: bytes, sending: Sending) -> None:
        """Put a statement of ours into the stream to a peer, or keep it until it is understood."""
        wanted = Wanted(
            peer=peer,
            statement_id=sent,
            kind=sending.kind,
            version=sending.version,
            exhibits=tuple(sending.exhibits.get(peer, ())),
            not_before=sending.not_before or write.now,
        )
        if await withhold(write, wanted, own_version=self._protocol_version):
            write.after_commit(self._wake_outbox)  # which asks the peer what it speaks
            return
        await delivery.enqueue(
            write.connection,
            peer=peer,
            statement_id=sent,
            exhibits=sending.exhibits.get(peer, ()),
            not_before=sending.not_before or write.now,
            now=write.now,
        )
        write.after_commit(self._wake_outbox)

    async def _make_due(self, write: Write, case_id: str, duty: Duty) -> None:
        kind, subject = work_of(duty)
        if kind:
            work = delivery.PendingWork(
                kind=kind, case_id=case_id, statement_id=subject, not_before=write.now
            )
            if await delivery.add_pending_work(write.connection, work):
                write.after_commit(partial(self._hand_over, work))


async def _log(write: Write, heard: Heard, person: int | None) -> LoggedRow:
    return await write.log(
        NewStatement(
            envelope=heard.envelope,
            statement_id=heard.statement_id,
            kind=kind_of(heard.envelope.payload_type),
            key_id=heard.key_id,
            person=person,
        ),
        is_new=heard.is_new,
    )


def _place_of(heard: Heard, case_id: str, leaf_index: int, now: datetime) -> cases.CaseStatement:
    """The row by which a statement belongs to a case."""
    return cases.CaseStatement(
        case_id=case_id,
        leaf_index=leaf_index,
        statement_id=heard.statement_id,
        direction="in" if heard.peer else "out",
        peer=heard.peer,
        create_time=now,
    )


async def _note_progress(write: Write, loaded: LoadedCase, case: Case) -> cases.CaseRow:
    """The row of a case that has gone on; state and digest are stored where they changed."""
    view = progress(case)
    row = replace(loaded.row, state=view.state.value, digest=view.digest)
    if row != loaded.row:
        await cases.update_case(
            write.connection, loaded.case_id, state=row.state, digest=row.digest
        )
    return row


async def _once_more(write: Write, loaded: LoadedCase, send: Send) -> Sending:
    """How an older statement leaves: alone, but for what proves whose signature it carries."""
    held = loaded.held[send.statement_id]
    if held.envelope.payload_type not in BY_PERSONS:
        return NOTHING_WITH_IT
    key = await access.find_subject_key(write.connection, held.key_id)
    return Sending(exhibits={send.to: () if key is None else (key.key_record,)})


def _says_erased(heard: Heard) -> bool:
    said = heard.statement
    is_erased = isinstance(said, NoticeAnswer) and said.effect is NoticeEffect.ERASED
    return is_erased and not heard.peer


async def _set_aside(write: Write, loaded: LoadedCase, effect: SetAside) -> None:
    """A statement that had waited is refused now that it can be judged."""
    held = loaded.held[effect.statement_id]
    await add_set_aside(
        write.connection,
        write.vault,
        SetAsideRow(
            peer=held.peer,
            statement_id=effect.statement_id,
            position=0,
            reason=InvalidInputError.reason,
            message=effect.cause,
            create_time=write.now,
        ),
        delivery=envelope_to_bytes(held.envelope),
    )


def work_of(duty: Duty) -> tuple[str, bytes]:
    """Under which kind and id a duty waits to be done; no kind for what a person has to do."""
    kind, subject = _WORK[type(duty)]
    return kind, subject(duty)


_WORK: Final = cast(
    "Mapping[type[Duty], tuple[str, Callable[[Duty], bytes]]]",  # each takes its own kind of duty
    {
        AnswerHistory: (ANSWER, lambda duty: duty.request_id),
        Reconcile: (RECONCILE, lambda duty: duty.basis[-1]),
        Countersign: (COUNTERSIGN, lambda duty: duty.reconciliation_id),
        AnswerNotice: (ANSWER_NOTICE, lambda duty: duty.notice_id),
        Remind: (REMIND, lambda duty: duty.subject),
        Summarise: (SUMMARISE, lambda duty: duty.determinations[-1]),
        Close: (CLOSE, lambda duty: duty.determinations[-1]),
        GiveUp: (GIVE_UP, lambda duty: duty.withdrawals[-1]),
        Reopen: (REOPEN, lambda duty: duty.causes[-1]),
        Determine: ("", lambda _: b""),
    },
)

BY_CASE: Final = frozenset({kind for kind, _ in _WORK.values() if kind} | {RESOLVED})
"""The kinds of work that a case is asked for again; of what time makes due there are others."""
