"""What the rules say about applicable legislation, and where they say nothing."""

from dataclasses import dataclass
from datetime import date

from portability.core.discrepancy import Discrepancy


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """
    The jurisdiction whose legislation applies; None if the facts do not decide it.

    ``rule`` names the rule, ``steps`` are the keys of its articles, ``reasons`` say in words what
    was found on the way with the article's key of each. ``until`` is the last day, if one is known.
    """

    competent: str | None
    rule: str
    steps: tuple[str, ...]
    reasons: tuple[tuple[str, str], ...] = ()
    until: date | None = None
    found: tuple[Discrepancy, ...] = ()
