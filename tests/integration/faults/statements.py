"""SQLite's own driver, with one statement that fails or never returns."""

import os
import signal
import sqlite3
from collections.abc import Callable
from typing import Any, TypeVar

from portability.store import sqlite

_T = TypeVar("_T")


class Trap:
    """
    Counts what the driver is asked for once it is armed, and springs at one number, from 1.

    ``killed`` before it, ``killed-after`` it; ``lost``: it is done and said to have failed; an
    error's name of SQLite: it fails so, and is not done.
    """

    def __init__(self, at: int, kind: str, tell: Callable[[str], None]) -> None:
        self._at = at
        self._kind = kind
        self._tell = tell
        self._count = 0
        self.is_armed = False

    def arm(self) -> None:
        """From here on it counts."""
        self.is_armed = True

    def __call__(self, what: str, run: Callable[[], _T]) -> _T:
        self._count += self.is_armed
        if not self.is_armed or self._count != self._at:
            return run()
        self._tell("fired " + " ".join(what.split())[:60])
        if self._kind == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        if self._kind not in ("lost", "killed-after"):
            raise _error(self._kind)
        run()
        if self._kind == "killed-after":
            os.kill(os.getpid(), signal.SIGKILL)
        raise _error("SQLITE_IOERR")


def set_trap(trap: Trap) -> None:
    """Have every connection that is opened from here on, in this process, go through the trap."""

    class Cursor(sqlite._Cursor):
        def execute(self, *args: Any) -> Any:
            return trap(args[0], lambda: super(Cursor, self).execute(*args))

        def executemany(self, *args: Any) -> Any:
            return trap(args[0], lambda: super(Cursor, self).executemany(*args))

    class Connection(sqlite._SyncConnection):
        def cursor(self, factory: Any = Cursor) -> Any:
            return super().cursor(factory)

        def execute(self, *args: Any) -> Any:
            return trap(args[0], lambda: super(Connection, self).execute(*args))

        def commit(self) -> None:
            trap("COMMIT", super().commit)

        def rollback(self) -> None:
            trap("ROLLBACK", super().rollback)

    sqlite._SyncConnection = Connection  # type: ignore[misc]


def _error(name: str) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("as if the disk had refused")
    error.sqlite_errorname = name
    return error
