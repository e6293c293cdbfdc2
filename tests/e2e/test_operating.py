"""What an operator types about a node and its peers, against real node processes."""

import json
from pathlib import Path

import pytest

from agents.agency.office import open_office
from agents.agency.persons import enrol_person
from portability.cli.main import status
from portability.cli.stage import Stage, real_surroundings
from portability.errors import MaintenanceError
from tests.e2e.case_run import running_federation
from tests.e2e.test_draining import NUMBER


def test_an_operator_pings_pauses_and_looks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with running_federation(tmp_path / "federation") as stage:
        spain, france = (str(stage.layout.nodes[code]) for code in ("ES", "FR"))

        def ask(*words: str, config: str) -> object:
            assert status([*words, "--config", config, "--json"]) == 0, words
            return json.loads(capsys.readouterr().out)

        way = ask("node", "ping", "FR", config=spain)
        assert isinstance(way, dict)
        assert way["open"] is True
        state = ask("node", "state", config=france)
        assert isinstance(state, dict)
        assert state["takes_new_work"] is True
        assert [one["peer"] for one in state["streams"]] == ["ES"]
        assert ask("node", "set-aside", "list", config=france) == []

        begin = ("node", "maintenance", "begin", "--reason", "a larger disk", "--retry-after", "9")
        paused = ask(*begin, config=france)
        assert isinstance(paused, dict)
        assert (paused["reason"], paused["retry_after_seconds"]) == ("a larger disk", 9)
        refuses_an_agency(stage)
        assert status(["node", "ping", "FR", "--config", spain]) == 1
        said = capsys.readouterr().out
        assert "FR is in maintenance and takes no new work: a larger disk" in " ".join(said.split())
        assert "the way to FR is not open" in said
        assert status(["node", "state", "--config", france]) == 0
        assert "takes no new work: a larger disk" in capsys.readouterr().out
        ended = ask("node", "maintenance", "end", config=france)
        assert isinstance(ended, dict)
        assert ended["takes_new_work"] is True
        enrol_person(stage.cnav, NUMBER, "substantial")

        assert status(["node", "set-aside", "replay", "ES", "--config", france]) == 2
        assert status(["node", "set-aside", "replay", "ES", "4", "--config", france]) == 2
        assert "nothing of ES was set aside at position 4" in capsys.readouterr().err
        stage.nodes.stop_one("FR")
        assert status(["node", "state", "--config", france]) == 69
        assert "the node of FR does not answer at" in capsys.readouterr().err
        assert status(["node", "ping", "FR", "--config", spain]) == 1


def refuses_an_agency(stage: Stage) -> None:
    outside = real_surroundings()
    with (
        open_office(stage.layout.profiles["fr-agency-cnav"], outside) as office,
        pytest.raises(MaintenanceError, match="a larger disk"),
    ):
        enrol_person(office, NUMBER, "substantial")
