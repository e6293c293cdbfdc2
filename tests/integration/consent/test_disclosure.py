"""From the home node's log to the provider's gate, and back to what the person sees."""

from dataclasses import replace
from datetime import date, datetime

import pytest

from portability.consent.causes import RefusalCause
from portability.consent.consent_reader import read_consent
from portability.consent.gate import Granted, Refused, decide
from portability.consent.identifiers import uuid7
from portability.consent.payload_types import (
    CONSENT_TYPE,
    RECEIPT_TYPE,
    SUBJECT_KEY_TYPE,
    TEMPLATE_TYPE,
    WITHDRAWAL_TYPE,
)
from portability.consent.permission import (
    ConsentPermission,
    DisclosureRequest,
    Logged,
    Uses,
)
from portability.consent.receipt import DisclosureReceipt, Release, build_receipt
from portability.consent.scope import Action, Party
from portability.consent.statements import ConsentState
from portability.core.periods import Branch, Period, PeriodType
from portability.errors import ConsentError
from portability.ledger.envelope import Envelope, sign_envelope, statement_id
from portability.node.consents.standing import consent_exhibits
from portability.node.log.write import NewStatement, RecordEntry, Write
from portability.node.records.receipts import keep_receipt
from portability.store import log, log_tree, persons
from portability.v1 import persons_service_pb2 as pb
from portability.wire.consent import READERS
from portability.wire.consent_parts import state_from_pb
from portability.wire.envelope import envelope_to_bytes
from portability.wire.proven import Proven, proven_from_pb, verify_logged, verify_proven
from portability.wire.receipt import receipt_from_payload, receipt_to_payload
from portability.wire.record import (
    RECORD_TYPE,
    EntitlementRecord,
    record_to_payload,
    subject_commitment,
)
from tests.integration.consent.home import (
    DIRECTORY_HERE,
    Enrolled,
    Home,
    ask_rosa,
    consent_of,
)
from tests.unit.consent.world import (
    AGREEMENT,
    AT_CNAV,
    AT_INSS,
    ES_NODE,
    FR_NODE,
    INSS,
    ROSA_IN_FRANCE,
    grant,
)

pytestmark = pytest.mark.asyncio

FRANCE = Party(jurisdiction="FR")
ANYTHING = bytes([77]) * 32


async def exhibits(home: Home, consent: bytes) -> tuple[Proven, ...]:
    """What a history request that names the consent comes with."""
    async with home.database.read() as connection:
        ids = await consent_exhibits(connection, home.database.vault, consent)
    return tuple(await home.prover.prove(ids))


def logged(proven: Proven, accepted: datetime) -> Logged:
    return Logged(envelope=proven.envelope, accepted_at=accepted)


async def permission(home: Home, consent: bytes) -> ConsentPermission:
    """The provider's side: verify each proof, then hand the envelopes to the gate."""
    given, key, template, _ = await exhibits(home, consent)
    verify_logged(given, DIRECTORY_HERE, "ES")
    signers = ((key, SUBJECT_KEY_TYPE, ("ES", "", "node")),)
    signers += ((template, TEMPLATE_TYPE, ("ES", "inss", "institution")),)
    accepted = [
        verify_proven(
            proven,
            DIRECTORY_HERE,
            log_jurisdiction="ES",
            expected_types={expected},
            signer=signer,
        ).accepted
        for proven, expected, signer in signers
    ]
    status = await home.statuses.issue(consent, FRANCE)
    return ConsentPermission(
        home_node="ES",
        consent=logged(given, accepted[0]),
        key_record=logged(key, accepted[0]),
        template=logged(template, accepted[1]),
        status=status.envelope,
    )


def request_of(home: Home, reference: str, **changes: object) -> DisclosureRequest:
    base = DisclosureRequest(
        statement=bytes([60]) * 32,
        key_id=INSS.key_id,
        peer="ES",
        requester=AT_INSS,
        provider=AT_CNAV,
        person_reference=reference,
        purpose="claim-old-age",
        agreement=AGREEMENT.id,
        agreement_version=AGREEMENT.version,
        asked=grant(actions=(Action.STORE,)),
        case_id="0c" * 16,
        received_at=home.clock(),
    )
    return replace(base, **changes)


async def at_the_gate(
    home: Home, rosa: Enrolled, consent: bytes, **changes: object
) -> tuple[DisclosureRequest, Granted | Refused]:
    reference = await home.reference(rosa.person, "FR")
    request = request_of(home, reference, **changes)
    decision = decide(
        permission=await permission(home, consent),
        request=request,
        agreement=AGREEMENT,
        directory=DIRECTORY_HERE,
        now=home.clock(),
        uses=Uses(),
        references={("ES", reference): ROSA_IN_FRANCE},
        readers=READERS,
    )
    return request, decision


async def leave_receipt(
    home: Home, rosa: Enrolled, receipt: DisclosureReceipt, *, is_local: bool
) -> bytes:
    """As the inbox does with the receipt that a provider sends home."""
    payload = receipt_to_payload(receipt)
    envelope = sign_envelope(RECEIPT_TYPE, payload, FR_NODE)
    receipt_id = statement_id(RECEIPT_TYPE, payload)

    async def work(write: Write) -> None:
        person = await persons.find_person(write.connection, rosa.person)
        assert person is not None
        row = await write.log(
            NewStatement(
                envelope=envelope,
                statement_id=receipt_id,
                kind="disclosure-receipt",
                key_id=FR_NODE.key_id,
                person=person.id,
            )
        )
        await keep_receipt(write, receipt, row, person=person.id, case_id=None, is_local=is_local)

    await home.sequencer.run(work)
    return receipt_id


def receipt_for(
    home: Home, request: DisclosureRequest, decision: Granted | Refused, consent: bytes
) -> DisclosureReceipt:
    release = Release(record_count=2, payload_digest=bytes([61]) * 32)
    return build_receipt(
        request,
        decision,
        release=release if isinstance(decision, Granted) else None,
        permission=consent,
        receipt_id=uuid7(home.clock(), home.randomness(10)),
        salt=home.randomness(32),
        now=home.clock(),
    )


async def state_of(home: Home, consent: bytes) -> ConsentState:
    return state_from_pb((await home.inss.ask(home.state(consent=consent))).state)


async def own_receipts(home: Home, rosa: Enrolled, **page: object) -> pb.ListOwnReceiptsResponse:
    return await home.portal.ask(
        home.portal.persons.ListOwnReceipts(pb.ListOwnReceiptsRequest(session=rosa.session, **page))
    )


async def test_what_rosa_signed_at_home_opens_the_gate_abroad(home: Home, rosa: Enrolled) -> None:
    consent, document = await consent_of(home, rosa, await ask_rosa(home, rosa))
    _, decision = await at_the_gate(home, rosa, consent)
    assert isinstance(decision, Granted), decision
    assert not decision.partial
    assert decision.permission_id == consent
    assert decision.erase_by == document.retention.erase_by


async def test_another_branch_stays_shut(home: Home, rosa: Enrolled) -> None:
    consent, _ = await consent_of(home, rosa, await ask_rosa(home, rosa))
    survivors = grant(actions=(Action.STORE,), branches=(Branch.SURVIVORS,))
    _, decision = await at_the_gate(home, rosa, consent, asked=survivors)
    assert isinstance(decision, Refused)
    assert decision.cause is RefusalCause.BRANCH_OUTSIDE


async def test_after_withdrawal_the_gate_is_shut_by_the_next_status(
    home: Home, rosa: Enrolled
) -> None:
    consent, _ = await consent_of(home, rosa, await ask_rosa(home, rosa))
    prepared = await home.portal.ask(home.prepare_withdrawal(rosa.session, consent))
    await home.portal.ask(home.record(prepared.document, WITHDRAWAL_TYPE))
    _, decision = await at_the_gate(home, rosa, consent)
    assert isinstance(decision, Refused)
    assert (decision.cause, decision.status_version) == (RefusalCause.WITHDRAWN, 3)


async def test_rosa_sees_who_looked_and_what_was_refused(home: Home, rosa: Enrolled) -> None:
    consent, _ = await consent_of(home, rosa, await ask_rosa(home, rosa))
    request, granted = await at_the_gate(home, rosa, consent)
    survivors = grant(actions=(Action.STORE,), branches=(Branch.SURVIVORS,))
    refused_request, refused = await at_the_gate(home, rosa, consent, asked=survivors)
    made = [
        await leave_receipt(home, rosa, receipt_for(home, one, decision, consent), is_local=False)
        for one, decision in ((request, granted), (refused_request, refused))
    ]
    first = await own_receipts(home, rosa, page_size=1)
    second = await own_receipts(home, rosa, page_size=1, page_token=first.next_page_token)
    assert second.next_page_token == ""
    shown = [*first.receipts, *second.receipts]
    for expected, receipt in zip(made, shown, strict=True):
        proven = proven_from_pb(receipt.statement)
        assert verify_logged(proven, DIRECTORY_HERE, "ES").statement_id == expected
        assert receipt_from_payload(proven.envelope.payload).case_digest == (
            receipt.content.case_digest
        )
    assert [receipt.content.cause for receipt in shown] == ["", "branch-outside"]


async def test_uses_at_a_provider_exhaust_a_consent_at_home(home: Home, rosa: Enrolled) -> None:
    consent, _ = await consent_of(home, rosa, await ask_rosa(home, rosa, max_uses=2))
    request, granted = await at_the_gate(home, rosa, consent)
    refused = Refused(cause=RefusalCause.TOO_SOON, permission_id=consent, status_version=2)
    for decision, expected in (
        (granted, ConsentState.GRANTED),
        (refused, ConsentState.GRANTED),
        (granted, ConsentState.EXHAUSTED),
    ):
        home.clock.advance(seconds=10)
        receipt = receipt_for(home, request, decision, consent)
        await leave_receipt(home, rosa, receipt, is_local=False)
        assert await state_of(home, consent) is expected
    _, decision = await at_the_gate(home, rosa, consent)
    assert isinstance(decision, Refused)
    assert decision.cause is RefusalCause.EXHAUSTED


async def test_a_status_is_for_those_whom_the_consent_concerns_and_alike_for_all_others(
    home: Home, rosa: Enrolled
) -> None:
    consent, _ = await consent_of(home, rosa, await ask_rosa(home, rosa))
    for one, recipient in (
        (consent, FRANCE),  # no reference to Rosa is known between the two nodes
        (ANYTHING, FRANCE),
        (consent, Party(jurisdiction="PT")),
        (consent, AT_CNAV),
        (consent, Party(jurisdiction="ES", institution="imserso")),
    ):
        with pytest.raises(ConsentError):
            await home.statuses.issue(one, recipient)
    await home.reference(rosa.person, "FR")
    issued = await home.statuses.issue(consent, FRANCE)
    assert issued.state is ConsentState.GRANTED
    status = READERS.status(issued.envelope.payload)
    assert status.person_reference == await home.reference(rosa.person, "FR")
    await home.prover.prove([statement_id(issued.envelope.payload_type, issued.envelope.payload)])


async def test_the_exhibits_of_a_consent_are_in_the_log_and_of_no_other_thing(
    home: Home, rosa: Enrolled
) -> None:
    asked = await ask_rosa(home, rosa)
    consent, document = await consent_of(home, rosa, asked)
    given, key, template, request = await exhibits(home, consent)
    assert read_consent(given.envelope.payload) == document
    assert given.envelope.payload_type == CONSENT_TYPE
    assert key.envelope.payload_type == SUBJECT_KEY_TYPE
    assert statement_id(TEMPLATE_TYPE, template.envelope.payload) == document.purpose.template
    assert statement_id(request.envelope.payload_type, request.envelope.payload) == asked
    async with home.database.read() as connection:
        with pytest.raises(ConsentError):
            await consent_exhibits(connection, home.database.vault, ANYTHING)


async def test_rosa_sees_her_own_records_in_log_order_and_nobody_elses(
    home: Home, rosa: Enrolled
) -> None:
    other = await home.person("99/1")
    names = [rosa.person, other, rosa.person, rosa.person]
    ids = [await keep_record(home, name, number) for number, name in enumerate(names)]
    own = [one for one, name in zip(ids, names, strict=True) if name == rosa.person]
    found: list[str] = []
    token = ""
    while True:
        page = await home.portal.ask(
            home.portal.persons.ListOwnRecords(
                pb.ListOwnRecordsRequest(session=rosa.session, page_size=2, page_token=token)
            )
        )
        for record in page.records:
            assert record.person == rosa.person
            verify_logged(proven_from_pb(record.statement), DIRECTORY_HERE, "ES")
        found += [record.name for record in page.records]
        token = page.next_page_token
        if not token:
            break
    assert found == [f"records/{one.hex()}" for one in own]


async def keep_record(home: Home, name: str, number: int) -> bytes:
    salt = bytes([number]) * 32
    payload = record_to_payload(
        EntitlementRecord(
            salt=salt,
            subject_commitment=subject_commitment(salt, name),
            jurisdiction="ES",
            institution="inss",
            issue_date=date(2026, 1, 1),
            supersedes=b"",
            content=Period(
                id="",
                jurisdiction="ES",
                type=PeriodType.COMPULSORY_EMPLOYED,
                start=date(1990 + number, 1, 1),
                end=date(1990 + number, 12, 31),
                institution="inss",
            ),
        )
    )
    envelope: Envelope = sign_envelope(RECORD_TYPE, payload, INSS)
    record = statement_id(RECORD_TYPE, payload)
    async with home.database.read() as connection:
        person = await persons.find_person(connection, name)
    assert person is not None
    await home.sequencer.log_records(
        [
            RecordEntry(
                statement_id=record,
                key_id=INSS.key_id,
                person=person.id,
                envelope=envelope_to_bytes(envelope),
            )
        ]
    )
    return record


async def test_nothing_about_rosa_is_in_what_the_log_shows(home: Home, rosa: Enrolled) -> None:
    await consent_of(home, rosa, await ask_rosa(home, rosa))
    async with home.database.read() as connection:
        head = await log_tree.read_head(connection)
        entries = await log.read_log_entries(connection, 0, head.size)
    assert head.size == len(entries) >= 4
    joined = b"".join(entries)
    for secret in (rosa.person, rosa.reference, rosa.session):
        assert secret.encode() not in joined
    assert ES_NODE.key_id in joined
