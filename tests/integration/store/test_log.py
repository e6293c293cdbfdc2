import asyncio
import hashlib
from dataclasses import replace

import pytest

from portability.errors import PreconditionError, StaleCheckpointError, StorageError
from portability.ledger.tiles import TileRef
from portability.ledger.tree import Tile
from portability.store import log, log_tree
from portability.store.engine import Connection, Database, savepoint
from portability.store.vault import Vault
from tests.conftest import NOW
from tests.integration.store.samples import SECRET, enrol, erase, new_row, statement_id

pytestmark = pytest.mark.asyncio

EMPTY_ROOT = hashlib.sha256(b"").digest()


async def append(connection: Connection, vault: Vault, *numbers: int) -> log_tree.Head:
    """A batch as the write path makes it, with a stand-in for the root."""
    old = await log_tree.lock_head(connection)
    size = old.size + len(numbers)
    await log.insert_statements(
        connection, vault, [new_row(number) for number in numbers], tree_size=size, now=NOW
    )
    await log_tree.insert_checkpoint(connection, size=size, note=b"note %d" % size, now=NOW)
    root = hashlib.sha256(b"root %d" % size).digest()
    return await log_tree.swap_head(
        connection, old, size=size, root=root, checkpoint=b"note %d" % size
    )


async def test_a_new_log_is_empty_and_has_no_checkpoint(database: Database) -> None:
    async with database.read() as connection:
        head = await log_tree.read_head(connection)
    assert head == log_tree.Head(size=0, root=EMPTY_ROOT, checkpoint=b"", version=0)


async def test_a_batch_is_there_as_a_whole_after_its_commit(database: Database) -> None:
    async with database.write() as connection:
        head = await append(connection, database.vault, 0, 1, 2)
    async with database.read() as connection:
        assert await log_tree.read_head(connection) == head
        assert head.version == 1
        assert await log_tree.read_checkpoint(connection, 3) == b"note 3"
        assert await log_tree.read_checkpoint(connection, 2) is None
        assert await log.read_log_entries(connection, 1, 5) == [b"entry 1", b"entry 2"]
        found = await log.find_statements(connection, [statement_id(1), statement_id(9)])
    assert found == {statement_id(1): log.LoggedAt(leaf_index=1, tree_size=3)}


async def test_a_statement_comes_back_as_it_was_stored(database: Database) -> None:
    async with database.write() as connection:
        person = (await enrol(connection, database.vault)).id
        await log.insert_statements(
            connection, database.vault, [new_row(0, person=person)], tree_size=1, now=NOW
        )
    async with database.read() as connection:
        found = await log.read_statements(connection, database.vault, [statement_id(0)])
    row = new_row(0, person=person)
    assert found == {
        row.statement_id: log.StoredStatement(
            leaf_index=0,
            statement_id=row.statement_id,
            kind=row.kind,
            key_id=row.key_id,
            log_entry=row.log_entry,
            tree_size=1,
            person=person,
            accept_time=NOW,
            envelope=row.envelope,
        )
    }


async def test_more_statements_than_one_query_takes_are_found(database: Database) -> None:
    async with database.write() as connection:
        await append(connection, database.vault, *range(2500))
    async with database.read() as connection:
        ids = [statement_id(number) for number in range(0, 5000, 2)]
        found = await log.find_statements(connection, ids)
        read = await log.read_statements(connection, database.vault, ids)
        entries = await log.read_log_entries(connection, 0, 5000)
    assert len(found) == len(read) == 1250
    assert read[statement_id(2498)].envelope == SECRET + b" 2498"
    assert len(entries) == 2500


async def test_a_batch_that_raises_leaves_nothing(database: Database) -> None:
    async def batch() -> None:
        async with database.write() as connection:
            await append(connection, database.vault, 0, 1)
            raise RuntimeError("cut")

    with pytest.raises(RuntimeError, match="cut"):
        await batch()
    async with database.read() as connection:
        assert (await log_tree.read_head(connection)).size == 0
        assert await log.find_statements(connection, [statement_id(0)]) == {}
        assert await log_tree.read_checkpoint(connection, 2) is None


async def test_a_lost_swap_writes_nothing(database: Database) -> None:
    async with database.read() as connection:
        stale = await log_tree.read_head(connection)
    async with database.write() as connection:
        await append(connection, database.vault, 0)

    async def batch() -> None:
        async with database.write() as connection:
            await log.insert_statements(
                connection, database.vault, [new_row(1)], tree_size=2, now=NOW
            )
            await log_tree.swap_head(connection, stale, size=1, root=b"r" * 32, checkpoint=b"other")

    with pytest.raises(StaleCheckpointError, match="another writer moved the head"):
        await batch()
    async with database.read() as connection:
        head = await log_tree.read_head(connection)
        assert await log.find_statements(connection, [statement_id(1)]) == {}
    assert (head.size, head.checkpoint) == (1, b"note 1")


async def test_one_size_with_another_root_loses_the_swap(database: Database) -> None:
    async with database.write() as connection:
        head = await log_tree.lock_head(connection)
        other = log_tree.Head(size=head.size, root=b"x" * 32, checkpoint=b"", version=head.version)
        with pytest.raises(StaleCheckpointError):
            await log_tree.swap_head(connection, other, size=1, root=b"r" * 32, checkpoint=b"c")


async def test_ids_that_begin_alike_are_told_apart(database: Database) -> None:
    ids = [b"8 bytes!" + bytes([number]) * 24 for number in range(3)]
    rows = [replace(new_row(number), statement_id=ids[number]) for number in range(2)]
    async with database.write() as connection:
        await log.insert_statements(connection, database.vault, rows, tree_size=2, now=NOW)
    async with database.read() as connection:
        found = await log.find_statements(connection, ids)
        one = await log.read_statements(connection, database.vault, ids[1:])
    assert {name: place.leaf_index for name, place in found.items()} == {ids[0]: 0, ids[1]: 1}
    assert {name: row.envelope for name, row in one.items()} == {ids[1]: SECRET + b" 1"}


async def test_a_taken_index_refuses_the_batch(database: Database) -> None:
    async with database.write() as connection:
        await append(connection, database.vault, 0)
    taken = replace(new_row(0), statement_id=statement_id(7))
    with pytest.raises(StaleCheckpointError, match="stored the same thing first") as caught:
        async with database.write() as connection:
            await log.insert_statements(
                connection, database.vault, [new_row(2), taken], tree_size=3, now=NOW
            )
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    async with database.read() as connection:
        assert await log.find_statements(connection, [statement_id(2)]) == {}


async def test_after_a_refused_row_in_a_savepoint_the_batch_goes_on(database: Database) -> None:
    async with database.write() as connection:
        await append(connection, database.vault, 0)

    async def work(connection: Connection) -> None:
        async with savepoint(connection):
            await log_tree.insert_checkpoint(connection, size=9, note=b"nine", now=NOW)
            await log.insert_statements(
                connection, database.vault, [new_row(0)], tree_size=2, now=NOW
            )

    async with database.write() as connection:
        with pytest.raises(StaleCheckpointError):
            await work(connection)
        await append(connection, database.vault, 1)
    async with database.read() as connection:
        assert (await log_tree.read_head(connection)).size == 2
        assert await log_tree.read_checkpoint(connection, 9) is None


async def test_a_savepoint_that_ends_well_is_kept(database: Database) -> None:
    async with database.write() as connection, savepoint(connection):
        await log_tree.insert_checkpoint(connection, size=9, note=b"nine", now=NOW)
    async with database.read() as connection:
        assert await log_tree.read_checkpoint(connection, 9) == b"nine"


async def test_two_writers_make_one_log_without_gaps(database: Database) -> None:
    async def write(first: int) -> None:
        for number in range(first, first + 20):
            async with database.write() as connection:
                head = await log_tree.lock_head(connection)
                row = replace(new_row(number), leaf_index=head.size)
                await log.insert_statements(
                    connection, database.vault, [row], tree_size=head.size + 1, now=NOW
                )
                root = hashlib.sha256(head.root + row.statement_id).digest()
                await log_tree.swap_head(
                    connection, head, size=head.size + 1, root=root, checkpoint=root
                )

    await asyncio.gather(write(0), write(100), write(200))
    async with database.read() as connection:
        head = await log_tree.read_head(connection)
        entries = await log.read_log_entries(connection, 0, 100)
    assert (head.size, head.version, len(entries)) == (60, 60, 60)
    assert {b"entry 0", b"entry 119", b"entry 219"} <= set(entries)


async def test_a_reader_sees_one_moment_while_a_writer_goes_on(database: Database) -> None:
    async with database.read() as reader:
        before = await log_tree.read_head(reader)
        async with database.write() as connection:
            await append(connection, database.vault, 0)
        assert await log_tree.read_head(reader) == before
        assert await log.read_log_entries(reader, 0, 10) == []


async def test_nothing_can_be_written_through_a_reader(database: Database) -> None:
    with pytest.raises(StorageError, match="read-only"):
        async with database.read() as connection:
            await log_tree.insert_checkpoint(connection, size=1, note=b"note", now=NOW)


async def test_a_tile_that_grew_replaces_the_narrower_one(database: Database) -> None:
    narrow, wide = b"a" * 32, b"a" * 32 + b"b" * 32
    async with database.write() as connection:
        await log_tree.upsert_tiles(connection, [])
        await log_tree.upsert_tiles(connection, [Tile(level=0, index=0, hashes=narrow)])
        await log_tree.upsert_tiles(
            connection,
            [Tile(level=0, index=0, hashes=wide), Tile(level=1, index=0, hashes=narrow)],
        )
    refs = [TileRef(level=level, index=index) for level in (0, 1) for index in (0, 1)]
    async with database.read() as connection:
        assert await log_tree.read_tiles(connection, refs) == {(0, 0): wide, (1, 0): narrow}


async def test_a_persons_statements_are_paged_in_log_order(database: Database) -> None:
    async with database.write() as connection:
        mine = (await enrol(connection, database.vault, "rosa")).id
        other = (await enrol(connection, database.vault, "luis")).id
        rows = [new_row(number, person=(mine, other, None)[number % 3]) for number in range(12)]
        rows.append(new_row(12, person=mine, kind="subject-key"))
        await log.insert_statements(connection, database.vault, rows, tree_size=13, now=NOW)
    async with database.read() as connection:

        async def page(after: int | None, limit: int, kind: str | None = None) -> list[int]:
            listed = await log.list_person_statements(
                connection, database.vault, person=mine, kind=kind, after=after, limit=limit
            )
            return [one.leaf_index for one in listed]

        assert await page(None, 2) == [0, 3]
        assert await page(3, 9) == [6, 9, 12]
        assert await page(None, 9, "subject-key") == [12]


async def test_an_erased_persons_statements_are_empty_and_no_new_ones_are_kept(
    database: Database,
) -> None:
    async with database.write() as connection:
        person = (await enrol(connection, database.vault)).id
        await log.insert_statements(
            connection, database.vault, [new_row(0, person=person)], tree_size=1, now=NOW
        )
        await erase(connection, person)
    async with database.read() as connection:
        found = await log.read_statements(connection, database.vault, [statement_id(0)])
    assert found[statement_id(0)].envelope is None
    assert found[statement_id(0)].log_entry == b"entry 0"
    with pytest.raises(PreconditionError, match="was erased"):
        async with database.write() as connection:
            await log.insert_statements(
                connection, database.vault, [new_row(1, person=person)], tree_size=2, now=NOW
            )


async def test_a_statement_for_an_unknown_person_is_refused(database: Database) -> None:
    with pytest.raises(StorageError, match="not in this database"):
        async with database.write() as connection:
            await log.insert_statements(
                connection, database.vault, [new_row(0, person=77)], tree_size=1, now=NOW
            )


async def test_a_payload_that_was_moved_to_another_row_is_refused(database: Database) -> None:
    async with database.write() as connection:
        await append(connection, database.vault, 0, 1)
        await connection.exec_driver_sql(
            "UPDATE statements SET envelope_ciphertext ="
            " (SELECT envelope_ciphertext FROM statements WHERE leaf_index = 0)"
            " WHERE leaf_index = 1"
        )
    async with database.read() as connection:
        with pytest.raises(StorageError, match="does not decrypt"):
            await log.read_statements(connection, database.vault, [statement_id(1)])


async def test_a_database_without_its_head_says_so(database: Database) -> None:
    async with database.write() as connection:
        await connection.exec_driver_sql("DELETE FROM head")
    async with database.read() as connection:
        with pytest.raises(StorageError, match="is missing"):
            await log_tree.read_head(connection)
