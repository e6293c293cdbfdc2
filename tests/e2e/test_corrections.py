"""
On real node processes, one on each kind of database: a record is corrected after the case closed,
then the person withdraws. Nodes are killed between the steps.
"""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from agents.agency.cases import CaseView, list_statements
from agents.agency.correcting import Replacement, commit, preview
from agents.agency.determinations import determine
from agents.agency.exports import fetch_bundle, verify_case
from agents.agency.main import status as agency
from agents.agency.notices import Told, list_notices
from agents.agency.office import Office
from agents.agency.records import list_records, new_record
from agents.migrant.person import check_code, open_home, sign_in, withdraw
from portability.cli.stage import Stage, await_case, scheme_of
from portability.cli.story_consent import KEY_FILE
from portability.cli.upkeep import run_fsck
from portability.core.periods import Duration, Period
from portability.ledger.envelope import statement_id
from portability.recognition.statements import Determination
from portability.v1 import objections_service_pb2 as pb
from portability.v1.objections_service_pb2_grpc import ObjectionsServiceStub
from portability.wire.envelope import envelope_to_pb
from portability.wire.record import record_to_payload
from tests.conftest import PostgresServer
from tests.e2e.case_run import PATIENCE, OpenCase, dying, persist, running_federation


def await_state(office: Office, run: OpenCase, state: str) -> CaseView:
    return persist(lambda: await_case(office, run.case.name, lambda case: case.state == state))


def settle(run: OpenCase) -> None:
    """Both decide on what they agree on, as far as they have to, and the case closes."""
    offices = run.stage.offices
    for office in reversed(offices):  # the lead hears first that all agree
        agreed = await_state(office, run, "agreed")
        if not agreed.awaiting or office.party in agreed.awaiting:
            determine(office, agreed, scheme_of(office.jurisdiction))
    for office in offices:
        await_state(office, run, "closed")


def await_notices(office: Office, parent: str, wanted: Callable[[list[Told]], bool]) -> list[Told]:
    """The notices, once they are so; a node may be on its way back."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = persist(lambda: list(list_notices(office, parent)))
        if wanted(found):
            return found
        time.sleep(0.1)
    raise AssertionError("the notices were not answered")


def are_answered(notices: list[Told]) -> bool:
    return bool(notices) and all(answer.effect for one in notices for answer in one.answers)


def half_a_year_less(office: Office, person: str) -> Replacement:
    """CNAV's last year of Rosa's, half as long as it had said."""
    records = [
        one for one in list_records(office, person) if isinstance(one.content.content, Period)
    ]
    last = max(records, key=lambda one: one.index)
    period = last.content.content
    assert isinstance(period, Period)
    assert period.start is not None
    shorter = replace(
        period, id="", end=date(period.start.year, 6, 30), declared=Duration(months=6)
    )
    record = new_record(office, person, office.new_salt(), shorter, supersedes=last.id)
    return Replacement(person=person, record=record, payload=record_to_payload(record))


def say(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    capsys.readouterr()
    assert agency([str(word) for word in words]) == 0
    return capsys.readouterr().out


def test_a_correction_and_a_withdrawal_are_answered_by_everybody_though_nodes_are_killed(
    tmp_path: Path, postgres_server: PostgresServer, capsys: pytest.CaptureFixture[str]
) -> None:
    urls = {"FR": postgres_server.create_database()[1]}
    with running_federation(tmp_path / "federation", urls) as stage:
        run = OpenCase(stage)
        run.hand_in(run.request())
        settle(run)
        correct_though_killed(stage, run, capsys)
        settle(run)
        contest(stage, run)
        settle(run)
        withdraw_though_killed(stage, run, capsys)
        for office in stage.offices:
            report = verify_case(office, fetch_bundle(office, run.case.name))
            assert report.verified, report.causes
        for config in stage.layout.nodes.values():
            assert run_fsck(config, as_json=True) == 0


def correct_though_killed(stage: Stage, run: OpenCase, capsys: pytest.CaptureFixture[str]) -> None:
    """France dies after it has committed and before it answers, Spain as it is told."""
    new = half_a_year_less(stage.cnav, run.histories.persons["FR"])
    (seen,) = preview(stage.cnav, new)
    assert (seen.case, seen.reopens, seen.told) == (run.case.name, True, ("ES",))
    changed = {one.place: (one.before, one.after) for one in seen.changes}
    assert changed["FR.total"] == ("240 months", "234 months")
    assert changed["FR/cnav.payable"] == ("1000.00 EUR", "991.53 EUR")
    assert await_state(stage.cnav, run, "closed").objections == ()
    look_as_an_officer(stage, new, capsys)
    with (
        dying(stage, "FR", "batch.committed") as france,
        dying(stage, "ES", "inbox.verified") as es,
    ):
        persist(lambda: commit(stage.cnav, new, (seen,)))
        assert france.wait(PATIENCE)
        assert es.wait(PATIENCE)
    await_notices(stage.cnav, f"records/{new.record.supersedes.hex()}", are_answered)
    profile = stage.layout.profiles["fr-agency-cnav"]
    said = say(capsys, "notices", run.case.name, "--profile", profile)
    assert "correction" in said
    assert "reopened" in said


def look_as_an_officer(stage: Stage, new: Replacement, capsys: pytest.CaptureFixture[str]) -> None:
    """The same on the command line: as it was decided, and by what the law gives then."""
    period = new.record.content
    assert isinstance(period, Period)
    file = stage.layout.root / "corrected.toml"
    file.write_text(
        f'kind = "contribution-period"\nperiod_type = "{period.type.code}"\n'
        f'start_date = "{period.start}"\nend_date = "{period.end}"\n'
        'communication = "COMMUNICATION_AGGREGATE"\ndeclared = { months = "6" }\n',
        encoding="utf-8",
    )
    profile = ("--profile", stage.layout.profiles["fr-agency-cnav"])
    name = f"records/{new.record.supersedes.hex()}"
    looking = ("record", "correct", name, file, "--preview", *profile)

    def amounts(*options: str) -> dict[str, tuple[str, str]]:
        (case,) = json.loads(say(capsys, *looking, *options, "--json"))["cases"]
        return {one["place"]: (one["before"], one["after"]) for one in case["changes"]}

    assert amounts()["FR/cnav.payable"] == ("1000.00 EUR", "991.53 EUR")
    by_law = amounts("--theoretical", "1450.00 EUR", "--independent", "790.00 EUR")
    assert by_law["FR/cnav.theoretical"] == ("1500.00 EUR", "1450.00 EUR")
    assert by_law["FR/cnav.independent"] == ("800.00 EUR", "790.00 EUR")
    assert by_law["FR/cnav.payable"] == ("1000.00 EUR", "958.47 EUR")
    assert by_law["ES/inss.payable"] == amounts()["ES/inss.payable"], "the option is about our own"
    too_long = amounts("--theoretical", "1450.00 EUR", "--minimum-years", "31")
    assert too_long["FR/cnav.payable"] == ("1000.00 EUR", "0.00 EUR"), "no such right"
    in_years = amounts("--theoretical", "1450.00 EUR", "--unit", "years")
    assert in_years["FR/cnav.own"] == ("240", "20")

    said = say(capsys, *looking, "--theoretical", "1450.00 EUR")
    assert f"record {new.record.supersedes.hex()[:16]} " in said
    assert "FR/cnav: what it would pay is computed from the amounts given" in said
    assert "ES/inss: what it would pay is computed from the theoretical and independent" in said
    assert "Nothing was signed or stored." in said
    gone = say(
        capsys,
        *("record", "invalidate", name, "--reason", "issued-in-error"),
        *("--article", "987/2009 Art 5(1)", "--preview", "--theoretical", "1450.00 EUR"),
        *profile,
    )
    assert "950.00 EUR" in gone
    assert agency([*map(str, looking), "--minimum-years", "15"]) == 2
    assert "give --theoretical or --independent too" in capsys.readouterr().err


def contest(stage: Stage, run: OpenCase) -> None:
    """Rosa contests the French decision under her own signature, in Spain."""
    decided = [
        entry
        for entry in list_statements(stage.inss, run.case.name)
        if isinstance(entry.content, Determination)
        and entry.content.header.sender == stage.cnav.party
    ]
    with open_home(stage.layout.profiles["es-portal"], stage.outside) as home:
        rosa = sign_in(home, stage.layout.root / KEY_FILE)
        stub = ObjectionsServiceStub(home.session.channel)
        prepared = home.session.call(
            stub.PrepareObjection,
            pb.PrepareObjectionRequest(
                session=rosa.token, determination=decided[-1].id, grounds="periods"
            ),
        )
        assert check_code(prepared.payload_type, prepared.document) == prepared.check_code
        envelope = rosa.signer.sign(prepared.payload_type, prepared.document)
        done = home.session.call(
            stub.RecordObjection, pb.RecordObjectionRequest(envelope=envelope_to_pb(envelope))
        )
    assert done.case == run.case.name
    for office in stage.offices:
        view = await_state(office, run, "agreed")
        assert view.objections == (statement_id(prepared.payload_type, prepared.document),)


def withdraw_though_killed(stage: Stage, run: OpenCase, capsys: pytest.CaptureFixture[str]) -> None:
    """Spain dies with the withdrawal committed and unanswered, France as it is told."""
    with (
        dying(stage, "ES", "batch.committed") as spain,
        dying(stage, "FR", "inbox.committed") as fr,
    ):
        persist(lambda: withdrawn(stage, run))
        assert spain.wait(PATIENCE)
        assert fr.wait(PATIENCE)
    for office in stage.offices:
        notices = await_notices(
            office, run.case.name, lambda found: len(found) == 2 and are_answered(found)
        )
        (end,) = [one for one in notices if one.kind == "withdrawal"]
        assert [(one.jurisdiction, one.effect) for one in end.answers] == [
            ("ES", "kept"),
            ("FR", "kept"),
        ]
        assert all(one.citation for one in end.answers)
    profile = stage.layout.profiles["es-agency-inss"]
    told = json.loads(say(capsys, "notices", run.case.name, "--json", "--profile", profile))
    assert {one["kind"] for one in told} == {"correction", "withdrawal"}


def withdrawn(stage: Stage, run: OpenCase) -> None:
    with open_home(stage.layout.profiles["es-portal"], stage.outside) as home:
        rosa = sign_in(home, stage.layout.root / KEY_FILE)
        withdraw(rosa, run.consent)
