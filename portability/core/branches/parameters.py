"""
The values of an agreement pack that applicable legislation and the other branches need.

A pack that names the method or the rule set must also hold the values and cite the articles.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from portability.core.agreement import Method, Pack, Rules
from portability.core.document import Table
from portability.core.family.facts import Basis, Interruption

Reader = Callable[[Table], object]
TITLE_II = "eu-title-ii"


class SeatRule(StrEnum):
    """Whose law applies without a substantial part at home (883/2004 Art 13(1)(b))."""

    RESIDENCE_IF_SEATS_DIFFER = "residence-if-seats-differ"
    BY_SEATS = "by-seats"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportLimits:
    """Export of unemployment benefits: weeks at home first, days to register, months abroad."""

    registered_weeks: int
    register_days: int
    months: int
    extended_months: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeLimits:
    """Months before a matter may go to the Administrative Commission, and for it to reconcile."""

    commission: int
    conciliation: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundLimits:
    """Refunded months: ``months``, or ``longer`` after ``worked`` of the last ``within`` months."""

    months: int
    longer: int
    worked: int
    within: int


def _count(table: Table, key: str) -> int:
    found = table.integer(key)
    return found if found > 0 else table.refuse(key, "must be more than zero")


def _positive(table: Table) -> object:
    return _count(table, "value")


def _percent(table: Table) -> object:
    found = _count(table, "value")
    return found if found <= 100 else table.refuse("value", "must be at most 100")  # noqa: PLR2004  # per cent


def _text(table: Table) -> object:
    return table.text("value")


def _bases(table: Table) -> object:
    found = table.texts("value")
    if sorted(found) != sorted(Basis):
        table.refuse("value", f"must name each once: {', '.join(Basis)}")
    return found


def _interruptions(table: Table) -> object:
    found = table.texts("value")
    if not set(found) <= set(Interruption):
        table.refuse("value", f"may only name {', '.join(Interruption)}")
    return found


def _seat_rule(table: Table) -> object:
    return table.choice("value", SeatRule)


def _export(table: Table) -> object:
    inner = table.table("value")
    names = ("registered_weeks", "register_days", "months", "extended_months")
    found = ExportLimits(**{name: _count(inner, name) for name in names})
    inner.finish()
    if found.extended_months < found.months:
        table.refuse("value", "contradicts itself: the extended months are fewer")
    return found


def _dispute(table: Table) -> object:
    inner = table.table("value")
    found = DisputeLimits(
        commission=_count(inner, "commission"), conciliation=_count(inner, "conciliation")
    )
    inner.finish()
    return found


def _refund(table: Table) -> object:
    inner = table.table("value")
    names = ("months", "longer", "worked", "within")
    found = RefundLimits(**{name: _count(inner, name) for name in names})
    inner.finish()
    if found.longer < found.months or found.worked > found.within:
        table.refuse("value", "contradicts itself: months and longer, worked and within")
    return found


BRANCH_PARAMETERS: Mapping[str, Reader] = MappingProxyType(
    {
        "substantial_share_percent": _percent,
        "marginal_share_percent": _percent,
        "projection_months": _positive,
        "posting_gap_months": _positive,
        "legislation_final_after_months": _positive,
        "dispute_limits": _dispute,
        "seat_rule": _seat_rule,
        "air_crew_place": _text,
        "unemployment_export": _export,
        "unemployment_refund": _refund,
        "self_employed_frontier_workers": _text,
        "family_priority": _bases,
        "family_activity_interruptions": _interruptions,
        "family_refund_percent": _percent,
        "family_position_months": _positive,
    }
)
"""Keys of a pack with their readers."""

_NEEDED: Mapping[Method, tuple[str, ...]] = MappingProxyType(
    {
        Method.LAST_STATE: ("unemployment_export", "unemployment_refund"),
        Method.PRIORITY: (
            "family_priority",
            "family_activity_interruptions",
            "family_refund_percent",
            "family_position_months",
        ),
    }
)
_TITLE_II_VALUES = (
    "posting_limit_months",
    "posting_gap_months",
    "substantial_share_percent",
    "projection_months",
    "legislation_final_after_months",
    "dispute_limits",
    "seat_rule",
)
BRANCH_ARTICLES: Mapping[Method, tuple[str, ...]] = MappingProxyType(
    {
        Method.AGGREGATION: ("competent_state", "cash_income"),
        Method.NONE: ("not_aggregated",),
        Method.LAST_STATE: (
            "unemployment_aggregation",
            "unemployment_last_state",
            "unemployment_salary",
            "unemployment_salary_abroad",
            "unemployment_export",
            "unemployment_return",
            "unemployment_partial",
            "unemployment_residence",
            "unemployment_stays",
            "unemployment_refund",
            "unemployment_refund_longer",
            "unemployment_self_employed",
        ),
        Method.PRIORITY: (
            "family_rights",
            "family_different_bases",
            "family_activity",
            "family_pension",
            "family_residence",
            "family_interruption",
            "family_orphans",
            "family_supplement",
            "family_claim",
            "family_refund",
            "family_change",
            "family_position",
            "family_provisional",
            "exchange_rate",
        ),
    }
)
LEGISLATION_ARTICLES = (
    "one_legislation",
    "exception",
    "posting",
    "posting_self_employed",
    "posting_gap",
    "several_residence",
    "several_seat",
    "several_one_seat",
    "several_other_seat",
    "several_seats_differ",
    "several_self_employed",
    "several_centre",
    "several_employed_first",
    "several_civil_servant",
    "several_as_one",
    "substantial",
    "marginal",
    "projection",
    "employer_outside",
    "place_of_work",
    "civil_servant",
    "unemployment_recipient",
    "called_up",
    "residence_only",
    "seafarer_flag",
    "seafarer_paid_at_home",
    "air_crew",
    "voluntary",
    "contract_staff",
    "legislation_provisional",
    "documents_bind",
    "dispute_work",
    "dispute_residence",
    "dispute_first_asked",
    "dispute_retroactive",
    "dispute_commission",
)
"""What a pack must cite if it names the rules of Title II of 883/2004."""


def export_limits(rules: Rules) -> ExportLimits:
    found = rules.more["unemployment_export"]
    assert isinstance(found, ExportLimits)  # noqa: S101  # by its reader
    return found


def dispute_limits(rules: Rules) -> DisputeLimits:
    found = rules.more["dispute_limits"]
    assert isinstance(found, DisputeLimits)  # noqa: S101  # by its reader
    return found


def refund_limits(rules: Rules) -> RefundLimits:
    found = rules.more["unemployment_refund"]
    assert isinstance(found, RefundLimits)  # noqa: S101  # by its reader
    return found


def check_branches(pack: Pack, document: Table) -> None:
    """Refuse a pack that names a method or rule set without its values and articles."""
    for item in pack.parameters["method"]:
        methods = item.value.values() if isinstance(item.value, Mapping) else ()
        for method in sorted(set(methods)):
            _need(pack, document, _NEEDED.get(method, ()), str(method))
            _cite(pack, document, BRANCH_ARTICLES.get(method, ()))
    rules = [item.value for item in pack.parameters.get("applicable_legislation", ())]
    if TITLE_II in rules:
        _need(pack, document, _TITLE_II_VALUES, TITLE_II)
        _cite(pack, document, LEGISLATION_ARTICLES)


def _need(pack: Pack, document: Table, keys: tuple[str, ...], why: str) -> None:
    for key in keys:
        held = pack.parameters.get(key)
        if held is None:
            document.refuse(key, f"is missing; {why} needs it")
        if held[0].since > pack.valid_from:
            document.refuse(key, f"has no value from {pack.valid_from}")


def _cite(pack: Pack, document: Table, keys: tuple[str, ...]) -> None:
    for item in pack.parameters["articles"]:
        for key in keys:
            if isinstance(item.value, Mapping) and key not in item.value:
                document.refuse("articles", f"has no article for {key}")
