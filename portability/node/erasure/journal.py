"""
The journal of erasures: outside of the database and its backups, so that no restored backup brings
back what was destroyed.

A text file that only grows. Each line is on the disk before anything is destroyed, and ends in a
digest over itself and the line before. It names persons by their random names alone. Source:
formats.md, The log leaf, and erasure.
"""

import fcntl
import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from portability.errors import ConfigurationError, HaltedError, InvalidInputError, StorageError
from portability.ledger.encoding import format_time, parse_time

JOURNAL: Final = "journal"
OWNER_ONLY: Final = 0o600
ID_BYTES: Final = 16

_HEADER: Final = re.compile(r"portability-erasure-journal/1 (?P<id>[0-9a-f]{32}) [0-9a-f]{64}")
_LINE: Final = re.compile(
    r"(?P<erasure>[0-9a-f]{32}) (?P<owner>persons/[0-9a-f]{32}) (?P<commitment>[0-9a-f]{64}) "
    r"(?P<revision>0|[1-9][0-9]{0,18}) (?P<new_key>no-new-key) (?P<basis>[a-z-]+) "
    r"(?P<actor>[A-Za-z]{2}(?:/[A-Za-z0-9._-]+)?) (?P<time>[0-9TZ:-]{20}) [0-9a-f]{64}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
    """
    A fence: ``owner`` is the name of the person whose key, of this fingerprint, is destroyed.

    Everything up to ``revision``, a size of the log, is erased, and no new key is ever made for the
    name: whoever comes back is enrolled under another.
    """

    erasure: str
    owner: str
    key_commitment: bytes
    revision: int
    basis: str
    actor: str
    time: datetime


class ErasureJournal:
    """An open journal. Several processes may share one; each append is one of them at a time."""

    def __init__(self, path: Path) -> None:
        """Raises ConfigurationError if there is none, HaltedError for one that was altered."""
        self._path = path
        self._size = 0
        self._check = ""
        self._entries: dict[str, JournalEntry] = {}
        self.id = ""
        with _locked(path) as descriptor:
            self._read_on(descriptor)

    @property
    def path(self) -> Path:
        return self._path

    @property
    def entries(self) -> Sequence[JournalEntry]:
        """All that this process has read or written, oldest first."""
        return tuple(self._entries.values())

    def append(self, entry: JournalEntry) -> None:
        """
        Keep an entry, unless it is there; it is on the disk when this returns.

        Raises StorageError if it cannot be written, HaltedError for a journal that was altered.
        """
        with _locked(self._path) as descriptor:
            self._read_on(descriptor)
            if entry.erasure in self._entries:
                return
            line = _sealed(_text(entry), self._check)
            try:
                os.lseek(descriptor, self._size, os.SEEK_SET)
                _write_all(descriptor, line.encode())
                os.fsync(descriptor)
            except OSError:
                raise StorageError(
                    "the journal of erasures cannot be written, so nothing was destroyed: check "
                    "the disk that holds it; the erasure goes on when it can be written",
                    cause="unwritten",
                ) from None
            self._read_on(descriptor)

    def refresh(self) -> None:
        """Read what other processes wrote. Raises as above."""
        with _locked(self._path) as descriptor:
            self._read_on(descriptor)

    def _read_on(self, descriptor: int) -> None:
        """What follows on what was read; an end that was torn off while it was written is cut."""
        os.lseek(descriptor, self._size, os.SEEK_SET)
        data = _read_all(descriptor)
        whole = data[: data.rfind(b"\n") + 1]
        if len(whole) != len(data):
            os.ftruncate(descriptor, self._size + len(whole))
            os.fsync(descriptor)
        for raw in whole.split(b"\n")[:-1]:
            self._take(raw)
        self._size += len(whole)

    def _take(self, raw: bytes) -> None:
        try:
            line = raw.decode("ascii")
        except UnicodeDecodeError:
            raise _altered(self._path) from None
        text, _, check = line.rpartition(" ")
        if check != _digest(text, self._check):
            raise _altered(self._path)
        if not self._check:
            header = _HEADER.fullmatch(line)
            if header is None:
                raise _altered(self._path)
            self.id = header["id"]
        else:
            entry = _parse(line, self._path)
            self._entries[entry.erasure] = entry
        self._check = check


def create_journal(path: Path, journal_id: bytes) -> None:
    """Make an empty one. Raises ConfigurationError if there is one or it cannot be made."""
    text = f"portability-erasure-journal/1 {journal_id.hex()}"
    passing = path.with_name(f"{path.name}.new")
    try:
        descriptor = os.open(passing, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, OWNER_ONLY)
        try:
            _write_all(descriptor, _sealed(text, "").encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.link(passing, path)  # never over another one
        passing.unlink()
        sync_folder(path.parent)
    except FileExistsError:
        raise ConfigurationError(
            f"{path} is there already; a journal is never made anew over another", file=str(path)
        ) from None
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be made ({error.strerror}); check the folder", file=str(path)
        ) from None


def sync_folder(folder: Path) -> None:
    """What was made or renamed in a folder survives a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _locked(path: Path) -> Iterator[int]:
    """The file, for this process alone."""
    try:
        descriptor = os.open(path, os.O_RDWR)
    except OSError as error:
        raise ConfigurationError(
            f"the journal of erasures {path} cannot be opened ({error.strerror}): bring back the "
            "one of this node, which is in no backup of its database; for a new node make one with "
            "`portability node new-journal`",
            file=str(path),
        ) from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def _read_all(descriptor: int) -> bytes:
    parts = []
    while part := os.read(descriptor, 1 << 20):
        parts.append(part)
    return b"".join(parts)


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def _text(entry: JournalEntry) -> str:
    return (
        f"{entry.erasure} {entry.owner} {entry.key_commitment.hex()} {entry.revision} no-new-key "
        f"{entry.basis} {entry.actor} {format_time(entry.time)}"
    )


def _sealed(text: str, before: str) -> str:
    return f"{text} {_digest(text, before)}\n"


def _digest(text: str, before: str) -> str:
    return hashlib.sha256(f"{before}\n{text}".encode()).hexdigest()


def _parse(line: str, path: Path) -> JournalEntry:
    found = _LINE.fullmatch(line)
    if found is None:
        raise _altered(path)
    try:
        time = parse_time(found["time"])
    except InvalidInputError:
        raise _altered(path) from None
    return JournalEntry(
        erasure=found["erasure"],
        owner=found["owner"],
        key_commitment=bytes.fromhex(found["commitment"]),
        revision=int(found["revision"]),
        basis=found["basis"],
        actor=found["actor"],
        time=time,
    )


def _altered(path: Path) -> HaltedError:
    return HaltedError(
        f"the journal of erasures {path} was altered, and nobody can say what it forbade: keep it, "
        "and bring back a copy that is whole"
    )
