"""
The kinds of records and the names of their fields, as consents, requests and receipts use them.

A consent names a kind as a datatype. The names are those of record.proto, in its order.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from portability.core.periods import Branch


class RecordKind(StrEnum):
    """What a record attests."""

    CONTRIBUTION_PERIOD = "contribution-period"
    AWARDED_ENTITLEMENT = "awarded-entitlement"
    APPLICABLE_LEGISLATION = "applicable-legislation"
    LIFE_CERTIFICATE = "life-certificate"
    QUALIFICATION = "qualification"
    INVALIDATION = "invalidation"


FIELDS: Final[Mapping[RecordKind, tuple[str, ...]]] = MappingProxyType(
    {
        RecordKind.CONTRIBUTION_PERIOD: (
            "period_type",
            "start_date",
            "end_date",
            "declared",
            "communication",
            "by_year",
            "scheme",
            "relevance",
            "calculation",
            "refunded",
        ),
        RecordKind.AWARDED_ENTITLEMENT: (
            "branch",
            "benefit_kind",
            "award_date",
            "start_date",
            "end_date",
            "gross_amount",
            "payment_period",
            "paid_as",
            "decision_digest",
            "next_review_date",
        ),
        RecordKind.APPLICABLE_LEGISLATION: (
            "applicable_state",
            "agreement",
            "article",
            "start_date",
            "end_date",
            "activity",
            "activity_digest",
            "host_states",
        ),
        RecordKind.LIFE_CERTIFICATE: ("alive_date", "evidence", "evidence_level", "country"),
        RecordKind.QUALIFICATION: (
            "condition",
            "branch",
            "as_of_date",
            "valid_until_date",
            "article",
        ),
        RecordKind.INVALIDATION: ("reason", "article"),
    }
)

DISCLOSED_KINDS: Final = tuple(kind for kind in RecordKind if kind is not RecordKind.INVALIDATION)
"""What can be asked for. A withdrawn record is simply no longer released."""

_ALWAYS_NEEDED: Final = (
    "period_type",
    "start_date",
    "end_date",
    "declared",
    "communication",
    "by_year",
    "refunded",
)
_MASKS: Final = ("relevance", "calculation")
_MASKED_BRANCHES: Final = frozenset((Branch.OLD_AGE, Branch.SURVIVORS, Branch.INVALIDITY))


def needed_fields(branch: Branch) -> tuple[str, ...]:
    """
    What must be known of a contribution period before it can count in a branch.

    The P5000 masks say for old-age, survivors and invalidity alone whether a period opens a right
    or enters the amount; counting a period without its mask would guess it.
    """
    return _ALWAYS_NEEDED + (_MASKS if branch in _MASKED_BRANCHES else ())
