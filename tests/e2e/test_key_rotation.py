"""Keys change while a case runs: what was signed before stays valid, what came after is refused."""

import json
import re
import signal
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agents.agency.determinations import determine
from agents.agency.exports import fetch_bundle, verify_case
from agents.agency.office import Office, open_office
from agents.agency.records import SignedRow, list_records, sign_record, submit_rows
from agents.auditor.main import status as auditor
from agents.auditor.report import Report
from agents.auditor.steps import NOT_VALID_THEN
from portability.cli.main import status
from portability.cli.stage import Stage, await_case, scheme_of
from portability.core.periods import Period
from portability.errors import HaltedError, PortabilityError
from portability.ledger.encoding import format_time
from tests.e2e.case_run import OpenCase, running_federation

PASSPHRASE = "correct horse battery staple"
PATIENCE = 60
RELOADED = b'"directory_reloaded"'


def run(*arguments: object) -> None:
    assert status([str(one) for one in arguments]) == 0


def until_all_is_published(stage: Stage, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Until every entry of both logs has its witnesses, so that each has a witnessed time."""
    deadline = time.monotonic() + PATIENCE
    while look(stage, folder, capsys)[1]:
        assert time.monotonic() < deadline, look(stage, folder, capsys)
        time.sleep(0.2)


def look(
    stage: Stage, folder: Path, capsys: pytest.CaptureFixture[str]
) -> tuple[int, list[dict[str, object]]]:
    """What a watcher who begins anew, and has no patience, finds wrong."""
    profile = stage.layout.profiles["es-auditor"]
    arguments = ["watch", "--once", "--json", "--patience", "0", "--profile", str(profile)]
    capsys.readouterr()
    ended = auditor([*arguments, "--state", str(folder / f"{time.monotonic_ns()}")])
    return ended, json.loads(capsys.readouterr().out)["alarms"]


def new_key_of_cnav(stage: Stage, folder: Path) -> tuple[Path, Path]:
    """CNAV makes an encrypted key and proves to hold it: a profile that uses it, and the proof."""
    key, proof = folder / "cnav.pem", folder / "cnav.proof.json"
    run("keys", "new", "--out", key, "--passphrase", "env:PASS")
    claim = ["--jurisdiction", "FR", "--institution", "cnav", "--purpose", "institution"]
    run("directory", "prove", "--key", key, "--passphrase", "env:PASS", "--out", proof, *claim)
    profile = stage.layout.profiles["fr-agency-cnav"]
    named = f'signing_key = "{key}"\npassphrase = "env:PASS"'
    text = re.sub(r'signing_key = ".*"', named, profile.read_text(encoding="utf-8"))
    new = profile.with_name("fr-agency-cnav-2.toml")
    new.write_text(f'mode = "production"\n{text}', encoding="utf-8")
    return new, proof


def put_in_force(stage: Stage, source: Path, *proofs: Path) -> None:
    """Two holders of root keys sign the version, and the running nodes take it over."""
    current, out = stage.layout.directory, source.with_suffix(".json")
    for number in (1, 2):
        root = stage.layout.root / "ca" / f"directory-root-{number}.pem"
        named = [word for proof in proofs for word in ("--proof", proof)]
        run(
            *("directory", "sign", source, "--previous", current, *named),
            *("--key", root, "--out", out),
        )
    current.write_bytes(out.read_bytes())
    for code in stage.layout.nodes:
        node = stage.nodes.node(code)
        before = node.output().count(RELOADED)
        node.process.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + PATIENCE
        while node.output().count(RELOADED) == before:
            assert time.monotonic() < deadline, node.output()[-2000:]
            time.sleep(0.05)


def bundle_of(stage: Stage, case: OpenCase) -> Report:
    return verify_case(stage.inss, fetch_bundle(stage.inss, case.case.name))


def refused_for_their_key(report: Report) -> set[str]:
    """Ids of statements whose key was not valid when they were witnessed."""
    return {
        one.id
        for one in report.statements
        if one.fault is not None and one.fault.cause == NOT_VALID_THEN
    }


def another_record(office: Office, person: str) -> str:
    """The id of a new record that this office has signed and its node has taken."""
    content = next(list_records(office, person)).content.content
    assert isinstance(content, Period)
    row = SignedRow(place="by hand", envelope=sign_record(office, person, content))
    (accepted,) = submit_rows(office, person, [row]).accepted
    return accepted.id.hex()


def decide(stage: Stage, case: OpenCase, cnav: Office) -> None:
    for office in (stage.inss, cnav):
        agreed = await_case(office, case.case.name, lambda case: case.state == "agreed")
        determine(office, agreed, scheme_of(office.jurisdiction))
    for office in stage.offices:
        await_case(office, case.case.name, lambda case: case.state == "closed")


def reviewed(stage: Stage, capsys: pytest.CaptureFixture[str]) -> tuple[int, set[str]]:
    """What an auditor is to review of keys that are cut off."""
    capsys.readouterr()
    ended = auditor(["review", "--json", "--profile", str(stage.layout.profiles["es-auditor"])])
    return ended, {one["statement"] for one in json.loads(capsys.readouterr().out)}


def test_a_case_verifies_through_a_rotation_and_up_to_the_cut_off_of_a_key(  # noqa: PLR0915  # one story
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PASS", PASSPHRASE)
    with running_federation(tmp_path / "federation") as stage:
        first = stage.layout.directory.read_bytes()
        case = OpenCase(stage)  # CNAV's records are signed with its old key
        until_all_is_published(stage, tmp_path, capsys)
        witnessed = datetime.now(UTC).replace(microsecond=0)
        case.hand_in(case.request())

        # rotation, with overlap: the old key counts beside the new one
        profile, proof = new_key_of_cnav(stage, tmp_path)
        old_key = stage.cnav.signer.key_id.hex()
        second = tmp_path / "2.toml"
        run("directory", "rotate", stage.layout.directory, "--proof", proof, "--out", second)
        put_in_force(stage, second, proof)
        with open_office(profile, stage.outside) as cnav:
            decide(stage, case, cnav)
        person = case.histories.persons["FR"]
        late = another_record(stage.cnav, person)
        report = bundle_of(stage, case)
        assert report.verified, report.causes
        kinds = {one.kind for one in report.statements if one.signer == "FR/cnav"}
        assert {"entitlement", "determination"} <= kinds

        # the old key is compromised: what witnesses saw before stays valid, the rest is named
        until_all_is_published(stage, tmp_path, capsys)
        third = tmp_path / "3.toml"
        cut = ["directory", "cut-off", stage.layout.directory, "--key-id", old_key]
        after = witnessed + timedelta(seconds=1)
        run(*cut, "--at", format_time(after), "--out", third)
        put_in_force(stage, third)
        report = bundle_of(stage, case)
        assert report.verified, report.causes
        ended, alarms = look(stage, tmp_path, capsys)
        assert (ended, [one["alarm"] for one in alarms]) == (1, ["unknown-issuer"])
        assert "is compromised" in str(alarms[0]["why"])
        assert reviewed(stage, capsys) == (1, {late})
        with pytest.raises(PortabilityError, match="key"):
            another_record(stage.cnav, person)

        # it turns out to have been stolen before they were signed
        fourth = tmp_path / "4.toml"
        before = witnessed - timedelta(hours=2)
        run(*cut, "--at", format_time(before), "--out", fourth)
        put_in_force(stage, fourth)
        report = bundle_of(stage, case)
        by_old_key = {row.id.hex() for row in case.histories.records["FR"]}
        refused = refused_for_their_key(report)
        assert not report.verified
        assert refused
        assert refused <= by_old_key  # and nothing that the new key has signed
        assert reviewed(stage, capsys) == (1, {late, *by_old_key})

        # a node that is started again does not go back to a directory that trusts the key
        stage.nodes.stop_one("FR")
        latest = stage.layout.directory.read_bytes()
        stage.layout.directory.write_bytes(first)
        with pytest.raises(HaltedError):
            stage.nodes.start({"FR": stage.layout.nodes["FR"]})
        (told,) = stage.nodes.node("FR").output().splitlines()
        assert b"it is version 1, and this node has taken over version 4 already" in told
        stage.layout.directory.write_bytes(latest)
        stage.nodes.start({"FR": stage.layout.nodes["FR"]})
