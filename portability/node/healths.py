"""The standard health service (grpc.health.v1), with the list that the library's lacks."""

from typing import cast

from google.protobuf.message import Message
from grpc_health.v1 import health, health_pb2

from portability.node.calls.caller import Context


class Healths(health.aio.HealthServicer):
    """Lists what it was told of; the node as a whole has the empty name."""

    def __init__(self) -> None:
        super().__init__()
        self._told: dict[str, int] = {}

    async def set(self, service: str, status: int) -> None:
        await super().set(service, status)
        self._told[service] = status

    async def List(self, request: Message, context: Context) -> Message:  # noqa: N802
        """Every status as ``Check`` gives it."""
        found = health_pb2.HealthListResponse()  # type: ignore[attr-defined]  # stubs are older
        for name in self._told:
            asked = health_pb2.HealthCheckRequest(service=name)
            found.statuses[name].CopyFrom(await self.Check(asked, context))
        return cast("Message", found)
