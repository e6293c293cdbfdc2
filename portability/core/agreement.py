"""
Agreement packs: the law between jurisdictions as dated data, each value with its source.

``parse_pack`` is strict: an incomplete or contradictory pack is refused and the key is named.
``Pack.rules_on`` gives the values that hold on a day; before a value's first date there is none.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import cast

from portability.core.conversion import ConversionTable
from portability.core.periods import Branch, Duration
from portability.core.units import Unit
from portability.errors import NoAgreementError

NATIONAL_LAW = "national"
"""The key under which rules that no agreement gives are cited."""


class Kind(StrEnum):
    """What an agreement does with periods."""

    COORDINATION = "coordination"
    TOTALIZATION = "totalization"
    CONTRIBUTION_ONLY = "contribution-only"
    EXPORT_ONLY = "export-only"
    HOME_COLLECTION = "home-collection"


class Method(StrEnum):
    """How the parties share what periods in several of them are worth."""

    PRO_RATA = "pro-rata"
    AGGREGATION = "aggregation"
    DIRECT = "direct"
    INTEGRATION = "integration"
    LAST_STATE = "last-state"
    PRIORITY = "priority"
    RELATIVE_EARNINGS = "relative-earnings"
    FORTIETHS = "fortieths"
    HOME_COLLECTION = "home-collection"
    LUMP_SUM_TRANSFER = "lump-sum-transfer"
    CONTRIBUTION_ONLY = "contribution-only"
    EXPORT_ONLY = "export-only"
    NONE = "none"


class OverlapRule(StrEnum):
    """What an agreement says about periods of different parties on the same dates."""

    COMPULSORY_OVER_VOLUNTARY = "compulsory-over-voluntary"
    REAL_OVER_EQUIVALENT = "real-over-equivalent"
    EQUIVALENT_BY_LAST_COMPULSORY = "equivalent-by-last-compulsory"
    DOUBLE_COUNTED_ONCE = "double-counted-once"
    UNDATED_COUNTS = "undated-counts"
    OWN_PREVAILS = "own-prevails"


class ExcludedKind(StrEnum):
    """Kinds of periods that an agreement leaves out."""

    RESIDENCE = "residence"
    EQUIVALENT = "equivalent"
    VOLUNTARY = "voluntary"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
    """A value, the day from which it holds, and the text that says so."""

    since: date
    value: object
    source: str


class ShortMeasure(StrEnum):
    """Whether own periods that foreign ones displace are part of a short period's length."""

    AS_COMPLETED = "as-completed"
    AFTER_OVERLAP = "after-overlap"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortPeriods:
    """What becomes of periods too short to be paid for (883/2004 Art 57)."""

    below: Duration
    measured: ShortMeasure
    in_theoretical: bool
    in_ratio: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """
    The values of one pack that hold on one day.

    ``more`` are the values that only some methods need, by key.
    """

    agreement: str
    version: str
    kind: Kind
    day: date
    parties: tuple[str, ...]
    branches: Mapping[Branch, Method]
    third_state_totalization: str
    denominator: str
    short_periods: ShortPeriods | None
    excluded_period_kinds: tuple[ExcludedKind, ...]
    refunded_periods_count: bool
    overlap_rules: tuple[OverlapRule, ...]
    conversion: ConversionTable
    independent_comparison: bool
    full_career_cap: bool
    voluntary_supplement: bool
    reconciliation_unit: Unit
    calendar_month_jurisdictions: tuple[str, ...]
    articles: Mapping[str, str]
    more: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))

    def cite(self, *keys: str) -> tuple[str, ...]:
        """The articles behind the named rules, in order, each once."""
        return tuple(dict.fromkeys(self.articles[key] for key in keys))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """One agreement. ``parameters`` holds every dated value by key, oldest first."""

    id: str
    title: str
    kind: Kind
    valid_from: date
    valid_to: date | None
    parameters: Mapping[str, tuple[Dated, ...]]

    def dated(self, key: str, day: date) -> Dated:
        """
        The value of ``key`` that holds on ``day``, with its source.

        Raises NoAgreementError naming agreement and date if there is none on that day.
        """
        if day < self.valid_from or (self.valid_to is not None and day > self.valid_to):
            until = f" to {self.valid_to}" if self.valid_to else ""
            raise NoAgreementError(
                f"the agreement {self.id} is not in force on {day}; "
                f"it holds from {self.valid_from}{until}",
                agreement=self.id,
                date=day.isoformat(),
            )
        holding = [item for item in self.parameters.get(key, ()) if item.since <= day]
        if not holding:
            first = self.parameters.get(key, ())
            since = f"its first value holds from {first[0].since}" if first else "it has none"
            raise NoAgreementError(
                f"the agreement {self.id} has no value for {key} on {day}; {since}",
                agreement=self.id,
                date=day.isoformat(),
                field=key,
            )
        return holding[-1]

    def value(self, key: str, day: date) -> object:
        """The value alone; raises as ``dated``."""
        return self.dated(key, day).value

    def rules_on(self, day: date) -> Rules:
        """Every value that the engine needs, on one day; raises NoAgreementError as ``dated``."""
        return Rules(
            agreement=self.id,
            version=cast("str", self.value("version", day)),
            kind=self.kind,
            day=day,
            parties=cast("tuple[str, ...]", self.value("parties", day)),
            branches=cast("Mapping[Branch, Method]", self.value("method", day)),
            third_state_totalization=cast("str", self.value("third_state_totalization", day)),
            denominator=cast("str", self.value("denominator", day)),
            short_periods=cast("ShortPeriods | None", self._optional("minimum_own_periods", day)),
            excluded_period_kinds=cast(
                "tuple[ExcludedKind, ...]", self.value("excluded_period_kinds", day)
            ),
            refunded_periods_count=cast("bool", self.value("refunded_periods_count", day)),
            overlap_rules=cast("tuple[OverlapRule, ...]", self.value("overlap_rules", day)),
            conversion=cast("ConversionTable", self.value("conversion_table", day)),
            independent_comparison=cast("bool", self.value("independent_comparison", day)),
            full_career_cap=cast("bool", self.value("full_career_cap", day)),
            voluntary_supplement=cast("bool", self.value("voluntary_supplement", day)),
            reconciliation_unit=cast("Unit", self.value("reconciliation_unit", day)),
            calendar_month_jurisdictions=cast(
                "tuple[str, ...]", self._optional("calendar_month_jurisdictions", day) or ()
            ),
            articles=MappingProxyType(
                {NATIONAL_LAW: "national law"} | cast("dict[str, str]", self.value("articles", day))
            ),
            more=MappingProxyType(
                {
                    key: self.value(key, day)
                    for key, values in self.parameters.items()
                    if values[0].since <= day
                }
            ),
        )

    def _optional(self, key: str, day: date) -> object:
        return self.value(key, day) if key in self.parameters else None
