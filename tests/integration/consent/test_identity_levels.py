"""Who somebody is, by more than papers; and who asks for a surer identity than there is."""

import pytest

from portability.consent.document import IdentityLevel
from portability.consent.identity_evidence import read_assessment
from portability.errors import InvalidInputError, NotFoundError, PreconditionError
from portability.ledger.keys import Ed25519Signer
from portability.v1 import persons_service_pb2 as pb
from portability.wire.record import subject_commitment
from portability.wire.subject_key import subject_key_from_payload
from tests.integration.consent.home import Home

pytestmark = [
    pytest.mark.asyncio,
]


async def assess(home: Home, person: str, *kinds: str) -> pb.AssessIdentityResponse:
    return await home.inss.ask(
        home.inss.persons.AssessIdentity(
            pb.AssessIdentityRequest(
                person=person,
                evidence=[
                    pb.IdentityEvidence(kind=kind, source=f"source-{place}")
                    for place, kind in enumerate(kinds)
                ],
            )
        )
    )


async def test_whoever_has_no_papers_is_known_well_enough_by_others_and_can_consent(
    home: Home,
) -> None:
    person = await home.person(level="low")
    await home.register_template()
    await home.portal.ask(home.enrol(await home.code(person)))
    request = home.request(await home.reference(person))
    asked = (await home.inss.ask(home.ask_consent(request))).consent_request
    session = await home.session(person)
    refused = await home.portal.refused(home.prepare(session, asked))
    assert isinstance(refused, PreconditionError)
    assert "proof of identity" in refused.message

    first = await assess(home, person, "vouching")
    assert first.identity_level == "low"
    assert "substantial" in first.missing
    made = await assess(home, person, "vouching", "contribution-record")
    assert made.identity_level == "substantial"
    said = read_assessment(made.statement.envelope.payload)
    assert said.level is IdentityLevel.SUBSTANTIAL
    assert said.subject_commitment == subject_commitment(said.nonce, person)

    other = Ed25519Signer(bytes([88]) * 32)
    enrolled = await home.portal.ask(home.enrol(await home.code(person), other))
    record = subject_key_from_payload(enrolled.key_record.envelope.payload)
    assert record.identity_level is IdentityLevel.SUBSTANTIAL
    session = await home.session(person, other)
    prepared = await home.portal.ask(home.prepare(session, asked))
    await home.portal.ask(home.record(prepared.document, signer=other))


async def test_an_assessment_never_takes_a_level_away_and_knows_its_kinds(home: Home) -> None:
    person = await home.person(level="high")
    assert (await assess(home, person, "vouching")).identity_level == "high"
    for kinds, who, error in (
        (("looks-honest",), person, InvalidInputError),
        ((), person, InvalidInputError),
        (("passport",), "persons/" + "0" * 32, NotFoundError),
    ):
        refused = await home.inss.refused(
            home.inss.persons.AssessIdentity(
                pb.AssessIdentityRequest(
                    person=who,
                    evidence=[pb.IdentityEvidence(kind=one, source="x") for one in kinds],
                )
            )
        )
        assert isinstance(refused, error)
