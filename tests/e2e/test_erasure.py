"""Erasure on real node processes: by the officers' commands, and by nodes that are killed."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agents.agency.exports import fetch_bundle, verify_case
from agents.agency.main import status as agency
from agents.migrant.main import status as migrant
from portability.cli.stage import Stage, await_case
from portability.cli.story_consent import KEY_FILE
from portability.cli.upkeep import run_fsck
from tests.conftest import PostgresServer
from tests.e2e.case_run import PATIENCE, OpenCase, dying, persist, running_federation


def say(capsys: pytest.CaptureFixture[str], run: Callable[[], int]) -> tuple[int, Any]:
    """Exit status and the JSON document of a command."""
    capsys.readouterr()
    status = run()
    out = capsys.readouterr().out
    return status, json.loads(out) if out else None


def exchanged(stage: Stage) -> OpenCase:
    """France's records are in Spain, and both agree."""
    run = OpenCase(stage)
    run.hand_in(run.request())
    for office in reversed(stage.offices):  # the lead hears first that all agree
        persist(
            lambda office=office: await_case(
                office, run.case.name, lambda case: case.state == "agreed"
            )
        )
    return run


def erase(stage: Stage, person: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, Any]:
    profile = str(stage.layout.profiles["fr-agency-cnav"])
    words = ["erase", person, "--basis", "no-longer-needed", "--yes", "--json"]
    return say(capsys, lambda: agency([*words, "--profile", profile]))


def await_answer(stage: Stage, name: str, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """What the person sees, once every recipient has answered."""
    profile = str(stage.layout.profiles["fr-portal"])
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        _, told = say(capsys, lambda: migrant(["erasure", name, "--json", "--profile", profile]))
        if told and told["recipients"] and all(one["outcome"] for one in told["recipients"]):
            return dict(told)
        time.sleep(0.2)
    raise AssertionError("a recipient has not answered")


def test_officers_erase_hold_and_see_who_answered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with running_federation(tmp_path / "federation") as stage:
        run = exchanged(stage)
        person = run.histories.persons["FR"]
        profile = ["--profile", str(stage.layout.profiles["fr-agency-cnav"])]
        citation = "Tribunal judiciaire de Paris, order 26/01234"
        words = ["hold", "place", person, "--citation", citation, "--json", *profile]
        status, hold = say(capsys, lambda: agency(words))
        assert (status, hold["citation"]) == (0, citation)

        status, refused = erase(stage, person, capsys)
        assert (status, refused["stage"], refused["refusal"]) == (1, "refused", "legal-hold")
        assert refused["citation"] == citation
        assert list(run.receipts()), "nothing was destroyed"

        key = ["--key", str(stage.layout.root / KEY_FILE)]
        portal = ["--profile", str(stage.layout.profiles["es-portal"])]
        words = ["erase", "--basis", "objection", "--yes", "--json", *key, *portal]
        status, asked = say(capsys, lambda: migrant(words))
        assert (status, asked["stage"]) == (0, "requested")
        inss = ["--profile", str(stage.layout.profiles["es-agency-inss"])]
        _, waiting = say(capsys, lambda: agency(["erasure", "requests", "--json", *inss]))
        assert [one["name"] for one in waiting] == [asked["name"]]

        lift = ["hold", "lift", hold["name"], "--citation", "order lifted", "--json", *profile]
        status, lifted = say(capsys, lambda: agency(lift))
        assert (status, lifted["name"], bool(lifted["lifted"])) == (0, hold["name"], True)
        status, done = erase(stage, person, capsys)
        assert (status, done["stage"]) == (0, "proven")
        assert [one["recipient"] for one in done["recipients"]] == ["ES/inss"]
        told = await_answer(stage, done["name"], capsys)
        assert [one["outcome"] for one in told["recipients"]] == ["erased"]

        assert agency(["erasure", "show", person, *profile]) == 0
        said = capsys.readouterr().out
        assert "ES/inss: erased it." in said
        assert "no longer needed (GDPR Art 17(1)(a))" in said
        for office in stage.offices:  # both: Spain was told, and proves its own erasure
            report = verify_case(office, fetch_bundle(office, run.case.name))
            assert report.verified, report.causes
            verdicts = {one.kind: str(one.verdict) for one in report.statements}
            assert verdicts["history-response"] == verdicts["reconciliation"] == "erased"
            assert verdicts["erasure"] == "verified"
        for config in stage.layout.nodes.values():
            assert run_fsck(config, as_json=False) == 0
        assert "of them erased" in capsys.readouterr().out


def test_an_erasure_on_a_database_server_is_completed_though_the_node_is_killed(
    tmp_path: Path, postgres_server: PostgresServer, capsys: pytest.CaptureFixture[str]
) -> None:
    urls = {code: postgres_server.create_database()[1] for code in ("FR", "ES")}
    with running_federation(tmp_path / "federation", urls) as stage:
        finish_though_killed(stage, "erasure.destroyed", capsys)


def finish_though_killed(stage: Stage, point: str, capsys: pytest.CaptureFixture[str]) -> None:
    person = exchanged(stage).histories.persons["FR"]
    with dying(stage, "FR", point) as died:
        erase(stage, person, capsys)
        assert died.wait(PATIENCE), f"FR never reached {point}"
    deadline = time.monotonic() + PATIENCE
    while True:
        status, done = erase(stage, person, capsys)  # the same again, as an officer would
        if done is not None and done["stage"] == "proven":
            break
        assert time.monotonic() < deadline, (status, done)
    assert status == 0
    told = await_answer(stage, done["name"], capsys)
    assert [one["outcome"] for one in told["recipients"]] == ["erased"]
    for config in stage.layout.nodes.values():
        assert run_fsck(config, as_json=True) == 0
