"""On real node processes: the person gives a claim up, and every party closes its case on that."""

import json
from pathlib import Path

import pytest

from agents.agency.exports import fetch_bundle, verify_case
from agents.agency.persons import create_enrolment_code
from agents.auditor.main import status as auditor
from agents.bundle_archive import write_bundle
from agents.bundle_files import Scope
from agents.migrant.main import status as migrant
from portability.cli.stage import Stage, await_case
from portability.cli.story_consent import KEY_FILE
from portability.cli.upkeep import run_fsck
from tests.e2e.case_run import OpenCase, running_federation


def say(capsys: pytest.CaptureFixture[str], *words: object, expected: int = 0) -> str:
    """What the person's command writes, or the one sentence of its refusal."""
    capsys.readouterr()
    assert migrant([str(word) for word in words]) == expected
    told = capsys.readouterr()
    return told.err if expected else told.out


def test_a_claim_that_the_person_gives_up_is_closed_and_verified_everywhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with running_federation(tmp_path / "federation") as stage:
        run = OpenCase(stage)
        run.hand_in(run.request())
        for office in reversed(stage.offices):
            await_case(office, run.case.name, lambda case: case.state == "agreed")
        refuse_abroad(stage, run, capsys)
        own = ("--key", stage.layout.root / KEY_FILE, "--profile")
        home = (*own, stage.layout.profiles["es-portal"])
        (claim,) = json.loads(say(capsys, "claims", *home, "--json"))
        assert (claim["claim"], claim["state"]) == (run.case.name, "agreed")
        assert "begins with that" in say(capsys, "give-up", "00ff", *home, expected=2)
        said = say(capsys, "give-up", run.case.id[:8], "--yes", *home)
        for part in ("before all of:", "ES/inss", "FR/cnav", "Check code: ", "is closed"):
            assert part in said
        for office in stage.offices:
            await_case(office, run.case.name, lambda case: case.state == "closed")
        refusal = say(capsys, "give-up", run.case.name, "--yes", *home, expected=2)
        assert "given up already" in refusal
        (claim,) = json.loads(say(capsys, "claims", *home, "--json"))
        assert claim["state"] == "given up"
        kinds = run.kinds()
        assert sorted(kinds["ES"]) == sorted(kinds["FR"])
        assert {"claim-withdrawal", "closure"} <= set(kinds["FR"])
        judge(stage, run, tmp_path, capsys)


def refuse_abroad(stage: Stage, run: OpenCase, capsys: pytest.CaptureFixture[str]) -> None:
    """At the node of another party she is told where the claim is led."""
    code = create_enrolment_code(stage.cnav, run.histories.persons["FR"]).code
    key = stage.layout.root / "rosa-in-france.pem"
    there = ("--key", key, "--profile", stage.layout.profiles["fr-portal"])
    say(capsys, "enrol", code, *there)
    refusal = say(capsys, "give-up", run.case.name, "--yes", *there, expected=2)
    assert "the claim is led by ES/inss; give it up there, in ES" in refusal


def judge(stage: Stage, run: OpenCase, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Auditors find nothing wrong with it, nor do the nodes with themselves."""
    bundles = []
    for office in stage.offices:
        files = fetch_bundle(office, run.case.name)
        report = verify_case(office, files)
        assert report.verified, report.causes
        bundles.append(str(tmp_path / f"{office.jurisdiction}.zip"))
        write_bundle(files, Path(bundles[-1]), Scope.CASE)
    profile = str(stage.layout.profiles["es-agency-inss"])
    for command in ("replay", "dispute"):
        capsys.readouterr()
        assert auditor([command, *bundles, "--profile", profile]) == 0
        told = " ".join(capsys.readouterr().out.split())
        assert "the person gives the claim up, before ES/inss and FR/cnav" in told
    for config in stage.layout.nodes.values():
        assert run_fsck(config, as_json=True) == 0
