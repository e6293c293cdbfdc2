"""The national facts of a decision: signed with it, kept at home, and computed with again."""

from dataclasses import replace
from datetime import timedelta

import pytest

from agents.auditor.replay import Follows, replay
from agents.auditor.verification import examine_bundle
from portability.core.periods import Duration
from portability.errors import InvalidInputError, PortabilityError
from portability.ledger.envelope import sign_envelope, statement_id
from portability.recognition.case import CaseState
from portability.recognition.stated_facts import (
    FACTS_TYPE,
    read_stated_facts,
    write_stated_facts,
)
from portability.recognition.statements import Determination
from portability.store import log, persons
from portability.v1 import recognition_service_pb2 as pb
from portability.wire.envelope import envelope_to_pb
from portability.wire.record import declared_to_pb
from portability.wire.statement import case_statement_from_payload
from tests.integration.recognition.bundles import TRUST, bundle_of
from tests.integration.recognition.stating import hand_in, prepare
from tests.integration.recognition.test_delivery import start
from tests.integration.recognition.world import AT_CNAV, SIGNERS, Federation, Node, Rosa, consent

pytestmark = pytest.mark.asyncio

SET_OFF = b"""
residence = "FR"
[[other_benefit]]
name = "survivor's pension"
jurisdiction = "CH"
amount = "20.00 EUR"
kind = "different"
reduces = ["FR"]
"""
SCHEME_PACK = b"""
[scheme.FR]
unit = "months"
independent = "300.00 EUR"
theoretical = "900.00 EUR"
"""


def followed(files: dict[str, bytes], node: Node, case: str) -> dict[str, tuple[Follows, str]]:
    """What replaying a bundle says of each decision in it, by who made it."""
    examined = examine_bundle(files, TRUST, node.clock())
    told = replay(examined.found, case.removeprefix("cases/"), {})
    return {one.by: (one.follows, one.why) for one in told.steps if one.kind == "determination"}


async def test_a_decision_is_computed_again_where_its_facts_are_and_nobody_else_has_them(
    federation: Federation, rosa: Rosa
) -> None:
    spain, france = federation.nodes
    case = (await start(federation, rosa)).case.name
    await federation.settle()
    prepared = await prepare(france, case, facts=SET_OFF, scheme_pack=SCHEME_PACK)
    decision = case_statement_from_payload(prepared.payload_type, prepared.payload)
    assert isinstance(decision, Determination)
    assert decision.facts == statement_id(FACTS_TYPE, prepared.facts_payload)
    assert any("Art 55" in article for article in decision.basis)
    stated = read_stated_facts(prepared.facts_payload)
    assert [one.text.encode() for one in stated.documents] == [SET_OFF, SCHEME_PACK]
    assert stated.nonce != decision.header.salt, "the decision's own salt is known to every party"
    await hand_in(france, prepared)
    await hand_in(france, prepared)
    await spain.determine(case, theoretical=120_000)
    await federation.settle()
    assert await france.state(case) is await spain.state(case) is CaseState.CLOSED

    file = f"statements/{decision.facts.hex()}.json"
    for role in ("auditor/tcu", "agency/cnav"):
        files = await bundle_of(france, case, role)
        assert file in files
        verdict, why = followed(files, france, case)["FR/cnav"]
        assert (verdict, "every number computed again" in why) == (Follows.YES, True), why
    for role in ("auditor/tcu", "agency/inss"):
        files = await bundle_of(spain, case, role)
        assert file not in files
        verdict, why = followed(files, spain, case)["FR/cnav"]
        assert (verdict, "which stay at FR" in why) == (Follows.UNKNOWN, True), why
    async with france.database.read() as connection:
        person = await persons.find_person(connection, rosa.at_france)
        assert person is not None
        rows = await log.list_person_statements(
            connection, france.database.vault, person=person.id, kind="national-facts", limit=9
        )
    assert [row.statement_id for row in rows] == [decision.facts], "once, and under her key"


async def test_facts_and_decision_are_taken_together_and_of_one_institution_only(
    federation: Federation, rosa: Rosa
) -> None:
    spain, france = federation.nodes
    case = (await start(federation, rosa)).case.name
    await federation.settle()
    prepared = await prepare(france, case, scheme_pack=SCHEME_PACK)
    other = await prepare(france, case, scheme_pack=SCHEME_PACK)
    decision = sign_envelope(prepared.payload_type, prepared.payload, SIGNERS["FR"])
    stated = read_stated_facts(prepared.facts_payload)
    elsewhere = write_stated_facts(replace(stated, case_id="9" * 32))

    async def submit(payload: bytes | None, signer: str = "FR") -> None:
        request = pb.SubmitStatementRequest(envelope=envelope_to_pb(decision))
        if payload is not None:
            signed = sign_envelope(FACTS_TYPE, payload, SIGNERS[signer])
            request.facts.CopyFrom(envelope_to_pb(signed))
        await france.cases.recognition.SubmitStatement(request, france.agency)

    with pytest.raises(InvalidInputError, match="hand them in with it"):
        await submit(None)
    with pytest.raises(InvalidInputError, match="not those of the determination"):
        await submit(other.facts_payload)
    with pytest.raises(InvalidInputError, match="not those of the determination"):
        await submit(elsewhere)
    with pytest.raises(PortabilityError, match="signed by 0 of the trusted keys"):
        await submit(prepared.facts_payload, "ES")
    assert (await france.case(case)).state == pb.CASE_STATE_AGREED
    await submit(prepared.facts_payload)

    unnamed = await spain.determine(case, theoretical=120_000)
    assert not unnamed.facts_payload
    said = case_statement_from_payload(unnamed.payload_type, unnamed.payload)
    assert isinstance(said, Determination)
    assert not said.facts, "software that states no facts goes on as ever"


async def test_bounds_of_a_provisional_decision_are_computed_again(
    federation: Federation, rosa: Rosa
) -> None:
    spain, france = federation.nodes
    await spain.insure(rosa.at_spain, *range(2005, 2015))
    opened = await spain.open_case(rosa.at_spain, AT_CNAV)
    france.wires["ES"].trouble = spain.wires["FR"].trouble = lambda: "lost"
    await spain.ask(opened, await consent(federation, rosa))
    await spain.cases.driver.work_through()
    for days in (61, 30, 30, 30):
        federation.clock.now += timedelta(days=days)
        await spain.cases.driver.work_through()
    case = opened.case.name
    assert await spain.state(case) is CaseState.PROVISIONAL
    scheme = pb.SchemeFacts(unit="months")
    scheme.theoretical.minor_units, scheme.theoretical.currency = 90_000, "EUR"
    prepared = await prepare(
        spain, case, scheme=scheme, missing_at_most=declared_to_pb(Duration(years=10))
    )
    await hand_in(spain, prepared)
    ((verdict, why),) = followed(await bundle_of(spain, case), spain, case).values()
    assert verdict is Follows.YES, why
    assert "between 450.00 EUR and 900.00 EUR" in why
