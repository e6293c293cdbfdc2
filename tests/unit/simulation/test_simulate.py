"""The simulator: honest parties always get through, and whatever is wrong is noticed."""

from functools import partial

import pytest

from portability.simulation.fate import ASKED_ONCE_MORE, ERASED, FAULTS, Limits
from portability.simulation.plan import LIES
from portability.simulation.run import Run
from portability.simulation.simulating import simulate
from tests.unit.simulation.mutants import (
    MUTANTS,
    LosesItsOutbox,
    NeverReopens,
)

_losing = partial(Run, make_party=LosesItsOutbox)

SEEDS = 40


def test_honest_parties_always_get_through_whatever_happens() -> None:
    report = simulate(Run, SEEDS)
    assert report.failed == ()
    assert report.seeds == SEEDS
    in_both = set(FAULTS) - {ASKED_ONCE_MORE, ERASED}  # these are for real nodes
    assert in_both <= {kind for kind, count in report.faults.items() if count}


def test_the_same_seed_shows_the_same_run() -> None:
    assert simulate(Run, 3, first_seed=7) == simulate(Run, 3, first_seed=7)


def test_a_release_just_before_the_person_withdraws_was_permitted() -> None:
    # one answers and, later in the same step, a liar answers what was withdrawn in between
    assert Run(1076).to_the_end() == ""


def test_each_seed_is_told_when_it_is_done() -> None:
    told: list[int] = []
    simulate(Run, 2, first_seed=5, progress=told.append)
    assert told == [5, 6]


@pytest.mark.parametrize("lie", LIES)
def test_every_lie_is_told_and_attributed(lie: str) -> None:
    for seed in range(400):
        run = Run(seed)
        if run.plan.lie != lie:
            continue
        assert run.to_the_end() == ""
        if getattr(run.parties[run.plan.liar], "has_lied", False):
            return
    raise AssertionError(f"nobody {lie} in any of the schedules")


def test_a_failure_comes_with_its_seed_and_a_shortened_schedule() -> None:
    report = simulate(_losing, 1, first_seed=MUTANTS[LosesItsOutbox])
    (failure,) = report.failed
    whole = Run(failure.seed, make_party=LosesItsOutbox)
    whole.to_the_end()
    assert len(failure.schedule) < len(whole.fate.struck)
    assert all(line.startswith("step ") for line in failure.schedule)
    again = simulate(_losing, 1, first_seed=failure.seed)
    assert again.failed == (failure,)
    document = report.to_json()["failed"]
    assert document == [
        {
            "seed": failure.seed,
            "promise": failure.promise,
            "schedule": list(failure.schedule),
        }
    ]


def test_what_needs_no_network_fault_is_shortened_to_none_of_them() -> None:
    seed = MUTANTS[NeverReopens]
    (failure,) = simulate(partial(Run, make_party=NeverReopens), 1, first_seed=seed).failed
    assert not any("dropped" in line for line in failure.schedule)


def test_a_kind_that_is_left_out_never_strikes() -> None:
    run = Run(3, Limits(kinds=frozenset({"dropped"})))
    assert run.to_the_end() == ""
    assert set(run.fate.faults) <= {"dropped"}


def test_schedules_differ_in_who_takes_part() -> None:
    runs = [Run(seed) for seed in range(60)]
    assert {len(run.parties) for run in runs} == set(range(2, 8))
    assert any(len(run.plan.claim.parties) > len(run.parties) for run in runs)
