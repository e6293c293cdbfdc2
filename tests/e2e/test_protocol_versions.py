"""A real node that is one protocol version behind settles a case, and catches up once upgraded."""

from collections.abc import Callable
from pathlib import Path

import pytest

from agents.agency.determinations import determine
from agents.agency.undelivered import list_undelivered
from portability.cli.stage import Stage, await_case, scheme_of
from portability.node.config import load_config
from portability.node.development.federation import FederationLayout
from tests.e2e.case_run import OpenCase, persist, running_federation

BEHIND = "protocol_version = 1\n"


def hold_back(layout: FederationLayout) -> None:
    path = layout.nodes["FR"]
    path.write_text(BEHIND + path.read_text(encoding="utf-8"), encoding="utf-8")
    assert load_config(path).protocol_version == 1


def upgrade(stage: Stage) -> None:
    path = stage.layout.nodes["FR"]
    stage.nodes.stop_one("FR")
    path.write_text(path.read_text(encoding="utf-8").removeprefix(BEHIND), encoding="utf-8")
    stage.nodes.start({"FR": path})


def until(stage: Stage, condition: Callable[[], bool]) -> None:
    for _ in range(1200):
        if condition():
            return
        stage.outside.sleep(0.05)
    raise AssertionError("it did not happen within a minute")


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_a_node_one_version_behind_settles_and_gets_the_rest_after_its_upgrade(
    tmp_path: Path, engine: str, request: pytest.FixtureRequest
) -> None:
    urls = {}
    if engine == "postgresql":
        server = request.getfixturevalue("postgres_server")
        urls = {code: server.create_database()[1] for code in ("FR", "ES")}
    with running_federation(tmp_path / "federation", urls, hold_back) as stage:
        run = OpenCase(stage)
        run.hand_in(run.request())
        for office in reversed(stage.offices):
            agreed = await_case(office, run.case.name, lambda case: case.state == "agreed")
            determine(office, agreed, scheme_of(office.jurisdiction))
        for office in stage.offices:
            await_case(office, run.case.name, lambda case: case.state == "closed")
        kinds = run.kinds()
        assert sorted(kinds["ES"]) == sorted([*kinds["FR"], "summary"])
        (told,) = list_undelivered(stage.inss, run.case.name)
        assert (told.peer, told.kind, told.state) == ("FR", "summary", "withheld")
        assert "in version 1 of the protocol" in told.message
        assert list_undelivered(stage.cnav, run.case.name) == []
        upgrade(stage)
        until(stage, lambda: "summary" in persist(run.kinds)["FR"])
        until(stage, lambda: list_undelivered(stage.inss, run.case.name) == [])
