"""Payload types of everything that is signed about a permission. Source: formats.md, §2."""

from typing import Final

from portability.ledger.envelope import payload_type

CONSENT_TYPE: Final = payload_type("consent", "json")
WITHDRAWAL_TYPE: Final = payload_type("consent-withdrawal", "json")
CONSENT_REQUEST_TYPE: Final = payload_type("consent-request", "protobuf")
CONSENT_STATUS_TYPE: Final = payload_type("consent-status", "protobuf")
SUBJECT_KEY_TYPE: Final = payload_type("subject-key", "protobuf")
RECEIPT_TYPE: Final = payload_type("disclosure-receipt", "protobuf")
TEMPLATE_TYPE: Final = payload_type("purpose-template", "toml")
ACT_EVIDENCE_TYPE: Final = payload_type("act-evidence", "json")
PASSKEY_REGISTRATION_TYPE: Final = payload_type("passkey-registration", "protobuf")
PAUSE_TYPE: Final = payload_type("consent-pause", "json")
RESUME_TYPE: Final = payload_type("consent-resume", "json")
REFUSAL_TYPE: Final = payload_type("consent-refusal", "json")
CONSENT_END_TYPE: Final = payload_type("consent-end", "json")
ACCESS_OPENING_TYPE: Final = payload_type("access-opening", "json")
ASSISTANT_TYPE: Final = payload_type("assistant-key", "json")
ASSISTED_EVIDENCE_TYPE: Final = payload_type("assisted-evidence", "json")
IDENTITY_ASSESSMENT_TYPE: Final = payload_type("identity-assessment", "json")
CONFIRMATION_TYPE: Final = payload_type("consent-confirmation", "json")
KEY_ADDITION_TYPE: Final = payload_type("key-addition", "json")
KEY_REMOVAL_TYPE: Final = payload_type("key-removal", "json")

KEY_ACT_TYPES: Final = frozenset({KEY_ADDITION_TYPE, KEY_REMOVAL_TYPE})
"""What a person signs about the keys that they sign with."""

PERSON_ACT_TYPES: Final = frozenset(
    {CONSENT_TYPE, WITHDRAWAL_TYPE, PAUSE_TYPE, RESUME_TYPE, REFUSAL_TYPE}
)
"""What a person signs. One type per act, so that no signature serves another act."""
