"""Persons, references, codes, keys and sessions, through the real service behind its guard."""

import uuid
from datetime import timedelta

import pytest

from portability.consent.payload_types import SUBJECT_KEY_TYPE
from portability.errors import (
    ForbiddenError,
    InvalidInputError,
    NotFoundError,
    PreconditionError,
    RequestIdReusedError,
    SignatureError,
    UnauthenticatedError,
)
from portability.ledger.keys import Ed25519Signer, key_id
from portability.node.persons.sessions import CHALLENGE_LIFETIME, CODE_LIFETIME, SESSION_LIFETIME
from portability.v1 import persons_service_pb2 as pb
from portability.wire.proven import proven_from_pb, verify_proven
from portability.wire.record import subject_commitment
from portability.wire.subject_key import subject_key_from_payload
from tests.integration.consent.home import (
    CNAV_URI,
    DIRECTORY_HERE,
    INSS_URI,
    NUMBER,
    PORTAL_URI,
    Enrolled,
    Home,
    enrol_rosa,
)
from tests.unit.consent.world import ES_NODE, INSS, MALLORY, ROSA

pytestmark = pytest.mark.asyncio

NOBODY = "persons/" + "00" * 16


def lookup(home: Home, number: str, jurisdiction: str = "ES", uri: str = INSS_URI) -> object:
    return home.caller(uri).persons.LookupPerson(
        pb.LookupPersonRequest(
            identifier=pb.NationalIdentifier(jurisdiction=jurisdiction, value=number)
        )
    )


def accept(home: Home, person: str, peer: str, reference: str) -> object:
    return home.inss.persons.AcceptPairwiseReference(
        pb.AcceptPairwiseReferenceRequest(person=person, peer=peer, reference=reference)
    )


def records(home: Home, session: str, **page: object) -> object:
    return home.portal.persons.ListOwnRecords(pb.ListOwnRecordsRequest(session=session, **page))


# --- who is who ----------------------------------------------------------------------------------


async def test_a_person_is_enrolled_once_however_their_number_is_written(home: Home) -> None:
    first = await home.person("28/12345678-40")
    assert await home.person("28 12345678.40") == first
    assert await home.person("28/12345678-41") != first
    assert (await home.inss.ask(lookup(home, "281234567840"))).person == first


async def test_a_name_says_nothing_about_the_person(home: Home) -> None:
    name = await home.person()
    assert name.startswith("persons/")
    assert len(bytes.fromhex(name.removeprefix("persons/"))) == 16
    assert "12345678" not in name


async def test_a_repeated_request_gets_the_first_answer_and_no_other_content(home: Home) -> None:
    request_id = str(uuid.UUID(int=1))
    first = await home.inss.ask(home.create(request_id=request_id))
    assert await home.inss.ask(home.create(request_id=request_id)) == first
    error = await home.inss.refused(home.create("99/1", request_id=request_id))
    assert isinstance(error, RequestIdReusedError)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"request_id": "1"}, "request_id"),
        ({"level": "sure"}, "identity_level"),
        ({"number": ""}, "identifier.value"),
        ({"number": "1" * 65}, "identifier.value"),
        ({"number": "28_1"}, "identifier.value"),
    ],
)
async def test_what_is_unclear_about_a_person_is_refused_without_repeating_it(
    home: Home, change: dict[str, str], field: str
) -> None:
    error = await home.inss.refused(home.create(**change))
    assert isinstance(error, InvalidInputError)
    assert error.context["field"] == field
    assert "28_1" not in error.message


async def test_a_person_is_enrolled_under_a_number_of_this_jurisdiction(home: Home) -> None:
    request = pb.CreatePersonRequest(
        request_id=str(uuid.UUID(int=2)),
        identifier=pb.NationalIdentifier(jurisdiction="FR", value=NUMBER),
        identity_level="low",
    )
    error = await home.inss.refused(home.inss.persons.CreatePerson(request))
    assert isinstance(error, InvalidInputError)
    assert error.context["field"] == "identifier.jurisdiction"


async def test_an_unknown_number_is_said_to_be_unknown_to_an_agency_only(home: Home) -> None:
    assert isinstance(await home.inss.refused(lookup(home, "77/1")), NotFoundError)
    for uri in (PORTAL_URI, CNAV_URI):
        error = await home.caller(uri).refused(lookup(home, "77/1", uri=uri))
        assert isinstance(error, ForbiddenError)


async def test_two_nodes_have_one_reference_for_a_person(home: Home) -> None:
    person = await home.person()
    made = await home.reference(person, "FR")
    assert await home.reference(person, "FR") == made
    assert await home.reference(person, "ES") != made
    assert len(bytes.fromhex(made)) == 32
    await home.inss.ask(accept(home, person, "FR", made))


async def test_a_reference_is_made_for_members_and_known_persons_alone(home: Home) -> None:
    person = await home.person()
    for name, peer, kind in ((NOBODY, "FR", NotFoundError), (person, "PT", PreconditionError)):
        request = pb.CreatePairwiseReferenceRequest(person=name, peer=peer)
        error = await home.inss.refused(home.inss.persons.CreatePairwiseReference(request))
        assert isinstance(error, kind)


async def test_a_peers_reference_is_accepted_once_and_for_one_person(home: Home) -> None:
    first, second = await home.person("1"), await home.person("2")
    reference = "ab" * 32
    await home.inss.ask(accept(home, first, "FR", reference))
    await home.inss.ask(accept(home, first, "FR", reference))
    for person, other in ((second, reference), (first, "cd" * 32)):
        error = await home.inss.refused(accept(home, person, "FR", other))
        assert isinstance(error, PreconditionError)
    assert isinstance(
        await home.inss.refused(accept(home, second, "FR", "AB" * 32)), InvalidInputError
    )
    assert isinstance(await home.inss.refused(accept(home, NOBODY, "FR", "ef" * 32)), NotFoundError)


# --- keys ----------------------------------------------------------------------------------------


async def test_an_enrolled_key_has_a_record_that_anybody_can_check(home: Home) -> None:
    person = await home.person(level="high")
    answer = await home.portal.ask(home.enrol(await home.code(person)))
    assert answer.person == person
    verified = verify_proven(
        proven_from_pb(answer.key_record),
        DIRECTORY_HERE,
        log_jurisdiction="ES",
        expected_types={SUBJECT_KEY_TYPE},
        signer=("ES", "", "node"),
    )
    key = subject_key_from_payload(verified.payload)
    assert key.public_key == ROSA.public
    assert str(key.identity_level) == "high"
    assert key.subject_commitment == subject_commitment(key.salt, person)
    assert key.valid_from == home.clock()
    assert person.encode() not in verified.payload


async def test_a_code_works_once_and_for_a_month(home: Home) -> None:
    person = await home.person()
    code = await home.code(person)
    assert len(code.replace("-", "")) == 16
    await home.portal.ask(home.enrol(code))
    again = await home.portal.refused(home.enrol(code, MALLORY))
    late_code = await home.code(person)
    home.clock.advance(seconds=CODE_LIFETIME.total_seconds())
    late = await home.portal.refused(home.enrol(late_code, MALLORY))
    unknown = await home.portal.refused(home.enrol("AAAA-BBBB-CCCC-DDDD", MALLORY))
    for error in (again, late, unknown):
        assert isinstance(error, UnauthenticatedError)
        assert error.message == unknown.message


async def test_a_key_is_enrolled_by_whoever_holds_it(home: Home) -> None:
    code = await home.code(await home.person())
    for proof in (b"", MALLORY.sign(b"portability-enrol/1\n" + code.encode()), ROSA.sign(b"x")):
        assert isinstance(await home.portal.refused(home.enrol(code, proof=proof)), SignatureError)
    # none of that used the code up
    await home.portal.ask(home.enrol(code))


async def test_a_weak_key_is_refused(home: Home) -> None:
    code = await home.code(await home.person())
    identity_point = (1).to_bytes(32, "little")
    for public in (b"", bytes(32), identity_point, b"\xff" * 32):
        request = pb.EnrolKeyRequest(
            code=code, public_key=public, proof_of_possession=identity_point + bytes(32)
        )
        error = await home.portal.refused(home.portal.persons.EnrolKey(request))
        assert isinstance(error, InvalidInputError)
        assert error.context["field"] == "public_key"


async def test_a_key_that_is_in_use_anywhere_is_refused_and_the_code_stays_good(home: Home) -> None:
    await enrol_rosa(home)
    other = await home.person("99/1")
    code = await home.code(other)
    for signer in (ROSA, INSS, ES_NODE):
        error = await home.portal.refused(home.enrol(code, signer))
        assert isinstance(error, PreconditionError)
        assert "enrolled already" in error.message
    await home.portal.ask(home.enrol(code, MALLORY))


async def test_a_code_is_made_for_a_known_person(home: Home) -> None:
    error = await home.inss.refused(
        home.inss.persons.CreateEnrolmentCode(pb.CreateEnrolmentCodeRequest(person=NOBODY))
    )
    assert isinstance(error, NotFoundError)


# --- signing in ----------------------------------------------------------------------------------


async def test_whoever_signs_the_challenge_is_in(home: Home, rosa: Enrolled) -> None:
    answer = await home.portal.ask(records(home, rosa.session))
    assert list(answer.records) == []
    assert answer.next_page_token == ""


async def test_every_failed_sign_in_gets_the_same_words(home: Home, rosa: Enrolled) -> None:
    stranger = await enrol_rosa(home, MALLORY, "99/1")
    unknown_challenge = bytes(32)
    attempts = [
        (NOBODY, await home.challenge(NOBODY), ROSA),
        (rosa.person, await home.challenge(rosa.person), MALLORY),
        (rosa.person, await home.challenge(stranger.person), ROSA),
        (stranger.person, await home.challenge(rosa.person), MALLORY),
        (rosa.person, unknown_challenge, ROSA),
        (NOBODY, await home.challenge(NOBODY), ES_NODE),
    ]
    errors = [
        await home.portal.refused(home.sign_in(person, challenge, signer))
        for person, challenge, signer in attempts
    ]
    assert {(type(error), error.message) for error in errors} == {
        (UnauthenticatedError, errors[0].message)
    }


async def test_a_challenge_is_good_for_one_attempt(home: Home, rosa: Enrolled) -> None:
    challenge = await home.challenge(rosa.person)
    await home.portal.refused(home.sign_in(rosa.person, challenge, MALLORY))
    assert isinstance(
        await home.portal.refused(home.sign_in(rosa.person, challenge)), UnauthenticatedError
    )


async def test_challenges_and_sessions_end(home: Home, rosa: Enrolled) -> None:
    challenge = await home.challenge(rosa.person)
    home.clock.advance(seconds=CHALLENGE_LIFETIME.total_seconds())
    assert isinstance(
        await home.portal.refused(home.sign_in(rosa.person, challenge)), UnauthenticatedError
    )
    session = await home.session(rosa.person)
    home.clock.advance(seconds=(SESSION_LIFETIME - timedelta(seconds=1)).total_seconds())
    await home.portal.ask(records(home, session))
    home.clock.advance(seconds=1)
    ended = await home.portal.refused(records(home, session))
    unknown = await home.portal.refused(records(home, "guessed"))
    assert isinstance(ended, UnauthenticatedError)
    assert ended.message == unknown.message


async def test_a_person_may_have_two_keys_and_sign_in_with_either(
    home: Home, rosa: Enrolled
) -> None:
    second = Ed25519Signer(bytes([50]) * 32)
    await home.portal.ask(home.enrol(await home.code(rosa.person), second))
    assert key_id(second.public) != ROSA.key_id
    for signer in (ROSA, second):
        assert await home.session(rosa.person, signer)


async def test_pages_are_asked_for_in_reason(home: Home, rosa: Enrolled) -> None:
    for page in ({"page_size": -1}, {"page_token": "x"}):
        assert isinstance(
            await home.portal.refused(records(home, rosa.session, **page)), InvalidInputError
        )


async def test_the_portal_and_the_agency_keep_to_their_own_calls(
    home: Home, rosa: Enrolled
) -> None:
    portal, inss = home.portal.persons, home.inss.persons
    for caller, call in (
        (
            home.portal,
            portal.CreateEnrolmentCode(pb.CreateEnrolmentCodeRequest(person=rosa.person)),
        ),
        (home.portal, portal.CreatePairwiseReference(pb.CreatePairwiseReferenceRequest())),
        (home.inss, inss.EnrolKey(pb.EnrolKeyRequest())),
        (home.inss, inss.CreateSession(pb.CreateSessionRequest())),
        (home.inss, inss.ListOwnReceipts(pb.ListOwnReceiptsRequest(session=rosa.session))),
    ):
        assert isinstance(await caller.refused(call), ForbiddenError)
