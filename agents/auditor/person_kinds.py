"""
Kinds about a person's own acts and keys beside the consent: who signs them, and their readers.

What a person signs has no purpose in the directory: the record of the key decides. Evidence of an
act is the home node's word, and lies in a folder of its own. Source: formats.md, §6 and §7.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from portability.consent.act_evidence import ActEvidence, read_act_evidence
from portability.consent.acts import Pause, Refusal, Resume, read_pause, read_refusal, read_resume
from portability.consent.assisted import (
    AssistantRecord,
    AssistedEvidence,
    read_assistant,
    read_assisted_evidence,
)
from portability.consent.confirmation import Confirmation, read_confirmation
from portability.consent.ending import ConsentEnd, read_consent_end
from portability.consent.identity_evidence import IdentityAssessment, read_assessment
from portability.consent.key_acts import (
    KeyAddition,
    KeyRemoval,
    read_key_addition,
    read_key_removal,
)
from portability.consent.opening import AccessOpening, read_opening
from portability.consent.payload_types import (
    ACCESS_OPENING_TYPE,
    ACT_EVIDENCE_TYPE,
    ASSISTANT_TYPE,
    ASSISTED_EVIDENCE_TYPE,
    CONFIRMATION_TYPE,
    CONSENT_END_TYPE,
    IDENTITY_ASSESSMENT_TYPE,
    KEY_ADDITION_TYPE,
    KEY_REMOVAL_TYPE,
    PASSKEY_REGISTRATION_TYPE,
    PAUSE_TYPE,
    REFUSAL_TYPE,
    RESUME_TYPE,
)
from portability.consent.registration import PasskeyRegistration
from portability.ledger.bundle import EVIDENCE_KINDS
from portability.ledger.envelope import kind_of
from portability.recognition.record_objection import (
    RECORD_OBJECTION_TYPE,
    RecordObjection,
    read_record_objection,
)
from portability.wire.subject_key import passkey_registration_from_payload

PersonContent = (
    Pause
    | Resume
    | Refusal
    | ConsentEnd
    | AccessOpening
    | KeyAddition
    | KeyRemoval
    | PasskeyRegistration
    | ActEvidence
    | AssistantRecord
    | AssistedEvidence
    | Confirmation
    | IdentityAssessment
    | RecordObjection
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonKind:
    """``by_person``: signed with a key of the person, otherwise by the home node."""

    by_person: bool
    read: Callable[[bytes], PersonContent]


PERSON_KINDS: Final[Mapping[str, PersonKind]] = {
    PAUSE_TYPE: PersonKind(by_person=True, read=read_pause),
    RESUME_TYPE: PersonKind(by_person=True, read=read_resume),
    REFUSAL_TYPE: PersonKind(by_person=True, read=read_refusal),
    KEY_ADDITION_TYPE: PersonKind(by_person=True, read=read_key_addition),
    KEY_REMOVAL_TYPE: PersonKind(by_person=True, read=read_key_removal),
    CONSENT_END_TYPE: PersonKind(by_person=False, read=read_consent_end),
    ACCESS_OPENING_TYPE: PersonKind(by_person=False, read=read_opening),
    PASSKEY_REGISTRATION_TYPE: PersonKind(by_person=False, read=passkey_registration_from_payload),
    ACT_EVIDENCE_TYPE: PersonKind(by_person=False, read=read_act_evidence),
    ASSISTANT_TYPE: PersonKind(by_person=False, read=read_assistant),
    ASSISTED_EVIDENCE_TYPE: PersonKind(by_person=False, read=read_assisted_evidence),
    CONFIRMATION_TYPE: PersonKind(by_person=False, read=read_confirmation),
    IDENTITY_ASSESSMENT_TYPE: PersonKind(by_person=False, read=read_assessment),
    RECORD_OBJECTION_TYPE: PersonKind(by_person=True, read=read_record_objection),
}


def is_evidence(payload_type: str) -> bool:
    """Whether a statement of this type belongs into the folder of evidence."""
    return payload_type in PERSON_KINDS and kind_of(payload_type) in EVIDENCE_KINDS
