"""How sure an act at a counter is: on the office's device, by a worker alone, from a paper."""

from datetime import timedelta

import pytest

from portability.consent.assisted import read_assisted_evidence
from portability.consent.consent_reader import read_consent
from portability.consent.document import ActLevel, Fetch, Method
from portability.consent.payload_types import CONSENT_TYPE, TEMPLATE_TYPE
from portability.consent.scope import Action
from portability.errors import (
    InvalidInputError,
    NotFoundError,
    OverloadedError,
    PreconditionError,
    SignatureError,
    UnauthenticatedError,
)
from portability.ledger.envelope import sign_envelope
from portability.node.consents.code_attempts import MOST_WRONG, WITHIN
from portability.v1 import consent_pb2 as states
from portability.v1 import consents_service_pb2 as consents_pb
from portability.v1 import counter_service_pb2 as pb
from portability.v1 import keys_service_pb2 as keys_pb
from portability.v1 import persons_service_pb2 as persons_pb
from portability.wire.envelope import envelope_to_pb
from portability.wire.subject_key import subject_key_from_payload
from tests.integration.consent.home import IMSERSO_URI, INSS_URI, NUMBER, Home
from tests.integration.consent.test_counter import (
    WITNESS,
    WORKER,
    asked,
    consent_at_counter,
    enrol,
    handed_in,
    preparation,
    prepare,
    signed,
    statements_of,
    two,
)
from tests.unit.consent.world import INSS, TEMPLATE_BYTES, grant
from tests.vectors.authenticator import Authenticator
from tests.vectors.passkeys import EdDsa

pytestmark = [
    pytest.mark.asyncio,
]

QUESTIONS_TOO = TEMPLATE_BYTES.replace(
    b'"VIEW", "STORE"', b'"VIEW", "STORE", "VERIFY_ONLY"'
).replace(b'act                  = "A2"', b'act                  = "A1"')
"""As the shipped template, but a worker alone may sign for questions."""

ISM_URI = "portability://ES/agency/ism"

ALONE = {"level": pb.ASSISTANCE_LEVEL_WORKER_ALONE}
PAPER = {"level": pb.ASSISTANCE_LEVEL_PAPER}


async def asked_whether(home: Home, number: str = NUMBER) -> tuple[str, bytes]:
    """A person without a key, and a request for questions beside data."""
    person = await home.person(number)
    answer = await home.inss.ask(home.register(sign_envelope(TEMPLATE_TYPE, QUESTIONS_TOO, INSS)))
    request = home.request(
        await home.reference(person),
        template=answer.template,
        grants=(grant(actions=(Action.VIEW, Action.STORE, Action.VERIFY_ONLY)),),
    )
    return person, (await home.inss.ask(home.ask_consent(request))).consent_request


async def alone(home: Home, person: str, request: bytes, worker: bytes) -> bytes:
    """What a worker signed alone: its id."""
    prepared = await prepare(home, person, request, (worker, b""), **ALONE)
    envelope = signed(prepared.document, prepared.payload_type, WORKER)
    desk = home.caller(IMSERSO_URI)
    done = await desk.ask(
        desk.counter.RecordAssistedConsent(handed_in(envelope, witness_relation=""))
    )
    assert done.state == states.CONSENT_STATE_REQUESTED, "nothing until it is confirmed"
    listed = await desk.ask(
        desk.counter.ListPersonRequests(pb.ListPersonRequestsRequest(person=person))
    )
    assert listed.consent_requests[0].state == states.CONSENT_STATE_REQUESTED
    return await latest(home)


async def latest(home: Home) -> bytes:
    """The id of the consent that was given last."""
    async with home.database.read() as connection:
        found = await connection.exec_driver_sql(
            "SELECT statement_id FROM consents ORDER BY leaf_index DESC LIMIT 1"
        )
        return bytes(found.scalar_one())


async def letter(home: Home, person: str, consent: bytes, uri: str = ISM_URI) -> str:
    """The code in the letter of an office that neither asked nor helped."""
    desk = home.caller(uri)
    answer = await desk.ask(
        desk.counter.CreateConfirmationCode(
            pb.CreateConfirmationCodeRequest(person=person, consent=consent)
        )
    )
    return answer.code


async def test_what_a_worker_signs_alone_allows_questions_once_the_person_has_confirmed_it(
    home: Home,
) -> None:
    person, request = await asked_whether(home)
    worker = await enrol(home, WORKER)
    consent = await alone(home, person, request, worker)
    told = await home.inss.ask(home.state(consent=consent))
    assert told.state == states.CONSENT_STATE_REQUESTED
    (kept,) = await statements_of(home, person, "assisted-evidence")
    assert read_assisted_evidence(kept).witness == b""

    for uri, who in ((INSS_URI, "whoever asked"), (IMSERSO_URI, "whoever helped")):
        office = home.caller(uri)
        refused = await office.refused(
            office.counter.CreateConfirmationCode(
                pb.CreateConfirmationCodeRequest(person=person, consent=consent)
            )
        )
        assert isinstance(refused, PreconditionError)
        assert who in refused.message
    code = await letter(home, person, consent)
    spoken = code.lower().replace("-", " ")
    done = await home.portal.ask(
        home.portal.counter.ConfirmConsent(pb.ConfirmConsentRequest(code=spoken))
    )
    assert (done.consent, done.state) == (consent, states.CONSENT_STATE_GRANTED)
    told = await home.inss.ask(home.state(consent_request=request))
    assert told.state == states.CONSENT_STATE_GRANTED
    again = await home.portal.refused(
        home.portal.counter.ConfirmConsent(pb.ConfirmConsentRequest(code=code))
    )
    assert isinstance(again, UnauthenticatedError)
    desk = home.caller(IMSERSO_URI)
    ended = await desk.ask(desk.counter.WithdrawConsents(pb.WithdrawConsentsRequest(person=person)))
    assert list(ended.consents) == [consent]


async def test_a_worker_alone_signs_for_questions_and_never_for_data(home: Home) -> None:
    person, request = await asked_whether(home)
    worker, witness = await two(home)
    document = read_consent((await prepare(home, person, request, (worker, b""), **ALONE)).document)
    assert (document.method, document.assurance.act) == (Method.ASSISTED_WORKER, ActLevel.A1)
    assert {one.actions for one in document.grants} == {(Action.VERIFY_ONLY,)}
    desk = home.caller(IMSERSO_URI)
    for both, kind in (((worker, witness), InvalidInputError), ((witness, b""), PreconditionError)):
        refused = await desk.refused(
            desk.counter.PrepareAssistedConsent(preparation(person, request, both, **ALONE))
        )
        assert isinstance(refused, kind)


async def test_a_purpose_that_needs_more_refuses_a_worker_alone_before_anybody_signs(
    home: Home,
) -> None:
    person, request = await asked(home)
    worker = await enrol(home, WORKER)
    desk = home.caller(IMSERSO_URI)
    refused = await desk.refused(
        desk.counter.PrepareAssistedConsent(preparation(person, request, (worker, b""), **ALONE))
    )
    assert isinstance(refused, PreconditionError)


async def test_a_confirmation_comes_too_late_for_what_was_refused_or_replaced(home: Home) -> None:
    person, request = await asked_whether(home)
    both = await two(home)
    consent = await alone(home, person, request, both[0])
    code = await letter(home, person, consent)
    await consent_at_counter(home, person, request, both)
    late = await home.portal.refused(
        home.portal.counter.ConfirmConsent(pb.ConfirmConsentRequest(code=code))
    )
    assert isinstance(late, PreconditionError)
    desk = home.caller(IMSERSO_URI)
    over = await desk.refused(
        desk.counter.PrepareAssistedConsent(preparation(person, request, (both[0], b""), **ALONE))
    )
    assert isinstance(over, PreconditionError), "it would replace what is in force"


async def test_a_paper_is_a_record_and_allows_nothing(home: Home) -> None:
    person, request = await asked(home)
    worker = await enrol(home, WORKER)
    prepared = await prepare(home, person, request, (worker, b""), **PAPER, mode="print")
    document = read_consent(prepared.document)
    assert (document.method, document.assurance.act) == (Method.PAPER, ActLevel.A0)
    envelope = signed(prepared.document, prepared.payload_type, WORKER)
    desk = home.caller(IMSERSO_URI)
    bare = await desk.refused(
        desk.counter.RecordAssistedConsent(handed_in(envelope, witness_relation=""))
    )
    assert isinstance(bare, InvalidInputError), "the scan is what it rests on"
    scanned = handed_in(envelope, witness_relation="", scan_sha256=bytes([5]) * 32)
    by_another = handed_in(
        signed(prepared.document, prepared.payload_type, WITNESS), scan_sha256=bytes([5]) * 32
    )
    refused = await desk.refused(desk.counter.RecordAssistedConsent(by_another))
    assert isinstance(refused, SignatureError)
    done = await desk.ask(desk.counter.RecordAssistedConsent(scanned))
    assert done.state == states.CONSENT_STATE_REQUESTED
    (kept,) = await statements_of(home, person, "assisted-evidence")
    assert read_assisted_evidence(kept).scan == bytes([5]) * 32
    unconfirmable = await desk.refused(
        desk.counter.CreateConfirmationCode(
            pb.CreateConfirmationCodeRequest(person=person, consent=await latest(home))
        )
    )
    assert isinstance(unconfirmable, PreconditionError)


async def device_code(home: Home, person: str, worker: bytes) -> str:
    desk = home.caller(IMSERSO_URI)
    answer = await desk.ask(
        desk.counter.CreateDeviceCode(pb.CreateDeviceCodeRequest(person=person, worker=worker))
    )
    return answer.code


async def test_a_key_on_the_offices_device_is_good_for_an_hour_and_for_one_exchange(
    home: Home,
) -> None:
    person, request = await asked(home)
    worker = await enrol(home, WORKER)
    code, stick = await device_code(home, person, worker), Authenticator()
    options = await home.options(code=code)
    made = await home.portal.ask(home.enrol_passkey(code, stick.register(options)))
    record = subject_key_from_payload(made.key_record.envelope.payload)
    assert record.method is Method.ASSISTED_DEVICE
    assert [one.record for one in record.assistants] == [worker]
    session = (await home.sign_in_with(stick)).session
    prepared = await home.portal.ask(home.prepare(session, request))
    document = read_consent(prepared.document)
    assert (document.method, document.assurance.act) == (Method.ASSISTED_DEVICE, ActLevel.A2)
    assert (document.use.fetch, document.use.max_uses) == (Fetch.ONCE, 1)
    done = await home.portal.ask(home.record_signed(stick, CONSENT_TYPE, prepared.document))
    assert done.state == states.CONSENT_STATE_GRANTED
    assert len(await statements_of(home, person, "act-evidence")) == 1

    auditor = home.caller("portability://ES/auditor/tcu")
    since = pb.ReportAssistantsRequest()
    since.from_time.FromDatetime(home.clock() - timedelta(days=1))
    (report,) = (await auditor.ask(auditor.counter.ReportAssistants(since))).workers
    assert (report.assistant, report.granted, report.witnesses) == (worker, 1, 0)

    home.clock.advance(minutes=59)
    last = (await home.sign_in_with(stick)).session
    assert await home.own_consents(last)
    home.clock.advance(minutes=1)
    with pytest.raises(UnauthenticatedError):
        await home.own_consents(last)
    challenge = await home.challenge("")
    late = await home.portal.refused(
        home.portal.persons.CreateSession(
            persons_pb.CreateSessionRequest(challenge=challenge, passkey=stick.answer(challenge))
        )
    )
    assert isinstance(late, UnauthenticatedError)
    told = await home.inss.ask(home.state(consent_request=request))
    assert told.state == states.CONSENT_STATE_GRANTED, "what was signed in the hour stays"


async def test_a_key_on_the_offices_device_makes_no_key_for_good_and_no_consent_to_the_helper(
    home: Home,
) -> None:
    person, request = await asked(home)
    of_inss = await enrol(home, WORKER, uri=INSS_URI)
    code = await home.inss.ask(
        home.inss.counter.CreateDeviceCode(
            pb.CreateDeviceCodeRequest(person=person, worker=of_inss)
        )
    )
    stick, own = Authenticator(), Authenticator(holder=EdDsa("a stick of their own"))
    options = await home.options(code=code.code)
    await home.portal.ask(home.enrol_passkey(code.code, stick.register(options)))
    session = (await home.sign_in_with(stick)).session
    refused = await home.portal.refused(home.prepare(session, request))
    assert isinstance(refused, PreconditionError)
    assert "whoever helped is of the institution that asks" in refused.message

    adding = await home.portal.ask(
        home.portal.keys.PrepareKeyAddition(
            keys_pb.PrepareKeyAdditionRequest(
                session=session, registration=own.register(await home.options(session=session))
            )
        )
    )
    signed_by_stick = stick.sign(adding.payload_type, adding.document)
    refused = await home.portal.refused(
        home.portal.keys.RecordKeyAct(
            keys_pb.RecordKeyActRequest(envelope=envelope_to_pb(signed_by_stick))
        )
    )
    assert isinstance(refused, PreconditionError)
    assert "neither adds nor removes keys" in refused.message


async def test_a_code_for_a_device_works_once_within_the_hour_and_needs_a_worker(
    home: Home,
) -> None:
    person, _ = await asked(home)
    worker, witness = await two(home)
    desk = home.caller(IMSERSO_URI)
    for helper, kind in ((witness, PreconditionError), (bytes(32), NotFoundError)):
        refused = await desk.refused(
            desk.counter.CreateDeviceCode(pb.CreateDeviceCodeRequest(person=person, worker=helper))
        )
        assert isinstance(refused, kind)
    code = await device_code(home, person, worker)
    home.clock.advance(hours=1)
    late = await home.portal.refused(
        home.portal.keys.CreatePasskeyOptions(keys_pb.CreatePasskeyOptionsRequest(code=code))
    )
    assert isinstance(late, UnauthenticatedError)


async def test_guessing_codes_comes_to_an_end_and_keeps_nobody_from_stopping(home: Home) -> None:
    person, request = await asked(home)
    done = await consent_at_counter(home, person, request, await two(home))
    for attempt in range(MOST_WRONG):
        code = pb.WithdrawConsentsRequest(code=f"AAAA-BBBB-CCCC-{attempt:04d}")
        refused = await home.portal.refused(home.portal.counter.WithdrawConsents(code))
        assert isinstance(refused, UnauthenticatedError), attempt
    right = pb.WithdrawConsentsRequest(code=done.withdrawal_code)
    wrong = pb.WithdrawConsentsRequest(code="AAAA-BBBB-CCCC-DDDD")
    guess = await home.portal.refused(home.portal.counter.WithdrawConsents(wrong))
    assert isinstance(guess, OverloadedError)
    confirming = pb.ConfirmConsentRequest(code="AAAA-BBBB-CCCC-DDDD")
    kept_back = await home.portal.refused(home.portal.counter.ConfirmConsent(confirming))
    assert isinstance(kept_back, OverloadedError)
    ended = await home.portal.ask(home.portal.counter.WithdrawConsents(right))
    assert len(ended.consents) == 1, "whoever tried the others"
    home.clock.advance(minutes=WITHIN.seconds // 60)
    again = await home.portal.refused(home.portal.counter.WithdrawConsents(right))
    assert isinstance(again, UnauthenticatedError)


async def test_the_requester_gives_up_what_it_needs_no_more_and_nobody_else_does(
    home: Home,
) -> None:
    person, request = await asked(home)
    await consent_at_counter(home, person, request, await two(home))
    consent = await latest(home)
    given_up = consents_pb.GiveUpConsentRequest(consent=consent)
    other = home.caller(IMSERSO_URI)
    assert isinstance(await other.refused(other.consents.GiveUpConsent(given_up)), NotFoundError)
    done = await home.inss.ask(home.inss.consents.GiveUpConsent(given_up))
    assert done.state == states.CONSENT_STATE_TERMINATED
    told = await home.inss.ask(home.state(consent=consent))
    assert told.state == states.CONSENT_STATE_TERMINATED
    again = await home.inss.ask(home.inss.consents.GiveUpConsent(given_up))
    assert again.statement.envelope == done.statement.envelope
