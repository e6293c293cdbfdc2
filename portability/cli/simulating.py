"""`portability simulate`: many schedules of faults, and which promise broke under which seed."""

import json

import typer

from portability.cli.upkeep import progress_bar
from portability.simulation.run import simulate

PROMISE_BROKEN = 1


def run_simulation(seeds: int, first_seed: int, *, as_json: bool) -> int:
    """Run seeds from ``first_seed`` on; 0 if every promise held under all of them."""
    with progress_bar("schedules", hidden=as_json) as progress:
        report = simulate(
            seeds, first_seed, progress=lambda seed: progress(seed - first_seed + 1, seeds)
        )
    if as_json:
        typer.echo(json.dumps(report.to_json()))
    else:
        faults = ", ".join(f"{count:,} {kind}" for kind, count in sorted(report.faults.items()))
        typer.echo(f"{seeds:,} schedules held these faults: {faults}")
        for failure in report.failed:
            typer.echo(f"seed {failure.seed}: {failure.promise}")
        typer.echo(
            "every promise held" if not report.failed else f"{len(report.failed)} seeds broke one"
        )
    return PROMISE_BROKEN if report.failed else 0
