"""The withdrawal of a consent, as a value. Source: formats.md, §6 and §7."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from portability.consent.document import check_instant
from portability.consent.reading import check_hash, check_name, check_uuid7

SCHEMA: Final = "consent-withdrawal/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """``consent`` is the statement id of what is withdrawn; ``reason`` is a code, never text."""

    id: str
    nonce: bytes
    consent: bytes
    created_at: datetime
    reason: str | None = None

    def __post_init__(self) -> None:
        check_uuid7(self.id, field="id")
        check_hash(self.nonce, field="nonce")
        check_hash(self.consent, field="consent")
        check_instant(self.created_at, field="created_at")
        if self.reason is not None:
            check_name(self.reason, field="reason")
