"""A node that is stopped while records stream in: nothing that it took is unanswered or lost."""

import signal
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import grpc
import pytest

from agents.agency.imported import ImportedRow, PersonIdentifier
from agents.agency.persons import enrol_person
from agents.agency.records import SignedRow, _request, list_records, sign_rows, submit_rows
from portability.cli.stage import Stage
from portability.core.periods import Period, PeriodType
from portability.errors import MaintenanceError, PeerUnavailableError
from portability.ledger.envelope import statement_id
from portability.v1 import records_service_pb2 as pb
from portability.v1.records_service_pb2_grpc import RecordsServiceStub
from tests.e2e.case_run import running_federation

NUMBER = PersonIdentifier(jurisdiction="FR", value="2 85 05 78 006 084")
YEARS = range(1950, 2010)
OF_ONE_BATCH = 3
AFTER = 4
UNANSWERED = 3


def months(stage: Stage, person: str) -> list[SignedRow]:
    """One record for each year, signed by CNAV."""
    rows = [
        ImportedRow(
            place=f"row {year}",
            period=Period(
                id="",
                jurisdiction="FR",
                institution=stage.cnav.party.institution,
                type=PeriodType.COMPULSORY_EMPLOYED,
                start=date(year, 1, 1),
                end=date(year, 12, 31),
            ),
        )
        for year in YEARS
    ]
    return sign_rows(stage.cnav, person, rows)


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_a_stopped_node_has_exactly_what_it_answered_and_takes_the_rest_later(
    tmp_path: Path, engine: str, request: pytest.FixtureRequest
) -> None:
    urls = {}
    if engine == "postgresql":
        server = request.getfixturevalue("postgres_server")
        urls = {"FR": server.create_database()[1]}
    with running_federation(tmp_path / "federation", urls) as stage:
        person = enrol_person(stage.cnav, NUMBER, "substantial")
        rows = months(stage, person)
        batches = [rows[at : at + OF_ONE_BATCH] for at in range(0, len(rows), OF_ONE_BATCH)]
        answered = stream_until_stopped(stage, person, batches)
        assert AFTER <= answered < len(batches)
        assert stage.nodes.await_end("FR", 60) == 0
        stage.nodes.start({"FR": stage.layout.nodes["FR"]})
        held = {one.id for one in list_records(stage.cnav, person)}
        assert held == {ident(row) for batch in batches[:answered] for row in batch}
        rest = [row for batch in batches[answered:] for row in batch]
        submit_rows(stage.cnav, person, rest)
        held = {one.id for one in list_records(stage.cnav, person)}
        assert held == {ident(row) for row in rows}


def stream_until_stopped(stage: Stage, person: str, batches: list[list[SignedRow]]) -> int:
    """Stop the node after some answers, and go on sending; how many batches it has answered."""
    process = stage.nodes.node("FR").process
    answered = 0
    has_ended = False

    def requests() -> Iterator[pb.SubmitRecordsRequest]:
        for position, batch in enumerate(batches):
            while position > answered + UNANSWERED and not has_ended:
                stage.outside.sleep(0.005)
            if has_ended:
                return
            yield _request(stage.cnav, person, batch, keep_good=False)

    def read_answers() -> None:
        nonlocal answered
        stub = RecordsServiceStub(stage.cnav.session.channel)
        for _ in stub.SubmitRecords(requests(), timeout=60):
            answered += 1
            if answered == AFTER:
                process.send_signal(signal.SIGTERM)
                stage.outside.sleep(0.5)  # so that it does not answer all of them meanwhile

    with pytest.raises(grpc.RpcError) as raised:
        read_answers()
    has_ended = True
    told = stage.cnav.session.describe(raised.value)
    assert isinstance(told, MaintenanceError), told.message
    assert isinstance(told, PeerUnavailableError), "whoever knows no maintenance tries again"
    assert "the node is being stopped" in told.message
    return answered


def ident(row: SignedRow) -> bytes:
    return statement_id(row.envelope.payload_type, row.envelope.payload)
