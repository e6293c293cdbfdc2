"""The federation that `demo` and `up` run on this machine: two nodes, made on the spot."""

import os
from collections.abc import Iterator, Sequence
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
        raise ConfigurationError(
            f"{root} is not empty and nothing is overwritten; name another folder with --dir",
            file=str(root),
        )
    ports = iter(pick_ports(3 * len(jurisdictions)))
    return create_federation(
        root,
        {code: _ports_of(code, ports) for code in jurisdictions},
        now=datetime.now(UTC),
        randomness=os.urandom,
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


def unused_folder(wanted: Path) -> Path:
    """``wanted``, or the first of ``wanted-2``, ``wanted-3``... that does not exist."""
    number = 2
    folder = wanted
    while folder.exists():
        folder = wanted.with_name(f"{wanted.name}-{number}")
        number += 1
    return folder
