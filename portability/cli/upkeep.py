"""What an operator does with a node's store: check it, export its log, back it up."""

import asyncio
import secrets
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from agents.exits import HELD, NOT_HELD
from portability.cli.printing import write_json
from portability.custody.files import Mode
from portability.errors import StorageError
from portability.node.audit.fsck import Found, check_database, damage_of
from portability.node.audit.tile_export import Exported, export_tiles
from portability.node.config import NodeConfig, load_config, load_keys
from portability.node.erasure.keeping import create_keeping
from portability.node.operating.backup import back_up, restore
from portability.node.operating.upkeep import open_stored


@contextmanager
def progress_bar(what: str, *, hidden: bool) -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error, on a terminal only."""
    console = Console(stderr=True)
    if hidden or not console.is_terminal:  # a disabled bar may end in an empty line
        yield _unseen
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(what, total=None)

        def advance(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        yield advance


def _unseen(done: int, total: int) -> None:
    """An advance that nobody looks at."""


def run_fsck(config_file: Path, *, as_json: bool) -> int:
    """Exit 0: everything fits; 1: the first difference is named; 2: it cannot be looked at."""
    config = load_config(config_file)
    with progress_bar("checking entries", hidden=as_json) as progress:
        found = asyncio.run(_check(config, progress))
    if as_json:
        write_json(found.to_json())
    elif found.is_clean:
        erased = f", {found.erased} of them erased" if found.erased else ""
        sys.stdout.write(
            f"clean: {found.size} entries{erased} and {found.checkpoints} checkpoints fit\n"
        )
    else:
        sys.stdout.write(f"DIFFERENT: {found.difference}\n")
    return HELD if found.is_clean else NOT_HELD


def run_export_tiles(config_file: Path, directory: Path, *, as_json: bool) -> int:
    """Bring a folder of immutable files up to the latest checkpoint."""
    config = load_config(config_file)

    async def export(progress: Callable[[int, int], None]) -> Exported:
        async with open_stored(config, secrets.token_bytes) as (database, trust):
            return await export_tiles(database, trust, directory, progress)

    with progress_bar("exporting entries", hidden=as_json) as progress:
        done = asyncio.run(export(progress))
    if as_json:
        write_json({**asdict(done), "directory": str(directory)})
    else:
        sys.stdout.write(
            f"{done.size} entries in {directory}, {done.size - done.before} of them new; "
            f"{done.files} files written\n"
        )
    return HELD


def run_backup(config_file: Path, directory: Path, *, as_json: bool) -> int:
    """Copy the database of a node that may be running."""
    config = load_config(config_file)
    with progress_bar("copying pages", hidden=as_json) as progress:
        done = back_up(config, directory, datetime.now(UTC), progress)
    if as_json:
        write_json({"file": str(done.file), "bytes": done.bytes})
    else:
        sys.stdout.write(
            f"{done.file}, {done.bytes:,} bytes; keys and the journal of erasures are not in it\n"
        )
    return HELD


def run_restore(config_file: Path, backup: Path, *, as_json: bool) -> int:
    """Put a backup in place, and check all of it before anybody starts a node on it."""
    config = load_config(config_file)
    load_keys(config)  # what cannot be checked would stand in the way of the next attempt
    target = restore(config, backup)
    if not as_json:
        sys.stdout.write(
            f"restored {target}; checking it. Whoever was erased since the backup is erased again "
            "by the journal when the node starts\n"
        )
    return run_fsck(config_file, as_json=as_json)


async def _check(config: NodeConfig, progress: Callable[[int, int], None]) -> Found:
    try:
        async with open_stored(config, secrets.token_bytes) as (database, trust):
            return await check_database(database, trust, progress)
    except StorageError as error:  # a key that cannot be opened stops it at the door
        return Found(size=0, checkpoints=0, erased=0, difference=damage_of(error))


def run_new_journal(config_file: Path, *, as_json: bool) -> int:
    """Make what a new node keeps outside of its database."""
    config = load_config(config_file)
    folder = config.erasure.folder
    is_development = config.mode is Mode.DEVELOPMENT
    create_keeping(folder, secrets.token_bytes, is_development=is_development)
    if as_json:
        write_json({"folder": str(folder)})
    else:
        sys.stdout.write(
            f"{folder} holds an empty journal of erasures and a new forgetting key; keep a copy of "
            "both apart from every backup of the database, and renew it after erasures\n"
        )
    return HELD
