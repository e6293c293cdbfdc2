"""`portability node recover`: why a node with an old database refuses, and the honest way on."""

import asyncio
import shlex
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.text import Text

from agents.exits import HELD, NOT_HELD
from portability.cli.printing import console, write_json
from portability.ledger.encoding import encode_base64, format_time
from portability.node.config import load_config
from portability.node.main import real_world
from portability.node.operating.recovery import Loss, find_loss, write_checkpoints

NOTHING: Final = "nothing"

WORDS: Final = """\
{origin}: entries {first} to {last} are not in this database.

The witness of {witnesses} has cosigned {seen} entries of this log, and the database ends at \
{left}. To sign on from there would be a second history, so the node refuses. If the newer \
database is anywhere, on a replica, a disk, or in an archive of its write-ahead log, restore \
that one: nothing is lost then, and nothing of what follows is needed.

If it is nowhere, this log ends where witnesses saw it last, and the next one begins with the \
{left} entries that are left, under a new key and name. The directory, which the holders of root \
keys sign, says for ever which entries are lost, and watchers tell it at every look. Proofs of \
lost entries stay valid: they show what this node no longer has.

What it had exchanged with other nodes comes back from these once it serves again. Whoever was \
erased stays erased, by the journal.

All else{since} has to be done again: institutions enrol persons, import and correct records, \
place holds and register templates; persons enrol keys, consent and complain. Tell them. Who \
holds a proof of a lost entry should hand the statement in once more.
"""

STEPS: Final = """\
portability keys new --out log-2.pem --passphrase env:PASS
portability directory prove --key log-2.pem --passphrase env:PASS --jurisdiction {jurisdiction} \
--purpose log --out log-2.proof.json
portability directory rotate-log directory.json --proof log-2.proof.json --final {final} \
--kept {kept} --origin {origin}/2 --out next.toml
portability directory sign next.toml --previous directory.json --proof log-2.proof.json \
--key ROOT --out next.json
# next.json becomes the directory of every node, log-2.pem the log key of this one; start it
"""


def recover(config_file: Path, folder: Path, *, without: Sequence[str], as_json: bool) -> int:
    """Exit 0 if nothing is lost, 1 if something is: then two checkpoints are in ``folder``."""
    config = load_config(config_file)
    loss = asyncio.run(find_loss(config, real_world(config), without))
    if loss is None:
        if as_json:
            write_json({"lost": None})
        else:
            console().print(
                Text("this database has all that the witnesses saw: nothing is to be recovered")
            )
        return HELD
    final, kept = write_checkpoints(loss, folder)
    commands = _commands(config.jurisdiction, loss, final, kept)
    if as_json:
        write_json(_document(loss, final, kept, commands))
    else:
        _show(console(), loss, commands)
    return NOT_HELD


def _show(screen: Console, loss: Loss, commands: Sequence[str]) -> None:
    told = {
        "origin": loss.end.origin,
        "first": loss.lost.start,
        "last": loss.lost.stop - 1,
        "witnesses": " and of ".join(loss.witnesses),
        "seen": loss.end.size,
        "left": loss.own.size,
        "since": "" if loss.since is None else f" they did after {format_time(_second(loss))}",
    }
    screen.print(Text(WORDS.format(**told)))
    screen.print(Text("The steps; read the next version before you let it be signed:", "bold"))
    for command in commands:
        screen.print(Text("  " + command), soft_wrap=True)


def _second(loss: Loss) -> datetime:
    since = loss.since
    if since is None:
        raise RuntimeError("an empty log has no last entry")
    return since.replace(microsecond=0)


def _commands(jurisdiction: str, loss: Loss, final: Path, kept: Path | None) -> list[str]:
    left = NOTHING if kept is None else shlex.quote(str(kept))
    return STEPS.format(
        jurisdiction=jurisdiction, origin=loss.end.origin, final=shlex.quote(str(final)), kept=left
    ).splitlines()


def _document(
    loss: Loss, final: Path, kept: Path | None, commands: Sequence[str]
) -> dict[str, object]:
    return {
        "origin": loss.end.origin,
        "lost": {"first": loss.lost.start, "last": loss.lost.stop - 1},
        "end": {"size": loss.end.size, "root": encode_base64(loss.end.root), "file": str(final)},
        "kept": {
            "size": loss.own.size,
            "root": encode_base64(loss.own.root),
            "file": NOTHING if kept is None else str(kept),
        },
        "witnesses": list(loss.witnesses),
        "since": None if loss.since is None else format_time(_second(loss)),
        "steps": list(commands),
    }
