"""
A peer that lies, as a process of its own over mutual TLS: each lie is caught and is the liar's.

France runs the real node with one step changed; Spain and both offices are honest.
"""

import sqlite3
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from agents.agency.cases import Opening, get_case, list_statements, open_case, submit
from agents.agency.exports import fetch_bundle, verify_case
from agents.agency.office import Office
from agents.agency.omissions import list_incomplete_answers
from agents.auditor.main import status as auditor
from agents.auditor.report import Report
from agents.exits import NOT_HELD
from agents.migrant.person import open_home, sign_in, withdraw
from portability.cli.demo import set_stage
from portability.cli.federation import make_federation
from portability.cli.processes import NodeProcesses, node_command
from portability.cli.stage import AGREEMENT, CLAIM_DATE, Stage, await_case, rosas_case
from portability.cli.story_consent import KEY_FILE
from portability.core.periods import Branch
from portability.recognition.statements import (
    CaseStatement,
    Countersignature,
    HistoryOutcome,
    HistoryResponse,
    NoticeAnswer,
    Reconciliation,
)
from tests.e2e import lying_node
from tests.e2e.case_run import PATIENCE, OpenCase, persist


@contextmanager
def with_a_liar(root: Path, lie: Path) -> Iterator[Stage]:
    layout = make_federation(root)

    def command(config: Path) -> Sequence[str]:
        if config != layout.nodes["FR"]:
            return node_command(config)
        return [sys.executable, "-m", "tests.e2e.lying_node", str(config), str(lie)]

    with NodeProcesses(command) as nodes:
        nodes.start(layout.nodes)
        with set_stage(layout, nodes) as stage:
            yield stage


class Lies:
    """One case after the other, in each of which France lies as it is told."""

    def __init__(self, stage: Stage, run: OpenCase, lie: Path) -> None:
        self.stage = stage
        self.run = run
        self._lie = lie

    def tell(self, name: str) -> None:
        self._lie.write_text(name, encoding="utf-8")

    def open(self) -> str:
        """Another case of Rosa's, not asked yet."""
        opening = Opening(
            person=self.run.histories.persons["ES"],
            branch=Branch.OLD_AGE,
            agreement=AGREEMENT,
            claim_date=CLAIM_DATE,
            award_date=rosas_case().award_date,
            participants=(self.stage.cnav.party,),
        )
        self.run.case = open_case(self.stage.inss, opening).case
        return self.run.case.name

    def ask(self) -> None:
        envelope = self.run.request()
        persist(lambda: submit(self.stage.inss, envelope))

    def agreed(self, case: str) -> None:
        await_case(self.stage.inss, case, lambda one: one.state == "agreed")

    def verdict(self, office: Office, case: str) -> Report:
        return verify_case(office, fetch_bundle(office, case))


def leaves_out_a_record(lies: Lies, capsys: pytest.CaptureFixture[str]) -> None:
    """
    Nobody can see it in the case; a look at what France holds of Rosa proves it, and Spain notices
    by itself once France answers with the record.
    """
    stage, case = lies.stage, lies.run.case.name
    lies.tell(lying_node.OMITS)
    lies.ask()
    lies.agreed(case)
    assert lies.verdict(stage.inss, case).verified
    person, folder = lies.run.histories.persons["FR"], str(stage.layout.root / "surfaced")
    profile = ["--profile", str(stage.layout.profiles["fr-auditor"])]
    capsys.readouterr()
    assert auditor(["export", person, folder, "--json", *profile]) == NOT_HELD
    told = capsys.readouterr().out
    assert "FR says that its list is complete at" in told
    assert "leaves out the record" in told
    assert list_incomplete_answers(stage.inss, case) == []
    lies.tell("")
    lies.ask()
    until(lambda: list_incomplete_answers(stage.inss, case) != [])
    (found,) = list_incomplete_answers(stage.inss, case)
    assert (str(found.institution), found.is_proven) == ("FR/cnav", True)


def says_again_what_it_said(lies: Lies) -> None:
    """What is there already changes nothing, in that case or any other."""
    stage, before = lies.stage, lies.run.case.name
    until(lambda: both_results_are_countersigned(stage, before))
    count = len(said(stage, before))
    lies.tell(lying_node.REPLAYS)
    case = lies.open()
    lies.ask()
    lies.agreed(case)
    assert len(said(stage, before)) == count
    assert lies.verdict(stage.inss, case).verified
    assert refused_by(stage) == []


def changes_what_was_signed(lies: Lies) -> None:
    """Spain keeps what came, with the reason, and whose node had brought it."""
    stage = lies.stage
    lies.tell(lying_node.ALTERS)
    case = lies.open()
    lies.ask()
    until(lambda: refused_by(stage) != [])
    assert {(peer, reason) for peer, reason in refused_by(stage)} == {("FR", "PROOF_INVALID")}
    assert get_case(stage.inss, case).state == "collecting"


def answers_after_the_withdrawal(lies: Lies) -> None:
    """
    What comes then is erased on arrival. That it came after the withdrawal both bundles show: by
    what France itself had signed, and in its own log.
    """
    stage = lies.stage
    lies.tell(lying_node.WAITS)
    case = lies.open()
    lies.ask()
    with open_home(stage.layout.profiles["es-portal"], stage.outside) as home:
        withdraw(sign_in(home, stage.layout.root / KEY_FILE), lies.run.consent)
    until(lambda: any(map(is_french_answer, said(stage, case))))
    time.sleep(1)  # statements tell seconds: in the same one they might have crossed
    lies.tell(lying_node.DARES)
    until(lambda: any(isinstance(one, HistoryResponse) for one in said(stage, case)))
    (answer,) = [one for one in said(stage, case) if isinstance(one, HistoryResponse)]
    assert answer.outcome is HistoryOutcome.RECORDS, "it dared"
    until(lambda: any(isinstance(one, NoticeAnswer) and one.ceased for one in said(stage, case)))
    assert get_case(stage.inss, case).state not in {"agreed", "reconciling"}
    for office, cause in (
        (stage.inss, "FR/node had answered before that the permission had ended"),
        (stage.cnav, "the end of the permission stands before it in its own log"),
    ):
        report = lies.verdict(office, case)
        faults = [one for one in report.statements if one.fault is not None]
        assert {one.signer for one in faults} == {"FR/node"}
        assert cause in {one.fault.cause for one in faults if one.fault is not None}


def is_french_answer(one: CaseStatement) -> bool:
    return isinstance(one, NoticeAnswer) and one.header.sender.jurisdiction == "FR"


def said(stage: Stage, case: str) -> list[CaseStatement]:
    return [one.content for one in list_statements(stage.inss, case)]


def both_results_are_countersigned(stage: Stage, case: str) -> bool:
    """Of the answer with an omission and of the one without it: nothing is on its way any more."""
    kinds = [type(one) for one in said(stage, case)]
    return kinds.count(Reconciliation) == kinds.count(Countersignature) == 2


def refused_by(stage: Stage) -> list[tuple[str, str]]:
    """What Spain has set aside: from whom, and why."""
    database = sqlite3.connect(stage.layout.root / "ES" / "node.db")
    try:
        return database.execute("SELECT peer, reason FROM set_aside").fetchall()
    finally:
        database.close()


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it did not happen within a minute"
        time.sleep(0.1)


def test_whatever_a_peer_lies_about_is_caught_and_is_held_against_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lie = tmp_path / "lie"
    lie.write_text("", encoding="utf-8")
    with with_a_liar(tmp_path / "federation", lie) as stage:
        lies = Lies(stage, OpenCase(stage), lie)
        leaves_out_a_record(lies, capsys)
        says_again_what_it_said(lies)
        changes_what_was_signed(lies)
        answers_after_the_withdrawal(lies)
