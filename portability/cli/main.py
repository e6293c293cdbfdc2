"""The `portability` command. Each subcommand's own module is imported when it is asked for."""

import gc
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from agents.exits import new_command, run_app
from portability.cli.agreement_commands import add_agreements
from portability.cli.delivery_commands import add_delivery
from portability.cli.directory_commands import add_directory, add_keys
from portability.cli.upkeep_commands import add_audit, add_upkeep
from portability.simulation.fate import Disk

NAME = "portability"

app = new_command(NAME, "Social security that follows a person across borders.")
node_app = typer.Typer(help="Run one node.", no_args_is_help=True, rich_markup_mode=None)
directory_app = typer.Typer(
    help="Make the list of who is trusted.", no_args_is_help=True, rich_markup_mode=None
)
app.add_typer(node_app, name="node")
app.add_typer(directory_app, name="directory")
add_directory(directory_app)
keys_app = typer.Typer(help="Make and protect keys.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(keys_app, name="keys")
add_keys(keys_app)
bench_app = typer.Typer(
    help="Measure this machine beside its limits.", no_args_is_help=True, rich_markup_mode=None
)
app.add_typer(bench_app, name="bench")
add_upkeep(node_app)
add_delivery(node_app)
add_agreements(node_app)
add_audit(bench_app)

Json = Annotated[
    bool, typer.Option("--json", help="Write one JSON document to standard output, nothing else.")
]


@app.command()
def case(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Case files (TOML).")],
    *,
    explain: Annotated[
        bool, typer.Option("--explain", help="Unfold each number to its records and articles.")
    ] = False,
    json: Json = False,
) -> int:
    """Settle case files; exit 1 if an expectation in one is not met."""
    from portability.cli.case import settle_files  # noqa: PLC0415  # quick start of other commands

    return settle_files(files, as_json=json, explained=explain)


@app.command()
def demo(
    *,
    folder: Annotated[
        Path | None,
        typer.Option("--dir", metavar="DIR", help="An empty or new folder for all that is made."),
    ] = None,
    json: Json = False,
) -> int:
    """Settle a pension between two countries on this machine, and verify every step."""
    from portability.cli.demo import run_demo  # noqa: PLC0415  # as above

    return run_demo(folder, as_json=json)


@app.command()
def up(
    *,
    folder: Annotated[
        Path | None,
        typer.Option(
            "--dir", metavar="DIR", help="Where the federation is, or is to be made if it is not."
        ),
    ] = None,
) -> int:
    """Leave the demo's two nodes running until Ctrl-C, to be talked to by hand."""
    from portability.cli.up import run_up  # noqa: PLC0415  # as above

    return run_up(folder)


@app.command()
def simulate(
    *,
    seeds: Annotated[int, typer.Option(min=1, help="How many cases to run.")] = 200,
    first_seed: Annotated[
        int, typer.Option(min=0, help="The first of them; each seed always shows the same case.")
    ] = 0,
    disk: Annotated[
        Disk, typer.Option(help="Parties on model disks, or real nodes on real databases.")
    ] = Disk.MODEL,
    keep_going: Annotated[
        bool, typer.Option("--keep-going", help="Run all seeds, also after a broken promise.")
    ] = False,
    json: Json = False,
) -> int:
    """Settle cases while messages get lost, nodes die, parties lie; exit 1 at a broken promise."""
    from portability.cli.simulating import run_simulation  # noqa: PLC0415  # as above

    return run_simulation(seeds, first_seed, disk, keep_going=keep_going, as_json=json)


@node_app.command()
def serve(
    *,
    config: Annotated[Path, typer.Option("--config", metavar="FILE", help="The node's TOML file.")],
    stop_with_parent: Annotated[
        bool, typer.Option(hidden=True, help="Stop when standard input ends.")
    ] = False,
) -> int:
    """Serve one node until SIGTERM or Ctrl-C."""
    gc.disable()  # what is loaded stays: to look through it for garbage took a tenth of the start
    from portability.node.main import run as serve_node  # noqa: PLC0415  # as above

    gc.freeze()
    gc.enable()

    return serve_node(config, stop_with_parent=stop_with_parent)


Database = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        help="A database beside which each node is given one for the time of the bench, as a "
        "SQLAlchemy URL, or `postgresql` for a server out of pip; SQLite files if left out.",
    ),
]
Unused = Annotated[
    str | None,
    typer.Option(metavar="URL", help="As for the other benches; nothing is stored in this one."),
]
Rounds = Annotated[int, typer.Option(min=1, help="Rounds of limit and work; medians count.")]
Records = Annotated[int, typer.Option(min=1, help="Records in each round.")]


@bench_app.command("append")
def bench_append(
    *,
    database: Database = None,
    records: Records = 6_000,
    rounds: Rounds = 3,
    concurrency: Annotated[int, typer.Option(min=1, help="Callers at a time.")] = 64,
    json: Json = False,
) -> int:
    """Single signed records from concurrent callers, beside a bare echo over the same TLS."""
    from portability.cli.bench import Options, bench_append, show  # noqa: PLC0415  # as above

    options = Options(
        database=database, records=records, rounds=rounds, concurrency=concurrency, batch=1
    )
    return show(bench_append, options, as_json=json)


@bench_app.command("ingest")
def bench_ingest(
    *,
    database: Database = None,
    records: Records = 30_000,
    rounds: Rounds = 3,
    batch: Annotated[int, typer.Option(min=1, max=5_000, help="Records in a batch.")] = 1_000,
    json: Json = False,
) -> int:
    """Streamed batches of signed records, beside raw verification on all cores."""
    from portability.cli.bench import Options, bench_ingest, show  # noqa: PLC0415  # as above

    options = Options(database=database, records=records, rounds=rounds, concurrency=1, batch=batch)
    return show(bench_ingest, options, as_json=json)


@bench_app.command("consent")
def bench_consent(
    *,
    database: Database = None,
    consents: Annotated[int, typer.Option(min=1, help="Consents in each round.")] = 600,
    rounds: Rounds = 3,
    concurrency: Annotated[int, typer.Option(min=1, help="Callers at a time.")] = 64,
    json: Json = False,
) -> int:
    """Consents signed with passkeys, verified and logged, beside a bare echo over the same TLS."""
    from portability.cli.bench_consent import Options, show  # noqa: PLC0415  # as above

    options = Options(database=database, consents=consents, rounds=rounds, concurrency=concurrency)
    return show(options, as_json=json)


@bench_app.command("recognition")
def bench_recognition(
    *,
    database: Database = None,
    cases: Annotated[
        int, typer.Option(min=1, help="Cases one after the other, for each number of countries.")
    ] = 7,
    concurrency: Annotated[int, typer.Option(min=1, help="Cases at once.")] = 32,
    rows: Annotated[int, typer.Option(min=1, max=540, help="Records of each country.")] = 540,
    countries: Annotated[str, typer.Option(help="How many countries, comma-separated.")] = "2,3,5",
    json: Json = False,
) -> int:
    """Whole cases between nodes, beside the signatures that nobody can omit."""
    from portability.cli.bench_recognition import Options, read_counts, show  # noqa: PLC0415  # as above

    options = Options(
        database=database,
        cases=cases,
        concurrency=concurrency,
        rows=rows,
        countries=read_counts(countries),
    )
    return show(options, as_json=json)


@bench_app.command("portal")
def bench_portal(
    *,
    visits: Annotated[int, typer.Option(min=1, help="Visits of each page in a round.")] = 400,
    rounds: Rounds = 3,
    concurrency: Annotated[int, typer.Option(min=1, help="Visits at a time.")] = 8,
    json: Json = False,
) -> int:
    """Pages of the person's portal, beside an empty page on the same server; prints its limits."""
    from portability.cli.bench_portal import Options, show  # noqa: PLC0415  # an optional extra

    options = Options(visits=visits, rounds=rounds, concurrency=concurrency)
    return show(options, as_json=json)


@bench_app.command("reconcile")
def bench_reconcile(
    *,
    database: Unused = None,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds; medians count.")] = 31,
    largest: Annotated[
        int, typer.Option(min=2_000, max=100_000, help="Rows of the longest history.")
    ] = 100_000,
    json: Json = False,
) -> int:
    """Histories of 45 years made into one, and how the cost grows with their length."""
    from portability.cli.bench_databases import tell_unused  # noqa: PLC0415  # as above
    from portability.cli.bench_reconcile import Options, show  # noqa: PLC0415  # as above

    tell_unused(database, "histories are reconciled in memory")
    return show(Options(rounds=rounds, largest=largest), as_json=json)


@node_app.command()
def heads(
    *,
    config: Annotated[Path, typer.Option("--config", metavar="FILE", help="The node's TOML file.")],
    json: Json = False,
) -> int:
    """Show what this node has and what its witnesses saw; exit 1 if it must not sign."""
    from portability.cli.heads import show_heads  # noqa: PLC0415  # as above

    return show_heads(config, as_json=json)


def status(arguments: Sequence[str]) -> int:
    """Run the command with ``arguments`` and return its exit status."""
    return run_app(app, NAME, arguments)


def run() -> NoReturn:
    """Entry point of the installed command."""
    raise SystemExit(status(sys.argv[1:]))


if __name__ == "__main__":
    run()
