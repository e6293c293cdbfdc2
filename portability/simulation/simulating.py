"""Many seeds one after the other, and what is told of one that broke a promise."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final, Protocol

from portability.simulation.fate import EVERYTHING, FAULTS, LIED, Disk, Fate, Limits

MAX_ATTEMPTS: Final = 60
"""So many single faults are left out one by one; a schedule of more stays as long as it is then."""


class AnyRun(Protocol):
    """One case under one schedule."""

    fate: Fate

    def to_the_end(self) -> str:
        """Which promise was broken; empty if all of them held."""


MakeRun = Callable[[int, Limits], AnyRun]
"""A run of a seed within limits: ``Run`` or ``NodeRun``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """
    A seed with which a promise was broken; running it again within ``limits`` shows the same.

    ``schedule`` is what it takes: the faults that struck, as far as leaving them out lets the
    promise hold.
    """

    seed: int
    promise: str
    limits: Limits = EVERYTHING
    schedule: tuple[str, ...] = ()

    def to_toml(self, disk: Disk) -> str:
        """As a test takes it: ``tests/unit/simulation/found.toml`` lists what was ever found."""
        kinds = ", ".join(f'"{one}"' for one in sorted(self.limits.kinds))
        without = ", ".join(str(one) for one in sorted(self.limits.without))
        return (
            f'[[found]]\ndisk = "{disk.value}"\nseed = {self.seed}\nsteps = {self.limits.steps}\n'
            f"kinds = [{kinds}]\nwithout = [{without}]\n"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """How many seeds were run, which failed, and how many faults of each kind they held."""

    seeds: int
    failed: tuple[Failure, ...]
    faults: Mapping[str, int]

    def to_json(self) -> dict[str, object]:
        return {
            "seeds": self.seeds,
            "failed": [
                {"seed": one.seed, "promise": one.promise, "schedule": list(one.schedule)}
                for one in self.failed
            ],
            "faults": dict(sorted(self.faults.items())),
        }


def simulate(
    make_run: MakeRun,
    seeds: int,
    first_seed: int = 0,
    *,
    keep_going: bool = False,
    progress: Callable[[int], None] = lambda _: None,
) -> Report:
    """
    Run seeds ``first_seed`` … ``first_seed + seeds - 1``; ``progress`` is told after each.

    It ends with the first that breaks a promise, unless it is to ``keep_going``.
    """
    faults: Counter[str] = Counter()
    failed: list[Failure] = []
    done = 0
    while done < seeds and (keep_going or not failed):
        seed = first_seed + done
        run = make_run(seed, EVERYTHING)
        if run.to_the_end():
            failed.append(shortened(seed, make_run))
        faults += run.fate.faults
        done += 1
        progress(seed)
    return Report(seeds=done, failed=tuple(failed), faults=faults)


def limits_of(found: Mapping[str, object]) -> Limits:
    """What ``to_toml`` has written of the limits, read again."""
    kinds, without, steps = found["kinds"], found["without"], found["steps"]
    if not isinstance(kinds, list) or not isinstance(without, list) or not isinstance(steps, int):
        raise TypeError("a failure that was found has kinds, steps and without")
    return Limits(kinds=frozenset(kinds), steps=steps, without=frozenset(without))


def shortened(seed: int, make_run: MakeRun) -> Failure:
    """
    The failure with as few faults as still break a promise.

    First whole kinds are left out, then what comes late, then single faults.
    """
    limits = EVERYTHING
    for kind in (*FAULTS, LIED):
        fewer = replace(limits, kinds=limits.kinds - {kind})
        limits = fewer if make_run(seed, fewer).to_the_end() else limits
    steps = limits.steps
    while steps > 1:
        steps //= 2
        fewer = replace(limits, steps=steps)
        limits = fewer if make_run(seed, fewer).to_the_end() else limits
    limits = _without_single(seed, make_run, limits)
    run = make_run(seed, limits)
    promise = run.to_the_end()
    return Failure(seed=seed, promise=promise, limits=limits, schedule=tuple(run.fate.struck))


def _without_single(seed: int, make_run: MakeRun, limits: Limits) -> Limits:
    run = make_run(seed, limits)
    run.to_the_end()
    tried: set[int] = set()
    for _ in range(MAX_ATTEMPTS):
        left = [one for one in run.fate.places if one not in tried]
        if not left:
            break
        tried.add(left[-1])  # the last one first: what comes before it stays as it is
        fewer = replace(limits, without=limits.without | {left[-1]})
        attempt = make_run(seed, fewer)
        if attempt.to_the_end():
            limits, run = fewer, attempt
    return limits
