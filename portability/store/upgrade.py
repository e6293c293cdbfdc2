"""Bring a database up to date by the migrations that are shipped in this package."""

from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from portability.errors import ConfigurationError

_LOCK: Final = 0x706F7274  # any number will do, as long as every node process takes the same


def is_current(connection: Connection) -> bool:
    """
    Whether the database has the layout that this software was written for.

    ConfigurationError if newer software has changed it: that is not undone.
    """
    scripts = ScriptDirectory.from_config(_config(connection))
    present = MigrationContext.configure(connection).get_current_heads()
    known = {script.revision for script in scripts.walk_revisions()}
    if not known.issuperset(present):
        raise ConfigurationError(
            "this database was changed by a newer version of the software: install that version, "
            "or restore a backup from before"
        )
    return set(present) == set(scripts.get_heads())


def upgrade(connection: Connection) -> None:
    """Apply what is missing, inside the transaction that is open. Processes take turns."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    if not is_current(connection):
        command.upgrade(_config(connection), "head")


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", "portability.store:migrations")
    config.attributes["connection"] = connection
    return config
