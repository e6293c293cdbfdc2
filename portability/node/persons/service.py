"""PersonsService: who is known here, and how a person gets in with a key that only they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from portability.consent.reading import check_country
from portability.errors import (
    ErasedError,
    NotFoundError,
    PreconditionError,
    SignatureError,
    UnauthenticatedError,
)
from portability.ledger.encoding import encode_base64url
from portability.ledger.keys import check_public_key, key_id, verify_signature
from portability.node.audit.bundle_parts import pieces_of
from portability.node.calls.caller import caller_of
from portability.node.calls.repeats import Answered, Repeatable, answer_once
from portability.node.persons.enrolment import (
    check_reference,
    check_request_id,
    identity_level,
    new_person_name,
    read_identifier,
)
from portability.node.persons.keys import PersonKeys, key_in_use
from portability.node.persons.references import accept_reference, make_reference
from portability.node.persons.sessions import (
    CHALLENGE_LIFETIME,
    CODE_LIFETIME,
    SESSION_LIFETIME,
    challenge_digest,
    code_digest,
    new_code,
    new_secret,
    session_digest,
)
from portability.store import access, persons
from portability.v1 import persons_service_pb2 as pb
from portability.v1 import persons_service_pb2_grpc as services
from portability.wire.proven import proven_to_pb
from portability.wire.strict import timestamp

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from datetime import datetime

    from portability.ledger.trust import Directory
    from portability.node.calls.caller import Context
    from portability.node.log.sequencer import Sequencer
    from portability.node.log.write import Write
    from portability.node.persons.accesses import Accesses
    from portability.node.persons.assessing import IdentityDesk
    from portability.node.persons.own_data import OwnData
    from portability.node.persons.sign_in import SignIn
    from portability.store.engine import Connection, Database

ENROL_PREFIX: Final = b"portability-enrol/1\n"

_CREATE_PERSON: Final = "CreatePerson"


class PersonsService(services.PersonsServiceServicer):
    """
    Serves agencies of this jurisdiction (who is who) and its portal (the person's own side).

    Which role may make which call is decided before it gets here (``calls.roles``).
    """

    def __init__(
        self,
        *,
        database: Database,
        sequencer: Sequencer,
        directory: Callable[[], Directory],
        clock: Callable[[], datetime],
        randomness: Callable[[int], bytes],
        jurisdiction: str,
        keys: PersonKeys,
        sign_in: SignIn,
        own: OwnData,
        identities: IdentityDesk,
        accesses: Accesses,
    ) -> None:
        self._database = database
        self._sequencer = sequencer
        self._directory = directory
        self._clock = clock
        self._randomness = randomness
        self._jurisdiction = jurisdiction
        self._keys = keys
        self._sign_in = sign_in
        self._own = own
        self._identities = identities
        self._accesses = accesses

    async def CreatePerson(  # noqa: N802  # the name in the contract
        self, request: pb.CreatePersonRequest, context: Context
    ) -> pb.CreatePersonResponse:
        check_request_id(request.request_id)
        identifier = read_identifier(request.identifier, own=self._jurisdiction)
        level = identity_level(request.identity_level)
        call = Repeatable(
            caller=caller_of(context).uri,
            method=_CREATE_PERSON,
            request_id=request.request_id,
            content=request.SerializeToString(deterministic=True),
        )

        async def work(write: Write) -> bytes:
            async def create() -> Answered:
                person, _ = await persons.create_person(
                    write.connection,
                    write.vault,
                    name=new_person_name(self._randomness),
                    identifier=identifier,
                    identity_level=level,
                    now=write.now,
                )
                created = pb.CreatePersonResponse(person=person.name)
                return Answered(content=created.SerializeToString(), person=person.id)

            return await answer_once(write, call, create)

        answer, _ = await self._sequencer.run(work)
        return pb.CreatePersonResponse.FromString(answer)

    async def AssessIdentity(  # noqa: N802
        self, request: pb.AssessIdentityRequest, context: Context
    ) -> pb.AssessIdentityResponse:
        caller = caller_of(context)

        async def work(write: Write) -> tuple[bytes, pb.AssessIdentityResponse]:
            person = await _find_person(write.connection, request.person)
            return await self._identities.assess(write, person, request, caller)

        (assessed, answer), committed = await self._sequencer.run(work)
        answer.statement.CopyFrom(proven_to_pb(committed.prove(assessed)))
        return answer

    async def LookupPerson(  # noqa: N802
        self, request: pb.LookupPersonRequest, context: Context
    ) -> pb.LookupPersonResponse:
        caller_of(context)
        identifier = read_identifier(request.identifier)
        async with self._database.read() as connection:
            person = await persons.find_person_by_identifier(
                connection, self._database.vault, identifier
            )
        if person is None:
            raise _no_such_person()
        return pb.LookupPersonResponse(person=person.name)

    async def CreatePairwiseReference(  # noqa: N802
        self, request: pb.CreatePairwiseReferenceRequest, context: Context
    ) -> pb.CreatePairwiseReferenceResponse:
        caller_of(context)
        self._directory().member(check_country(request.peer, field="peer"))

        async def work(write: Write) -> str:
            person = await _find_person(write.connection, request.person)
            new = self._randomness(32).hex()
            return await make_reference(write, person.id, request.peer, new)

        reference, _ = await self._sequencer.run(work)
        return pb.CreatePairwiseReferenceResponse(reference=reference)

    async def AcceptPairwiseReference(  # noqa: N802
        self, request: pb.AcceptPairwiseReferenceRequest, context: Context
    ) -> pb.AcceptPairwiseReferenceResponse:
        caller_of(context)
        self._directory().member(check_country(request.peer, field="peer"))
        check_reference(request.reference)

        async def work(write: Write) -> bool:
            person = await _find_person(write.connection, request.person)
            return await accept_reference(write, person.id, request.peer, request.reference)

        is_clear, _ = await self._sequencer.run(work)
        if not is_clear:
            raise PreconditionError(
                "this reference is enrolled for somebody else already; a request under it now "
                "waits for an officer, whom `portability-agency identity list` shows both",
                peer=request.peer,
            )
        return pb.AcceptPairwiseReferenceResponse()

    async def CreateEnrolmentCode(  # noqa: N802
        self, request: pb.CreateEnrolmentCodeRequest, context: Context
    ) -> pb.CreateEnrolmentCodeResponse:
        caller_of(context)
        code = new_code(self._randomness)

        async def work(write: Write) -> datetime:
            person = await _find_person(write.connection, request.person)
            expire_time = write.now.replace(microsecond=0) + CODE_LIFETIME
            await access.add_enrolment_code(
                write.connection,
                digest=code_digest(write.vault, code),
                person=person.id,
                expire_time=expire_time,
            )
            return expire_time

        expire_time, _ = await self._sequencer.run(work)
        return pb.CreateEnrolmentCodeResponse(code=code, expire_time=timestamp(expire_time))

    async def EnrolKey(  # noqa: N802
        self, request: pb.EnrolKeyRequest, context: Context
    ) -> pb.EnrolKeyResponse:
        caller_of(context)
        check_public_key(request.public_key)
        try:
            verify_signature(
                request.public_key,
                ENROL_PREFIX + request.code.encode("utf-8"),
                request.proof_of_possession,
            )
        except SignatureError:
            raise SignatureError(
                "the proof of possession of the key does not verify; sign the prefix and the code "
                "with the key that is to be enrolled"
            ) from None

        async def work(write: Write) -> tuple[str, bytes]:
            return await self._enrol(write, request)

        (name, record), committed = await self._sequencer.run(work)
        return pb.EnrolKeyResponse(person=name, key_record=proven_to_pb(committed.prove(record)))

    async def CreateChallenge(  # noqa: N802
        self, request: pb.CreateChallengeRequest, context: Context
    ) -> pb.CreateChallengeResponse:
        caller_of(context)
        challenge = new_secret(self._randomness)

        async def work(write: Write) -> None:
            await access.purge_expired(write.connection, write.now)
            person = await persons.find_person(write.connection, request.person)
            await access.add_challenge(
                write.connection,
                digest=challenge_digest(write.vault, challenge),
                person=None if person is None else person.id,
                expire_time=write.now + CHALLENGE_LIFETIME,
            )

        await self._sequencer.run(work)
        return pb.CreateChallengeResponse(challenge=challenge)

    async def CreateSession(  # noqa: N802
        self, request: pb.CreateSessionRequest, context: Context
    ) -> pb.CreateSessionResponse:
        caller_of(context)
        token = encode_base64url(new_secret(self._randomness))

        async def work(write: Write) -> tuple[datetime, str] | None:
            who = await self._sign_in.answered(write, request)
            if who is None:
                return None  # committed all the same: a challenge is good for one attempt
            latest = write.now + SESSION_LIFETIME
            expire_time = min(latest, who.ends or latest).replace(microsecond=0)
            await access.add_session(
                write.connection,
                digest=session_digest(write.vault, token),
                person=who.person.id,
                expire_time=expire_time,
                key_id=who.key_id,
            )
            return expire_time, who.person.name

        opened, _ = await self._sequencer.run(work)
        if opened is None:
            raise UnauthenticatedError("signing in did not succeed; ask for a new challenge")
        expire_time, name = opened
        return pb.CreateSessionResponse(
            session=token, expire_time=timestamp(expire_time), person=name
        )

    async def EndSession(  # noqa: N802
        self, request: pb.EndSessionRequest, context: Context
    ) -> pb.EndSessionResponse:
        caller_of(context)

        async def work(write: Write) -> None:
            await access.remove_session(
                write.connection, session_digest(write.vault, request.session)
            )

        await self._sequencer.run(work)
        return pb.EndSessionResponse()

    async def ListOwnRecords(  # noqa: N802
        self, request: pb.ListOwnRecordsRequest, context: Context
    ) -> pb.ListOwnRecordsResponse:
        caller_of(context)
        return await self._own.list_records(request)

    async def ListOwnReceipts(  # noqa: N802
        self, request: pb.ListOwnReceiptsRequest, context: Context
    ) -> pb.ListOwnReceiptsResponse:
        caller_of(context)
        return await self._own.list_receipts(request)

    async def ListOwnAccesses(  # noqa: N802
        self, request: pb.ListOwnAccessesRequest, context: Context
    ) -> pb.ListOwnAccessesResponse:
        caller_of(context)
        return await self._accesses.list_own(request)

    async def ExportOwnData(  # noqa: N802
        self, request: pb.ExportOwnDataRequest, context: Context
    ) -> AsyncIterator[pb.ExportOwnDataResponse]:
        caller_of(context)
        for path, content in pieces_of(await self._own.export(request)):
            yield pb.ExportOwnDataResponse(path=path, content=content)

    async def _enrol(self, write: Write, request: pb.EnrolKeyRequest) -> tuple[str, bytes]:
        """Use the code and log the key record; the code stays good if anything is refused."""
        number = await access.use_enrolment_code(
            write.connection, digest=code_digest(write.vault, request.code), now=write.now
        )
        person = None
        if number is not None:
            person = await persons.find_person_by_id(write.connection, number)
        if person is None or person.erase_time is not None:
            raise UnauthenticatedError(
                "the code is not one that works; check it, or ask for a new one"
            )
        if self._directory().key(key_id(request.public_key)) is not None:
            raise key_in_use()
        record = await self._keys.enrol_software(write, person, request.public_key)
        return person.name, record


async def _find_person(connection: Connection, name: str) -> persons.Person:
    """Raises NotFoundError, and ErasedError for one about whom nothing new is kept."""
    person = await persons.find_person(connection, name)
    if person is None:
        raise _no_such_person()
    if person.erase_time is not None:
        raise ErasedError
    return person


def _no_such_person() -> NotFoundError:
    return NotFoundError("there is no such person here")
