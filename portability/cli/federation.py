"""The federation that `demo` and `up` run on this machine: two nodes, made on the spot."""

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from portability.errors import ConfigurationError
from portability.node.development.federation import (
    FederationLayout,
    NodePorts,
    create_federation,
    open_federation,
    pick_ports,
)

JURISDICTIONS = ("FR", "ES")
HOME = "ES"
"""Whose node has a portal for its persons."""


def make_federation(root: Path, jurisdictions: Sequence[str] = JURISDICTIONS) -> FederationLayout:
    """A new federation in ``root``, which must be empty or absent. Raises ConfigurationError."""
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise _not_empty(root)
    ports = iter(pick_ports(3 * len(jurisdictions)))
    return create_federation(
        root,
        {code: _ports_of(code, ports) for code in jurisdictions},
        now=datetime.now(UTC),
        randomness=os.urandom,
    )


def _not_empty(root: Path) -> ConfigurationError:
    return ConfigurationError(
        f"{root} is not empty and nothing is overwritten; name another folder with --dir",
        file=str(root),
    )


def _ports_of(code: str, ports: Iterator[int]) -> NodePorts:
    return NodePorts(
        listen=next(ports), observe=next(ports), portal=next(ports) if code == HOME else None
    )


def find_or_make_federation(root: Path) -> tuple[FederationLayout, bool]:
    """The federation in ``root``, and whether it was made just now. Raises ConfigurationError."""
    if (root / "directory.json").is_file():
        return open_federation(root), False
    return make_federation(root), True


@contextmanager
def held_alone(root: Path) -> Iterator[None]:
    """
    Hold the folder of a federation, made if it is not there, so that nobody else runs it meanwhile.

    Two runs would share ports and logs, and each take the other's nodes for its own. What holds it
    ends with the process, however that ends. Raises ConfigurationError.
    """
    try:
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    except (FileExistsError, NotADirectoryError):
        raise _not_empty(root) from None
    except OSError as error:
        raise ConfigurationError(
            f"the folder {root} cannot be written ({error.strerror}); choose another one",
            file=str(root),
        ) from None
    try:
        _lock(folder, root)
        yield
    finally:
        os.close(folder)


def _lock(folder: int, root: Path) -> None:
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise ConfigurationError(
            f"the federation in {root} is running already; use that one, or name another folder "
            "with --dir",
            file=str(root),
        ) from None
    except OSError:  # a file system that has no locks: as good as it gets there
        return


def unused_folder(wanted: Path) -> Path:
    """``wanted``, or the first of ``wanted-2``, ``wanted-3``... that does not exist."""
    number = 2
    folder = wanted
    while folder.exists():
        folder = wanted.with_name(f"{wanted.name}-{number}")
        number += 1
    return folder
