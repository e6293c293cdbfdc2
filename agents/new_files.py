"""
Files that a command makes: whole or not at all, and nothing is overwritten unasked.

What is about a person can be read by whoever made it alone, whatever the umask; giving it to others
is an act of its own.
"""

import contextlib
import os
from pathlib import Path
from typing import BinaryIO, Final

from portability.errors import ConfigurationError

OWNER_ONLY: Final = 0o600
OWNER_ONLY_FOLDER: Final = 0o700


def create_for_owner(path: Path) -> BinaryIO:
    """Open a new file that its owner alone can read and write. Raises OSError if it exists."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY), "wb")


def check_new(path: Path) -> None:
    """
    See that a new file could be made there, before work is done for it that cannot be undone.

    Raises ConfigurationError for what exists, and for a folder that is not there or not writable.
    """
    if os.path.lexists(path):
        raise ConfigurationError(f"{path} exists already; name a new file", file=str(path))
    if not os.access(path.parent, os.W_OK | os.X_OK) or not path.parent.is_dir():
        raise _not_writable(path)


def write_new(path: Path, data: bytes, *, is_public: bool = False) -> None:
    """Make a file; nothing is left of one that could not be written whole. As ``check_new``."""
    check_new(path)
    try:
        with path.open("xb") if is_public else create_for_owner(path) as file:
            _fill(file, path, data)
    except OSError:
        raise _not_writable(path) from None


def replace_whole(path: Path, data: bytes, *, make_folder: bool = False) -> None:
    """Put public ``data`` in the place of a file, or leave it as it was; ConfigurationError."""
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
