"""What must be known about a person's work to say which legislation applies."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType

from portability.core.periods import Branch


class Work(StrEnum):
    """What a person does, or receives, that may bring a legislation with it."""

    EMPLOYED = "employed"
    SELF_EMPLOYED = "self-employed"
    CIVIL_SERVANT = "civil-servant"
    SEAFARER = "seafarer"
    AIR_CREW = "air-crew"
    CONTRACT_STAFF = "contract-staff"
    MILITARY_SERVICE = "military-service"
    UNEMPLOYMENT_BENEFIT = "unemployment-benefit"


EMPLOYED = frozenset({Work.EMPLOYED, Work.SEAFARER, Work.AIR_CREW})
"""Those to whom the rules for employed persons apply."""
WORKING = EMPLOYED | {Work.SELF_EMPLOYED, Work.CIVIL_SERVANT}


class Criterion(StrEnum):
    """By what a share of all activities is measured (987/2009 Art 14(8))."""

    TIME = "time"
    PAY = "pay"
    TURNOVER = "turnover"
    SERVICES = "services"
    INCOME = "income"


FOR_EMPLOYED = (Criterion.TIME, Criterion.PAY)
FOR_SELF_EMPLOYED = (
    Criterion.TURNOVER,
    Criterion.TIME,
    Criterion.SERVICES,
    Criterion.INCOME,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """
    One activity in one jurisdiction, as expected for the coming twelve months.

    ``measures`` hold its size by criterion, in any unit that all activities share. ``seat`` is
    where the employer, or the administration of a civil servant, has its seat; ``flag`` that of a
    seafarer's vessel, ``home_base`` that of air crew. ``marginal`` says what the institution found
    where the figures do not; None leaves it to them. ``choice`` is the law that contract staff of
    the Union chose.
    """

    jurisdiction: str
    work: Work
    employer: str
    seat: str | None = None
    flag: str | None = None
    home_base: str | None = None
    measures: Mapping[Criterion, Fraction] = field(default_factory=lambda: MappingProxyType({}))
    marginal: bool | None = None
    choice: str | None = None
    start: date | None = None
    end: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """
    Temporary work abroad under the law of the sending state.

    ``end`` is the anticipated last day, None if there is none. ``replaces`` says that the person
    is sent in place of another posted person, whoever posted that one (CJEU C-527/16).
    ``earlier`` are former postings of the same kind, first and last day.
    """

    sending: str
    to: str
    start: date
    end: date | None
    work: Work
    replaces: bool
    normally_active: bool
    subject_before: bool
    similar_activity: bool
    earlier: tuple[tuple[date, date], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreedException:
    """An exception agreed between the authorities (883/2004 Art 16); open ends are None."""

    jurisdiction: str
    start: date | None
    end: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """
    A document on the applicable legislation (portable document A1) and its days.

    It binds everybody else until its issuer withdraws it (987/2009 Art 5).
    """

    issuer: str
    start: date
    end: date | None
    withdrawn: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Voluntary:
    """A wish to join a voluntary scheme (883/2004 Art 14)."""

    jurisdiction: str
    branch: Branch
    earlier_activity: bool
    allowed_by_law: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """
    States that disagree (987/2009 Art 6): the first one asked, and who was found competent.

    ``arose`` is the day on which they began to, ``brought`` that on which the matter came before
    the Administrative Commission (Art 6(3), for documents 5(4)).
    """

    first_asked: str | None
    settled: str | None
    arose: date | None = None
    brought: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Informed:
    """When the other institutions learnt of a provisional decision, and if one objected."""

    on: date
    objection: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Everything about one person on one day."""

    day: date
    residence: str
    activities: tuple[Activity, ...]
    exception: AgreedException | None = None
    certificate: Certificate | None = None
    posting: Posting | None = None
    substantial_at_residence: bool | None = None
    centre_of_interest: str | None = None
    nationality: str | None = None
    earlier_legislation: str | None = None
    voluntary: tuple[Voluntary, ...] = ()
    dispute: Dispute | None = None
    informed: Informed | None = None
