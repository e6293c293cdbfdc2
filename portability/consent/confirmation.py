"""
The confirmation of what a worker signed alone: the person said the code that reached them by letter
or call. The home node signs it; without it such a consent allows nothing (formats.md, §7.1).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from portability.consent.consent_json import to_bytes
from portability.consent.document import check_instant
from portability.consent.reading import check_hash, check_uuid7, open_document
from portability.ledger.encoding import encode_base64url, format_time

SCHEMA: Final = "consent-confirmation/1"
_MAX_BYTES: Final = 16_384


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """``consent`` is the statement id of what was confirmed."""

    id: str
    nonce: bytes
    consent: bytes
    created_at: datetime

    def __post_init__(self) -> None:
        check_uuid7(self.id, field="id")
        check_hash(self.nonce, field="nonce")
        check_hash(self.consent, field="consent")
        check_instant(self.created_at, field="created_at")


def write_confirmation(confirmation: Confirmation) -> bytes:
    """The exact bytes, to be signed as they are."""
    return to_bytes(
        {
            "schema": SCHEMA,
            "id": confirmation.id,
            "nonce": encode_base64url(confirmation.nonce),
            "consent": confirmation.consent.hex(),
            "created_at": format_time(confirmation.created_at),
        }
    )


def read_confirmation(data: bytes) -> Confirmation:
    """The confirmation that these bytes hold. Raises InvalidInputError."""
    root = open_document(data, SCHEMA, most=_MAX_BYTES)
    confirmation = Confirmation(
        id=root.uuid7("id"),
        nonce=root.nonce("nonce"),
        consent=root.hash("consent"),
        created_at=root.time("created_at"),
    )
    root.finish()
    return confirmation
