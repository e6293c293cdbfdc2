import subprocess
import sys
from pathlib import Path

SKIPS = Path(__file__).parents[3] / ".ci" / "skips.py"
RAN = '<testcase classname="tests.judges.test_aics" name="test_agrees"/>'
SKIPPED = '<testcase classname="{}" name="{}"><skipped message="{}">why</skipped></testcase>'


def judge(tmp_path: Path, allowed: str, *runs: str) -> subprocess.CompletedProcess[str]:
    listed = tmp_path / "allowed"
    listed.write_text(allowed)
    reports = []
    for number, run in enumerate(runs):
        report = tmp_path / f"run-{number}.xml"
        report.write_text(f"<testsuites><testsuite>{run}</testsuite></testsuites>")
        reports.append(str(report))
    return subprocess.run(
        [sys.executable, str(SKIPS), str(listed), *reports],
        capture_output=True,
        check=False,
        text=True,
    )


def test_a_skip_that_another_run_makes_good_is_no_fault(tmp_path: Path) -> None:
    skipped = SKIPPED.format("tests.judges.test_aics", "test_agrees", "no judge")
    assert judge(tmp_path, "", skipped, RAN).returncode == 0


def test_a_module_that_was_skipped_whole_counts_by_its_tests_elsewhere(tmp_path: Path) -> None:
    skipped = SKIPPED.format("", "tests.judges.test_aics", "collection skipped")
    assert judge(tmp_path, "", skipped, RAN).returncode == 0
    other = SKIPPED.format("", "tests.judges.test_other", "collection skipped")
    assert judge(tmp_path, "", other, RAN).returncode == 1


def test_a_test_that_no_run_ran_is_named(tmp_path: Path) -> None:
    skipped = SKIPPED.format("tests.unit.test_x", "test_y", "not here")
    ended = judge(tmp_path, "", skipped, RAN)
    assert ended.returncode == 1
    assert "never ran: tests.unit.test_x::test_y: not here" in ended.stdout


def test_a_skip_on_the_list_needs_a_reason(tmp_path: Path) -> None:
    skipped = SKIPPED.format("tests.unit.test_x", "test_y", "not here")
    assert judge(tmp_path, "test_x::test_y  no such machine exists\n", skipped, RAN).returncode == 0
    ended = judge(tmp_path, "test_x::test_y\n", skipped, RAN)
    assert ended.returncode == 1
    assert "gives no reason" in ended.stderr


def test_runs_that_ran_nothing_are_no_success(tmp_path: Path) -> None:
    assert judge(tmp_path, "", "").returncode == 1
