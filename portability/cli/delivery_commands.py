"""Commands about a node and its peers. Work is imported when asked for."""

from pathlib import Path
from typing import Annotated

import typer

NodeFile = Annotated[Path, typer.Option("--config", metavar="FILE", help="The node's TOML file.")]
Json = Annotated[
    bool, typer.Option("--json", help="Write one JSON document to standard output, nothing else.")
]


def add_delivery(node_app: typer.Typer) -> None:
    """Register ``ping``, ``state`` and ``maintenance``."""

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

    @node_app.command("state")
    def state(*, config: NodeFile, json: Json = False) -> int:
        """Say whether the running node takes new work, and what waits for each peer."""
        from portability.cli.operating import show_state  # noqa: PLC0415  # as above

        return show_state(config, as_json=json)

    maintenance = typer.Typer(
        help="Have the running node take no new work.", no_args_is_help=True, rich_markup_mode=None
    )
    node_app.add_typer(maintenance, name="maintenance")

    @maintenance.command("begin")
    def begin(
        *,
        reason: Annotated[str, typer.Option(help="One line for whoever is refused meanwhile.")],
        retry_after: Annotated[
            int, typer.Option(min=1, metavar="SECONDS", help="When others may come again.")
        ] = 300,
        config: NodeFile,
        json: Json = False,
    ) -> int:
        """Finish what has begun, refuse what is new, and tell peers when to come again."""
        from portability.cli.operating import begin_maintenance  # noqa: PLC0415  # as above

        return begin_maintenance(config, reason, retry_after, as_json=json)

    @maintenance.command("end")
    def end(*, config: NodeFile, json: Json = False) -> int:
        """Take new work again."""
        from portability.cli.operating import end_maintenance  # noqa: PLC0415  # as above

        return end_maintenance(config, as_json=json)
