"""What is asked, allowed and stopped, through the real service behind its guard."""

import hashlib
import json
from dataclasses import replace
from datetime import timedelta

import pytest

from portability.consent.consent_reader import read_consent, read_withdrawal
from portability.consent.document import Method
from portability.consent.identifiers import check_code
from portability.consent.payload_types import (
    CONSENT_REQUEST_TYPE,
    CONSENT_STATUS_TYPE,
    CONSENT_TYPE,
    TEMPLATE_TYPE,
    WITHDRAWAL_TYPE,
)
from portability.consent.scope import Party
from portability.consent.statements import ConsentState
from portability.errors import (
    ForbiddenError,
    InvalidInputError,
    NotFoundError,
    PreconditionError,
    SignatureError,
    UnauthenticatedError,
)
from portability.ledger.envelope import sign_envelope, statement_id, verify_envelope
from portability.ledger.keys import Ed25519Signer
from portability.node.persons.prepared import PREPARED_LIFETIME
from portability.store import access, delivery, log_tree
from portability.v1 import consent_pb2, envelope_pb2
from portability.v1 import consents_service_pb2 as pb
from portability.wire.consent import consent_status_from_payload
from portability.wire.consent_parts import grant_to_pb, state_from_pb
from portability.wire.envelope import envelope_from_pb
from portability.wire.proven import proven_from_pb, verify_logged, verify_proven
from tests.integration.consent.home import (
    CNAV_URI,
    DIRECTORY_HERE,
    IMSERSO,
    IMSERSO_URI,
    OPERATOR_URI,
    Enrolled,
    Home,
    ask_rosa,
    consent_of,
    enrol_rosa,
)
from tests.integration.store.samples import due_deliveries
from tests.unit.consent.world import (
    CNAV,
    ES_NODE,
    INSS,
    MALLORY,
    ROSA,
    TEMPLATE_BYTES,
    TEMPLATE_ID,
    grant,
)

pytestmark = pytest.mark.asyncio

ANYTHING = bytes([77]) * 32


async def standing(home: Home, rosa: Enrolled) -> ConsentState:
    pending = await home.pending(rosa.session)
    return state_from_pb(pending[-1].state)


# --- templates -----------------------------------------------------------------------------------


async def test_a_template_is_registered_once_however_often_it_is_sent(home: Home) -> None:
    assert await home.register_template() == TEMPLATE_ID
    assert await home.register_template() == TEMPLATE_ID
    async with home.database.read() as connection:
        assert (await log_tree.read_head(connection)).size == 1


async def test_the_operator_may_register_what_an_institution_signed(home: Home) -> None:
    operator = home.caller(OPERATOR_URI)
    for signer in (INSS, IMSERSO):
        await operator.ask(
            home.register(sign_envelope(TEMPLATE_TYPE, TEMPLATE_BYTES, signer), OPERATOR_URI)
        )


@pytest.mark.parametrize("signer", [MALLORY, IMSERSO, CNAV, ES_NODE])
async def test_a_template_is_signed_by_the_institution_that_registers_it(
    home: Home, signer: Ed25519Signer
) -> None:
    envelope = sign_envelope(TEMPLATE_TYPE, TEMPLATE_BYTES, signer)
    assert isinstance(await home.inss.refused(home.register(envelope)), SignatureError)


async def test_what_is_no_template_is_refused_however_well_signed(home: Home) -> None:
    for payload_type, payload in ((TEMPLATE_TYPE, b"x = 1"), (CONSENT_TYPE, TEMPLATE_BYTES)):
        envelope = sign_envelope(payload_type, payload, INSS)
        assert isinstance(await home.inss.refused(home.register(envelope)), InvalidInputError)


# --- requests ------------------------------------------------------------------------------------


async def test_the_person_sees_what_is_asked_with_its_proof(home: Home, rosa: Enrolled) -> None:
    asked = await ask_rosa(home, rosa)
    pending = await home.pending(rosa.session)
    assert [one.consent_request for one in pending] == [asked]
    assert state_from_pb(pending[0].state) is ConsentState.REQUESTED
    assert pending[0].consent == b""
    assert pending[0].content.purpose == "claim-old-age"
    verified = verify_proven(
        proven_from_pb(pending[0].statement),
        DIRECTORY_HERE,
        log_jurisdiction="ES",
        expected_types={CONSENT_REQUEST_TYPE},
        signer=("ES", "inss", "institution"),
    )
    assert verified.statement_id == asked


async def test_a_request_that_asks_for_too_much_never_reaches_the_person(
    home: Home, rosa: Enrolled
) -> None:
    await home.register_template()
    too_much = home.request(rosa.reference, grants=(grant(fields=("start_date", "salary")),))
    error = await home.inss.refused(home.ask_consent(too_much))
    assert isinstance(error, InvalidInputError)
    assert error.context["field"] == "grants"
    assert "salary" in error.message
    assert await home.pending(rosa.session) == []


async def test_nothing_is_asked_before_its_template_is_registered_by_whoever_asks(
    home: Home, rosa: Enrolled
) -> None:
    request = home.request(rosa.reference)
    assert isinstance(await home.inss.refused(home.ask_consent(request)), PreconditionError)
    await home.register_template()
    imserso = home.caller(IMSERSO_URI)
    others = replace(request, requester=Party(jurisdiction="ES", institution="imserso"))
    error = await imserso.refused(home.ask_consent(others, IMSERSO, IMSERSO_URI))
    assert isinstance(error, PreconditionError)


async def test_an_institution_asks_in_its_own_name_under_its_own_key(
    home: Home, rosa: Enrolled
) -> None:
    await home.register_template()
    request = home.request(rosa.reference)
    wrong_key = await home.inss.refused(home.ask_consent(request, MALLORY))
    assert isinstance(wrong_key, SignatureError)
    imserso = home.caller(IMSERSO_URI)
    wrong_name = await imserso.refused(home.ask_consent(request, IMSERSO, IMSERSO_URI))
    assert isinstance(wrong_name, InvalidInputError)
    assert wrong_name.context["field"] == "requester"
    abroad = home.caller(CNAV_URI)
    assert isinstance(
        await abroad.refused(home.ask_consent(request, CNAV, CNAV_URI)), ForbiddenError
    )


async def test_a_request_about_nobody_or_for_the_past_is_refused(
    home: Home, rosa: Enrolled
) -> None:
    await home.register_template()
    unknown = await home.inss.refused(home.ask_consent(home.request("ff" * 32)))
    assert isinstance(unknown, NotFoundError)
    request = home.request(rosa.reference)
    home.clock.advance(days=60)
    over = await home.inss.refused(home.ask_consent(request))
    assert isinstance(over, InvalidInputError)
    assert over.context["field"] == "not_after"


async def test_the_same_request_twice_is_one_request(home: Home, rosa: Enrolled) -> None:
    await home.register_template()
    request = home.request(rosa.reference)
    first = await home.inss.ask(home.ask_consent(request))
    assert await home.inss.ask(home.ask_consent(request)) == first
    assert len(await home.pending(rosa.session)) == 1


async def test_requests_come_in_pages(home: Home, rosa: Enrolled) -> None:
    asked = [await ask_rosa(home, rosa) for _ in range(3)]
    found: list[bytes] = []
    token = ""
    for _ in range(3):
        page = await home.portal.ask(
            home.portal.consents.ListConsentRequests(
                pb.ListConsentRequestsRequest(session=rosa.session, page_size=1, page_token=token)
            )
        )
        found += [one.consent_request for one in page.consent_requests]
        token = page.next_page_token
    assert found == asked
    assert token == ""


# --- giving --------------------------------------------------------------------------------------


async def test_rosa_signs_the_exact_document_and_everybody_can_check_it(
    home: Home, rosa: Enrolled
) -> None:
    asked = await ask_rosa(home, rosa)
    prepared = await home.portal.ask(home.prepare(rosa.session, asked, language="es"))
    consent_id = statement_id(CONSENT_TYPE, prepared.document)
    document = read_consent(prepared.document)
    assert prepared.check_code == check_code(consent_id)
    assert document.notice.sha256 == hashlib.sha256(prepared.notice).digest()
    assert document.notice.language == "es"
    assert document.request == asked
    assert document.subject == rosa.reference
    assert document.home_node == "ES"
    assert document.method is Method.SOFTWARE_KEY
    assert rosa.person.encode() not in prepared.document
    answer = await home.portal.ask(home.record(prepared.document))
    assert state_from_pb(answer.state) is ConsentState.GRANTED
    proven = proven_from_pb(answer.statement)
    assert proven.envelope.payload == prepared.document
    assert verify_logged(proven, DIRECTORY_HERE, "ES").statement_id == consent_id
    verify_envelope(proven.envelope, {CONSENT_TYPE}, {ROSA.key_id: ROSA.public})
    assert await standing(home, rosa) is ConsentState.GRANTED


async def test_rosa_may_allow_less_and_never_more(home: Home, rosa: Enrolled) -> None:
    asked = await ask_rosa(home, rosa)
    less = grant(fields=("start_date",))
    prepared = await home.portal.ask(
        home.prepare(rosa.session, asked, grants=[grant_to_pb(less)], max_uses=1)
    )
    document = read_consent(prepared.document)
    assert (document.grants, document.use.max_uses) == ((less,), 1)
    for choice in (
        {"grants": [grant_to_pb(grant(fields=("scheme",)))]},
        {"max_uses": 4},
        {"grants": [consent_pb2.ScopeGrant()]},
    ):
        error = await home.portal.refused(home.prepare(rosa.session, asked, **choice))
        assert isinstance(error, InvalidInputError)


async def test_a_document_changed_by_one_byte_is_not_the_one_that_was_prepared(
    home: Home, rosa: Enrolled
) -> None:
    prepared = await home.portal.ask(home.prepare(rosa.session, await ask_rosa(home, rosa)))
    wider = prepared.document.replace(b'"max_uses": 3', b'"max_uses": 9')
    assert wider != prepared.document
    for document in (wider, prepared.document + b"\n", prepared.document[:-1]):
        error = await home.portal.refused(home.record(document))
        assert isinstance(error, PreconditionError)
    # the portal's own layout of the same content is another document, too
    compact = json.dumps(json.loads(prepared.document)).encode()
    assert isinstance(await home.portal.refused(home.record(compact)), PreconditionError)
    assert await standing(home, rosa) is ConsentState.REQUESTED
    await home.portal.ask(home.record(prepared.document))


async def test_only_a_key_enrolled_for_rosa_makes_it_hers(home: Home, rosa: Enrolled) -> None:
    await enrol_rosa(home, MALLORY, "99/1")
    prepared = await home.portal.ask(home.prepare(rosa.session, await ask_rosa(home, rosa)))
    for signer in (MALLORY, INSS, ES_NODE):
        error = await home.portal.refused(home.record(prepared.document, signer=signer))
        assert isinstance(error, SignatureError)
    assert await standing(home, rosa) is ConsentState.REQUESTED
    await home.portal.ask(home.record(prepared.document))


async def test_a_revoked_key_signs_nothing(home: Home, rosa: Enrolled) -> None:
    asked = await ask_rosa(home, rosa)
    prepared = await home.portal.ask(home.prepare(rosa.session, asked))
    async with home.database.write() as connection:
        assert await access.revoke_subject_key(connection, ROSA.key_id, home.clock())
    assert isinstance(await home.portal.refused(home.record(prepared.document)), SignatureError)
    error = await home.portal.refused(home.prepare(rosa.session, asked))
    assert isinstance(error, UnauthenticatedError), "the sessions that it opened end with a key"


async def test_a_signature_over_another_kind_of_act_records_nothing(
    home: Home, rosa: Enrolled
) -> None:
    prepared = await home.portal.ask(home.prepare(rosa.session, await ask_rosa(home, rosa)))
    for payload_type, kind in (
        (WITHDRAWAL_TYPE, PreconditionError),
        (CONSENT_REQUEST_TYPE, InvalidInputError),
    ):
        error = await home.portal.refused(home.record(prepared.document, payload_type))
        assert isinstance(error, kind)


async def test_a_prepared_document_is_good_for_minutes(home: Home, rosa: Enrolled) -> None:
    prepared = await home.portal.ask(home.prepare(rosa.session, await ask_rosa(home, rosa)))
    home.clock.advance(seconds=PREPARED_LIFETIME.total_seconds())
    assert isinstance(await home.portal.refused(home.record(prepared.document)), PreconditionError)


async def test_sending_a_signed_consent_again_gets_the_first_answer_and_no_second_leaf(
    home: Home, rosa: Enrolled
) -> None:
    prepared = await home.portal.ask(home.prepare(rosa.session, await ask_rosa(home, rosa)))
    first = await home.portal.ask(home.record(prepared.document))
    second = await home.portal.ask(home.record(prepared.document))
    assert second.statement.leaf_index == first.statement.leaf_index
    assert second.statement.log_entry == first.statement.log_entry
    assert second.state == first.state


async def test_what_is_not_ones_own_is_as_if_it_were_not_there(home: Home, rosa: Enrolled) -> None:
    asked = await ask_rosa(home, rosa)
    given, _ = await consent_of(home, rosa, asked)
    other = await enrol_rosa(home, MALLORY, "99/1")
    not_yours = await home.portal.refused(home.prepare(other.session, asked))
    not_there = await home.portal.refused(home.prepare(other.session, ANYTHING))
    assert isinstance(not_yours, NotFoundError)
    assert not_yours.message == not_there.message
    not_yours = await home.portal.refused(home.prepare_withdrawal(other.session, given))
    not_there = await home.portal.refused(home.prepare_withdrawal(other.session, ANYTHING))
    assert isinstance(not_yours, NotFoundError)
    assert not_yours.message == not_there.message
    assert await home.pending(other.session) == []


async def test_without_a_session_nothing_is_prepared_or_shown(home: Home, rosa: Enrolled) -> None:
    asked = await ask_rosa(home, rosa)
    for call in (
        home.prepare("", asked),
        home.prepare_withdrawal("guessed", asked),
        home.portal.consents.ListConsentRequests(pb.ListConsentRequestsRequest(session="x")),
    ):
        assert isinstance(await home.portal.refused(call), UnauthenticatedError)


async def test_a_purpose_that_needs_a_surer_identity_is_refused_before_signing(home: Home) -> None:
    person = await home.person("5", level="low")
    await home.portal.ask(home.enrol(await home.code(person)))
    low = Enrolled(
        person=person,
        reference=await home.reference(person),
        session=await home.session(person),
    )
    asked = await ask_rosa(home, low)
    error = await home.portal.refused(home.prepare(low.session, asked))
    assert isinstance(error, PreconditionError)
    assert "surer" in error.message


async def test_past_its_term_a_request_has_lapsed(home: Home, rosa: Enrolled) -> None:
    asked = await ask_rosa(home, rosa)
    home.clock.advance(days=60)
    session = await home.session(rosa.person)
    pending = await home.pending(session)
    assert state_from_pb(pending[0].state) is ConsentState.LAPSED
    assert isinstance(await home.portal.refused(home.prepare(session, asked)), PreconditionError)


# --- replacing -----------------------------------------------------------------------------------


async def test_a_second_consent_on_a_request_replaces_the_first(home: Home, rosa: Enrolled) -> None:
    asked = await ask_rosa(home, rosa)
    first, _ = await consent_of(home, rosa, asked)
    second, document = await consent_of(home, rosa, asked)
    assert document.supersedes == first
    assert second != first
    old = await home.inss.ask(home.state(consent=first))
    assert state_from_pb(old.state) is ConsentState.SUPERSEDED
    assert state_from_pb((await home.inss.ask(home.state(consent=second))).state) is (
        ConsentState.GRANTED
    )


async def test_of_two_documents_prepared_at_once_the_second_is_refused(
    home: Home, rosa: Enrolled
) -> None:
    asked = await ask_rosa(home, rosa)
    one = await home.portal.ask(home.prepare(rosa.session, asked))
    other = await home.portal.ask(home.prepare(rosa.session, asked))
    await home.portal.ask(home.record(one.document))
    assert isinstance(await home.portal.refused(home.record(other.document)), PreconditionError)


# --- stopping ------------------------------------------------------------------------------------


async def withdraw(home: Home, rosa: Enrolled, given: bytes) -> pb.RecordConsentActResponse:
    prepared = await home.portal.ask(home.prepare_withdrawal(rosa.session, given))
    assert read_withdrawal(prepared.document).consent == given
    assert prepared.check_code == check_code(statement_id(WITHDRAWAL_TYPE, prepared.document))
    return await home.portal.ask(home.record(prepared.document, WITHDRAWAL_TYPE))


async def test_withdrawing_takes_effect_at_once_and_is_queued_to_every_recipient(
    home: Home, rosa: Enrolled
) -> None:
    given, _ = await consent_of(home, rosa, await ask_rosa(home, rosa))
    answer = await withdraw(home, rosa, given)
    assert state_from_pb(answer.state) is ConsentState.WITHDRAWN
    assert await standing(home, rosa) is ConsentState.WITHDRAWN
    async with home.database.read() as connection:
        key = await access.find_subject_key(connection, ROSA.key_id)
        due = await due_deliveries(connection, peer="FR", now=home.clock(), limit=10)
    assert key is not None
    envelope = envelope_from_pb(answer.statement.envelope)
    assert [row.statement_id for row in due] == [
        statement_id(envelope.payload_type, envelope.payload)
    ]
    assert due[0].exhibits == (key.key_record,)
    assert home.woken == [home.clock()]


async def test_withdrawing_again_is_the_same_withdrawal_or_refused(
    home: Home, rosa: Enrolled
) -> None:
    given, _ = await consent_of(home, rosa, await ask_rosa(home, rosa))
    two = await home.portal.ask(home.prepare_withdrawal(rosa.session, given))
    first = await withdraw(home, rosa, given)
    again = await home.portal.ask(home.record_envelope(first.statement.envelope))
    assert again.statement.leaf_index == first.statement.leaf_index
    assert again.state == first.state
    error = await home.portal.refused(home.record(two.document, WITHDRAWAL_TYPE))
    assert isinstance(error, PreconditionError)
    error = await home.portal.refused(home.prepare_withdrawal(rosa.session, given))
    assert isinstance(error, PreconditionError)
    assert "withdrawn" in error.message
    async with home.database.read() as connection:
        assert (await delivery.list_pending_peers(connection)) == {"FR": 1}


async def test_after_a_withdrawal_a_new_consent_can_be_given(home: Home, rosa: Enrolled) -> None:
    asked = await ask_rosa(home, rosa)
    first, _ = await consent_of(home, rosa, asked)
    await withdraw(home, rosa, first)
    second, document = await consent_of(home, rosa, asked)
    assert document.supersedes is None
    assert await standing(home, rosa) is ConsentState.GRANTED
    assert state_from_pb((await home.inss.ask(home.state(consent=first))).state) is (
        ConsentState.WITHDRAWN
    )
    found = await home.inss.ask(home.state(consent_request=asked))
    assert found.consent == second


# --- where it stands -----------------------------------------------------------------------------


async def test_the_requester_learns_where_its_request_stands(home: Home, rosa: Enrolled) -> None:
    asked = await ask_rosa(home, rosa)
    waiting = await home.inss.ask(home.state(consent_request=asked))
    assert state_from_pb(waiting.state) is ConsentState.REQUESTED
    assert not waiting.HasField("status")
    given, _ = await consent_of(home, rosa, asked)
    found = await home.inss.ask(home.state(consent_request=asked))
    assert found.consent == given
    status = read_status(found.status)
    assert (status.consent, status.state, status.version) == (given, ConsentState.GRANTED, 2)
    assert (str(status.recipient), status.person_reference) == ("ES/inss", rosa.reference)
    assert status.as_of == home.clock()


def read_status(envelope: envelope_pb2.Envelope) -> object:
    verified = verify_envelope(
        envelope_from_pb(envelope), {CONSENT_STATUS_TYPE}, {ES_NODE.key_id: ES_NODE.public}
    )
    return consent_status_from_payload(verified.payload)


async def test_the_portal_learns_it_for_the_person(home: Home, rosa: Enrolled) -> None:
    given, _ = await consent_of(home, rosa, await ask_rosa(home, rosa))
    found = await home.portal.ask(home.own_state(rosa.session, consent=given))
    assert str(read_status(found.status).recipient) == "ES/node"


async def test_the_portal_learns_nothing_of_whom_it_has_no_session_of(
    home: Home, rosa: Enrolled
) -> None:
    """Every id of a consent is in the public log, and a status names the person."""
    asked = await ask_rosa(home, rosa)
    given, _ = await consent_of(home, rosa, asked)
    somebody = await enrol_rosa(home, MALLORY, "28/76543210-11")
    errors = [
        await home.portal.refused(home.own_state(somebody.session, **named))
        for named in (
            {"consent": given},
            {"consent": ANYTHING},
            {"consent_request": asked},
            {"consent_request": ANYTHING},
        )
    ]
    assert {(type(error), error.message) for error in errors} == {
        (NotFoundError, "there is no such consent here")
    }
    for consent in (given, ANYTHING):
        error = await home.portal.refused(home.own_state("", consent=consent))
        assert isinstance(error, UnauthenticatedError)


async def test_to_another_institution_a_consent_is_not_there(home: Home, rosa: Enrolled) -> None:
    asked = await ask_rosa(home, rosa)
    given, _ = await consent_of(home, rosa, asked)
    imserso = home.caller(IMSERSO_URI)
    errors = [
        await imserso.refused(home.state(IMSERSO_URI, **named))
        for named in (
            {"consent": given},
            {"consent": ANYTHING},
            {"consent_request": asked},
            {"consent_request": ANYTHING},
        )
    ]
    assert {(type(error), error.message) for error in errors} == {
        (NotFoundError, "there is no such consent here")
    }
    for named in ({}, {"consent": b"short"}, {"consent_request": b"short"}):
        assert isinstance(await home.inss.refused(home.state(**named)), InvalidInputError)


async def test_a_consent_ends_by_itself(home: Home, rosa: Enrolled) -> None:
    given, document = await consent_of(home, rosa, await ask_rosa(home, rosa))
    home.clock.now = document.not_after - timedelta(seconds=1)
    assert state_from_pb((await home.inss.ask(home.state(consent=given))).state) is (
        ConsentState.GRANTED
    )
    home.clock.now = document.not_after
    assert state_from_pb((await home.inss.ask(home.state(consent=given))).state) is (
        ConsentState.EXPIRED
    )
