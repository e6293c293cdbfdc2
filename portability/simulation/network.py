"""What is between the parties: flights that are lost, doubled, late, out of order or damaged."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from heapq import heappop, heappush
from typing import Final

from portability.ledger.envelope import Envelope
from portability.simulation.disk import Parcel

SHORT_DELAY: Final = 20
LONG_DELAY: Final = 120
"""In steps of the scheduler; the long one is a month."""


@dataclass(order=True, slots=True)
class Flight:
    """Something under way; ``tie`` orders what arrives at the same time."""

    at: int
    tie: float
    sender: str = field(compare=False)
    recipient: str = field(compare=False)
    parcel: Parcel | None = field(compare=False)
    position: int = field(compare=False)


class Network:
    """``strikes(kind)`` is asked whether a fault of a kind happens now."""

    def __init__(self, chance: random.Random, strikes: Callable[[str], bool]) -> None:
        self._chance = chance
        self._strikes = strikes
        self._flights: list[Flight] = []
        self._cut: dict[frozenset[str], int] = {}

    def cut(self, one: str, other: str, until: int) -> None:
        """No call gets through between two parties for a while."""
        self._cut[frozenset((one, other))] = until

    def heal(self) -> None:
        """All calls get through again."""
        self._cut.clear()

    def connects(self, one: str, other: str, now: int) -> bool:
        return self._cut.get(frozenset((one, other)), 0) <= now

    def launch(
        self, sender: str, recipient: str, parcel: Parcel | None, position: int, *, now: int
    ) -> None:
        if not self.connects(sender, recipient, now) or self._strikes("dropped"):
            return
        if parcel is not None and self._strikes("corrupted"):
            parcel = self._damage(parcel)
        for _ in range(2 if self._strikes("doubled") else 1):
            late = self._delay()
            tie = self._chance.random() if late else float(position)
            heappush(
                self._flights,
                Flight(
                    at=now + late,
                    tie=tie,
                    sender=sender,
                    recipient=recipient,
                    parcel=parcel,
                    position=position,
                ),
            )

    def arrivals(self, now: int) -> Iterator[Flight]:
        while self._flights and self._flights[0].at <= now:
            yield heappop(self._flights)

    @property
    def is_empty(self) -> bool:
        return not self._flights

    def _delay(self) -> int:
        if self._strikes("delayed-for-weeks"):
            return self._chance.randint(SHORT_DELAY, LONG_DELAY)
        return self._chance.randint(1, SHORT_DELAY) if self._strikes("delayed") else 0

    def _damage(self, parcel: Parcel) -> Parcel:
        """One bit of the content flipped."""
        content = bytearray(parcel.envelope.payload)
        content[self._chance.randrange(len(content))] ^= 1 << self._chance.randrange(8)
        damaged = Envelope(
            payload=bytes(content),
            payload_type=parcel.envelope.payload_type,
            signatures=parcel.envelope.signatures,
        )
        return replace(parcel, envelope=damaged)
