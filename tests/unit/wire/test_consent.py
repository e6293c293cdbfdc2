"""Payloads about permissions: each value comes back as it was, and nothing unclear is read."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from portability.consent.statements import ConsentState, ConsentStatus
from portability.errors import InvalidInputError
from portability.v1 import consent_pb2 as pb
from portability.wire.consent import (
    consent_request_from_payload,
    consent_request_to_payload,
    consent_status_from_payload,
    consent_status_to_payload,
)
from portability.wire.consent_parts import (
    MAX_PAYLOAD_BYTES,
    grants_from_pb,
    state_from_pb,
    state_to_pb,
)
from portability.wire.receipt import receipt_from_payload, receipt_to_payload
from portability.wire.subject_key import subject_key_from_payload, subject_key_to_payload
from tests.unit.consent.test_receipt import REFUSED, RELEASED
from tests.unit.consent.test_statements import PASSKEY, STATUS
from tests.unit.consent.world import KEY, NOW, REQUEST

REVOKED = replace(KEY, revoked_at=NOW)


def test_a_request_comes_back_as_it_was() -> None:
    assert consent_request_from_payload(consent_request_to_payload(REQUEST)) == REQUEST


@pytest.mark.parametrize("state", list(ConsentState))
def test_a_status_comes_back_as_it_was_in_every_state(state: ConsentState) -> None:
    status: ConsentStatus = replace(STATUS, state=state)
    assert consent_status_from_payload(consent_status_to_payload(status)) == status


@pytest.mark.parametrize("key", [KEY, REVOKED, PASSKEY], ids=["software", "revoked", "passkey"])
def test_a_key_record_comes_back_as_it_was(key: object) -> None:
    assert subject_key_from_payload(subject_key_to_payload(key)) == key  # type: ignore[arg-type]


@pytest.mark.parametrize("receipt", [RELEASED, REFUSED], ids=["released", "refused"])
def test_a_receipt_comes_back_as_it_was(receipt: object) -> None:
    assert receipt_from_payload(receipt_to_payload(receipt)) == receipt  # type: ignore[arg-type]


Reader = Callable[[bytes], object]

READERS: dict[str, tuple[Reader, bytes]] = {
    "request": (consent_request_from_payload, consent_request_to_payload(REQUEST)),
    "status": (consent_status_from_payload, consent_status_to_payload(STATUS)),
    "key": (subject_key_from_payload, subject_key_to_payload(KEY)),
    "receipt": (receipt_from_payload, receipt_to_payload(RELEASED)),
}


@pytest.mark.parametrize("name", READERS)
def test_bytes_that_mean_nothing_here_are_refused(name: str) -> None:
    reader, payload = READERS[name]
    unknown_field = b"\xfa\x3f\x01x"
    for data in (
        b"",
        b"\xff",
        payload[:-1],
        payload + unknown_field,
        payload + payload,
        bytes(MAX_PAYLOAD_BYTES + 1),
    ):
        with pytest.raises(InvalidInputError):
            reader(data)


def _changed(message: type, payload: bytes, change: Callable[..., None]) -> bytes:
    found = message.FromString(payload)
    change(found)
    return found.SerializeToString()


def _set(**values: object) -> Callable[..., None]:
    def change(message: object) -> None:
        for name, value in values.items():
            setattr(message, name, value)

    return change


def _clear(name: str) -> Callable[..., None]:
    def change(message: object) -> None:
        message.ClearField(name)  # type: ignore[attr-defined]

    return change


def _party(**values: str) -> Callable[..., None]:
    def change(message: object) -> None:
        for name, value in values.items():
            setattr(message.requester, name, value)  # type: ignore[attr-defined]

    return change


def _grant(**values: object) -> Callable[..., None]:
    def change(message: object) -> None:
        for name, value in values.items():
            if isinstance(value, list):
                getattr(message.grants[0], name)[:] = value  # type: ignore[attr-defined]
            else:
                setattr(message.grants[0], name, value)  # type: ignore[attr-defined]

    return change


def _nanos(message: object) -> None:
    message.not_after.nanos = 1  # type: ignore[attr-defined]


def _far(message: object) -> None:
    message.not_after.seconds = 2**62  # type: ignore[attr-defined]


REFUSED_CHANGES: list[tuple[str, type, Callable[..., None], str]] = [
    ("request", pb.ConsentRequest, _set(salt=b"short"), "salt"),
    ("request", pb.ConsentRequest, _clear("requester"), "jurisdiction"),
    ("request", pb.ConsentRequest, _party(jurisdiction="es"), "jurisdiction"),
    ("request", pb.ConsentRequest, _party(institution=""), "requester"),
    ("request", pb.ConsentRequest, _clear("providers"), "providers"),
    ("request", pb.ConsentRequest, _clear("grants"), "grants"),
    ("request", pb.ConsentRequest, _grant(branches=["*"]), "branches"),
    ("request", pb.ConsentRequest, _grant(actions=["SELL"]), "actions"),
    ("request", pb.ConsentRequest, _grant(from_date="1980"), "from_date"),
    ("request", pb.ConsentRequest, _grant(to_date="2025-02-30"), "to_date"),
    ("request", pb.ConsentRequest, _set(template=b"x"), "template"),
    ("request", pb.ConsentRequest, _clear("not_before"), "not_before"),
    ("request", pb.ConsentRequest, _nanos, "not_after"),
    ("request", pb.ConsentRequest, _far, "not_after"),
    ("request", pb.ConsentRequest, _set(max_uses=0), "max_uses"),
    ("request", pb.ConsentRequest, _set(erase_by="soon"), "erase_by"),
    ("status", pb.ConsentStatus, _set(state=0), "state"),
    ("status", pb.ConsentStatus, _set(state=99), "state"),
    ("status", pb.ConsentStatus, _set(version=0), "version"),
    ("status", pb.ConsentStatus, _clear("as_of"), "as_of"),
    ("key", pb.SubjectKeyRecord, _set(method="voice"), "method"),
    ("key", pb.SubjectKeyRecord, _set(identity_level="sure"), "identity_level"),
    ("key", pb.SubjectKeyRecord, _set(public_key=bytes(32)), "public_key"),
    ("key", pb.SubjectKeyRecord, _clear("valid_from"), "valid_from"),
    ("receipt", pb.DisclosureReceipt, _set(schema="disclosure-receipt/2"), "schema"),
    ("receipt", pb.DisclosureReceipt, _set(outcome=0), "outcome"),
    ("receipt", pb.DisclosureReceipt, _set(outcome=99), "outcome"),
    ("receipt", pb.DisclosureReceipt, _set(cause="because"), "cause"),
    ("receipt", pb.DisclosureReceipt, _set(erase_by="never"), "erase_by"),
    ("receipt", pb.DisclosureReceipt, _clear("request_time"), "request_time"),
]


@pytest.mark.parametrize(
    ("name", "message", "change", "field"),
    REFUSED_CHANGES,
    ids=[f"{name}-{field}-{place}" for place, (name, _, _, field) in enumerate(REFUSED_CHANGES)],
)
def test_what_is_unclear_is_refused_with_its_field_named(
    name: str, message: type, change: Callable[..., None], field: str
) -> None:
    reader, payload = READERS[name]
    with pytest.raises(InvalidInputError) as refusal:
        reader(_changed(message, payload, change))
    assert refusal.value.context["field"] == field


def test_every_state_has_its_number_and_the_unspecified_one_none() -> None:
    assert {state_from_pb(state_to_pb(state)) for state in ConsentState} == set(ConsentState)
    with pytest.raises(InvalidInputError):
        state_from_pb(pb.CONSENT_STATE_UNSPECIFIED)


def test_grants_are_read_one_by_one() -> None:
    message = pb.ConsentRequest.FromString(consent_request_to_payload(REQUEST))
    assert grants_from_pb(message.grants) == REQUEST.grants


def test_times_before_the_epoch_and_far_dates_survive() -> None:
    old = replace(
        REQUEST,
        created_at=NOW - timedelta(days=30000),
        not_before=NOW - timedelta(days=30000),
        erase_by=date(9999, 12, 31),
    )
    assert consent_request_from_payload(consent_request_to_payload(old)) == old
