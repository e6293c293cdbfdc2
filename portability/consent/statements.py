"""
What institutions and home nodes sign about a permission, as values.

``wire.consent`` and ``wire.subject_key`` read them from signed bytes. Source: formats.md, §6 and
§7; consent.proto.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from portability.consent.cose import cose_key_id
from portability.consent.document import (
    MAX_USES,
    IdentityLevel,
    Method,
    check_instant,
    check_providers,
)
from portability.consent.reading import check_hash, check_name, check_reference, check_text, refuse
from portability.consent.scope import Grant, Party, check_grants
from portability.ledger.keys import check_public_key, key_id

MAX_CREDENTIAL_BYTES: Final = 1023
"""The most that WebAuthn allows for a credential id."""


class ConsentState(StrEnum):
    """Where a consent stands; computed from signed acts, never stored as truth."""

    REQUESTED = "requested"
    GRANTED = "granted"
    REFUSED = "refused"
    LAPSED = "lapsed"
    PAUSED = "paused"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    EXHAUSTED = "exhausted"
    TERMINATED = "terminated"
    INVALIDATED = "invalidated"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRequest:
    """
    An institution asks a person. Signed by the institution.

    ``person_reference`` is the pairwise reference between home node and requester, ``template`` the
    statement id of the purpose template, ``erase_by`` the last day on which data may be kept.
    """

    salt: bytes
    requester: Party
    providers: tuple[Party, ...]
    person_reference: str
    purpose: str
    template: bytes
    grants: tuple[Grant, ...]
    not_before: datetime
    not_after: datetime
    max_uses: int
    erase_by: date
    created_at: datetime

    def __post_init__(self) -> None:
        check_hash(self.salt, field="salt")
        if not self.requester.institution:
            raise refuse("requester", "does not name an institution")
        check_providers(self.providers)
        check_reference(self.person_reference, field="person_reference")
        check_name(self.purpose, field="purpose")
        check_hash(self.template, field="template")
        check_grants(self.grants, field="grants")
        for name in ("not_before", "not_after", "created_at"):
            check_instant(getattr(self, name), field=name)
        if self.not_after <= max(self.not_before, self.created_at):
            raise refuse("not_after", "is not after not_before and create_time")
        if not 1 <= self.max_uses <= MAX_USES:
            raise refuse("max_uses", f"is not from 1 to {MAX_USES}")
        if self.erase_by < self.not_after.date():
            raise refuse("erase_by", "is before the end of the consent asked for")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentStatus:
    """
    The home node's word on where a consent stands as of an instant. Signed by the node.

    ``version`` counts every change of state from 1; ``person_reference`` is the pairwise reference
    between home node and recipient.
    """

    salt: bytes
    consent: bytes
    state: ConsentState
    version: int
    as_of: datetime
    recipient: Party
    person_reference: str

    def __post_init__(self) -> None:
        check_hash(self.salt, field="salt")
        check_hash(self.consent, field="consent")
        check_instant(self.as_of, field="as_of")
        check_reference(self.person_reference, field="person_reference")
        if self.version < 1:
            raise refuse("version", "does not count from 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistantKey:
    """Somebody who signed for a person at a counter; ``record`` is a statement id."""

    record: bytes
    role: str
    public_key: bytes
    organisation: Party

    def __post_init__(self) -> None:
        check_hash(self.record, field="assistants.record")
        check_name(self.role, field="assistants.role")
        check_public_key(self.public_key)

    @property
    def key_id(self) -> bytes:
        return key_id(self.public_key)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectKey:
    """
    Which key a person signs with. Signed and logged by the home node.

    For a software key ``public_key`` is the raw Ed25519 key; for a passkey ``cose_key``,
    ``relying_party_id`` and ``origins`` are set instead, and ``credential_id``, without which no
    record is made any more. ``registration`` is the statement id of the evidence of its enrolment.
    ``subject_commitment`` is SHA-256 of the salt followed by the person's name at the home node.
    A record of method ``assisted_witnessed``, ``assisted_worker`` or ``paper`` is for one act: its
    ``assistants`` sign it together. With ``assisted_device`` the person signs, and a worker helped.
    """

    salt: bytes
    subject_commitment: bytes
    method: Method
    public_key: bytes = b""
    cose_key: bytes = b""
    relying_party_id: str = ""
    origins: tuple[str, ...] = ()
    identity_level: IdentityLevel
    enrolled_by: Party
    valid_from: datetime
    revoked_at: datetime | None = None
    credential_id: bytes = b""
    aaguid: bytes = b""
    backup_eligible: bool = False
    backed_up: bool = False
    registration: bytes = b""
    assistants: tuple[AssistantKey, ...] = ()

    def __post_init__(self) -> None:
        check_hash(self.salt, field="salt")
        check_hash(self.subject_commitment, field="subject_commitment")
        check_instant(self.valid_from, field="valid_from")
        if self.revoked_at is not None:
            check_instant(self.revoked_at, field="revoke_time")
        _check_key(self)

    @property
    def key_id(self) -> bytes:
        """How leaves and hints name the key (formats.md, Keys)."""
        if self.method.is_passkey:
            return cose_key_id(self.cose_key)
        if self.method.is_for_one_act:
            # keys of others for one person and act: the salt makes it a key of its own
            whole = b"".join((self.salt, *(one.key_id for one in self.assistants)))
            return hashlib.sha256(whole).digest()
        return key_id(self.public_key)

    def is_valid(self, at: datetime) -> bool:
        """Whether what was signed with it at this instant counts."""
        return self.valid_from <= at and (self.revoked_at is None or at < self.revoked_at)


def _check_key(key: SubjectKey) -> None:
    """Each method has its own parts, and none of another's."""
    if tuple(one.role for one in key.assistants) != _ASSISTANTS.get(key.method, ()):
        raise refuse("assistants", "are not those who sign or help by this method")
    _CHECKS[key.method](key)


def _check_software_key(key: SubjectKey) -> None:
    if _has_passkey(key):
        raise refuse("method", "is software_key, but the record has parts of a passkey")
    check_public_key(key.public_key)


def _check_passkey(key: SubjectKey) -> None:
    if key.public_key or not (key.cose_key and key.relying_party_id and key.origins):
        raise refuse("method", "is passkey, but the record has not the parts of one")
    for text in (key.relying_party_id, *key.origins):
        check_text(text, field="origins")
    if len(key.credential_id) > MAX_CREDENTIAL_BYTES:
        raise refuse("credential_id", f"has more than {MAX_CREDENTIAL_BYTES} bytes")
    if key.registration:
        check_hash(key.registration, field="registration")


def _check_assisted(key: SubjectKey) -> None:
    if _has_passkey(key) or key.public_key:
        raise refuse("method", "is one by which others sign, but the record has the person's key")
    if len({one.key_id for one in key.assistants}) != len(key.assistants):
        raise refuse("assistants", "are not a worker and a witness with a key each")


def _has_passkey(key: SubjectKey) -> bool:
    parts = (key.cose_key, key.relying_party_id, *key.origins, key.credential_id)
    return any(parts)


_CHECKS: Final[Mapping[Method, Callable[[SubjectKey], None]]] = {
    Method.SOFTWARE_KEY: _check_software_key,
    Method.PASSKEY: _check_passkey,
    Method.ASSISTED_DEVICE: _check_passkey,
    Method.ASSISTED_WITNESSED: _check_assisted,
    Method.ASSISTED_WORKER: _check_assisted,
    Method.PAPER: _check_assisted,
}

_ASSISTANTS: Final[Mapping[Method, tuple[str, ...]]] = {
    Method.ASSISTED_WITNESSED: ("worker", "witness"),
    Method.ASSISTED_DEVICE: ("worker",),
    Method.ASSISTED_WORKER: ("worker",),
    Method.PAPER: ("worker",),
}
"""In which roles others sign for the person, or help, by each method."""
