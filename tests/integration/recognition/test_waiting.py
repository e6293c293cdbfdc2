"""Whoever follows a case is told of the next statement in it, and of nobody else's."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from google.protobuf.duration_pb2 import Duration
from sqlalchemy import delete, update

from portability.errors import NotFoundError
from portability.store.schema import case_statements, persons
from portability.v1 import recognition_service_pb2 as pb
from tests.integration.recognition.world import AT_CNAV, CallFrom, Federation, Node, Rosa, consent

pytestmark = pytest.mark.asyncio


def following(
    node: Node, name: str, known: int, seconds: float
) -> "asyncio.Task[pb.GetCaseResponse]":
    wait = Duration()
    wait.FromTimedelta(timedelta(seconds=seconds))
    request = pb.GetCaseRequest(name=name, known_revision=known, wait=wait)
    return asyncio.ensure_future(node.cases.recognition.GetCase(request, node.agency))


async def test_who_follows_a_case_is_answered_by_the_next_statement(
    federation: Federation, rosa: Rosa
) -> None:
    spain, _ = federation.nodes
    opened = await spain.open_case(rosa.at_spain, AT_CNAV)
    name = opened.case.name
    first = await following(spain, name, known=7, seconds=20)
    assert first.revision == 0, "another revision than the known one is told at once"
    waits = following(spain, name, known=0, seconds=20)
    other = await spain.open_case(rosa.at_spain, AT_CNAV)
    waits_for_other = following(spain, other.case.name, known=0, seconds=0.05)
    await spain.ask(opened, await consent(federation, rosa))
    assert (await asyncio.wait_for(waits, 60)).revision == 1
    assert (await asyncio.wait_for(waits_for_other, 60)).revision == 0, "its time was over"


async def test_nobody_follows_a_case_of_others(federation: Federation, rosa: Rosa) -> None:
    spain, _ = federation.nodes
    opened = await spain.open_case(rosa.at_spain, AT_CNAV)
    request = pb.GetCaseRequest(name=opened.case.name, wait=Duration(seconds=20))
    stranger: Any = CallFrom("portability://ES/agency/imserso")
    with pytest.raises(NotFoundError):
        await spain.cases.recognition.GetCase(request, stranger)


async def test_who_follows_a_case_that_this_process_knows_is_told_what_its_database_says(
    federation: Federation, rosa: Rosa
) -> None:
    spain, _ = federation.nodes
    opened = await spain.open_case(rosa.at_spain, AT_CNAV)
    name = opened.case.name
    await spain.ask(opened, await consent(federation, rosa))
    known = await following(spain, name, known=0, seconds=20)
    waits = following(spain, name, known=known.revision, seconds=20)
    await asyncio.sleep(0)  # it has begun to wait, without a look
    async with spain.database.write() as connection:  # a backup from before was put in place
        await connection.execute(delete(case_statements))
    answer = await asyncio.wait_for(waits, 60)
    assert (known.revision, answer.revision) == (1, 0)


async def test_nobody_waits_for_a_case_that_was_erased_meanwhile(
    federation: Federation, rosa: Rosa
) -> None:
    spain, _ = federation.nodes
    opened = await spain.open_case(rosa.at_spain, AT_CNAV)
    await spain.ask(opened, await consent(federation, rosa))
    known = await following(spain, opened.case.name, known=0, seconds=20)
    waits = following(spain, opened.case.name, known=known.revision, seconds=20)
    async with spain.database.write() as connection:  # another process does
        await connection.execute(update(persons).values(wrapped_key=None))
    with pytest.raises(NotFoundError):
        await asyncio.wait_for(waits, 60)
    again = following(spain, opened.case.name, known=known.revision, seconds=20)
    with pytest.raises(NotFoundError):
        await asyncio.wait_for(again, 60)
