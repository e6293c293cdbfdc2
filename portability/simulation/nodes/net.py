"""What lies between simulated nodes: calls that are lost, late, doubled, damaged or unanswered."""

import heapq
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field

from portability.simulation.fate import Fate
from portability.simulation.network import LONG_DELAY, SHORT_DELAY
from portability.simulation.nodes.wires import unreachable

Serve = Callable[["Call"], Awaitable[bytes]]
"""What the recipient of a call makes of it. Raises PeerUnavailableError where it is down."""


Left = Callable[[str], Awaitable[None]]
"""Told of whose call is on its way and may arrive whatever becomes of the sender meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """From one node to another, as bytes."""

    sender: str
    recipient: str
    method: str
    request: bytes


@dataclass(order=True, slots=True)
class _Late:
    """A call that arrives when nobody waits for its answer any more."""

    at: int
    tie: float
    call: Call = field(compare=False)


class Net:
    """As ``wires.Net``. What is damaged on the way counts as lost, since TLS does not let it in."""

    def __init__(self, fate: Fate, serve: Serve, left: Left) -> None:
        self._fate = fate
        self._serve = serve
        self._left = left
        self._cut: dict[frozenset[str], int] = {}
        self._late: list[_Late] = []

    def cut(self, one: str, other: str, steps: int) -> None:
        """No call gets through between two nodes for so many steps."""
        self._cut[frozenset((one, other))] = self._fate.step + steps

    def heal(self) -> None:
        """All calls get through again."""
        self._cut.clear()

    @property
    def is_empty(self) -> bool:
        return not self._late

    def arrivals(self) -> Iterator[Call]:
        """The late calls whose time has come."""
        while self._late and self._late[0].at <= self._fate.step:
            call = heapq.heappop(self._late).call
            self._fate.note("reordered", f"{call.sender} to {call.recipient}")
            yield call

    async def call(self, sender: str, recipient: str, method: str, request: bytes) -> bytes:
        one = Call(sender=sender, recipient=recipient, method=method, request=request)
        fate, where = self._fate, f"{sender} to {recipient}"
        is_cut = self._cut.get(frozenset((sender, recipient)), 0) > fate.step
        if is_cut or fate.strikes("dropped", where) or fate.strikes("corrupted", where):
            raise unreachable(recipient)
        late = self._delay(where)
        if late or fate.strikes("doubled", where):
            await self._left(sender)
            at = fate.step + (late or fate.chance.randint(0, SHORT_DELAY))
            heapq.heappush(self._late, _Late(at, fate.chance.random(), one))
        if late:
            raise unreachable(recipient)
        answer = await self._serve(one)
        if fate.strikes("dropped", f"{recipient} to {sender}"):
            raise unreachable(recipient)
        return answer

    def _delay(self, where: str) -> int:
        chance = self._fate.chance
        if self._fate.strikes("delayed-for-weeks", where):
            return chance.randint(SHORT_DELAY, LONG_DELAY)
        return chance.randint(1, SHORT_DELAY) if self._fate.strikes("delayed", where) else 0
