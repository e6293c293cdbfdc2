"""A node's newest database is lost for ever: it refuses, says why, and goes on in the open."""

import json
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agents.agency.exports import fetch_bundle, verify_case
from agents.agency.office import open_office
from agents.auditor.main import status as auditor
from agents.bundle_archive import write_bundle
from portability.cli.main import status
from portability.cli.stage import Stage, await_case
from portability.errors import HaltedError
from portability.node.keys import signer_pem
from tests.e2e.case_run import OpenCase, running_federation
from tests.e2e.test_key_rotation import (
    RELOADED,
    another_record,
    decide,
    look,
    run,
    until_all_is_published,
)

OLD = "fr.node.portability.internal/log"
NEW = f"{OLD}/2"
PATIENCE = 60


def watch(
    stage: Stage, folder: Path, capsys: pytest.CaptureFixture[str]
) -> tuple[int, dict[str, Any]]:
    """One look of a watcher that keeps its place."""
    profile = str(stage.layout.profiles["es-auditor"])
    capsys.readouterr()
    ended = auditor(["watch", "--once", "--json", "--profile", profile, "--state", str(folder)])
    return ended, json.loads(capsys.readouterr().out)


def lose_and_restore(stage: Stage, folder: Path) -> None:
    """The disk of the French node is gone, and what is left is a backup from before."""
    stage.nodes.stop_one("FR")
    for path in (stage.layout.root / "FR").glob("node.db*"):
        path.unlink()
    (backup,) = folder.glob("FR-*.db")
    run("node", "restore", "--config", stage.layout.nodes["FR"], backup)


def end_the_log(stage: Stage, folder: Path, told: dict[str, Any]) -> None:
    """What the command says is done: a new key, a version that names the loss, two signatures."""
    key, proof, following = folder / "log-2.pem", folder / "proof.json", folder / "next.toml"
    key.write_bytes(signer_pem(b"\x61" * 32))
    key.chmod(0o600)
    run(
        "directory",
        "prove",
        "--key",
        key,
        "--jurisdiction",
        "FR",
        "--purpose",
        "log",
        "--out",
        proof,
    )
    run(
        *("directory", "rotate-log", stage.layout.directory, "--proof", proof),
        *("--final", told["end"]["file"], "--kept", told["kept"]["file"]),
        *("--origin", NEW, "--out", following),
    )
    signed = folder / "next.json"
    for number in (1, 2):
        run(
            *("directory", "sign", following, "--previous", stage.layout.directory),
            *("--proof", proof, "--out", signed),
            *("--key", stage.layout.root / "ca" / f"directory-root-{number}.pem"),
        )
    stage.layout.directory.write_bytes(signed.read_bytes())
    shutil.copy(key, stage.layout.root / "FR/keys/log.pem")
    node = stage.nodes.node("ES")
    before = node.output().count(RELOADED)
    node.process.send_signal(signal.SIGHUP)
    deadline = time.monotonic() + PATIENCE
    while node.output().count(RELOADED) == before:
        assert time.monotonic() < deadline, node.output()[-2000:]
        time.sleep(0.05)


def test_a_node_that_lost_its_newest_database_goes_on_in_the_open(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with running_federation(tmp_path / "federation") as stage:
        case = OpenCase(stage)
        until_all_is_published(stage, tmp_path, capsys)
        run("node", "backup", "--config", stage.layout.nodes["FR"], tmp_path / "backups")
        case.hand_in(case.request())
        decide(stage, case, stage.cnav)
        late = another_record(stage.cnav, case.histories.persons["FR"])
        until_all_is_published(stage, tmp_path, capsys)
        bundle = tmp_path / "bundle"
        write_bundle(fetch_bundle(stage.cnav, case.case.name), bundle)
        before = case.kinds()
        state = tmp_path / "watched"
        assert watch(stage, state, capsys)[0] == 0

        # it refuses, and says why and how
        lose_and_restore(stage, tmp_path / "backups")
        config = {"FR": stage.layout.nodes["FR"]}
        with pytest.raises(HaltedError):
            stage.nodes.start(config)
        assert b"portability node recover" in stage.nodes.node("FR").output()
        recover = [
            "node",
            "recover",
            "--config",
            str(config["FR"]),
            "--out",
            str(tmp_path / "loss"),
        ]
        capsys.readouterr()
        assert status(recover) == 1
        words = " ".join(capsys.readouterr().out.split())
        assert "To sign on from there would be a second history, so the node refuses" in words
        assert "has to be done again" in words
        assert status([*recover, "--json"]) == 1
        told = json.loads(capsys.readouterr().out)
        assert told["lost"]["last"] - told["lost"]["first"] >= 3

        # the log ends in the open, and the node serves again, with what the peer had kept
        end_the_log(stage, tmp_path, told)
        stage.nodes.start(config)
        with reopened(stage) as stage:  # noqa: PLW2901  # officers have read the old directory
            goes_on(stage, case, before, late)
            until_all_is_well(stage, tmp_path, capsys)

            # whoever had watched is alarmed once, and everybody is told for ever
            ended, found = watch(stage, state, capsys)
            assert (ended, [one["alarm"] for one in found["alarms"]]) == (1, ["loss"])
            assert "this watcher had seen" in found["alarms"][0]["why"]
            for folder in (state, tmp_path / "fresh"):
                ended, found = watch(stage, folder, capsys)
                assert (ended, found["alarms"]) == (0, [])
                (loss,) = found["losses"]
                assert (loss["origin"], loss["successor"]) == (OLD, NEW)
                lost = {"first": loss["first"], "last": loss["last"]}
                assert lost == told["lost"]

            # nothing that was proved is unproved, and nothing is left in disorder
            profile = str(stage.layout.profiles["es-auditor"])
            assert auditor(["verify", str(bundle), "--profile", profile]) == 0
            for office in stage.offices:
                report = verify_case(office, fetch_bundle(office, case.case.name))
                assert report.verified, report.causes
            for code in stage.layout.nodes:
                run("node", "fsck", "--config", stage.layout.nodes[code])


@contextmanager
def reopened(stage: Stage) -> Iterator[Stage]:
    """The offices again, with the directory that is in force by now."""
    profiles = stage.layout.profiles
    with (
        open_office(profiles["fr-agency-cnav"], stage.outside) as cnav,
        open_office(profiles["es-agency-inss"], stage.outside) as inss,
    ):
        yield replace(stage, cnav=cnav, inss=inss)


def goes_on(stage: Stage, case: OpenCase, before: dict[str, list[str]], late: str) -> None:
    """The case is as it was at both nodes, and new records are taken in."""
    case.stage = stage
    for office in stage.offices:
        await_case(office, case.case.name, lambda one: one.state == "closed")
    after = case.kinds()
    assert {code: sorted(kinds) for code, kinds in after.items()} == {
        code: sorted(kinds) for code, kinds in before.items()
    }
    assert another_record(stage.cnav, case.histories.persons["FR"]) != late
    # as a witness, too, the French node has forgotten what it saw: the next publication tells it
    another_record(stage.inss, case.histories.persons["ES"])


def until_all_is_well(stage: Stage, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Until a watcher who begins anew finds nothing wrong, nor anything unpublished."""
    deadline = time.monotonic() + PATIENCE
    while (found := look(stage, folder, capsys))[0]:
        assert time.monotonic() < deadline, found
        time.sleep(0.2)
