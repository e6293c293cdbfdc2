"""
The end of a consent without a key of the person: by an authority, by the one who asked for it, or
by the person's word at a counter or on the telephone, which only ever reduces access.

The home node signs it, so that the state of a consent rests on signed statements alone.
Source: formats.md, §6, Lifecycle (INVALIDATED, TERMINATED).
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from portability.consent.consent_json import to_bytes
from portability.consent.document import check_instant
from portability.consent.lifecycle import ActKind
from portability.consent.reading import check_hash, check_uuid7, open_document
from portability.ledger.encoding import encode_base64url, format_time

SCHEMA: Final = "consent-end/1"
_MAX_BYTES: Final = 16_384


class EndCause(StrEnum):
    """Why it ended; the values are written into statements and never change."""

    KEY_COMPROMISED = "key-compromised"
    AUTHORITY = "authority"
    CAME_OF_AGE = "came-of-age"
    REPRESENTATION_ENDED = "representation-ended"
    NOT_NEEDED = "not-needed"
    WITHDRAWN_AT_COUNTER = "withdrawn-at-counter"
    WITHDRAWN_BY_CODE = "withdrawn-by-code"

    @property
    def act(self) -> ActKind:
        """What the end is in the life of a consent."""
        if self is EndCause.NOT_NEEDED:
            return ActKind.TERMINATE
        by_word = {EndCause.WITHDRAWN_AT_COUNTER, EndCause.WITHDRAWN_BY_CODE}
        return ActKind.WITHDRAW if self in by_word else ActKind.INVALIDATE


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentEnd:
    """``consent`` is the statement id of what ends, at once."""

    id: str
    nonce: bytes
    consent: bytes
    cause: EndCause
    created_at: datetime

    def __post_init__(self) -> None:
        check_uuid7(self.id, field="id")
        check_hash(self.nonce, field="nonce")
        check_hash(self.consent, field="consent")
        check_instant(self.created_at, field="created_at")


def write_consent_end(end: ConsentEnd) -> bytes:
    """The exact bytes, to be signed as they are."""
    return to_bytes(
        {
            "schema": SCHEMA,
            "id": end.id,
            "nonce": encode_base64url(end.nonce),
            "consent": end.consent.hex(),
            "cause": str(end.cause),
            "created_at": format_time(end.created_at),
        }
    )


def read_consent_end(data: bytes) -> ConsentEnd:
    """The end that these bytes hold. Raises InvalidInputError."""
    root = open_document(data, SCHEMA, most=_MAX_BYTES)
    end = ConsentEnd(
        id=root.uuid7("id"),
        nonce=root.nonce("nonce"),
        consent=root.hash("consent"),
        cause=root.one_of("cause", EndCause),
        created_at=root.time("created_at"),
    )
    root.finish()
    return end
