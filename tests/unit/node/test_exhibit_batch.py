"""Exhibits verified together: what one of them alone is refused with, the batch is refused with."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache

import pytest
import pytest_asyncio

from portability.core.periods import Period, PeriodType
from portability.errors import PortabilityError, SignatureError
from portability.ledger.checkpoint import Checkpoint, sign_checkpoint
from portability.ledger.envelope import MAX_SIGNATURES, add_signature, sign_envelope, statement_id
from portability.ledger.keys import Ed25519Signer, Signer
from portability.ledger.merkle import inclusion_proof, leaf_hash
from portability.node.peers.delivery_checks import DeliveryChecks, check_delivery
from portability.node.peers.exhibit_batch import verify_exhibits
from portability.node.peers.inbox_checks import MAX_EXHIBITS, verify_exhibit
from portability.node.records.workers import Verifiers
from portability.v1 import envelope_pb2
from portability.v1 import federation_service_pb2 as pb
from portability.wire.envelope import envelope_to_pb
from portability.wire.log_entry import LogEntry, log_entry_to_bytes
from portability.wire.proven import Proven, proven_to_pb
from portability.wire.record import (
    KIND,
    RECORD_TYPE,
    EntitlementRecord,
    record_to_payload,
    subject_commitment,
)
from tests.conftest import NOW
from tests.integration.recognition.world import FEDERATION, FR_LOG
from tests.plain_tree import root_of
from tests.unit.consent.world import CNAV, FR_NODE, INSS

HOUR = int(NOW.timestamp()) // 3600
STRANGER = Ed25519Signer(bytes([99]) * 32)
MONTHS = 40
MIDDLE = 23
Message = envelope_pb2.ProvenStatement


def month(number: int, institution: str = "cnav") -> EntitlementRecord:
    salt = bytes([number]) * 32
    return EntitlementRecord(
        salt=salt,
        subject_commitment=subject_commitment(salt, "persons/" + "0" * 32),
        jurisdiction="FR",
        institution=institution,
        issue_date=date(2025, 1, 15),
        supersedes=b"",
        content=Period(
            id="",
            jurisdiction="FR",
            institution=institution,
            type=PeriodType.COMPULSORY_EMPLOYED,
            start=date(1990 + number // 12, number % 12 + 1, 1),
            end=date(1990 + number // 12, number % 12 + 1, 28),
        ),
    )


def logged(
    odd: EntitlementRecord | None = None,
    *,
    signer: Signer = CNAV,
    named: Signer = CNAV,
    hour: int = HOUR,
    kind: str = KIND,
    log: Signer = FR_LOG,
) -> list[Message]:
    """A history as its log proves it; one in the middle may be odd."""
    proven = []
    for number in range(MONTHS):
        is_odd = number == MIDDLE
        record = odd if is_odd and odd is not None else month(number)
        envelope = sign_envelope(RECORD_TYPE, record_to_payload(record), signer if is_odd else CNAV)
        entry = LogEntry(
            kind=kind if is_odd else KIND,
            statement_id=statement_id(RECORD_TYPE, envelope.payload),
            key_id=(named if is_odd else CNAV).key_id,
            accepted_hour=hour if is_odd else HOUR,
        )
        proven.append((envelope, log_entry_to_bytes(entry)))
    leaves = [leaf_hash(entry) for _, entry in proven]

    @cache
    def read(level: int, index: int) -> bytes:
        return root_of(leaves[index << level : (index + 1) << level])

    head = Checkpoint(origin=FEDERATION.member("FR").log_origin, size=MONTHS, root=root_of(leaves))
    note = sign_checkpoint(head, log)
    return [
        proven_to_pb(
            Proven(
                envelope=envelope,
                log_entry=entry,
                leaf_index=index,
                proof=inclusion_proof(index, MONTHS, read),
                checkpoint=note,
            )
        )
        for index, (envelope, entry) in enumerate(proven)
    ]


def changed(change: Callable[[Message], None]) -> list[Message]:
    messages = logged()
    change(messages[MIDDLE])
    return messages


def _wrong_signature(message: Message) -> None:
    envelope = message.envelope
    envelope.signatures[0].sig = CNAV.sign(b"something else")


def _many_signatures(message: Message) -> None:
    for _ in range(MAX_SIGNATURES):
        message.envelope.signatures.add()


def _other_payload(message: Message) -> None:
    message.envelope.payload = record_to_payload(month(MIDDLE + 100))


def _no_signature(message: Message) -> None:
    del message.envelope.signatures[:]


def _other_type(message: Message) -> None:
    message.envelope.payload_type = "application/vnd.portability.determination.v1+protobuf"


def _unknown_in_leaf(message: Message) -> None:
    message.log_entry += b"\xf8\x01\x01"


def _moved(message: Message) -> None:
    message.leaf_index -= 1


def _first_hash(message: Message) -> None:
    message.inclusion_proof = bytes(32) + message.inclusion_proof[32:]


def _last_hash(message: Message) -> None:
    message.inclusion_proof = message.inclusion_proof[:-32] + bytes(32)


def _half_a_hash(message: Message) -> None:
    message.inclusion_proof += bytes(16)


def _disclosed(message: Message) -> None:
    message.disclosures.append("W10")


def _other_head(message: Message) -> None:
    message.checkpoint = logged(log=STRANGER)[MIDDLE].checkpoint


LIES: dict[str, Callable[[], list[Message]]] = {
    "a signature of something else": lambda: changed(_wrong_signature),
    "more signatures than anybody looks at": lambda: changed(_many_signatures),
    "no signature": lambda: changed(_no_signature),
    "another payload": lambda: changed(_other_payload),
    "another type": lambda: changed(_other_type),
    "a leaf with more in it": lambda: changed(_unknown_in_leaf),
    "a place that is its neighbour's": lambda: changed(_moved),
    "a proof with another first hash": lambda: changed(_first_hash),
    "a proof with another last hash": lambda: changed(_last_hash),
    "a proof with half a hash": lambda: changed(_half_a_hash),
    "a field disclosed of a record in clear": lambda: changed(_disclosed),
    "a checkpoint that the log did not sign": lambda: changed(_other_head),
    "a stranger's signature": lambda: logged(signer=STRANGER),
    "a stranger's key in the leaf": lambda: logged(signer=STRANGER, named=STRANGER),
    "a node's key": lambda: logged(signer=FR_NODE, named=FR_NODE),
    "another institution's key": lambda: logged(signer=INSS, named=INSS),
    "another institution's name": lambda: logged(month(MIDDLE, institution="carsat")),
    "an hour before the key was valid": lambda: logged(hour=1),
    "a leaf of another kind": lambda: logged(kind="determination"),
}


def test_a_history_verified_together_is_what_each_of_its_records_is_alone() -> None:
    messages = logged()

    together = verify_exhibits(messages, FEDERATION)

    assert list(together) == [verify_exhibit(one, FEDERATION) for one in messages]
    assert [one.record.period.id for one in together if one.record] == [
        one.statement_id.hex() for one in together
    ]


@pytest.mark.parametrize("lie", LIES)
def test_one_lie_in_a_history_is_refused_as_it_is_alone_and_named(lie: str) -> None:
    messages = LIES[lie]()
    with pytest.raises(PortabilityError) as alone:
        verify_exhibit(messages[MIDDLE], FEDERATION)

    with pytest.raises(type(alone.value)) as together:
        verify_exhibits(messages, FEDERATION)

    place = f"exhibit {MIDDLE + 1} of {MONTHS}: "
    assert together.value.message == place + alone.value.message
    assert together.value.context == {**alone.value.context, "exhibit": str(MIDDLE + 1)}


@pytest.mark.parametrize("signers", [(STRANGER, CNAV), (CNAV, STRANGER)], ids=["last", "first"])
def test_a_record_that_somebody_else_signed_as_well_is_a_record(
    signers: tuple[Signer, Signer],
) -> None:
    messages = logged()
    first, second = signers
    envelope = sign_envelope(RECORD_TYPE, messages[MIDDLE].envelope.payload, first)
    both = envelope_to_pb(add_signature(envelope, second))
    messages[MIDDLE].envelope.CopyFrom(both)

    assert list(verify_exhibits(messages, FEDERATION)) == [
        verify_exhibit(one, FEDERATION) for one in messages
    ]


def test_a_key_that_became_valid_only_later_signs_nothing_in_a_history() -> None:
    later = datetime.fromtimestamp((HOUR + 1) * 3600, UTC)
    entries = tuple(
        replace(one, valid_from=later) if one.public == CNAV.public else one
        for one in FEDERATION.entries
    )

    with pytest.raises(SignatureError, match="signed by 0 of the trusted keys"):
        verify_exhibits(logged(), replace(FEDERATION, entries=entries))


def test_a_key_that_was_cut_off_in_that_hour_signs_nothing_in_a_history() -> None:
    within = datetime.fromtimestamp(HOUR * 3600 + 60, UTC)
    entries = tuple(
        replace(one, cutoff=within) if one.public == CNAV.public else one
        for one in FEDERATION.entries
    )

    with pytest.raises(SignatureError, match="cut off") as refused:
        verify_exhibits(logged(), replace(FEDERATION, entries=entries))

    assert refused.value.context["exhibit"] == "1"


@pytest_asyncio.fixture
async def checks() -> AsyncIterator[DeliveryChecks]:
    """Deliveries whose signatures two other processes verify."""
    verifiers = Verifiers(2)
    verifiers.start()
    yield DeliveryChecks(verifiers)
    verifiers.close()


@pytest.mark.asyncio
async def test_a_wrong_signature_among_many_that_others_verify_is_that_records(
    checks: DeliveryChecks,
) -> None:
    for messages in (LIES["a signature of something else"](), LIES["a stranger's signature"]()):
        delivery = pb.Delivery(position=1, statement=messages[0], exhibits=messages)
        checked = await checks.check(delivery, FEDERATION, "FR")
        refusal = checked.verified
        assert isinstance(refusal, SignatureError)
        assert refusal.context["exhibit"] == str(MIDDLE + 1)


@pytest.mark.asyncio
async def test_a_delivery_is_judged_alike_here_and_by_other_processes(
    checks: DeliveryChecks,
) -> None:
    delivery = pb.Delivery(position=7, statement=logged()[0], exhibits=logged())
    there = await checks.check(delivery, FEDERATION, "FR")
    here = check_delivery(delivery, FEDERATION, "FR")
    assert (there.position, there.statement_id, there.raw()) == (
        here.position,
        here.statement_id,
        here.raw(),
    )
    # the exhibits hold; a record is nothing that a node delivers by itself
    assert isinstance(there.verified, PortabilityError)
    assert isinstance(here.verified, PortabilityError)
    assert there.verified.message == here.verified.message
    assert "exhibit" not in there.verified.context


@pytest.mark.asyncio
async def test_more_exhibits_than_a_statement_may_have_are_not_looked_at(
    checks: DeliveryChecks,
) -> None:
    some = logged()[0]
    delivery = pb.Delivery(position=1, statement=some, exhibits=[Message()] * (MAX_EXHIBITS + 1))
    for checked in (
        await checks.check(delivery, FEDERATION, "FR"),
        check_delivery(delivery, FEDERATION, "FR"),
    ):
        assert isinstance(checked.verified, PortabilityError)
        assert "more than" in checked.verified.message
