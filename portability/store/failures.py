"""
What the database says when it refuses, in our words. Drivers quote row values in their messages, so
no text of theirs is passed on, not even as the cause of our own error.

``context["cause"]`` of a StorageError is one of the names in ``_SENTENCES``.
"""

import sqlite3
from collections.abc import MutableMapping
from typing import Any, Final

from sqlalchemy import Connection, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine

from portability.errors import (
    InvalidInputError,
    PortabilityError,
    StaleCheckpointError,
    StorageError,
)

_SENTENCES: Final = {
    "full": "the disk that holds the database is full and nothing of this was stored: free or add "
    "space, then try again",
    "read-only": "the database is read-only and nothing of this was stored: let the node's user "
    "write to the database file and its folder, or point `database` at the primary server",
    "unreachable": "the database cannot be reached: check that its server runs, or that the file's "
    "folder exists and is readable, and that `database` in the node's configuration names it",
    "locked out": "the database does not let this node in: check user, password and rights of the "
    "user that `database` in the node's configuration names",
    "busy": "the database stayed locked by another process: try again, and if that lasts, look for "
    "a second node or a backup that holds it",
    "short": "the database server has no memory or room left for this and nothing was stored: give "
    "it more, or the nodes on it fewer connections, then try again",
    "closed": "the database server takes no connections to this database just now: wait until its "
    "operator, say a restore, has let them in again",
    "crowded": "the database server has no connection left for this node and nothing was stored: "
    "allow it more (`max_connections`), or end what else holds them, then try again",
    "replaced": "the database is not as this node had left it, tables or columns are missing: "
    "another one or an older copy is in its place. Stop the node and start it on the right one",
    "damaged": "the database file is damaged: stop the node, keep the file, and restore a backup",
    "unwritten": "the database could not read or write its file: check the disk and the system log "
    "before starting the node again",
    "refused": "the database refused a statement: this is a fault in the software, please report "
    "it with the code given",
    "failed before": "an earlier statement of this transaction failed, so nothing of it was "
    "stored: try again",
}

_SQLITE: Final = {
    "SQLITE_FULL": "full",
    "SQLITE_READONLY": "read-only",
    "SQLITE_PERM": "read-only",
    "SQLITE_CANTOPEN": "unreachable",
    "SQLITE_BUSY": "busy",
    "SQLITE_LOCKED": "busy",
    "SQLITE_PROTOCOL": "busy",  # others were always faster at a lock of the write-ahead log
    "SQLITE_CORRUPT": "damaged",
    "SQLITE_NOTADB": "damaged",
    "SQLITE_IOERR": "unwritten",
}

_SQLITE_RACES: Final = ("SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY")

# https://www.postgresql.org/docs/current/errcodes-appendix.html
_POSTGRESQL: Final = {
    "53100": "full",
    "25006": "read-only",
    "42501": "locked out",  # insufficient privilege
    "53300": "crowded",  # too many connections
    "55000": "closed",  # the database is not currently accepting connections
    "55P03": "busy",  # lock not available
    "57014": "busy",  # query cancelled by a time limit
    "57P01": "unreachable",
    "57P02": "unreachable",
    "57P03": "unreachable",
    "57P04": "unreachable",  # the database was dropped
    "42P01": "replaced",  # no such table
    "42703": "replaced",  # no such column
    "57P05": "unreachable",  # idle for longer than the server allows
    "3D000": "unreachable",  # no such database
    "XX001": "damaged",
    "XX002": "damaged",
}

_POSTGRESQL_CLASSES: Final = {
    "08": "unreachable",
    "28": "locked out",
    "53": "short",  # insufficient resources
    "58": "unwritten",  # errors of the system below the server
}
_SQLSTATE: Final = 5  # characters

_POSTGRESQL_RACES: Final = ("23505", "40001", "40P01")

_POSTGRESQL_DATA: Final = "22"  # class: U+0000 in a text, a number out of range

_FAILED: Final = "portability_failed"

OUTCOME_UNKNOWN: Final = ("unreachable", "unwritten")
"""Causes after which a failed commit may have happened all the same."""


def storage_error(cause: str, **context: str) -> StorageError:
    """The error for one of the causes above; the code of the database may go into the context."""
    return StorageError(_SENTENCES[cause], cause=cause, **context)


def as_ours(error: BaseException) -> PortabilityError:
    """What a failure of SQLAlchemy, a driver or a socket becomes for everybody else."""
    if isinstance(error, PortabilityError):
        return error
    if isinstance(error, PoolTimeoutError):
        return storage_error("busy")
    original = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(original, (OSError, TimeoutError)):
        return storage_error("unreachable")
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return storage_error("unreachable")
    code = _code(original)
    kind = type(original).__name__
    return _of_the_data(original, code) or storage_error(
        _cause(code) or "refused", code=code or kind
    )


def _of_the_data(original: BaseException | None, code: str) -> PortabilityError | None:
    """For a failure that lies in what is stored, by whom or besides whom, not in the database."""
    if code.startswith(_SQLITE_RACES) or code in _POSTGRESQL_RACES:
        return StaleCheckpointError(
            "another writer stored the same thing first and nothing of this was stored: try again"
        )
    if isinstance(original, OverflowError) or _is_of_class(code, _POSTGRESQL_DATA):
        return InvalidInputError(
            "a text or number of this is none that a database can hold: leave out the character "
            "U+0000 and numbers of more than 63 bits"
        )
    return None


def watch(engine: AsyncEngine) -> None:
    """Have every failure on this engine become ours where it happens."""
    event.listen(engine.sync_engine, "handle_error", _note_failure)
    event.listen(engine.sync_engine, "before_cursor_execute", _refuse_statement)


def begin_afresh(info: MutableMapping[Any, Any]) -> None:
    """A connection out of the pool starts without the failures of its last transaction."""
    info.pop(_FAILED, None)


def refuse_after_failure(info: MutableMapping[Any, Any]) -> None:
    """
    StorageError once a statement of this transaction failed to be stored.

    SQLite may have rolled back all of it on its own; later statements would then stand alone.
    """
    if info.get(_FAILED):
        raise storage_error("failed before")


def without_cause(error: PortabilityError) -> PortabilityError:
    """Cut off the driver's exception, whose text may hold row values."""
    error.__cause__ = None
    error.__context__ = None
    error.__suppress_context__ = True
    return error


def _note_failure(context: ExceptionContext) -> PortabilityError | None:
    """For SQLAlchemy's ``handle_error``."""
    if context.is_pre_ping or not isinstance(context.original_exception, Exception):
        return None  # the pool tries another connection; a cancelled task is no failure
    if context.is_disconnect:
        return storage_error("unreachable")
    error = as_ours(context.sqlalchemy_exception or context.original_exception)
    if isinstance(error, StorageError) and context.connection:
        context.connection.info[_FAILED] = True
    return error


def _refuse_statement(connection: Connection, *_: object) -> None:
    refuse_after_failure(connection.info)


def _code(original: BaseException | None) -> str:
    """SQLite's extended error name or PostgreSQL's SQLSTATE; empty for neither."""
    if isinstance(original, sqlite3.Error):
        return getattr(original, "sqlite_errorname", "")
    state = getattr(original, "sqlstate", None) or getattr(original, "pgcode", None)
    return state if isinstance(state, str) else ""


def _is_of_class(code: str, group: str) -> bool:
    return len(code) == _SQLSTATE and code.startswith(group)


def _cause(code: str) -> str | None:
    if code in _POSTGRESQL:
        return _POSTGRESQL[code]
    for group, cause in _POSTGRESQL_CLASSES.items():
        if _is_of_class(code, group):
            return cause
    return _SQLITE.get("_".join(code.split("_")[:2]))
