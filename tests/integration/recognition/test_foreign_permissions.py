"""
Whoever names a consent that is not theirs gets none of it to see: its id is in the public log.

Neither in the institution's bundle of its own case, nor with the request at the node that is asked.
"""

from dataclasses import replace

import pytest
from sqlalchemy import delete

from portability.consent.scope import Party
from portability.core.periods import Branch
from portability.errors import ForbiddenError
from portability.ledger.directory import KeyPurpose
from portability.ledger.keys import Ed25519Signer
from portability.recognition.case import CaseState
from portability.recognition.statements import Reconciliation
from portability.store.cases import find_case
from portability.store.exhibits import list_cases_with
from portability.store.schema import pairwise_references
from tests.integration.recognition import world
from tests.integration.recognition.bundles import bundle_of
from tests.integration.recognition.test_delivery import start
from tests.integration.recognition.test_late_and_contested import said
from tests.integration.recognition.test_poison import only, say
from tests.integration.recognition.world import AT_CNAV, Federation, Rosa, consent, enrol_rosa
from tests.unit.consent.world import entry, institution

pytestmark = pytest.mark.asyncio

MUFACE = Ed25519Signer(bytes([78]) * 32)
SOMEBODY = Ed25519Signer(bytes([79]) * 32)


@pytest.fixture(autouse=True)
def _with_another_institution(monkeypatch: pytest.MonkeyPatch) -> None:
    known = world.FEDERATION
    wider = replace(
        known,
        institutions=(*known.institutions, institution("ES", "muface", Branch.OLD_AGE)),
        entries=(*known.entries, entry("ES", "muface", KeyPurpose.INSTITUTION, MUFACE)),
    )
    monkeypatch.setattr(world, "FEDERATION", wider)


async def check_unseen(federation: Federation, case: str, role: str, given: bytes) -> None:
    spain, france = federation.nodes
    await federation.settle()
    assert await spain.state(case) is CaseState.REFUSED
    for node, who in ((spain, role), (france, "agency/cnav")):
        files = await bundle_of(node, case, who)
        assert not [one for one in files if one.startswith("statements/") and given.hex() in one]
        async with node.database.read() as connection:
            assert await list_cases_with(connection, given) == []


async def test_an_institution_sees_no_consent_of_a_person_whose_case_it_is_not(
    federation: Federation, rosa: Rosa
) -> None:
    given = await consent(federation, rosa)
    other = await enrol_rosa(federation, 1, SOMEBODY)
    opened = await federation.spain.open_case(other.at_spain, AT_CNAV)
    await federation.spain.ask(opened, given)
    await check_unseen(federation, opened.case.name, "agency/inss", given)


async def test_an_institution_sees_no_consent_that_the_person_gave_to_another(
    federation: Federation, rosa: Rosa, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = await consent(federation, rosa)
    monkeypatch.setitem(world.SIGNERS, "ES", MUFACE)
    federation.spain.institution = Party(jurisdiction="ES", institution="muface")
    opened = await federation.spain.open_case(rosa.at_spain, AT_CNAV)
    await federation.spain.ask(opened, given)
    await check_unseen(federation, opened.case.name, "agency/muface", given)


async def test_whoever_asked_for_a_consent_has_it_in_the_bundle_of_its_case(
    federation: Federation, rosa: Rosa
) -> None:
    given = await consent(federation, rosa)
    opened = await federation.spain.open_case(rosa.at_spain, AT_CNAV)
    await federation.spain.ask(opened, given)
    await federation.settle()
    for node, who in ((federation.spain, "agency/inss"), (federation.france, "agency/cnav")):
        files = await bundle_of(node, opened.case.name, who)
        assert [one for one in files if one.startswith("statements/") and given.hex() in one]


async def test_a_result_that_names_the_record_of_another_person_shows_it_to_nobody(
    federation: Federation, rosa: Rosa
) -> None:
    """The node that leads may name any id of the other's public log as what its result rests on."""
    spain, france = federation.nodes
    other = await enrol_rosa(federation, 1, SOMEBODY)
    (theirs,) = await france.insure(other.at_france, 1995)
    case = (await start(federation, rosa)).case.name
    await federation.settle()
    _, result = await only(spain, case, Reconciliation)
    assert isinstance(result, Reconciliation)
    again = replace(
        result,
        header=replace(result.header, salt=spain.randomness(32)),
        inputs=tuple(sorted((*result.inputs, theirs))),
    )
    await say(spain, "FR", again)
    await federation.settle()
    assert len(await said(france, case, Reconciliation)) == 2
    for who in ("agency/cnav", "auditor/tcu"):
        files = await bundle_of(france, case, who)
        shown = {one.removeprefix("statements/").removesuffix(".json") for one in files}
        assert theirs.hex() not in shown
        assert shown.issuperset(one.hex() for one in result.inputs)


async def test_a_result_that_names_what_nobody_has_shown_shows_it_to_no_institution(
    federation: Federation, rosa: Rosa
) -> None:
    """It is of the same person; another institution issued it, and gave it to nobody."""
    spain, france = federation.nodes
    case = (await start(federation, rosa)).case.name
    await federation.settle()
    france.institution = Party(jurisdiction="FR", institution="carsat")
    (unshown,) = await france.insure(rosa.at_france, 2019)
    france.institution = AT_CNAV
    _, result = await only(spain, case, Reconciliation)
    assert isinstance(result, Reconciliation)
    again = replace(
        result,
        header=replace(result.header, salt=spain.randomness(32)),
        inputs=tuple(sorted((*result.inputs, unshown))),
    )
    await say(spain, "FR", again)
    await federation.settle()
    assert len(await said(france, case, Reconciliation)) == 2
    for who, sees in (("agency/cnav", False), ("auditor/tcu", True)):
        files = await bundle_of(france, case, who)
        shown = {one.removeprefix("statements/").removesuffix(".json") for one in files}
        assert (unshown.hex() in shown) is sees
        assert shown.issuperset(one.hex() for one in result.inputs if one != unshown)


async def test_to_an_ombudsperson_a_case_that_is_not_open_is_as_if_it_were_not_there(
    federation: Federation, rosa: Rosa
) -> None:
    spain, france = federation.nodes
    case = (await start(federation, rosa)).case.name
    await federation.settle()
    for node in (spain, france):
        words = set()
        for name in (case, "cases/" + "00" * 16):
            with pytest.raises(ForbiddenError, match="open an access") as refused:
                await bundle_of(node, name, "ombudsperson")
            words.add((refused.value.message, *refused.value.context.items()))
        assert len(words) == 1


async def test_an_ombudsperson_reads_no_case_of_somebody_who_is_not_known(
    federation: Federation, rosa: Rosa
) -> None:
    """No access can be opened to nobody; so nobody would learn that it was read."""
    spain, france = federation.nodes
    opened = await spain.open_case(rosa.at_spain, AT_CNAV)
    await spain.ask(opened)
    async with france.database.write() as connection:
        await connection.execute(delete(pairwise_references))
    await federation.settle()
    async with france.database.read() as connection:
        vault, case_id = france.database.vault, opened.case.name.removeprefix("cases/")
        row = await find_case(connection, vault, case_id)
    assert row is not None
    assert (row.person, row.content is None) == (None, False)
    with pytest.raises(ForbiddenError, match="open an access"):
        await bundle_of(france, opened.case.name, "ombudsperson")
