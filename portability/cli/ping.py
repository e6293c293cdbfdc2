"""`portability node ping`: the whole way to a peer, and what is wrong with it in words."""

import asyncio
from pathlib import Path

from rich.console import Console
from rich.text import Text

from agents.exits import HELD, NOT_HELD
from portability.cli.printing import console, printable, table, write_json
from portability.federation.ping import Verdict, Way
from portability.node.config import load_config
from portability.node.main import real_world
from portability.node.peers.pinging import ping_peer

_STYLES = {Verdict.PASSED: "green", Verdict.NOTED: "yellow", Verdict.FAILED: "bold red"}


def run_ping(config_file: Path, peer: str, *, as_json: bool) -> int:
    """Exit 0 if the whole way is open, 1 if a step failed."""
    config = load_config(config_file)
    way = asyncio.run(ping_peer(config, peer.upper(), real_world(config)))
    if as_json:
        write_json(_document(way))
    else:
        _show(console(), way)
    return HELD if way.is_open else NOT_HELD


def _show(screen: Console, way: Way) -> None:
    rows = [(one.name, one.verdict.value, one.words) for one in way.steps]
    screen.print(table(screen, (f"{way.own} to {way.peer}", "", "what was found"), rows, (2, 1, 6)))
    for one in way.steps:
        if one.verdict is not Verdict.PASSED:
            text = f"{one.name}: {one.next_step}"
            screen.print(Text(printable(text), style=_STYLES[one.verdict]), soft_wrap=True)
    if way.is_open:
        screen.print(Text(f"the way to {way.peer} is open", style="green"))
    else:
        screen.print(Text(f"the way to {way.peer} is not open", style="bold red"))


def _document(way: Way) -> dict[str, object]:
    return {
        "own": way.own,
        "peer": way.peer,
        "endpoint": way.endpoint,
        "open": way.is_open,
        "steps": [
            {
                "step": one.name,
                "verdict": one.verdict.value,
                "found": one.words,
                "next": one.next_step,
            }
            for one in way.steps
        ],
    }
