"""Who held the files of a quarter: real cases of several persons, on both databases."""

import hashlib
from datetime import timedelta

import pytest

from portability.errors import InvalidInputError
from portability.ledger.keys import Ed25519Signer
from portability.recognition.case import CaseState
from portability.recognition.held_table import FEWEST
from portability.v1 import recognition_service_pb2 as pb
from tests.integration.recognition.world import (
    AT_CNAV,
    CallFrom,
    Federation,
    Node,
    Rosa,
    consent,
    enrol_rosa,
    sign_in,
)

AUDITOR = CallFrom("portability://ES/auditor/tcu")
OTHER_OFFICE = CallFrom("portability://ES/agency/sepe")


async def settle_case(federation: Federation, person: Rosa, days: int) -> str:
    """A case from request to closure, in which France takes so many days to decide."""
    spain, france = federation.nodes
    await france.insure(person.at_france, *range(1990, 2000))
    await spain.insure(person.at_spain, *range(2000, 2016))
    given = await consent(federation, await sign_in(federation, person))
    opened = await spain.open_case(person.at_spain, AT_CNAV)
    name = opened.case.name
    await spain.ask(opened, given)
    await federation.settle()
    federation.clock.now += timedelta(days=days)
    await france.determine(name, theoretical=150_000)
    await spain.determine(name, theoretical=120_000)
    await federation.settle()
    assert await spain.state(name) is CaseState.CLOSED
    return name


async def summary(
    node: Node, caller: object, year: int = 2026, quarter: int = 1
) -> pb.GetHeldSummaryResponse:
    return await node.cases.recognition.GetHeldSummary(
        pb.GetHeldSummaryRequest(year=year, quarter=quarter), caller
    )


def cells(answer: pb.GetHeldSummaryResponse) -> dict[tuple[str, str], pb.HeldCell]:
    return {(one.jurisdiction, one.step): one for one in answer.cells}


@pytest.mark.asyncio
async def test_a_quarter_is_told_once_it_is_over_and_only_of_enough_persons(
    federation: Federation, rosa: Rosa
) -> None:
    spain = federation.spain
    persons = [rosa]
    for number in range(1, FEWEST):
        key = Ed25519Signer(hashlib.sha256(f"person {number}".encode()).digest())
        persons.append(await enrol_rosa(federation, number, key))
    for days, person in enumerate(persons[:-1], start=1):
        await settle_case(federation, person, days)
    with pytest.raises(InvalidInputError, match="is not over"):
        await summary(spain, AUDITOR)
    few = spain.clock.now
    federation.clock.now += timedelta(days=60)
    found = await summary(spain, AUDITOR)
    assert found.fewest == FEWEST
    assert found.cells
    assert all(one.withheld for one in found.cells), "four persons are too few"
    assert not any(one.cases or one.median_seconds for one in found.cells)
    federation.clock.now = few
    await settle_case(federation, persons[-1], FEWEST)
    federation.clock.now += timedelta(days=60)
    told = cells(await summary(spain, AUDITOR))
    decision = told["FR", "determination"]
    assert (decision.withheld, decision.cases) == (False, FEWEST)
    assert decision.median_seconds // 86_400 == 3
    assert not decision.HasField("percentile_90_seconds")
    assert told["", ""].cases == FEWEST
    assert cells(await summary(spain, spain.agency)) == told, "INSS takes part in all of them"
    assert not (await summary(spain, OTHER_OFFICE)).cells
    assert not (await summary(spain, AUDITOR, 2025, 4)).cells
    in_france = cells(await summary(federation.france, CallFrom("portability://FR/auditor/cc")))
    assert in_france["FR", "determination"].cases == FEWEST
    for year, quarter in ((2026, 0), (2026, 5), (1999, 1), (9999, 1)):
        with pytest.raises(InvalidInputError):
            await summary(spain, AUDITOR, year, quarter)
