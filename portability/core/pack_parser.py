"""The strict reader of agreement packs (TOML)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from portability.core.agreement import (
    Dated,
    ExcludedKind,
    Kind,
    Method,
    OverlapRule,
    Pack,
    ShortMeasure,
    ShortPeriods,
)
from portability.core.branches.parameters import BRANCH_PARAMETERS, check_branches
from portability.core.conversion import ConversionTable, DayRow
from portability.core.document import Table, read_document
from portability.core.methods.parameters import METHOD_PARAMETERS, check_methods
from portability.core.periods import Branch
from portability.core.reading import read_duration
from portability.core.units import DAY_UNITS, Unit

Reader = Callable[[Table], object]

ARTICLES = (
    "aggregation",
    "conversion",
    "conversion_days",
    "conversion_units",
    "conversion_rounding",
    "conversion_mode",
    "conversion_cap",
    "conversion_floor",
    "overlap_voluntary",
    "overlap_equivalent",
    "overlap_two_equivalents",
    "overlap_undated",
    "overlap_other",
    "independent",
    "theoretical",
    "pro_rata",
    "before_risk",
    "comparison",
    "full_career",
    "short_period",
    "short_period_others",
    "short_period_all",
    "conditions_elsewhere",
    "voluntary_supplement",
    "minimum_supplement",
    "anti_overlap_same",
    "anti_overlap_different",
    "special_schemes",
    "base",
    "provisional",
    "correction",
    "no_pro_rata",
)
"""The rules for which a pack that adds periods must cite an article (or its own choice)."""

DENOMINATORS = (
    "total",
    "total-capped-at-full-career",
    "full-career",
    "fortieths",
    "computation-years",
    "own-and-foreign-capped",
    "none",
)
ANSWERS = ("yes", "no", "conditional")
ASSURANCES = {
    "identity": ("low", "substantial", "high"),
    "act": ("A0", "A1", "A2", "A3"),
}
"""What parties may agree on as the least that a consent reaches, the lowest first."""
_PERIOD_METHODS = frozenset({Method.PRO_RATA, Method.AGGREGATION, Method.INTEGRATION})
_NO_PERIOD_KINDS = frozenset({Kind.CONTRIBUTION_ONLY, Kind.EXPORT_ONLY})


@dataclass(frozen=True, slots=True)
class _Parameter:
    read: Reader
    required: bool = True


def _text(table: Table) -> object:
    return table.text("value")


def _one_of(choices: tuple[str, ...]) -> Reader:
    def read(table: Table) -> object:
        found = table.text("value")
        if found not in choices:
            table.refuse("value", f"must be one of {', '.join(choices)}")
        return found

    return read


def _flag(table: Table) -> object:
    if "value" not in table:
        table.missing("value")
    return table.flag("value")


def _count(table: Table) -> object:
    found = table.integer("value")
    return found if found >= 0 else table.refuse("value", "must not be negative")


def _unit(table: Table) -> object:
    return table.choice("value", Unit)


def _texts(table: Table) -> object:
    if "value" not in table:
        table.missing("value")
    found = table.texts("value")
    if len(set(found)) != len(found):
        table.refuse("value", "names something twice")
    return found


def _parties(table: Table) -> object:
    found = table.texts("value")
    if len(found) < 2 or len(set(found)) != len(found):  # noqa: PLR2004  # nobody agrees alone
        table.refuse("value", "must name at least two parties, each once")
    return found


def _kinds(table: Table) -> object:
    texts = table.texts("value") if "value" in table else table.missing("value")
    known = {kind.value: kind for kind in ExcludedKind}
    for text in texts:
        if text not in known:
            table.refuse("value", f"may only name {', '.join(known)}")
    return tuple(known[text] for text in texts)


def _overlap(table: Table) -> object:
    texts = table.texts("value") if "value" in table else table.missing("value")
    known = {rule.value: rule for rule in OverlapRule}
    if len(set(texts)) != len(texts) or any(text not in known for text in texts):
        table.refuse("value", f"may only name, each once, {', '.join(known)}")
    return tuple(known[text] for text in texts)


def _method(table: Table) -> object:
    inner = table.table("value")
    methods = {
        branch: inner.choice(branch.value, Method) for branch in Branch if branch.value in inner
    }
    inner.finish()
    if not methods:
        table.refuse("value", "must name at least one branch")
    return MappingProxyType(methods)


def _mapping(table: Table) -> dict[str, str]:
    inner = table.table("value")
    found = {key: inner.text(key) for key in inner.keys()}  # noqa: SIM118  # a Table is no mapping
    inner.finish()
    return found


def _articles(table: Table) -> object:
    found = _mapping(table)
    for key in ARTICLES:
        if key not in found:
            table.refuse("value", f"has no article for {key}")
    return found


def _months(table: Table) -> object:
    inner = table.table("value")
    found = {key: inner.integer(key) for key in inner.keys()}  # noqa: SIM118  # a Table is no mapping
    inner.finish()
    return MappingProxyType(found)


def _terms(table: Table) -> object:
    """Days to answer, between reminders, until a provisional decision; and how many reminders."""
    inner = table.table("value")
    found = {
        key: _positive(inner, key) for key in ("answer", "interval", "reminders", "provisional")
    }
    inner.finish()
    return MappingProxyType(found)


def _short_periods(table: Table) -> object:
    inner = table.table("value")
    value = ShortPeriods(
        below=read_duration(inner.table("below")),
        measured=inner.choice("measured", ShortMeasure),
        in_theoretical=inner.flag("in_theoretical"),
        in_ratio=inner.flag("in_ratio"),
    )
    inner.finish()
    return value


def _conversion(table: Table) -> object:
    inner = table.table("value")
    rows = tuple(
        (day_type, _day_row(inner.table(unit.value)))
        for day_type, unit in DAY_UNITS.items()
        if unit.value in inner
    )
    names = ("quarter_months", "quarter_weeks", "year_quarters", "year_months", "year_weeks")
    sizes = {name: _positive(inner, name) for name in names}
    inner.finish()
    found = ConversionTable(rows=rows, **sizes)
    if found.quarter_months * found.year_quarters != found.year_months:
        table.refuse("value", "contradicts itself: the quarters of a year are not its months")
    if not any(day_type == 6 for day_type, _ in rows):  # noqa: PLR2004  # weeks meet months there
        table.refuse("value", "needs the row days-6, through which weeks and months convert")
    return found


def _day_row(table: Table) -> DayRow:
    names = ("hours", "week", "month", "quarter", "year")
    row = DayRow(**{name: _positive(table, name) for name in names})
    table.finish()
    return row


def _assurance(table: Table) -> object:
    """The least that a consent must reach: how sure the identity, and how sure the act."""
    inner = table.table("value")
    found = {name: inner.text(name) for name in ASSURANCES}
    inner.finish()
    for name, text in found.items():
        if text not in ASSURANCES[name]:
            table.refuse("value", f"must have as {name} one of {', '.join(ASSURANCES[name])}")
    return MappingProxyType(found)


def _positive(table: Table, key: str) -> int:
    found = table.integer(key)
    return found if found > 0 else table.refuse(key, "must be more than zero")


PARAMETERS: Mapping[str, _Parameter] = {
    "version": _Parameter(_text),
    "parties": _Parameter(_parties),
    "persons": _Parameter(_texts),
    "method": _Parameter(_method),
    "third_state_totalization": _Parameter(_one_of(ANSWERS)),
    "denominator": _Parameter(_one_of(DENOMINATORS)),
    "minimum_own_periods": _Parameter(_short_periods, required=False),
    "waiting_period": _Parameter(_months, required=False),
    "excluded_period_kinds": _Parameter(_kinds),
    "refunded_periods_count": _Parameter(_flag),
    "overlap_rules": _Parameter(_overlap),
    "conversion_table": _Parameter(_conversion),
    "conversion_mode": _Parameter(_one_of(("as-communicated", "aggregate", "yearly", "per-spell"))),
    "independent_comparison": _Parameter(_flag),
    "full_career_cap": _Parameter(_flag),
    "voluntary_supplement": _Parameter(_flag),
    "reconciliation_unit": _Parameter(_unit),
    "calendar_month_jurisdictions": _Parameter(_texts, required=False),
    "applicable_legislation": _Parameter(_text, required=False),
    "posting_limit_months": _Parameter(_count, required=False),
    "export": _Parameter(_texts, required=False),
    "claim_date_rule": _Parameter(_text, required=False),
    "more_favourable_agreement": _Parameter(_text, required=False),
    "settlement": _Parameter(_one_of(("actual", "fixed", "waived")), required=False),
    "settlement_deadlines_months": _Parameter(_months, required=False),
    "legal_basis": _Parameter(_texts),
    "retention_basis": _Parameter(_text),
    "consent_assurance": _Parameter(_assurance, required=False),
    "exchange_terms_days": _Parameter(_terms, required=False),
    "articles": _Parameter(_articles),
} | {
    key: _Parameter(read, required=False)
    for key, read in (*METHOD_PARAMETERS.items(), *BRANCH_PARAMETERS.items())
}


def parse_pack(source: bytes, name: str) -> Pack:
    """An agreement pack. Raises InvalidInputError naming file, key and line if it is unusable."""
    document = read_document(source, name)
    valid_from = document.day("valid_from")
    valid_to = document.optional_day("valid_to")
    if valid_to is not None and valid_to < valid_from:
        document.refuse("valid_to", "lies before valid_from")
    pack = Pack(
        id=document.text("id"),
        title=document.text("title"),
        kind=document.choice("kind", Kind),
        valid_from=valid_from,
        valid_to=valid_to,
        parameters=_read_parameters(document),
    )
    document.finish()
    _check(pack, document)
    return pack


def _read_parameters(document: Table) -> Mapping[str, tuple[Dated, ...]]:
    found: dict[str, tuple[Dated, ...]] = {}
    for key, parameter in PARAMETERS.items():
        table = document.optional_table(key)
        if table is None:
            if parameter.required:
                document.missing(key)
            continue
        table.optional_text("note")
        values = table.tables("values")
        table.finish()
        if not values:
            table.refuse("values", "must hold at least one value")
        found[key] = tuple(_read_dated(value, parameter.read) for value in values)
        dates = [item.since for item in found[key]]
        if dates != sorted(set(dates)):
            table.refuse("values", "must be in order of their dates, each date once")
    return MappingProxyType(found)


def _read_dated(table: Table, read: Reader) -> Dated:
    dated = Dated(since=table.day("from"), value=read(table), source=table.text("source"))
    if not dated.source.strip():
        table.refuse("source", "must name the text that the value comes from")
    table.finish()
    return dated


def _check(pack: Pack, document: Table) -> None:
    """Refuse a pack that is incomplete from its first day on, or that contradicts itself."""
    for key, values in pack.parameters.items():
        if PARAMETERS[key].required and values[0].since > pack.valid_from:
            document.refuse(key, f"has no value from {pack.valid_from}, when the agreement begins")
    for item in pack.parameters["method"]:
        methods = set(item.value.values()) if isinstance(item.value, Mapping) else set()
        if pack.kind in _NO_PERIOD_KINDS and methods & _PERIOD_METHODS:
            document.refuse("method", f"adds periods, which a {pack.kind} agreement does not do")
    check_methods(pack, document)
    check_branches(pack, document)
