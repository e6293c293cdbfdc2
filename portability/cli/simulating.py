"""`portability simulate`: many schedules of faults, and which promise broke under which seed."""

import json
import os
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from typing import Final

import typer

from portability.cli.simulated import tell
from portability.cli.upkeep import progress_bar
from portability.simulation.fate import Disk
from portability.simulation.nodes.run import NodeRun
from portability.simulation.run import Run
from portability.simulation.simulating import Failure, MakeRun, Report, simulate

PROMISE_BROKEN = 1


_RUNS: Final[Mapping[Disk, MakeRun]] = {Disk.MODEL: Run, Disk.STORE: NodeRun}
_AT_ONCE: Final[Mapping[Disk, int]] = {Disk.MODEL: 20, Disk.STORE: 5}
"""Seeds that one process does before it reports: few enough that the progress bar moves."""


def run_simulation(seeds: int, first_seed: int, disk: Disk, *, as_json: bool) -> int:
    """Run seeds from ``first_seed`` on, on all cores; 0 if every promise held under all of them."""
    with progress_bar("cases", hidden=as_json) as progress:
        progress(0, seeds)
        report = simulate_on_all_cores(
            seeds, first_seed, disk, progress=lambda done: progress(done, seeds)
        )
    if as_json:
        typer.echo(json.dumps(report.to_json()))
    else:
        tell(report, first_seed, disk)
    return PROMISE_BROKEN if report.failed else 0


def simulate_on_all_cores(
    seeds: int,
    first_seed: int,
    disk: Disk = Disk.MODEL,
    progress: Callable[[int], None] = lambda _: None,
) -> Report:
    """The same report as of one process, whatever the number of cores."""
    at_once = _AT_ONCE[disk]
    starts = range(first_seed, first_seed + seeds, at_once)
    sizes = [min(at_once, first_seed + seeds - start) for start in starts]
    faults: Counter[str] = Counter()
    failed: list[Failure] = []
    done = 0
    cores = min(len(sizes), os.cpu_count() or 1)
    with ProcessPoolExecutor(max(cores, 1), mp_context=get_context("spawn")) as pool:
        for part in pool.map(partial(simulate, _RUNS[disk]), sizes, starts):
            faults += Counter(part.faults)
            failed += part.failed
            done += part.seeds
            progress(done)
    return Report(seeds=seeds, failed=tuple(failed), faults=faults)
