"""A person's keys at the home node: enrolled, used, added, removed, lost; and what is refused."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from portability.consent.act_evidence import read_act_evidence, verify_act_evidence
from portability.consent.consent_reader import read_consent
from portability.consent.document import ActLevel, Method
from portability.consent.payload_types import (
    ACT_EVIDENCE_TYPE,
    CONSENT_TYPE,
    PASSKEY_REGISTRATION_TYPE,
    WITHDRAWAL_TYPE,
)
from portability.consent.registration import verify_registration
from portability.errors import (
    InvalidInputError,
    NotFoundError,
    PreconditionError,
    SignatureError,
    UnauthenticatedError,
)
from portability.store import log, persons
from portability.v1 import consent_pb2
from portability.v1 import consents_service_pb2 as consents_pb
from portability.v1 import keys_service_pb2 as keys_pb
from portability.v1 import persons_service_pb2 as persons_pb
from portability.wire.envelope import envelope_from_bytes, envelope_to_pb
from portability.wire.strict import timestamp
from portability.wire.subject_key import passkey_registration_from_payload, subject_key_from_payload
from tests.integration.consent.home import Home
from tests.integration.together import together
from tests.vectors.authenticator import Authenticator
from tests.vectors.passkeys import EdDsa, Es256

pytestmark = pytest.mark.asyncio


async def enrol(home: Home, device: Authenticator, person: str) -> keys_pb.EnrolPasskeyResponse:
    code = await home.code(person)
    options = await home.options(code=code)
    return await home.portal.ask(home.enrol_passkey(code, device.register(options)))


async def asked(home: Home, person: str) -> bytes:
    await home.register_template()
    request = home.request(await home.reference(person))
    return (await home.inss.ask(home.ask_consent(request))).consent_request


async def consented(home: Home, device: Authenticator, person: str) -> tuple[str, bytes]:
    """A session, and the consent that the person signed with this device."""
    request = await asked(home, person)
    session = (await home.sign_in_with(device)).session
    prepared = await home.portal.ask(home.prepare(session, request))
    done = await home.portal.ask(home.record_signed(device, CONSENT_TYPE, prepared.document))
    assert done.state == consent_pb2.CONSENT_STATE_GRANTED
    (own,) = await home.own_consents(session)
    return session, own.consent


async def statements_of(home: Home, person: str, kind: str) -> list[bytes]:
    async with home.database.read() as connection:
        found = await persons.find_person(connection, person)
        assert found is not None
        rows = await log.list_person_statements(
            connection, home.database.vault, person=found.id, kind=kind, limit=100
        )
    return [envelope_from_bytes(row.envelope).payload for row in rows if row.envelope is not None]


async def test_a_passkey_enrols_signs_in_and_signs_with_evidence_that_verifies_offline(
    home: Home,
) -> None:
    person, device = await home.person(), Authenticator()
    enrolled = await enrol(home, device, person)
    assert enrolled.person == person
    record = subject_key_from_payload(enrolled.key_record.envelope.payload)
    assert (record.method, record.credential_id) == (Method.PASSKEY, device.credential_id)
    evidence = passkey_registration_from_payload(enrolled.registration.envelope.payload)
    verify_registration(evidence, record)
    assert len(await statements_of(home, person, "passkey-registration")) == 1
    assert enrolled.registration.envelope.payload_type == PASSKEY_REGISTRATION_TYPE

    session, consent = await consented(home, device, person)
    (own,) = await home.own_consents(session)
    signed = own.statement.envelope
    document = read_consent(signed.payload)
    assert (document.method, document.assurance.act) == (Method.PASSKEY, ActLevel.A3)
    (kept,) = await statements_of(home, person, ACT_EVIDENCE_TYPE.split(".")[2])
    said = read_act_evidence(kept)
    assert (said.act, said.request) == (consent, document.request)
    verify_act_evidence(
        said,
        signed=envelope_from_bytes(signed.SerializeToString()),
        consent=document,
        credential_id=device.credential_id,
        user_handle=evidence.user_handle,
    )


LIES: dict[str, dict[str, object]] = {
    "another challenge": {"client": {"challenge": "A" * 43}},
    "another origin": {"origin": "http://localhost:8081"},
    "another relying party": {"rp_id": "portal.example"},
    "cross origin": {"client": {"crossOrigin": True}},
    "a top origin": {"client": {"topOrigin": "https://evil.example"}},
    "nobody verified": {"flags": 1},
    "nobody there": {"flags": 4},
    "a signature in place of a registration": {"client": {"type": "webauthn.get"}},
    "backed up and not eligible": {"flags": 5 | 16},
    "a small-order key": {},
}


class SmallOrder:
    """An Ed25519 key under which anybody can forge."""

    cose = EdDsa("x").cose[:-32] + b"\x01" + bytes(31)

    def sign(self, message: bytes) -> bytes:
        del message
        return self.cose[-32:] + bytes(32)


async def test_a_registration_that_lies_is_refused_and_the_code_stays_good(home: Home) -> None:
    person = await home.person()
    code = await home.code(person)
    for lie, changes in LIES.items():
        device = Authenticator(**changes or {"holder": SmallOrder()})  # type: ignore[arg-type]
        options = await home.options(code=code)
        refused = await home.portal.refused(home.enrol_passkey(code, device.register(options)))
        assert isinstance(refused, SignatureError | InvalidInputError | PreconditionError), lie
    honest = Authenticator()
    options = await home.options(code=code)
    await home.portal.ask(home.enrol_passkey(code, honest.register(options)))


async def test_a_registration_answers_one_challenge_of_this_person_once_and_in_time(
    home: Home,
) -> None:
    person, other = await home.person(), await home.person("28/87654321-11")
    first, second = await home.code(person), await home.code(other)
    device = Authenticator()
    made = device.register(await home.options(code=first))
    # with the code of somebody else
    assert isinstance(
        await home.portal.refused(home.enrol_passkey(second, made)), PreconditionError
    )
    # too late; the code itself is good for longer
    made = device.register(await home.options(code=first))
    home.clock.advance(minutes=11)
    assert isinstance(await home.portal.refused(home.enrol_passkey(first, made)), PreconditionError)
    made = device.register(await home.options(code=first))
    await home.portal.ask(home.enrol_passkey(first, made))
    # a code is used up; an unknown one looks the same
    used = await home.portal.refused(home.enrol_passkey(first, made))
    unknown = await home.portal.refused(home.enrol_passkey("AAAA-BBBB-CCCC-DDDD", made))
    assert isinstance(used, UnauthenticatedError)
    assert (used.message, used.context) == (unknown.message, unknown.context)


async def test_a_key_is_enrolled_for_one_person_alone(home: Home) -> None:
    device = Authenticator()
    await enrol(home, device, await home.person())
    code = await home.code(await home.person("28/87654321-11"))
    made = device.register(await home.options(code=code))
    refused = await home.portal.refused(home.enrol_passkey(code, made))
    assert isinstance(refused, PreconditionError)


SIGN_IN_LIES: dict[str, Callable[[Authenticator], None]] = {
    "cross origin": lambda device: setattr(device, "client", {"crossOrigin": True}),
    "a top origin": lambda device: setattr(device, "client", {"topOrigin": "https://e.example"}),
    "another origin": lambda device: setattr(device, "origin", "https://evil.example"),
    "another relying party": lambda device: setattr(device, "rp_id", "evil.example"),
    "nobody verified": lambda device: setattr(device, "flags", 1),
    "another account": lambda device: setattr(device, "user_handle", bytes(32)),
    "another key": lambda device: setattr(device, "holder", Es256(9)),
    "an old challenge": lambda device: setattr(device, "client", {"challenge": "A" * 43}),
}


async def test_whatever_is_wrong_with_a_sign_in_the_answer_is_the_same(home: Home) -> None:
    device = Authenticator()
    await enrol(home, device, await home.person())
    answers = set()
    for lie in SIGN_IN_LIES.values():
        liar = replace(device)
        lie(liar)
        with pytest.raises(UnauthenticatedError, match="signing in did not succeed") as refused:
            await home.sign_in_with(liar)
        answers.add((refused.value.message, str(refused.value.context)))
    assert len(answers) == 1
    assert (await home.sign_in_with(device)).session, "and nobody is locked out by it"


async def test_a_challenge_signs_in_once_and_a_session_ends_when_it_is_ended(home: Home) -> None:
    device = Authenticator()
    person = await home.person()
    await enrol(home, device, person)
    challenge = await home.challenge("")
    request = persons_pb.CreateSessionRequest(challenge=challenge, passkey=device.answer(challenge))
    opened = await home.portal.ask(home.portal.persons.CreateSession(request))
    assert opened.person == person
    again = await home.portal.refused(home.portal.persons.CreateSession(request))
    assert isinstance(again, UnauthenticatedError)

    assert await home.own_consents(opened.session) == []
    await home.portal.ask(
        home.portal.persons.EndSession(persons_pb.EndSessionRequest(session=opened.session))
    )
    with pytest.raises(UnauthenticatedError):
        await home.own_consents(opened.session)


async def test_a_counter_that_goes_back_is_a_hint_and_refuses_nothing(home: Home) -> None:
    device = Authenticator(counter=7)
    await enrol(home, device, await home.person())
    session = (await home.sign_in_with(device)).session
    assert not (await keys_of(home, session))[0].counter_went_back
    device.counter = 3
    session = (await home.sign_in_with(device)).session
    (key,) = await keys_of(home, session)
    assert key.counter_went_back
    assert key.is_current


async def keys_of(home: Home, session: str) -> list[keys_pb.OwnKey]:
    answer = await home.portal.ask(
        home.portal.keys.ListOwnKeys(keys_pb.ListOwnKeysRequest(session=session))
    )
    return list(answer.keys)


async def add_key(
    home: Home, session: str, device: Authenticator, new: Authenticator
) -> keys_pb.RecordKeyActResponse:
    made = new.register(await home.options(session=session))
    prepared = await home.portal.ask(
        home.portal.keys.PrepareKeyAddition(
            keys_pb.PrepareKeyAdditionRequest(session=session, registration=made)
        )
    )
    assert prepared.credential_ids
    return await record_key_act(home, device, prepared.payload_type, prepared.document)


async def record_key_act(
    home: Home, device: Authenticator, payload_type: str, document: bytes
) -> keys_pb.RecordKeyActResponse:
    return await home.portal.ask(
        home.portal.keys.RecordKeyAct(
            keys_pb.RecordKeyActRequest(
                envelope=envelope_to_pb(device.sign(payload_type, document)),
                user_handle=device.user_handle,
            )
        )
    )


async def test_a_key_act_that_comes_twice_at_once_is_one(home: Home) -> None:
    person, phone, stick = await home.person(), Authenticator(), Authenticator(holder=EdDsa("it"))
    await enrol(home, phone, person)
    session = (await home.sign_in_with(phone)).session
    made = stick.register(await home.options(session=session))
    prepared = await home.portal.ask(
        home.portal.keys.PrepareKeyAddition(
            keys_pb.PrepareKeyAdditionRequest(session=session, registration=made)
        )
    )
    await check_is_one(home, phone, prepared)
    assert len(await keys_of(home, session)) == 2
    lost = next(key for key in await keys_of(home, session) if not key.is_current)
    await check_is_one(
        home,
        phone,
        await home.portal.ask(
            home.portal.keys.PrepareKeyRemoval(
                keys_pb.PrepareKeyRemovalRequest(
                    session=session, key_id=lost.key_id, reason=keys_pb.KEY_END_LOST
                )
            )
        ),
    )
    assert len([key for key in await keys_of(home, session) if key.HasField("revoke_time")]) == 1


async def check_is_one(home: Home, device: Authenticator, prepared: Any) -> None:
    """The same act twice in one transaction has one place in the log, and one key record."""
    envelope = device.sign(prepared.payload_type, prepared.document)
    request = keys_pb.RecordKeyActRequest(
        envelope=envelope_to_pb(envelope), user_handle=device.user_handle
    )
    one, same = await together(
        home.sequencer, lambda: home.portal.ask(home.portal.keys.RecordKeyAct(request))
    )
    assert same.statement.leaf_index == one.statement.leaf_index
    assert same.key_record.leaf_index == one.key_record.leaf_index


async def test_a_second_key_comes_under_the_first_and_outlives_it(home: Home) -> None:
    person, phone = await home.person(), Authenticator()
    await enrol(home, phone, person)
    session, consent = await consented(home, phone, person)
    stick = Authenticator(holder=EdDsa("a stick"))
    added = await add_key(home, session, phone, stick)
    record = subject_key_from_payload(added.key_record.envelope.payload)
    assert record.credential_id == stick.credential_id
    assert len(await keys_of(home, session)) == 2

    # the phone is lost: the stick removes it, and with it the session that it opened
    other = (await home.sign_in_with(stick)).session
    lost = next(key for key in await keys_of(home, other) if not key.is_current)
    prepared = await home.portal.ask(
        home.portal.keys.PrepareKeyRemoval(
            keys_pb.PrepareKeyRemovalRequest(
                session=other, key_id=lost.key_id, reason=keys_pb.KEY_END_LOST
            )
        )
    )
    done = await record_key_act(home, stick, prepared.payload_type, prepared.document)
    ended = subject_key_from_payload(done.key_record.envelope.payload)
    assert ended.key_id == lost.key_id
    assert ended.revoked_at is not None
    again = await record_key_act(home, stick, prepared.payload_type, prepared.document)
    assert again.key_record.envelope == done.key_record.envelope
    with pytest.raises(UnauthenticatedError):
        await home.own_consents(session)
    with pytest.raises(UnauthenticatedError):
        await home.sign_in_with(phone)

    # what the phone signed stays good, and the stick can withdraw it
    (own,) = await home.own_consents(other)
    assert (own.consent, own.state) == (consent, consent_pb2.CONSENT_STATE_GRANTED)
    act = await home.portal.ask(
        home.prepare_act(other, consents_pb.CONSENT_ACT_KIND_WITHDRAW, consent)
    )
    with_phone = await home.portal.refused(
        home.record_signed(phone, act.payload_type, act.document)
    )
    assert isinstance(with_phone, SignatureError)
    gone = await home.portal.ask(home.record_signed(stick, act.payload_type, act.document))
    assert gone.state == consent_pb2.CONSENT_STATE_WITHDRAWN


async def test_a_portal_with_a_session_can_neither_add_nor_remove_a_key_by_itself(
    home: Home,
) -> None:
    person, phone = await home.person(), Authenticator()
    await enrol(home, phone, person)
    session = (await home.sign_in_with(phone)).session
    thief = Authenticator(holder=EdDsa("the portal's own"))
    made = thief.register(await home.options(session=session))
    prepared = await home.portal.ask(
        home.portal.keys.PrepareKeyAddition(
            keys_pb.PrepareKeyAdditionRequest(session=session, registration=made)
        )
    )
    with pytest.raises(SignatureError):
        await record_key_act(home, thief, prepared.payload_type, prepared.document)
    # nor can a registration be put in another's place under the person's signature
    swapped = json.loads(prepared.document)
    swapped["id"] = swapped["id"][:-1] + ("0" if swapped["id"][-1] != "0" else "1")
    with pytest.raises(PreconditionError, match="not prepared here"):
        await record_key_act(
            home, phone, prepared.payload_type, json.dumps(swapped, indent=2).encode()
        )
    assert len(await keys_of(home, session)) == 1


async def test_keys_that_are_lost_end_at_the_counter_and_a_new_one_is_enrolled(home: Home) -> None:
    person, phone = await home.person(), Authenticator()
    await enrol(home, phone, person)
    session, consent = await consented(home, phone, person)
    answer = await home.inss.ask(
        home.inss.keys.RevokeKeys(
            keys_pb.RevokeKeysRequest(person=person, reason=keys_pb.KEY_END_LOST)
        )
    )
    assert len(answer.key_records) == 1
    with pytest.raises(UnauthenticatedError):
        await home.own_consents(session)
    other = Authenticator(holder=EdDsa("new"))
    await enrol(home, other, person)
    (own,) = await home.own_consents((await home.sign_in_with(other)).session)
    assert (own.consent, own.state) == (consent, consent_pb2.CONSENT_STATE_GRANTED)


async def test_what_a_stolen_key_signed_since_then_is_invalidated_and_what_came_before_stays(
    home: Home,
) -> None:
    person, phone = await home.person(), Authenticator()
    await enrol(home, phone, person)
    _, before = await consented(home, phone, person)
    stolen = home.clock.advance(hours=1)
    session = (await home.sign_in_with(phone)).session
    request = replace(home.request(await home.reference(person)), max_uses=2)
    second = (await home.inss.ask(home.ask_consent(request))).consent_request
    prepared = await home.portal.ask(home.prepare(session, second))
    await home.portal.ask(home.record_signed(phone, CONSENT_TYPE, prepared.document))
    request_ = keys_pb.RevokeKeysRequest(
        person=person,
        reason=keys_pb.KEY_END_COMPROMISED,
        compromise_time=timestamp(stolen - timedelta(minutes=1)),
    )
    await home.inss.ask(home.inss.keys.RevokeKeys(request_))
    other = Authenticator(holder=EdDsa("new"))
    await enrol(home, other, person)
    own = await home.own_consents((await home.sign_in_with(other)).session)
    assert {one.consent: one.state for one in own if one.consent == before} == {
        before: consent_pb2.CONSENT_STATE_GRANTED
    }
    assert [one.state for one in own if one.consent != before] == [
        consent_pb2.CONSENT_STATE_INVALIDATED
    ]


async def test_an_assertion_for_one_document_or_act_serves_no_other(home: Home) -> None:
    person, phone = await home.person(), Authenticator()
    await enrol(home, phone, person)
    session, consent = await consented(home, phone, person)
    act = await home.portal.ask(
        home.prepare_act(session, consents_pb.CONSENT_ACT_KIND_WITHDRAW, consent)
    )
    other = await home.portal.ask(
        home.prepare_act(session, consents_pb.CONSENT_ACT_KIND_WITHDRAW, consent)
    )
    signed = phone.sign(act.payload_type, act.document)
    replayed = replace(signed, payload=other.document)
    request = consents_pb.RecordConsentActRequest(envelope=envelope_to_pb(replayed))
    refused = await home.portal.refused(home.portal.consents.RecordConsentAct(request))
    assert isinstance(refused, SignatureError)
    # the withdrawal's bytes as another act: it was never prepared as one
    as_pause = await home.portal.refused(
        home.record_signed(phone, WITHDRAWAL_TYPE.replace("withdrawal", "pause"), act.document)
    )
    assert isinstance(as_pause, PreconditionError)


async def test_an_act_whose_authenticator_names_another_account_is_refused(home: Home) -> None:
    person, phone = await home.person(), Authenticator()
    await enrol(home, phone, person)
    session, consent = await consented(home, phone, person)
    act = await home.portal.ask(
        home.prepare_act(session, consents_pb.CONSENT_ACT_KIND_WITHDRAW, consent)
    )
    refused = await home.portal.refused(
        home.record_signed(phone, act.payload_type, act.document, handle=bytes(32))
    )
    assert isinstance(refused, UnauthenticatedError)
    (own,) = await home.own_consents(session)
    assert own.state == consent_pb2.CONSENT_STATE_GRANTED


async def test_only_keys_that_are_there_can_be_ended(home: Home) -> None:
    person = await home.person()
    request = keys_pb.RevokeKeysRequest(
        person=person, key_ids=[bytes(32)], reason=keys_pb.KEY_END_LOST
    )
    assert isinstance(await home.inss.refused(home.inss.keys.RevokeKeys(request)), NotFoundError)
    request.reason = keys_pb.KEY_END_COMPROMISED
    assert isinstance(
        await home.inss.refused(home.inss.keys.RevokeKeys(request)), InvalidInputError
    )
