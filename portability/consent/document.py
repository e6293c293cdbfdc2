"""
The consent document ``consent/1``: what a person signs, as values.

It is pseudonymous and goes to requester and providers, so it never holds a name, a number, a
phone of the person, a value from a record or free text. ``consent_json`` writes the bytes and
``consent_reader`` reads them. Source: formats.md, §6; ISO/IEC TS 27560:2023 for the fields.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Final

from portability.consent.durations import Retention
from portability.consent.reading import (
    check_country,
    check_distinct,
    check_hash,
    check_name,
    check_reference,
    check_text,
    check_uuid7,
    refuse,
)
from portability.consent.scope import Grant, Party, check_grants

SCHEMA: Final = "consent/1"
MAX_USES: Final = 100_000
MAX_INTERVAL: Final = timedelta(days=3660)


class LegalBasisKind(StrEnum):
    """Under which law data flow; the page says which, and asks only where refusing counts."""

    CONSENT = "consent"
    TREATY_AUTHORISATION = "treaty_authorisation"
    LEGAL_OBLIGATION_NOTICE = "legal_obligation_notice"


class Fetch(StrEnum):
    """Whether data are fetched for one exchange or time and again."""

    ONCE = "ONCE"
    PERIODIC = "PERIODIC"


class NoticeMode(StrEnum):
    """How the person took in the notice."""

    SCREEN = "screen"
    READ_ALOUD = "read_aloud"
    INTERPRETER = "interpreter"
    PRINT = "print"


class Role(StrEnum):
    """In whose right the document is signed."""

    SELF = "self"
    GUARDIAN = "guardian"
    DELEGATE = "delegate"
    COURT = "court"
    SURVIVOR = "survivor"


class Method(StrEnum):
    """How the person expressed the act."""

    PASSKEY = "passkey"
    SOFTWARE_KEY = "software_key"
    ASSISTED_WITNESSED = "assisted_witnessed"
    ASSISTED_DEVICE = "assisted_device"
    ASSISTED_WORKER = "assisted_worker"
    PAPER = "paper"

    @property
    def is_passkey(self) -> bool:
        """Whether an authenticator of the person signs, on their own device or an office's."""
        return self in {Method.PASSKEY, Method.ASSISTED_DEVICE}

    @property
    def is_for_one_act(self) -> bool:
        """Whether others sign for the person, under a record of keys made for the one act."""
        return self in {Method.ASSISTED_WITNESSED, Method.ASSISTED_WORKER, Method.PAPER}


class IdentityLevel(StrEnum):
    """How sure the home node is of who the person is; in rising order."""

    LOW = "low"
    SUBSTANTIAL = "substantial"
    HIGH = "high"

    @property
    def rank(self) -> int:
        return tuple(IdentityLevel).index(self)


class ActLevel(StrEnum):
    """How sure the act itself is (formats.md, §7.1); in rising order."""

    A0 = "A0"
    A1 = "A1"
    A2 = "A2"
    A3 = "A3"

    @property
    def rank(self) -> int:
        return tuple(ActLevel).index(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalBasis:
    kind: LegalBasisKind
    citation: str

    def __post_init__(self) -> None:
        check_text(self.citation, field="legal_basis.citation")


@dataclass(frozen=True, slots=True, kw_only=True)
class Requester:
    """Who asks, as a person can find them again."""

    party: Party
    legal_name: str
    country: str
    contact: str
    supervisory_authority: str

    def __post_init__(self) -> None:
        _check_institution(self.party, field="requester")
        check_country(self.country, field="requester.country")
        for name in ("legal_name", "contact", "supervisory_authority"):
            check_text(getattr(self, name), field=f"requester.{name}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """Why; ``template`` is the statement id of the signed purpose template."""

    code: str
    template_id: str
    template: bytes
    text_key: str

    def __post_init__(self) -> None:
        for name in ("code", "template_id", "text_key"):
            check_name(getattr(self, name), field=f"purpose.{name}")
        check_hash(self.template, field="purpose.template")


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """How often; ``min_interval`` is the least time between two uses, in whole seconds."""

    fetch: Fetch
    max_uses: int
    min_interval: timedelta = timedelta(0)

    def __post_init__(self) -> None:
        if not 1 <= self.max_uses <= MAX_USES:
            raise refuse("use.max_uses", f"is not from 1 to {MAX_USES}")
        if not timedelta(0) <= self.min_interval <= MAX_INTERVAL or self.min_interval.microseconds:
            raise refuse("use.min_interval", "is not a number of whole seconds up to ten years")


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """How long the requester may keep what it receives, and the last day of it at the latest."""

    duration: Retention
    erase_by: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Which text the person was shown; ``sha256`` is over the exact bytes of it."""

    language: str
    version: str
    sha256: bytes
    mode: NoticeMode

    def __post_init__(self) -> None:
        check_name(self.language, field="notice.lang")
        check_name(self.version, field="notice.version")
        check_hash(self.sha256, field="notice.sha256")


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawalMeans:
    """Where the person can withdraw, with and without the key."""

    url: str
    phone: str
    office: str
    text_key: str

    def __post_init__(self) -> None:
        for name in ("url", "phone", "office"):
            check_text(getattr(self, name), field=f"withdrawal.{name}")
        check_name(self.text_key, field="withdrawal.text_key")


@dataclass(frozen=True, slots=True, kw_only=True)
class Representation:
    """Proof that somebody may act for the person: its digest, its end, the acts it allows."""

    sha256: bytes
    not_after: datetime
    acts: tuple[str, ...]

    def __post_init__(self) -> None:
        check_hash(self.sha256, field="expressed_by.proof.sha256")
        check_instant(self.not_after, field="expressed_by.proof.not_after")
        check_distinct(self.acts, field="expressed_by.proof.acts")
        for act in self.acts:
            check_name(act, field="expressed_by.proof.acts")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpressedBy:
    """Who signed: the person, or somebody with proof that they may act for the person."""

    role: Role = Role.SELF
    proof: Representation | None = None

    def __post_init__(self) -> None:
        if (self.role is Role.SELF) != (self.proof is None):
            raise refuse("expressed_by", "needs a proof of representation, and only for others")


@dataclass(frozen=True, slots=True, kw_only=True)
class Assurance:
    identity: IdentityLevel
    act: ActLevel


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """
    Everything in a consent document.

    ``request`` and ``supersedes`` are statement ids, ``subject`` is the pairwise reference between
    home node and requester. Raises InvalidInputError if the parts contradict each other.
    """

    id: str
    nonce: bytes
    request: bytes
    subject: str
    legal_basis: LegalBasis
    requester: Requester
    providers: tuple[Party, ...]
    purpose: Purpose
    grants: tuple[Grant, ...]
    optional: tuple[Grant, ...] = ()
    use: Use
    retention: Keeping
    storage_countries: tuple[str, ...]
    onward_transfer: str = "none"
    created_at: datetime
    not_before: datetime
    not_after: datetime
    home_node: str
    jurisdiction: str
    notice: Notice
    withdrawal: WithdrawalMeans
    expressed_by: ExpressedBy = ExpressedBy()
    method: Method
    assurance: Assurance
    supersedes: bytes | None = None

    def __post_init__(self) -> None:
        check_uuid7(self.id, field="id")
        check_hash(self.nonce, field="nonce")
        check_hash(self.request, field="request")
        check_reference(self.subject, field="subject")
        if self.supersedes is not None:
            check_hash(self.supersedes, field="supersedes")
        check_providers(self.providers)
        check_grants(self.scope, field="grants")
        check_grants(self.grants, field="grants")
        check_distinct(self.storage_countries, field="storage_countries")
        for code in self.storage_countries:
            check_country(code, field="storage_countries")
        check_name(self.onward_transfer, field="onward_transfer")
        check_country(self.home_node, field="home_node")
        check_country(self.jurisdiction, field="jurisdiction")
        _check_times(self)

    @property
    def scope(self) -> tuple[Grant, ...]:
        """All that is allowed: what was asked for and what was ticked besides."""
        return self.grants + self.optional


def check_providers(providers: Sequence[Party]) -> None:
    """At least one data holder, each an institution, none twice."""
    check_distinct(providers, field="providers")
    for provider in providers:
        _check_institution(provider, field="providers")


def check_instant(instant: datetime, *, field: str) -> None:
    """An aware UTC instant in whole seconds: what the text form can say."""
    if instant.tzinfo is not UTC or instant.microsecond:
        raise refuse(field, "is not a UTC instant in whole seconds")


def _check_institution(party: Party, *, field: str) -> None:
    if not party.institution:
        raise refuse(field, "does not name an institution")


def _check_times(consent: Consent) -> None:
    for name in ("created_at", "not_before", "not_after"):
        check_instant(getattr(consent, name), field=name)
    if consent.not_after <= max(consent.not_before, consent.created_at):
        raise refuse("not_after", "is not after not_before and created_at")
    proof = consent.expressed_by.proof
    if proof is not None and consent.not_after > proof.not_after:
        raise refuse("not_after", "is after the end of the right to act for the person")
    last_receipt = consent.not_after.date()
    if not last_receipt <= consent.retention.erase_by:
        raise refuse("retention.erase_by", "is before the end of the consent")
    if consent.retention.erase_by > consent.retention.duration.after(last_receipt):
        raise refuse("retention.erase_by", "is later than the end of the consent plus its duration")
