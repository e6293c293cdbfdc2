from collections import Counter
from pathlib import Path

import pytest

from agents.agency.determinations import determine
from agents.agency.exports import fetch_bundle, verify_case
from agents.agency.records import list_records
from portability.cli.stage import await_case, scheme_of
from tests.e2e.case_run import OpenCase, dying, persist, running_federation

ONCE = Counter(
    {
        "history-request": 1,
        "history-response": 1,
        "reconciliation": 1,
        "countersignature": 1,
        "determination": 2,
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
    *(("FR", point) for point in (*EVERYWHERE, "gate.decided", "batch.committed:2")),
    *(("ES", point) for point in (*EVERYWHERE, "batch.committed:3")),
]


@pytest.mark.parametrize(("jurisdiction", "point"), DEATHS)
def test_a_case_finishes_though_a_node_is_killed(
    jurisdiction: str, point: str, tmp_path: Path
) -> None:
    with running_federation(tmp_path / "federation") as stage:
        run = OpenCase(stage)
        with dying(stage, jurisdiction, point) as died:
            run.hand_in(run.request())
            assert died.wait(60), f"{jurisdiction} never reached {point}"
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


def test_both_nodes_killed_in_the_middle_of_a_case_finish_it(tmp_path: Path) -> None:
    with running_federation(tmp_path / "federation") as stage:
        run = OpenCase(stage)
        with (
            dying(stage, "FR", "outbox.sent") as france,
            dying(stage, "ES", "inbox.verified") as spain,
        ):
            run.hand_in(run.request())
            assert france.wait(60)
            assert spain.wait(60)
        for office in reversed(stage.offices):
            persist(
                lambda office=office: await_case(
                    office, run.case.name, lambda case: case.state == "agreed"
                )
            )
