"""ObjectionsService: what persons say against a decision or a claim, by their own signature."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portability.ledger.envelope import statement_id
from portability.node.calls.caller import caller_of
from portability.node.cases.views import case_id_of, case_name
from portability.node.persons.prepared import prepared_fields
from portability.v1 import objections_service_pb2 as pb
from portability.v1 import objections_service_pb2_grpc as services
from portability.wire.envelope import envelope_from_pb
from portability.wire.proven import proven_to_pb

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from portability.node.calls.caller import Context
    from portability.node.cases.giving_up import ClaimsGivenUp, GivenUp
    from portability.node.cases.objections import Objections
    from portability.node.log.prover import Prover
    from portability.node.log.sequencer import Sequencer
    from portability.node.log.write import Write
    from portability.node.persons.complaint_steps import HeldComplaint
    from portability.node.persons.prepared import Prepared
    from portability.node.persons.record_objections import RecordObjections
    from portability.v1 import complaints_service_pb2


class ObjectionsService(services.ObjectionsServiceServicer):
    """Serves the portal."""

    def __init__(
        self,
        *,
        sequencer: Sequencer,
        prover: Prover,
        objections: Objections,
        given_up: ClaimsGivenUp,
        records: RecordObjections,
        show: Callable[[HeldComplaint], Awaitable[complaints_service_pb2.Complaint]],
    ) -> None:
        self._records = records
        self._show = show
        self._sequencer = sequencer
        self._prover = prover
        self._objections = objections
        self._given_up = given_up

    async def PrepareObjection(  # noqa: N802  # the name in the contract
        self, request: pb.PrepareObjectionRequest, context: Context
    ) -> pb.PrepareObjectionResponse:
        caller_of(context)

        async def work(write: Write) -> Prepared:
            return await self._objections.prepare(
                write, request.session, request.determination, request.grounds
            )

        prepared, _ = await self._sequencer.run(work)
        return pb.PrepareObjectionResponse(**prepared_fields(prepared))

    async def RecordObjection(  # noqa: N802
        self, request: pb.RecordObjectionRequest, context: Context
    ) -> pb.RecordObjectionResponse:
        caller_of(context)
        envelope = envelope_from_pb(request.envelope)

        async def work(write: Write) -> str:
            return await self._objections.record(write, envelope, request.user_handle)

        case_id, _ = await self._sequencer.run(work)
        act = statement_id(envelope.payload_type, envelope.payload)
        proven = await self._prover.prove_first(act)
        return pb.RecordObjectionResponse(statement=proven_to_pb(proven), case=f"cases/{case_id}")

    async def PrepareRecordObjection(  # noqa: N802
        self, request: pb.PrepareRecordObjectionRequest, context: Context
    ) -> pb.PrepareRecordObjectionResponse:
        caller_of(context)
        prepared, _ = await self._sequencer.run(lambda write: self._records.prepare(write, request))
        return pb.PrepareRecordObjectionResponse(**prepared_fields(prepared))

    async def SubmitRecordObjection(  # noqa: N802
        self, request: pb.SubmitRecordObjectionRequest, context: Context
    ) -> pb.SubmitRecordObjectionResponse:
        caller_of(context)
        envelope = envelope_from_pb(request.envelope)
        held, _ = await self._sequencer.run(
            lambda write: self._records.submit(write, envelope, request.user_handle)
        )
        act = statement_id(envelope.payload_type, envelope.payload)
        proven = await self._prover.prove_first(act)
        return pb.SubmitRecordObjectionResponse(
            statement=proven_to_pb(proven), complaint=await self._show(held)
        )

    async def PrepareClaimWithdrawal(  # noqa: N802
        self, request: pb.PrepareClaimWithdrawalRequest, context: Context
    ) -> pb.PrepareClaimWithdrawalResponse:
        caller_of(context)
        case_id = case_id_of(request.case, "case")
        prepared, _ = await self._sequencer.run(
            lambda write: self._given_up.prepare(write, request.session, case_id)
        )
        return pb.PrepareClaimWithdrawalResponse(**prepared_fields(prepared))

    async def RecordClaimWithdrawal(  # noqa: N802
        self, request: pb.RecordClaimWithdrawalRequest, context: Context
    ) -> pb.RecordClaimWithdrawalResponse:
        caller_of(context)
        envelope = envelope_from_pb(request.envelope)

        async def work(write: Write) -> GivenUp:
            return await self._given_up.record(write, envelope, request.user_handle)

        done, _ = await self._sequencer.run(work)
        act = statement_id(envelope.payload_type, envelope.payload)
        return pb.RecordClaimWithdrawalResponse(
            statement=proven_to_pb(await self._prover.prove_first(act)),
            closure=proven_to_pb(await self._prover.prove_first(done.closure)),
            case=case_name(done.case_id),
        )
