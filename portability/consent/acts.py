"""
What a person does besides giving and withdrawing consent: pause, resume, refuse.

Each is a document of its own type, so that no signature serves another act.
Source: formats.md, §6, Lifecycle, and §7.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from portability.consent.consent_json import to_bytes
from portability.consent.document import check_instant
from portability.consent.reading import check_hash, check_uuid7, open_document, refuse
from portability.ledger.encoding import encode_base64url, format_time

MAX_PAUSE: Final = timedelta(days=3660)

_PAUSE: Final = "consent-pause/1"
_RESUME: Final = "consent-resume/1"
_REFUSAL: Final = "consent-refusal/1"
_MAX_BYTES: Final = 16_384


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """``consent`` is in force again by itself at ``until``."""

    id: str
    nonce: bytes
    consent: bytes
    created_at: datetime
    until: datetime

    def __post_init__(self) -> None:
        _check(self.id, self.nonce, self.consent, self.created_at)
        check_instant(self.until, field="until")
        if not timedelta(0) < self.until - self.created_at <= MAX_PAUSE:
            raise refuse("until", "is not after the pause begins, or more than ten years later")


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume:
    """Ends the pause of ``consent`` before its time."""

    id: str
    nonce: bytes
    consent: bytes
    created_at: datetime

    def __post_init__(self) -> None:
        _check(self.id, self.nonce, self.consent, self.created_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Says no to the request of that statement id; nobody but the person's own node learns it."""

    id: str
    nonce: bytes
    request: bytes
    created_at: datetime

    def __post_init__(self) -> None:
        _check(self.id, self.nonce, self.request, self.created_at)


def write_pause(pause: Pause) -> bytes:
    """The exact bytes of a pause, to be signed as they are."""
    members = _members(_PAUSE, pause, {"consent": pause.consent.hex()})
    return to_bytes(members | {"until": format_time(pause.until)})


def write_resume(resume: Resume) -> bytes:
    """The exact bytes of a resumption, to be signed as they are."""
    return to_bytes(_members(_RESUME, resume, {"consent": resume.consent.hex()}))


def write_refusal(refusal: Refusal) -> bytes:
    """The exact bytes of a refusal, to be signed as they are."""
    return to_bytes(_members(_REFUSAL, refusal, {"request": refusal.request.hex()}))


def read_pause(data: bytes) -> Pause:
    """The pause that these bytes hold. Raises InvalidInputError."""
    root = open_document(data, _PAUSE, most=_MAX_BYTES)
    pause = Pause(
        id=root.uuid7("id"),
        nonce=root.nonce("nonce"),
        consent=root.hash("consent"),
        created_at=root.time("created_at"),
        until=root.time("until"),
    )
    root.finish()
    return pause


def read_resume(data: bytes) -> Resume:
    """The resumption that these bytes hold. Raises InvalidInputError."""
    root = open_document(data, _RESUME, most=_MAX_BYTES)
    resume = Resume(
        id=root.uuid7("id"),
        nonce=root.nonce("nonce"),
        consent=root.hash("consent"),
        created_at=root.time("created_at"),
    )
    root.finish()
    return resume


def read_refusal(data: bytes) -> Refusal:
    """The refusal that these bytes hold. Raises InvalidInputError."""
    root = open_document(data, _REFUSAL, most=_MAX_BYTES)
    refusal = Refusal(
        id=root.uuid7("id"),
        nonce=root.nonce("nonce"),
        request=root.hash("request"),
        created_at=root.time("created_at"),
    )
    root.finish()
    return refusal


def _members(
    schema: str, act: Pause | Resume | Refusal, subject: dict[str, object]
) -> dict[str, object]:
    return {
        "schema": schema,
        "id": act.id,
        "nonce": encode_base64url(act.nonce),
        **subject,
        "created_at": format_time(act.created_at),
    }


def _check(act_id: str, nonce: bytes, subject: bytes, created: datetime) -> None:
    check_uuid7(act_id, field="id")
    check_hash(nonce, field="nonce")
    check_hash(subject, field="subject")
    check_instant(created, field="created_at")
