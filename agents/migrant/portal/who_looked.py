"""Who asked for a person's data, as a page shows it: out of receipts that were verified."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from agents.migrant.own_receipts import Opening, SeenReceipt
from portability.consent.receipt import DisclosureReceipt, Outcome

Place = tuple[str, str]
"""Jurisdiction and institution, which is empty for a node."""

CONSENT: Final = "consent"
MANDATE: Final = "mandate"
AUDIT: Final = "audit"
MISSING: Final = "missing"
NOTHING: Final = "nothing"

FIRST_YEAR: Final = 1900
"""A request from then or before is about everything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """
    One look, or attempt. ``permission`` is the id of the consent or request it rested on, or empty.

    ``confirmed`` tells whether the receiver has signed for it; ``held_back``: there was more that
    could not be given as it is; ``has_stayed``: it was released, and the permission ended before it
    left. Names only, never a value.
    """

    id: str
    asked: datetime
    released: datetime | None
    requester: Place
    provider: Place
    reason: str
    outcome: str
    cause: str
    ground: str
    citation: str
    permission: str
    datatypes: tuple[str, ...]
    fields: tuple[str, ...]
    from_date: date
    to_date: date
    count: int
    erase_by: date | None
    confirmed: str
    held_back: bool = False
    has_stayed: bool = False

    @property
    def is_unbounded(self) -> bool:
        """Whether no dates were named: then it is about the whole history."""
        return self.from_date.year <= FIRST_YEAR and self.to_date == date.max

    @property
    def is_refusal(self) -> bool:
        return self.outcome == str(Outcome.REFUSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTo:
    """Somebody to whom everything is open for a time; ``is_over`` once that has ended."""

    holder: Place
    ground: str
    citation: str
    since: datetime
    until: datetime
    uses: int
    is_over: bool


def build_accesses(
    receipts: Iterable[SeenReceipt], consents: Iterable[bytes]
) -> tuple[Access, ...]:
    """Latest first. ``consents`` are the ids of the person's own."""
    known = set(consents)
    found = [_access(one, known) for one in receipts]
    return tuple(sorted(found, key=lambda one: (one.asked, one.id), reverse=True))


def build_openings(openings: Iterable[Opening], now: datetime) -> tuple[OpenTo, ...]:
    """Latest first."""
    found = [
        OpenTo(
            holder=(one.holder.jurisdiction, one.holder.institution),
            ground=one.ground,
            citation=one.citation,
            since=one.since,
            until=one.until,
            uses=one.uses,
            is_over=one.until <= now,
        )
        for one in openings
    ]
    return tuple(sorted(found, key=lambda one: one.since, reverse=True))


def _access(receipt: SeenReceipt, consents: set[bytes]) -> Access:
    said, has_stayed = receipt.content, receipt.has_stayed
    is_given = said.record_count and not has_stayed
    return Access(
        id=receipt.id.hex(),
        asked=said.requested_at,
        released=said.released_at if is_given else None,
        requester=(said.requester.jurisdiction, said.requester.institution),
        provider=(said.provider.jurisdiction, said.provider.institution),
        reason=said.reason_code,
        outcome=NOTHING if has_stayed else _outcome(said),
        cause="" if said.cause is None else str(said.cause),
        ground=_ground(said, consents),
        citation="" if said.basis is None else said.basis.citation,
        permission=said.permission.hex(),
        datatypes=said.datatypes,
        fields=said.fields,
        from_date=said.from_date,
        to_date=said.to_date,
        count=said.record_count if is_given else 0,
        erase_by=None if has_stayed else said.erase_by,
        confirmed=receipt.confirmation,
        held_back=said.held_back and not has_stayed,
        has_stayed=has_stayed,
    )


def _outcome(said: DisclosureReceipt) -> str:
    """Whoever was given no record was not refused, and got no data either."""
    is_given = said.outcome is not Outcome.REFUSED
    return NOTHING if is_given and not said.record_count else str(said.outcome)


def _ground(said: DisclosureReceipt, consents: set[bytes]) -> str:
    if said.reason_code == AUDIT and not said.permission:
        return AUDIT
    return CONSENT if said.permission in consents else MANDATE
