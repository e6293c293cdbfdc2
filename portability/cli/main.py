"""The `portability` command. Each subcommand's own module is imported when it is asked for."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from typer.main import get_command

from portability.cli.exits import outcome

NAME = "portability"

app = typer.Typer(
    name=NAME,
    help="Social security that follows a person across borders: nodes, cases and proofs.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
node_app = typer.Typer(help="Run one node.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(node_app, name="node")

Json = Annotated[
    bool, typer.Option("--json", help="Write one JSON document to standard output, nothing else.")
]


def _version(wanted: bool) -> None:  # noqa: FBT001  # the shape of an option's callback
    if wanted:
        from importlib.metadata import version  # noqa: PLC0415  # seldom asked for

        typer.echo(f"{NAME} {version('portability')}")
        raise typer.Exit


@app.callback()
def _root(
    *,
    _show_version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    pass


@app.command()
def case(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Case files (TOML).")],
    *,
    json: Json = False,
) -> int:
    """Settle case files; exit 1 if an expectation in one is not met."""
    from portability.cli.case import settle_files  # noqa: PLC0415  # quick start of other commands

    return settle_files(files, as_json=json)


def status(arguments: Sequence[str]) -> int:
    """Run the command with ``arguments`` and return its exit status."""
    command = get_command(app)

    def call() -> int:
        result = command.main(list(arguments), prog_name=NAME, standalone_mode=False)
        return result if isinstance(result, int) else 0

    return outcome(NAME, call)


def run() -> NoReturn:
    """Entry point of the installed command."""
    raise SystemExit(status(sys.argv[1:]))


if __name__ == "__main__":
    run()
