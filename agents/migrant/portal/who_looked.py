"""Who asked for a person's data, as a page shows it: out of receipts that were verified."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from agents.migrant.person import OwnReceipt
from portability.consent.receipt import DisclosureReceipt, Outcome

CONSENT: Final = "consent"
MANDATE: Final = "mandate"
AUDIT: Final = "audit"

CONFIRMED: Final = "confirmed"
WAITING: Final = "waiting"
MISSING: Final = "missing"
NOT_NEEDED: Final = "not-needed"

FIRST_YEAR: Final = 1900

CONFIRM_TERM: Final = timedelta(days=7)
"""By then whoever received data should have signed for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """
    One look, or attempt. ``permission`` is the id of the consent or request it rested on, or empty.

    ``confirmed`` tells whether the receiver has signed for it. Names only, never a value.
    """

    id: str
    asked: datetime
    released: datetime | None
    requester: tuple[str, str]
    provider: tuple[str, str]
    reason: str
    outcome: str
    cause: str
    ground: str
    permission: str
    datatypes: tuple[str, ...]
    fields: tuple[str, ...]
    from_date: date
    to_date: date
    count: int
    erase_by: date | None
    confirmed: str

    @property
    def is_unbounded(self) -> bool:
        """Whether no dates were named: then it is about the whole history."""
        return self.from_date.year <= FIRST_YEAR and self.to_date == date.max

    @property
    def is_refusal(self) -> bool:
        return self.outcome == str(Outcome.REFUSED)


def build_accesses(
    receipts: Iterable[OwnReceipt],
    *,
    consents: Iterable[bytes],
    confirmed: Mapping[bytes, datetime],
    now: datetime,
) -> tuple[Access, ...]:
    """Latest first. ``consents`` are the person's own; ``confirmed`` by the id of the receipt."""
    known = set(consents)
    found = [_access(one, known, confirmed, now) for one in receipts]
    return tuple(sorted(found, key=lambda one: (one.asked, one.id), reverse=True))


def by_permission(accesses: Iterable[Access], permission: str) -> Iterator[Access]:
    """What happened under one permission."""
    return (one for one in accesses if one.permission == permission)


def _access(
    receipt: OwnReceipt, consents: set[bytes], confirmed: Mapping[bytes, datetime], now: datetime
) -> Access:
    said = receipt.content
    return Access(
        id=receipt.id.hex(),
        asked=said.requested_at,
        released=said.released_at,
        requester=(said.requester.jurisdiction, said.requester.institution),
        provider=(said.provider.jurisdiction, said.provider.institution),
        reason=said.reason_code,
        outcome=str(said.outcome),
        cause="" if said.cause is None else str(said.cause),
        ground=_ground(said, consents),
        permission=said.permission.hex(),
        datatypes=said.datatypes,
        fields=said.fields,
        from_date=said.from_date,
        to_date=said.to_date,
        count=said.record_count,
        erase_by=said.erase_by,
        confirmed=_confirmation(receipt, confirmed, now),
    )


def _ground(said: DisclosureReceipt, consents: set[bytes]) -> str:
    if said.reason_code == AUDIT and not said.permission:
        return AUDIT
    return CONSENT if said.permission in consents else MANDATE


def _confirmation(receipt: OwnReceipt, confirmed: Mapping[bytes, datetime], now: datetime) -> str:
    said = receipt.content
    if said.released_at is None or said.requester.jurisdiction == said.provider.jurisdiction:
        return NOT_NEEDED
    if receipt.id in confirmed:
        return CONFIRMED
    return MISSING if said.released_at + CONFIRM_TERM <= now else WAITING
