"""
One life of a simulated node: the real services on the real database, until it is killed.

A killed process does nothing any more: each write and each call out of it raises KilledError, which
nothing in a node catches, and whoever waited for it is told that it died.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar, cast

from google.protobuf.message import Message

from portability.consent.scope import Party
from portability.ledger.note import log_key
from portability.node.audit.fsck import LogTrust
from portability.node.audit.parts import build_person_exporter
from portability.node.cases.giving_up import ClaimsGivenUp
from portability.node.cases.objections import Objections
from portability.node.cases.parts import CaseParts, Writing, build_case_parts
from portability.node.cases.writing import CaseWriter
from portability.node.consents.parts import build_consents_service
from portability.node.consents.service import ConsentsService
from portability.node.erasure.notices import ErasureNotices
from portability.node.erasure.rules import ErasureRules
from portability.node.erasure.signing import ErasureVoice
from portability.node.foundation import Foundation, World
from portability.node.log.prover import Prover
from portability.node.log.sequencer import Sequencer
from portability.node.peers.parts import Peer
from portability.node.persons.parts import build_person_keys, build_persons_service
from portability.node.persons.service import PersonsService
from portability.node.records.parts import build_records_service
from portability.node.records.service import RecordsService
from portability.simulation.permission import MEANS, directory, log_signer
from portability.simulation.plan import signer_of
from portability.store.engine import Database
from portability.store.inline import open_inline
from portability.store.vault import Vault
from portability.v1 import federation_service_pb2 as pb
from portability.wire.intake import Accepted, Issuer, Refused, check_submissions
from portability.wire.signed_act import Handed, SignedAct, check_signed_acts

T = TypeVar("T")

WRITES: Final = frozenset({"INSERT", "UPDATE", "DELETE", "REPLACE"})
KEYS: Final[dict[str, Any]] = {"wrapping_key": bytes(range(32)), "index_key": bytes(range(32, 64))}

_REQUESTS: Final[Mapping[str, type[Message]]] = {
    "DeliverStatements": pb.DeliverStatementsRequest,
    "StageExhibits": pb.StageExhibitsRequest,
    "FetchConsentStatus": pb.FetchConsentStatusRequest,
    "GetDeliveryPosition": pb.GetDeliveryPositionRequest,
    "RecallStatements": pb.RecallStatementsRequest,
}


class KilledError(BaseException):
    """The process was killed at this very instruction."""


class DiedError(Exception):
    """The process that should have answered was killed."""


class Caller:
    """What a service is told of a call: the URI name in the caller's certificate."""

    def __init__(self, uri: str) -> None:
        self._uri = uri.encode()

    def auth_context(self) -> dict[str, list[bytes]]:
        return {"peer_uri": [self._uri]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """
    What a process cannot make up for itself.

    ``call`` stands around each call to the database, ``fault`` is asked at the node's own points,
    and what the node says in a case goes through what ``writing`` makes.
    """

    clock: Callable[[], datetime]
    randomness: Callable[[int], bytes]
    call: Callable[[str, Callable[[], Any]], Any]
    fault: Callable[[str], None]
    peer: Callable[[str], Peer]
    writing: Writing = CaseWriter


class Process:
    """The services of a node; made by ``start_process``."""

    cases: CaseParts
    persons: PersonsService
    consents: ConsentsService
    records: RecordsService
    objections: Objections
    given_up: ClaimsGivenUp

    def __init__(self, code: str, database: Database, around: Around) -> None:
        self.code = code
        self.database = database
        self.died: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._around = around
        self._node_key = signer_of(Party(jurisdiction=code))
        self.sequencer = Sequencer(
            database=database,
            origin=directory().member(code).log_origin,
            log_key=log_signer(code),
            clock=around.clock,
            fault=around.fault,
            linger=0,
        )
        self.prover = Prover(database)

    @property
    def trust(self) -> LogTrust:
        """By whose keys the log of this node is judged."""
        origin = self.sequencer.origin
        return LogTrust(
            jurisdiction=self.code,
            origin=origin,
            keys=(log_key(origin, log_signer(self.code).public),),
            directory=directory(),
        )

    def build(self) -> None:
        """The services, as the node's composition root makes them."""
        foundation = self._foundation()
        keys = build_person_keys(foundation)
        exporter = build_person_exporter(foundation, list)
        self.cases = build_case_parts(
            foundation,
            peer=self._around.peer,
            erasures=self._build_notices(foundation),
            writing=self._around.writing,
        )
        self.persons = build_persons_service(foundation, keys=keys, exporter=exporter)
        self.consents = build_consents_service(
            foundation,
            keys=keys,
            withdrawal=MEANS,
            tell_cases=self.cases.ends.tell,
            check_signed=_InPlace().check_act,
            exporter=exporter,
        )
        self.records = build_records_service(
            foundation,
            verifiers=_InPlace(),
            writer=self.cases.writer,
            discloser=self.cases.discloser,
        )
        self.objections = Objections(keys=keys, writer=self.cases.writer)
        self.given_up = ClaimsGivenUp(keys=keys, writer=self.cases.writer)

    async def begin(self) -> None:
        """What a node does before it serves; one that erases nobody has nothing to do."""

    def _build_notices(self, foundation: Foundation) -> ErasureNotices:
        return ErasureNotices(
            voice=ErasureVoice(
                jurisdiction=self.code,
                node_key=self._node_key,
                randomness=self._around.randomness,
            ),
            rules=ErasureRules(),
            ask_to_settle=lambda: None,
            wake_outbox=foundation.wake_outbox,
        )

    def _foundation(self) -> Foundation:
        return Foundation(
            jurisdiction=self.code,
            node_key=self._node_key,
            directory=directory,
            database=self.database,
            sequencer=self.sequencer,
            prover=self.prover,
            world=World(
                clock=self._around.clock,
                monotonic=lambda: 0.0,
                randomness=self._around.randomness,
                fault=self._around.fault,
                sleep=never,
            ),
        )

    async def serve(self, method: str, sender: str, request: bytes) -> bytes:
        """Answer a call of another node, as bytes."""
        message = _REQUESTS[method].FromString(request)
        context = Caller(f"portability://{sender}/node")
        answer = await getattr(self.cases.federation, method)(message, context)
        return cast("Message", answer).SerializeToString()

    async def outlive(self, work: Coroutine[Any, Any, T]) -> T:
        """What the work gives. Raises DiedError if the process was killed before it was done."""
        task = asyncio.ensure_future(work)
        await asyncio.wait((task, self.died), return_when=asyncio.FIRST_COMPLETED)
        if not self.died.done():
            return task.result()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        raise DiedError

    def kill(self) -> KilledError:
        """Nothing more happens in this process; raise what this gives."""
        if not self.died.done():
            self.died.set_result(None)
        return KilledError()

    @property
    def is_dead(self) -> bool:
        return self.died.done()


MakeProcess = Callable[[str, Database, Around], Process]


async def start_process(
    code: str, file: str, around: Around, make: MakeProcess = Process
) -> Process:
    """
    As a node starts: open what is there, derive the tree head again, make the services.

    Raises what a node raises that does not start, and KilledError.
    """
    vault = Vault(**KEYS, randomness=around.randomness)
    database = await open_inline(file, vault, around.call)
    process = make(code, database, around)
    try:
        await process.sequencer.start()
    except BaseException:
        await database.close()
        raise
    process.build()
    return process


class _InPlace:
    """Verifies submissions here, so that no other process has a part in the run."""

    async def check(self, submission: bytes, issuer: Issuer) -> Accepted | Refused:
        return check_submissions([submission], issuer)[0]

    async def check_batch(
        self, submissions: Sequence[bytes], issuer: Issuer
    ) -> list[Accepted | Refused]:
        return check_submissions(submissions, issuer)

    async def check_act(self, handed: Handed) -> SignedAct | None:
        return check_signed_acts([handed])[0]


async def never(seconds: float) -> None:
    """For whatever would wait."""
    raise AssertionError(f"nothing sleeps in a simulation, least of all {seconds} s")
