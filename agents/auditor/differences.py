"""
Where two results of one case first differ: at which record, and under which rule of the agreement.

The place is a path into the signed document of the result (``portability.core.reconciliation``);
rule and article come from the agreement itself. Nothing here says who is right.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from portability.core.agreement import Rules
from portability.core.pieces import State
from portability.core.reconciliation import Reconciliation as Computed
from portability.errors import PortabilityError
from portability.ledger.documents import load_json

_HEAD: Final = ("format", "agreement", "agreement_version", "branch", "as_of", "records")
"""A difference there explains all others."""

_STATES: Final = {state.value[0]: state.value for state in State}
_OVERLAP: Final = "overlap_other"
_CONVERSION: Final = "conversion_mode"
_MISSING: Final = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """
    ``place`` is a path into the result, ``record`` the id (hex) it is about, ``rule`` a key of the
    agreement with its ``article``; each may be empty. ``here`` is what was computed again,
    ``there`` what was signed.
    """

    place: str
    words: str
    record: str = ""
    rule: str = ""
    article: str = ""
    here: str = ""
    there: str = ""

    @property
    def told(self) -> str:
        """In one clause."""
        rule = f", by the rule {self.rule} ({self.article})" if self.rule else ""
        return f"{self.words}{rule}"

    def to_json(self) -> dict[str, object]:
        return {
            "place": self.place,
            "words": self.words,
            "record": self.record,
            "rule": self.rule,
            "article": self.article,
            "here": self.here,
            "there": self.there,
        }


def find_difference(mine: Computed, theirs: bytes, rules: Rules) -> Difference | None:
    """Between what was computed and the signed text of a result; None if there is none."""
    here = json.loads(mine.signed_text)
    try:
        there = load_json(theirs, what="result")
    except PortabilityError:
        there = None
    if not isinstance(there, dict):
        return Difference(place="", words="the signed result is no document of this format")
    there.pop("digest", None)
    found = next(_differences(here, there), None)
    if found is None:
        return None
    path, left, right = found
    rule = _rule(path, mine)
    return _described(path, (left, right), here, (rule, rules.articles.get(rule, "")))


Path = tuple[str | int, ...]


def _differences(
    here: object, there: object, path: Path = ()
) -> Iterator[tuple[Path, object, object]]:
    """Each place at which two values differ, what explains the rest first."""
    if isinstance(here, dict) and isinstance(there, dict):
        for name in sorted({*here, *there}, key=_rank):
            yield from _differences(
                here.get(name, _MISSING), there.get(name, _MISSING), (*path, name)
            )
    elif isinstance(here, list) and isinstance(there, list):
        for place in range(max(len(here), len(there))):
            pair = (one[place] if place < len(one) else _MISSING for one in (here, there))
            yield from _differences(next(pair), next(pair), (*path, place))
    elif isinstance(here, str) and isinstance(there, str) and path == ("pieces", "state"):
        yield from _differences(list(here), list(there), path)
    elif here != there:
        yield path, here, there


def _rank(name: str) -> tuple[int, str]:
    return (_HEAD.index(name) if name in _HEAD else len(_HEAD), name)


def _described(
    path: Path,
    sides: tuple[object, object],
    here: Mapping[str, object],
    cited: tuple[str, str],
) -> Difference:
    left, right = (_value(path, one) for one in sides)
    record = _record(path, here)
    if path[:1] == ("records",):
        record = right if sides[0] is _MISSING else left
    rule, article = cited
    return Difference(
        place=_written(path),
        words=f"{_subject(path, record)}: {left} computed again, {right} signed",
        record=record,
        rule=rule if article else "",
        article=article,
        here=left,
        there=right,
    )


def _rule(path: Path, mine: Computed) -> str:
    """The key of the article that decided what differs, as it was computed again."""
    area = path[0] if path else ""
    if area == "totals":
        return _CONVERSION
    if area == "pieces":
        rules = [piece.rule for _, pieces in mine.entries for piece in pieces]
        place = path[-1]
        known = rules[place] if isinstance(place, int) and place < len(rules) else None
        return known or _OVERLAP
    return _OVERLAP if area == "discrepancies" else ""


def _subject(path: Path, record: str) -> str:
    """What differs, in words."""
    if not path:
        return "the form of the result"
    if path[:2] == ("pieces", "state"):
        return f"whether record {record[:16]} counts"
    if path[0] == "totals" and len(path) > 1:
        return f"the total of {path[1]}"
    words = {
        "pieces": f"the days of record {record[:16]}",
        "records": f"the input {record[:16]}",
        "discrepancies": "the discrepancies found",
    }
    return words.get(str(path[0]), f"the {str(path[0]).replace('_', ' ')}")


def _record(path: Path, here: Mapping[str, object]) -> str:
    """The id of the record that a piece is of; empty for anything else."""
    pieces, ids = here.get("pieces"), here.get("records")
    place = path[-1] if path[:1] == ("pieces",) else None
    if not (isinstance(place, int) and isinstance(pieces, dict) and isinstance(ids, list)):
        return ""
    owners = pieces.get("record", [])
    return str(ids[owners[place]]) if place < len(owners) else ""


def _value(path: Path, value: object) -> str:
    if value is _MISSING:
        return "nothing"
    if path[:2] == ("pieces", "state"):
        return _STATES.get(str(value), str(value))
    return str(value)


def _written(path: Path) -> str:
    words = "".join(f"[{one}]" if isinstance(one, int) else f".{one}" for one in path)
    return words.lstrip(".")
