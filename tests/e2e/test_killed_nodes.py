import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from agents.agency.determinations import determine
from agents.agency.exports import fetch_bundle, verify_case
from agents.agency.records import list_records
from portability.cli.stage import await_case, scheme_of
from portability.cli.story_histories import import_histories
from portability.cli.upkeep import run_fsck
from tests.conftest import PostgresServer
from tests.e2e.case_run import OpenCase, Snapshot, persist, revived, running_federation

ONCE = Counter(
    {
        "history-request": 1,
        "history-response": 1,
        "reconciliation": 1,
        "countersignature": 1,
        "determination": 2,
        "summary": 1,
        "closure": 1,
    }
)
EVERYWHERE = (
    "batch.begun",
    "batch.written",
    "batch.committed",
    "inbox.verified",
    "inbox.committed",
    "outbox.sent",
    "outbox.marked",
)
DEATHS = [
    ("batch.begun", "outbox.marked"),
    ("batch.written", "outbox.sent"),
    ("batch.committed", "inbox.committed"),
    ("inbox.verified", "inbox.verified"),
    ("inbox.committed", "batch.committed"),
    ("outbox.sent", "batch.written"),
    ("outbox.marked", "batch.begun"),
    ("gate.decided", "batch.committed:3"),
    ("batch.committed:2", ""),
]
"""Where the node of France dies, and where the one of Spain; each in turn, or one alone."""

ON_A_SERVER = [
    ("batch.written", "batch.begun"),
    ("inbox.verified", "batch.committed:3"),
    ("outbox.sent", "inbox.committed"),
    ("gate.decided", "outbox.marked"),
]


@dataclass(frozen=True)
class Opened:
    """Both nodes with a case that is open and about which nobody was asked yet."""

    then: Snapshot
    case: OpenCase

    @contextmanager
    def goes_on(self, deaths: dict[str, str]) -> Iterator[OpenCase]:
        """The request is handed in, and every node was killed and is back at the end."""
        with self.then.brought_back(deaths) as stage, ExitStack() as all_back:
            died = {code: all_back.enter_context(revived(stage, code)) for code in deaths}
            run = self.case.on(stage)
            run.hand_in(run.request())
            for code, event in died.items():
                assert event.wait(60), f"{code} never reached {deaths[code]}"
            all_back.close()
            yield run


def open_case(
    folder: Path, server: PostgresServer | None = None, made: Mapping[str, tuple[str, str]] = {}
) -> Opened:
    urls = {code: url for code, (_, url) in made.items()}
    with running_federation(folder / "federation", urls) as stage:
        case = OpenCase(stage)
    return Opened(
        then=Snapshot(stage.layout, server, [name for name, _ in made.values()]), case=case
    )


@pytest.fixture(scope="module")
def on_files(tmp_path_factory: pytest.TempPathFactory) -> Opened:
    return open_case(tmp_path_factory.mktemp("files"))


@pytest.fixture(scope="module")
def on_a_server(
    tmp_path_factory: pytest.TempPathFactory, postgres_server: PostgresServer
) -> Opened:
    made = {code: postgres_server.create_database() for code in ("FR", "ES")}
    return open_case(tmp_path_factory.mktemp("server"), postgres_server, made)


@pytest.mark.parametrize(("french", "spanish"), DEATHS)
def test_a_case_finishes_though_both_nodes_are_killed_once(
    french: str, spanish: str, on_files: Opened
) -> None:
    with on_files.goes_on(deaths(french, spanish)) as run:
        finish(run)


@pytest.mark.parametrize(("french", "spanish"), ON_A_SERVER)
def test_a_case_finishes_on_a_database_server_though_both_nodes_are_killed_once(
    french: str, spanish: str, on_a_server: Opened
) -> None:
    with on_a_server.goes_on(deaths(french, spanish)) as run:
        finish(run)


def deaths(french: str, spanish: str) -> dict[str, str]:
    return {code: point for code, point in (("FR", french), ("ES", spanish)) if point}


def test_each_node_dies_at_every_point_that_both_pass() -> None:
    for points in zip(*DEATHS, strict=True):
        assert set(EVERYWHERE) <= set(points)


def finish(run: OpenCase) -> None:
    """The whole case, with nothing lost and nothing doubled."""
    stage = run.stage
    for office in reversed(stage.offices):  # the lead hears first that all agree
        agreed = persist(
            lambda office=office: await_case(
                office, run.case.name, lambda case: case.state == "agreed"
            )
        )
        determine(office, agreed, scheme_of(office.jurisdiction))
    for office in stage.offices:
        await_case(office, run.case.name, lambda case: case.state == "closed")
        held = list(list_records(office, run.histories.persons[office.jurisdiction]))
        known = {row.id for row in run.histories.records[office.jurisdiction]}
        assert [record.id for record in held if record.id in known] == [
            row.id for row in run.histories.records[office.jurisdiction]
        ]

    assert {code: Counter(kinds) for code, kinds in run.kinds().items()} == {
        "FR": ONCE,
        "ES": ONCE,
    }
    report = verify_case(stage.inss, fetch_bundle(stage.inss, run.case.name))
    assert report.verified, report.causes
    assert dict(report.payable_total) == {"EUR": "1400.00"}
    providers = sorted(str(receipt.content.provider) for receipt in run.receipts())
    assert providers == ["ES/inss", "FR/cnav"]
    for config in stage.layout.nodes.values():
        assert run_fsck(config, as_json=True) == 0  # beside the node, which runs on


def test_no_verifying_process_outlives_a_killed_node(tmp_path: Path) -> None:
    with running_federation(tmp_path / "federation") as stage:
        node = stage.nodes.node("FR").process.pid
        import_histories(stage)  # so that they surely run
        workers = children(node)
        assert workers
        os.kill(node, signal.SIGKILL)
        stage.nodes.await_end("FR", 60)
        deadline = time.monotonic() + 60
        while set(workers) & set(processes()) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not set(workers) & set(processes())


def processes() -> dict[int, int]:
    """Every process that is not merely waiting to be buried, and its parent."""
    if Path("/proc/self/stat").exists():  # a small machine has no `ps`
        listed: list[str] = []
        for file in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):  # it has just ended
                listed.append(f"{file.parent.name} {file.read_text().rpartition(') ')[2]}")
        rows = [(line.split()[0], line.split()[2], line.split()[1]) for line in listed]
    else:
        told = subprocess.run(
            ["ps", "-A", "-o", "pid=,ppid=,stat="], capture_output=True, check=True, text=True
        )
        rows = [
            (pid, above, state) for pid, above, state in map(str.split, told.stdout.splitlines())
        ]
    return {int(pid): int(above) for pid, above, state in rows if not state.startswith("Z")}


def children(parent: int) -> list[int]:
    """All processes below this one."""
    below = [pid for pid, above in processes().items() if above == parent]
    return [*below, *(one for pid in below for one in children(pid))]
