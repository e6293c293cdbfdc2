"""Two institutions of one country: each decides on its own periods, and none counts twice."""

from dataclasses import replace

import pytest

from portability.consent.payload_types import TEMPLATE_TYPE
from portability.consent.scope import Party
from portability.core.periods import Branch
from portability.ledger.directory import KeyPurpose
from portability.ledger.envelope import payload_type, statement_id
from portability.ledger.keys import Ed25519Signer
from portability.recognition.case import CaseState
from portability.recognition.statements import Correction, Determination
from portability.wire.record import record_to_payload
from portability.wire.statement import statement_from_payload, statement_to_payload, type_of
from tests.integration.recognition import world
from tests.integration.recognition.test_corrections import preview, shorter
from tests.integration.recognition.world import AT_CNAV, AT_INSS, Federation, Rosa, consent
from tests.unit.consent.world import TEMPLATE_BYTES, entry, institution

pytestmark = pytest.mark.asyncio

AT_MUFACE = Party(jurisdiction="ES", institution="muface")
AT_MSA = Party(jurisdiction="FR", institution="msa")
DETERMINATION_TYPE = payload_type("determination", "protobuf")
CORRECTION_TYPE = payload_type("correction", "protobuf")
MUFACE = Ed25519Signer(bytes([78]) * 32)
MSA = Ed25519Signer(bytes([77]) * 32)


@pytest.fixture(autouse=True)
def _with_two_in_each(monkeypatch: pytest.MonkeyPatch) -> None:
    known = world.FEDERATION
    more_keys = (("FR", "msa", MSA), ("ES", "muface", MUFACE))
    wider = replace(
        known,
        institutions=(
            *known.institutions,
            *(institution(code, name, Branch.OLD_AGE) for code, name, _ in more_keys),
        ),
        entries=(
            *known.entries,
            *(entry(code, name, KeyPurpose.INSTITUTION, key) for code, name, key in more_keys),
        ),
    )
    monkeypatch.setattr(world, "FEDERATION", wider)
    more = b'[[provider]]\nnode = "FR"\ninstitution = "msa"\n\n[caps]'
    template = TEMPLATE_BYTES.replace(b"[caps]", more, 1)
    monkeypatch.setattr(world, "TEMPLATE_BYTES", template)
    monkeypatch.setattr(world, "TEMPLATE_ID", statement_id(TEMPLATE_TYPE, template))


def act_as_msa(federation: Federation, monkeypatch: pytest.MonkeyPatch) -> None:
    """What follows in France is done by MSA."""
    monkeypatch.setitem(world.SIGNERS, "FR", MSA)
    federation.france.institution = AT_MSA


async def test_the_periods_of_a_country_are_shared_between_its_institutions_and_not_doubled(
    federation: Federation, rosa: Rosa, monkeypatch: pytest.MonkeyPatch
) -> None:
    spain, france = federation.nodes
    old, *_ = await france.insure(rosa.at_france, 1990, 1991, 1992, 1993)
    await spain.insure(rosa.at_spain, 2005, 2006)
    with monkeypatch.context() as other:
        act_as_msa(federation, other)
        await france.insure(rosa.at_france, 1993, 1994, 1995)  # both were told of 1993
    france.institution = AT_CNAV
    given = await consent(federation, rosa, providers=(AT_CNAV, AT_MSA, AT_INSS))
    opened = await spain.open_case(rosa.at_spain, AT_CNAV, AT_MSA)
    await spain.ask(opened, given)
    request = spain.history_request(
        opened, given, recipient=AT_MSA, person_reference=opened.person_references[1]
    )
    await spain.submit(type_of(request), statement_to_payload(request))
    await federation.settle()
    case = opened.case.name
    assert await spain.state(case) is CaseState.AGREED

    decided = {}
    for name, act in (("inss", spain), ("cnav", france)):
        decided[name] = (await act.determine(case, theoretical=90_000)).payload
    act_as_msa(federation, monkeypatch)
    decided["msa"] = (await france.determine(case, theoretical=90_000)).payload
    await federation.settle()
    assert await france.state(case) is CaseState.CLOSED

    said = {}
    for name, payload in decided.items():
        one = statement_from_payload(DETERMINATION_TYPE, payload)
        assert isinstance(one, Determination)
        said[name] = one
    assert {one.total for one in said.values()} == {72 + 24}
    assert said["inss"].own == 24
    assert said["cnav"].own + said["msa"].own == 72, "six French years, of which one was told twice"
    assert {said["cnav"].own, said["msa"].own} == {48, 24}
    shares = [one.pro_rata for one in said.values()]
    assert sum(share.minor for share in shares if share is not None) == 90_000

    federation.france.institution = AT_CNAV  # a look at a correction counts as the decisions did
    payload = record_to_payload(shorter(france, rosa.at_france, old, 1990))
    (seen,) = await preview(france, rosa.at_france, payload)
    assert not [one for one in seen.notes if "more than is known" in one]
    changed = {one.place: (one.before, one.after) for one in seen.changes}
    before = {str(name): str(said[name].payable) for name in ("cnav", "msa")}
    for name in ("cnav", "msa"):
        assert changed[f"FR/{name}.payable"][0] == before[name]
    as_decided = changed["FR/cnav.payable"]
    by_law = await preview(france, rosa.at_france, payload, theoretical=120_000)
    changed = {one.place: (one.before, one.after) for one in by_law[0].changes}
    assert changed["FR/cnav.payable"][0] == as_decided[0], "what it pays is what it has decided"
    assert changed["FR/cnav.payable"][1] != as_decided[1], "by what national law gives then"
    assert changed["FR/cnav.theoretical"] == ("900.00 EUR", "1200.00 EUR")
    assert changed["FR/msa.payable"][0] == before["msa"], "of others as it was decided"


async def test_an_only_institution_of_a_country_decides_on_all_of_its_periods(
    federation: Federation, rosa: Rosa
) -> None:
    spain, france = federation.nodes
    await france.insure(rosa.at_france, 1990, 1991)
    await spain.insure(rosa.at_spain, 2005)
    opened = await spain.open_case(rosa.at_spain, AT_CNAV)
    await spain.ask(opened, await consent(federation, rosa))
    await federation.settle()
    payload = (await france.determine(opened.case.name, theoretical=90_000)).payload
    one = statement_from_payload(DETERMINATION_TYPE, payload)
    assert isinstance(one, Determination)
    assert (one.own, one.total) == (24, 36)


async def test_a_correction_reaches_the_lead_also_when_another_institution_spoke_there_last(
    federation: Federation, rosa: Rosa, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That one's key is not the lead's: the gate took the lead for a stranger."""
    spain, france = federation.nodes
    (old,) = await france.insure(rosa.at_france, 1990)
    await spain.insure(rosa.at_spain, 2005)
    opened = await spain.open_case(rosa.at_spain, AT_CNAV, AT_MUFACE)
    await spain.ask(opened, await consent(federation, rosa))
    await federation.settle()
    monkeypatch.setitem(world.SIGNERS, "ES", MUFACE)
    spain.institution = AT_MUFACE
    federation.clock.advance(seconds=60)
    await spain.determine(opened.case.name, theoretical=90_000)
    await federation.settle()

    record = shorter(france, rosa.at_france, old, 1990)
    (seen,) = await preview(france, rosa.at_france, record_to_payload(record))
    said = statement_from_payload(CORRECTION_TYPE, seen.payload)
    assert isinstance(said, Correction)
    assert len(said.added) == 1
    assert not said.held_back
