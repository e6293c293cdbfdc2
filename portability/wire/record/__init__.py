"""
Entitlement records: what institutions sign, whole or with fields that can be withheld.

``record`` reads and writes the signed payload, ``contents`` what each kind says, ``salted`` the
disclosures beside it, and ``history`` makes of records what can be counted.
"""

from portability.wire.record.contents import Content, content_from_values
from portability.wire.record.history import (
    Counted,
    Salted,
    count_periods,
    days_of,
    limited_to,
    names_stated,
    salt_record,
    values_shown,
)
from portability.wire.record.periods import declared_from_pb, declared_to_pb
from portability.wire.record.record import (
    KIND,
    MAX_PAYLOAD_BYTES,
    RECORD_TYPE,
    EntitlementRecord,
    RecordClaims,
    ShownInPart,
    check_record,
    is_salted,
    record_from_payload,
    record_to_payload,
    reference_digest,
    subject_commitment,
)
from portability.wire.record.salted import names_shown, select_disclosures

__all__ = [
    "KIND",
    "MAX_PAYLOAD_BYTES",
    "RECORD_TYPE",
    "Content",
    "Counted",
    "EntitlementRecord",
    "RecordClaims",
    "Salted",
    "ShownInPart",
    "check_record",
    "content_from_values",
    "count_periods",
    "days_of",
    "declared_from_pb",
    "declared_to_pb",
    "is_salted",
    "limited_to",
    "names_shown",
    "names_stated",
    "record_from_payload",
    "record_to_payload",
    "reference_digest",
    "salt_record",
    "select_disclosures",
    "subject_commitment",
    "values_shown",
]
