"""What a node does in cases, made from what the node stands on, and the ways that cases go."""

from collections.abc import Callable
from dataclasses import dataclass

from portability.federation.outbox import OutboxSender
from portability.ledger.trust import Directory
from portability.node.agreements.book import AgreementBook
from portability.node.agreements.scopes import shipped_scope
from portability.node.agreements.service import AgreementsService
from portability.node.calls.step_times import StepTimes
from portability.node.cases.answer import HistoryAnswerer
from portability.node.cases.answer_delay import AnswerDelay
from portability.node.cases.changes import CaseChanges
from portability.node.cases.driver import CaseDriver
from portability.node.cases.due_work import DueWork
from portability.node.cases.forgetting import Forgetting
from portability.node.cases.notices import Noticer
from portability.node.cases.opening import CaseOpener
from portability.node.cases.permission_ends import PermissionEnds
from portability.node.cases.result import ResultMaker
from portability.node.cases.service import RecognitionService
from portability.node.cases.submission import Submissions
from portability.node.cases.writing import CaseWriter
from portability.node.consents.parts import build_statuses
from portability.node.consents.standing import ConsentStatuses
from portability.node.erasure.notices import ErasureNotices
from portability.node.erasure.signing import ErasureVoice
from portability.node.foundation import Foundation
from portability.node.log.witness import Witness
from portability.node.peers.delivery_checks import SignatureChecks
from portability.node.peers.parts import (
    Books,
    Peer,
    Surroundings,
    build_peer_parts,
    others,
)
from portability.node.peers.recall import Recaller, RecallingWriter
from portability.node.peers.service import FederationService
from portability.node.persons.complaints_abroad import ComplaintsAbroad
from portability.node.records.disclosure import Discloser
from portability.node.settlement.book import SettlementBook
from portability.node.settlement.service import SettlementService

Writing = Callable[..., CaseWriter]
"""Makes a ``CaseWriter`` of what that class takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shared:
    """What several parts of cases have in common."""

    changes: CaseChanges
    waker: DueWork
    writer: CaseWriter
    discloser: Discloser
    ends: PermissionEnds
    forgetting: Forgetting
    statuses: ConsentStatuses
    steps: StepTimes


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseParts:
    """
    What a node serves and runs for its cases. ``writer`` is for others who say something in a case,
    ``discloser`` for what they show with it, and ``ends`` for whoever ends a permission.
    """

    recognition: RecognitionService
    settlement: SettlementService
    agreements: AgreementsService
    federation: FederationService
    driver: CaseDriver
    outbox: OutboxSender
    writer: CaseWriter
    discloser: Discloser
    ends: PermissionEnds
    recaller: Recaller
    steps: StepTimes

    async def take_back(self, directory: Directory, own: str) -> None:
        """
        Where this node's log goes on after a loss, ask every peer for what it still has of it.

        Before anything else is done, so that nothing is answered twice; whoever cannot be reached
        is asked before the first statement leaves for them.
        """
        ended = [one for one in directory.ended_logs if one.jurisdiction == own]
        if ended and ended[-1].lost:
            await self.recaller.compare_all(others(directory, own))

    def start(self) -> None:
        """Go on with all that is due and unsent."""
        self.driver.start()
        self.outbox.start()

    def wake(self) -> None:
        """Go on with what waited during a pause, or was left by another process."""
        self.driver.wake()
        self.outbox.wake()

    async def close(self) -> None:
        await self.outbox.close()
        await self.driver.close()


def build_case_parts(
    foundation: Foundation,
    *,
    peer: Callable[[str], Peer],
    delay: AnswerDelay | None = None,
    witness: Witness | None = None,
    erasures: ErasureNotices | None = None,
    require_signed: bool = False,
    signatures: SignatureChecks | None = None,
    writing: Writing = CaseWriter,
    ask_to_settle: Callable[[], None] = lambda: None,
) -> CaseParts:
    """
    Wire them up; nothing runs before ``start``.

    With ``require_signed`` no case runs under an agreement that nobody has signed yet. Without
    ``signatures`` those that peers deliver are verified in this process. Whatever this node says in
    a case goes through what ``writing`` makes: a simulation gives writers that lie. With
    ``ask_to_settle`` what is overwritten is cleared from the files of the database as well.
    """
    shared = _shared(foundation, writing, ask_to_settle)
    books = _books(foundation, erasures, require_signed=require_signed)
    peers = build_peer_parts(
        foundation,
        books,
        Surroundings(
            peer=peer,
            measure=shared.steps.measure,
            statuses=shared.statuses,
            witness=witness,
            signatures=signatures,
        ),
        writer=shared.writer,
        recalling=_writer(foundation, RecallingWriter, shared.changes, shared.waker),
    )
    return CaseParts(
        recognition=_recognition(foundation, shared, books.agreements),
        settlement=_settlement(foundation, books.settlements),
        agreements=AgreementsService(
            database=foundation.database, sequencer=foundation.sequencer, book=books.agreements
        ),
        federation=peers.federation,
        driver=_driver(foundation, shared, peer, delay or AnswerDelay()),
        outbox=peers.outbox,
        writer=shared.writer,
        discloser=shared.discloser,
        ends=shared.ends,
        recaller=peers.recaller,
        steps=shared.steps,
    )


def _shared(foundation: Foundation, writing: Writing, ask_to_settle: Callable[[], None]) -> _Shared:
    changes = CaseChanges(is_paused=foundation.is_paused)
    waker = DueWork(foundation.world.sleep, foundation.world.clock)
    writer = _writer(foundation, writing, changes, waker)
    return _Shared(
        changes=changes,
        waker=waker,
        writer=writer,
        discloser=Discloser(
            node_key=foundation.node_key,
            directory=foundation.directory,
            agreement_scope=shipped_scope,
            randomness=foundation.world.randomness,
        ),
        ends=PermissionEnds(writer=writer),
        forgetting=Forgetting(voice=_voice(foundation), ask_to_settle=ask_to_settle),
        statuses=build_statuses(foundation),
        steps=StepTimes(foundation.world.monotonic),
    )


def _voice(foundation: Foundation) -> ErasureVoice:
    return ErasureVoice(
        jurisdiction=foundation.jurisdiction,
        node_key=foundation.node_key,
        randomness=foundation.world.randomness,
    )


def _writer(
    foundation: Foundation, writing: Writing, changes: CaseChanges, waker: DueWork
) -> CaseWriter:
    return writing(
        jurisdiction=foundation.jurisdiction,
        node_key=foundation.node_key,
        randomness=foundation.world.randomness,
        wake_outbox=foundation.wake_outbox,
        hand_over=waker.hand,
        tell=changes.tell,
        protocol_version=foundation.protocol_version,
    )


def _driver(
    foundation: Foundation, shared: _Shared, peer: Callable[[str], Peer], delay: AnswerDelay
) -> CaseDriver:
    answerer = HistoryAnswerer(
        jurisdiction=foundation.jurisdiction,
        database=foundation.database,
        directory=foundation.directory,
        writer=shared.writer,
        discloser=shared.discloser,
        statuses=shared.statuses,
        peer=peer,
        randomness=foundation.world.randomness,
        delay=delay,
        fault=foundation.world.fault,
    )
    return CaseDriver(
        jurisdiction=foundation.jurisdiction,
        database=foundation.database,
        sequencer=foundation.sequencer,
        answerer=answerer,
        result_maker=ResultMaker(writer=shared.writer, discloser=shared.discloser),
        noticer=Noticer(writer=shared.writer, forgetting=shared.forgetting),
        ends=shared.ends,
        forgetting=shared.forgetting,
        waker=shared.waker,
        clock=foundation.world.clock,
        randomness=foundation.world.randomness,
        is_paused=foundation.is_paused,
        measure=shared.steps.measure,
    )


def _recognition(
    foundation: Foundation, shared: _Shared, agreements: AgreementBook
) -> RecognitionService:
    return RecognitionService(
        jurisdiction=foundation.jurisdiction,
        database=foundation.database,
        sequencer=foundation.sequencer,
        prover=foundation.prover,
        directory=foundation.directory,
        changes=shared.changes,
        opener=CaseOpener(
            directory=foundation.directory,
            agreement_scope=shipped_scope,
            randomness=foundation.world.randomness,
            agreements=agreements,
        ),
        submissions=Submissions(
            writer=shared.writer,
            ends=shared.ends,
            directory=foundation.directory,
            agreements=agreements,
        ),
        agreements=agreements,
        clock=foundation.world.clock,
        randomness=foundation.world.randomness,
        protocol_version=foundation.protocol_version,
    )


def _settlement(foundation: Foundation, book: SettlementBook) -> SettlementService:
    return SettlementService(
        jurisdiction=foundation.jurisdiction,
        database=foundation.database,
        sequencer=foundation.sequencer,
        prover=foundation.prover,
        directory=foundation.directory,
        book=book,
        clock=foundation.world.clock,
        randomness=foundation.world.randomness,
    )


def _books(
    foundation: Foundation, erasures: ErasureNotices | None, *, require_signed: bool
) -> Books:
    return Books(
        settlements=SettlementBook(
            jurisdiction=foundation.jurisdiction, wake_outbox=foundation.wake_outbox
        ),
        agreements=AgreementBook(
            jurisdiction=foundation.jurisdiction,
            node_key=foundation.node_key,
            directory=foundation.directory,
            randomness=foundation.world.randomness,
            wake_outbox=foundation.wake_outbox,
            required=require_signed,
        ),
        complaints=ComplaintsAbroad(
            directory=foundation.directory, jurisdiction=foundation.jurisdiction
        ),
        erasures=erasures,
    )
