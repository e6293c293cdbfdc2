"""What one scheme owes, and every number on the way there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from portability.core.aggregation import Aggregate
from portability.core.amounts import Dividing, Ratio
from portability.core.anti_overlap import Deduction
from portability.core.money import Money
from portability.core.scheme import Scheme
from portability.core.standing import Standing


class PaidAs(StrEnum):
    """As what a jurisdiction pays; all-periods is the last one under 883/2004 Art 57(3)."""

    INDEPENDENT = "independent"
    PRO_RATA = "pro-rata"
    ALL_PERIODS = "all-periods"
    NONE = "none"
    UNKNOWN = "unknown"


class Reason(StrEnum):
    """Why a scheme pays nothing."""

    NO_OWN_PERIODS = "no-own-periods"
    MINIMUM_NOT_MET = "minimum-not-met"
    SHORT_PERIOD = "short-period"
    CONDITIONS_NOT_MET = "conditions-not-met"
    DEFERRED = "deferred"
    NOT_INSURED = "not-insured-at-risk"
    AMOUNT_UNKNOWN = "amount-unknown"
    OTHER_PAYS = "another-jurisdiction-pays"
    NOT_EXPORTED = "not-paid-abroad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A step of a method in words, with the articles that it rests on."""

    text: str
    articles: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Working:
    """
    How amounts came about, for explanations.

    ``dividing`` are the periods of the ratio. ``independent`` and ``pro_rata`` are the amounts
    before the ``deductions`` for other benefits; ``formulas`` say in words how amounts of these
    names were calculated. ``voluntary_steps`` are the keys of the articles of that value.
    """

    dividing: Dividing | None
    independent: Money | None
    pro_rata: Money | None
    deductions: tuple[Deduction, ...]
    voluntary_steps: tuple[str, ...]
    formulas: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entitlement:
    """
    What one scheme of one jurisdiction owes, and every number on the way there.

    ``details`` are further values of the method for a JSON document, ``notes`` say in words how the
    method came to the amount, where it is not that of 883/2004.

    Amounts are None where they are not due or not known. ``payable`` holds the ``supplement`` of
    883/2004 Art 58, if there is one. ``basis`` holds the articles behind what is paid. ``working``
    is there where the chapter on pensions made the amounts. ``own_law`` is what its law would pay a
    month where another state pays and this one refunds it: the most that it refunds.
    """

    standing: Standing
    independent: Money | None
    theoretical: Money | None
    ratio: Ratio | None
    pro_rata: Money | None
    voluntary: Money | None
    left_out: tuple[str, ...]
    payable: Money | None
    supplement: Money | None
    paid_as: PaidAs
    reason: Reason | None
    basis: tuple[str, ...]
    details: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    notes: tuple[Note, ...] = ()
    working: Working | None = None
    own_law: Money | None = None

    @property
    def jurisdiction(self) -> str:
        return self.standing.scheme.jurisdiction

    @property
    def scheme(self) -> Scheme:
        return self.standing.scheme

    @property
    def aggregate(self) -> Aggregate:
        """Own and foreign periods that open the right, in the unit of the scheme."""
        return self.standing.qualifying

    @property
    def ratio_steps(self) -> tuple[str, ...]:
        """The keys of the articles that made the ratio what it is."""
        steps = ["pro_rata"]
        if (
            self.working is not None
            and self.working.dividing is not None
            and self.ratio is not None
        ):
            sums = self.working.dividing.sums
            named = {code for code, _ in sums.lengths} | set(self.left_out)
            entering = self.standing.calculating.lengths
            if self.left_out:
                steps.append("conditions_elsewhere")
            if any(length.amount and code not in named for code, length in entering):
                steps.append("short_period_others")
            if self.ratio.total != sums.total:
                steps.append("full_career")
        return tuple(steps)

    @property
    def voluntary_steps(self) -> tuple[str, ...]:
        """The keys of the articles behind the value of displaced voluntary periods, if any."""
        return () if self.working is None else self.working.voluntary_steps

    @property
    def meets_minimum_alone(self) -> bool:
        return self.standing.alone

    @property
    def meets_minimum(self) -> bool:
        return self.standing.together
