"""Laws that ask for insurance when the risk materialises (883/2004 Art 51(3))."""

from collections.abc import Iterable
from datetime import timedelta
from enum import StrEnum

from portability.core.agreement import NATIONAL_LAW, Rules
from portability.core.measure import Entry
from portability.core.periods import Branch
from portability.core.pieces import State
from portability.core.scheme import Scheme

_ARTICLE = "insured_at_risk"
_DAY = timedelta(days=1)


class InsuredBy(StrEnum):
    """What meets a condition of insurance when the risk materialises (Art 51(3))."""

    NOT_ASKED = "not-asked"
    OWN = "own-insurance"
    ELSEWHERE = "insurance-elsewhere"
    BENEFIT = "benefit-elsewhere"
    NOBODY = "nothing"


def insured_step(rules: Rules) -> str:
    """The key of the article on insurance at the risk; national law where there is none."""
    return _ARTICLE if _ARTICLE in rules.articles else NATIONAL_LAW


def insured_at_home(
    scheme: Scheme, own: Iterable[Entry], branch: Branch, rules: Rules
) -> InsuredBy:
    """What own records say to the condition of a scheme, if it has one."""
    if not scheme.insured_at_risk:
        return InsuredBy.NOT_ASKED
    return InsuredBy.OWN if any_at_risk(own, branch, rules) else InsuredBy.NOBODY


def any_at_risk(entries: Iterable[Entry], branch: Branch, rules: Rules) -> bool:
    """Whether a record lasts until the day before the risk, or has no end yet."""
    return any(
        record.opens_right(branch)
        and record.start is not None
        and record.start <= rules.day
        and (record.end is None or record.end >= rules.day - _DAY)
        and any(piece.state is not State.EXCLUDED for piece in pieces)
        for record, pieces in entries
    )
