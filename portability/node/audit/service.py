"""AuditService: everything that is needed to check this node without trusting it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from portability.errors import InvalidInputError
from portability.federation.identity import Role
from portability.ledger.tiles import BundleRef, parse_tile_path
from portability.node.audit.bundle_parts import pieces_of
from portability.node.calls.caller import caller_of
from portability.node.calls.pages import page_size, read_token, write_token
from portability.node.consents.confirmations import confirmation_of
from portability.store import log, receipts, witness
from portability.v1 import audit_service_pb2 as pb
from portability.v1 import audit_service_pb2_grpc as services
from portability.v1 import consent_pb2
from portability.wire.proven import proven_to_pb
from portability.wire.strict import timestamp

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from datetime import datetime

    from portability.node.audit.case_export import CaseExporter
    from portability.node.audit.person_export import PersonExporter
    from portability.node.calls.caller import Context
    from portability.node.log.prover import Prover
    from portability.node.log.read_side import LogFiles
    from portability.node.log.sequencer import Sequencer
    from portability.node.log.witness import Witness
    from portability.node.persons.accesses import Accesses
    from portability.store.engine import Database

MAX_SIZE: Final = 2**62
"""Of any log, with room to count on."""

CHECKPOINT: Final = "checkpoint"
"""The one file of the log that changes."""


class AuditService(services.AuditServiceServicer):
    """Serves the log to anybody in the federation, receipts and bundles to those who may."""

    def __init__(
        self,
        *,
        database: Database,
        prover: Prover,
        cases: CaseExporter,
        persons: PersonExporter,
        files: LogFiles,
        witness: Witness,
        sequencer: Sequencer,
        accesses: Accesses,
        clock: Callable[[], datetime],
        jurisdiction: str,
    ) -> None:
        self._database = database
        self._sequencer = sequencer
        self._accesses = accesses
        self._clock = clock
        self._jurisdiction = jurisdiction
        self._prover = prover
        self._cases = cases
        self._persons = persons
        self._files = files
        self._witness = witness

    async def GetCheckpoint(  # noqa: N802  # the names in the contract
        self, _request: pb.GetCheckpointRequest, _context: Context
    ) -> pb.GetCheckpointResponse:
        return pb.GetCheckpointResponse(
            checkpoint=await self._prover.checkpoint(), published=await self._prover.published()
        )

    async def GetInclusionProof(  # noqa: N802
        self, request: pb.GetInclusionProofRequest, _context: Context
    ) -> pb.GetInclusionProofResponse:
        if request.leaf_index >= request.tree_size:
            raise InvalidInputError("leaf_index lies outside of tree_size", field="leaf_index")
        proof = await self._prover.inclusion(request.leaf_index, request.tree_size)
        return pb.GetInclusionProofResponse(inclusion_proof=b"".join(proof))

    async def GetConsistencyProof(  # noqa: N802
        self, request: pb.GetConsistencyProofRequest, _context: Context
    ) -> pb.GetConsistencyProofResponse:
        if request.old_size > request.new_size:
            raise InvalidInputError("old_size is larger than new_size", field="old_size")
        proof = await self._prover.consistency(request.old_size, request.new_size)
        return pb.GetConsistencyProofResponse(consistency_proof=b"".join(proof))

    async def GetWitnessedCheckpoint(  # noqa: N802
        self, request: pb.GetWitnessedCheckpointRequest, _context: Context
    ) -> pb.GetWitnessedCheckpointResponse:
        checkpoint = await self._witness.last(request.origin)
        return pb.GetWitnessedCheckpointResponse(checkpoint=checkpoint)

    async def ListPublishedCheckpoints(  # noqa: N802
        self, request: pb.ListPublishedCheckpointsRequest, _context: Context
    ) -> pb.ListPublishedCheckpointsResponse:
        if request.above_size >= MAX_SIZE:
            raise InvalidInputError("above_size lies beyond any log", field="above_size")
        async with self._database.read() as connection:
            found = await witness.list_published(
                connection, above_size=request.above_size, limit=page_size(request.page_size)
            )
        return pb.ListPublishedCheckpointsResponse(checkpoints=[one.note for one in found])

    async def ListLogEntries(  # noqa: N802
        self, request: pb.ListLogEntriesRequest, _context: Context
    ) -> pb.ListLogEntriesResponse:
        size = page_size(request.page_size)
        token = read_token(request.page_token)
        first = request.first_index if token is None else token
        if first >= MAX_SIZE:
            raise InvalidInputError("first_index lies beyond any log", field="first_index")
        async with self._database.read() as connection:
            entries = await log.read_log_entries(connection, first, size + 1)
        more = len(entries) > size
        return pb.ListLogEntriesResponse(
            first_index=first,
            log_entries=entries[:size],
            next_page_token=write_token(first + size) if more else "",
        )

    async def ListReceipts(  # noqa: N802
        self, request: pb.ListReceiptsRequest, _context: Context
    ) -> pb.ListReceiptsResponse:
        size = page_size(request.page_size)
        case_id = _case_id(request.case) if request.case else None
        async with self._database.read() as connection:
            rows = await receipts.list_receipts(
                connection, case_id=case_id, after=read_token(request.page_token), limit=size + 1
            )
            now = self._clock()
            signed = [
                await confirmation_of(
                    connection, self._database.vault, row, own=self._jurisdiction, now=now
                )
                for row in rows[:size]
            ]
        shown = rows[:size]
        proven = await self._prover.prove([row.statement_id for row in shown])
        return pb.ListReceiptsResponse(
            receipts=[
                pb.AuditedReceipt(
                    statement=proven_to_pb(one),
                    content=consent_pb2.DisclosureReceipt.FromString(one.envelope.payload),
                    confirmation=confirmation,
                )
                for one, confirmation in zip(proven, signed, strict=True)
            ],
            next_page_token=write_token(shown[-1].leaf_index) if len(rows) > size else "",
        )

    async def ExportCase(  # noqa: N802
        self, request: pb.ExportCaseRequest, context: Context
    ) -> AsyncIterator[pb.ExportCaseResponse]:
        caller, case_id = caller_of(context), _case_id(request.name)
        files = await self._cases.export(case_id, caller, self._clock())
        if caller.role is not Role.AGENCY:
            # whoever is no party of the case reads of a person like any auditor: with a receipt
            person = await self._cases.person_of(case_id)
            if person is not None:
                await self._persons.note_reading(person, caller, files)
        for path, content in pieces_of(files):
            yield pb.ExportCaseResponse(path=path, content=content)

    async def OpenAccess(  # noqa: N802
        self, request: pb.OpenAccessRequest, context: Context
    ) -> pb.OpenAccessResponse:
        caller = caller_of(context)
        (opened, until), committed = await self._sequencer.run(
            lambda write: self._accesses.open(write, request, caller)
        )
        return pb.OpenAccessResponse(
            statement=proven_to_pb(committed.prove(opened)), expire_time=timestamp(until)
        )

    async def ExportPerson(  # noqa: N802
        self, request: pb.ExportPersonRequest, context: Context
    ) -> AsyncIterator[pb.ExportPersonResponse]:
        files = await self._persons.export_audited(request.name, caller_of(context), self._clock())
        for path, content in pieces_of(files):
            yield pb.ExportPersonResponse(path=path, content=content)

    async def GetLogFile(  # noqa: N802
        self, request: pb.GetLogFileRequest, _context: Context
    ) -> pb.GetLogFileResponse:
        if request.path == CHECKPOINT:
            return pb.GetLogFileResponse(content=await self._files.checkpoint())
        ref = parse_tile_path(request.path)
        found = self._files.bundle(ref) if isinstance(ref, BundleRef) else self._files.tile(ref)
        return pb.GetLogFileResponse(content=await found, immutable=True)


def _case_id(name: str) -> str:
    collection, _, case_id = name.partition("/")
    if collection != "cases" or not case_id:
        raise InvalidInputError("the name is not cases/{case id}", field="name")
    return case_id
