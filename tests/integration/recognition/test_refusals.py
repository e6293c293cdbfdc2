"""What the gate refuses: always the same answer, the true cause on the receipt."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pytest

from portability.core.periods import Branch
from portability.errors import PreconditionError
from portability.recognition.case import CaseState
from portability.recognition.statements import HistoryOutcome, HistoryResponse
from portability.store import log, receipts
from portability.v1 import recognition_service_pb2 as pb
from portability.wire.log_entry import log_entry_from_bytes
from portability.wire.receipt import receipt_from_payload
from portability.wire.statement import case_statement_from_payload
from tests.integration.recognition.world import (
    AT_CNAV,
    Federation,
    Node,
    Rosa,
    consent,
    withdraw,
)
from tests.unit.consent.world import grant


@dataclass(frozen=True)
class Refused:
    """What the asking side can see of a refusal, and what only person and auditor see."""

    size: int
    shape: object
    statements: int
    cause: str


async def refused(federation: Federation, opened: pb.OpenCaseResponse, asked: bytes) -> Refused:
    await federation.settle()
    spain, france = federation.nodes
    assert await spain.state(opened.case.name) is CaseState.REFUSED
    said = await spain.statements(opened.case.name)
    answers = [
        (one.envelope.payload, content)
        for one in said
        if isinstance(
            content := case_statement_from_payload(one.envelope.payload_type, one.envelope.payload),
            HistoryResponse,
        )
    ]
    payload, answer = answers[-1]
    assert answer.outcome is HistoryOutcome.REFUSED
    bare = replace(
        answer,
        header=replace(
            answer.header, salt=b"", case_id="", predecessors=(), created=federation.clock()
        ),
    )
    return Refused(
        size=len(payload),
        shape=bare,
        statements=len(said),
        cause=await cause_at(france, asked),
    )


async def cause_at(node: Node, asked: bytes) -> str:
    async with node.database.read() as connection:
        rows = await receipts.list_receipts(connection, limit=100)
    (row,) = [one for one in rows if one.request == asked and one.is_local]
    assert row.outcome == "refused"
    proven = await node.prover.prove([row.statement_id])
    receipt = receipt_from_payload(proven[0].envelope.payload)
    return str(receipt.cause)


def seen(one: Refused, federation: Federation) -> tuple[object, ...]:
    shape = replace(one.shape, header=replace(one.shape.header, created=federation.clock()))
    return (one.size, shape, one.statements)


@pytest.mark.asyncio
async def test_without_consent_after_withdrawal_for_another_branch_and_for_a_stranger_alike(
    federation: Federation, rosa: Rosa
) -> None:
    spain, france = federation.nodes
    await france.insure(rosa.at_france, 1990)
    found: list[Refused] = []

    opened = await spain.open_case(rosa.at_spain, AT_CNAV)
    found.append(await refused(federation, opened, await spain.ask(opened)))

    given = await consent(federation, rosa)
    other_branch = await spain.open_case(rosa.at_spain, AT_CNAV, branch=Branch.SURVIVORS)
    asked = await spain.ask(other_branch, given)
    found.append(await refused(federation, other_branch, asked))

    await withdraw(federation, rosa, given)
    after = await spain.open_case(rosa.at_spain, AT_CNAV)
    found.append(await refused(federation, after, await spain.ask(after, given)))

    somebody = await spain.enrol("28/99999999-11")
    stranger = await spain.open_case(somebody, AT_CNAV)
    found.append(await refused(federation, stranger, await spain.ask(stranger)))

    made_up = await spain.open_case(rosa.at_spain, AT_CNAV)
    found.append(await refused(federation, made_up, await spain.ask(made_up, bytes([7]) * 32)))

    assert [one.cause for one in found] == [
        "no-permission",
        "branch-outside",
        "withdrawn",
        "no-permission",
        "no-permission",
    ]
    assert len({seen(one, federation) for one in found}) == 1


async def leaves(federation: Federation) -> list[list[str]]:
    """The kinds of all leaves, which every member can read, of both logs."""
    found = []
    for node in federation.nodes:
        async with node.database.read() as connection:
            entries = await log.read_log_entries(connection, 0, 10_000)
        found.append([log_entry_from_bytes(entry).kind for entry in entries])
    return found


@pytest.mark.asyncio
async def test_no_log_tells_refusals_of_like_requests_apart(
    federation: Federation, rosa: Rosa
) -> None:
    spain, france = federation.nodes
    await france.insure(rosa.at_france, 1990)
    somebody = await spain.enrol("28/99999999-11")
    given = await consent(federation, rosa)
    asked_for = [
        (rosa.at_spain, b"", Branch.OLD_AGE),
        (somebody, b"", Branch.OLD_AGE),
        (rosa.at_spain, given, Branch.SURVIVORS),
        (rosa.at_spain, given, Branch.OLD_AGE),
    ]
    added = []
    for person, permission, branch in asked_for:
        if branch is Branch.OLD_AGE and permission:
            await withdraw(federation, rosa, given)
        await federation.settle()
        before = await leaves(federation)
        opened = await spain.open_case(person, AT_CNAV, branch=branch)
        await refused(federation, opened, await spain.ask(opened, permission))
        after = await leaves(federation)
        added.append([new[len(old) :] for old, new in zip(before, after, strict=True)])
    assert all(kinds for logs in added for kinds in logs)
    assert added[0] == added[1]
    assert added[2] == added[3]


@pytest.mark.asyncio
async def test_a_refusal_leaves_a_receipt_with_the_person_at_home_and_at_the_provider(
    federation: Federation, rosa: Rosa
) -> None:
    spain, france = federation.nodes
    given = await consent(federation, rosa)
    await withdraw(federation, rosa, given)
    opened = await spain.open_case(rosa.at_spain, AT_CNAV)
    asked = await spain.ask(opened, given)
    await federation.settle()
    for node in (spain, france):
        async with node.database.read() as connection:
            rows = await receipts.list_receipts(connection, after=None, limit=10)
        assert [(one.request, one.outcome, one.is_local) for one in rows] == [
            (asked, "refused", node is france)
        ]
        assert rows[0].person is not None


@pytest.mark.asyncio
async def test_a_new_consent_after_a_refusal_lets_the_same_case_go_on(
    federation: Federation, rosa: Rosa
) -> None:
    spain, france = federation.nodes
    await france.insure(rosa.at_france, 1990)
    opened = await spain.open_case(rosa.at_spain, AT_CNAV)
    await spain.ask(opened)
    await federation.settle()
    assert await spain.state(opened.case.name) is CaseState.REFUSED
    given = await consent(federation, rosa)
    await spain.ask(opened, given)
    await federation.settle()
    assert await spain.state(opened.case.name) is CaseState.AGREED
    assert await france.state(opened.case.name) is CaseState.AGREED


@pytest.mark.asyncio
async def test_a_consent_is_used_up(federation: Federation, rosa: Rosa) -> None:
    spain, france = federation.nodes
    await france.insure(rosa.at_france, 1990)
    given = await consent(federation, rosa, max_uses=1)
    first = await spain.open_case(rosa.at_spain, AT_CNAV)
    await spain.ask(first, given)
    await federation.settle()
    assert await spain.state(first.case.name) is CaseState.AGREED
    second = await spain.open_case(rosa.at_spain, AT_CNAV)
    asked = await spain.ask(second, given)
    assert (await refused(federation, second, asked)).cause == "exhausted"


@pytest.mark.asyncio
async def test_an_answer_never_leaves_before_its_delay_and_a_refusal_waits_as_long(
    federation: Federation, rosa: Rosa
) -> None:
    spain, france = federation.nodes
    await france.insure(rosa.at_france, 1990)
    given = await consent(federation, rosa)
    waits = []
    for permission in (given, b""):
        opened = await spain.open_case(rosa.at_spain, AT_CNAV)
        await spain.ask(opened, permission)
        await spain.cases.outbox.turn("FR")
        before = france.wires["ES"].calls
        await france.cases.driver.work_through()
        pause = await france.cases.outbox.turn("ES")
        assert pause is not None
        assert france.wires["ES"].calls == before
        waits.append(timedelta(seconds=pause))
        await federation.settle()
    assert all(timedelta(milliseconds=250) <= one <= timedelta(milliseconds=1500) for one in waits)


@pytest.mark.asyncio
async def test_a_request_before_the_consent_begins_is_told_when_and_answered_then(
    federation: Federation, rosa: Rosa
) -> None:
    spain, france = federation.nodes
    await france.insure(rosa.at_france, 1990)
    now = federation.clock().replace(microsecond=0)
    given = await consent(
        federation, rosa, not_before=now + timedelta(hours=2), not_after=now + timedelta(days=20)
    )
    opened = await spain.open_case(rosa.at_spain, AT_CNAV)
    with pytest.raises(PreconditionError, match=r"in force from .* hand the request in then"):
        await spain.ask(opened, given)
    federation.clock.now += timedelta(hours=2)
    await spain.ask(opened, given)
    await federation.settle()
    assert await spain.state(opened.case.name) is CaseState.AGREED


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"from_date": date(1990, 7, 1)}, "period-outside"),
        ({"fields": ("period_type", "start_date", "end_date")}, "field-outside"),
        ({"from_date": date(2000, 1, 1)}, ""),
    ],
    ids=["half a record", "a stated field", "nothing there"],
)
async def test_who_may_show_nothing_of_what_was_asked_does_not_say_not_insured_here(
    federation: Federation, rosa: Rosa, changes: dict[str, Any], cause: str
) -> None:
    """Taken for no history the country would fall out of the case, and its years with it."""
    spain, france = federation.nodes
    await france.insure(rosa.at_france, 1990)
    await spain.insure(rosa.at_spain, 2005)
    opened = await spain.open_case(rosa.at_spain, AT_CNAV)
    asked = await spain.ask(opened, await consent(federation, rosa), **changes)
    if cause:
        assert (await refused(federation, opened, asked)).cause == cause
        return
    await federation.settle()
    (answer,) = [
        content
        for one in await spain.statements(opened.case.name)
        if isinstance(
            content := case_statement_from_payload(one.envelope.payload_type, one.envelope.payload),
            HistoryResponse,
        )
    ]
    assert answer.outcome is HistoryOutcome.NONE


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "years", [(), (1985,)], ids=["nothing anywhere", "before the days allowed"]
)
async def test_days_that_were_not_allowed_are_refused_alike_whatever_lies_in_them(
    federation: Federation, rosa: Rosa, years: tuple[int, ...]
) -> None:
    """By asking for ever other days one could find out what lies where nobody allowed to look."""
    spain, france = federation.nodes
    for year in years:
        await france.insure(rosa.at_france, year)
    await spain.insure(rosa.at_spain, 2005)
    opened = await spain.open_case(rosa.at_spain, AT_CNAV)
    given = await consent(federation, rosa, grants=(grant(from_date=date(1990, 7, 1)),))
    asked = await spain.ask(opened, given)  # from 1980 on
    assert (await refused(federation, opened, asked)).cause == "period-outside"
