"""Who looked: both sides' signatures for each disclosure, and time-boxed access that is seen."""

from datetime import UTC

import grpc
import pytest

from portability.consent.opening import Ground
from portability.errors import (
    ForbiddenError,
    InvalidInputError,
    NotFoundError,
    UnauthenticatedError,
)
from portability.node.consents.confirmations import TERM, confirmation_of
from portability.store import delivery, persons, receipts
from portability.v1 import audit_service_pb2 as audit_pb
from portability.v1 import consent_pb2 as pb
from portability.v1 import persons_service_pb2 as persons_pb
from tests.integration.consent.home import Enrolled, Home

pytestmark = pytest.mark.asyncio

AUDITOR = "portability://ES/auditor/tcu"
OMBUDSPERSON = "portability://ES/ombudsperson"
CASE = "ab" * 16


async def keep_receipt(
    home: Home, person: str, *, provider: str, requester: str, statement: bytes, place: int
) -> receipts.ReceiptRow:
    async with home.database.write() as connection:
        found = await persons.find_person(connection, person)
        assert found is not None
        row = receipts.ReceiptRow(
            statement_id=statement,
            leaf_index=place,
            person=found.id,
            permission=None,
            request=statement,
            case_id=CASE,
            provider=provider,
            requester=requester,
            outcome="released",
            is_local=provider.startswith("ES"),
            create_time=home.clock(),
        )
        await receipts.add_receipt(connection, row)
    return row


async def confirmed(home: Home, row: receipts.ReceiptRow) -> pb.ReceiptConfirmation:
    async with home.database.read() as connection:
        vault = home.database.vault
        return await confirmation_of(connection, vault, row, own="ES", now=home.clock())


async def acknowledge(home: Home, statement: bytes, peer: str = "FR") -> None:
    envelope = b"\x0a\x01x"  # an Envelope with one byte of payload
    async with home.database.write() as connection:
        row = delivery.AcknowledgementRow(
            statement_id=statement,
            peer=peer,
            acknowledge_time=home.clock(),
            envelope=envelope,
        )
        await delivery.add_acknowledgements(connection, [row])


async def test_what_left_here_waits_for_the_other_sides_signature_and_turns_red_without(
    home: Home, rosa: Enrolled
) -> None:
    row = await keep_receipt(
        home, rosa.person, provider="ES/inss", requester="FR/cnav", statement=b"1" * 32, place=900
    )
    waiting = await confirmed(home, row)
    assert waiting.state == pb.CONFIRMATION_STATE_WAITING
    assert not waiting.HasField("confirm_time")
    await acknowledge(home, b"1" * 32, peer="IT")
    home.clock.advance(seconds=TERM.total_seconds())
    assert (await confirmed(home, row)).state == pb.CONFIRMATION_STATE_MISSING

    await acknowledge(home, b"1" * 32)
    late = await confirmed(home, row)
    assert late.state == pb.CONFIRMATION_STATE_CONFIRMED
    assert late.acknowledgement.payload == b"x"
    assert late.confirm_time.ToDatetime(UTC) == home.clock()


async def test_what_arrived_here_is_signed_for_and_within_one_node_one_signature_does(
    home: Home, rosa: Enrolled
) -> None:
    came = await keep_receipt(
        home, rosa.person, provider="FR/cnav", requester="ES/inss", statement=b"2" * 32, place=901
    )
    found = await confirmed(home, came)
    assert found.state == pb.CONFIRMATION_STATE_CONFIRMED
    assert found.confirm_time.ToDatetime(UTC) == home.clock()
    here = await keep_receipt(
        home, rosa.person, provider="ES/node", requester="ES/tcu", statement=b"3" * 32, place=902
    )
    assert (await confirmed(home, here)).state == pb.CONFIRMATION_STATE_NOT_NEEDED


async def read_person(home: Home, uri: str, person: str) -> list[str]:
    stub = home.caller(uri).audit
    return [
        piece.path async for piece in stub.ExportPerson(audit_pb.ExportPersonRequest(name=person))
    ]


def open_access(person: str, **changes: object) -> audit_pb.OpenAccessRequest:
    said = {"ground": "complaint", "citation": "Ley Orgánica 3/1981, Art 19", "days": 3} | changes
    return audit_pb.OpenAccessRequest(person=person, **said)  # type: ignore[arg-type]


async def own_accesses(home: Home, session: str) -> list[persons_pb.OwnAccess]:
    answer = await home.portal.ask(
        home.portal.persons.ListOwnAccesses(persons_pb.ListOwnAccessesRequest(session=session))
    )
    return list(answer.accesses)


async def test_the_ombudsperson_reads_for_the_days_that_the_person_sees_and_no_longer(
    home: Home, rosa: Enrolled
) -> None:
    ombudsperson = home.caller(OMBUDSPERSON)
    with pytest.raises(grpc.RpcError) as closed:
        await read_person(home, OMBUDSPERSON, rosa.person)
    assert closed.value.code() is grpc.StatusCode.PERMISSION_DENIED
    assert "open an access" in closed.value.details()
    with pytest.raises(grpc.RpcError) as of_nobody:
        await read_person(home, OMBUDSPERSON, "persons/" + "0" * 32)
    assert of_nobody.value.code() is closed.value.code()
    assert of_nobody.value.details() == closed.value.details(), "nor is that there is somebody"
    assert await own_accesses(home, rosa.session) == []

    opened = await ombudsperson.ask(ombudsperson.audit.OpenAccess(open_access(rosa.person)))
    (access,) = await own_accesses(home, rosa.session)
    assert access.statement.envelope == opened.statement.envelope
    assert (access.ground, access.uses) == (str(Ground.COMPLAINT), 0)
    assert (access.holder.jurisdiction, access.holder.institution) == ("ES", "ombudsperson")
    assert await read_person(home, OMBUDSPERSON, rosa.person)
    (access,) = await own_accesses(home, rosa.session)
    assert access.uses == 1

    home.clock.advance(days=3)
    with pytest.raises(grpc.RpcError):
        await read_person(home, OMBUDSPERSON, rosa.person)


async def test_an_auditors_reading_is_a_receipt_that_the_person_sees(
    home: Home, rosa: Enrolled
) -> None:
    assert await read_person(home, AUDITOR, rosa.person)
    answer = await home.portal.ask(
        home.portal.persons.ListOwnReceipts(persons_pb.ListOwnReceiptsRequest(session=rosa.session))
    )
    (receipt,) = answer.receipts
    assert receipt.content.requester.institution == "tcu"
    assert receipt.confirmation.state == pb.CONFIRMATION_STATE_NOT_NEEDED
    audited = await home.caller(AUDITOR).ask(
        home.caller(AUDITOR).audit.ListReceipts(audit_pb.ListReceiptsRequest())
    )
    assert [one.content for one in audited.receipts] == [receipt.content]


async def test_an_access_has_a_ground_a_citation_and_an_end(home: Home, rosa: Enrolled) -> None:
    ombudsperson = home.caller(OMBUDSPERSON)
    for changes in ({"days": 0}, {"days": 31}, {"ground": "curiosity"}, {"citation": ""}):
        refused = await ombudsperson.refused(
            ombudsperson.audit.OpenAccess(open_access(rosa.person, **changes))
        )
        assert isinstance(refused, InvalidInputError)
        (field,) = changes
        assert field in refused.message


async def test_nobody_else_opens_an_access_and_nobody_to_a_stranger(
    home: Home, rosa: Enrolled
) -> None:
    for uri in (AUDITOR, "portability://ES/agency/inss", "portability://ES/portal"):
        caller = home.caller(uri)
        refused = await caller.refused(caller.audit.OpenAccess(open_access(rosa.person)))
        assert isinstance(refused, ForbiddenError)
    ombudsperson = home.caller(OMBUDSPERSON)
    unknown = await ombudsperson.refused(
        ombudsperson.audit.OpenAccess(open_access("persons/" + "0" * 32))
    )
    assert isinstance(unknown, NotFoundError)
    request = persons_pb.ListOwnAccessesRequest(session="none")
    closed = await home.portal.refused(home.portal.persons.ListOwnAccesses(request))
    assert isinstance(closed, UnauthenticatedError)
