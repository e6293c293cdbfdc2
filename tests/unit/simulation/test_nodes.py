"""The simulator on real nodes: they come through whatever happens, and what is wrong is noticed."""

from functools import partial

from portability.simulation.fate import EVERYTHING, Limits
from portability.simulation.nodes.files import Backup, Files
from portability.simulation.nodes.run import NodeRun
from portability.simulation.nodes.witnesses import Witnesses
from portability.simulation.simulating import MakeRun, simulate

PATIENCE = 12


def test_real_nodes_get_through_whatever_happens_to_their_databases() -> None:
    report = simulate(NodeRun, 3, first_seed=18)
    assert report.failed == ()
    assert {"crashed", "dropped", "partitioned"} <= report.faults.keys()


def test_the_same_seed_shows_the_same_run_of_real_nodes() -> None:
    one, other = NodeRun(4), NodeRun(4)
    assert one.to_the_end() == other.to_the_end() == ""
    assert one.fate.struck == other.fate.struck
    for code, life in one.lives.items():
        assert one.looks[code].said == other.looks[code].said
        assert life.code == code


def test_a_case_without_faults_needs_no_more_than_it_takes() -> None:
    run = NodeRun(2, Limits(kinds=frozenset(), steps=1))
    assert run.to_the_end() == ""
    assert run.fate.struck == []
    assert any(one.releases() for one in run.looks.values())  # else the promises hold of nothing


class KnowNothing(Witnesses):
    """Operators start from any backup: they ask nobody."""

    def know_more(self, code: str, backup: Backup) -> bool:
        return False


class NeverFlushed(Files):
    """A disk that says that it has written, and has not when the node crashes."""

    def crash(self) -> None:
        super().crash()
        log = self.path.with_name(self.path.name + "-wal")
        log.write_bytes(log.read_bytes()[: log.stat().st_size // 2] if log.exists() else b"")


def test_a_node_that_starts_from_any_backup_is_noticed() -> None:
    broken = _first_broken(0, partial(NodeRun, witnesses=KnowNothing))
    assert "shrunk" in broken or "two histories" in broken or "does not have" in broken


def test_a_disk_that_loses_what_it_had_written_is_noticed() -> None:
    broken = _first_broken(0, partial(NodeRun, files=NeverFlushed))
    assert "shrunk" in broken or "does not have" in broken or "two histories" in broken


def _first_broken(first: int, make_run: MakeRun) -> str:
    for seed in range(first, first + PATIENCE):
        broken = make_run(seed, EVERYTHING).to_the_end()
        if broken:
            return broken
    raise AssertionError("nobody noticed")
