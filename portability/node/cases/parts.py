"""
Everything of a node that has to do with cases, made from its parts: two services, the driver that
does what cases make due, and the sender of the outbox.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from portability.consent.agreement import AgreementScope
from portability.federation.outbox import OutboxSender, PeerLink
from portability.federation.pacing import Backoff, Sleep, Waker
from portability.federation.versions import PeerVersions
from portability.ledger.keys import Signer
from portability.ledger.trust import Directory
from portability.node.agreements.book import AgreementBook
from portability.node.agreements.service import AgreementsService
from portability.node.calls.step_times import StepTimes
from portability.node.cases.answer import HistoryAnswerer, StatusPeer
from portability.node.cases.answer_delay import AnswerDelay
from portability.node.cases.changes import CaseChanges
from portability.node.cases.driver import CaseDriver
from portability.node.cases.notices import Noticer
from portability.node.cases.opening import CaseOpener
from portability.node.cases.permission_ends import PermissionEnds
from portability.node.cases.result import ResultMaker
from portability.node.cases.service import RecognitionService
from portability.node.cases.submission import Submissions
from portability.node.cases.writing import CaseWriter
from portability.node.consents.standing import ConsentStatuses
from portability.node.erasure.notices import ErasureNotices
from portability.node.log.prover import Prover
from portability.node.log.sequencer import Sequencer
from portability.node.log.witness import Witness
from portability.node.peers.delivery_checks import DeliveryChecks, SignatureChecks
from portability.node.peers.inbox import Inbox
from portability.node.peers.outgoing import Outgoing
from portability.node.peers.ping_answer import PingDesk
from portability.node.peers.recall import Recaller, RecallingWriter, RecallLink
from portability.node.peers.recall_desk import RecallDesk
from portability.node.peers.recall_own import OwnStatements
from portability.node.peers.service import FederationService
from portability.node.peers.staging_desk import StagingDesk
from portability.node.persons.complaints_abroad import ComplaintsAbroad
from portability.node.records.disclosure import Discloser
from portability.node.settlement.book import SettlementBook
from portability.node.settlement.service import SettlementService
from portability.recognition.echo import Pause
from portability.recognition.versions import LATEST
from portability.store.engine import Database


class Peer(PeerLink, StatusPeer, RecallLink, Protocol):
    """The node of another jurisdiction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """
    What a case cannot make up for itself; ``sleep`` takes seconds.

    ``monotonic`` gives seconds for what is told of the time that steps take.
    """

    clock: Callable[[], datetime]
    sleep: Sleep
    randomness: Callable[[int], bytes]
    fault: Callable[[str], None]
    monotonic: Callable[[], float] = lambda: 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseParts:
    """
    What a node serves and runs for its cases. ``outbox.wake`` is for others who fill it, ``writer``
    for others who say something in a case, ``discloser`` for what they show with it, and ``ends``
    for whoever ends a permission.
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
            await self.recaller.compare_all(_others(directory, own))

    def start(self) -> None:
        """Go on with all that is due and unsent."""
        self.driver.start()
        self.outbox.start()

    def wake(self) -> None:
        """Go on with what waited during a pause."""
        self.driver.wake()
        self.outbox.wake()

    async def close(self) -> None:
        await self.outbox.close()
        await self.driver.close()


def build_case_parts(
    *,
    jurisdiction: str,
    database: Database,
    sequencer: Sequencer,
    prover: Prover,
    directory: Callable[[], Directory],
    node_key: Signer,
    agreement_scope: Callable[[str, date], AgreementScope],
    peer: Callable[[str], Peer],
    outside: Outside,
    delay: AnswerDelay | None = None,
    backoff: Backoff | None = None,
    witness: Witness | None = None,
    erasures: ErasureNotices | None = None,
    require_signed: bool = False,
    pause: Callable[[], Pause | None] = lambda: None,
    protocol_version: int = LATEST,
    signatures: SignatureChecks | None = None,
) -> CaseParts:
    """
    Wire them up; nothing runs before ``start``. In a ``pause`` nothing new is begun.

    ``protocol_version`` is the latest that this node speaks. Without ``signatures`` those that
    peers deliver are verified in this process.
    """
    steps = StepTimes(outside.monotonic)
    prove = Outgoing(database=database).prove
    versions = PeerVersions(
        database=database,
        clock=outside.clock,
        wake_outbox=lambda: outbox.wake(),  # noqa: PLW0108  # it is made below
    )
    outbox = OutboxSender(
        database=database,
        peers=lambda: _others(directory(), jurisdiction),
        link=peer,
        prove=prove,
        directory=directory,
        clock=outside.clock,
        sleep=outside.sleep,
        randomness=outside.randomness,
        fault=outside.fault,
        backoff=backoff,
        is_paused=lambda: pause() is not None,
        versions=versions,
        compare=lambda code: recaller.compare(code),  # noqa: PLW0108  # it is made below
        measure=steps.measure,
    )
    waker = Waker(outside.sleep)
    changes = CaseChanges(database=database, is_paused=lambda: pause() is not None)
    writer, recalling = (
        make(
            jurisdiction=jurisdiction,
            node_key=node_key,
            randomness=outside.randomness,
            wake_outbox=outbox.wake,
            wake_driver=waker.wake,
            tell=changes.tell,
            protocol_version=protocol_version,
        )
        for make in (CaseWriter, RecallingWriter)
    )
    book = SettlementBook(jurisdiction=jurisdiction, wake_outbox=outbox.wake)
    agreements = AgreementBook(
        jurisdiction=jurisdiction,
        node_key=node_key,
        directory=directory,
        randomness=outside.randomness,
        wake_outbox=outbox.wake,
        required=require_signed,
    )
    complaints = ComplaintsAbroad(directory=directory, jurisdiction=jurisdiction)
    recaller = Recaller(
        jurisdiction=jurisdiction,
        database=database,
        sequencer=sequencer,
        directory=directory,
        link=peer,
        inbox=Inbox(
            jurisdiction=jurisdiction,
            writer=recalling,
            erasures=erasures,
            settlements=book,
            agreements=agreements,
            complaints=complaints,
        ),
        own=OwnStatements(
            jurisdiction=jurisdiction,
            directory=directory,
            writer=recalling,
            settlements=book,
            agreements=agreements,
            complaints=complaints,
        ),
    )
    ends = PermissionEnds(writer=writer)
    statuses = ConsentStatuses(
        sequencer=sequencer,
        node_key=node_key,
        randomness=outside.randomness,
        jurisdiction=jurisdiction,
    )
    discloser = Discloser(
        node_key=node_key,
        directory=directory,
        agreement_scope=agreement_scope,
        randomness=outside.randomness,
    )
    answerer = HistoryAnswerer(
        jurisdiction=jurisdiction,
        database=database,
        directory=directory,
        writer=writer,
        discloser=discloser,
        statuses=statuses,
        peer=peer,
        randomness=outside.randomness,
        delay=delay or AnswerDelay(),
        fault=outside.fault,
    )
    return CaseParts(
        agreements=AgreementsService(database=database, sequencer=sequencer, book=agreements),
        settlement=SettlementService(
            jurisdiction=jurisdiction,
            database=database,
            sequencer=sequencer,
            prover=prover,
            directory=directory,
            book=book,
            clock=outside.clock,
            randomness=outside.randomness,
        ),
        recognition=RecognitionService(
            jurisdiction=jurisdiction,
            database=database,
            sequencer=sequencer,
            prover=prover,
            directory=directory,
            changes=changes,
            opener=CaseOpener(
                directory=directory,
                agreement_scope=agreement_scope,
                randomness=outside.randomness,
                agreements=agreements,
            ),
            submissions=Submissions(writer=writer, ends=ends, agreements=agreements),
            agreements=agreements,
            clock=outside.clock,
            randomness=outside.randomness,
            protocol_version=protocol_version,
        ),
        federation=FederationService(
            jurisdiction=jurisdiction,
            database=database,
            sequencer=sequencer,
            directory=directory,
            checks=DeliveryChecks(signatures),
            inbox=Inbox(
                jurisdiction=jurisdiction,
                writer=writer,
                erasures=erasures,
                settlements=book,
                agreements=agreements,
                complaints=complaints,
                protocol_version=protocol_version,
            ),
            statuses=statuses,
            node_key=node_key,
            clock=outside.clock,
            randomness=outside.randomness,
            fault=outside.fault,
            pings=PingDesk(
                jurisdiction=jurisdiction,
                directory=directory,
                node_key=node_key,
                clock=outside.clock,
                protocol_version=protocol_version,
                pause=pause,
            ),
            recalls=RecallDesk(database=database, prove=prove, protocol_version=protocol_version),
            staging=StagingDesk(database=database, sequencer=sequencer),
            versions=versions,
            protocol_version=protocol_version,
            witness=witness,
            measure=steps.measure,
        ),
        driver=CaseDriver(
            jurisdiction=jurisdiction,
            database=database,
            sequencer=sequencer,
            answerer=answerer,
            result_maker=ResultMaker(writer=writer, discloser=discloser),
            noticer=Noticer(writer=writer),
            ends=ends,
            waker=waker,
            clock=outside.clock,
            randomness=outside.randomness,
            backoff=backoff,
            is_paused=lambda: pause() is not None,
            measure=steps.measure,
        ),
        steps=steps,
        outbox=outbox,
        writer=writer,
        discloser=discloser,
        ends=ends,
        recaller=recaller,
    )


def _others(directory: Directory, own: str) -> Collection[str]:
    return [one.jurisdiction for one in directory.members if one.jurisdiction != own]
