"""
What an operator can do whose newest database is lost for ever: the log ends in the open.

A restored database ends before what witnesses saw. Nobody can make the entries in between again, so
the log cannot go on: the next one begins with what is left, under another key and name, and the
signed directory says which entries are lost. Nothing is signed or changed here.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from portability.errors import ConfigurationError, ForkError, PeerUnavailableError
from portability.ledger.note import NoteSignature, add_signature_lines, parse_note
from portability.ledger.tree_head import Checkpoint
from portability.node.config import NodeConfig
from portability.node.foundation import World
from portability.node.log.witness_views import Standing, View
from portability.node.operating.heads import Heads, read_heads

FINAL: Final = "final"
KEPT: Final = "kept"


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """
    What is lost, and the two checkpoints that show it.

    ``final`` is the largest head that a witness saw, with the cosignatures of all that saw it;
    ``kept`` is this database's own, empty for one that never signed. ``since`` is when the last
    entry that is left was taken in; None where there is none.
    """

    end: Checkpoint
    final: bytes
    own: Checkpoint
    kept: bytes
    witnesses: tuple[str, ...]
    since: datetime | None

    @property
    def lost(self) -> range:
        return range(self.own.size, self.end.size)


async def find_loss(config: NodeConfig, world: World, without: Collection[str] = ()) -> Loss | None:
    """
    What the witnesses have seen beyond this database; None where that is nothing.

    Raises as ``judge_heads`` and ``read_heads``.
    """
    return judge_heads(await read_heads(config, world), without)


def judge_heads(heads: Heads, without: Collection[str] = ()) -> Loss | None:
    """
    What of the log is lost, by what its witnesses show; None where that is nothing.

    ``without`` names witnesses that will never answer again. Raises PeerUnavailableError for any
    other that does not, since it may have seen more, and ForkError where one saw another history,
    which is no loss.
    """
    _check_all_seen(heads, without)
    ahead = [view for view in heads.views if view.standing is Standing.AHEAD]
    if not ahead:
        return None
    size = max(view.head.size for view in ahead if view.head is not None)
    last = [view for view in ahead if view.head is not None and view.head.size == size]
    heads_seen = {view.head for view in last}
    if len(heads_seen) != 1:
        raise ForkError(
            f"witnesses have cosigned different histories of this log at {size} entries: that is "
            "evidence of a lie and no loss; keep everything and call the other operators"
        )
    (end,) = heads_seen
    if end is None:
        raise RuntimeError("a view ahead of the database has a head")
    return Loss(
        end=end,
        final=_with_all_cosignatures(last),
        own=heads.own,
        kept=heads.note,
        witnesses=tuple(view.witness for view in last),
        since=heads.last_time,
    )


def write_checkpoints(loss: Loss, folder: Path) -> tuple[Path, Path | None]:
    """Both checkpoints as files; None for an own one that was never signed."""
    final, kept = folder / FINAL, folder / KEPT
    try:
        folder.mkdir(parents=True, exist_ok=True)
        final.write_bytes(loss.final)
        if loss.kept:
            kept.write_bytes(loss.kept)
    except OSError:
        raise ConfigurationError(
            f"{folder} cannot be written; name another folder with --out", file=str(folder)
        ) from None
    return final, kept if loss.kept else None


def _check_all_seen(heads: Heads, without: Collection[str]) -> None:
    differing = [one.witness for one in heads.views if one.standing is Standing.DIFFERS]
    if differing:
        raise ForkError(
            f"the witness of {differing[0]} has cosigned another history of this log: that is "
            "evidence of a lie and no loss; `portability node heads` shows both checkpoints, keep "
            "everything and call the other operators"
        )
    away = [one.witness for one in heads.views if one.standing is Standing.UNREACHABLE]
    away = [code for code in away if code not in without]
    if away:
        raise PeerUnavailableError(
            f"the witness of {away[0]} does not answer, and it may have seen more than the others: "
            "try again when it does; if it never will again, name it with --without",
            jurisdiction=away[0],
        )


def _with_all_cosignatures(views: list[View]) -> bytes:
    """One note of the same head with the lines of all witnesses."""
    first, *others = views
    known = set(parse_note(first.note).signatures)
    lines: list[NoteSignature] = []
    for view in others:
        for line in parse_note(view.note).signatures:
            if line not in known:
                known.add(line)
                lines.append(line)
    return add_signature_lines(first.note, lines)
