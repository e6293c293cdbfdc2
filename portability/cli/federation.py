"""The federation that `demo` and `up` run on this machine: two nodes, made on the spot."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from portability.errors import ConfigurationError
from portability.node.development import (
    FederationLayout,
    NodePorts,
    create_federation,
    open_federation,
    pick_ports,
)

JURISDICTIONS = ("FR", "ES")


def make_federation(root: Path, jurisdictions: Sequence[str] = JURISDICTIONS) -> FederationLayout:
    """A new federation in ``root``, which must be empty or absent. Raises ConfigurationError."""
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise ConfigurationError(
            f"{root} is not empty and nothing is overwritten; name another folder with --dir",
            file=str(root),
        )
    ports = iter(pick_ports(2 * len(jurisdictions)))
    return create_federation(
        root,
        {code: NodePorts(listen=next(ports), observe=next(ports)) for code in jurisdictions},
        now=datetime.now(UTC),
        randomness=os.urandom,
    )


def find_or_make_federation(root: Path) -> tuple[FederationLayout, bool]:
    """The federation in ``root``, and whether it was made just now. Raises ConfigurationError."""
    if (root / "directory.json").is_file():
        return open_federation(root), False
    return make_federation(root), True


def unused_folder(wanted: Path) -> Path:
    """``wanted``, or the first of ``wanted-2``, ``wanted-3``... that does not exist."""
    number = 2
    folder = wanted
    while folder.exists():
        folder = wanted.with_name(f"{wanted.name}-{number}")
        number += 1
    return folder
