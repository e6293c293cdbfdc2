"""
One append and one erasure, in which each statement and each file operation fails once, or the
process dies there; afterwards the store fits itself and what was told is so, once.

How that is done is in ``tests/integration/faults``; here, beside the other stories of whole
processes, it runs once in CI.

``PORTABILITY_EVERY_FAULT=1`` adds the kinds of failure that CI has no time for. Of each kind every
point is tried, from the first to the last.
"""

import json
import os
import subprocess
import sys
from itertools import chain
from typing import Final

import pytest

from tests.conftest import PROJECT_ROOT, PostgresServer
from tests.integration.faults.system_calls import why_not_here

EVERY: Final = bool(os.environ.get("PORTABILITY_EVERY_FAULT"))
PROCESSES: Final = 2
SECONDS: Final = 900

needs_kernel = pytest.mark.skipif(bool(why_not_here()), reason=why_not_here())

FILES: Final = ["killed-at-file", "EIO"]
ON_SQLITE: Final = ["lost", "power-cut"]
ON_POSTGRESQL: Final = ["lost", "killed"]
if EVERY:
    FILES += ["ENOSPC"]
    ON_SQLITE += ["killed", "killed-after", "SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_BUSY"]
    ON_POSTGRESQL += [
        "killed-after", "cut", "terminated", "53100", "40001", "server-killed",
        "server-killed-after",
    ]  # fmt: skip


def points(story: str, databases: list[str], kinds: list[str]) -> list[dict[str, str]]:
    """Every point of these kinds, shared out between one process per database."""
    here = [sys.executable, "-m", "tests.integration.faults.points", story]
    running = [
        subprocess.Popen(
            [*here, database, *kinds, "--part", f"{part}/{len(databases)}"],
            cwd=PROJECT_ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for part, database in enumerate(databases, start=1)
    ]
    told = [one.communicate(timeout=SECONDS) for one in running]
    for one, (_, errors) in zip(running, told, strict=True):
        assert one.returncode in (0, 1), errors.decode()
    return [json.loads(line) for line in chain(*(out.splitlines() for out, _ in told))]


def check(found: list[dict[str, str]], kinds: list[str], *, at_least: int) -> None:
    """No point has a problem, and there were points of every kind, from the first to the last."""
    assert [point for point in found if point["problem"]] == []
    for kind in kinds:
        reached = sorted(int(point["at"]) for point in found if point["kind"] == kind)
        assert reached == list(range(1, len(reached) + 1))
        assert len(reached) >= at_least, kind


@pytest.mark.parametrize(("story", "at_least"), [("append", 5), ("erase", 10)])
@needs_kernel
def test_whatever_fails_on_sqlite_nothing_that_was_told_is_lost_or_doubled(
    story: str, at_least: int
) -> None:
    kinds = [*FILES, *ON_SQLITE]
    if story == "erase" and not EVERY:
        kinds = ["killed-at-file", "EIO-of-changes", "power-cut"]
    found = points(story, ["sqlite"] * PROCESSES, kinds)
    check(found, kinds, at_least=at_least)
    touched = {point["where"] for point in found}
    assert {"pwrite64 node.db-wal", "fdatasync node.db-wal"} <= touched
    assert ("COMMIT" in touched) == ("lost" in kinds)
    assert ("fsync journal" in touched) == (story == "erase")


@pytest.mark.parametrize(("story", "at_least"), [("append", 10), ("erase", 30)])
def test_whatever_fails_on_postgresql_nothing_that_was_told_is_lost_or_doubled(
    story: str, at_least: int, postgres_server: PostgresServer
) -> None:
    kinds = ON_POSTGRESQL if story == "append" or EVERY else ["lost"]
    databases = [postgres_server.create_database()[1] for _ in range(PROCESSES)]
    found = points(story, databases, kinds)
    check(found, kinds, at_least=at_least)
    assert any("COMMIT" in point["where"] for point in found)


@needs_kernel
def test_whatever_fails_while_a_node_starts_it_starts_again_or_goes_on() -> None:
    kinds = [*FILES, *ON_SQLITE] if EVERY else ["EIO"]
    found = points("start-and-append", ["sqlite"] * PROCESSES, kinds)
    check(found, kinds, at_least=5)
    assert {"openat node.db", "openat node.db-shm"} <= {point["where"] for point in found}


@needs_kernel
def test_whatever_file_beside_postgresql_fails_an_erasure_is_whole(
    postgres_server: PostgresServer,
) -> None:
    databases = [postgres_server.create_database()[1] for _ in range(PROCESSES)]
    check(points("erase", databases, FILES), FILES, at_least=5)


@needs_kernel
@pytest.mark.parametrize(
    ("story", "kind"), [("hasty", "killed-at-file"), ("unsynchronised", "power-cut")]
)
def test_a_node_that_promises_too_early_is_found_out(story: str, kind: str) -> None:
    found = points(story, ["sqlite"], [kind])
    assert any(point["problem"] for point in found)
