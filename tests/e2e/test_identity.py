"""A reference that two persons claim, as two offices see it: asked, resolved, settled."""

import json
from pathlib import Path

import pytest

from agents.agency.imported import PersonIdentifier
from agents.agency.main import status
from agents.agency.persons import accept_reference, enrol_person
from portability.cli.stage import Stage, await_case
from portability.errors import PreconditionError
from tests.e2e.case_run import OpenCase, running_federation

NUMBER = PersonIdentifier(jurisdiction="FR", value="1 99 05 78 006 084")


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_an_officer_resolves_whom_a_request_means_and_the_case_goes_on(
    tmp_path: Path,
    engine: str,
    request: pytest.FixtureRequest,
    capsys: pytest.CaptureFixture[str],
) -> None:
    urls = {}
    if engine == "postgresql":
        server = request.getfixturevalue("postgres_server")
        urls = {code: server.create_database()[1] for code in ("FR", "ES")}
    with running_federation(tmp_path / "federation", urls) as stage:
        run = OpenCase(stage)
        twin = enrol_person(stage.cnav, NUMBER, "substantial")
        with pytest.raises(PreconditionError, match="waits for an officer"):
            accept_reference(stage.cnav, twin, "ES", run.reference)
        run.hand_in(run.request())
        profile = str(stage.layout.profiles["fr-agency-cnav"])
        (question,) = until_asked(stage, profile, capsys)
        rosa = run.histories.persons["FR"]
        assert set(question["candidates"]) == {rosa, twin}
        resolve = ["identity", "resolve", question["request"], "--person", rosa]
        assert status([*resolve, "--profile", profile]) == 0
        assert "answered with what the permission allows" in capsys.readouterr().out
        for office in stage.offices:
            await_case(office, run.case.name, lambda case: case.state == "agreed")
        assert status(["identity", "list", "--profile", profile]) == 0
        assert "no request waits for an officer" in capsys.readouterr().out
        assert status([*resolve, "--none", "--profile", profile]) == 2


def until_asked(
    stage: Stage, profile: str, capsys: pytest.CaptureFixture[str]
) -> list[dict[str, str]]:
    for _ in range(1200):
        assert status(["identity", "list", "--json", "--profile", profile]) == 0
        found: list[dict[str, str]] = json.loads(capsys.readouterr().out)
        if found:
            return found
        stage.outside.sleep(0.05)
    raise AssertionError("no question was asked within a minute")
