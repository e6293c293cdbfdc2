"""What was read of a delivery when it was verified is what the next step finds, and no longer."""

import pytest

from portability.node.cases.inputs import Received, _name_of, keep_received, received_records
from portability.node.cases.loading import LoadedCase, load_case
from portability.node.records.of_person import HeldRecord
from portability.store.exhibits import list_exhibit_places
from tests.integration.recognition.test_delivery import start
from tests.integration.recognition.world import Federation, Node, Rosa

pytestmark = pytest.mark.asyncio


async def received(node: Node, case: str) -> dict[bytes, HeldRecord]:
    async with node.database.read() as connection:
        loaded = await _load(node, case)
        return await received_records(connection, node.database.vault, loaded)


async def _load(node: Node, case: str) -> LoadedCase:
    async with node.database.read() as connection:
        loaded = await load_case(
            connection,
            node.database.vault,
            own=node.code,
            case_id=case.removeprefix("cases/"),
        )
    assert loaded is not None
    return loaded


async def test_records_handed_on_are_those_that_the_database_has(
    federation: Federation, rosa: Rosa
) -> None:
    opened = await start(federation, rosa)
    await federation.settle()
    for node, count in ((federation.spain, 2), (federation.france, 1)):
        handed_on = await received(node, opened.case.name)
        owner = (await _load(node, opened.case.name)).row.owner
        node.database.vault.kept.forget(owner)
        read_again = await received(node, opened.case.name)
        assert len(handed_on) == count
        assert read_again == handed_on
        assert all(read_again[i] is not one for i, one in handed_on.items())


async def test_nothing_is_handed_on_of_somebody_who_was_erased_meanwhile(
    federation: Federation, rosa: Rosa
) -> None:
    opened = await start(federation, rosa)
    await federation.settle()
    spain = federation.spain
    vault = spain.database.vault
    case_id = opened.case.name.removeprefix("cases/")
    record = next(iter((await received(spain, opened.case.name)).values()))
    loaded = await _load(spain, opened.case.name)
    async with spain.database.read() as connection:
        places = await list_exhibit_places(connection, case_id)
    read = {(one.statement_id, one.nonce): record for one in places}

    vault.fence(loaded.row.owner)
    keep_received(vault, case_id, read, owner=loaded.row.owner)

    names = [_name_of(case_id, one.statement_id, one.nonce) for one in places]
    assert names
    assert not any(vault.kept.find(name, Received) for name in names)
    async with spain.database.read() as connection:
        assert await received_records(connection, vault, loaded) == {}
