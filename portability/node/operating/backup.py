"""
A copy of a node's SQLite database while the node runs, and the file put back.

The copy is made by SQLite's own online backup: one consistent state, whoever writes meanwhile. It
appears under its name only when it is whole and on the disk. Keys are not in it: they are kept
apart, so that whoever finds a backup can read nothing. Source: sqlite.org/backup.html.
"""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from portability.errors import ConfigurationError, StorageError
from portability.node.config import NodeConfig
from portability.node.erasure.keeping import open_keeping

PAGES_AT_ONCE: Final = 2_000
"""Between portions the node may write; at 4 KiB a page this is about 8 MiB."""

OWNER_ONLY: Final = 0o600

_SQLITE: Final = b"SQLite format 3\x00"
"""What each SQLite file that was ever written to begins with (sqlite.org/fileformat2.html 1.2)."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class BackedUp:
    file: Path
    bytes: int


def back_up(
    config: NodeConfig,
    directory: Path,
    now: datetime,
    progress: Progress = lambda _done, _all: None,
) -> BackedUp:
    """
    Copy the database into ``directory`` under the jurisdiction and the time.

    Raises ConfigurationError for a database on a server, whose own tool does this, and for a folder
    that cannot be written; StorageError if the database cannot be read.
    """
    source = database_file(config)
    name = f"{config.jurisdiction}-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}.db"
    target = directory / name
    if target.exists():
        raise ConfigurationError(f"{target} is there already; wait a second", file=str(target))
    copy(source, target, progress)
    return BackedUp(file=target, bytes=target.stat().st_size)


def restore(config: NodeConfig, backup: Path) -> Path:
    """
    Put a backup where the configuration has the database. What is there is never overwritten.

    Raises ConfigurationError, and puts nothing in place, if a database is there, the backup cannot
    be read or is no database (an empty file would pass for one without tables, and stand in the way
    of the right backup), or the journal of erasures is not there: a backup holds those who were
    erased since, and the journal says who they are.
    """
    open_keeping(config.erasure.folder, config.mode)
    target = database_file(config, must_exist=False)
    for path in (target, *beside(target)):
        if path.exists():
            raise ConfigurationError(
                f"{path} is there already; stop the node and move it away, it may be evidence",
                file=str(path),
            )
    if not backup.is_file():
        raise ConfigurationError(f"{backup} is not a file; check its place", file=str(backup))
    if not _is_database(backup):
        raise ConfigurationError(
            f"{backup} is no SQLite database; name a copy that `portability node backup` made",
            file=str(backup),
        )
    copy(backup, target, lambda _done, _all: None)
    return target


def database_file(config: NodeConfig, *, must_exist: bool = True) -> Path:
    """The SQLite file of a node. Raises ConfigurationError for PostgreSQL, naming its tool."""
    found = config.database_file
    if found is None:
        raise ConfigurationError(
            "this node's database is on PostgreSQL: back it up with `pg_dump --format=custom` or "
            "`pg_basebackup`, restore it with `pg_restore`, then run `portability node fsck`",
            field="database",
        )
    if must_exist and not found.is_file():
        raise ConfigurationError(f"{found} is not there: the node was never started", field="file")
    return found


def beside(file: Path) -> tuple[Path, Path]:
    """The files that SQLite keeps beside a database in use."""
    return file.with_name(f"{file.name}-wal"), file.with_name(f"{file.name}-shm")


def copy(source: Path, target: Path, progress: Progress) -> None:
    """One consistent state of ``source`` as ``target``, for the owner alone. Raises as above."""
    passing = target.with_name(f"{target.name}.new")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(passing, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, OWNER_ONLY))
    except OSError:
        raise ConfigurationError(
            f"{target} cannot be written; check the folder", file=str(target)
        ) from None
    try:
        _copy_pages(source, passing, progress)
        _sync(passing)
        passing.replace(target)
        _sync(target.parent)
    except sqlite3.Error:
        raise StorageError(
            f"{source.name} cannot be copied: it is damaged, busy, or the disk is full",
            cause="unreachable",
        ) from None
    except OSError:
        raise ConfigurationError(
            f"{target} cannot be written; check the folder", file=str(target)
        ) from None
    finally:
        for path in (passing, *beside(passing)):
            path.unlink(missing_ok=True)


def _is_database(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(_SQLITE)) == _SQLITE
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be read ({error.strerror}); check its place and owner", file=str(path)
        ) from None


def _copy_pages(source: Path, target: Path, progress: Progress) -> None:
    def tell(_status: int, remaining: int, total: int) -> None:
        progress(total - remaining, total)

    with (
        closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)) as reading,
        closing(sqlite3.connect(target)) as writing,
    ):
        reading.execute("PRAGMA busy_timeout = 10000")
        # begun and read, so that a node that writes between two portions does not start it anew
        reading.execute("BEGIN")
        reading.execute("SELECT count(*) FROM sqlite_master").fetchone()
        reading.backup(writing, pages=PAGES_AT_ONCE, progress=tell)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
