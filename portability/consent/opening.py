"""
The opening of one person's records to an ombudsperson, for a time that the person can see.

The home node signs and logs it before anything can be read under it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from portability.consent.consent_json import to_bytes
from portability.consent.document import check_instant
from portability.consent.reading import (
    check_hash,
    check_text,
    check_uuid7,
    open_document,
    refuse,
)
from portability.consent.scope import Party
from portability.ledger.encoding import encode_base64url, format_time

SCHEMA: Final = "access-opening/1"
LONGEST: Final = timedelta(days=30)
_MAX_BYTES: Final = 16_384


class Ground(StrEnum):
    """On whose initiative records are opened."""

    COMPLAINT = "complaint"
    OWN_INITIATIVE = "own-initiative"
    COURT = "court"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessOpening:
    """``subject_commitment`` is SHA-256 of the nonce and the person's name at the home node."""

    id: str
    nonce: bytes
    subject_commitment: bytes
    holder: Party
    ground: Ground
    citation: str
    created_at: datetime
    until: datetime

    def __post_init__(self) -> None:
        check_uuid7(self.id, field="id")
        check_hash(self.nonce, field="nonce")
        check_hash(self.subject_commitment, field="subject_commitment")
        check_text(self.citation, field="citation")
        check_instant(self.created_at, field="created_at")
        check_instant(self.until, field="until")
        if not timedelta(0) < self.until - self.created_at <= LONGEST:
            raise refuse("days", f"is not from 1 to {LONGEST.days}")


def write_opening(opening: AccessOpening) -> bytes:
    """The exact bytes, to be signed as they are."""
    return to_bytes(
        {
            "schema": SCHEMA,
            "id": opening.id,
            "nonce": encode_base64url(opening.nonce),
            "subject_commitment": opening.subject_commitment.hex(),
            "holder": {
                "node": opening.holder.jurisdiction,
                "institution": opening.holder.institution,
            },
            "ground": str(opening.ground),
            "citation": opening.citation,
            "created_at": format_time(opening.created_at),
            "until": format_time(opening.until),
        }
    )


def read_opening(data: bytes) -> AccessOpening:
    """The opening that these bytes hold. Raises InvalidInputError."""
    root = open_document(data, SCHEMA, most=_MAX_BYTES)
    holder = root.object("holder")
    opening = AccessOpening(
        id=root.uuid7("id"),
        nonce=root.nonce("nonce"),
        subject_commitment=root.hash("subject_commitment"),
        holder=Party(jurisdiction=holder.country("node"), institution=holder.code("institution")),
        ground=root.one_of("ground", Ground),
        citation=root.text("citation"),
        created_at=root.time("created_at"),
        until=root.time("until"),
    )
    holder.finish()
    root.finish()
    return opening
