"""`portability simulate`: many schedules of faults, and which promise broke under which seed."""

import json
import os
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from multiprocessing.synchronize import Event
from typing import Final

import typer

from portability.cli.simulated import tell
from portability.cli.upkeep import progress_bar
from portability.simulation.fate import Disk, Limits
from portability.simulation.nodes.run import NodeRun
from portability.simulation.run import Run
from portability.simulation.simulating import AnyRun, Failure, MakeRun, Report, simulate

PROMISE_BROKEN = 1


_RUNS: Final[Mapping[Disk, MakeRun]] = {Disk.MODEL: Run, Disk.STORE: NodeRun}
_AT_ONCE: Final[Mapping[Disk, int]] = {Disk.MODEL: 20, Disk.STORE: 5}
"""Seeds that one process does before it reports: few enough that the progress bar moves."""

_over: Event | None = None
"""In a process that runs seeds: set once nobody wants to know of further ones."""


class _OverError(Exception):
    """A promise was broken under an earlier seed; nobody waits for this one."""


def run_simulation(
    seeds: int, first_seed: int, disk: Disk, *, keep_going: bool, as_json: bool
) -> int:
    """Run seeds from ``first_seed`` on, on all cores; 0 if every promise held under all of them."""
    with progress_bar("cases", hidden=as_json) as progress:
        progress(0, seeds)
        report = simulate_on_all_cores(
            _RUNS[disk],
            range(first_seed, first_seed + seeds),
            at_once=_AT_ONCE[disk],
            keep_going=keep_going,
            progress=lambda done: progress(done, seeds),
        )
    if as_json:
        typer.echo(json.dumps(report.to_json()))
    else:
        tell(report, first_seed, disk, left_out=seeds - report.seeds)
    return PROMISE_BROKEN if report.failed else 0


def simulate_on_all_cores(
    make_run: MakeRun,
    seeds: range,
    *,
    at_once: int,
    keep_going: bool = False,
    progress: Callable[[int], None] = lambda _: None,
) -> Report:
    """
    The same report as of one process, whatever the number of cores.

    Of what runs beside a broken promise, or after it, nothing is told, and each process leaves off
    with the run that it is at.
    """
    starts = seeds[::at_once]
    sizes = [min(at_once, seeds.stop - start) for start in starts]
    faults: Counter[str] = Counter()
    failed: list[Failure] = []
    done = 0
    context = get_context("spawn")
    over = context.Event()
    cores = max(min(len(sizes), os.cpu_count() or 1), 1)
    one_part = partial(simulate, partial(_unless_over, make_run), keep_going=keep_going)
    with ProcessPoolExecutor(cores, context, _follow, (over,)) as pool:
        for part in pool.map(one_part, sizes, starts):
            faults += Counter(part.faults)
            failed += part.failed
            done += part.seeds
            progress(done)
            if failed and not keep_going:
                over.set()
                pool.shutdown(wait=False, cancel_futures=True)
                break
    return Report(seeds=done, failed=tuple(failed), faults=faults)


def _follow(over: Event) -> None:
    global _over  # noqa: PLW0603  # what a process is given as it starts
    _over = over


def _unless_over(make_run: MakeRun, seed: int, limits: Limits) -> AnyRun:
    if _over is not None and _over.is_set():
        raise _OverError
    return make_run(seed, limits)
