"""
Tables that a case file may hold beside periods, schemes and expectations.

``EXTRA_TABLES`` maps a top-level key to its reader. A branch or method that needs more facts adds
its reader here and finds the value in ``Case.extra``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from portability.core.branches.tables import BRANCH_TABLES
from portability.core.document import Table
from portability.core.methods.tables import METHOD_TABLES
from portability.core.periods import Period
from portability.core.reading import read_duration, read_period
from portability.core.scheme import Circumstances, MissingAnswer, OtherBenefit

ExtraReader = Callable[[Table], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """A record that supersedes another one; ``replaces`` counts the periods of the file from 1."""

    replaces: int
    period: Period | None


def _read_residence(document: Table) -> object:
    return document.jurisdiction("residence")


def _read_other_benefits(document: Table) -> object:
    return tuple(_read_other_benefit(table) for table in document.tables("other_benefit"))


def _read_other_benefit(table: Table) -> OtherBenefit:
    kind = table.text("kind")
    if kind not in {"same", "different"}:
        table.refuse("kind", "must be same or different (883/2004 Art 53)")
    found = OtherBenefit(
        name=table.text("name"),
        jurisdiction=table.jurisdiction("jurisdiction"),
        amount=table.money("amount"),
        same_kind=kind == "same",
        voluntary=table.flag("voluntary"),
        reduces=table.jurisdictions("reduces"),
        mutual=table.flag("mutual"),
    )
    table.finish()
    return found


def _read_missing(document: Table) -> object:
    return tuple(_read_missing_answer(table) for table in document.tables("missing"))


def _read_missing_answer(table: Table) -> MissingAnswer:
    found = MissingAnswer(
        jurisdiction=table.jurisdiction("jurisdiction"),
        at_most=read_duration(table.table("at_most")),
    )
    table.finish()
    return found


def _read_corrections(document: Table) -> object:
    return tuple(
        _read_correction(table, number)
        for number, table in enumerate(document.tables("correction"), start=1)
    )


def _read_correction(table: Table, number: int) -> Correction:
    replaces = _replaced(table)
    if table.flag("withdrawn"):
        table.finish()
        return Correction(replaces=replaces, period=None)
    return Correction(replaces=replaces, period=read_period(table, f"correction {number}"))


def _replaced(table: Table) -> int:
    """``2``, or ``"period 2"`` as results name it."""
    given = table.raw("replaces")
    if not isinstance(given, str):
        return table.integer("replaces")
    label, _, number = given.partition(" ")
    if label != "period" or not (number.isascii() and number.isdigit()):
        table.refuse("replaces", 'must be the number of a period, such as 2 or "period 2"')
    return int(number)


EXTRA_TABLES: Mapping[str, ExtraReader] = MappingProxyType(
    {
        "residence": _read_residence,
        "other_benefit": _read_other_benefits,
        "missing": _read_missing,
        "correction": _read_corrections,
        **METHOD_TABLES,
        **BRANCH_TABLES,
    }
)


def read_extra(document: Table) -> Mapping[str, object]:
    """Every extra table that the file holds, by key."""
    return MappingProxyType(
        {key: read(document) for key, read in EXTRA_TABLES.items() if key in document}
    )


def circumstances_of(extra: Mapping[str, object]) -> Circumstances:
    """The circumstances that pension rules look at."""
    residence = extra.get("residence")
    others = extra.get("other_benefit", ())
    missing = extra.get("missing", ())
    return Circumstances(
        residence=residence if isinstance(residence, str) else None,
        other_benefits=others if isinstance(others, tuple) else (),
        missing=missing if isinstance(missing, tuple) else (),
        facts=extra,
    )
