"""
One life of a simulated node: the real services on the real database, until it is killed.

A killed process does nothing any more: each write and each call out of it raises KilledError, which
nothing in a node catches, and whoever waited for it is told that it died.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from google.protobuf.message import Message

from portability.consent.scope import Party
from portability.ledger.note import log_key
from portability.node.agreements.scopes import shipped_scope
from portability.node.audit.bundle_parts import TrustFiles
from portability.node.audit.fsck import LogTrust
from portability.node.audit.person_export import PersonExporter
from portability.node.cases.corrections import Corrections
from portability.node.cases.objections import Objections
from portability.node.cases.parts import CaseParts, Outside, Peer, build_case_parts
from portability.node.cases.previewing import CorrectionPreviews
from portability.node.consents.service import ConsentsService
from portability.node.log.prover import Prover
from portability.node.log.sequencer import Sequencer
from portability.node.persons.keys import PersonKeys
from portability.node.persons.service import PersonsService
from portability.node.records.service import RecordsService
from portability.simulation.permission import MEANS, directory, log_signer
from portability.simulation.plan import signer_of
from portability.store.engine import Database
from portability.store.inline import open_inline
from portability.store.vault import Vault
from portability.v1 import federation_service_pb2 as pb
from portability.wire.intake import Accepted, Issuer, Refused, check_submissions
from portability.wire.signed_act import Handed, SignedAct, check_signed_acts

if TYPE_CHECKING:
    from portability.node.records.workers import Verifiers

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

    ``call`` stands around each call to the database, ``fault`` is asked at the node's own points.
    """

    clock: Callable[[], datetime]
    randomness: Callable[[int], bytes]
    call: Callable[[str, Callable[[], Any]], Any]
    fault: Callable[[str], None]
    peer: Callable[[str], Peer]


class Process:
    """The services of a node; made by ``start_process``."""

    cases: CaseParts
    persons: PersonsService
    consents: ConsentsService
    records: RecordsService
    objections: Objections

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
        common: dict[str, Any] = {
            "database": self.database,
            "sequencer": self.sequencer,
            "prover": self.prover,
            "directory": directory,
            "node_key": self._node_key,
            "jurisdiction": self.code,
        }
        timed: dict[str, Any] = {"clock": self._around.clock, "randomness": self._around.randomness}
        self.cases = build_case_parts(
            **common,
            agreement_scope=shipped_scope,
            peer=self._around.peer,
            outside=Outside(sleep=_never, fault=self._around.fault, **timed),
        )
        self.persons = PersonsService(**common, **timed, exporter=self._exporter())
        self.consents = ConsentsService(
            **common,
            **timed,
            agreement_scope=shipped_scope,
            withdrawal=MEANS,
            wake_outbox=self.cases.outbox.wake,
            tell_cases=self.cases.ends.tell,
            check_signed=_InPlace().check_act,
            exporter=self._exporter(),
        )
        self.records = self._records()
        self.objections = Objections(
            keys=PersonKeys(
                node_key=self._node_key,
                randomness=self._around.randomness,
                jurisdiction=self.code,
            ),
            writer=self.cases.writer,
        )

    def _records(self) -> RecordsService:
        corrections = Corrections(
            jurisdiction=self.code,
            writer=self.cases.writer,
            discloser=self.cases.discloser,
            directory=directory,
            randomness=self._around.randomness,
        )
        return RecordsService(
            database=self.database,
            sequencer=self.sequencer,
            prover=self.prover,
            verifiers=cast("Verifiers", _InPlace()),  # which has no processes of its own
            directory=directory,
            clock=self._around.clock,
            corrections=corrections,
            previews=CorrectionPreviews(
                jurisdiction=self.code,
                database=self.database,
                corrections=corrections,
                clock=self._around.clock,
            ),
        )

    def _exporter(self) -> PersonExporter:
        return PersonExporter(
            database=self.database,
            sequencer=self.sequencer,
            prover=self.prover,
            trust=TrustFiles(prover=self.prover, directories=list, node_key=self._node_key),
            node_key=self._node_key,
            randomness=self._around.randomness,
            jurisdiction=self.code,
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


async def start_process(code: str, file: str, around: Around) -> Process:
    """
    As a node starts: open what is there, derive the tree head again, make the services.

    Raises what a node raises that does not start, and KilledError.
    """
    vault = Vault(**KEYS, randomness=around.randomness)
    database = await open_inline(file, vault, around.call)
    process = Process(code, database, around)
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

    async def check_act(self, handed: Handed) -> SignedAct | None:
        return check_signed_acts([handed])[0]


async def _never(seconds: float) -> None:
    raise AssertionError(f"nothing sleeps in a simulation, least of all {seconds} s")
