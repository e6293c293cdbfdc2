"""Whom a request means: the signed word of an institution's officer, as a value."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from portability.consent.scope import Party


class IdentityOutcome(StrEnum):
    """It is a certain person here, or nobody whom the institution insured."""

    MATCHED = "matched"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityResolution:
    """
    ``request`` is the id of the history request; ``basis`` a code for what the officer went by.

    ``subject_commitment`` is SHA-256 of salt and person, empty for nobody.
    """

    salt: bytes
    institution: Party
    request: bytes
    outcome: IdentityOutcome
    subject_commitment: bytes
    basis: str
    created: datetime
