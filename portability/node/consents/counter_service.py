"""CounterService: consent with help at a counter, and withdrawal by voice."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from portability.consent.assisted import ASSISTANT_PREFIX
from portability.consent.document import Role as ExpressedRole
from portability.consent.ending import EndCause
from portability.consent.identifiers import check_code
from portability.consent.outliers import AssistedAct, report_workers
from portability.consent.scope import Party
from portability.errors import (
    InvalidInputError,
    NotFoundError,
    SignatureError,
    UnauthenticatedError,
)
from portability.federation.identity import Role
from portability.ledger.keys import check_public_key, verify_signature
from portability.node.calls.caller import caller_of
from portability.node.consents.assistants import organisation_of
from portability.node.consents.code_attempts import CodeAttempts
from portability.node.consents.counter import questions
from portability.node.consents.pending_requests import list_pending
from portability.node.persons.sessions import new_code, person_of_session, withdrawal_digest
from portability.store import access, assisting, consents, persons
from portability.v1 import counter_service_pb2 as pb
from portability.v1 import counter_service_pb2_grpc as services
from portability.wire.consent_parts import party_to_pb, state_to_pb
from portability.wire.envelope import envelope_from_pb
from portability.wire.proven import proven_to_pb
from portability.wire.strict import exactly, instant, timestamp

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from portability.consent.document import Consent
    from portability.node.calls.caller import Context
    from portability.node.consents.confirming import Confirming
    from portability.node.consents.counter import Counter
    from portability.node.consents.ends import ConsentEnds
    from portability.node.log.prover import Prover
    from portability.node.log.sequencer import Sequencer
    from portability.node.log.write import Write
    from portability.store.engine import Database

ID_BYTES: Final = 32
WITHDRAWAL_CODE_LIFETIME: Final = timedelta(days=400)
"""Paper lies in a drawer for a while; the code does nothing but stop what is allowed."""

_MOST: Final = 200

_CAUSES: Final = {
    pb.INVALIDATION_CAUSE_AUTHORITY: EndCause.AUTHORITY,
    pb.INVALIDATION_CAUSE_CAME_OF_AGE: EndCause.CAME_OF_AGE,
    pb.INVALIDATION_CAUSE_REPRESENTATION_ENDED: EndCause.REPRESENTATION_ENDED,
}


class CounterService(services.CounterServiceServicer):
    """
    Serves agencies (their counters), the portal (withdrawal with a code) and auditors (the report).

    Which role may make which call is decided before it gets here (``calls.roles``).
    """

    def __init__(
        self,
        *,
        database: Database,
        sequencer: Sequencer,
        prover: Prover,
        counter: Counter,
        confirming: Confirming,
        ends: ConsentEnds,
        clock: Callable[[], datetime],
        randomness: Callable[[int], bytes],
    ) -> None:
        self._confirming = confirming
        self._attempts = CodeAttempts(clock)
        self._database = database
        self._sequencer = sequencer
        self._prover = prover
        self._counter = counter
        self._ends = ends
        self._clock = clock
        self._randomness = randomness

    async def EnrolAssistant(  # noqa: N802  # the name in the contract
        self, request: pb.EnrolAssistantRequest, context: Context
    ) -> pb.EnrolAssistantResponse:
        caller = caller_of(context)
        check_public_key(request.public_key)
        try:
            verify_signature(
                request.public_key,
                ASSISTANT_PREFIX + request.public_key,
                request.proof_of_possession,
            )
        except SignatureError:
            raise SignatureError(
                "the proof of possession of the key does not verify; sign the prefix and the key "
                "with the key that is to be enrolled"
            ) from None
        logged, committed = await self._sequencer.run(
            lambda write: self._counter.assistants.enrol(write, request, caller)
        )
        return pb.EnrolAssistantResponse(
            assistant=logged, statement=proven_to_pb(committed.prove(logged))
        )

    async def RevokeAssistant(  # noqa: N802
        self, request: pb.RevokeAssistantRequest, context: Context
    ) -> pb.RevokeAssistantResponse:
        caller = caller_of(context)
        assistants = self._counter.assistants
        await self._sequencer.run(lambda write: assistants.revoke(write, request, caller))
        return pb.RevokeAssistantResponse()

    async def ListPersonRequests(  # noqa: N802
        self, request: pb.ListPersonRequestsRequest, context: Context
    ) -> pb.ListPersonRequestsResponse:
        caller_of(context)
        now = self._clock()
        async with self._database.read() as connection:
            person = await persons.find_person(connection, request.person)
            if person is None:
                raise NotFoundError("there is no such person here")
            rows = await consents.list_consent_requests(connection, person=person.id, limit=_MOST)
        return pb.ListPersonRequestsResponse(
            consent_requests=await list_pending(self._database, self._prover, rows, now)
        )

    async def PrepareAssistedConsent(  # noqa: N802
        self, request: pb.PrepareAssistedConsentRequest, context: Context
    ) -> pb.PrepareAssistedConsentResponse:
        caller = caller_of(context)
        prepared, _ = await self._sequencer.run(
            lambda write: self._counter.prepare(write, request, caller)
        )
        return pb.PrepareAssistedConsentResponse(
            document=prepared.to_sign.document,
            payload_type=prepared.to_sign.payload_type,
            check_code=check_code(prepared.to_sign.statement_id),
            notice=prepared.notice,
            questions=questions(),
        )

    async def RecordAssistedConsent(  # noqa: N802
        self, request: pb.RecordAssistedConsentRequest, context: Context
    ) -> pb.RecordAssistedConsentResponse:
        caller_of(context)
        envelope = envelope_from_pb(request.envelope)
        code = new_code(self._randomness)

        async def work(write: Write) -> tuple[bytes, pb.RecordAssistedConsentResponse, bool]:
            done, person = await self._counter.record(write, envelope, request)
            await self._keep_code(write, code, person)
            answer = pb.RecordAssistedConsentResponse(
                state=state_to_pb(done.state), withdrawal_code=code
            )
            return done.statement_id, answer, done.fresh

        (act, answer, fresh), committed = await self._sequencer.run(work)
        proven = committed.prove(act) if fresh else await self._prover.prove_first(act)
        answer.statement.CopyFrom(proven_to_pb(proven))
        return answer

    async def CreateDeviceCode(  # noqa: N802
        self, request: pb.CreateDeviceCodeRequest, context: Context
    ) -> pb.CreateDeviceCodeResponse:
        caller, code = caller_of(context), new_code(self._randomness)
        expire_time, _ = await self._sequencer.run(
            lambda write: self._counter.keep_device_code(write, request, caller, code)
        )
        return pb.CreateDeviceCodeResponse(code=code, expire_time=timestamp(expire_time))

    async def CreateConfirmationCode(  # noqa: N802
        self, request: pb.CreateConfirmationCodeRequest, context: Context
    ) -> pb.CreateConfirmationCodeResponse:
        caller, code = caller_of(context), new_code(self._randomness)
        asking = Party(jurisdiction=caller.jurisdiction, institution=caller.institution)
        consent = exactly(request.consent, ID_BYTES, "consent")
        expire_time, _ = await self._sequencer.run(
            lambda write: self._confirming.keep_code(write, request.person, consent, code, asking)
        )
        return pb.CreateConfirmationCodeResponse(code=code, expire_time=timestamp(expire_time))

    async def ConfirmConsent(  # noqa: N802
        self, request: pb.ConfirmConsentRequest, context: Context
    ) -> pb.ConfirmConsentResponse:
        attempt = self._attempts.begin(caller_of(context).uri)
        confirmed, _ = await self._sequencer.run(
            lambda write: self._confirming.confirm(write, request.code)
        )
        if confirmed is None:
            attempt.failed()
            raise _wrong_code()
        consent, state = confirmed
        return pb.ConfirmConsentResponse(consent=consent, state=state_to_pb(state))

    async def CreateWithdrawalCode(  # noqa: N802
        self, request: pb.CreateWithdrawalCodeRequest, context: Context
    ) -> pb.CreateWithdrawalCodeResponse:
        caller = caller_of(context)
        by_portal = caller.role is Role.PORTAL
        if bool(request.session) != by_portal or bool(request.person) == by_portal:
            raise InvalidInputError(
                "an agency names the person, and the portal the session", field="person"
            )
        code = new_code(self._randomness)

        async def work(write: Write) -> datetime:
            if by_portal:
                number = await person_of_session(
                    write.connection, write.vault, request.session, write.now
                )
            else:
                number = await self._named(write, request.person)
            return await self._keep_code(write, code, number)

        expire_time, _ = await self._sequencer.run(work)
        return pb.CreateWithdrawalCodeResponse(code=code, expire_time=timestamp(expire_time))

    async def WithdrawConsents(  # noqa: N802
        self, request: pb.WithdrawConsentsRequest, context: Context
    ) -> pb.WithdrawConsentsResponse:
        caller = caller_of(context)
        if bool(request.person) == bool(request.code):
            raise InvalidInputError("give either person or code, and not both", field="person")
        if request.person and caller.role is Role.PORTAL:
            raise InvalidInputError(
                "the portal stops consents with a code, or with the person's key", field="person"
            )
        wanted = {exactly(one, ID_BYTES, "consents") for one in request.consents}
        attempt = self._attempts.begin_to_stop(caller.uri) if request.code else None

        async def work(write: Write) -> list[bytes] | None:
            if request.person:
                number: int | None = await self._named(write, request.person)
                cause = EndCause.WITHDRAWN_AT_COUNTER
            else:
                number = await self._of_code(write, request.code)
                cause = EndCause.WITHDRAWN_BY_CODE
            if number is None:
                return None
            return await self._ends.end_all(write, number, cause, only=wanted)

        ended, _ = await self._sequencer.run(work)
        if ended is None:
            if attempt is not None:
                attempt.check()
                attempt.failed()
            raise _wrong_code()
        return pb.WithdrawConsentsResponse(consents=ended)

    async def InvalidateConsents(  # noqa: N802
        self, request: pb.InvalidateConsentsRequest, context: Context
    ) -> pb.InvalidateConsentsResponse:
        caller_of(context)
        cause = _CAUSES.get(request.cause)
        if cause is None:
            raise InvalidInputError("cause is not one that is known here", field="cause")
        by_others = cause is not EndCause.AUTHORITY

        def is_meant(consent: Consent) -> bool:
            return not by_others or consent.expressed_by.role is not ExpressedRole.SELF

        async def work(write: Write) -> list[bytes]:
            number = await self._named(write, request.person)
            return await self._ends.end_all(write, number, cause, which=is_meant)

        ended, _ = await self._sequencer.run(work)
        return pb.InvalidateConsentsResponse(consents=ended)

    async def ReportAssistants(  # noqa: N802
        self, request: pb.ReportAssistantsRequest, context: Context
    ) -> pb.ReportAssistantsResponse:
        caller_of(context)
        since = instant(request.from_time, "from_time")
        async with self._database.read() as connection:
            rows = await assisting.list_assisted(connection, since)
            reports = report_workers(
                AssistedAct(
                    worker=row.worker,
                    witness=row.witness if row.witness != row.worker else None,
                    device=row.device,
                    offered=row.offer_time,
                    granted=row.grant_time,
                )
                for row in rows
            )
            organisations = {
                one.worker: await organisation_of(connection, one.worker) for one in reports
            }
        return pb.ReportAssistantsResponse(
            workers=[
                pb.AssistantReport(
                    assistant=one.worker,
                    organisation=party_to_pb(organisations[one.worker]),
                    offered=one.offered,
                    granted=one.granted,
                    most_per_hour=one.most_per_hour,
                    devices=one.devices,
                    witnesses=one.witnesses,
                    flags=one.flags,
                )
                for one in reports
            ]
        )

    async def _named(self, write: Write, name: str) -> int:
        person = await persons.find_person(write.connection, name)
        if person is None or person.erase_time is not None:
            raise NotFoundError("there is no such person here")
        return person.id

    async def _of_code(self, write: Write, code: str) -> int | None:
        """Whose code it is; it is used up. None for whatever is wrong with it."""
        return await access.use_enrolment_code(
            write.connection, digest=withdrawal_digest(write.vault, code), now=write.now
        )

    async def _keep_code(self, write: Write, code: str, person: int) -> datetime:
        expire_time = write.now.replace(microsecond=0) + WITHDRAWAL_CODE_LIFETIME
        await access.add_enrolment_code(
            write.connection,
            digest=withdrawal_digest(write.vault, code),
            person=person,
            expire_time=expire_time,
        )
        return expire_time


def _wrong_code() -> UnauthenticatedError:
    """One answer for whatever is wrong with a code."""
    return UnauthenticatedError("the code is not one that works; check it, or ask at a counter")
