"""
The person's signature: who makes it, and how each method is verified.

The method in the subject key record decides; a method that is not known here verifies nothing.
Source: formats.md, §7.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, Protocol

from portability.consent.document import ActLevel, Consent, Fetch, IdentityLevel, Method
from portability.consent.passkey import Assertion, read_assertion, verify_assertion
from portability.consent.scope import Action
from portability.consent.statements import SubjectKey
from portability.errors import InvalidInputError, SignatureError
from portability.ledger.envelope import (
    Envelope,
    Verified,
    sign_envelope,
    statement_id,
    verify_envelope,
)
from portability.ledger.keys import Signer

ASSISTED_VALIDITY: Final = timedelta(days=90)
"""How long an act of level A2 can reach (formats.md, §7.1)."""

_MOST: Final = {
    Method.PASSKEY: ActLevel.A3,
    Method.SOFTWARE_KEY: ActLevel.A2,
    Method.ASSISTED_WITNESSED: ActLevel.A2,
    Method.ASSISTED_DEVICE: ActLevel.A2,
    Method.ASSISTED_WORKER: ActLevel.A1,
    Method.PAPER: ActLevel.A0,
}


class PersonSigner(Protocol):
    """Something with which a person signs a document as it is: a key file, an authenticator."""

    @property
    def method(self) -> Method:
        """How the signature is to be verified."""

    def sign(self, payload_type: str, payload: bytes) -> Envelope:
        """The document with the person's signature."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftwareSigner:
    """An Ed25519 key of the person that signs the PAE directly; it proves no presence."""

    signer: Signer

    @property
    def method(self) -> Method:
        return Method.SOFTWARE_KEY

    def sign(self, payload_type: str, payload: bytes) -> Envelope:
        return sign_envelope(payload_type, payload, self.signer)


def verify_person(envelope: Envelope, expected_types: Collection[str], key: SubjectKey) -> Verified:
    """
    What the person signed with this key.

    Raises SignatureError if the key did not sign it, and InvalidInputError for another type than
    expected.
    """
    if key.method.is_passkey:
        return _verify_passkey(envelope, expected_types, key)
    if key.method.is_for_one_act:
        return _verify_assisted(envelope, expected_types, key)
    return verify_envelope(envelope, expected_types, {key.key_id: key.public_key})


def _verify_assisted(
    envelope: Envelope, expected_types: Collection[str], key: SubjectKey
) -> Verified:
    """All signed whom the record names, over the same bytes: a worker, mostly with a witness."""
    keys = {one.key_id: one.public_key for one in key.assistants}
    verified = verify_envelope(envelope, expected_types, keys, threshold=len(keys))
    return replace(verified, key_ids=(key.key_id,))


def _verify_passkey(
    envelope: Envelope, expected_types: Collection[str], key: SubjectKey
) -> Verified:
    """One assertion over the statement id. Nobody else signs beside the person."""
    if envelope.payload_type not in expected_types:
        raise InvalidInputError(
            "the payload type is not one that is expected here", field="payload_type"
        )
    if len(envelope.signatures) != 1:
        raise SignatureError("what a passkey signed carries exactly one signature")
    challenge = statement_id(envelope.payload_type, envelope.payload)
    verify_challenge(envelope.signatures[0].sig, challenge, key)
    return Verified(
        statement_id=challenge,
        payload_type=envelope.payload_type,
        payload=envelope.payload,
        key_ids=(key.key_id,),
    )


def verify_challenge(signature: bytes, challenge: bytes, key: SubjectKey) -> Assertion:
    """
    The assertion by which a passkey signed what has this statement id.

    Raises SignatureError if it did not, and for a key that is no passkey.
    """
    if not key.method.is_passkey:
        raise SignatureError("the person's key is no passkey, which alone signs a challenge")
    try:
        assertion = read_assertion(signature)
    except InvalidInputError as error:
        raise SignatureError(error.message) from None
    verify_assertion(assertion, challenge, key)
    return assertion


def most_assured(method: Method) -> ActLevel:
    """The highest level that an act by this method can have."""
    return _MOST[method]


def reaches(consent: Consent, key: SubjectKey, *, identity: IdentityLevel, act: ActLevel) -> bool:
    """
    Whether method and levels of a consent are true of its key and reach the minimum asked for.

    A0 unlocks nothing; A1 may answer whether something is so, and give no data; A2 is good for one
    exchange of at most 90 days (formats.md, §7.1). That an act of level A1 was confirmed is the
    home node's word: before, no status of it says that the consent is in force.
    """
    claimed = consent.assurance
    return (
        claims_truly(consent, key)
        and claimed.act.rank >= act.rank
        and claimed.identity.rank >= identity.rank
        and _unlocks(consent)
    )


def claims_truly(consent: Consent, key: SubjectKey) -> bool:
    """Whether method and levels of a consent are those of its key, or lower in what is proved."""
    claimed = consent.assurance
    return (
        consent.method is key.method
        and claimed.identity is key.identity_level
        and claimed.act.rank <= most_assured(consent.method).rank
    )


def _unlocks(consent: Consent) -> bool:
    """Whether an act of this level opens anything, within what the consent says."""
    level = consent.assurance.act
    if level is ActLevel.A3:
        return True
    if level is ActLevel.A1:
        actions = {action for grant in consent.scope for action in grant.actions}
        return actions == {Action.VERIFY_ONLY} and _is_one_exchange(consent)
    return level is ActLevel.A2 and _is_one_exchange(consent)


def _is_one_exchange(consent: Consent) -> bool:
    lasts = consent.not_after - consent.not_before
    return consent.use.fetch is Fetch.ONCE and lasts <= ASSISTED_VALIDITY
