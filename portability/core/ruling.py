"""What a rule decides for one jurisdiction where no scheme counts periods: facts and words."""

from collections.abc import Mapping
from dataclasses import dataclass

from portability.core.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One number or decision in words, and the articles that it rests on."""

    text: str
    number: str
    articles: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """
    The decision for one jurisdiction.

    ``facts`` are the values for a JSON document, ``lines`` the same in words, ``payable`` is None
    where nothing is to be paid by anybody. ``own_law`` is what its law grants a month before the
    rules of priority, None where there are none.
    """

    jurisdiction: str
    facts: Mapping[str, object]
    lines: tuple[Line, ...]
    payable: Money | None = None
    own_law: Money | None = None
