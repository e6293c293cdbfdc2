"""Spain's node behind its guard and mutual TLS, and everybody who talks to it in Rosa's story."""

import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Final, TypeVar

import grpc

from portability.consent.consent_reader import read_consent
from portability.consent.document import Consent
from portability.consent.payload_types import CONSENT_REQUEST_TYPE, CONSENT_TYPE, TEMPLATE_TYPE
from portability.consent.scope import Party
from portability.consent.signature import SoftwareSigner
from portability.consent.statements import ConsentRequest
from portability.core.periods import Branch
from portability.errors import PortabilityError
from portability.federation.channel import CallPolicy, TlsIdentity, open_channel
from portability.federation.identity import Identity, Role, node_server_name, parse_identity
from portability.federation.peer import error_from_rpc
from portability.ledger.directory import DIRECTORY_TYPE, Directory, KeyPurpose, build_directory
from portability.ledger.envelope import Envelope, sign_envelope
from portability.ledger.keys import Ed25519Signer
from portability.node.audit.parts import build_audit_service, build_person_exporter
from portability.node.calls.call_log import CallLog
from portability.node.calls.guard import Guard
from portability.node.calls.limits import Limits
from portability.node.calls.metrics import CallMetrics
from portability.node.cases.permission_ends import no_cases
from portability.node.consents.parts import (
    build_consents_service,
    build_counter_service,
    build_statuses,
)
from portability.node.consents.standing import ConsentStatuses
from portability.node.development.authority import DevelopmentAuthority
from portability.node.foundation import Foundation, World
from portability.node.log.prover import Prover
from portability.node.log.read_side import LogFiles
from portability.node.log.sequencer import Sequencer
from portability.node.persons.parts import (
    build_keys_service,
    build_person_keys,
    build_persons_service,
)
from portability.node.persons.passkeys import PasskeySettings
from portability.node.persons.service import ENROL_PREFIX
from portability.node.persons.sign_in import SESSION_PREFIX
from portability.store.engine import Database
from portability.v1 import audit_service_pb2_grpc as audit_rpc
from portability.v1 import consents_service_pb2 as consents_pb
from portability.v1 import consents_service_pb2_grpc as consents_rpc
from portability.v1 import counter_service_pb2_grpc as counter_rpc
from portability.v1 import envelope_pb2
from portability.v1 import keys_service_pb2 as keys_pb
from portability.v1 import keys_service_pb2_grpc as keys_rpc
from portability.v1 import persons_service_pb2 as persons_pb
from portability.v1 import persons_service_pb2_grpc as persons_rpc
from portability.wire.consent import consent_request_to_payload
from portability.wire.envelope import envelope_to_pb
from portability.wire.signed_act import Handed, SignedAct
from tests.conftest import FixedClock, OpenGate, check_here
from tests.unit.consent.world import (
    DIRECTORY,
    ES_NODE,
    INSS,
    MEANS,
    ROSA,
    TEMPLATE_BYTES,
    TEMPLATE_ID,
    entry,
    grant,
    institution,
)
from tests.vectors.authenticator import Authenticator

T = TypeVar("T")

LOG_KEY: Final = Ed25519Signer(bytes([40]) * 32)
IMSERSO: Final = Ed25519Signer(bytes([41]) * 32)
ORIGIN: Final = "es.node.portability.internal/log"
INSS_URI: Final = "portability://ES/agency/inss"
IMSERSO_URI: Final = "portability://ES/agency/imserso"
PORTAL_URI: Final = "portability://ES/portal"
OPERATOR_URI: Final = "portability://ES/operator"
CNAV_URI: Final = "portability://FR/agency/cnav"
NUMBER: Final = "28/12345678-40"
PASSKEYS: Final = PasskeySettings(
    relying_party_id="localhost", name="Portal", origins=("http://localhost:8080",)
)

DIRECTORY_HERE: Final[Directory] = replace(
    DIRECTORY,
    institutions=(
        *DIRECTORY.institutions,
        institution("ES", "imserso", Branch.OLD_AGE),
    ),
    entries=(
        *DIRECTORY.entries,
        entry("ES", "imserso", KeyPurpose.INSTITUTION, IMSERSO),
        entry("ES", "", KeyPurpose.LOG, LOG_KEY),
    ),
)


def authority_for_tests(randomness: Callable[[int], bytes]) -> DevelopmentAuthority:
    """TLS reads the real clock, whatever time it is in the story."""
    return DevelopmentAuthority(now=datetime.now(UTC), randomness=randomness)


@dataclass(kw_only=True)
class Caller:
    """Somebody with a certificate. Errors of the node come back as errors of the tree."""

    channel: grpc.aio.Channel
    persons: persons_rpc.PersonsServiceStub
    consents: consents_rpc.ConsentsServiceStub
    keys: keys_rpc.KeysServiceStub
    audit: audit_rpc.AuditServiceStub
    counter: counter_rpc.CounterServiceStub

    async def ask(self, call: Awaitable[T]) -> T:
        try:
            return await call
        except grpc.RpcError as error:
            raise error_from_rpc(error, "ES") from None

    async def refused(self, call: Awaitable[object]) -> PortabilityError:
        try:
            await call
        except grpc.RpcError as error:
            return error_from_rpc(error, "ES")
        raise AssertionError("the node did not refuse")


class Counting:
    """The check of signatures that the node hands out, and how often it was made."""

    def __init__(self) -> None:
        self.count = 0

    async def __call__(self, handed: Handed) -> SignedAct | None:
        found = await check_here(handed)
        self.count += 1
        return found


@dataclass(kw_only=True)
class Home:
    """The node, its database, and callers by the URI name of their certificate."""

    database: Database
    sequencer: Sequencer
    prover: Prover
    statuses: ConsentStatuses
    clock: FixedClock
    randomness: Callable[[int], bytes]
    authority: DevelopmentAuthority
    endpoint: str
    counting: Counting
    woken: list[datetime] = field(default_factory=list)
    callers: dict[str, Caller] = field(default_factory=dict)

    @property
    def checks(self) -> int:
        """How many signatures were checked outside of a transaction."""
        return self.counting.count

    def caller(self, uri: str) -> Caller:
        if uri not in self.callers:
            issued = self.authority.issue(parse_identity(uri))
            tls = TlsIdentity(
                ca=self.authority.certificate, certificate=issued.certificate, key=issued.key
            )
            channel = open_channel(
                self.endpoint, node_server_name("ES"), tls, CallPolicy(attempts=1)
            )
            self.callers[uri] = Caller(
                channel=channel,
                persons=persons_rpc.PersonsServiceStub(channel),
                consents=consents_rpc.ConsentsServiceStub(channel),
                keys=keys_rpc.KeysServiceStub(channel),
                audit=audit_rpc.AuditServiceStub(channel),
                counter=counter_rpc.CounterServiceStub(channel),
            )
        return self.callers[uri]

    @property
    def inss(self) -> Caller:
        return self.caller(INSS_URI)

    @property
    def portal(self) -> Caller:
        return self.caller(PORTAL_URI)

    # --- persons ---------------------------------------------------------------------------------

    def create(
        self, number: str = NUMBER, *, request_id: str = "", level: str = "substantial"
    ) -> Awaitable[persons_pb.CreatePersonResponse]:
        return self.inss.persons.CreatePerson(
            persons_pb.CreatePersonRequest(
                request_id=request_id or str(uuid.UUID(bytes=self.randomness(16), version=4)),
                identifier=persons_pb.NationalIdentifier(jurisdiction="ES", value=number),
                identity_level=level,
            )
        )

    async def person(self, number: str = NUMBER, level: str = "substantial") -> str:
        return (await self.inss.ask(self.create(number, level=level))).person

    async def reference(self, person: str, peer: str = "ES") -> str:
        answer = await self.inss.ask(
            self.inss.persons.CreatePairwiseReference(
                persons_pb.CreatePairwiseReferenceRequest(person=person, peer=peer)
            )
        )
        return answer.reference

    async def code(self, person: str) -> str:
        answer = await self.inss.ask(
            self.inss.persons.CreateEnrolmentCode(
                persons_pb.CreateEnrolmentCodeRequest(person=person)
            )
        )
        return answer.code

    def enrol(
        self, code: str, signer: Ed25519Signer = ROSA, proof: bytes | None = None
    ) -> Awaitable[persons_pb.EnrolKeyResponse]:
        signed = signer.sign(ENROL_PREFIX + code.encode()) if proof is None else proof
        return self.portal.persons.EnrolKey(
            persons_pb.EnrolKeyRequest(
                code=code, public_key=signer.public, proof_of_possession=signed
            )
        )

    async def challenge(self, person: str) -> bytes:
        answer = await self.portal.ask(
            self.portal.persons.CreateChallenge(persons_pb.CreateChallengeRequest(person=person))
        )
        return answer.challenge

    def sign_in(
        self, person: str, challenge: bytes, signer: Ed25519Signer = ROSA
    ) -> Awaitable[persons_pb.CreateSessionResponse]:
        return self.portal.persons.CreateSession(
            persons_pb.CreateSessionRequest(
                person=person,
                challenge=challenge,
                signature=signer.sign(SESSION_PREFIX + challenge),
            )
        )

    async def session(self, person: str, signer: Ed25519Signer = ROSA) -> str:
        answer = await self.portal.ask(self.sign_in(person, await self.challenge(person), signer))
        return answer.session

    # --- passkeys --------------------------------------------------------------------------------

    async def options(self, **by: str) -> keys_pb.CreatePasskeyOptionsResponse:
        return await self.portal.ask(
            self.portal.keys.CreatePasskeyOptions(keys_pb.CreatePasskeyOptionsRequest(**by))
        )

    def enrol_passkey(
        self, code: str, registration: keys_pb.PasskeyRegistrationResponse
    ) -> Awaitable[keys_pb.EnrolPasskeyResponse]:
        return self.portal.keys.EnrolPasskey(
            keys_pb.EnrolPasskeyRequest(code=code, registration=registration)
        )

    async def sign_in_with(
        self, device: Authenticator, **changes: object
    ) -> persons_pb.CreateSessionResponse:
        challenge = await self.challenge("")
        said = device.answer(challenge)
        for name, value in changes.items():
            setattr(said, name, value)
        return await self.portal.ask(
            self.portal.persons.CreateSession(
                persons_pb.CreateSessionRequest(challenge=challenge, passkey=said)
            )
        )

    def record_signed(
        self, device: Authenticator, payload_type: str, document: bytes, handle: bytes = b""
    ) -> Awaitable[consents_pb.RecordConsentActResponse]:
        envelope = device.sign(payload_type, document)
        return self.portal.consents.RecordConsentAct(
            consents_pb.RecordConsentActRequest(
                envelope=envelope_to_pb(envelope), user_handle=handle or device.user_handle
            )
        )

    def prepare_act(
        self, session: str, kind: consents_pb.ConsentActKind, subject: bytes, **more: object
    ) -> Awaitable[consents_pb.PrepareConsentActResponse]:
        return self.portal.consents.PrepareConsentAct(
            consents_pb.PrepareConsentActRequest(
                session=session, kind=kind, subject=subject, **more
            )
        )

    async def own_consents(self, session: str) -> list[consents_pb.OwnConsent]:
        answer = await self.portal.ask(
            self.portal.consents.ListOwnConsents(
                consents_pb.ListOwnConsentsRequest(session=session)
            )
        )
        return list(answer.consents)

    # --- consents --------------------------------------------------------------------------------

    async def register_template(self) -> bytes:
        answer = await self.inss.ask(
            self.register(sign_envelope(TEMPLATE_TYPE, TEMPLATE_BYTES, INSS))
        )
        return answer.template

    def register(
        self, envelope: Envelope, uri: str = INSS_URI
    ) -> Awaitable[consents_pb.RegisterPurposeTemplateResponse]:
        return self.caller(uri).consents.RegisterPurposeTemplate(
            consents_pb.RegisterPurposeTemplateRequest(envelope=envelope_to_pb(envelope))
        )

    def request(self, reference: str, **changes: object) -> ConsentRequest:
        now = self.clock()
        base = ConsentRequest(
            salt=self.randomness(32),
            requester=Party(jurisdiction="ES", institution="inss"),
            providers=(
                Party(jurisdiction="FR", institution="cnav"),
                Party(jurisdiction="ES", institution="inss"),
            ),
            person_reference=reference,
            purpose="claim-old-age",
            template=TEMPLATE_ID,
            grants=(grant(),),
            not_before=now,
            not_after=now + timedelta(days=60),
            max_uses=3,
            erase_by=date(2030, 1, 1),
            created_at=now,
        )
        return replace(base, **changes)

    def ask_consent(
        self, request: ConsentRequest, signer: Ed25519Signer = INSS, uri: str = INSS_URI
    ) -> Awaitable[consents_pb.CreateConsentRequestResponse]:
        envelope = sign_envelope(CONSENT_REQUEST_TYPE, consent_request_to_payload(request), signer)
        return self.caller(uri).consents.CreateConsentRequest(
            consents_pb.CreateConsentRequestRequest(envelope=envelope_to_pb(envelope))
        )

    def prepare(
        self, session: str, asked: bytes, **choice: object
    ) -> Awaitable[consents_pb.PrepareConsentResponse]:
        return self.portal.consents.PrepareConsent(
            consents_pb.PrepareConsentRequest(session=session, consent_request=asked, **choice)
        )

    def prepare_withdrawal(
        self, session: str, consent: bytes
    ) -> Awaitable[consents_pb.PrepareWithdrawalResponse]:
        return self.portal.consents.PrepareWithdrawal(
            consents_pb.PrepareWithdrawalRequest(session=session, consent=consent)
        )

    def record(
        self, document: bytes, payload_type: str = CONSENT_TYPE, signer: Ed25519Signer = ROSA
    ) -> Awaitable[consents_pb.RecordConsentActResponse]:
        envelope = SoftwareSigner(signer=signer).sign(payload_type, document)
        return self.record_envelope(envelope_to_pb(envelope))

    def record_envelope(
        self, envelope: envelope_pb2.Envelope
    ) -> Awaitable[consents_pb.RecordConsentActResponse]:
        return self.portal.consents.RecordConsentAct(
            consents_pb.RecordConsentActRequest(envelope=envelope)
        )

    async def pending(self, session: str) -> list[consents_pb.PendingConsentRequest]:
        answer = await self.portal.ask(
            self.portal.consents.ListConsentRequests(
                consents_pb.ListConsentRequestsRequest(session=session)
            )
        )
        return list(answer.consent_requests)

    def state(
        self, uri: str = INSS_URI, **named: bytes
    ) -> Awaitable[consents_pb.GetConsentStateResponse]:
        return self.caller(uri).consents.GetConsentState(
            consents_pb.GetConsentStateRequest(**named)
        )

    def own_state(
        self, by: str, /, **named: bytes
    ) -> Awaitable[consents_pb.GetConsentStateResponse]:
        """As the portal asks with a session, or with none."""
        request = consents_pb.GetConsentStateRequest(**named)
        request.session = by
        return self.portal.consents.GetConsentState(request)


@dataclass(frozen=True, kw_only=True)
class Enrolled:
    """Rosa, enrolled and signed in."""

    person: str
    reference: str
    session: str


async def enrol_rosa(home: Home, signer: Ed25519Signer = ROSA, number: str = NUMBER) -> Enrolled:
    person = await home.person(number)
    await home.portal.ask(home.enrol(await home.code(person), signer))
    return Enrolled(
        person=person,
        reference=await home.reference(person),
        session=await home.session(person, signer),
    )


async def ask_rosa(home: Home, rosa: Enrolled, **changes: object) -> bytes:
    """A registered template and a request on it; the request's id."""
    await home.register_template()
    answer = await home.inss.ask(home.ask_consent(home.request(rosa.reference, **changes)))
    return answer.consent_request


async def consent_of(home: Home, rosa: Enrolled, asked: bytes) -> tuple[bytes, Consent]:
    """Rosa allows all of it; the consent's id and content."""
    prepared = await home.portal.ask(home.prepare(rosa.session, asked))
    await home.portal.ask(home.record(prepared.document))
    pending = await home.pending(rosa.session)
    given = next(one.consent for one in pending if one.consent_request == asked)
    return given, read_consent(prepared.document)


@asynccontextmanager
async def open_home(
    database: Database,
    clock: FixedClock,
    randomness: Callable[[int], bytes],
    authority: DevelopmentAuthority,
) -> AsyncIterator[Home]:
    sequencer = Sequencer(
        database=database, origin=ORIGIN, log_key=LOG_KEY, clock=clock, fault=lambda _: None
    )
    await sequencer.start()
    woken: list[datetime] = []
    call_log = CallLog(CallMetrics(), jurisdiction="ES", clock=time.time)
    guard = Guard(
        jurisdiction="ES",
        members=lambda: {"ES", "FR"},
        limits=Limits(),
        call_log=call_log,
        monotonic=time.monotonic,
        randomness=randomness,
        gate=OpenGate(),
    )
    foundation = Foundation(
        jurisdiction="ES",
        node_key=ES_NODE,
        directory=lambda: DIRECTORY_HERE,
        database=database,
        sequencer=sequencer,
        prover=Prover(database),
        world=World(
            clock=clock, monotonic=time.monotonic, randomness=randomness, fault=lambda _: None
        ),
    )
    foundation.wake_outbox.answer_with(lambda: woken.append(clock()))
    server = grpc.aio.server(interceptors=(guard,))
    checks = Counting()
    _add_services(server, foundation, checks)
    issued = authority.issue(Identity(jurisdiction="ES", role=Role.NODE))
    port = server.add_secure_port(
        "127.0.0.1:0",
        grpc.ssl_server_credentials(
            [(issued.key, issued.certificate)],
            root_certificates=authority.certificate,
            require_client_auth=True,
        ),
    )
    await server.start()
    home = Home(
        database=database,
        sequencer=sequencer,
        prover=foundation.prover,
        statuses=build_statuses(foundation),
        clock=clock,
        randomness=randomness,
        authority=authority,
        endpoint=f"127.0.0.1:{port}",
        counting=checks,
        woken=woken,
    )
    try:
        yield home
    finally:
        for caller in home.callers.values():
            await caller.channel.close()
        await server.stop(None)
        call_log.write()
        await sequencer.close()


def _add_services(server: grpc.aio.Server, foundation: Foundation, checks: Counting) -> None:
    """What persons, their portal and auditors ask of a node without cases."""
    signed = sign_envelope(DIRECTORY_TYPE, build_directory(DIRECTORY_HERE), ES_NODE)
    keys = build_person_keys(foundation)
    exporter = build_person_exporter(foundation, lambda: [signed])
    persons_rpc.add_PersonsServiceServicer_to_server(
        build_persons_service(foundation, keys=keys, exporter=exporter), server
    )
    consents_rpc.add_ConsentsServiceServicer_to_server(
        build_consents_service(
            foundation,
            keys=keys,
            withdrawal=MEANS,
            tell_cases=no_cases,
            check_signed=checks,
            exporter=exporter,
        ),
        server,
    )
    keys_rpc.add_KeysServiceServicer_to_server(
        build_keys_service(foundation, keys=keys, passkeys=PASSKEYS, tell_cases=no_cases), server
    )
    counter_rpc.add_CounterServiceServicer_to_server(
        build_counter_service(foundation, keys=keys, withdrawal=MEANS, tell_cases=no_cases), server
    )
    audit_rpc.add_AuditServiceServicer_to_server(
        build_audit_service(
            foundation,
            directories=lambda: [signed],
            files=LogFiles(foundation.database, lambda: 1),
            witness=None,
        ),
        server,
    )
