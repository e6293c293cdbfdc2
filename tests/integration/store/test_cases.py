from pathlib import Path

import pytest

from portability.errors import PreconditionError
from portability.store import cases
from portability.store import exhibits as store_exhibits
from portability.store.engine import Database
from tests.conftest import NOW
from tests.integration.store.samples import (
    CONTENT,
    PARTIES,
    enrol,
    erase,
    open_case,
    read_files,
    statement_id,
)

pytestmark = pytest.mark.asyncio


async def test_a_case_comes_back_with_its_parties_in_order(database: Database) -> None:
    vault = database.vault
    async with database.write() as connection:
        enrolled = await enrol(connection, vault)
        rosa = enrolled.id
        assert await open_case(connection, vault, "c1", rosa)
        assert not await open_case(connection, vault, "c1", rosa)
    async with database.read() as connection:
        found = await cases.find_case(connection, vault, "c1")
        assert await cases.find_case(connection, vault, "c2") is None
    assert found is not None
    assert found == cases.CaseRow(
        case_id="c1",
        position=found.position,
        person=rosa,
        parties=PARTIES,
        content=CONTENT,
        state="collecting",
        digest=b"",
        create_time=NOW,
        owner=enrolled.name,
    )


async def test_an_institution_lists_its_own_cases_oldest_first(database: Database) -> None:
    vault = database.vault
    async with database.write() as connection:
        for case_id in ("c9", "c5", "c1"):
            assert await open_case(connection, vault, case_id)

        async def listed(institution: str, after: int | None, limit: int) -> list[cases.CaseRow]:
            return await cases.list_cases(
                connection,
                vault,
                jurisdiction="FR",
                institution=institution,
                after=after,
                limit=limit,
            )

        first = await listed("cnav", None, 2)
        assert [one.case_id for one in first] == ["c9", "c5"]
        rest = await listed("cnav", first[-1].position, 2)
        assert [one.case_id for one in rest] == ["c1"]
        assert await listed("inss", None, 9) == []


async def test_a_case_moves_on_and_keeps_its_digest(database: Database) -> None:
    async with database.write() as connection:
        assert await open_case(connection, database.vault, "c1")
        await cases.update_case(connection, "c1", state="agreed", digest=b"d" * 32)
        await cases.update_case(connection, "c1", state="closed")
        found = await cases.find_case(connection, database.vault, "c1")
    assert found is not None
    assert (found.state, found.digest) == ("closed", b"d" * 32)


async def test_statements_of_a_case_are_listed_in_log_order(database: Database) -> None:
    async with database.write() as connection:
        for case_id in ("c1", "c2"):
            assert await open_case(connection, database.vault, case_id)
        rows = [
            cases.CaseStatement(
                case_id="c1",
                leaf_index=number,
                statement_id=statement_id(number),
                direction="in" if number % 2 else "out",
                peer="FR",
                create_time=NOW,
            )
            for number in range(3)
        ]
        for row in reversed(rows):
            assert await cases.add_case_statement(connection, row)
        assert not await cases.add_case_statement(connection, rows[0])
        assert await cases.list_case_statements(connection, "c1") == rows
        assert await cases.list_case_statements(connection, "c1", after=0, limit=1) == [rows[1]]
        assert await cases.list_case_statements(connection, "c2") == []
        assert await cases.find_cases_of_statement(connection, statement_id(1)) == ["c1"]
        assert await cases.find_cases_of_statement(connection, statement_id(7)) == []


async def test_exhibits_are_kept_verbatim_and_the_first_ones_stay(database: Database) -> None:
    vault = database.vault
    async with database.write() as connection:
        rosa = (await enrol(connection, vault)).id
        assert await open_case(connection, vault, "c1", rosa)

        async def add(proven: dict[bytes, bytes]) -> None:
            await store_exhibits.add_exhibits(
                connection, vault, case_id="c1", person=rosa, origin="FR", proven=proven
            )

        await add({})
        await add({statement_id(1): b"one"})
        await add({statement_id(1): b"another", statement_id(2): b"two"})
        listed = await store_exhibits.list_exhibits(connection, vault, "c1")
        assert {one.statement_id: one.proven for one in listed} == {
            statement_id(1): b"one",
            statement_id(2): b"two",
        }
        assert await store_exhibits.find_exhibit(
            connection, vault, statement_id(2)
        ) == store_exhibits.Exhibit(
            statement_id=statement_id(2), case_id="c1", origin="FR", person=rosa, proven=b"two"
        )
        assert await store_exhibits.find_exhibit(connection, vault, statement_id(3)) is None


async def test_an_erased_persons_case_is_empty_and_takes_nothing_new(database: Database) -> None:
    vault = database.vault
    async with database.write() as connection:
        rosa = (await enrol(connection, vault)).id
        assert await open_case(connection, vault, "c1", rosa)
        exhibits = {statement_id(1): b"one"}
        await store_exhibits.add_exhibits(
            connection, vault, case_id="c1", person=rosa, origin="FR", proven=exhibits
        )
        await erase(connection, rosa)
        found = await cases.find_case(connection, vault, "c1")
        exhibit = await store_exhibits.find_exhibit(connection, vault, statement_id(1))
        assert found is not None
        assert found.content is None
        assert found.parties == PARTIES
        assert exhibit is not None
        assert exhibit.proven is None
        with pytest.raises(PreconditionError, match="was erased"):
            await open_case(connection, vault, "c2", rosa)
        with pytest.raises(PreconditionError, match="was erased"):
            await store_exhibits.add_exhibits(
                connection, vault, case_id="c1", person=rosa, origin="FR", proven=exhibits
            )


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_what_a_case_is_about_is_not_in_the_file(tmp_path: Path, database: Database) -> None:
    async with database.write() as connection:
        rosa = (await enrol(connection, database.vault)).id
        assert await open_case(connection, database.vault, "c1", rosa)
    content = b"".join(read_files(tmp_path).values())
    assert b"collecting" in content
    assert b"old-age" not in content
    assert b"2026-01-15" not in content
