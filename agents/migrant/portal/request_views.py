"""What is asked and allowed, as values that a page can show."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from agents.migrant.home import Home
from agents.migrant.own_consents import Pending
from portability.consent.document import Consent, LegalBasisKind
from portability.consent.scope import Grant, Party
from portability.consent.statements import ConsentState
from portability.errors import PortabilityError


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """An institution as the directory names it; ``contact`` is empty for one that it lacks."""

    id: str
    name: str
    country: str
    contact: str = ""
    supervisory_authority: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemView:
    """One item of what is asked or allowed; codes, to be shown in words."""

    branches: tuple[str, ...]
    datatypes: tuple[str, ...]
    actions: tuple[str, ...]
    fields: tuple[str, ...]
    from_date: date
    to_date: date


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestView:
    """
    What an institution asks, in the order in which a person reads it.

    ``is_asked`` unless refusing changes nothing: then it is told, and nothing is asked.
    """

    name: str
    state: str
    is_open: bool
    is_asked: bool
    consent: str
    requester: Who
    providers: tuple[Who, ...]
    purpose: str
    items: tuple[ItemView, ...]
    not_before: datetime
    not_after: datetime
    max_uses: int
    erase_by: date
    asked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentView:
    """
    What a consent document allows.

    ``role`` is in whose right it was given, ``role_ends`` when that right ends if it is another's;
    ``method`` is how, with one's own key or with help.
    """

    requester: Who
    providers: tuple[Who, ...]
    purpose: str
    basis: str
    citation: str
    items: tuple[ItemView, ...]
    not_before: datetime
    not_after: datetime
    max_uses: int
    erase_by: date
    storage_countries: tuple[str, ...]
    is_passed_on: bool
    withdrawal_phone: str
    withdrawal_office: str
    role: str
    role_ends: datetime | None
    method: str


def request_view(home: Home, pending: Pending, now: datetime) -> RequestView:
    """``is_open`` while the person can still answer, or change the answer to yes."""
    asked = pending.content
    waits = pending.state in {ConsentState.REQUESTED, ConsentState.REFUSED}
    return RequestView(
        name=pending.id.hex(),
        state=pending.state.value,
        is_open=waits and now < asked.not_after,
        is_asked=pending.template.legal_basis.kind is not LegalBasisKind.LEGAL_OBLIGATION_NOTICE,
        consent=pending.consent.hex(),
        requester=who(home, asked.requester),
        providers=_all(home, asked.providers),
        purpose=asked.purpose,
        items=item_views(asked.grants),
        not_before=asked.not_before,
        not_after=asked.not_after,
        max_uses=asked.max_uses,
        erase_by=asked.erase_by,
        asked_at=asked.created_at,
    )


def consent_view(home: Home, consent: Consent) -> ConsentView:
    """What the document says, with the requester as the document itself names it."""
    asking, proof = consent.requester, consent.expressed_by.proof
    return ConsentView(
        requester=Who(
            id=str(asking.party),
            name=asking.legal_name,
            country=asking.country,
            contact=asking.contact,
            supervisory_authority=asking.supervisory_authority,
        ),
        providers=_all(home, consent.providers),
        purpose=consent.purpose.code,
        basis=consent.legal_basis.kind.value,
        citation=consent.legal_basis.citation,
        items=item_views(consent.scope),
        not_before=consent.not_before,
        not_after=consent.not_after,
        max_uses=consent.use.max_uses,
        erase_by=consent.retention.erase_by,
        storage_countries=consent.storage_countries,
        is_passed_on=consent.onward_transfer != "none",
        withdrawal_phone=consent.withdrawal.phone,
        withdrawal_office=consent.withdrawal.office,
        role=consent.expressed_by.role.value,
        role_ends=None if proof is None else proof.not_after,
        method=consent.method.value,
    )


def item_views(grants: Sequence[Grant]) -> tuple[ItemView, ...]:
    """Grants as codes and days."""
    return tuple(
        ItemView(
            branches=tuple(map(str, grant.branches)),
            datatypes=grant.datatypes,
            actions=tuple(map(str, grant.actions)),
            fields=grant.fields,
            from_date=grant.from_date,
            to_date=grant.to_date,
        )
        for grant in grants
    )


def who(home: Home, party: Party) -> Who:
    """An institution by its name in the signed directory, or by its id where it has none there."""
    try:
        found = home.directory.institution(party.jurisdiction, party.institution)
    except PortabilityError:
        return Who(id=str(party), name=str(party), country=party.jurisdiction)
    return Who(
        id=str(party),
        name=found.name,
        country=found.country,
        contact=found.contact,
        supervisory_authority=found.supervisory_authority,
    )


def _all(home: Home, parties: Iterable[Party]) -> tuple[Who, ...]:
    return tuple(who(home, party) for party in parties)
