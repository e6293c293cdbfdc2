"""Bring a database up to date by the migrations that are shipped in this package."""

from functools import cache
from importlib.resources import files
from typing import Final

from sqlalchemy import Connection, inspect, text

from portability.errors import ConfigurationError

_LOCK: Final = 0x706F7274  # any number will do, as long as every node process takes the same
_APPLIED: Final = "alembic_version"


def is_current(connection: Connection) -> bool:
    """
    Whether the database has the layout that this software was written for.

    ConfigurationError if newer software has changed it: that is not undone.
    """
    present = _applied(connection)
    if not revisions().issuperset(present):
        raise ConfigurationError(
            "this database was changed by a newer version of the software: install that version, "
            "or restore a backup from before"
        )
    return present == {max(revisions())}


def upgrade(connection: Connection) -> None:
    """Apply what is missing, inside the transaction that is open. Processes take turns."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    if not is_current(connection):
        _migrate(connection)


@cache
def revisions() -> frozenset[str]:
    """The migrations that are shipped, by the number with which each file's name begins."""
    folder = files("portability.store.migrations").joinpath("versions")
    return frozenset(file.name[:4] for file in folder.iterdir() if file.name[:4].isdigit())


def _applied(connection: Connection) -> set[str]:
    if not inspect(connection).has_table(_APPLIED):
        return set()
    return set(connection.scalars(text(f"SELECT version_num FROM {_APPLIED}")))  # noqa: S608  # ours


def _migrate(connection: Connection) -> None:
    # most starts find nothing to do, and are quicker without the tool that would do it
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", "portability.store:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
