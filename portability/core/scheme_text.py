"""A scheme of a call as a document of national facts, so that it is read as if it came in one."""

import json
from typing import Final

from portability.core.money import Money
from portability.core.periods import Duration
from portability.core.scheme import Scheme
from portability.core.units import Exact, exact_text
from portability.errors import InvalidInputError

_PARTS: Final = ("years", "quarters", "months", "weeks", "days", "hours")


def scheme_text(scheme: Scheme) -> str:
    """
    ``[scheme.FR]`` with what a call can say of a scheme: unit, counting, rounding, the qualifying
    period, the full career and both amounts. ``core.national_facts`` reads the same scheme of it.
    """
    members = {
        "unit": _text(scheme.unit.value),
        "counting": _text(scheme.counting.value) if scheme.counting else "",
        "minimum": _table(scheme.minimum),
        "full_career": _table(scheme.full_career),
        "independent": _amount(scheme.independent),
        "theoretical": _amount(scheme.theoretical),
        "rounding": _text(scheme.rounding.value),
    }
    lines = [f"{key} = {value}" for key, value in members.items() if value]
    return "\n".join((f"[scheme.{scheme.jurisdiction}]", *lines)) + "\n"


def duration_text(duration: Duration) -> str:
    """The lines of a TOML document that ``core.reading.read_duration`` reads."""
    return "".join(f"{line}\n" for line in _lines(duration))


def _lines(duration: Duration) -> list[str]:
    given = [name for name in _PARTS if getattr(duration, name)] or ["days"]
    lines = [f"{name} = {_number(getattr(duration, name))}" for name in given]
    return lines if duration.day_type is None else [*lines, f"day_type = {duration.day_type}"]


def _number(value: Exact) -> str:
    """Raises InvalidInputError for what is no finite decimal; nobody can communicate such a sum."""
    text = str(exact_text(value))
    if "/" in text:
        raise InvalidInputError("a sum must be a finite decimal to be written down", field="scheme")
    return text


def _table(duration: Duration | None) -> str:
    return "" if duration is None else "{ " + ", ".join(_lines(duration)) + " }"


def _amount(amount: Money | None) -> str:
    return "" if amount is None else _text(str(amount))


def _text(text: str) -> str:
    return json.dumps(text)
