"""
What a person does with passkeys at their home node: enrol one, sign in, add and remove keys.

Whoever carries the messages, such as the portal, is believed in nothing: the node checks each
assertion and registration itself. What the node answers is verified here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from agents.migrant.acts import ToSign, check_prepared, signed_envelope
from agents.migrant.home import Admitted, Home
from portability.consent.key_acts import KeyEndReason, read_key_addition, read_key_removal
from portability.consent.passkey import Assertion
from portability.consent.payload_types import (
    KEY_ADDITION_TYPE,
    KEY_REMOVAL_TYPE,
    SUBJECT_KEY_TYPE,
)
from portability.consent.registration import Registration
from portability.errors import ProofError
from portability.ledger.directory import NODE_LEVEL, KeyPurpose
from portability.v1 import keys_service_pb2 as keys_pb
from portability.v1 import persons_service_pb2 as persons_pb
from portability.v1.keys_service_pb2_grpc import KeysServiceStub
from portability.v1.persons_service_pb2_grpc import PersonsServiceStub
from portability.wire.envelope import envelope_to_pb
from portability.wire.proven import proven_from_pb, verify_logged, verify_proven
from portability.wire.record import subject_commitment
from portability.wire.subject_key import subject_key_from_payload

_REASONS = {
    KeyEndReason.REPLACED: keys_pb.KEY_END_REPLACED,
    KeyEndReason.LOST: keys_pb.KEY_END_LOST,
    KeyEndReason.COMPROMISED: keys_pb.KEY_END_COMPROMISED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """Who signed in, and the node's session until it ends."""

    person: str
    token: str
    expire_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyOptions:
    """What a page needs to have a passkey made; the parts are those of the node's answer."""

    challenge: bytes
    relying_party_id: str
    relying_party_name: str
    user_handle: bytes
    exclude_credential_ids: tuple[bytes, ...]
    algorithms: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A passkey that an authenticator has just made."""

    registration: Registration
    transports: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnKey:
    """One key of a person; ``ended_at`` is None while it can sign."""

    id: bytes
    is_passkey: bool
    enrolled_at: datetime
    ended_at: datetime | None
    used_at: datetime | None
    is_current: bool
    is_backed_up: bool
    may_be_copied: bool


def begin_sign_in(home: Home) -> bytes:
    """A challenge that any passkey may answer, once and within five minutes."""
    answer: persons_pb.CreateChallengeResponse = home.session.call(
        PersonsServiceStub(home.session.channel).CreateChallenge,
        persons_pb.CreateChallengeRequest(),
    )
    return answer.challenge


def finish_sign_in(
    home: Home, challenge: bytes, assertion: Assertion, user_handle: bytes
) -> Entered:
    """Raises UnauthenticatedError, with one text for whatever is wrong."""
    answer: persons_pb.CreateSessionResponse = home.session.call(
        PersonsServiceStub(home.session.channel).CreateSession,
        persons_pb.CreateSessionRequest(
            challenge=challenge,
            passkey=persons_pb.PasskeyAssertion(
                credential_id=assertion.credential_id,
                authenticator_data=assertion.authenticator_data,
                client_data_json=assertion.client_data,
                signature=assertion.signature,
                user_handle=user_handle,
            ),
        ),
    )
    return Entered(
        person=answer.person,
        token=answer.session,
        expire_time=answer.expire_time.ToDatetime(UTC),
    )


def sign_out(me: Admitted) -> None:
    """End the session at the node."""
    me.home.session.call(
        PersonsServiceStub(me.home.session.channel).EndSession,
        persons_pb.EndSessionRequest(session=me.token),
    )


def options_by_code(home: Home, code: str) -> PasskeyOptions:
    """For a first passkey, or one after all were lost. Raises UnauthenticatedError."""
    return _options(home, keys_pb.CreatePasskeyOptionsRequest(code=code))


def options_for(me: Admitted) -> PasskeyOptions:
    """For a further passkey of somebody who is signed in."""
    return _options(me.home, keys_pb.CreatePasskeyOptionsRequest(session=me.token))


def enrol_passkey(home: Home, code: str, made: Made) -> str:
    """
    Enrol a passkey with the code that the person was given; the person's name.

    Raises UnauthenticatedError for a code that does not work, ProofError unless the node logged the
    record of a passkey for this person.
    """
    answer: keys_pb.EnrolPasskeyResponse = home.session.call(
        KeysServiceStub(home.session.channel).EnrolPasskey,
        keys_pb.EnrolPasskeyRequest(code=code, registration=_made_to_pb(made)),
    )
    verified = verify_proven(
        proven_from_pb(answer.key_record),
        home.directory,
        log_jurisdiction=home.jurisdiction,
        expected_types={SUBJECT_KEY_TYPE},
        signer=(home.jurisdiction, NODE_LEVEL, KeyPurpose.NODE),
    )
    record = subject_key_from_payload(verified.payload)
    if record.subject_commitment != subject_commitment(record.salt, answer.person):
        raise ProofError("the node enrolled a key of another person than the one that it names")
    return answer.person


def list_keys(me: Admitted) -> Sequence[OwnKey]:
    """The person's keys, oldest first, also those that have ended."""
    answer: keys_pb.ListOwnKeysResponse = me.home.session.call(
        KeysServiceStub(me.home.session.channel).ListOwnKeys,
        keys_pb.ListOwnKeysRequest(session=me.token),
    )
    return tuple(_own_key(one) for one in answer.keys)


def prepare_key_addition(me: Admitted, made: Made) -> ToSign:
    """The document by which a key that is enrolled already vouches for a new one."""
    answer: keys_pb.PrepareKeyAdditionResponse = me.home.session.call(
        KeysServiceStub(me.home.session.channel).PrepareKeyAddition,
        keys_pb.PrepareKeyAdditionRequest(session=me.token, registration=_made_to_pb(made)),
    )
    prepared = check_prepared(answer, KEY_ADDITION_TYPE)
    if read_key_addition(prepared.document).registration != made.registration:
        raise ProofError("the node prepared the addition of another key; it must not be signed")
    return prepared


def prepare_key_removal(me: Admitted, key: bytes, reason: KeyEndReason) -> ToSign:
    """The document that ends a key; any key of the person may sign it."""
    answer: keys_pb.PrepareKeyRemovalResponse = me.home.session.call(
        KeysServiceStub(me.home.session.channel).PrepareKeyRemoval,
        keys_pb.PrepareKeyRemovalRequest(session=me.token, key_id=key, reason=_REASONS[reason]),
    )
    prepared = check_prepared(answer, KEY_REMOVAL_TYPE)
    removal = read_key_removal(prepared.document)
    if (removal.key, removal.reason) != (key, reason):
        raise ProofError("the node prepared the removal of another key; it must not be signed")
    return prepared


def record_key_act(
    me: Admitted, prepared: ToSign, assertion: Assertion, user_handle: bytes
) -> None:
    """Hand in what the person signed about their keys; raises SignatureError, PreconditionError."""
    answer: keys_pb.RecordKeyActResponse = me.home.session.call(
        KeysServiceStub(me.home.session.channel).RecordKeyAct,
        keys_pb.RecordKeyActRequest(
            envelope=envelope_to_pb(signed_envelope(prepared, assertion)), user_handle=user_handle
        ),
    )
    verify_logged(proven_from_pb(answer.statement), me.home.directory, me.home.jurisdiction)


def _options(home: Home, request: keys_pb.CreatePasskeyOptionsRequest) -> PasskeyOptions:
    answer: keys_pb.CreatePasskeyOptionsResponse = home.session.call(
        KeysServiceStub(home.session.channel).CreatePasskeyOptions, request
    )
    return PasskeyOptions(
        challenge=answer.challenge,
        relying_party_id=answer.relying_party_id,
        relying_party_name=answer.relying_party_name,
        user_handle=answer.user_handle,
        exclude_credential_ids=tuple(answer.exclude_credential_ids),
        algorithms=tuple(answer.algorithms),
    )


def _made_to_pb(made: Made) -> keys_pb.PasskeyRegistrationResponse:
    return keys_pb.PasskeyRegistrationResponse(
        client_data_json=made.registration.client_data,
        attestation_object=made.registration.attestation_object,
        transports=made.transports,
    )


def _own_key(message: keys_pb.OwnKey) -> OwnKey:
    return OwnKey(
        id=message.key_id,
        is_passkey=message.method == "passkey",
        enrolled_at=message.create_time.ToDatetime(UTC),
        ended_at=message.revoke_time.ToDatetime(UTC) if message.HasField("revoke_time") else None,
        used_at=(
            message.last_use_time.ToDatetime(UTC) if message.HasField("last_use_time") else None
        ),
        is_current=message.is_current,
        is_backed_up=message.backed_up,
        may_be_copied=message.counter_went_back,
    )
