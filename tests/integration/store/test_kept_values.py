"""What was opened before is given again only while the database has it, whoever erased it."""

from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio
from sqlalchemy import update

from portability.store import cases, log
from portability.store.engine import Database, open_database
from portability.store.schema import statements
from tests.conftest import NOW
from tests.integration.conftest import INDEX_KEY, WRAPPING_KEY
from tests.integration.store.samples import enrol, erase, new_row, open_case, statement_id

pytestmark = pytest.mark.asyncio

CASE = "0a" * 16


@pytest_asyncio.fixture
async def other(
    database: Database, database_url: str, randomness: Callable[[int], bytes]
) -> AsyncIterator[Database]:
    """Another process on the same database, with a memory of its own."""
    opened = await open_database(
        database_url, wrapping_key=WRAPPING_KEY, index_key=INDEX_KEY, randomness=randomness
    )
    yield opened
    await opened.close()


async def read(database: Database) -> dict[bytes, log.StoredStatement]:
    async with database.read() as connection:
        return await log.read_statements(
            connection, database.vault, [statement_id(0), statement_id(1)]
        )


async def store_two(database: Database) -> int:
    async with database.write() as connection:
        person = (await enrol(connection, database.vault)).id
        rows = [new_row(0, person=person), new_row(1, person=person)]
        await log.insert_statements(connection, database.vault, rows, tree_size=2, now=NOW)
    return person


async def test_what_was_read_before_is_read_the_same_again(database: Database) -> None:
    await store_two(database)
    first = await read(database)
    assert await read(database) == first
    assert first[statement_id(1)].envelope == new_row(1).envelope


async def test_what_was_just_stored_is_given_as_the_database_has_it(
    database: Database, other: Database
) -> None:
    async with database.write() as connection:
        person = (await enrol(connection, database.vault)).id
        rows = [new_row(0, person=person), new_row(1, person=None)]
        keep = await log.insert_statements(connection, database.vault, rows, tree_size=2, now=NOW)
    keep()
    assert (await read(database)) == (await read(other))
    async with other.write() as connection:
        await erase(connection, person)
    found = await read(database)
    assert found[statement_id(0)].envelope is None
    assert found[statement_id(1)].envelope == new_row(1).envelope


async def test_of_whom_was_erased_before_the_commit_was_known_nothing_is_kept(
    database: Database,
) -> None:
    async with database.write() as connection:
        person = await enrol(connection, database.vault)
        rows = [new_row(0, person=person.id)]
        keep = await log.insert_statements(connection, database.vault, rows, tree_size=1, now=NOW)
    database.vault.fence(person.name)
    keep()
    assert (await read(database))[statement_id(0)].envelope is None


async def test_a_case_that_was_not_stored_after_all_lends_another_of_its_id_nothing(
    database: Database,
) -> None:
    class UndoneError(Exception):
        pass

    async def open_and_undo() -> None:
        async with database.write() as connection:
            first = await enrol(connection, database.vault)
            await open_case(connection, database.vault, CASE, first.id)
            raise UndoneError

    with pytest.raises(UndoneError):
        await open_and_undo()
    async with database.write() as connection:
        await open_case(connection, database.vault, CASE, None)
        found = await cases.find_case(connection, database.vault, CASE)
    assert found is not None
    assert (found.person, found.owner) == (None, database.vault.node_key.owner)


async def test_what_another_process_emptied_is_empty_here(
    database: Database, other: Database
) -> None:
    await store_two(database)
    await read(database)
    async with other.write() as connection:
        await connection.execute(
            update(statements).where(statements.c.leaf_index == 1).values(envelope_ciphertext=b"")
        )
    found = await read(database)
    assert found[statement_id(0)].envelope == new_row(0).envelope
    assert found[statement_id(1)].envelope is None


async def test_whom_another_process_erased_is_erased_here(
    database: Database, other: Database
) -> None:
    person = await store_two(database)
    async with database.write() as connection:
        await open_case(connection, database.vault, CASE, person)
    await read(database)
    async with database.read() as connection:
        before = await cases.find_case(connection, database.vault, CASE)
    async with other.write() as connection:
        await erase(connection, person)
    assert [one.envelope for one in (await read(database)).values()] == [None, None]
    kept = database.vault.kept.find(("statements", statement_id(0)), log.StoredStatement)
    assert kept is None, "nor is it in memory any longer"
    async with database.read() as connection:
        after = await cases.find_case(connection, database.vault, CASE)
    assert before is not None
    assert before.content is not None
    assert after is not None
    assert after.content is None
