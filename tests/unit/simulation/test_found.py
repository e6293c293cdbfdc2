"""Schedules that once broke a promise break none any more."""

import tomllib
from functools import partial
from pathlib import Path

import pytest

from portability.simulation.fate import EVERYTHING, Disk
from portability.simulation.nodes.run import NodeRun
from portability.simulation.run import Run
from portability.simulation.simulating import Failure, MakeRun, limits_of, shortened
from tests.unit.simulation.mutants import MUTANTS, StartsFromAnyBackup

FOUND = tomllib.loads(Path(__file__).with_name("found.toml").read_text("utf-8"))["found"]
RUNS: dict[str, MakeRun] = {Disk.MODEL: Run, Disk.STORE: NodeRun}


@pytest.mark.parametrize(
    "found", FOUND, ids=[f"{i}-{one['disk']}-{one['seed']}" for i, one in enumerate(FOUND)]
)
def test_what_was_found_once_holds_now(found: dict[str, object]) -> None:
    run = RUNS[str(found["disk"])](int(str(found["seed"])), limits_of(found))
    assert run.to_the_end() == ""


def test_a_failure_becomes_a_test_that_fails_alike() -> None:
    make_run = partial(Run, make_party=StartsFromAnyBackup)
    failure = shortened(MUTANTS[StartsFromAnyBackup], make_run)
    assert any("restored-old-backup" in line for line in failure.schedule)
    assert len(failure.schedule) <= 10
    (found,) = tomllib.loads(failure.to_toml(Disk.MODEL))["found"]
    again = make_run(found["seed"], limits_of(found))
    assert again.to_the_end() == failure.promise
    assert tuple(again.fate.struck) == failure.schedule
    assert Run(found["seed"], limits_of(found)).to_the_end() == ""


def test_a_failure_of_another_shape_is_refused() -> None:
    with pytest.raises(TypeError, match="kinds"):
        limits_of({"kinds": "all", "without": [], "steps": 3})
    (found,) = tomllib.loads(Failure(seed=1, promise="").to_toml(Disk.STORE))["found"]
    assert limits_of(found) == EVERYTHING
