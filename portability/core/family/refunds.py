"""What one state refunds another of family benefits, for the family members concerned alone."""

from collections.abc import Iterable, Mapping

from portability.core.agreement import Rules
from portability.core.family.settling import settle_family
from portability.core.money import Money
from portability.core.overlap import resolve
from portability.core.periods import Branch, Period


def family_refund(
    periods: Iterable[Period],
    facts: Mapping[str, object],
    rules: Rules,
    *,
    by: str,
    to: str,
) -> Money | None:
    """
    What ``by`` refunds ``to`` each month; None where that is nothing. Raises as ``settle_family``.

    Half is owed of what is paid for those members of the family alone for whom no state comes first
    because the children live there (987/2009 Art 58); whoever has priority for the others pays for
    them alone (883/2004 Art 68(2)). So it is a sum over groups, each up to its own limit, and no
    half of all that a decision pays.
    """
    records = resolve(periods, rules, Branch.FAMILY).records
    refunds = (one.refund for one in settle_family(facts, records, rules, rules.day).groups)
    found = None
    for refund in refunds:
        if refund is not None and (refund.by, refund.to) == (by, to):
            found = refund.amount if found is None else found + refund.amount
    return found
