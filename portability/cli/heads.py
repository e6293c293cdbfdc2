"""`portability node heads`: what this node has, what its witnesses saw, and what to do."""

import asyncio
from pathlib import Path

from rich.console import Console
from rich.text import Text

from agents.exits import HELD, NOT_HELD
from portability.cli.printing import console, printable, table, write_json
from portability.ledger.encoding import encode_base64
from portability.node.config import load_config
from portability.node.main import real_world
from portability.node.operating.heads import Heads, read_heads


def show_heads(config_file: Path, *, as_json: bool) -> int:
    """Exit 0 if the node may sign, 1 if a witness saw what it does not have."""
    config = load_config(config_file)
    heads = asyncio.run(read_heads(config, real_world(config)))
    if as_json:
        write_json(_document(heads))
    else:
        _show(console(), heads)
    return HELD if heads.may_sign else NOT_HELD


def _show(screen: Console, heads: Heads) -> None:
    screen.print(Text(heads.own.origin, style="bold"))
    published = "nothing yet" if heads.published is None else str(heads.published)
    rows = [("this database", str(heads.own.size), ""), ("published", published, "")]
    for view in heads.views:
        size = "" if view.head is None else str(view.head.size)
        rows.append((f"witness of {view.witness}", size, str(view.standing)))
    screen.print(table(screen, ("who", "entries", "beside this database"), rows, (2, 1, 3)))
    for one in heads.evidence:
        screen.print(Text(f"\nTwo checkpoints of {one.origin} that do not fit:", style="bold red"))
        for note in (one.first_note, one.second_note):
            for line in note.decode("utf-8", "replace").split("\n"):
                screen.print(Text("  " + printable(line)), soft_wrap=True)
    for sentence in heads.advice:
        screen.print(Text(sentence, style="yellow"))
    if heads.may_sign:
        screen.print(Text("this node may sign", style="green"))


def _document(heads: Heads) -> dict[str, object]:
    return {
        "origin": heads.own.origin,
        "size": heads.own.size,
        "root": encode_base64(heads.own.root),
        "published": heads.published,
        "may_sign": heads.may_sign,
        "witnesses": [
            {
                "witness": view.witness,
                "standing": view.standing.name.lower(),
                "size": None if view.head is None else view.head.size,
                "note": view.note.decode("utf-8", "replace"),
            }
            for view in heads.views
        ],
        "evidence": [
            {
                "origin": one.origin,
                "first": one.first_note.decode("utf-8", "replace"),
                "second": one.second_note.decode("utf-8", "replace"),
                "seen_by": one.seen_by,
                "time": one.create_time.isoformat(),
            }
            for one in heads.evidence
        ],
        "advice": list(heads.advice),
    }
