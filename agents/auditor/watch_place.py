"""
Where a watcher is in each log, in one file that is replaced as a whole.

Kept is the last checkpoint for which everything was checked, with the right edge of the tree, so
that the next look goes on from there and shows by itself that the tree only grew.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final, NoReturn

from agents.new_files import replace_whole
from agents.profile import read_file
from portability.errors import ConfigurationError, InvalidInputError, PortabilityError
from portability.ledger.documents import load_json_object
from portability.ledger.encoding import (
    decode_base64,
    decode_decimal,
    encode_base64,
    format_time,
    parse_time,
)
from portability.ledger.tiles import edge_tiles

FORMAT: Final = "watch/1"
PLACES: Final = "places.json"
DIRECTORY: Final = "directory.json"
EVIDENCE: Final = "evidence"

Edge = Mapping[tuple[int, int], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """
    How far one log was checked: ``note`` is its checkpoint of ``size`` entries, ``edge`` the tiles
    on its right edge by level and index. ``seen`` is the latest checkpoint that it has shown, whose
    last entries no witness may have seen yet. ``since`` says from when on something is overdue.
    """

    size: int = 0
    note: bytes = b""
    edge: Edge = field(default_factory=dict)
    since: Mapping[str, datetime] = field(default_factory=dict)
    seen: bytes = b""

    @property
    def latest(self) -> bytes:
        """The largest head that it was shown; empty for a log that was never looked at."""
        return self.seen or self.note


def load_places(folder: Path) -> dict[str, Place]:
    """By the origin of the log; empty for a new folder. Raises ConfigurationError."""
    path = folder / PLACES
    if not path.exists():
        return {}
    try:
        document = load_json_object(read_file(path, "watcher's place"), what=PLACES)
        logs = document["logs"]
        if document.get("format") != FORMAT or not isinstance(logs, dict):
            _refuse(path)
        return {origin: _place(one) for origin, one in logs.items()}
    except (KeyError, TypeError, AttributeError, ValueError):
        _refuse(path)
    except ConfigurationError:
        raise
    except PortabilityError:
        _refuse(path)


def save_places(folder: Path, places: Mapping[str, Place]) -> None:
    """Replace the file at once: whoever is killed here leaves the old one or the new one."""
    document = {
        "format": FORMAT,
        "logs": {origin: _document(place) for origin, place in places.items()},
    }
    replace_whole(folder / PLACES, json.dumps(document, indent=2).encode(), make_folder=True)


def check_directory(folder: Path, version: int, payload: bytes) -> None:
    """Refuse a directory older than one that was watched by, or another text of it."""
    path = folder / DIRECTORY
    if not path.exists():
        return
    try:
        document = load_json_object(read_file(path, "watcher's directory"), what=DIRECTORY)
        known = decode_decimal(_text(document["version"]), what="version")
        digest = _text(document["sha256"])
    except (KeyError, TypeError, InvalidInputError):
        _refuse(path)
    if version < known or (version == known and hashlib.sha256(payload).hexdigest() != digest):
        raise ConfigurationError(
            f"the directory is version {version}, and the logs were watched by another text of "
            f"version {known} already; bring that one or a later one",
            file=str(path),
        )


def keep_directory(folder: Path, version: int, payload: bytes) -> None:
    """Remember which version was watched by."""
    digest = hashlib.sha256(payload).hexdigest()
    document = {"version": str(version), "sha256": digest}
    replace_whole(folder / DIRECTORY, json.dumps(document, indent=2).encode(), make_folder=True)


def keep_evidence(folder: Path, origin: str, notes: tuple[bytes, ...]) -> Path:
    """Keep signed checkpoints that do not fit, verbatim; the same ones are kept once."""
    name = hashlib.sha256(b"".join(notes)).hexdigest()[:32]
    document = {
        "origin": origin,
        "checkpoints": [note.decode("utf-8", "replace") for note in notes],
    }
    path = folder / EVIDENCE / f"{name}.json"
    replace_whole(
        path, json.dumps(document, indent=2, ensure_ascii=False).encode(), make_folder=True
    )
    return path


def _document(place: Place) -> dict[str, object]:
    return {
        "size": str(place.size),
        "checkpoint": encode_base64(place.note),
        "edge": {
            f"{level}/{index}": encode_base64(hashes)
            for (level, index), hashes in place.edge.items()
        },
        "since": {what: format_time(at) for what, at in place.since.items()},
        "seen": encode_base64(place.seen),
    }


def _place(one: dict[str, object]) -> Place:
    size = decode_decimal(_text(one["size"]), what="size")
    edge = _texts(one["edge"])
    return Place(
        size=size,
        note=decode_base64(_text(one["checkpoint"]), what="checkpoint"),
        edge={
            (ref.level, ref.index): decode_base64(edge[f"{ref.level}/{ref.index}"], what="edge")
            for ref in edge_tiles(size)
        },
        since={what: parse_time(at) for what, at in _texts(one["since"]).items()},
        seen=decode_base64(_text(one.get("seen", "")), what="seen"),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _texts(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        raise TypeError
    return {_text(name): _text(one) for name, one in value.items()}


def _refuse(path: Path) -> NoReturn:
    raise ConfigurationError(
        f"{path} is not the place of a watcher; restore it, or name a new folder with --state and "
        "check the logs from their beginning",
        file=str(path),
    ) from None
