"""What one jurisdiction's law provides for the claim, and the circumstances around it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from types import MappingProxyType

from portability.core.formulas import Formula
from portability.core.measure import Counting
from portability.core.money import Money, Rounding
from portability.core.periods import Duration, Period
from portability.core.units import Unit


class AnnexEight(IntEnum):
    """Where 883/2004 Annex VIII lists a scheme; Art 52(4), 52(5) and 57(4)."""

    NOT_LISTED = 0
    PART_1 = 1
    PART_2 = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """
    One scheme of national law.

    ``independent`` is the national benefit on own periods alone, ``theoretical`` the benefit as if
    all periods had been completed here; with a ``formula`` both are calculated instead.
    Without ``counting`` dates are measured as the agreement says that the state certifies them, by
    exact dates where it says nothing. ``theoretical_without`` gives the theoretical amount if the
    periods of one jurisdiction are left out. ``covers`` are the P5000 scheme codes of own periods
    that belong to this scheme (empty: all); a ``special`` scheme adds only foreign periods of the
    same codes (883/2004 Art 51(1)). ``conditions_met`` speaks of conditions other than periods,
    such as age; ``deferred`` of a benefit that the person put off (Art 50). ``voluntary_value`` is
    the national value of voluntary periods that another jurisdiction's compulsory ones displaced
    (987/2009 Art 43(2)).
    ``insured_at_risk`` says that the law asks for insurance when the risk materialises (Art 51(3)).
    With an ``institution`` own periods are those that it certified: where several institutions of
    one jurisdiction decide, each applies its own legislation, and what the others certified counts
    in the total alone (Art 52(1)(b)(ii)). Empty for the one that decides on all of them.
    """

    jurisdiction: str
    unit: Unit
    name: str | None = None
    counting: Counting | None = None
    minimum: Duration | None = None
    full_career: Duration | None = None
    independent: Money | None = None
    theoretical: Money | None = None
    formula: Formula | None = None
    theoretical_without: Mapping[str, Money] = field(default_factory=lambda: MappingProxyType({}))
    rounding: Rounding = Rounding.HALF_UP
    duration_independent: bool = False
    covers: tuple[str, ...] = ()
    special: bool = False
    conditions_met: bool = True
    deferred: bool = False
    voluntary_value: Money | None = None
    minimum_benefit: Money | None = None
    annex_eight: AnnexEight = AnnexEight.NOT_LISTED
    annex_nine: bool = False
    insured_at_risk: bool = False
    facts: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    institution: str = ""

    @property
    def label(self) -> str:
        """Jurisdiction and, if the scheme has one, its name."""
        return f"{self.jurisdiction} ({self.name})" if self.name else self.jurisdiction

    @property
    def currency(self) -> str | None:
        """The currency in which the scheme pays; None if the case gives no amount."""
        known = self.theoretical or self.independent
        if self.formula is not None:
            return self.formula.currency
        return None if known is None else known.currency

    def is_own(self, record: Period) -> bool:
        """Whether a record is of the legislation that this scheme applies."""
        return record.jurisdiction == self.jurisdiction and (
            not self.institution or record.institution == self.institution
        )

    def place_of(self, record: Period) -> str:
        """Under which name a record counts: its jurisdiction, or another institution at home."""
        if record.jurisdiction != self.jurisdiction or self.is_own(record):
            return record.jurisdiction
        return f"{record.jurisdiction}/{record.institution}"

    def holds(self, record: Period) -> bool:
        """Whether an own record belongs to this scheme."""
        return not self.covers or record.scheme in self.covers


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherBenefit:
    """
    A benefit or income that national law may set off (883/2004 Art 53 to 55).

    ``same_kind`` as in Art 53(1); ``reduces`` names the jurisdictions whose law provides a
    reduction. A benefit from ``voluntary`` insurance is left out (53(3)(c)). ``mutual`` says that
    this benefit is reduced in turn because of theirs (987/2009 Art 10).
    """

    name: str
    jurisdiction: str
    amount: Money
    same_kind: bool
    voluntary: bool
    reduces: tuple[str, ...]
    mutual: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingAnswer:
    """A jurisdiction that has not answered yet, and the most that it may still certify."""

    jurisdiction: str
    at_most: Duration


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What is known about the claim besides periods and schemes; ``facts`` are further tables."""

    residence: str | None = None
    other_benefits: tuple[OtherBenefit, ...] = ()
    missing: tuple[MissingAnswer, ...] = ()
    facts: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
