"""A case that was replayed before is gone on from as it stands, also where others wrote in it."""

import pytest

from portability.node.cases.loading import LoadedCase, load_case
from portability.store.agreements import add_text, put_case_under
from portability.store.engine import Connection, Database, open_database
from tests.integration.recognition.world import AT_CNAV, Federation, Rosa, consent
from tests.integration.store.samples import CONTENT, open_case

pytestmark = pytest.mark.asyncio


async def load(database: Database, case_id: str) -> LoadedCase:
    async with database.read() as connection:
        found = await load_case(connection, database.vault, own="ES", case_id=case_id)
    assert found is not None
    return found


async def test_a_process_that_knew_a_case_sees_what_another_has_written_in_it(
    federation: Federation, rosa: Rosa, urls: dict[str, str]
) -> None:
    spain, france = federation.nodes
    await france.insure(rosa.at_france, 1990, 1991)
    opened = await spain.open_case(rosa.at_spain, AT_CNAV)
    case_id = opened.case.name.removeprefix("cases/")
    other = await open_database(
        urls["ES"],
        wrapping_key=bytes(range(32)),
        index_key=bytes(range(32, 64)),
        randomness=spain.randomness,
    )
    try:
        assert (await load(other, case_id)).listed == ()
        await spain.ask(opened, await consent(federation, rosa))
        asked = await load(other, case_id)
        await federation.settle()
        agreed = await load(other, case_id)
    finally:
        await other.close()
    assert len(asked.listed) == 1
    assert agreed.listed[:1] == asked.listed
    afresh = await load(spain.database, case_id)
    assert (agreed.case, agreed.listed, agreed.held) == (afresh.case, afresh.listed, afresh.held)
    spain.database.vault.kept.forget(afresh.row.owner)
    assert (await load(spain.database, case_id)).case == agreed.case


class _RefusedError(Exception):
    """The first statement of a case was refused after all."""


async def test_a_case_that_was_not_opened_after_all_lends_its_text_to_no_other_of_its_id(
    federation: Federation,
) -> None:
    database = federation.spain.database
    case_id = "0b" * 16

    async def open_under(connection: Connection, text: bytes) -> bytes:
        digest = text.rjust(32, b"-")
        await open_case(connection, database.vault, case_id)
        await add_text(connection, digest=digest, agreement=CONTENT.agreement, source=text)
        await put_case_under(connection, case_id, digest)
        loaded = await load_case(connection, database.vault, own="ES", case_id=case_id)
        assert loaded is not None
        return loaded.source

    async def refuse_after_all() -> None:
        async with database.write() as connection:
            assert await open_under(connection, b"the text before") == b"the text before"
            raise _RefusedError

    with pytest.raises(_RefusedError):
        await refuse_after_all()
    async with database.write() as connection:
        assert await open_under(connection, b"another text") == b"another text"
    assert (await load(database, case_id)).source == b"another text"


async def test_cases_under_one_text_have_one_copy_of_it_in_memory(federation: Federation) -> None:
    database = federation.spain.database
    case_ids = ("0c" * 16, "0d" * 16)
    digest = bytes(32)
    async with database.write() as connection:
        await add_text(connection, digest=digest, agreement=CONTENT.agreement, source=b"one text")
        for case_id in case_ids:
            await open_case(connection, database.vault, case_id)
            await put_case_under(connection, case_id, digest)
    first, second = [(await load(database, case_id)).source for case_id in case_ids]
    assert first == b"one text"
    assert first is second
