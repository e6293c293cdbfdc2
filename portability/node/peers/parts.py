"""
The ways to and from other nodes: what is sent to them, taken in from them, taken back from them.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Protocol

from portability.federation.outbox import OutboxSender, PeerLink, Prove
from portability.federation.versions import PeerVersions
from portability.ledger.trust import Directory
from portability.node.agreements.book import AgreementBook
from portability.node.calls.step_times import Measure
from portability.node.cases.answer import StatusPeer
from portability.node.cases.writing import CaseWriter
from portability.node.consents.leaving import Leaving
from portability.node.consents.standing import ConsentStatuses
from portability.node.erasure.notices import ErasureNotices
from portability.node.foundation import Foundation
from portability.node.log.witness import Witness
from portability.node.peers.acknowledging import Acknowledger
from portability.node.peers.delivery_checks import DeliveryChecks, SignatureChecks
from portability.node.peers.inbox import Inbox
from portability.node.peers.outgoing import Outgoing
from portability.node.peers.ping_answer import PingDesk
from portability.node.peers.recall import Recaller, RecallLink
from portability.node.peers.recall_desk import RecallDesk
from portability.node.peers.recall_own import OwnStatements
from portability.node.peers.service import FederationService
from portability.node.peers.staging_desk import StagingDesk
from portability.node.persons.complaints_abroad import ComplaintsAbroad
from portability.node.settlement.book import SettlementBook
from portability.recognition.versions import LATEST


class Peer(PeerLink, StatusPeer, RecallLink, Protocol):
    """The node of another jurisdiction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """Where what peers say outside of cases is kept."""

    settlements: SettlementBook
    agreements: AgreementBook
    complaints: ComplaintsAbroad
    erasures: ErasureNotices | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """
    What of a node stands around its calls with peers: how they are reached, what else they ask.

    Without ``signatures`` those that peers deliver are verified in this process.
    """

    peer: Callable[[str], Peer]
    measure: Measure
    statuses: ConsentStatuses
    witness: Witness | None = None
    signatures: SignatureChecks | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerParts:
    """What a node serves and runs for its peers."""

    federation: FederationService
    outbox: OutboxSender
    recaller: Recaller


def build_peer_parts(
    foundation: Foundation,
    books: Books,
    around: Surroundings,
    *,
    writer: CaseWriter,
    recalling: CaseWriter,
) -> PeerParts:
    """``writer`` takes in what is said in cases, ``recalling`` what was lost of it here."""
    versions = PeerVersions(
        database=foundation.database,
        clock=foundation.world.clock,
        wake_outbox=foundation.wake_outbox,
    )
    leaving = Leaving(jurisdiction=foundation.jurisdiction, clock=foundation.world.clock)
    prove = Outgoing(
        database=foundation.database,
        memory=foundation.sequencer.memory,
        may_leave=leaving.check,
    ).prove
    recaller = _recaller(foundation, books, around, recalling)
    outbox = _outbox(foundation, around, versions, prove, recaller)
    foundation.wake_outbox.answer_with(outbox.wake)
    return PeerParts(
        federation=_federation(
            foundation, books, around, writer=writer, versions=versions, prove=prove
        ),
        outbox=outbox,
        recaller=recaller,
    )


def others(directory: Directory, own: str) -> Collection[str]:
    """The jurisdictions of the peers of a node."""
    return [one.jurisdiction for one in directory.members if one.jurisdiction != own]


def _outbox(
    foundation: Foundation,
    around: Surroundings,
    versions: PeerVersions,
    prove: Prove,
    recaller: Recaller,
) -> OutboxSender:
    return OutboxSender(
        database=foundation.database,
        peers=lambda: others(foundation.directory(), foundation.jurisdiction),
        link=around.peer,
        prove=prove,
        directory=foundation.directory,
        clock=foundation.world.clock,
        sleep=foundation.world.sleep,
        randomness=foundation.world.randomness,
        fault=foundation.world.fault,
        is_paused=foundation.is_paused,
        versions=versions,
        compare=recaller.compare,
        measure=around.measure,
    )


def _recaller(
    foundation: Foundation, books: Books, around: Surroundings, writer: CaseWriter
) -> Recaller:
    return Recaller(
        jurisdiction=foundation.jurisdiction,
        database=foundation.database,
        sequencer=foundation.sequencer,
        directory=foundation.directory,
        link=around.peer,
        inbox=_inbox(foundation, books, writer, LATEST),
        own=OwnStatements(
            jurisdiction=foundation.jurisdiction,
            directory=foundation.directory,
            writer=writer,
            settlements=books.settlements,
            agreements=books.agreements,
            complaints=books.complaints,
        ),
    )


def _federation(
    foundation: Foundation,
    books: Books,
    around: Surroundings,
    *,
    writer: CaseWriter,
    versions: PeerVersions,
    prove: Prove,
) -> FederationService:
    acknowledger = Acknowledger(
        jurisdiction=foundation.jurisdiction,
        node_key=foundation.node_key,
        clock=foundation.world.clock,
        randomness=foundation.world.randomness,
    )
    return FederationService(
        database=foundation.database,
        sequencer=foundation.sequencer,
        directory=foundation.directory,
        checks=DeliveryChecks(around.signatures),
        inbox=_inbox(foundation, books, writer, foundation.protocol_version),
        statuses=around.statuses,
        acknowledger=acknowledger,
        clock=foundation.world.clock,
        fault=foundation.world.fault,
        pings=_pings(foundation),
        recalls=RecallDesk(
            database=foundation.database,
            prove=prove,
            acknowledger=acknowledger,
            protocol_version=foundation.protocol_version,
        ),
        staging=StagingDesk(database=foundation.database, sequencer=foundation.sequencer),
        versions=versions,
        protocol_version=foundation.protocol_version,
        witness=around.witness,
        measure=around.measure,
    )


def _inbox(
    foundation: Foundation, books: Books, writer: CaseWriter, protocol_version: int
) -> Inbox:
    return Inbox(
        jurisdiction=foundation.jurisdiction,
        writer=writer,
        directory=foundation.directory,
        erasures=books.erasures,
        settlements=books.settlements,
        agreements=books.agreements,
        complaints=books.complaints,
        protocol_version=protocol_version,
    )


def _pings(foundation: Foundation) -> PingDesk:
    return PingDesk(
        jurisdiction=foundation.jurisdiction,
        directory=foundation.directory,
        node_key=foundation.node_key,
        clock=foundation.world.clock,
        protocol_version=foundation.protocol_version,
        pause=foundation.pause,
    )
