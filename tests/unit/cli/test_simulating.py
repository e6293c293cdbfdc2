"""`portability simulate` tells what was run, and fails where a promise was broken."""

import tomllib
from functools import partial
from pathlib import Path
from time import sleep

import pytest

from portability.cli.main import status
from portability.cli.simulated import KINDS, tell
from portability.cli.simulating import simulate_on_all_cores
from portability.simulation.fate import FAULTS, Disk, Fate, Limits
from portability.simulation.nodes.life import LOST
from portability.simulation.nodes.lying_lead import LEAD_LIES
from portability.simulation.plan import LIES
from portability.simulation.simulating import Failure, Report, simulate
from tests.bench.documented import the_document

FOLLOW = (LOST, "reordered", "consented-again", "gave-the-claim-up")


def test_every_promise_holds_and_the_faults_are_counted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert status(["simulate", "--seeds", "5", "--json"]) == 0
    told = the_document("simulate", capsys.readouterr().out)
    assert (told["seeds"], told["failed"]) == (5, [])
    assert all(count > 0 for count in told["faults"].values())


def test_it_says_so_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert status(["simulate", "--seeds", "2", "--first-seed", "7"]) == 0
    assert "every promise held" in capsys.readouterr().out


def test_no_seeds_are_misuse(capsys: pytest.CaptureFixture[str]) -> None:
    assert status(["simulate", "--seeds", "0"]) == 2
    assert "seeds" in capsys.readouterr().err


def test_whatever_may_strike_is_explained() -> None:
    explained = [kind for kinds in KINDS.values() for kind in kinds]
    assert sorted(explained) == sorted({*FAULTS, *FOLLOW, *LIES, *LEAD_LIES})


@pytest.mark.parametrize("width", [80, 100])
def test_what_was_counted_stands_in_one_line_each(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    faults = {kind if kind not in KINDS["lies"] else f"lied: {kind}": 12_345 for kind in _all()}
    tell(Report(seeds=2_000, failed=(), faults=faults), 0, Disk.STORE)
    told = capsys.readouterr().out.splitlines()
    assert max(map(len, told)) <= width
    for kinds in KINDS.values():
        for kind, words in kinds.items():
            (line,) = [one for one in told if one.startswith(f"{kind} ")]
            assert line.rstrip().split(maxsplit=2) == [kind, "12,345", words]


def _all() -> list[str]:
    return [kind for kinds in KINDS.values() for kind in kinds]


def test_a_broken_promise_comes_with_what_shows_it_again(
    capsys: pytest.CaptureFixture[str],
) -> None:
    failure = Failure(seed=7, promise="the log of FR has shrunk", schedule=("step 3: dropped",))
    tell(Report(seeds=3, failed=(failure,), faults={"dropped": 4}), 6, Disk.STORE)
    told = capsys.readouterr().out
    assert "seeds 6 to 8" in told
    assert "seed 7 BROKE A PROMISE: the log of FR has shrunk" in told
    assert "step 3: dropped" in told
    assert "portability simulate --disk store --first-seed 7 --seeds 1\n" in told
    assert "1 of 3 cases broke a promise" in told
    test = told[told.index("[[found]]") : told.rindex("1 of 3")]
    assert tomllib.loads(test)["found"][0]["seed"] == 7


def test_what_takes_no_fault_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    tell(Report(seeds=1, failed=(Failure(seed=7, promise="it"),), faults={}), 7, Disk.MODEL)
    told = capsys.readouterr().out
    assert "It takes no fault at all" in told
    assert "model disks, seed 7\n" in told


class _Breaking:
    """A run that breaks a promise under seeds 3 and 5; it leaves a file, to be counted."""

    def __init__(self, folder: Path, seed: int, limits: Limits) -> None:
        self.fate = Fate(seed, limits)
        self._seed = seed
        (folder / str(seed)).touch()

    def to_the_end(self) -> str:
        sleep(0.005)  # as a run takes its time
        return f"it broke under {self._seed}" if self._seed in {3, 5} else ""


def test_it_ends_at_the_first_broken_promise_on_all_cores_as_on_one(tmp_path: Path) -> None:
    make_run = partial(_Breaking, tmp_path)
    seeds = range(2_000)
    report = simulate_on_all_cores(make_run, seeds, at_once=2)
    assert [one.promise for one in report.failed] == ["it broke under 3"]
    assert report.seeds == 4
    assert report == simulate(make_run, 2_000)
    assert len(list(tmp_path.iterdir())) < len(seeds)


def test_it_goes_on_where_it_is_told_to(tmp_path: Path) -> None:
    make_run = partial(_Breaking, tmp_path)
    report = simulate_on_all_cores(make_run, range(2, 9), at_once=2, keep_going=True)
    assert [one.seed for one in report.failed] == [3, 5]
    assert report.seeds == 7
    assert report == simulate(make_run, 7, 2, keep_going=True)


def test_how_many_were_not_run_any_more_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    failure = Failure(seed=7, promise="it")
    tell(Report(seeds=2, failed=(failure,), faults={}), 6, Disk.MODEL, left_out=1_998)
    told = capsys.readouterr().out
    assert "seeds 6 to 7" in told
    assert "1 of 2 cases broke a promise" in told
    assert "1,998 more were not run; --keep-going runs them, too" in told
