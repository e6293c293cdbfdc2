"""
From raw envelopes to what may be believed of a permission: steps that each verify, then parse.

Who is believed: the home node for the key record, that key for the consent, the requester for the
purpose template. The first step that fails is named and nothing after it is read.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from portability.consent.agreement import AgreementScope, Mandate
from portability.consent.causes import RefusalCause
from portability.consent.consent_reader import read_consent
from portability.consent.document import Consent
from portability.consent.payload_types import CONSENT_TYPE, SUBJECT_KEY_TYPE, TEMPLATE_TYPE
from portability.consent.permission import (
    ConsentPermission,
    LegalMandate,
    Logged,
    Permission,
    Readers,
)
from portability.consent.scope import Grant, Party
from portability.consent.signature import reaches, verify_person
from portability.consent.statements import SubjectKey
from portability.consent.template import Template, parse_template
from portability.errors import PortabilityError
from portability.ledger.directory import NODE_LEVEL, Directory, KeyPurpose
from portability.ledger.envelope import statement_id, verify_envelope


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """
    What was verified. ``fault`` is the first thing that did not hold, None if all did.

    ``consent`` is there only if the person's signature over it holds; ``template`` only if it is
    the one that the consent pins. ``permission_id`` is empty for a mandate.
    """

    fault: RefusalCause | None = None
    permission_id: bytes = b""
    consent: Consent | None = None
    template: Template | None = None
    mandate: Mandate | None = None

    @property
    def grants(self) -> tuple[Grant, ...]:
        """What the permission allows."""
        if self.mandate is not None:
            return self.mandate.grants
        return () if self.consent is None else self.consent.scope


class _FaultFoundError(Exception):
    """Ends the reading; never leaves this module."""

    def __init__(self, cause: RefusalCause) -> None:
        super().__init__(cause)
        self.cause = cause


def gather(
    permission: Permission | None,
    agreement: AgreementScope,
    directory: Directory,
    readers: Readers,
) -> Evidence:
    """Verify what was put forward, in the order of the gate's row "signature"."""
    if permission is None:
        return Evidence(fault=RefusalCause.NO_PERMISSION)
    if isinstance(permission, LegalMandate):
        return _gather_mandate(permission, agreement)
    return _gather_consent(permission, agreement, directory, readers)


def _gather_mandate(permission: LegalMandate, agreement: AgreementScope) -> Evidence:
    mandate = agreement.mandate(permission.clause)
    if mandate is None:
        return Evidence(fault=RefusalCause.MANDATE_UNKNOWN)
    fault = RefusalCause.NOTICE_MISSING if permission.notified_at is None else None
    return Evidence(fault=fault, mandate=mandate)


def _gather_consent(
    permission: ConsentPermission,
    agreement: AgreementScope,
    directory: Directory,
    readers: Readers,
) -> Evidence:
    envelope = permission.consent.envelope
    consent_id = statement_id(envelope.payload_type, envelope.payload)
    consent: Consent | None = None
    template: Template | None = None
    fault: RefusalCause | None = None
    try:
        key = _read_key(permission, directory, readers)
        consent = _read_consent(permission, key)
        template = _read_template(permission.template, consent, directory)
        if not _reaches(consent, key, template, agreement):
            fault = RefusalCause.LEVEL_TOO_LOW
    except _FaultFoundError as found:
        fault = found.cause
    return Evidence(fault=fault, permission_id=consent_id, consent=consent, template=template)


def _reaches(
    consent: Consent, key: SubjectKey, template: Template, agreement: AgreementScope
) -> bool:
    """Whether the consent is as sure as both the template and the agreement ask for."""
    caps = template.caps
    return reaches(consent, key, identity=caps.identity, act=caps.act) and reaches(
        consent, key, identity=agreement.identity, act=agreement.act
    )


def _read_key(permission: ConsentPermission, directory: Directory, readers: Readers) -> SubjectKey:
    logged = permission.key_record
    home = permission.home_node
    trusted = directory.keys(home, NODE_LEVEL, KeyPurpose.NODE, logged.accepted_at)
    try:
        verified = verify_envelope(logged.envelope, {SUBJECT_KEY_TYPE}, trusted)
        key = readers.subject_key(verified.payload)
    except PortabilityError:
        raise _FaultFoundError(RefusalCause.KEY_RECORD_INVALID) from None
    if key.enrolled_by.jurisdiction != home:
        raise _FaultFoundError(RefusalCause.KEY_RECORD_INVALID)
    return key


def _read_consent(permission: ConsentPermission, key: SubjectKey) -> Consent:
    try:
        verified = verify_person(permission.consent.envelope, {CONSENT_TYPE}, key)
        consent = read_consent(verified.payload)
    except PortabilityError:
        raise _FaultFoundError(RefusalCause.SIGNATURE_INVALID) from None
    if consent.home_node != permission.home_node:
        raise _FaultFoundError(RefusalCause.SIGNATURE_INVALID)
    if not key.is_valid(consent.created_at):
        raise _FaultFoundError(RefusalCause.KEY_RECORD_INVALID)
    return consent


def _read_template(logged: Logged, consent: Consent, directory: Directory) -> Template:
    trusted = _institution_keys(consent.requester.party, logged, directory)
    try:
        verified = verify_envelope(logged.envelope, {TEMPLATE_TYPE}, trusted)
        template = parse_template(verified.payload)
    except PortabilityError:
        raise _FaultFoundError(RefusalCause.TEMPLATE_INVALID) from None
    pinned = (consent.purpose.template, consent.purpose.template_id, consent.purpose.code)
    if pinned != (verified.statement_id, template.id, template.purpose):
        raise _FaultFoundError(RefusalCause.TEMPLATE_INVALID)
    return template


def _institution_keys(party: Party, logged: Logged, directory: Directory) -> Mapping[bytes, bytes]:
    return directory.keys(
        party.jurisdiction, party.institution, KeyPurpose.INSTITUTION, logged.accepted_at
    )
