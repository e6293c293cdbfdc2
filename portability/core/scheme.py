"""What one jurisdiction's law provides for the claim, as far as the case needs it."""

from dataclasses import dataclass

from portability.core.measure import Counting
from portability.core.money import Money, Rounding
from portability.core.periods import Duration
from portability.core.units import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """
    One scheme of national law.

    ``independent`` is the national benefit on own periods alone, ``theoretical`` the benefit as if
    all periods had been completed here; either is None where the caller does not know it.
    """

    jurisdiction: str
    unit: Unit
    name: str | None = None
    counting: Counting = Counting.EXACT
    minimum: Duration | None = None
    full_career: Duration | None = None
    independent: Money | None = None
    theoretical: Money | None = None
    rounding: Rounding = Rounding.HALF_UP
