"""What leaves, and what is said of it, where one side has lost its data and asks once more."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from portability.recognition.statements import (
    HistoryRequest,
    HistoryResponse,
    PermissionEnd,
    PermissionEnding,
)
from portability.v1 import federation_service_pb2 as federation_pb
from portability.wire.record import RECORD_TYPE
from tests.conftest import FixedClock
from tests.integration.recognition.test_delivery import finish
from tests.integration.recognition.test_erased_on_the_way import (
    difference,
)
from tests.integration.recognition.test_late_and_contested import said
from tests.integration.recognition.test_permission_ends import answers, asked, records_held
from tests.integration.recognition.test_recall import Past
from tests.integration.recognition.world import (
    AT_CNAV,
    Wire,
    consent,
    enrol_rosa,
    open_federation,
    withdraw,
)

pytestmark = pytest.mark.asyncio


def recalled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The types of all that France gives back with its own statements."""
    given: list[str] = []
    recall = Wire.recall

    async def hear(self: Wire, **places: int) -> federation_pb.RecallStatementsResponse:
        answer = await recall(self, **places)
        theirs = [one for one in answer.statements if not one.is_callers]
        given.extend(i.envelope.payload_type for one in theirs for i in one.delivery.exhibits)
        return answer

    monkeypatch.setattr(Wire, "recall", hear)
    return given


@pytest.fixture
def past(urls: dict[str, str], tmp_path: Path, request: pytest.FixtureRequest) -> Past:
    """Of the lead's database."""
    is_server = urls["ES"].startswith("postgresql")
    server = request.getfixturevalue("postgres_server") if is_server else None
    return Past({"FR": urls["ES"]}, tmp_path, server)


@pytest.mark.parametrize("is_decided", [False, True], ids=["undecided", "decided"])
async def test_a_lead_that_lost_its_data_gets_the_records_again_if_it_may_keep_them(
    urls: dict[str, str],
    clock: FixedClock,
    randomness: Callable[[int], bytes],
    past: Past,
    monkeypatch: pytest.MonkeyPatch,
    *,
    is_decided: bool,
) -> None:
    async with open_federation(urls, clock, randomness) as federation:
        rosa = await enrol_rosa(federation)
        case, given = await asked(federation, rosa)
    past.keep()
    async with open_federation(urls, clock, randomness) as federation:
        await federation.settle()
        if is_decided:
            await finish(federation, case)
        await withdraw(federation, rosa, given)
        await federation.settle()
        held = await records_held(federation.spain, case)
        assert held == (1 if is_decided else 0)
    past.bring_back()
    clock.now += timedelta(minutes=1)
    async with open_federation(urls, clock, randomness) as federation:
        spain = federation.spain
        given_back = recalled(monkeypatch)
        await spain.cases.recaller.compare("FR")
        await federation.settle()
        assert await records_held(spain, case) == held
        assert len(await said(spain, case, HistoryResponse)) == 1
        assert (await answers(spain, case))["ES"][0] == ("kept" if is_decided else "erased")
        assert await difference(federation.france) == ""
        assert (RECORD_TYPE in given_back) is is_decided


async def test_a_lead_that_lost_its_request_still_says_when_time_ends_the_permission(
    urls: dict[str, str], clock: FixedClock, randomness: Callable[[int], bytes], past: Past
) -> None:
    async with open_federation(urls, clock, randomness) as federation:
        spain = federation.spain
        rosa = await enrol_rosa(federation)
        opened = await spain.open_case(rosa.at_spain, AT_CNAV)
        given = await consent(federation, rosa)
    past.keep()
    async with open_federation(urls, clock, randomness) as federation:
        await federation.spain.ask(opened, given)
        await federation.settle()
    past.bring_back()
    clock.now += timedelta(minutes=1)
    async with open_federation(urls, clock, randomness) as federation:
        spain, case = federation.spain, opened.case.name
        await spain.cases.recaller.compare("FR")
        assert len(await said(spain, case, HistoryRequest)) == 1
        clock.now += timedelta(days=61)
        await federation.settle()
        (end,) = await said(spain, case, PermissionEnd)
        assert isinstance(end, PermissionEnd)
        assert end.how is PermissionEnding.EXPIRED
