"""Commands that look after a store, and one that measures it. Work is imported when asked for."""

from pathlib import Path
from typing import Annotated

import typer

NodeFile = Annotated[Path, typer.Option("--config", metavar="FILE", help="The node's TOML file.")]
Json = Annotated[
    bool, typer.Option("--json", help="Write one JSON document to standard output, nothing else.")
]


def add_upkeep(node_app: typer.Typer) -> None:
    """Register ``fsck``, ``export-tiles``, ``new-journal``, and those about backups."""
    _add_log(node_app)
    _add_backups(node_app)
    _add_journal(node_app)


def _add_log(node_app: typer.Typer) -> None:
    @node_app.command("fsck")
    def fsck(*, config: NodeFile, json: Json = False) -> int:
        """Derive the log again from its entries; exit 1 and name the first difference, if any."""
        from portability.cli.upkeep import run_fsck  # noqa: PLC0415  # quick start of others

        return run_fsck(config, as_json=json)

    @node_app.command("export-tiles")
    def export_tiles(
        directory: Annotated[Path, typer.Argument(metavar="DIR", help="Where the files are put.")],
        *,
        config: NodeFile,
        json: Json = False,
    ) -> int:
        """Write the log as immutable files for any web server; later runs add what is new."""
        from portability.cli.upkeep import run_export_tiles  # noqa: PLC0415  # as above

        return run_export_tiles(config, directory, as_json=json)


def _add_backups(node_app: typer.Typer) -> None:
    @node_app.command("backup")
    def backup(
        directory: Annotated[Path, typer.Argument(metavar="DIR", help="Where the copy is put.")],
        *,
        config: NodeFile,
        json: Json = False,
    ) -> int:
        """Copy a node's SQLite database while it runs; the keys are not in the copy."""
        from portability.cli.upkeep import run_backup  # noqa: PLC0415  # as above

        return run_backup(config, directory, as_json=json)

    @node_app.command("restore")
    def restore(
        backup: Annotated[Path, typer.Argument(metavar="FILE", help="A copy that backup made.")],
        *,
        config: NodeFile,
        json: Json = False,
    ) -> int:
        """Put a backup where the configuration has the database, and check all of it."""
        from portability.cli.upkeep import run_restore  # noqa: PLC0415  # as above

        return run_restore(config, backup, as_json=json)

    @node_app.command("recover")
    def recover(
        *,
        config: NodeFile,
        out: Annotated[
            Path, typer.Option(metavar="DIR", help="Where the two checkpoints are put.")
        ],
        without: Annotated[
            list[str] | None,
            typer.Option(metavar="XX", help="A witness that will never answer again; repeatable."),
        ] = None,
        json: Json = False,
    ) -> int:
        """Say what a database lacks of what witnesses saw, and how to go on; exit 1 if it does."""
        from portability.cli.recover import recover as find  # noqa: PLC0415  # as above

        return find(config, out, without=without or (), as_json=json)


def _add_journal(node_app: typer.Typer) -> None:
    @node_app.command("new-journal")
    def new_journal(*, config: NodeFile, json: Json = False) -> int:
        """Make the journal of erasures and the forgetting key of a new node, once."""
        from portability.cli.upkeep import run_new_journal  # noqa: PLC0415  # as above

        return run_new_journal(config, as_json=json)


def add_audit(bench_app: typer.Typer) -> None:
    """Register ``bench audit``."""

    @bench_app.command("audit")
    def audit(
        *,
        database: Annotated[
            str | None,
            typer.Option(
                metavar="URL", help="As for the other benches; an audit reads files alone."
            ),
        ] = None,
        entries: Annotated[int, typer.Option(min=1, help="Entries in the log.")] = 20_000,
        rounds: Annotated[int, typer.Option(min=1, help="Rounds of limit and work.")] = 3,
        json: Json = False,
    ) -> int:
        """Verify a whole log from an export, beside raw verification on all cores."""
        from portability.cli.bench_databases import tell_unused  # noqa: PLC0415  # as above
        from portability.cli.bench_show import show_audit  # noqa: PLC0415  # as above

        tell_unused(database, "an audit reads exported files alone")
        return show_audit(entries, rounds, as_json=json)
