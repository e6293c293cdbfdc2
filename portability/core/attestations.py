"""
What institutions attest beside periods: awards, applicable legislation, life, conditions met.

Values only: each checks itself and says which field does not fit. Codes are closed lists, so that
no free text about a person can enter a record. Attributes are named as in record.proto.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from portability.core.money import Money
from portability.core.periods import Branch
from portability.errors import InvalidInputError

NATIONAL_LAW: Final = "national law"
EU_COORDINATION: Final = "eu-883-2004"
EU_LEGISLATION_ARTICLES: Final = (
    *(f"11(3)({letter})" for letter in "abcde"),
    *("11(4)", "11(5)", "12(1)", "12(2)", "13(1)(a)", "13(1)(b)", "13(2)(a)", "13(2)(b)"),
    *("13(3)", "13(4)", "15", "16(1)", "16(2)"),
)
"""The provisions of 883/2004 Title II by which one state's legislation applies."""

_ARTICLE = re.compile(r"[0-9]{1,4}/[0-9]{4} Art [0-9]{1,3}[a-z]{0,2}(?:\([0-9a-z]{1,4}\))*")
_PROVISION = re.compile(r"[0-9]{1,3}[a-z]{0,2}(?:\([0-9a-z]{1,4}\))*")
_AGREEMENT = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_DIGEST_BYTES: Final = 32
_MAX_MINOR: Final = 10**15
"""Ten thousand billion: above any benefit in any currency, and no overflow anywhere."""


class BenefitKind(StrEnum):
    """What is paid. A lump sum is paid once; everything else again and again."""

    PENSION = "pension"
    PARTIAL_PENSION = "partial-pension"
    ALLOWANCE = "allowance"
    SUPPLEMENT = "supplement"
    LUMP_SUM = "lump-sum"


class PaymentPeriod(StrEnum):
    """For how long one amount is."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    ONCE = "once"


class AwardedAs(StrEnum):
    """How an awarded amount was calculated (883/2004 Art 52(1) and 57(3))."""

    INDEPENDENT = "independent"
    PRO_RATA = "pro-rata"
    ALL_PERIODS = "all-periods"


class Activity(StrEnum):
    """As what a person is insured where legislation is attested."""

    EMPLOYED = "employed"
    SELF_EMPLOYED = "self-employed"
    BOTH = "employed-and-self-employed"
    CIVIL_SERVANT = "civil-servant"
    CONTRACT_STAFF = "contract-staff"
    MARINER = "mariner"
    AIR_CREW = "air-crew"
    NOT_ACTIVE = "not-active"


class LifeEvidence(StrEnum):
    """How it is known that the person was alive."""

    IN_PERSON = "in-person"
    CIVIL_REGISTER = "civil-register"
    AUTHORITY = "authority"
    REMOTE_VIDEO = "remote-video"
    DECLARATION = "declaration"


class EvidenceLevel(StrEnum):
    """How sure it is that it was this person."""

    LOW = "low"
    SUBSTANTIAL = "substantial"
    HIGH = "high"


class Condition(StrEnum):
    """A condition of a benefit."""

    QUALIFYING_PERIOD = "qualifying-period"
    INSURED = "insured"
    UNEMPLOYED = "unemployed"
    INCAPABLE_OF_WORK = "incapable-of-work"
    PENSIONABLE_AGE = "pensionable-age"
    RESIDENT = "resident"


class InvalidationReason(StrEnum):
    """Why a record is withdrawn."""

    ISSUED_IN_ERROR = "issued-in-error"
    WRONG_PERSON = "wrong-person"
    WRONG_FACTS = "wrong-facts"
    FRAUD = "fraud"
    REVOKED_BY_DECISION = "revoked-by-decision"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True, kw_only=True)
class AwardedEntitlement:
    """
    A decision on a benefit, as a P6000 communicates it (987/2009 Art 48).

    ``gross_amount`` is per ``payment_period``, before deductions. ``decision_digest`` is SHA-256 of
    the record's salt and the decision's reference, or empty. ``start_date`` to ``end_date`` are the
    days for which it is due; no end date: until further notice.
    """

    branch: Branch
    benefit_kind: BenefitKind
    award_date: date
    start_date: date
    end_date: date | None
    gross_amount: Money
    payment_period: PaymentPeriod
    paid_as: AwardedAs
    decision_digest: bytes = b""
    next_review_date: date | None = None

    def __post_init__(self) -> None:
        _check_order(self.start_date, self.end_date)
        if not 0 <= self.gross_amount.minor <= _MAX_MINOR:
            raise _refuse("gross_amount", "is negative or more than any benefit")
        if not _CURRENCY.fullmatch(self.gross_amount.currency):
            raise _refuse("gross_amount", "has no currency code of three capital letters")
        is_once = self.payment_period is PaymentPeriod.ONCE
        if is_once != (self.benefit_kind is BenefitKind.LUMP_SUM):
            raise _refuse("payment_period", "must be once for a lump sum, and for nothing else")
        if self.next_review_date is not None and self.next_review_date < self.award_date:
            raise _refuse("next_review_date", "is before the award")
        _check_digest(self.decision_digest, "decision_digest")


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicableLegislation:
    """
    Whose legislation applies, as an A1 attests it (987/2009 Art 19(2)); both dates belong to it.

    ``activity_digest`` is SHA-256 of the record's salt and the employer's or the self-employed
    activity's registration, or empty. ``host_states`` are where else the work is done.
    """

    applicable_state: str
    agreement: str
    article: str
    start_date: date
    end_date: date | None
    activity: Activity
    activity_digest: bytes = b""
    host_states: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _check_country(self.applicable_state, "applicable_state")
        if not _AGREEMENT.fullmatch(self.agreement):
            raise _refuse("agreement", "is not the id of an agreement, such as eu-883-2004")
        known = self.article in EU_LEGISLATION_ARTICLES
        if not (known if self.agreement == EU_COORDINATION else _PROVISION.fullmatch(self.article)):
            raise _refuse(
                "article", "is no provision by which legislation applies, such as 12(1) or 13(1)(a)"
            )
        _check_order(self.start_date, self.end_date)
        _check_digest(self.activity_digest, "activity_digest")
        _check_host_states(self.host_states, self.applicable_state)


@dataclass(frozen=True, slots=True, kw_only=True)
class LifeCertificate:
    """The person was alive on a day, in a country, by evidence of a level."""

    alive_date: date
    evidence: LifeEvidence
    evidence_level: EvidenceLevel
    country: str

    def __post_init__(self) -> None:
        _check_country(self.country, "country")


@dataclass(frozen=True, slots=True, kw_only=True)
class Qualification:
    """A condition is met as of a day; ``article`` is what it rests on."""

    condition: Condition
    branch: Branch
    as_of_date: date
    valid_until_date: date | None = None
    article: str = NATIONAL_LAW

    def __post_init__(self) -> None:
        if self.valid_until_date is not None and self.valid_until_date < self.as_of_date:
            raise _refuse("valid_until_date", "is before as_of_date")
        check_article(self.article)


@dataclass(frozen=True, slots=True, kw_only=True)
class Invalidation:
    """A record is withdrawn without replacement (987/2009 Art 5(1)); ``article`` is the ground."""

    reason: InvalidationReason
    article: str

    def __post_init__(self) -> None:
        check_article(self.article)


Attestation = AwardedEntitlement | ApplicableLegislation | LifeCertificate | Qualification


def check_article(text: str) -> str:
    """``883/2004 Art 61(1)`` or ``national law``; InvalidInputError for anything else."""
    if text != NATIONAL_LAW and not _ARTICLE.fullmatch(text):
        raise _refuse("article", 'is neither like "987/2009 Art 5(1)" nor "national law"')
    return text


def _check_order(start: date, end: date | None) -> None:
    if end is not None and end < start:
        raise _refuse("end_date", "is before start_date")


def _check_country(code: str, field: str) -> None:
    if not _COUNTRY.fullmatch(code):
        raise _refuse(field, "is not a code of two capital letters (ISO 3166-1), such as FR")


def _check_digest(value: bytes, field: str) -> None:
    if value and len(value) != _DIGEST_BYTES:
        raise _refuse(field, f"is not {_DIGEST_BYTES} bytes")


def _check_host_states(states: Iterable[str], applicable: str) -> None:
    found = list(states)
    for state in found:
        _check_country(state, "host_states")
    if found != sorted(set(found)) or applicable in found:
        raise _refuse(
            "host_states", "must be other states than the applicable one, each once, in order"
        )


def _refuse(field: str, why: str) -> InvalidInputError:
    return InvalidInputError(f"{field} {why}", field=field)
