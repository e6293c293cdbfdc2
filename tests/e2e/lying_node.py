"""
A node that lies where it is told to: the real one, with one step of it changed.

``python -m tests.e2e.lying_node CONFIG LIE``: the file LIE holds the name of the lie, and is read
at each step, so that one process is honest in one case and lies in the next.
"""

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from portability.consent.gate import Granted, Refused
from portability.errors import PeerUnavailableError
from portability.federation.peer import PeerClient
from portability.node.cases import answer
from portability.node.consents.ended import known_end
from portability.node.main import run
from portability.node.records.disclosure import Discloser
from portability.node.records.release import Released, release
from portability.v1 import federation_service_pb2 as pb

OMITS = "omits-a-record"
DARES = "answers-under-a-withdrawn-consent"
ALTERS = "alters-what-was-signed"
WAITS = "waits-before-it-answers"
REPLAYS = "replays-what-was-said"
RESPONSE = "application/vnd.portability.history-response.v1+protobuf"


class Liar:
    """What the changed steps share."""

    def __init__(self, lie: Path) -> None:
        self._lie = lie
        self._granted: Granted | None = None
        self._said: list[pb.Delivery] = []
        self._release = release
        self._known_end = known_end
        self._decide = Discloser.decide
        self._deliver = PeerClient.deliver

    def lies(self, name: str) -> bool:
        return self._lie.read_text(encoding="utf-8").strip() == name

    async def release(self, *arguments: Any, **named: Any) -> Released:
        """All records but the last."""
        found = await self._release(*arguments, **named)
        return replace(found, records=found.records[:-1]) if self.lies(OMITS) else found

    async def decide(self, discloser: Discloser, *arguments: Any, **named: Any) -> Any:
        """What was granted once is granted for ever."""
        if self.lies(WAITS):
            raise PeerUnavailableError("not yet", jurisdiction="FR")
        found: Granted | Refused = await self._decide(discloser, *arguments, **named)
        if isinstance(found, Granted) and found.scope and not self.lies(DARES):
            self._granted = found
        return self._granted if self.lies(DARES) and self._granted else found

    async def known_end(self, *arguments: Any, **named: Any) -> Any:
        """It has heard of no withdrawal."""
        return None if self.lies(DARES) else await self._known_end(*arguments, **named)

    async def deliver(
        self, client: PeerClient, deliveries: Sequence[pb.Delivery], *, request_id: str
    ) -> pb.DeliverStatementsResponse:
        said = list(deliveries)
        if self.lies(REPLAYS):
            said = [*self._said, *said]  # again what the peer has, before what is new
        if self.lies(ALTERS):
            said = [_altered(one) for one in said]
        self._said += deliveries
        return await self._deliver(client, said, request_id=request_id)

    def change(self) -> None:
        liar = self

        async def decide(discloser: Discloser, *arguments: Any, **named: Any) -> Any:
            return await liar.decide(discloser, *arguments, **named)

        async def deliver(client: PeerClient, deliveries: Any, *, request_id: str) -> Any:
            return await liar.deliver(client, deliveries, request_id=request_id)

        for holder, name, step in (
            (answer, "release", self.release),
            (answer, "known_end", self.known_end),
            (Discloser, "decide", decide),
            (PeerClient, "deliver", deliver),
        ):
            setattr(holder, name, step)


def _altered(one: pb.Delivery) -> pb.Delivery:
    """An answer with one bit of what was signed turned over."""
    if one.statement.envelope.payload_type != RESPONSE:
        return one
    changed = pb.Delivery.FromString(one.SerializeToString())
    payload = bytearray(changed.statement.envelope.payload)
    payload[-1] ^= 1
    changed.statement.envelope.payload = bytes(payload)
    return changed


if __name__ == "__main__":
    Liar(Path(sys.argv[2])).change()
    raise SystemExit(run(Path(sys.argv[1]), stop_with_parent=True))
