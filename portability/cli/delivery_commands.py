"""Commands about a node and its peers. Work is imported when asked for."""

from pathlib import Path
from typing import Annotated

import typer

NodeFile = Annotated[Path, typer.Option("--config", metavar="FILE", help="The node's TOML file.")]
Json = Annotated[
    bool, typer.Option("--json", help="Write one JSON document to standard output, nothing else.")
]


def add_delivery(node_app: typer.Typer) -> None:
    """Register ``ping``."""

    @node_app.command("ping")
    def ping(
        peer: Annotated[str, typer.Argument(metavar="PEER", help="Its jurisdiction, such as ES.")],
        *,
        config: NodeFile,
        json: Json = False,
    ) -> int:
        """Try the whole way to a peer; exit 1 and say what to do if it is not open."""
        from portability.cli.ping import run_ping  # noqa: PLC0415  # quick start of others

        return run_ping(config, peer, as_json=json)
