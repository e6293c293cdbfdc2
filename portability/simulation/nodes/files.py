"""
The file of a simulated node's database, and what crashes, power cuts and operators make of it.

A crash leaves the file and its write-ahead log as they are. A power cut in the middle of a commit
leaves a part of what that commit had written: the log ends early, or in nothing but zeros. What an
operator puts back is a copy from before.
"""

import shutil
from dataclasses import dataclass, field
from pathlib import Path

_LOG = "-wal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """A copy, with the size of its log and up to where each peer's stream is in it."""

    path: Path
    size: int
    accepted: dict[str, int]


@dataclass(slots=True)
class Files:
    """All copies of one node's database; ``path`` is the one in use."""

    folder: Path
    path: Path = field(init=False)
    _copies: int = 0

    @classmethod
    def made_of(cls, prepared: bytes, folder: Path) -> "Files":
        """A new database with this content, in a folder that is made for it and its copies."""
        folder.mkdir()
        made = cls(folder)
        made.path = made._next()
        made.path.write_bytes(prepared)
        return made

    def log_size(self) -> int:
        """Bytes of the write-ahead log."""
        log = _log_of(self.path)
        return log.stat().st_size if log.exists() else 0

    def crash(self) -> None:
        """Go on with what the file system holds at this instant; whoever has it open does not."""
        self.path = self._copy(self.path)

    def lose_power(self, kept: int, zeros: int) -> None:
        """As a crash, but behind ``kept`` bytes of the log nothing reached the disk but zeros."""
        self.crash()
        with _log_of(self.path).open("r+b") as log:
            log.truncate(kept)
            log.seek(0, 2)
            log.write(bytes(zeros))

    def back_up(self) -> Path:
        """A copy to the last byte, while nothing is being written."""
        return self._copy(self.path)

    def restore(self, backup: Path) -> None:
        """Go on with a copy of a backup, which stays as it is for another time."""
        self.path = self._copy(backup)

    def _copy(self, source: Path) -> Path:
        copy = self._next()
        shutil.copy(source, copy)
        if _log_of(source).exists():
            shutil.copy(_log_of(source), _log_of(copy))
        return copy

    def _next(self) -> Path:
        self._copies += 1
        return self.folder / f"{self._copies}.db"


def _log_of(path: Path) -> Path:
    return path.with_name(path.name + _LOG)
