"""`portability simulate`: many schedules of faults, and which promise broke under which seed."""

import json
import os
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import typer

from portability.cli.upkeep import progress_bar
from portability.simulation.run import Failure, Report, simulate

PROMISE_BROKEN = 1
SEEDS_AT_ONCE = 20
"""What one process does before it reports; it is short, so that the progress bar moves."""


def run_simulation(seeds: int, first_seed: int, *, as_json: bool) -> int:
    """Run seeds from ``first_seed`` on, on all cores; 0 if every promise held under all of them."""
    with progress_bar("schedules", hidden=as_json) as progress:
        report = simulate_on_all_cores(
            seeds, first_seed, progress=lambda done: progress(done, seeds)
        )
    if as_json:
        typer.echo(json.dumps(report.to_json()))
    else:
        _tell(report)
    return PROMISE_BROKEN if report.failed else 0


def simulate_on_all_cores(
    seeds: int, first_seed: int, progress: Callable[[int], None] = lambda _: None
) -> Report:
    """The same report as of one process, whatever the number of cores."""
    starts = range(first_seed, first_seed + seeds, SEEDS_AT_ONCE)
    sizes = [min(SEEDS_AT_ONCE, first_seed + seeds - start) for start in starts]
    faults: Counter[str] = Counter()
    failed: list[Failure] = []
    done = 0
    cores = min(len(sizes), os.cpu_count() or 1)
    with ProcessPoolExecutor(max(cores, 1), mp_context=get_context("spawn")) as pool:
        for part in pool.map(simulate, sizes, starts):
            faults += Counter(part.faults)
            failed += part.failed
            done += part.seeds
            progress(done)
    return Report(seeds=seeds, failed=tuple(failed), faults=faults)


def _tell(report: Report) -> None:
    width = max((len(kind) for kind in report.faults), default=0)
    typer.echo(f"{report.seeds:,} schedules held these faults:")
    for kind, count in sorted(report.faults.items()):
        typer.echo(f"  {kind:<{width}} {count:>9,}")
    for failure in report.failed:
        typer.echo(f"seed {failure.seed}: {failure.promise}")
        for line in failure.schedule:
            typer.echo(f"  {line}")
    if report.failed:
        typer.echo(f"{len(report.failed)} seeds broke a promise; run one again with --first-seed")
    else:
        typer.echo("every promise held")
