"""
Disclosure receipts: the trace of one release or refusal. Names only, never a value.

No receipt, no data: the receipt is committed in the transaction that releases.
Source: formats.md, §8.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from portability.consent.causes import RefusalCause
from portability.consent.document import LegalBasis, check_instant
from portability.consent.gate import Granted, Refused
from portability.consent.permission import DisclosureRequest
from portability.consent.reading import check_hash, check_name, check_uuid7, refuse
from portability.consent.scope import Party

SCHEMA: Final = "disclosure-receipt/1"


class Outcome(StrEnum):
    """What became of a request for data."""

    RELEASED = "released"
    PARTIAL = "partial"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class DisclosureReceipt:
    """
    One release or refusal, as the provider's node signs it.

    ``permission``, ``request`` and ``previous`` are statement ids; ``permission`` and ``previous``
    are empty where there is none. ``basis`` is the law that the permission rests on, None where no
    permission was found. ``case_digest`` is SHA-256 of salt and case id. A refusal has a
    ``cause`` and no release time, digest or count. ``held_back``: something that lies at least in
    part in what was granted could not be shown as it is.
    """

    id: str
    salt: bytes
    permission: bytes
    status_version: int
    provider: Party
    requester: Party
    request: bytes
    reason_code: str
    reason_text_key: str
    case_digest: bytes
    requested_at: datetime
    released_at: datetime | None
    outcome: Outcome
    cause: RefusalCause | None
    datatypes: tuple[str, ...]
    fields: tuple[str, ...]
    from_date: date
    to_date: date
    record_count: int
    payload_digest: bytes
    erase_by: date | None
    previous: bytes
    basis: LegalBasis | None = None
    held_back: bool = False

    def __post_init__(self) -> None:
        check_uuid7(self.id, field="id")
        for name in ("salt", "request", "case_digest"):
            check_hash(getattr(self, name), field=name)
        for name in ("permission", "previous"):
            if getattr(self, name):
                check_hash(getattr(self, name), field=name)
        for name in (self.reason_code, self.reason_text_key, *self.datatypes, *self.fields):
            # a name cannot hold a sentence or an amount: this is what keeps values out
            check_name(name, field="reason, datatypes and fields")
        check_instant(self.requested_at, field="request_time")
        if self.to_date < self.from_date:
            raise refuse("to_date", "is before from_date")
        if self.status_version < 0 or self.record_count < 0:
            raise refuse("record_count", "and status_version count from 0")
        _check_outcome(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """
    What left: how many records, and SHA-256 of the response's salt and the released bytes.

    ``held_back``: something that lies at least in part in what was granted could not leave.
    """

    record_count: int
    payload_digest: bytes
    held_back: bool = False


def build_receipt(
    request: DisclosureRequest,
    decision: Granted | Refused,
    *,
    release: Release | None,
    permission: bytes,
    receipt_id: str,
    salt: bytes,
    now: datetime,
    previous: bytes = b"",
    erase_by: date | None = None,
) -> DisclosureReceipt:
    """
    The receipt for what the gate decided.

    ``release`` is given for a grant and for nothing else. ``permission`` is the id that the request
    named, also where nothing was found under it; ``previous`` is the receipt before this one under
    it. ``erase_by`` is for a mandate, whose term the agreement or national law sets.
    """
    if (release is None) == isinstance(decision, Granted):
        raise RuntimeError("a release is receipted with what left, a refusal without")
    granted = decision if isinstance(decision, Granted) else None
    scope = (request.asked,) if granted is None else granted.scope
    cause = decision.cause if isinstance(decision, Refused) else None
    return DisclosureReceipt(
        id=receipt_id,
        salt=salt,
        permission=permission,
        status_version=decision.status_version,
        provider=request.provider,
        requester=request.requester,
        request=request.statement,
        reason_code=request.purpose,
        reason_text_key=request.purpose if granted is None else granted.reason_text_key,
        case_digest=case_digest(salt, request.case_id),
        requested_at=request.received_at,
        released_at=None if granted is None else now,
        outcome=_outcome(granted),
        cause=cause,
        datatypes=_names(grant.datatypes for grant in scope),
        fields=_names(grant.fields for grant in scope),
        from_date=min(grant.from_date for grant in scope),
        to_date=max(grant.to_date for grant in scope),
        record_count=0 if release is None else release.record_count,
        payload_digest=b"" if release is None else release.payload_digest,
        erase_by=None if granted is None else granted.erase_by or erase_by,
        previous=previous,
        basis=decision.basis,
        held_back=release is not None and release.held_back,
    )


def case_digest(salt: bytes, case_id: str) -> bytes:
    """Whoever knows the case can check it; whoever does not learns nothing."""
    return hashlib.sha256(salt + case_id.encode("utf-8")).digest()


def _outcome(granted: Granted | None) -> Outcome:
    if granted is None:
        return Outcome.REFUSED
    return Outcome.PARTIAL if granted.partial else Outcome.RELEASED


def _names(lists: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for names in lists for name in names))


def _check_outcome(receipt: DisclosureReceipt) -> None:
    refused = receipt.outcome is Outcome.REFUSED
    if refused != (receipt.cause is not None) or refused == (receipt.released_at is not None):
        raise refuse("outcome", "needs a cause for a refusal, and a release time for nothing else")
    if receipt.released_at is not None:
        check_instant(receipt.released_at, field="release_time")
        check_hash(receipt.payload_digest, field="payload_digest")
    elif receipt.record_count or receipt.payload_digest or receipt.held_back:
        raise refuse("outcome", "is a refusal, but the receipt says what left or was held back")
