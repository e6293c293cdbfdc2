"""What an operator asks of a running node: maintenance, and how its streams are."""

import asyncio
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.text import Text

from agents.exits import HELD
from portability.cli.printing import console, printable, table, write_json
from portability.node.config import load_config
from portability.node.operating.own_calls import answer_of, own_node
from portability.v1 import operator_service_pb2 as pb


def begin_maintenance(config_file: Path, reason: str, seconds: int, *, as_json: bool) -> int:
    """Have the node take no new work."""
    config = load_config(config_file)

    async def ask() -> pb.GetNodeStateResponse:
        async with own_node(config) as node:
            request = pb.BeginMaintenanceRequest(reason=reason, retry_after_seconds=seconds)
            await answer_of(node.BeginMaintenance(request), config)
            return await answer_of(node.GetNodeState(pb.GetNodeStateRequest()), config)

    return tell_state(asyncio.run(ask()), as_json=as_json)


def end_maintenance(config_file: Path, *, as_json: bool) -> int:
    """Have the node take new work again."""
    config = load_config(config_file)

    async def ask() -> pb.GetNodeStateResponse:
        async with own_node(config) as node:
            await answer_of(node.EndMaintenance(pb.EndMaintenanceRequest()), config)
            return await answer_of(node.GetNodeState(pb.GetNodeStateRequest()), config)

    return tell_state(asyncio.run(ask()), as_json=as_json)


def show_state(config_file: Path, *, as_json: bool) -> int:
    """Say whether the node takes new work, and how its streams to peers are."""
    config = load_config(config_file)

    async def ask() -> pb.GetNodeStateResponse:
        async with own_node(config) as node:
            return await answer_of(node.GetNodeState(pb.GetNodeStateRequest()), config)

    return tell_state(asyncio.run(ask()), as_json=as_json)


def tell_state(state: pb.GetNodeStateResponse, *, as_json: bool) -> int:
    """Print the state of a node."""
    if as_json:
        write_json(_document(state))
    else:
        _show(console(), state)
    return HELD


def _show(screen: Console, state: pb.GetNodeStateResponse) -> None:
    if state.HasField("pause"):
        words = f"takes no new work: {printable(state.pause.reason)}"
        screen.print(Text(words, style="yellow"), soft_wrap=True)
    else:
        screen.print(Text("takes new work", style="green"))
    sys.stdout.write(f"calls under way: {state.calls_under_way}\n")
    heads = ("peer", "waiting", "kept back", "it has", "we have", "failures", "last attempt")
    screen.print(table(screen, heads, _rows(state.streams), (0, 0, 0, 0, 0, 0, 1)))
    missing = [(one.peer, kind) for one in state.streams for kind in one.undelivered]
    if missing:
        sys.stdout.write("\n")
        kinds = ("not given to", "what", "how many", "why", "since")
        screen.print(table(screen, kinds, [_missing(*one) for one in missing], (0, 0, 0, 1, 0)))
    behind = [one.peer for one in state.streams if one.withheld]
    if behind:
        words = (
            f"what is kept back from {' and '.join(behind)} needs a later version of the protocol "
            "than spoken there, and is sent once that node is upgraded"
        )
        screen.print(Text(words, style="yellow"), soft_wrap=True)


_WHY: Final = {
    "withheld": "not understood there yet",
    "refused": "refused there",
    "alone": "without its exhibits",
}


def _missing(peer: str, kind: pb.UndeliveredKind) -> tuple[str, ...]:
    why = _WHY.get(kind.state, kind.state)
    since = datetime.fromtimestamp(kind.create_time.seconds, UTC).date().isoformat()
    return peer, kind.kind, str(kind.count), why, since


def _rows(streams: Sequence[pb.PeerStream]) -> list[tuple[str, ...]]:
    return [
        (
            one.peer,
            str(one.waiting),
            str(one.withheld),
            str(one.accepted_position),
            str(one.received_position),
            str(one.failures),
            _attempt(one),
        )
        for one in streams
    ]


def _attempt(one: pb.PeerStream) -> str:
    if not one.reason:
        return "ok"
    again = f", again at {_instant(one)}" if one.HasField("retry_time") else ""
    return f"{one.reason}{again}"


def _instant(one: pb.PeerStream) -> str:
    moment = datetime.fromtimestamp(one.retry_time.seconds, UTC)
    return moment.isoformat(timespec="seconds")


def _document(state: pb.GetNodeStateResponse) -> dict[str, object]:
    pause = state.pause
    return {
        "takes_new_work": not state.HasField("pause"),
        "reason": pause.reason,
        "retry_after_seconds": pause.retry_after_seconds,
        "calls_under_way": state.calls_under_way,
        "streams": [
            {
                "peer": one.peer,
                "waiting": one.waiting,
                "kept_back": one.withheld,
                "accepted_position": one.accepted_position,
                "received_position": one.received_position,
                "failures": one.failures,
                "reason": one.reason,
                "retry_time": _instant(one) if one.HasField("retry_time") else None,
                "undelivered": [
                    {"kind": kind.kind, "state": kind.state, "count": kind.count}
                    for kind in one.undelivered
                ],
            }
            for one in state.streams
        ],
    }
