"""Durations and periods as TOML tables of case files and agreement packs."""

from portability.core.document import Table
from portability.core.periods import Communicated, Duration, Period, PeriodType
from portability.errors import InvalidInputError

_DURATION_KEYS = ("years", "quarters", "months", "weeks", "days", "hours")


def read_duration(table: Table) -> Duration:
    """``{ years = 20 }`` or ``{ days = 106, day_type = 6 }``; at least one part must be given."""
    given = {key: table.exact(key) for key in _DURATION_KEYS if key in table}
    day_type = table.optional_integer("day_type")
    table.finish()
    if not given:
        table.refuse(None, "must hold at least one of years, quarters, months, weeks, days, hours")
    return table.build(None, lambda: Duration(**given, day_type=day_type))


def optional_duration(table: Table, key: str) -> Duration | None:
    inner = table.optional_table(key)
    return None if inner is None else read_duration(inner)


def read_period(table: Table, record_id: str) -> Period:
    """One ``[[period]]`` of a case file. Raises InvalidInputError naming file, key and line."""
    jurisdiction = table.text("jurisdiction")
    kind = table.parse("type", PeriodType.parse, table.text("type"))
    by_year = _read_years(table)
    communicated = table.optional_text("communicated") or ("yearly" if by_year else "aggregate")
    period = table.build(
        None,
        lambda: Period(
            id=record_id,
            jurisdiction=jurisdiction,
            type=kind,
            start=table.optional_day("start"),
            end=table.optional_day("end"),
            declared=optional_duration(table, "declared"),
            communicated=_communicated(communicated),
            by_year=by_year,
            scheme=table.optional_text("scheme"),
            relevance=table.optional_text("relevance"),
            calculation=table.optional_text("calculation"),
            refunded=table.flag("refunded"),
            institution=table.optional_text("institution"),
        ),
    )
    table.finish()
    return period


def _communicated(text: str) -> Communicated:
    if text == "aggregate":
        return "aggregate"
    if text == "yearly":
        return "yearly"
    raise InvalidInputError('it must be "aggregate" or "yearly"', field="communicated")


def _read_years(table: Table) -> tuple[tuple[int, Duration], ...]:
    inner = table.optional_table("by_year")
    if inner is None:
        return ()
    years = []
    for key in inner.keys():  # noqa: SIM118  # a Table is no mapping
        if not (key.isascii() and key.isdigit() and len(key) == 4):  # noqa: PLR2004  # a year
            inner.refuse(key, "must be a year of four digits")
        years.append((int(key), read_duration(inner.table(key))))
    return tuple(sorted(years, key=lambda item: item[0]))
