"""Commands about a node and its peers. Work is imported when asked for."""

from pathlib import Path
from typing import Annotated, Final

import typer

NodeFile = Annotated[Path, typer.Option("--config", metavar="FILE", help="The node's TOML file.")]
Json = Annotated[
    bool, typer.Option("--json", help="Write one JSON document to standard output, nothing else.")
]
_MONTH_SECONDS: Final = 30 * 86_400
"""The most that the node takes (`maintenance.MAX_RETRY`), said without loading its modules."""

_LAST_POSITION: Final = 10**15
"""Far beyond what any stream will hold, and within what a message can."""


def add_delivery(node_app: typer.Typer) -> None:
    """Register ``ping``, ``state``, ``maintenance`` and ``set-aside``."""
    _add_looking(node_app)
    _add_maintenance(node_app)
    _add_set_aside(node_app)


def _add_looking(node_app: typer.Typer) -> None:

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


def _add_maintenance(node_app: typer.Typer) -> None:
    maintenance = typer.Typer(
        help="Have the running node take no new work.", no_args_is_help=True, rich_markup_mode=None
    )
    node_app.add_typer(maintenance, name="maintenance")

    @maintenance.command("begin")
    def begin(
        *,
        reason: Annotated[str, typer.Option(help="One line for whoever is refused meanwhile.")],
        retry_after: Annotated[
            int,
            typer.Option(
                min=1, max=_MONTH_SECONDS, metavar="SECONDS", help="When others may come again."
            ),
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


def _add_set_aside(node_app: typer.Typer) -> None:
    set_aside = typer.Typer(
        help="Statements of peers that were refused and kept.",
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    node_app.add_typer(set_aside, name="set-aside")

    @set_aside.command("list")
    def list_refused(
        *,
        most: Annotated[int, typer.Option(min=1, max=500, help="At most so many.")] = 100,
        every: Annotated[
            bool, typer.Option("--all", help="Also those that were accepted after all.")
        ] = False,
        config: NodeFile,
        json: Json = False,
    ) -> int:
        """List what was refused and why, the latest first."""
        from portability.cli.refused import list_set_aside  # noqa: PLC0415  # as above

        return list_set_aside(config, most, with_replayed=every, as_json=json)

    @set_aside.command("replay")
    def replay(
        peer: Annotated[str, typer.Argument(metavar="PEER", help="Whose, such as ES.")],
        position: Annotated[
            int | None,
            typer.Argument(
                min=1,
                max=_LAST_POSITION,
                metavar="POSITION",
                help="Where in its stream, as list shows.",
            ),
        ] = None,
        *,
        every: Annotated[bool, typer.Option("--all", help="All of this peer.")] = False,
        config: NodeFile,
        json: Json = False,
    ) -> int:
        """Try again, once the cause is mended; exit 1 if something is still refused."""
        from portability.cli.refused import replay_set_aside  # noqa: PLC0415  # as above

        if (position is None) is not every:
            raise typer.BadParameter("give a position, or --all")
        return replay_set_aside(config, peer.upper(), position, as_json=json)
