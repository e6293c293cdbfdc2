"""
Which faults may strike, how often, and which of them did: the part of a run that its seed decides.
"""

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Disk(StrEnum):
    """On what the parties of a run keep what they know: a model of a database, or the real one."""

    MODEL = "model"
    STORE = "store"


TROUBLED_STEPS: Final = 240
"""Sixty days of the simulated time."""

RATES: Final = (0.0, 0.02, 0.1, 0.3)
NETWORK_FAULTS: Final = ("dropped", "doubled", "delayed", "corrupted")
RARE_FAULTS: Final = {
    "delayed-for-weeks": 0.05,
    "partitioned": 0.02,
    "crashed": 0.05,
    "restored-old-backup": 0.01,
    "clock-skewed": 0.01,
}
ACTS: Final = {
    "withdrew": 0.004,
    "objected": 0.01,
    "corrected": 0.008,
    "found-a-record": 0.004,
    "invalidated": 0.003,
}
GAVE_UP: Final = "gave-the-claim-up"
ASKED_ONCE_MORE: Final = "asked-once-more"
ERASED: Final = "erased"
"""On real nodes alone, and drawn apart from all else."""

FAULTS: Final = (*NETWORK_FAULTS, *RARE_FAULTS, *ACTS, GAVE_UP, ASKED_ONCE_MORE, ERASED)
"""What fate decides; what follows from it is counted beside it, such as ``reordered`` and lies."""

LIED: Final = "lied"
"""Left out of the kinds of a run, it makes whoever would lie honest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """
    Which kinds of faults may strike, and until which step.

    ``without`` leaves out single ones, by how many times fate had been asked before.
    """

    kinds: frozenset[str] = frozenset((*FAULTS, LIED))
    steps: int = TROUBLED_STEPS
    without: frozenset[int] = frozenset()


EVERYTHING: Final = Limits()


class Fate:
    """Asked at each point where something may go wrong. ``step`` is moved on by the scheduler."""

    def __init__(self, seed: int, limits: Limits, rates: Mapping[str, float] | None = None) -> None:
        """``rates`` are those of faults that strike elsewhere more often or more rarely."""
        self.chance = random.Random(seed + 1_000_003)
        self.limits = limits
        self.step = 0
        self.faults: Counter[str] = Counter()
        self.struck: list[str] = []
        self.places: list[int] = []
        self._asked = 0
        rare = {**RARE_FAULTS, **ACTS, **(rates or {})}
        self._rates = {kind: self.chance.choice(RATES) for kind in NETWORK_FAULTS} | {
            kind: rate * self.chance.choice((0, 1, 2)) for kind, rate in rare.items()
        }

    @property
    def is_calm(self) -> bool:
        """Whether the last fault has struck."""
        return self.step > self.limits.steps

    def strikes(self, kind: str, where: str = "") -> bool:
        """Whether a fault happens now; it is counted if so."""
        self._asked += 1
        if self.chance.random() >= self._rates[kind]:
            return False
        limits = self.limits
        if kind not in limits.kinds or self.is_calm or self._asked in limits.without:
            return False
        self.places.append(self._asked)
        self.note(kind, where)
        return True

    def note(self, kind: str, where: str = "") -> None:
        """Count what has struck."""
        self.faults[kind] += 1
        self.struck.append(f"step {self.step}: {kind} {where}".rstrip())
