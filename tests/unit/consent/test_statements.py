"""Key records and statuses as values, and the person's signature by each method."""

from dataclasses import replace
from datetime import timedelta

import pytest

from portability.consent.document import ActLevel, IdentityLevel, Method
from portability.consent.payload_types import CONSENT_TYPE, PERSON_ACT_TYPES, WITHDRAWAL_TYPE
from portability.consent.permission import Uses
from portability.consent.scope import Party
from portability.consent.signature import (
    PersonSigner,
    SoftwareSigner,
    most_assured,
    reaches,
    verify_person,
)
from portability.consent.statements import MAX_CREDENTIAL_BYTES, ConsentState, ConsentStatus
from portability.errors import InvalidInputError, SignatureError
from tests.unit.consent.world import CONSENT, KEY, MALLORY, NOW, ROSA

STATUS = ConsentStatus(
    salt=bytes(32),
    consent=bytes(32),
    state=ConsentState.GRANTED,
    version=1,
    as_of=NOW,
    recipient=Party(jurisdiction="FR"),
    person_reference="ab" * 32,
)

PASSKEY = replace(
    KEY,
    method=Method.PASSKEY,
    public_key=b"",
    cose_key=b"cose",
    relying_party_id="localhost",
    origins=("https://localhost",),
)


@pytest.mark.parametrize(
    "changes",
    [
        {"salt": b""},
        {"consent": b""},
        {"version": 0},
        {"as_of": NOW.replace(microsecond=5)},
        {"person_reference": "rosa"},
    ],
)
def test_a_status_that_says_nothing_clear_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(InvalidInputError):
        replace(STATUS, **changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"salt": b""},
        {"subject_commitment": b""},
        {"public_key": b"short"},
        {"public_key": bytes(32)},
        {"cose_key": b"x"},
        {"origins": ("https://localhost",)},
        {"method": Method.PAPER},
        {"method": Method.PASSKEY},
        {"valid_from": NOW.replace(microsecond=5)},
        {"revoked_at": NOW.replace(microsecond=5)},
    ],
)
def test_a_key_record_that_contradicts_its_method_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(InvalidInputError):
        replace(KEY, **changes)


@pytest.mark.parametrize(
    "changes",
    [{"cose_key": b""}, {"relying_party_id": ""}, {"origins": ()}, {"public_key": ROSA.public}],
)
def test_a_passkey_record_has_all_its_parts_and_no_other(changes: dict[str, object]) -> None:
    with pytest.raises(InvalidInputError):
        replace(PASSKEY, **changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"credential_id": bytes(MAX_CREDENTIAL_BYTES + 1)},
        {"registration": b"short"},
        {"origins": ("two\nlines",)},
        {"relying_party_id": "two\nlines"},
    ],
)
def test_the_parts_of_a_passkey_record_are_checked(changes: dict[str, object]) -> None:
    assert replace(PASSKEY, credential_id=bytes(MAX_CREDENTIAL_BYTES), registration=bytes(32))
    with pytest.raises(InvalidInputError):
        replace(PASSKEY, **changes)


def test_of_a_backup_nothing_is_said_where_nothing_is_known() -> None:
    assert not PASSKEY.backup_eligible
    assert not PASSKEY.backed_up
    assert Uses().count == 0


def test_a_key_is_valid_from_its_first_instant_to_its_revocation() -> None:
    revoked = replace(KEY, revoked_at=NOW)
    assert KEY.is_valid(KEY.valid_from)
    assert not KEY.is_valid(KEY.valid_from - timedelta(seconds=1))
    assert revoked.is_valid(NOW - timedelta(seconds=1))
    assert not revoked.is_valid(NOW)


def test_what_a_person_signs_with_a_software_key_verifies_under_its_record() -> None:
    signer: PersonSigner = SoftwareSigner(signer=ROSA)
    envelope = signer.sign(CONSENT_TYPE, b"{}")
    assert signer.method is KEY.method
    assert verify_person(envelope, PERSON_ACT_TYPES, KEY).payload == b"{}"
    with pytest.raises(SignatureError):
        verify_person(SoftwareSigner(signer=MALLORY).sign(CONSENT_TYPE, b"{}"), {CONSENT_TYPE}, KEY)


def test_a_signature_over_one_kind_of_act_serves_no_other() -> None:
    envelope = SoftwareSigner(signer=ROSA).sign(WITHDRAWAL_TYPE, b"{}")
    with pytest.raises(SignatureError):
        verify_person(replace(envelope, payload_type=CONSENT_TYPE), {CONSENT_TYPE}, KEY)
    with pytest.raises(InvalidInputError):
        verify_person(envelope, {CONSENT_TYPE}, KEY)


def test_a_method_that_is_not_known_here_verifies_nothing() -> None:
    envelope = SoftwareSigner(signer=ROSA).sign(CONSENT_TYPE, b"{}")
    with pytest.raises(SignatureError):
        verify_person(envelope, {CONSENT_TYPE}, PASSKEY)


def test_a_software_key_proves_no_more_than_a2() -> None:
    assert most_assured(Method.SOFTWARE_KEY) is ActLevel.A2
    assert most_assured(Method.PASSKEY) is ActLevel.A3
    assert reaches(CONSENT, KEY, identity=IdentityLevel.LOW, act=ActLevel.A0)
    assert not reaches(CONSENT, KEY, identity=IdentityLevel.LOW, act=ActLevel.A3)
    assert not reaches(CONSENT, KEY, identity=IdentityLevel.HIGH, act=ActLevel.A2)


def test_a_passkey_is_good_for_what_the_template_allows_however_long() -> None:
    consent = replace(
        CONSENT,
        method=Method.PASSKEY,
        assurance=replace(CONSENT.assurance, act=ActLevel.A3),
        not_before=NOW - timedelta(days=300),
    )
    assert reaches(consent, PASSKEY, identity=IdentityLevel.SUBSTANTIAL, act=ActLevel.A3)
