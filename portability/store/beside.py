"""Databases that are made for a while beside one that is named, and dropped again: for benches."""

from pathlib import Path
from typing import Final

from sqlalchemy import URL
from sqlalchemy.ext.asyncio import create_async_engine

from portability.errors import ConfigurationError
from portability.store.engine import parse_url
from portability.store.failures import as_ours

_CONNECT_SECONDS: Final = 10
_OF_SQLITE: Final = ("", "-wal", "-shm", "-journal")


async def create_beside(url: str, name: str) -> str:
    """
    The URL of a new database ``name``: on the server that ``url`` names, or in the same folder.

    What ``url`` itself names is not touched; a file beside it is made when it is first opened.
    Raises ConfigurationError for a URL that is none of ours or names no plain file, and
    StorageError if the server cannot be reached or does not let this user make databases.
    """
    named = parse_url(url)
    if named.get_backend_name() == "sqlite":
        return _text(named.set(database=str(_file(named, name))))
    await _on_server(named, f"CREATE DATABASE {_quoted(name)}")
    return _text(named.set(database=name))


async def drop_beside(url: str, name: str) -> None:
    """Take away what ``create_beside`` made, also while somebody is connected. Raises as that."""
    named = parse_url(url)
    if named.get_backend_name() == "sqlite":
        file = _file(named, name)
        for ending in _OF_SQLITE:
            file.with_name(file.name + ending).unlink(missing_ok=True)
        return
    await _on_server(named, f"DROP DATABASE IF EXISTS {_quoted(name)} WITH (FORCE)")


def _file(named: URL, name: str) -> Path:
    place = named.database or ""
    if place.startswith(("file:", ":")):
        raise ConfigurationError(
            "a database is made beside a plain file alone: write "
            "sqlite+aiosqlite:////path/to/folder/any.db"
        )
    return Path(place).resolve().with_name(f"{name}.db")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(url: URL) -> str:
    return url.render_as_string(hide_password=False)


async def _on_server(named: URL, command: str) -> None:
    """One command outside of any transaction, as those about whole databases must be."""
    engine = create_async_engine(
        named,
        hide_parameters=True,
        isolation_level="AUTOCOMMIT",
        connect_args={"timeout": _CONNECT_SECONDS},
    )
    try:
        async with engine.connect() as connection:
            await connection.exec_driver_sql(command)
    except Exception as error:  # noqa: BLE001  # drivers fail to connect in any of many ways
        raise as_ours(error) from None
    finally:
        await engine.dispose()
