"""The commands of `portability node` that look after a store. Work is imported when asked for."""

from pathlib import Path
from typing import Annotated

import typer

NodeFile = Annotated[Path, typer.Option("--config", metavar="FILE", help="The node's TOML file.")]
Json = Annotated[
    bool, typer.Option("--json", help="Write one JSON document to standard output, nothing else.")
]


def add_upkeep(node_app: typer.Typer) -> None:
    """Register ``fsck``."""

    @node_app.command("fsck")
    def fsck(*, config: NodeFile, json: Json = False) -> int:
        """Derive the log again from its entries; exit 1 and name the first difference, if any."""
        from portability.cli.upkeep import run_fsck  # noqa: PLC0415  # quick start of others

        return run_fsck(config, as_json=json)
