"""
The folder of the socket by which a node reaches what its verifying processes are forked from.

It is made in the temporary folder, for its owner alone, and goes with the process. A process that
is killed leaves it behind, so each holds a lock on its own as long as it lives, whatever ends it;
the next node of the same user that starts removes those on which nobody holds one.
"""

import fcntl
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.util import Finalize
from pathlib import Path
from typing import Final

PREFIX: Final = "pnode-"
"""Short, and so is what comes in it: a path to a socket has 107 bytes at most, 103 on macOS."""

_MADE: Final = re.compile(PREFIX + "[a-z0-9_]{8}")
_AFTER_ITS_SOCKET: Final = -101
"""At exit ``multiprocessing`` removes the socket first, with priority -100."""

_OPEN: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@contextmanager
def socket_folder() -> Iterator[Path]:
    """
    Temporary files are made in the folder of this process, which stays until its end.

    Raises OSError where there is no temporary folder that one may be made in.
    """
    base = tempfile.gettempdir()
    _remove_left(Path(base))
    tempfile.tempdir = str(folder := _make(base))
    try:
        yield folder
    finally:
        tempfile.tempdir = base


def _make(base: str) -> Path:
    """A new folder with a lock on it that is held until this process ends."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=base))
        with suppress(FileNotFoundError):
            descriptor = os.open(folder, _OPEN)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if folder.exists():
                Finalize(None, _leave, (folder, descriptor), exitpriority=_AFTER_ITS_SOCKET)
                return folder
            os.close(descriptor)  # another node started, and removed it before it was locked


def _leave(folder: Path, descriptor: int) -> None:
    with suppress(OSError):
        _remove(folder)
    os.close(descriptor)


def _remove_left(base: Path) -> None:
    for folder in base.iterdir():
        if _MADE.fullmatch(folder.name):
            with suppress(OSError):  # whatever cannot be removed is in nobody's way
                _remove_if_left(folder)


def _remove_if_left(folder: Path) -> None:
    """Raises OSError, BlockingIOError among them if the process that made it lives."""
    descriptor = os.open(folder, _OPEN)
    try:
        if os.fstat(descriptor).st_uid == os.geteuid():
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _remove(folder)
    finally:
        os.close(descriptor)


def _remove(folder: Path) -> None:
    """No more than what is made here. Raises OSError where there is something else."""
    for inner in folder.glob("pymp-*"):
        for socket in inner.glob("listener-*"):
            if socket.is_socket():
                socket.unlink()
        inner.rmdir()
    folder.rmdir()
