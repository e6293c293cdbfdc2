"""
Two whole nodes in one process: real services, sequencers, databases, gate and machine.

Only the wires are the test's own: a call is serialised, handed to the other node's service under
the caller's certificate name, and may be lost before or after. Time moves when the test says so.
"""

import uuid
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

from portability.consent.payload_types import (
    CONSENT_REQUEST_TYPE,
    CONSENT_TYPE,
    TEMPLATE_TYPE,
    WITHDRAWAL_TYPE,
)
from portability.consent.scope import Party
from portability.consent.signature import SoftwareSigner
from portability.consent.statements import ConsentRequest
from portability.core.periods import Branch, Duration, Period, PeriodType
from portability.errors import PeerUnavailableError
from portability.ledger.directory import DIRECTORY_TYPE, Directory, KeyPurpose, build_directory
from portability.ledger.envelope import sign_envelope, statement_id
from portability.ledger.keys import Ed25519Signer
from portability.node.audit.parts import build_person_exporter
from portability.node.audit.person_export import PersonExporter
from portability.node.cases.notices_service import NoticesService
from portability.node.cases.objections_service import ObjectionsService
from portability.node.cases.parts import CaseParts, build_case_parts
from portability.node.cases.services import build_notices_service, build_objections_service
from portability.node.consents.parts import build_consents_service
from portability.node.consents.service import ConsentsService
from portability.node.erasure.notices import ErasureNotices
from portability.node.erasure.rules import ErasureRules
from portability.node.erasure.signing import ErasureVoice
from portability.node.foundation import Foundation, World
from portability.node.log.prover import Prover
from portability.node.log.sequencer import Sequencer
from portability.node.log.write import RecordEntry
from portability.node.persons.complaints_service import ComplaintsService
from portability.node.persons.parts import (
    build_complaints,
    build_complaints_service,
    build_person_keys,
    build_persons_service,
)
from portability.node.persons.service import ENROL_PREFIX, PersonsService
from portability.node.persons.sign_in import SESSION_PREFIX
from portability.node.records.parts import build_records_service
from portability.node.records.service import RecordsService
from portability.recognition.case import CaseState
from portability.recognition.statements import Claim, Header, HistoryRequest
from portability.recognition.versions import LATEST
from portability.store import log_tree, persons
from portability.store.engine import Database, open_database
from portability.v1 import consents_service_pb2 as consents_pb
from portability.v1 import envelope_pb2, record_pb2
from portability.v1 import federation_service_pb2 as federation_pb
from portability.v1 import persons_service_pb2 as persons_pb
from portability.v1 import recognition_service_pb2 as pb
from portability.wire.consent import consent_request_to_payload
from portability.wire.consent_parts import party_to_pb
from portability.wire.envelope import envelope_to_bytes, envelope_to_pb
from portability.wire.record import (
    RECORD_TYPE,
    EntitlementRecord,
    record_to_payload,
    subject_commitment,
)
from portability.wire.statement import statement_to_payload, type_of
from portability.wire.statement_parts import branch_from_pb, branch_to_pb
from tests.conftest import FixedClock, check_here
from tests.integration.faults.small_node import CheckedHere
from tests.unit.consent.world import (
    CNAV,
    DIRECTORY,
    ES_NODE,
    FR_NODE,
    INSS,
    MEANS,
    ROSA,
    TEMPLATE_BYTES,
    TEMPLATE_ID,
    entry,
    grant,
)

ES_LOG: Final = Ed25519Signer(bytes([40]) * 32)
FR_LOG: Final = Ed25519Signer(bytes([42]) * 32)
AT_INSS: Final = Party(jurisdiction="ES", institution="inss")
AT_CNAV: Final = Party(jurisdiction="FR", institution="cnav")
SIGNERS: Final = {"ES": INSS, "FR": CNAV}
NODE_KEYS: Final = {"ES": ES_NODE, "FR": FR_NODE}

FEDERATION: Final[Directory] = replace(
    DIRECTORY,
    entries=(
        *DIRECTORY.entries,
        entry("ES", "", KeyPurpose.LOG, ES_LOG),
        entry("FR", "", KeyPurpose.LOG, FR_LOG),
    ),
)


class CallFrom:
    """What a service is told of a call: the URI name in the caller's certificate."""

    def __init__(self, uri: str) -> None:
        self._uri = uri.encode()

    def auth_context(self) -> dict[str, list[bytes]]:
        return {"peer_uri": [self._uri]}


@dataclass
class Wire:
    """
    From one node to another. ``trouble`` is asked at each delivery: ``lost``, ``unanswered``
    (it arrives, the answer does not) or nothing; ``alter`` may change what is delivered.
    """

    sender: str
    recipient: "Node"
    uri: str = ""
    trouble: Callable[[], str] = field(default=lambda: "")
    alter: Callable[[list[federation_pb.Delivery]], list[federation_pb.Delivery]] = field(
        default=lambda deliveries: deliveries
    )
    calls: int = 0
    speaks: int = LATEST
    pages: list[tuple[int, int]] = field(default_factory=list)

    @property
    def context(self) -> Any:
        return CallFrom(self.uri or f"portability://{self.sender}/node")

    async def deliver(
        self, deliveries: Sequence[federation_pb.Delivery], *, request_id: str
    ) -> federation_pb.DeliverStatementsResponse:
        self.calls += 1
        trouble = self.trouble()
        if trouble == "lost":
            raise PeerUnavailableError("the call was lost", jurisdiction=self.recipient.code)
        request = federation_pb.DeliverStatementsRequest(
            request_id=request_id,
            deliveries=self.alter(list(deliveries)),
            protocol_version=self.speaks,
        )
        request = federation_pb.DeliverStatementsRequest.FromString(request.SerializeToString())
        answer = await self.recipient.cases.federation.DeliverStatements(request, self.context)
        if trouble == "unanswered":
            raise PeerUnavailableError("the answer was lost", jurisdiction=self.recipient.code)
        return answer

    async def stage_exhibits(
        self,
        statement_id: bytes,
        case_id: str,
        first: int,
        exhibits: Sequence[envelope_pb2.ProvenStatement],
    ) -> int:
        trouble = self.trouble()
        if trouble == "lost":
            raise PeerUnavailableError("the call was lost", jurisdiction=self.recipient.code)
        request = federation_pb.StageExhibitsRequest(
            statement=statement_id, case_id=case_id, first=first, exhibits=exhibits
        )
        self.pages.append((first, len(exhibits)))
        request = federation_pb.StageExhibitsRequest.FromString(request.SerializeToString())
        answer = await self.recipient.cases.federation.StageExhibits(request, self.context)
        if trouble == "unanswered":
            raise PeerUnavailableError("the answer was lost", jurisdiction=self.recipient.code)
        return answer.staged

    async def standing(self) -> federation_pb.GetDeliveryPositionResponse:
        if self.trouble() == "lost":
            raise PeerUnavailableError("the call was lost", jurisdiction=self.recipient.code)
        return await self.recipient.cases.federation.GetDeliveryPosition(
            federation_pb.GetDeliveryPositionRequest(protocol_version=self.speaks), self.context
        )

    async def recall(self, *, sent: int, received: int) -> federation_pb.RecallStatementsResponse:
        request = federation_pb.RecallStatementsRequest(
            sent_position=sent, received_position=received
        )
        answer = await self.recipient.cases.federation.RecallStatements(request, self.context)
        return federation_pb.RecallStatementsResponse.FromString(answer.SerializeToString())

    async def fetch_consent_status(self, consent: bytes) -> envelope_pb2.Envelope:
        if self.trouble() == "lost":
            raise PeerUnavailableError("the call was lost", jurisdiction=self.recipient.code)
        answer = await self.recipient.cases.federation.FetchConsentStatus(
            federation_pb.FetchConsentStatusRequest(consent=consent), self.context
        )
        return answer.status


@dataclass
class Node:
    """One jurisdiction's node with one institution."""

    code: str
    institution: Party
    database: Database
    sequencer: Sequencer
    prover: Prover
    clock: FixedClock
    randomness: Callable[[int], bytes]
    wires: dict[str, Wire] = field(default_factory=dict)
    fault: Callable[[str], None] = field(default=lambda _: None)
    protocol_version: int = LATEST
    foundation: Foundation = field(init=False)
    cases: CaseParts = field(init=False)
    persons: PersonsService = field(init=False)
    records: RecordsService = field(init=False)
    objections: ObjectionsService = field(init=False)
    notices: NoticesService = field(init=False)
    complaints: ComplaintsService = field(init=False)
    consents: ConsentsService = field(init=False)

    def __post_init__(self) -> None:
        foundation = self.foundation = self._foundation()
        keys = build_person_keys(foundation)
        exporter = self.person_exporter()
        complaints = build_complaints(foundation)
        voice = ErasureVoice(
            jurisdiction=self.code,
            node_key=foundation.node_key,
            randomness=self.randomness,
        )
        self.cases = build_case_parts(
            foundation,
            peer=lambda code: self.wires[code],
            erasures=ErasureNotices(
                voice=voice,
                rules=ErasureRules(),
                ask_to_settle=lambda: None,
                wake_outbox=foundation.wake_outbox,
            ),
        )
        self.persons = build_persons_service(foundation, keys=keys, exporter=exporter)
        self.consents = build_consents_service(
            foundation,
            keys=keys,
            withdrawal=MEANS,
            tell_cases=self.cases.ends.tell,
            check_signed=check_here,
            exporter=exporter,
        )
        self.records = build_records_service(
            foundation,
            verifiers=CheckedHere(),
            writer=self.cases.writer,
            discloser=self.cases.discloser,
        )
        self.complaints = build_complaints_service(foundation, complaints)
        self.objections = build_objections_service(
            foundation,
            keys=keys,
            writer=self.cases.writer,
            complaints=complaints,
            shown_by=self.complaints,
        )
        self.notices = build_notices_service(foundation)

    def _foundation(self) -> Foundation:
        return Foundation(
            jurisdiction=self.code,
            node_key=NODE_KEYS[self.code],
            directory=lambda: FEDERATION,
            database=self.database,
            sequencer=self.sequencer,
            prover=self.prover,
            world=World(
                clock=self.clock,
                monotonic=lambda: 0.0,
                randomness=self.randomness,
                fault=self._die_or_live,
                sleep=_never,
            ),
            protocol_version=self.protocol_version,
        )

    def speak(self, version: int) -> None:
        """Start anew, as a node that speaks this version of the protocol."""
        self.protocol_version = version
        for wire in self.wires.values():
            wire.speaks = version
        self.__post_init__()

    def person_exporter(self) -> PersonExporter:
        """What the node gives of a person."""
        signed = sign_envelope(DIRECTORY_TYPE, build_directory(FEDERATION), NODE_KEYS[self.code])
        return build_person_exporter(self.foundation, lambda: [signed])

    def _die_or_live(self, point: str) -> None:
        self.fault(point)  # asked anew each time: a test may set it later

    @property
    def agency(self) -> Any:
        return CallFrom(f"portability://{self.code}/agency/{self.institution.institution}")

    @property
    def portal(self) -> Any:
        return CallFrom(f"portability://{self.code}/portal")

    # --- persons and records ---------------------------------------------------------------------

    async def enrol(self, number: str) -> str:
        answer = await self.persons.CreatePerson(
            persons_pb.CreatePersonRequest(
                request_id=self.request_id(),
                identifier=persons_pb.NationalIdentifier(jurisdiction=self.code, value=number),
                identity_level="substantial",
            ),
            self.agency,
        )
        return answer.person

    async def insure(self, person: str, *years: int) -> list[bytes]:
        """One record for each of these years."""
        async with self.database.read() as connection:
            found = await persons.find_person(connection, person)
        assert found is not None
        entries = [self._record(found.id, person, year) for year in years]
        await self.sequencer.log_records(entries)
        return [one.statement_id for one in entries]

    def _record(self, number: int, person: str, year: int) -> RecordEntry:
        salt = self.randomness(32)
        record = EntitlementRecord(
            salt=salt,
            subject_commitment=subject_commitment(salt, person),
            jurisdiction=self.code,
            institution=self.institution.institution,
            issue_date=self.clock().date(),
            supersedes=b"",
            content=Period(
                id="",
                jurisdiction=self.code,
                institution=self.institution.institution,
                type=PeriodType.COMPULSORY_EMPLOYED,
                start=date(year, 1, 1),
                end=date(year, 12, 31),
                declared=Duration(months=12),
            ),
        )
        signer = SIGNERS[self.code]
        envelope = sign_envelope(RECORD_TYPE, record_to_payload(record), signer)
        return RecordEntry(
            statement_id=statement_id(RECORD_TYPE, envelope.payload),
            key_id=signer.key_id,
            person=number,
            envelope=envelope_to_bytes(envelope),
        )

    # --- cases -----------------------------------------------------------------------------------

    async def open_case(
        self, person: str, *participants: Party, branch: Branch = Branch.OLD_AGE
    ) -> pb.OpenCaseResponse:
        return await self.cases.recognition.OpenCase(
            pb.OpenCaseRequest(
                request_id=self.request_id(),
                person=person,
                branch=branch_to_pb(branch),
                agreement="eu-883-2004",
                claim_date="2026-01-15",
                award_date="2026-02-01",
                participants=[party_to_pb(one) for one in participants],
            ),
            self.agency,
        )

    async def ask(
        self, opened: pb.OpenCaseResponse, permission: bytes = b"", **changes: Any
    ) -> bytes:
        """Sign and hand in the request to the first participant; its id."""
        request = self.history_request(opened, permission, **changes)
        return await self.submit(type_of(request), statement_to_payload(request))

    def history_request(
        self, opened: pb.OpenCaseResponse, permission: bytes = b"", **changes: Any
    ) -> HistoryRequest:
        case = opened.case
        parties = tuple(
            Party(jurisdiction=one.jurisdiction, institution=one.institution)
            for one in case.parties
        )
        base = HistoryRequest(
            header=self.header(case.name),
            recipient=parties[1],
            person_reference=opened.person_references[0],
            claim=Claim(
                branch=branch_from_pb(case.branch),
                agreement=case.agreement,
                agreement_version=case.agreement_version,
                claim_date=date.fromisoformat(case.claim_date),
                award_date=date.fromisoformat(case.award_date),
                parties=parties,
            ),
            permission=permission,
            purpose="claim-old-age",
            datatypes=("contribution-period",),
            fields=("period_type", "start_date", "end_date", "declared", "communication"),
            from_date=date(1980, 1, 1),
            to_date=date(2025, 12, 31),
        )
        return replace(base, **changes)

    def header(self, case: str, *predecessors: bytes) -> Header:
        return Header(
            salt=self.randomness(32),
            case_id=case.removeprefix("cases/"),
            sender=self.institution,
            created=self.clock().replace(microsecond=0),
            predecessors=predecessors,
        )

    async def submit(self, payload_type: str, payload: bytes) -> bytes:
        envelope = sign_envelope(payload_type, payload, SIGNERS[self.code])
        answer = await self.cases.recognition.SubmitStatement(
            pb.SubmitStatementRequest(envelope=envelope_to_pb(envelope)), self.agency
        )
        assert answer.statement.envelope.payload == payload
        return statement_id(payload_type, payload)

    async def determine(
        self, case: str, *, theoretical: int, independent: int = 0
    ) -> pb.PrepareDeterminationResponse:
        """Prepare, check nothing, sign and hand in."""
        money = record_pb2.Money
        scheme = pb.SchemeFacts(
            unit="months", theoretical=money(minor_units=theoretical, currency="EUR")
        )
        if independent:
            scheme.independent.CopyFrom(money(minor_units=independent, currency="EUR"))
        prepared = await self.cases.recognition.PrepareDetermination(
            pb.PrepareDeterminationRequest(case=case, scheme=scheme), self.agency
        )
        await self.submit(prepared.payload_type, prepared.payload)
        return prepared

    async def case(self, name: str) -> pb.Case:
        answer = await self.cases.recognition.GetCase(pb.GetCaseRequest(name=name), self.agency)
        return answer.case

    async def state(self, name: str) -> CaseState:
        number = (await self.case(name)).state
        return CaseState[pb.CaseState.Name(number).removeprefix("CASE_STATE_")]

    async def statements(self, name: str) -> list[envelope_pb2.ProvenStatement]:
        answer = await self.cases.recognition.ListCaseStatements(
            pb.ListCaseStatementsRequest(parent=name), self.agency
        )
        return list(answer.statements)

    def request_id(self) -> str:
        return str(uuid.UUID(bytes=self.randomness(16), version=4))


@dataclass
class Federation:
    """Spain leads, France is asked."""

    spain: Node
    france: Node
    clock: FixedClock

    @property
    def nodes(self) -> tuple[Node, Node]:
        return (self.spain, self.france)

    async def settle(self) -> None:
        """Let both nodes do all that is due, and time pass, until nothing is left to do."""
        for _ in range(300):
            before = [await _size(node) for node in self.nodes]
            soon = self.clock.now + timedelta(days=1)  # reminders are for tests that wait for them
            upcoming = [moment async for moment in self._step() if moment < soon]
            after = [await _size(node) for node in self.nodes]
            if upcoming:
                self.clock.now = max(self.clock.now, min(upcoming))
            elif before == after:
                return
        raise AssertionError("the federation does not come to rest")

    async def _step(self) -> AsyncIterator[datetime]:
        for node in self.nodes:
            due = await node.cases.driver.work_through()
            if due is not None:
                yield due
            for peer in node.wires:
                seconds = await node.cases.outbox.turn(peer)
                if seconds is not None:
                    yield self.clock() + timedelta(seconds=max(seconds, 0.001))


async def _size(node: Node) -> int:
    async with node.database.read() as connection:
        return (await log_tree.read_head(connection)).size


async def _never(seconds: float) -> None:
    raise AssertionError(f"nothing sleeps in these tests, least of all {seconds} s")


@dataclass(frozen=True)
class Rosa:
    """Rosa at both nodes, with her consent to INSS."""

    at_spain: str
    at_france: str
    session: str
    reference: str
    key: Ed25519Signer = ROSA


async def enrol_rosa(federation: Federation, number: int = 0, key: Ed25519Signer = ROSA) -> Rosa:
    """
    Rosa is known at both nodes under one pairwise reference, and has a key in Spain.

    Another ``number`` and ``key`` make another person of her.
    """
    spain, france = federation.nodes
    here = await spain.enrol(f"28/12345678-{40 + number}")
    there = await france.enrol(f"2 85 05 78 006 {84 + number:03}")
    made = await spain.persons.CreatePairwiseReference(
        persons_pb.CreatePairwiseReferenceRequest(person=here, peer="FR"), spain.agency
    )
    await france.persons.AcceptPairwiseReference(
        persons_pb.AcceptPairwiseReferenceRequest(
            person=there, peer="ES", reference=made.reference
        ),
        france.agency,
    )
    own = await spain.persons.CreatePairwiseReference(
        persons_pb.CreatePairwiseReferenceRequest(person=here, peer="ES"), spain.agency
    )
    code = (
        await spain.persons.CreateEnrolmentCode(
            persons_pb.CreateEnrolmentCodeRequest(person=here), spain.agency
        )
    ).code
    await spain.persons.EnrolKey(
        persons_pb.EnrolKeyRequest(
            code=code,
            public_key=key.public,
            proof_of_possession=key.sign(ENROL_PREFIX + code.encode()),
        ),
        spain.portal,
    )
    challenge = (
        await spain.persons.CreateChallenge(
            persons_pb.CreateChallengeRequest(person=here), spain.portal
        )
    ).challenge
    session = (
        await spain.persons.CreateSession(
            persons_pb.CreateSessionRequest(
                person=here,
                challenge=challenge,
                signature=key.sign(SESSION_PREFIX + challenge),
            ),
            spain.portal,
        )
    ).session
    return Rosa(at_spain=here, at_france=there, session=session, reference=own.reference, key=key)


async def sign_in(federation: Federation, rosa: Rosa) -> Rosa:
    """Rosa again, after her session has ended."""
    spain = federation.spain
    challenge = (
        await spain.persons.CreateChallenge(
            persons_pb.CreateChallengeRequest(person=rosa.at_spain), spain.portal
        )
    ).challenge
    session = (
        await spain.persons.CreateSession(
            persons_pb.CreateSessionRequest(
                person=rosa.at_spain,
                challenge=challenge,
                signature=rosa.key.sign(SESSION_PREFIX + challenge),
            ),
            spain.portal,
        )
    ).session
    return replace(rosa, session=session)


async def consent(federation: Federation, rosa: Rosa, **changes: Any) -> bytes:
    """Rosa allows INSS what it asks for; the consent's id."""
    spain = federation.spain
    template = sign_envelope(TEMPLATE_TYPE, TEMPLATE_BYTES, INSS)
    await spain.consents.RegisterPurposeTemplate(
        consents_pb.RegisterPurposeTemplateRequest(envelope=envelope_to_pb(template)), spain.agency
    )
    now = federation.clock().replace(microsecond=0)
    asked = replace(
        ConsentRequest(
            salt=spain.randomness(32),
            requester=AT_INSS,
            providers=(AT_CNAV, AT_INSS),
            person_reference=rosa.reference,
            purpose="claim-old-age",
            template=TEMPLATE_ID,
            grants=(
                grant(
                    fields=("period_type", "start_date", "end_date", "declared", "communication")
                ),
            ),
            not_before=now,
            not_after=now + timedelta(days=60),
            max_uses=3,
            erase_by=date(2030, 1, 1),
            created_at=now,
        ),
        **changes,
    )
    envelope = sign_envelope(CONSENT_REQUEST_TYPE, consent_request_to_payload(asked), INSS)
    request = await spain.consents.CreateConsentRequest(
        consents_pb.CreateConsentRequestRequest(envelope=envelope_to_pb(envelope)), spain.agency
    )
    prepared = await spain.consents.PrepareConsent(
        consents_pb.PrepareConsentRequest(
            session=rosa.session, consent_request=request.consent_request
        ),
        spain.portal,
    )
    await _sign(spain, CONSENT_TYPE, prepared.document, rosa.key)
    return statement_id(CONSENT_TYPE, prepared.document)


async def withdraw(federation: Federation, rosa: Rosa, given: bytes) -> None:
    spain = federation.spain
    prepared = await spain.consents.PrepareWithdrawal(
        consents_pb.PrepareWithdrawalRequest(session=rosa.session, consent=given), spain.portal
    )
    await _sign(spain, WITHDRAWAL_TYPE, prepared.document, rosa.key)


async def _sign(node: Node, payload_type: str, document: bytes, key: Ed25519Signer) -> None:
    envelope = SoftwareSigner(signer=key).sign(payload_type, document)
    await node.consents.RecordConsentAct(
        consents_pb.RecordConsentActRequest(envelope=envelope_to_pb(envelope)), node.portal
    )


@asynccontextmanager
async def open_federation(
    urls: dict[str, str],
    clock: FixedClock,
    randomness: Callable[[int], bytes],
    versions: Mapping[str, int] = MappingProxyType({}),
) -> AsyncIterator[Federation]:
    nodes = {}
    for code, url in urls.items():
        nodes[code] = await _open_node(code, url, clock, randomness)
        nodes[code].speak(versions.get(code, LATEST))
    federation = Federation(spain=nodes["ES"], france=nodes["FR"], clock=clock)
    federation.spain.wires["FR"] = Wire(sender="ES", recipient=federation.france)
    federation.france.wires["ES"] = Wire(sender="FR", recipient=federation.spain)
    for node in federation.nodes:
        for wire in node.wires.values():
            wire.speaks = node.protocol_version
    try:
        yield federation
    finally:
        for node in federation.nodes:
            await node.cases.close()
            await node.sequencer.close()
            await node.database.close()


async def _open_node(
    code: str, url: str, clock: FixedClock, randomness: Callable[[int], bytes]
) -> Node:
    database = await open_database(
        url,
        wrapping_key=bytes(range(32)),
        index_key=bytes(range(32, 64)),
        randomness=randomness,
    )
    sequencer = Sequencer(
        database=database,
        origin=FEDERATION.member(code).log_origin,
        log_key={"ES": ES_LOG, "FR": FR_LOG}[code],
        clock=clock,
        fault=lambda _: None,
    )
    await sequencer.start()
    return Node(
        code=code,
        institution={"ES": AT_INSS, "FR": AT_CNAV}[code],
        database=database,
        sequencer=sequencer,
        prover=Prover(database),
        clock=clock,
        randomness=randomness,
    )
