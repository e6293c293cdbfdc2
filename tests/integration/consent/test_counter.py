"""People without a phone or papers: consent at a counter, withdrawal by voice, who stands out."""

import hashlib
from collections.abc import Sequence
from datetime import timedelta

import pytest

from portability.consent.assisted import (
    ASSISTANT_PREFIX,
    QUESTIONS,
    read_assistant,
    read_assisted_evidence,
)
from portability.consent.consent_reader import read_consent
from portability.consent.document import ActLevel, Method, NoticeMode, Role
from portability.consent.payload_types import TEMPLATE_TYPE
from portability.consent.signature import verify_person
from portability.errors import (
    ForbiddenError,
    InvalidInputError,
    NotFoundError,
    PreconditionError,
    SignatureError,
    UnauthenticatedError,
)
from portability.ledger.envelope import Envelope, add_signature, sign_envelope, statement_id
from portability.ledger.keys import Ed25519Signer
from portability.store import log, persons
from portability.v1 import consent_pb2 as states
from portability.v1 import counter_service_pb2 as pb
from portability.wire.envelope import envelope_from_bytes, envelope_to_pb
from portability.wire.strict import timestamp
from portability.wire.subject_key import subject_key_from_payload
from tests.integration.consent.home import IMSERSO_URI, INSS_URI, Home
from tests.unit.consent.world import INSS, TEMPLATE_BYTES

pytestmark = pytest.mark.asyncio

WORKER = Ed25519Signer(bytes([71]) * 32)
WITNESS = Ed25519Signer(bytes([72]) * 32)
OTHER = Ed25519Signer(bytes([73]) * 32)
AUDITOR = "portability://ES/auditor/tcu"


async def enrol(
    home: Home,
    signer: Ed25519Signer,
    *,
    role: pb.AssistantRole = pb.ASSISTANT_ROLE_WORKER,
    unit: str = "counter",
    uri: str = IMSERSO_URI,
) -> bytes:
    desk = home.caller(uri)
    answer = await desk.ask(
        desk.counter.EnrolAssistant(
            pb.EnrolAssistantRequest(
                role=role,
                public_key=signer.public,
                proof_of_possession=signer.sign(ASSISTANT_PREFIX + signer.public),
                unit=unit,
            )
        )
    )
    record = read_assistant(answer.statement.envelope.payload)
    assert (record.public_key, record.unit) == (signer.public, unit)
    return answer.assistant


async def two(home: Home) -> tuple[bytes, bytes]:
    return (
        await enrol(home, WORKER),
        await enrol(home, WITNESS, role=pb.ASSISTANT_ROLE_WITNESS, unit="social-work"),
    )


async def asked(home: Home, number: str = "28/12345678-40") -> tuple[str, bytes]:
    """A person without any key, and what is asked of them."""
    person = await home.person(number)
    await home.register_template()
    request = home.request(await home.reference(person))
    return person, (await home.inss.ask(home.ask_consent(request))).consent_request


def preparation(
    person: str, request: bytes, both: tuple[bytes, bytes], **changes: object
) -> pb.PrepareAssistedConsentRequest:
    said: dict[str, object] = {
        "language": "es",
        "mode": "read_aloud",
        "place": "madrid-3",
        "device": "desk-1",
    }
    return pb.PrepareAssistedConsentRequest(
        person=person, consent_request=request, worker=both[0], witness=both[1], **said | changes
    )


async def prepare(
    home: Home, person: str, request: bytes, both: tuple[bytes, bytes], **changes: object
) -> pb.PrepareAssistedConsentResponse:
    desk = home.caller(IMSERSO_URI)
    return await desk.ask(
        desk.counter.PrepareAssistedConsent(preparation(person, request, both, **changes))
    )


def signed(document: bytes, payload_type: str, *signers: Ed25519Signer) -> Envelope:
    envelope = sign_envelope(payload_type, document, signers[0])
    for signer in signers[1:]:
        envelope = add_signature(envelope, signer)
    return envelope


def handed_in(
    envelope: Envelope, questions: Sequence[str] = QUESTIONS, **changes: object
) -> pb.RecordAssistedConsentRequest:
    said: dict[str, object] = {
        "witness_relation": "none",
        "has_capacity": True,
        "copy": "paper",
    }
    return pb.RecordAssistedConsentRequest(
        envelope=envelope_to_pb(envelope),
        answers=[pb.ReadBackAnswer(question=one, correct=True) for one in questions],
        **said | changes,
    )


async def consent_at_counter(
    home: Home, person: str, request: bytes, both: tuple[bytes, bytes], **changes: object
) -> pb.RecordAssistedConsentResponse:
    prepared = await prepare(home, person, request, both, **changes)
    envelope = signed(prepared.document, prepared.payload_type, WORKER, WITNESS)
    desk = home.caller(IMSERSO_URI)
    return await desk.ask(desk.counter.RecordAssistedConsent(handed_in(envelope)))


async def statements_of(home: Home, person: str, kind: str) -> list[bytes]:
    async with home.database.read() as connection:
        found = await persons.find_person(connection, person)
        assert found is not None
        rows = await log.list_person_statements(
            connection, home.database.vault, person=found.id, kind=kind, limit=100
        )
    return [envelope_from_bytes(row.envelope).payload for row in rows if row.envelope is not None]


async def test_worker_and_witness_sign_for_a_person_and_anybody_can_verify_it(home: Home) -> None:
    person, request = await asked(home)
    both = await two(home)
    desk = home.caller(IMSERSO_URI)
    listed = await desk.ask(
        desk.counter.ListPersonRequests(pb.ListPersonRequestsRequest(person=person))
    )
    assert [one.consent_request for one in listed.consent_requests] == [request]

    prepared = await prepare(home, person, request, both)
    assert tuple(prepared.questions) == QUESTIONS
    document = read_consent(prepared.document)
    assert (document.method, document.assurance.act) == (Method.ASSISTED_WITNESSED, ActLevel.A2)
    assert (document.notice.mode, document.use.max_uses) == (NoticeMode.READ_ALOUD, 1)
    assert hashlib.sha256(prepared.notice).digest() == document.notice.sha256

    envelope = signed(prepared.document, prepared.payload_type, WORKER, WITNESS)
    done = await desk.ask(desk.counter.RecordAssistedConsent(handed_in(envelope)))
    assert done.state == states.CONSENT_STATE_GRANTED
    (record,) = await statements_of(home, person, "subject-key")
    key = subject_key_from_payload(record)
    verified = verify_person(envelope, {envelope.payload_type}, key)
    assert verified.key_ids == (key.key_id,)
    (kept,) = await statements_of(home, person, "assisted-evidence")
    evidence = read_assisted_evidence(kept)
    assert (evidence.worker, evidence.witness) == both
    assert evidence.act == statement_id(envelope.payload_type, envelope.payload)
    told = await home.inss.ask(home.state(consent_request=request))
    assert told.state == states.CONSENT_STATE_GRANTED

    again = await desk.ask(desk.counter.RecordAssistedConsent(handed_in(envelope)))
    assert again.statement.envelope == done.statement.envelope
    assert len(await statements_of(home, person, "assisted-evidence")) == 1


async def test_one_signature_or_that_of_somebody_else_is_not_enough(home: Home) -> None:
    person, request = await asked(home)
    both = await two(home)
    desk = home.caller(IMSERSO_URI)
    prepared = await prepare(home, person, request, both)
    for signers in ((WORKER,), (WITNESS,), (WORKER, OTHER), (WORKER, WORKER)):
        envelope = signed(prepared.document, prepared.payload_type, *signers)
        refused = await desk.refused(desk.counter.RecordAssistedConsent(handed_in(envelope)))
        assert isinstance(refused, SignatureError)
    # nor do the two sign in, or sign what was prepared for somebody's own key
    assert (await home.inss.ask(home.state(consent_request=request))).state == (
        states.CONSENT_STATE_REQUESTED
    )


async def test_what_is_not_said_back_or_not_understood_is_not_signed(home: Home) -> None:
    person, request = await asked(home)
    both = await two(home)
    desk = home.caller(IMSERSO_URI)
    prepared = await prepare(home, person, request, both)
    envelope = signed(prepared.document, prepared.payload_type, WORKER, WITNESS)
    for answers in (
        handed_in(envelope, QUESTIONS[:-1]),
        handed_in(envelope, has_capacity=False),
    ):
        refused = await desk.refused(desk.counter.RecordAssistedConsent(answers))
        assert isinstance(refused, PreconditionError)
    wrong = handed_in(envelope)
    wrong.answers[0].correct = False
    refused = await desk.refused(desk.counter.RecordAssistedConsent(wrong))
    assert QUESTIONS[0] in refused.message
    done = await desk.ask(desk.counter.RecordAssistedConsent(handed_in(envelope)))
    assert done.state == states.CONSENT_STATE_GRANTED, "explained again, and understood"


async def test_worker_and_witness_are_two_and_neither_is_of_who_asks(home: Home) -> None:
    person, request = await asked(home)
    worker, witness = await two(home)
    same_unit = await enrol(home, OTHER, role=pb.ASSISTANT_ROLE_WITNESS, unit="counter")
    of_inss = await enrol(
        home,
        Ed25519Signer(bytes([74]) * 32),
        role=pb.ASSISTANT_ROLE_WITNESS,
        unit="pensions",
        uri=INSS_URI,
    )
    desk = home.caller(IMSERSO_URI)
    for pair, kind in (
        ((worker, worker), PreconditionError),
        ((witness, worker), PreconditionError),
        ((worker, same_unit), PreconditionError),
        ((worker, of_inss), PreconditionError),
        ((of_inss, witness), NotFoundError),
        ((worker, bytes(32)), NotFoundError),
    ):
        refused = await desk.refused(
            desk.counter.PrepareAssistedConsent(preparation(person, request, pair))
        )
        assert isinstance(refused, kind), pair
    of_others, of_nobody = [
        await desk.refused(
            desk.counter.PrepareAssistedConsent(preparation(person, request, (one, witness)))
        )
        for one in (of_inss, bytes(32))
    ]
    assert of_others.message == of_nobody.message, "whom others employ is not theirs to know"
    other_desk = home.caller(INSS_URI)
    refused = await other_desk.refused(
        other_desk.counter.RevokeAssistant(pb.RevokeAssistantRequest(assistant=worker))
    )
    assert isinstance(refused, NotFoundError)
    await desk.ask(desk.counter.RevokeAssistant(pb.RevokeAssistantRequest(assistant=worker)))
    refused = await desk.refused(
        desk.counter.PrepareAssistedConsent(preparation(person, request, (worker, witness)))
    )
    assert isinstance(refused, NotFoundError)


async def test_an_assisted_consent_lasts_for_one_exchange_and_at_most_ninety_days(
    home: Home,
) -> None:
    person = await home.person()
    text = TEMPLATE_BYTES.replace(b"validity_days        = 90", b"validity_days        = 200")
    assert text != TEMPLATE_BYTES
    registered = await home.inss.ask(home.register(sign_envelope(TEMPLATE_TYPE, text, INSS)))
    long = home.request(
        await home.reference(person),
        template=registered.template,
        not_after=home.clock() + timedelta(days=180),
    )
    request = (await home.inss.ask(home.ask_consent(long))).consent_request
    both = await two(home)
    document = read_consent((await prepare(home, person, request, both)).document)
    assert document.not_after - document.not_before == timedelta(days=90)
    shorter = timestamp(home.clock() + timedelta(days=5))
    document = read_consent(
        (await prepare(home, person, request, both, not_after=shorter)).document
    )
    assert document.not_after - document.not_before == timedelta(days=5)


async def test_a_guardian_acts_with_proof_until_it_ends_and_no_longer(home: Home) -> None:
    person, request = await asked(home)
    both = await two(home)
    ends = home.clock() + timedelta(days=20)

    def proof(*acts: str) -> pb.RepresentationProof:
        return pb.RepresentationProof(
            role=pb.REPRESENTATIVE_ROLE_GUARDIAN,
            sha256=bytes([9]) * 32,
            expire_time=timestamp(ends),
            acts=acts,
        )

    desk = home.caller(IMSERSO_URI)
    refused = await desk.refused(
        desk.counter.PrepareAssistedConsent(
            preparation(person, request, both, representation=proof("withdraw"))
        )
    )
    assert isinstance(refused, PreconditionError)
    done = await consent_at_counter(
        home, person, request, both, representation=proof("consent", "withdraw")
    )
    document = read_consent(done.statement.envelope.payload)
    assert (document.expressed_by.role, document.not_after) == (Role.GUARDIAN, ends)

    ended = await desk.ask(
        desk.counter.InvalidateConsents(
            pb.InvalidateConsentsRequest(person=person, cause=pb.INVALIDATION_CAUSE_CAME_OF_AGE)
        )
    )
    assert len(ended.consents) == 1
    told = await home.inss.ask(home.state(consent=ended.consents[0]))
    assert told.state == states.CONSENT_STATE_INVALIDATED


async def test_coming_of_age_ends_nothing_that_the_person_gave(home: Home) -> None:
    person, request = await asked(home)
    await consent_at_counter(home, person, request, await two(home))
    desk = home.caller(IMSERSO_URI)
    for cause, ended in (
        (pb.INVALIDATION_CAUSE_REPRESENTATION_ENDED, 0),
        (pb.INVALIDATION_CAUSE_AUTHORITY, 1),
    ):
        answer = await desk.ask(
            desk.counter.InvalidateConsents(
                pb.InvalidateConsentsRequest(person=person, cause=cause)
            )
        )
        assert len(answer.consents) == ended
    refused = await desk.refused(
        desk.counter.InvalidateConsents(pb.InvalidateConsentsRequest(person=person))
    )
    assert isinstance(refused, InvalidInputError)


async def test_a_person_stops_it_by_telephone_with_the_code_on_the_paper(home: Home) -> None:
    person, request = await asked(home)
    done = await consent_at_counter(home, person, request, await two(home))
    home.clock.advance(days=10)
    for uri in (INSS_URI, "portability://ES/portal"):
        desk = home.caller(uri)
        refused = await desk.refused(
            desk.counter.WithdrawConsents(pb.WithdrawConsentsRequest(code="AAAA-BBBB-CCCC-DDDD"))
        )
        assert isinstance(refused, UnauthenticatedError)
    answer = await home.portal.ask(
        home.portal.counter.WithdrawConsents(pb.WithdrawConsentsRequest(code=done.withdrawal_code))
    )
    assert len(answer.consents) == 1
    told = await home.inss.ask(home.state(consent_request=request))
    assert told.state == states.CONSENT_STATE_WITHDRAWN
    used = await home.portal.refused(
        home.portal.counter.WithdrawConsents(pb.WithdrawConsentsRequest(code=done.withdrawal_code))
    )
    assert isinstance(used, UnauthenticatedError)


async def test_a_person_stops_it_at_any_counter_and_the_portal_not_by_name(home: Home) -> None:
    person, request = await asked(home)
    await consent_at_counter(home, person, request, await two(home))
    by_name = pb.WithdrawConsentsRequest(person=person)
    refused = await home.portal.refused(home.portal.counter.WithdrawConsents(by_name))
    assert isinstance(refused, InvalidInputError)
    only = pb.WithdrawConsentsRequest(person=person, consents=[bytes(32)])
    assert not (await home.inss.ask(home.inss.counter.WithdrawConsents(only))).consents
    ended = await home.inss.ask(home.inss.counter.WithdrawConsents(by_name))
    assert len(ended.consents) == 1
    assert not (await home.inss.ask(home.inss.counter.WithdrawConsents(by_name))).consents


async def test_a_withdrawal_code_enrols_nobody(home: Home) -> None:
    person = await home.person()
    made = await home.inss.ask(
        home.inss.counter.CreateWithdrawalCode(pb.CreateWithdrawalCodeRequest(person=person))
    )
    refused = await home.portal.refused(home.enrol(made.code))
    assert isinstance(refused, UnauthenticatedError)
    for wrong in (
        home.portal.counter.CreateWithdrawalCode(pb.CreateWithdrawalCodeRequest(person=person)),
        home.portal.counter.CreateWithdrawalCode(pb.CreateWithdrawalCodeRequest(session="none")),
    ):
        assert isinstance(
            await home.portal.refused(wrong), InvalidInputError | UnauthenticatedError
        )


async def test_auditors_see_how_each_worker_assists_and_nobody_else_does(home: Home) -> None:
    both = await two(home)
    begun = timestamp(home.clock())
    person, request = await asked(home)
    await consent_at_counter(home, person, request, both)
    other, asked_too = await asked(home, "28/87654321-11")
    await prepare(home, other, asked_too, both)
    auditor = home.caller(AUDITOR)
    report = await auditor.ask(
        auditor.counter.ReportAssistants(pb.ReportAssistantsRequest(from_time=begun))
    )
    (row,) = report.workers
    assert (row.assistant, row.organisation.institution) == (both[0], "imserso")
    assert (row.offered, row.granted, row.most_per_hour) == (2, 1, 1)
    assert list(row.flags) == []
    desk = home.caller(IMSERSO_URI)
    refused = await desk.refused(
        desk.counter.ReportAssistants(pb.ReportAssistantsRequest(from_time=begun))
    )
    assert isinstance(refused, ForbiddenError)
