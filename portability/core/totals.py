"""What several decisions pay together."""

from collections.abc import Iterable
from typing import Protocol

from portability.core.money import Money


class Paying(Protocol):
    """A decision; ``payable`` is None where there is nothing, or nothing known."""

    @property
    def payable(self) -> Money | None: ...


def total_by_currency(found: Iterable[Paying]) -> dict[str, Money]:
    """What is payable together, currencies kept apart, in order of their codes."""
    totals: dict[str, Money] = {}
    for one in found:
        amount = one.payable
        if amount is not None:
            known = totals.get(amount.currency)
            totals[amount.currency] = amount if known is None else known + amount
    return dict(sorted(totals.items()))
