"""
Many cases under a seeded scheduler that owns time, network and crashes.

It drops, doubles, delays and reorders what parties send each other and restarts them at any moment.
After a while it stops doing so. Promises checked in every run, at each step where they can be:

* no honest statement is ever refused, and no party contradicts itself
* all parties whose case is closed hold the same digest
* what is on a disk only grows, and a restart loses nothing
* when faults stop, every case ends and every stream is empty
"""

import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Final

from portability.errors import PortabilityError
from portability.recognition.case import CaseState
from portability.simulation.party import HonestParty, Parcel
from portability.simulation.plan import Plan, draw_plan

TROUBLED_STEPS: Final = 300
CALM_STEPS: Final = 3_000
"""After the last fault; far more than any case needs."""

MAX_DELAY: Final = 40


class BrokenPromiseError(Exception):
    """A run in which something happened that must not; the text says what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A seed with which a promise was broken; running it again shows the same."""

    seed: int
    promise: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """How many seeds were run, which failed, and how many faults of each kind they held."""

    seeds: int
    failed: tuple[Failure, ...]
    faults: Mapping[str, int]

    def to_json(self) -> dict[str, object]:
        return {
            "seeds": self.seeds,
            "failed": [{"seed": one.seed, "promise": one.promise} for one in self.failed],
            "faults": dict(sorted(self.faults.items())),
        }


MakeParty = Callable[..., HonestParty]


def simulate(
    seeds: int,
    first_seed: int = 0,
    *,
    make_party: MakeParty = HonestParty,
    progress: Callable[[int], None] = lambda _: None,
) -> Report:
    """
    Run seeds ``first_seed`` … ``first_seed + seeds - 1``; ``progress`` is told after each.

    ``make_party`` makes the parties: a test puts in faulty ones and looks whether that is noticed.
    """
    faults: Counter[str] = Counter()
    failed: list[Failure] = []
    for seed in range(first_seed, first_seed + seeds):
        run = _Run(seed, make_party)
        try:
            run.to_the_end()
        except BrokenPromiseError as broken:
            failed.append(Failure(seed=seed, promise=str(broken)))
        faults += run.faults
        progress(seed)
    return Report(seeds=seeds, failed=tuple(failed), faults=faults)


@dataclass(order=True, slots=True)
class _Flight:
    """Something under way; ``tie`` keeps the order of what arrives at the same time."""

    at: int
    tie: float
    sender: str = field(compare=False)
    recipient: str = field(compare=False)
    parcel: Parcel | None = field(compare=False)
    position: int = field(compare=False)


class _Run:
    """One case under one schedule."""

    def __init__(self, seed: int, make_party: MakeParty) -> None:
        self._chance = random.Random(seed)
        self._now = 0
        self.faults: Counter[str] = Counter()
        self.plan: Plan = draw_plan(self._chance)
        self._rates = {
            kind: self._chance.choice((0.0, 0.1, 0.3))
            for kind in ("dropped", "doubled", "delayed", "restarted")
        }
        self._flights: list[_Flight] = []
        self.parties = {
            party.jurisdiction: make_party(
                party, self.plan, self._chance.randbytes, lambda: self._now
            )
            for party in self.plan.claim.parties
        }

    def to_the_end(self) -> None:
        """Raises BrokenPromiseError."""
        for self._now in range(TROUBLED_STEPS + CALM_STEPS):
            self._step()
            self._check_digests()
            if self._now > TROUBLED_STEPS and self._is_over():
                return
        states = ", ".join(f"{code}: {one.view.state}" for code, one in self.parties.items())
        raise BrokenPromiseError(f"the case does not end after the last fault ({states})")

    def _step(self) -> None:
        party = self.parties[self._chance.choice(list(self.parties))]
        written = len(party.disk.events)
        try:
            if self._strikes("restarted"):
                self._restart(party)
            elif self._chance.random() < 0.5:  # noqa: PLR2004  # acting and sending take turns
                party.act()
            else:
                self._send(party)
            self._arrive()
        except PortabilityError as error:
            raise BrokenPromiseError(f"an honest step was refused: {error.message}") from None
        if len(party.disk.events) < written:
            raise BrokenPromiseError(f"the disk of {party.own} lost something")
        if party.view.contradictions:
            raise BrokenPromiseError(f"{party.own} holds statements that contradict each other")

    def _restart(self, party: HonestParty) -> None:
        before = party.case
        party.restart()
        if party.case != before:
            raise BrokenPromiseError(f"{party.own} came back from a restart with another case")

    def _strikes(self, kind: str) -> bool:
        """Whether a fault happens now; it is counted if so."""
        if self._now > TROUBLED_STEPS or self._chance.random() >= self._rates[kind]:
            return False
        self.faults[kind] += 1
        return True

    def _send(self, party: HonestParty) -> None:
        """Send each peer what it has not acknowledged, in order as far as the network keeps it."""
        for peer in self.parties:
            for parcel in party.unacknowledged(peer) if peer != party.own else ():
                self._launch(party.own, peer, parcel, parcel.position)

    def _launch(self, sender: str, recipient: str, parcel: Parcel | None, position: int) -> None:
        if self._strikes("dropped"):
            return
        for _ in range(2 if self._strikes("doubled") else 1):
            late = self._chance.randint(1, MAX_DELAY) if self._strikes("delayed") else 0
            heappush(
                self._flights,
                _Flight(
                    at=self._now + late,
                    tie=self._chance.random() if late else float(position),
                    sender=sender,
                    recipient=recipient,
                    parcel=parcel,
                    position=position,
                ),
            )

    def _arrive(self) -> None:
        while self._flights and self._flights[0].at <= self._now:
            flight = heappop(self._flights)
            recipient = self.parties[flight.recipient]
            if flight.parcel is None:
                recipient.acknowledge(flight.sender, flight.position)
                continue
            position = recipient.receive(flight.sender, flight.parcel)
            self._launch(flight.recipient, flight.sender, None, position)

    def _check_digests(self) -> None:
        closed = [one.view for one in self.parties.values()]
        digests = {view.digest for view in closed if view.state is CaseState.CLOSED}
        if len(digests) > 1:
            raise BrokenPromiseError("two parties closed the case on different results")

    def _is_over(self) -> bool:
        return not self._flights and all(
            party.view.state in {CaseState.CLOSED, CaseState.NOT_INSURED}
            and not any(party.unacknowledged(peer) for peer in self.parties)
            for party in self.parties.values()
        )
