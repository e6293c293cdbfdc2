"""IdentitiesService: where officers say whom a request of another country means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portability.consent.scope import Party
from portability.node.calls.caller import caller_of
from portability.node.cases.identities import read_resolution, resolve
from portability.node.cases.views import case_name
from portability.recognition.statements import HistoryRequest
from portability.store import identities, log, persons
from portability.v1 import identities_service_pb2 as pb
from portability.v1 import identities_service_pb2_grpc as services
from portability.wire.consent_parts import party_to_pb
from portability.wire.envelope import envelope_from_bytes, envelope_from_pb
from portability.wire.proven import proven_to_pb
from portability.wire.statement import case_statement_from_payload
from portability.wire.strict import timestamp

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from portability.ledger.trust import Directory
    from portability.node.calls.caller import Context
    from portability.node.log.prover import Prover
    from portability.node.log.sequencer import Sequencer
    from portability.node.log.write import Write
    from portability.store.engine import Connection, Database


class IdentitiesService(services.IdentitiesServiceServicer):
    """Serves agencies of this jurisdiction, each for what was asked of it. ``wake`` the driver."""

    def __init__(
        self,
        *,
        database: Database,
        sequencer: Sequencer,
        prover: Prover,
        directory: Callable[[], Directory],
        clock: Callable[[], datetime],
        wake: Callable[[], None],
    ) -> None:
        self._database = database
        self._sequencer = sequencer
        self._prover = prover
        self._directory = directory
        self._clock = clock
        self._wake = wake

    async def ListIdentityQuestions(  # noqa: N802  # the name in the contract
        self, _request: pb.ListIdentityQuestionsRequest, context: Context
    ) -> pb.ListIdentityQuestionsResponse:
        institution = caller_of(context).institution
        async with self._database.read() as connection:
            rows = await identities.list_questions(connection, institution)
            shown = [await self._show(connection, row) for row in rows]
        return pb.ListIdentityQuestionsResponse(questions=shown)

    async def ResolveIdentity(  # noqa: N802
        self, request: pb.ResolveIdentityRequest, context: Context
    ) -> pb.ResolveIdentityResponse:
        caller = caller_of(context)
        party = Party(jurisdiction=caller.jurisdiction, institution=caller.institution)
        envelope = envelope_from_pb(request.resolution)
        signed = read_resolution(envelope, party, self._directory(), self._clock())

        async def work(write: Write) -> None:
            await resolve(write, signed, request.person)
            write.after_commit(self._wake)

        await self._sequencer.run(work)
        proven = await self._prover.prove_first(signed.statement_id)
        return pb.ResolveIdentityResponse(statement=proven_to_pb(proven))

    async def _show(
        self, connection: Connection, row: identities.QuestionRow
    ) -> pb.IdentityQuestion:
        named = await identities.list_candidates(connection, peer=row.peer, reference=row.reference)
        has_it = await persons.find_person_by_reference(
            connection, peer=row.peer, reference=row.reference
        )
        found = [*named] if has_it is None else [has_it.name, *named]
        stored = await log.read_statements(connection, self._database.vault, [row.statement_id])
        shown = pb.IdentityQuestion(
            request=row.statement_id,
            case=case_name(row.case_id),
            person_reference=row.reference,
            candidates=found,
            create_time=timestamp(row.create_time),
        )
        kept = stored[row.statement_id].envelope
        if kept is not None:
            envelope = envelope_from_bytes(kept)
            said = case_statement_from_payload(envelope.payload_type, envelope.payload)
            if isinstance(said, HistoryRequest):
                shown.requester.CopyFrom(party_to_pb(said.header.sender))
        return shown
