"""Why a gate said no: told to person and auditor, never to whoever asked."""

from enum import StrEnum


class RefusalCause(StrEnum):
    """In the order of the gate's checks; the values are written into receipts and never change."""

    CALLER_UNTRUSTED = "caller-untrusted"
    OTHER_REQUESTER = "other-requester"

    NO_PERMISSION = "no-permission"
    KEY_RECORD_INVALID = "key-record-invalid"
    SIGNATURE_INVALID = "signature-invalid"
    TEMPLATE_INVALID = "template-invalid"
    LEVEL_TOO_LOW = "level-too-low"
    MANDATE_UNKNOWN = "mandate-unknown"
    NOTICE_MISSING = "notice-missing"

    PERSON_UNKNOWN = "person-unknown"
    OTHER_PERSON = "other-person"
    OTHER_PROVIDER = "other-provider"
    OTHER_PURPOSE = "other-purpose"

    AGREEMENT_OUTSIDE = "agreement-outside"
    BRANCH_OUTSIDE = "branch-outside"
    DATATYPE_OUTSIDE = "datatype-outside"
    ACTION_OUTSIDE = "action-outside"
    FIELD_OUTSIDE = "field-outside"
    PERIOD_OUTSIDE = "period-outside"

    NOT_YET_VALID = "not-yet-valid"
    EXPIRED = "expired"

    EXHAUSTED = "exhausted"
    TOO_SOON = "too-soon"

    STATUS_MISSING = "status-missing"
    STATUS_INVALID = "status-invalid"
    STATUS_STALE = "status-stale"
    WITHDRAWN = "withdrawn"
    PAUSED = "paused"
    SUPERSEDED = "superseded"
    NOT_IN_FORCE = "not-in-force"
