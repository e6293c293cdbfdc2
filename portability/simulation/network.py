"""What is between the parties: flights that are lost, doubled, late, out of order or damaged."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from heapq import heappop, heappush
from typing import Final

from portability.ledger.envelope import Envelope
from portability.simulation.disk import Parcel
from portability.simulation.fate import Fate

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
    number: int = field(compare=False)


class Network:
    """Asks fate what happens to each flight."""

    def __init__(self, fate: Fate) -> None:
        self._fate = fate
        self._chance = fate.chance
        self._strikes = fate.strikes
        self._launched = 0
        self._latest: dict[tuple[str, str], int] = {}
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
                    number=self._launched,
                ),
            )
        self._launched += 1

    def arrivals(self, now: int) -> Iterator[Flight]:
        while self._flights and self._flights[0].at <= now:
            flight = heappop(self._flights)
            way = flight.sender, flight.recipient
            latest = self._latest.setdefault(way, flight.number)
            if flight.number < latest:
                self._fate.note("reordered", f"{flight.sender} to {flight.recipient}")
            self._latest[way] = max(latest, flight.number)
            yield flight

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
