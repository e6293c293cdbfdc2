"""ConsentsService: what is asked of a person, and what the person allows and stops."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from portability.consent.payload_types import CONSENT_REQUEST_TYPE, TEMPLATE_TYPE
from portability.consent.scope import Party
from portability.consent.statements import ConsentState
from portability.consent.template import parse_template
from portability.errors import InvalidInputError, NotFoundError
from portability.federation.identity import Role
from portability.ledger.envelope import kind_of, verify_envelope
from portability.node.calls.caller import caller_of
from portability.node.calls.pages import page_size, read_token, write_token
from portability.node.consents.pending_requests import list_pending
from portability.node.consents.standing import (
    ConsentStatuses,
    StoredRequest,
    find_covering,
    load_consent,
    load_request,
    request_standing,
)
from portability.node.log.write import NewStatement
from portability.node.persons.prepared import prepared_fields
from portability.node.persons.sessions import person_of_session
from portability.store import consents, persons
from portability.v1 import consents_service_pb2 as pb
from portability.v1 import consents_service_pb2_grpc as services
from portability.wire.consent import consent_request_from_payload
from portability.wire.consent_parts import state_to_pb
from portability.wire.envelope import envelope_from_pb, envelope_to_pb
from portability.wire.proven import proven_to_pb
from portability.wire.strict import exactly

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from portability.consent.lifecycle import Standing
    from portability.federation.identity import Identity
    from portability.ledger.envelope import Verified
    from portability.ledger.trust import Directory
    from portability.node.calls.caller import Context
    from portability.node.consents.acts import ConsentActs
    from portability.node.consents.asking import Asking
    from portability.node.consents.ends import ConsentEnds
    from portability.node.consents.exporting import ConsentExports
    from portability.node.consents.grants import Grants
    from portability.node.consents.own_consents import OwnConsents
    from portability.node.consents.preparing import ConsentPreparer
    from portability.node.log.prover import Prover
    from portability.node.log.sequencer import Sequencer
    from portability.node.log.write import Write
    from portability.store.engine import Connection, Database
    from portability.v1 import envelope_pb2

ID_BYTES: Final = 32


class ConsentsService(services.ConsentsServiceServicer):
    """
    Serves institutions of this jurisdiction (what they ask) and its portal (what a person answers).

    Which role may make which call is decided before it gets here (``calls.roles``). The portal is
    not trusted for a person's acts: those are signed by the person and checked in ``acts``.
    """

    def __init__(
        self,
        *,
        database: Database,
        sequencer: Sequencer,
        prover: Prover,
        directory: Callable[[], Directory],
        clock: Callable[[], datetime],
        jurisdiction: str,
        asking: Asking,
        statuses: ConsentStatuses,
        preparer: ConsentPreparer,
        own: OwnConsents,
        exports: ConsentExports,
        ends: ConsentEnds,
        acts: ConsentActs,
        grants: Grants,
    ) -> None:
        self._database = database
        self._sequencer = sequencer
        self._prover = prover
        self._directory = directory
        self._clock = clock
        self._jurisdiction = jurisdiction
        self._asking = asking
        self._statuses = statuses
        self._preparer = preparer
        self._own = own
        self._exports = exports
        self._ends = ends
        self._acts = acts
        self._grants = grants

    async def RegisterPurposeTemplate(  # noqa: N802  # the name in the contract
        self, request: pb.RegisterPurposeTemplateRequest, context: Context
    ) -> pb.RegisterPurposeTemplateResponse:
        keys = self._signing_keys(caller_of(context))
        verified = verify_envelope(envelope_from_pb(request.envelope), {TEMPLATE_TYPE}, keys)
        template = parse_template(verified.payload)
        statement = _new_statement(request.envelope, verified, person=None)

        async def work(write: Write) -> None:
            row = await write.log(statement)
            await consents.add_purpose_template(
                write.connection,
                consents.PurposeTemplate(
                    statement_id=row.statement_id,
                    leaf_index=row.leaf_index,
                    purpose=template.purpose,
                    create_time=write.now,
                ),
            )

        await self._sequencer.run(work)
        return pb.RegisterPurposeTemplateResponse(template=verified.statement_id)

    async def CreateConsentRequest(  # noqa: N802
        self, request: pb.CreateConsentRequestRequest, context: Context
    ) -> pb.CreateConsentRequestResponse:
        caller = caller_of(context)
        keys = self._signing_keys(caller)
        verified = verify_envelope(envelope_from_pb(request.envelope), {CONSENT_REQUEST_TYPE}, keys)
        content = consent_request_from_payload(verified.payload)
        if content.requester != _party(caller):
            raise InvalidInputError(
                "requester is not the institution that sends the request", field="requester"
            )
        await self._asking.check(content, verified.statement_id)

        async def work(write: Write) -> tuple[bytes, bytes]:
            person = await persons.find_person_by_reference(
                write.connection, peer=self._jurisdiction, reference=content.person_reference
            )
            if person is None:
                raise NotFoundError("there is no such person here")
            covering = await find_covering(write, person.id, content)
            if covering is not None:
                return covering.row.consent_request, covering.row.statement_id
            row = await write.log(_new_statement(request.envelope, verified, person=person.id))
            await consents.add_consent_request(
                write.connection,
                consents.ConsentRequestRow(
                    statement_id=row.statement_id,
                    leaf_index=row.leaf_index,
                    person=person.id,
                    requester=str(content.requester),
                    template=content.template,
                    create_time=write.now,
                ),
            )
            return row.statement_id, b""

        (asked, consent), _ = await self._sequencer.run(work)
        return pb.CreateConsentRequestResponse(consent_request=asked, consent=consent)

    async def ListConsentRequests(  # noqa: N802
        self, request: pb.ListConsentRequestsRequest, context: Context
    ) -> pb.ListConsentRequestsResponse:
        caller_of(context)
        size, after = page_size(request.page_size), read_token(request.page_token)
        vault, now = self._database.vault, self._clock()
        async with self._database.read() as connection:
            person = await person_of_session(connection, vault, request.session, now)
            rows = await consents.list_consent_requests(
                connection, person=person, after=after, limit=size + 1
            )
        return pb.ListConsentRequestsResponse(
            consent_requests=await list_pending(self._database, self._prover, rows[:size], now),
            next_page_token=write_token(rows[size - 1].leaf_index) if len(rows) > size else "",
        )

    async def PrepareConsent(  # noqa: N802
        self, request: pb.PrepareConsentRequest, context: Context
    ) -> pb.PrepareConsentResponse:
        caller_of(context)
        prepared, _ = await self._sequencer.run(
            lambda write: self._preparer.prepare_consent(write, request)
        )
        self._grants.remember(prepared)
        return pb.PrepareConsentResponse(
            **prepared_fields(prepared.to_sign), notice=prepared.notice
        )

    async def PrepareWithdrawal(  # noqa: N802
        self, request: pb.PrepareWithdrawalRequest, context: Context
    ) -> pb.PrepareWithdrawalResponse:
        prepared = await self.PrepareConsentAct(
            pb.PrepareConsentActRequest(
                session=request.session,
                kind=pb.CONSENT_ACT_KIND_WITHDRAW,
                subject=request.consent,
            ),
            context,
        )
        return pb.PrepareWithdrawalResponse(
            document=prepared.document, check_code=prepared.check_code
        )

    async def PrepareConsentAct(  # noqa: N802
        self, request: pb.PrepareConsentActRequest, context: Context
    ) -> pb.PrepareConsentActResponse:
        caller_of(context)
        prepared, _ = await self._sequencer.run(
            lambda write: self._preparer.prepare_act(write, request)
        )
        return pb.PrepareConsentActResponse(**prepared_fields(prepared))

    async def RecordConsentAct(  # noqa: N802
        self, request: pb.RecordConsentActRequest, context: Context
    ) -> pb.RecordConsentActResponse:
        caller_of(context)
        envelope = envelope_from_pb(request.envelope)
        done, committed = await self._sequencer.run(
            lambda write: self._acts.record(write, envelope, request.user_handle),
            share=await self._grants.share(envelope, request.user_handle),
        )
        proven = (
            committed.prove(done.statement_id)
            if done.fresh
            else await self._prover.prove_first(done.statement_id)
        )
        return pb.RecordConsentActResponse(
            statement=proven_to_pb(proven), state=state_to_pb(done.state)
        )

    async def ListOwnConsents(  # noqa: N802
        self, request: pb.ListOwnConsentsRequest, context: Context
    ) -> pb.ListOwnConsentsResponse:
        caller_of(context)
        return await self._own.list_consents(request)

    async def GetConsentState(  # noqa: N802
        self, request: pb.GetConsentStateRequest, context: Context
    ) -> pb.GetConsentStateResponse:
        caller = caller_of(context)
        recipient = _party(caller)
        vault = self._database.vault
        async with self._database.read() as connection:
            by = await self._asker(connection, request, caller)
            consent_id = exactly(request.consent, ID_BYTES, "consent") if request.consent else b""
            if not consent_id:
                asked = exactly(request.consent_request, ID_BYTES, "consent_request")
                stored = await load_request(connection, vault, asked)
                _check_concerned(None if stored is None else stored.row, by)
                row = await consents.find_consent_by_request(connection, asked)
                consent_id = b"" if row is None else row.statement_id
                if stored is not None and not consent_id:
                    now = self._clock()
                    where, _ = await request_standing(connection, vault, stored, now)
                    state = where.state if not recipient.institution else _told(where, stored, now)
                    return pb.GetConsentStateResponse(state=state_to_pb(state))
            given = await load_consent(connection, vault, consent_id)
        _check_concerned(None if given is None else given.row, by)
        issued = await self._statuses.issue(consent_id, recipient)
        return pb.GetConsentStateResponse(
            status=envelope_to_pb(issued.envelope),
            consent=consent_id,
            state=state_to_pb(issued.state),
        )

    async def _asker(
        self, connection: Connection, request: pb.GetConsentStateRequest, caller: Identity
    ) -> str | int:
        """The institution that asks; or the person behind the session, for whom the portal does."""
        if caller.role is not Role.PORTAL:
            return str(_party(caller))
        return await person_of_session(
            connection, self._database.vault, request.session, self._clock()
        )

    async def GiveUpConsent(  # noqa: N802
        self, request: pb.GiveUpConsentRequest, context: Context
    ) -> pb.GiveUpConsentResponse:
        requester = str(_party(caller_of(context)))
        consent_id = exactly(request.consent, ID_BYTES, "consent")
        end, _ = await self._sequencer.run(
            lambda write: self._ends.give_up(write, consent_id, requester)
        )
        proven = proven_to_pb(await self._prover.prove_first(end))
        state = state_to_pb(ConsentState.TERMINATED)
        return pb.GiveUpConsentResponse(state=state, statement=proven)

    async def ExportConsent(  # noqa: N802
        self, request: pb.ExportConsentRequest, context: Context
    ) -> pb.ExportConsentResponse:
        return await self._exports.export(request, caller_of(context))

    def _signing_keys(self, caller: Identity) -> Mapping[bytes, bytes]:
        """Keys of the caller's institution; for the operator those of every institution here."""
        directory, now = self._directory(), self._clock()
        names = (
            [caller.institution]
            if caller.role is Role.AGENCY
            else [
                one.id for one in directory.institutions if one.jurisdiction == self._jurisdiction
            ]
        )
        keys: dict[bytes, bytes] = {}
        for name in names:
            keys.update(directory.keys(self._jurisdiction, name, "institution", now))
        return keys


def _party(caller: Identity) -> Party:
    return Party(jurisdiction=caller.jurisdiction, institution=caller.institution)


def _told(where: Standing, request: StoredRequest, now: datetime) -> ConsentState:
    """What a requester is told: a refusal looks like no answer, so that it can be given freely."""
    if where.state is not ConsentState.REFUSED:
        return where.state
    is_open = now < request.content.not_after
    return ConsentState.REQUESTED if is_open else ConsentState.LAPSED


def _check_concerned(
    found: consents.ConsentRow | consents.ConsentRequestRow | None, by: str | int
) -> None:
    """One answer for "not there" and "not yours", also to the portal: ids stand in the log."""
    if found is None or by not in (found.requester, found.person):
        raise NotFoundError("there is no such consent here")


def _new_statement(
    message: envelope_pb2.Envelope, verified: Verified, *, person: int | None
) -> NewStatement:
    return NewStatement(
        envelope=envelope_from_pb(message),
        statement_id=verified.statement_id,
        kind=kind_of(verified.payload_type),
        key_id=verified.key_ids[0],
        person=person,
    )
