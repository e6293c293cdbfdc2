"""
A database in which one thing fails, at one point after the other until there is none any more.

A place makes ``points``: each is one life of a node in a process of its own, in which the Nth
statement or the Nth file operation fails or the process dies there, then a second life that checks
what is left. What was told of it comes as lines; one that begins with ``crashed`` is our fault.
"""

import asyncio
import errno
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any, Final

from tests.integration.faults.forked import Tell, in_child, in_watched_child
from tests.integration.faults.lives import first_life, prepare, second_life
from tests.integration.faults.proxy import Proxy
from tests.integration.faults.statements import Trap, set_trap
from tests.integration.faults.stories import Story
from tests.integration.faults.system_calls import FileCall

CHANGING: Final = frozenset(
    {
        "write", "pwrite64", "fsync", "fdatasync", "ftruncate", "fallocate", "rename", "renameat",
        "renameat2", "link", "linkat", "unlink", "unlinkat", "mkdir", "mkdirat", "open", "openat",
        "mmap",
    }
)  # fmt: skip
"""To die between two of these is to die at the second: the files are the same until then."""

GROWING: Final = frozenset({"write", "pwrite64", "ftruncate", "fallocate", "mkdir", "mkdirat"})
"""What a full disk refuses."""

SYNCING: Final = frozenset({"fsync", "fdatasync"})

CHANGES_ONLY: Final = "-of-changes"

COUNTED: Final = {
    "killed-at-file": CHANGING,
    f"EIO{CHANGES_ONLY}": CHANGING,
    "ENOSPC": GROWING,
    "EIO": None,  # also reading, locking and asking for a status
}
"""The kinds of failure of files, and which calls each can meet."""

ARMED, ANSWERED = "armed", "answered"
"""Files that a watched process opens to say how far it is: it acts, its caller was answered."""

Lines = list[str]
Act = Callable[[Tell, Callable[[], None]], None]
"""A first life: where it tells, and what it calls when from then on something may fail."""


class FileFault:
    """The Nth of the file operations that this kind of failure can meet goes wrong."""

    def __init__(self, kind: str, at: int, child: int) -> None:
        self._counted = COUNTED.get(kind)
        self._errno = getattr(errno, kind.removesuffix(CHANGES_ONLY), 0)
        self._left = at
        self._child = child
        self._is_armed = False
        self.fired = ""

    def __call__(self, call: FileCall) -> int:
        if not self._is_armed or call.path.endswith(f"/{ARMED}"):
            self._is_armed = self._is_armed or call.path.endswith(f"/{ARMED}")
            return 0
        if self._counted is not None and call.name not in self._counted:
            return 0
        self._left -= 1
        if self._left:
            return 0
        self.fired = f"fired {call.name} {Path(call.path).name}"
        if not self._errno:
            os.kill(self._child, signal.SIGKILL)
        return self._errno


class PowerCuts:
    """
    What of the files is surely on the disk, kept at each moment at which that changes.

    ``moments`` are copies of the folder in which everything that was not synchronised is lost, with
    whether the caller had been answered by then.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._on_disk = folder.with_name(f"{folder.name}-on-disk")
        shutil.copytree(folder, self._on_disk)
        self._is_armed = self._answered = False
        self.moments: list[tuple[Path, bool]] = []

    def __call__(self, call: FileCall) -> int:
        file = Path(call.path)
        if call.name in SYNCING and file.is_file():
            target = self._on_disk / file.relative_to(self._folder)
            target.parent.mkdir(exist_ok=True)
            shutil.copyfile(file, target)
        elif file.name == ARMED:
            self._is_armed = True
        elif file.name == ANSWERED:
            self._answered = True
        else:
            return 0
        if self._is_armed:
            self._keep()
        return 0

    def _keep(self) -> None:
        moment = self._on_disk.with_name(f"{self._folder.name}-cut-{len(self.moments)}")
        shutil.copytree(self._on_disk, moment)
        self.moments.append((moment, self._answered))


class Place:
    """Where a story is lived."""

    def __init__(self, story: Story[Any], folder: Path) -> None:
        self._story = story
        self._folder = folder

    def points(self, kind: str, first: int, step: int) -> Iterator[tuple[int, Lines]]:
        """Points ``first``, ``first + step`` and so on, up to the last; see the module."""
        for at in count(first, step):
            lines = self.one(kind, at)
            fired = any(line.startswith("fired") for line in lines)
            if not fired and not _told(lines):
                lines.append("crashed: nothing failed, and nothing was acknowledged")
            if fired or any(line.startswith("crashed") for line in lines):
                yield at, lines
            if not fired:
                return

    def one(self, kind: str, at: int) -> Lines:
        """The Nth point of a kind; no line says ``fired`` if there are fewer."""
        raise NotImplementedError

    def _prepare(self, url: str, folder: Path) -> None:
        lines = in_child(lambda _: asyncio.run(prepare(self._story, url, folder)))
        if lines:
            raise AssertionError(lines)

    def _watched(self, kind: str, at: int, act: Act, folder: Path) -> Lines:
        """A life under the eyes of the kernel."""
        faults: list[FileFault] = []

        def watch(child: int) -> FileFault:
            faults.append(FileFault(kind, at, child))
            return faults[0]

        lines = in_watched_child(lambda tell: act(tell, _marking(folder, ARMED)), folder, watch)
        return lines + [one.fired for one in faults if one.fired]

    def _second_life(self, url: str, folder: Path, number: int, lines: Lines) -> Lines:
        told = _told(lines)
        answer = told[-1] if told else None
        return lines + in_child(
            lambda _: asyncio.run(second_life(self._story, url, folder, number, answer))
        )


class SqlitePlace(Place):
    """Files in a folder, laid anew for each point."""

    def __init__(self, story: Story[Any], folder: Path) -> None:
        super().__init__(story, folder)
        self._prepared = folder / "prepared"
        self._prepared.mkdir()
        self._prepare(_file_url(self._prepared), self._prepared)

    def points(self, kind: str, first: int, step: int) -> Iterator[tuple[int, Lines]]:
        if kind == "power-cut":
            yield from self._power_cuts(first, step)
        else:
            yield from super().points(kind, first, step)

    def one(self, kind: str, at: int) -> Lines:
        here = self._lay(f"{kind}-{at}")
        act = self._act(here)
        if kind in COUNTED:
            lines = self._watched(kind, at, act, here)
        else:
            lines = in_child(lambda tell: act(tell, _set_trap(Trap(at, kind, tell))))
        lines = self._second_life(_file_url(here), here, 0, lines)
        shutil.rmtree(here)
        return lines

    def _power_cuts(self, first: int, step: int) -> Iterator[tuple[int, Lines]]:
        here = self._lay(f"power-{first}")
        cuts: list[PowerCuts] = []

        def live(tell: Tell) -> None:
            mark = _marking(here, ANSWERED)

            def tell_and_mark(line: str) -> None:
                tell(line)
                mark()

            self._act(here)(tell_and_mark, _marking(here, ARMED))

        def watch(_: int) -> PowerCuts:
            cuts.append(PowerCuts(here))
            return cuts[0]

        told = in_watched_child(live, here, watch)
        for at, (moment, answered) in enumerate(cuts[0].moments, start=1):
            if at % step == first % step:
                lines = ["fired power cut", *(told if answered else ())]
                yield at, self._second_life(_file_url(moment), moment, 0, lines)

    def _act(self, here: Path) -> Act:
        def act(tell: Tell, arm: Callable[[], None]) -> None:
            asyncio.run(first_life(self._story, _file_url(here), here, 0, tell=tell, arm=arm))

        return act

    def _lay(self, name: str) -> Path:
        here = self._folder / name
        shutil.copytree(self._prepared, here)
        return here


class PostgresPlace(Place):
    """One database on a server, which goes on from point to point: each does an act of its own."""

    def __init__(self, story: Story[Any], folder: Path, url: str) -> None:
        super().__init__(story, folder)
        self._url = url
        self._acts = 0
        self._files = folder / "files"
        self._files.mkdir()
        self._prepare(url, self._files)

    def one(self, kind: str, at: int) -> Lines:
        number, self._acts = self._acts, self._acts + 1
        if kind in COUNTED:
            lines = self._watched(kind, at, self._act(number), self._files)
        else:
            lines = in_child(lambda tell: asyncio.run(self._behind_a_proxy(kind, at, number, tell)))
        return self._second_life(self._url, self._files, number, lines)

    def _act(self, number: int) -> Act:
        def act(tell: Tell, arm: Callable[[], None]) -> None:
            asyncio.run(first_life(self._story, self._url, self._files, number, tell=tell, arm=arm))

        return act

    async def _behind_a_proxy(self, kind: str, at: int, number: int, tell: Tell) -> None:
        proxy = Proxy(self._url, self._folder, at, kind, tell)
        async with proxy.serving():
            await first_life(self._story, proxy.url, self._files, number, tell=tell, arm=proxy.arm)


def _set_trap(trap: Trap) -> Callable[[], None]:
    set_trap(trap)
    return trap.arm


def _marking(folder: Path, name: str) -> Callable[[], None]:
    def mark() -> None:
        os.close(os.open(folder / name, os.O_CREAT | os.O_WRONLY, 0o600))

    return mark


def _file_url(folder: Path) -> str:
    return f"sqlite+aiosqlite:///{folder / 'node.db'}"


def _told(lines: Lines) -> list[bytes]:
    return [bytes.fromhex(line.removeprefix("told ")) for line in lines if line[:5] == "told "]
