"""
Periods under a year of a jurisdiction whose law was not given.

Whether Art 57(1) frees it depends on its own law: on whether those periods alone open a right
there. Without a scheme of it nobody can say, so the periods count in full and a person is told.
"""

from collections.abc import Iterable

from portability.core.aggregation import in_unit
from portability.core.discrepancy import Discrepancy, DiscrepancyKind
from portability.core.standing import History, Standing


def short_elsewhere(standings: Iterable[Standing], history: History) -> tuple[Discrepancy, ...]:
    """
    One finding for each such jurisdiction, in order.

    None where the pack knows no such rule, and none by schemes that calculate no amount: whether
    the periods count in a ratio is then no question.
    """
    rules = history.rules.short_periods
    if rules is None:
        return ()
    standings = tuple(standings)
    given = {standing.scheme.jurisdiction for standing in standings}
    short = {
        code
        for standing in standings
        if standing.scheme.theoretical is not None or standing.scheme.formula is not None
        for code, amount in standing.qualifying.foreign
        if code not in given and amount < in_unit(rules.below, standing.scheme.unit, history.rules)
    }
    return tuple(_unjudged(code, history) for code in sorted(short))


def _unjudged(code: str, history: History) -> Discrepancy:
    records = [record.id for record, _ in history.entries if record.jurisdiction == code]
    return Discrepancy(
        kind=DiscrepancyKind.SHORT_UNJUDGED,
        jurisdiction=code,
        records=tuple(records),
        detail=f"the periods of {code} are under a year and no scheme of {code} is given, "
        "so they count in full",
        action=f"give a scheme of {code} with its qualifying period: if these periods open no "
        "right there alone, others count them in the theoretical amount and leave them out of "
        "the ratio",
        article=history.rules.articles["short_period"],
    )
