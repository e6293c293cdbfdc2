"""`portability node set-aside`: what peers sent and this node refused, and trying it again."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from google.protobuf.timestamp_pb2 import Timestamp

from agents.exits import HELD, NOT_HELD
from portability.cli.printing import console, table, write_json
from portability.node.config import NodeConfig, load_config
from portability.node.operating.own_calls import answer_of, own_node
from portability.v1 import operator_service_pb2 as pb

MOST = 500


def list_set_aside(config_file: Path, most: int, *, with_replayed: bool, as_json: bool) -> int:
    """The latest first."""
    config = load_config(config_file)
    request = pb.ListSetAsideRequest(page_size=most, with_replayed=with_replayed)
    _tell(asyncio.run(_list(config, request)), as_json=as_json)
    return HELD


def replay_set_aside(config_file: Path, peer: str, position: int | None, *, as_json: bool) -> int:
    """Exit 0 if all of it is accepted now. Without a position all of the peer, oldest first."""
    config = load_config(config_file)
    done = asyncio.run(_replay(config, peer, position))
    _tell(done, as_json=as_json)
    return HELD if all(one.HasField("replay_time") for one in done) else NOT_HELD


async def _list(
    config: NodeConfig, request: pb.ListSetAsideRequest
) -> Sequence[pb.SetAsideDelivery]:
    async with own_node(config) as node:
        answer: pb.ListSetAsideResponse = await answer_of(node.ListSetAside(request), config)
    return answer.deliveries


async def _replay(
    config: NodeConfig, peer: str, position: int | None
) -> Sequence[pb.SetAsideDelivery]:
    positions = [position] if position is not None else await _positions(config, peer)
    done = []
    async with own_node(config) as node:
        for one in positions:
            request = pb.ReplaySetAsideRequest(peer=peer, position=one)
            done.append((await answer_of(node.ReplaySetAside(request), config)).delivery)
    return done


async def _positions(config: NodeConfig, peer: str) -> list[int]:
    """In the order of the stream: later statements build on earlier ones."""
    found = await _list(config, pb.ListSetAsideRequest(page_size=MOST))
    return sorted(one.position for one in found if one.peer == peer and one.position)


def _tell(found: Sequence[pb.SetAsideDelivery], *, as_json: bool) -> None:
    if as_json:
        write_json([_document(one) for one in found])
        return
    screen = console()
    if not found:
        screen.print("nothing is set aside")
        return
    rows = [
        (
            one.peer,
            str(one.position),
            _instant(one.create_time),
            "accepted" if one.HasField("replay_time") else one.reason,
            one.message,
        )
        for one in found
    ]
    heads = ("peer", "position", "refused", "why", "")
    screen.print(table(screen, heads, rows, (0, 0, 2, 2, 4)))


def _document(one: pb.SetAsideDelivery) -> dict[str, object]:
    return {
        "peer": one.peer,
        "position": one.position,
        "statement": one.statement.hex(),
        "reason": one.reason,
        "message": one.message,
        "create_time": _instant(one.create_time),
        "replay_time": _instant(one.replay_time) if one.HasField("replay_time") else None,
    }


def _instant(stamp: Timestamp) -> str:
    return datetime.fromtimestamp(stamp.seconds, UTC).isoformat(timespec="seconds")
