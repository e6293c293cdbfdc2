"""Each folder of the conformance set through the command line: its name is the verdict."""

import json
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agents.auditor.main import NAME, build_app, status
from agents.exits import HELD, NOT_HELD, run_app
from agents.surroundings import Surroundings
from tests.vectors.conformance_case import CASES
from tests.vectors.make_conformance import CONFORMANCE, files_of

FOLDERS = sorted(path.name for path in CONFORMANCE.iterdir() if path.is_dir())
MAX_BYTES = 6_000_000


GOOD = {"verify": "verified", "replay": "follows", "dispute": "clear"}
"""By command, the member of its document that says that all is well."""


def command_of(folder: Path) -> str:
    named = folder / "command"
    return named.read_text().strip() if named.exists() else "verify"


def judge(folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, Any]]:
    words = (folder / "arguments").read_text().splitlines()
    before = Path.cwd()
    os.chdir(folder)
    try:
        code = status([command_of(folder), "--json", *words])
    finally:
        os.chdir(before)
    out, err = capsys.readouterr()
    assert err == ""
    return code, json.loads(out)


TEN_YEARS = timedelta(days=3653)


def said_at(now: datetime, folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """The whole document of the command at that time."""
    outside = Surroundings(now=lambda: now, randomness=os.urandom, sleep=time.sleep)
    words = (folder / "arguments").read_text().splitlines()
    before = Path.cwd()
    os.chdir(folder)
    try:
        run_app(build_app(outside), NAME, [command_of(folder), "--json", *words])
    finally:
        os.chdir(before)
    return capsys.readouterr().out


def told(command: str, report: dict[str, Any]) -> list[tuple[str, str]]:
    """What a command names, as in ``expected``."""
    if command == "dispute":
        answers = [(one["question"], one["words"]) for one in report["questions"]]
        against = [(f"against {one['against']}", one["words"]) for one in report["findings"]]
        return answers + against
    if command == "verify":
        return causes(report)
    first = report["first_that_does_not_follow"]
    doubtful = [one for one in report["steps"] if one["follows"] == "unknown"]
    return [(one["kind"], one["why"]) for one in ([first] if first else doubtful)]


def causes(report: dict[str, Any]) -> list[tuple[str, str]]:
    """(step, cause) of everything that does not hold, forks first."""
    found = [("fork", fork["origin"]) for fork in report["forks"]]
    found += [(f"step {one['step']}", one["cause"]) for one in report["faults"]]
    found += [
        (f"step {one['step']}", one["cause"]) for one in report["statements"] if "cause" in one
    ]
    return found


@pytest.mark.parametrize("name", FOLDERS)
def test_the_verdict_is_the_name_of_the_folder(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = CONFORMANCE / name
    code, report = judge(folder, capsys)
    found = told(command_of(folder), report)
    assert code == (NOT_HELD if name.endswith("_fail") else HELD)
    if not (folder / "expected").exists():
        assert found == []
        return
    step, cause = (folder / "expected").read_text().splitlines()
    assert any(step == at and cause in said for at, said in found), found


@pytest.mark.parametrize("name", FOLDERS)
def test_the_report_is_the_same_to_the_letter_ten_years_later(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    now = datetime.now(UTC)
    today = said_at(now, CONFORMANCE / name, capsys)
    good = GOOD[command_of(CONFORMANCE / name)]
    assert json.loads(today)[good] is not name.endswith("_fail")
    assert today == said_at(now + TEN_YEARS, CONFORMANCE / name, capsys)


@pytest.mark.parametrize("name", sorted(CASES))
def test_the_folder_can_be_made_again_byte_for_byte(name: str) -> None:
    folder = CONFORMANCE / name
    there = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
    assert there == files_of(CASES[name])


def test_the_set_is_whole_and_small() -> None:
    assert set(CASES) == set(FOLDERS)
    assert sum(name.endswith("_fail") for name in FOLDERS) >= 60
    size = sum(path.stat().st_size for path in CONFORMANCE.rglob("*") if path.is_file())
    assert size < MAX_BYTES
