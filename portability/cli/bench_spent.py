"""What benches tell of the nodes that they measured: processor time, and the time of each step."""

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.request import urlopen

from portability.node.calls.step_times import STEPS_METRIC

ANSWER_SECONDS: Final = 30

_TICKS: Final = os.sysconf("SC_CLK_TCK")
_STEP: Final = re.compile(STEPS_METRIC + r'_sum\{step="([a-z-]+)"\} ([0-9.e+-]+)')


@contextmanager
def processor_time(pids: Mapping[str, int]) -> Iterator[Callable[[], dict[str, float]]]:
    """
    Seconds of the processor that each process and those below it used since.

    Empty where the system hides it.
    """
    before = _all_used(pids)
    yield lambda: {code: used - before.get(code, 0.0) for code, used in _all_used(pids).items()}


@contextmanager
def step_times(observed: Mapping[str, str]) -> Iterator[Callable[[], dict[str, dict[str, float]]]]:
    """Seconds that each node spent in each step of cases since, by its metrics at that address."""
    before = {code: _steps(address) for code, address in observed.items()}

    def since() -> dict[str, dict[str, float]]:
        return {
            code: {
                step: seconds - before[code].get(step, 0.0)
                for step, seconds in _steps(address).items()
            }
            for code, address in observed.items()
        }

    yield since


def _steps(address: str) -> dict[str, float]:
    # the address is that of a node which this process has started
    with urlopen(f"http://{address}/metrics", timeout=ANSWER_SECONDS) as answer:
        text: str = answer.read().decode()
    return {step: float(seconds) for step, seconds in _STEP.findall(text)}


def _all_used(pids: Mapping[str, int]) -> dict[str, float]:
    found = {code: _used_by((pid, *_descendants(pid))) for code, pid in pids.items()}
    return {code: used for code, used in found.items() if used is not None}


def _used_by(pids: Iterable[int]) -> float | None:
    used = [_used(pid) for pid in pids]
    return None if used[0] is None else sum(one for one in used if one is not None)


def _descendants(pid: int) -> list[int]:
    """Verifying processes and what they are forked from, as far as the system tells."""
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    except OSError:
        return []
    return [one for child in text.split() for one in (int(child), *_descendants(int(child)))]


def _used(pid: int) -> float | None:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(") ")[2].split()
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) / _TICKS
