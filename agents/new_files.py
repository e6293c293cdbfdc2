"""Files that a command makes: whole or not at all, and nothing is overwritten unasked."""

import contextlib
import os
from pathlib import Path
from typing import BinaryIO

from portability.errors import ConfigurationError


def check_new(path: Path) -> None:
    """
    See that a new file could be made there, before work is done for it that cannot be undone.

    Raises ConfigurationError for what exists, and for a folder that is not there or not writable.
    """
    if os.path.lexists(path):
        raise ConfigurationError(f"{path} exists already; name a new file", file=str(path))
    if not os.access(path.parent, os.W_OK | os.X_OK) or not path.parent.is_dir():
        raise _not_writable(path)


def write_new(path: Path, data: bytes) -> None:
    """Make a file; nothing is left of one that could not be written whole. As ``check_new``."""
    check_new(path)
    try:
        with path.open("xb") as file:
            _fill(file, path, data)
    except OSError:
        raise _not_writable(path) from None


def replace_whole(path: Path, data: bytes, *, make_folder: bool = False) -> None:
    """Put ``data`` in the place of a file, or leave it as it was. Raises ConfigurationError."""
    new = path.with_name(f"{path.name}.new")
    try:
        if make_folder:
            path.parent.mkdir(parents=True, exist_ok=True)
        with new.open("wb") as file:
            _fill(file, new, data)
        new.replace(path)
    except OSError:
        raise _not_writable(path) from None


def _fill(file: BinaryIO, path: Path, data: bytes) -> None:
    try:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    except BaseException:  # a Ctrl-C is as likely here as a full disk
        with contextlib.suppress(OSError):
            path.unlink()
        raise


def _not_writable(path: Path) -> ConfigurationError:
    return ConfigurationError(
        f"{path} cannot be written; name a place in a folder that is yours to write in and has "
        "room",
        file=str(path),
    )
