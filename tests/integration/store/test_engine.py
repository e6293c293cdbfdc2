import asyncio
import sqlite3
import stat
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiosqlite
import pytest
from sqlalchemy.dialects.postgresql.base import PGDialect

from portability.errors import (
    ConfigurationError,
    InvalidInputError,
    PortabilityError,
    StorageError,
)
from portability.store import log, log_tree, persons
from portability.store.engine import Connection, Database, open_database, savepoint
from tests.conftest import NOW, PostgresServer
from tests.integration.conftest import INDEX_KEY, WRAPPING_KEY
from tests.integration.store.samples import (
    NUMBER,
    SECRET,
    enrol,
    new_row,
    read_files,
    statement_id,
)

pytestmark = pytest.mark.asyncio

Randomness = Callable[[int], bytes]

CUT_ALL = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'portability'"
)


@asynccontextmanager
async def opened(
    url: str,
    randomness: Randomness,
    *,
    wrapping_key: bytes = WRAPPING_KEY,
    index_key: bytes = INDEX_KEY,
) -> AsyncIterator[Database]:
    database = await open_database(
        url, wrapping_key=wrapping_key, index_key=index_key, randomness=randomness
    )
    try:
        yield database
    finally:
        await database.close()


async def store_one(database: Database, number: int = 0) -> None:
    async with database.write() as connection:
        await log.insert_statements(
            connection, database.vault, [new_row(number)], tree_size=number + 1, now=NOW
        )


def file_modes(folder: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


def assert_alone(error: PortabilityError) -> None:
    """No text of another library in the error or behind it."""
    assert error.__cause__ is None
    assert error.__suppress_context__
    assert "sql" not in str(error).lower()
    assert "INSERT" not in str(error)


async def test_the_file_and_those_beside_it_are_the_owners_alone(
    tmp_path: Path, empty_sqlite_url: str, randomness: Randomness
) -> None:
    async with opened(empty_sqlite_url, randomness) as database:
        await store_one(database)
        modes = file_modes(tmp_path)
    assert modes == {"node.db": 0o600, "node.db-wal": 0o600, "node.db-shm": 0o600}


async def test_what_was_committed_is_there_after_opening_again(
    empty_database_url: str, randomness: Randomness
) -> None:
    async with opened(empty_database_url, randomness) as database:
        await store_one(database)
    async with opened(empty_database_url, randomness) as database, database.read() as connection:
        found = await log.read_statements(connection, database.vault, [statement_id(0)])
    assert found[statement_id(0)].envelope == SECRET + b" 0"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "node.db",
        "sqlite:///node.db",
        "sqlite+aiosqlite://",
        "postgresql+asyncpg://user@host",
        "mysql+aiomysql://user:geheim@host/name",
    ],
)
async def test_a_url_of_another_kind_is_refused_without_repeating_it(
    url: str, randomness: Randomness
) -> None:
    with pytest.raises(ConfigurationError, match="write sqlite") as caught:
        await open_database(
            url, wrapping_key=WRAPPING_KEY, index_key=INDEX_KEY, randomness=randomness
        )
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        (":memory:", "must be a file"),
        ("file:name?mode=memory&uri=true", "must be a file"),
        ("node.db?timeout=1", "options behind"),
    ],
)
async def test_a_file_that_is_none_or_has_options_is_refused(
    name: str, sentence: str, randomness: Randomness
) -> None:
    with pytest.raises(ConfigurationError, match=sentence):
        await open_database(
            f"sqlite+aiosqlite:///{name}",
            wrapping_key=WRAPPING_KEY,
            index_key=INDEX_KEY,
            randomness=randomness,
        )


async def test_a_wrong_wrapping_key_is_refused_at_opening(
    empty_database_url: str, randomness: Randomness
) -> None:
    async with opened(empty_database_url, randomness):
        pass
    with pytest.raises(ConfigurationError, match="wrapping key does not open"):
        async with opened(empty_database_url, randomness, wrapping_key=b"w" * 32):
            pass


async def test_a_wrong_index_key_is_refused_at_opening(
    empty_database_url: str, randomness: Randomness
) -> None:
    async with opened(empty_database_url, randomness):
        pass
    with pytest.raises(ConfigurationError, match="index key is not the one"):
        async with opened(empty_database_url, randomness, index_key=b"i" * 32):
            pass


async def test_a_read_only_database_can_be_read_and_says_what_to_do_when_written(
    tmp_path: Path, empty_sqlite_url: str, randomness: Randomness
) -> None:
    # root may write to any file, so the file is opened read-only instead
    async with opened(empty_sqlite_url, randomness) as database:
        await store_one(database)
    url = f"sqlite+aiosqlite:///file:{tmp_path / 'node.db'}?mode=ro&uri=true"
    async with opened(url, randomness) as database:
        with pytest.raises(StorageError, match="let the node's user write") as caught:
            await store_one(database, 1)
        assert caught.value.context["cause"] == "read-only"
        assert_alone(caught.value)
        async with database.read() as connection:
            assert await log.read_log_entries(connection, 0, 9) == [b"entry 0"]


async def test_a_read_only_server_says_what_to_do_when_written(
    empty_postgres_url: str, postgres_server: PostgresServer, randomness: Randomness
) -> None:
    async with opened(empty_postgres_url, randomness):
        pass
    name = empty_postgres_url.partition("@/")[2].partition("?")[0]
    postgres_server.run(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    async with opened(empty_postgres_url, randomness) as database:
        with pytest.raises(StorageError, match="point `database` at the primary") as caught:
            await store_one(database)
        assert caught.value.context["cause"] == "read-only"
        assert_alone(caught.value)


async def test_a_full_disk_loses_nothing_that_was_stored_and_says_what_to_do(
    empty_sqlite_url: str, randomness: Randomness
) -> None:
    # PostgreSQL: no way to fill its disk without filling everybody's
    async with opened(empty_sqlite_url, randomness) as database:
        await store_one(database)
        async with database.write() as connection:
            pages = (await connection.exec_driver_sql("PRAGMA page_count")).scalar_one()
            await connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 3}")
        with pytest.raises(StorageError, match="free or add space") as caught:
            async with database.write() as connection:
                await log.insert_statements(
                    connection,
                    database.vault,
                    [new_row(number) for number in range(1, 2000)],
                    tree_size=2000,
                    now=NOW,
                )
        assert caught.value.context["cause"] == "full"
        assert_alone(caught.value)
        async with database.write() as connection:
            await connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
        await store_one(database, 1)
        async with database.read() as connection:
            assert await log.read_log_entries(connection, 0, 9) == [b"entry 0", b"entry 1"]


async def test_after_a_full_disk_nothing_more_of_the_transaction_is_written(
    empty_sqlite_url: str, randomness: Randomness
) -> None:
    async with opened(empty_sqlite_url, randomness) as database:

        async def insert(connection: Connection, size: int, note: bytes) -> None:
            await log_tree.insert_checkpoint(connection, size=size, note=note, now=NOW)

        async def insert_in_savepoint(connection: Connection, size: int, note: bytes) -> None:
            async with savepoint(connection):
                await insert(connection, size, note)

        async def batch() -> None:
            async with database.write() as connection:
                await insert(connection, 1, b"before")
                pages = (await connection.exec_driver_sql("PRAGMA page_count")).scalar_one()
                await connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
                with pytest.raises(StorageError, match="is full"):
                    await insert_in_savepoint(connection, 2, bytes(100_000))
                with pytest.raises(StorageError, match="nothing of it was stored"):
                    await insert(connection, 3, b"after")
                with pytest.raises(StorageError, match="nothing of it was stored"):
                    await insert_in_savepoint(connection, 4, b"after")

        with pytest.raises(StorageError, match="nothing of it was stored"):
            await batch()
        async with database.read() as connection:
            for size in (1, 2, 3, 4):
                assert await log_tree.read_checkpoint(connection, size) is None


async def test_a_file_that_is_no_database_is_named_as_damaged(
    tmp_path: Path, empty_sqlite_url: str, randomness: Randomness
) -> None:
    (tmp_path / "node.db").write_bytes(b"this is no database at all" * 400)
    with pytest.raises(StorageError, match="damaged") as caught:
        async with opened(empty_sqlite_url, randomness):
            pass
    assert_alone(caught.value)


async def test_a_missing_folder_says_what_to_check(tmp_path: Path, randomness: Randomness) -> None:
    with pytest.raises(StorageError, match="cannot be reached") as caught:
        async with opened(f"sqlite+aiosqlite:///{tmp_path}/gone/node.db", randomness):
            pass
    assert_alone(caught.value)


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (("host=", "host=/nowhere"), "unreachable"),
        (("@/", "@/other_"), "unreachable"),
        (("postgres@", "stranger@"), "locked out"),
    ],
    ids=["no server", "no database", "no such user"],
)
async def test_a_server_that_does_not_let_us_in_says_what_to_check(
    empty_postgres_url: str, randomness: Randomness, change: tuple[str, str], cause: str
) -> None:
    with pytest.raises(StorageError, match="check") as caught:
        async with opened(empty_postgres_url.replace(*change), randomness):
            pass
    assert caught.value.context["cause"] == cause
    assert_alone(caught.value)


async def test_a_connection_that_is_cut_fails_one_transaction_and_the_next_one_works(
    empty_postgres_url: str, postgres_server: PostgresServer, randomness: Randomness
) -> None:
    async with opened(empty_postgres_url, randomness) as database:
        await store_one(database)

        async def batch() -> None:
            async with database.write() as connection:
                await log_tree.lock_head(connection)
                postgres_server.run(CUT_ALL)
                await log_tree.insert_checkpoint(connection, size=5, note=b"lost", now=NOW)

        with pytest.raises(StorageError, match="cannot be reached"):
            await batch()
        await store_one(database, 1)
        async with database.read() as connection:
            assert await log_tree.read_checkpoint(connection, 5) is None
            assert len(await log.read_log_entries(connection, 0, 9)) == 2


async def test_a_commit_that_breaks_off_has_an_unknown_outcome(
    empty_postgres_url: str, postgres_server: PostgresServer, randomness: Randomness
) -> None:
    async with opened(empty_postgres_url, randomness) as database:

        async def batch() -> None:
            async with database.write() as connection:
                await log_tree.insert_checkpoint(connection, size=5, note=b"perhaps", now=NOW)
                postgres_server.run(CUT_ALL)

        with pytest.raises(StorageError) as caught:
            await batch()
        assert caught.value.context["outcome"] == "unknown"
        assert_alone(caught.value)
        async with database.read() as connection:
            assert await log_tree.read_checkpoint(connection, 5) is None


async def test_a_locked_database_is_named_as_busy(
    empty_sqlite_url: str, randomness: Randomness
) -> None:
    async with (
        opened(empty_sqlite_url, randomness) as first,
        opened(empty_sqlite_url, randomness) as second,
    ):
        async with second.write() as connection:
            await connection.exec_driver_sql("PRAGMA busy_timeout = 1")
        async with first.write() as connection:
            await log_tree.insert_checkpoint(connection, size=1, note=b"first", now=NOW)
            with pytest.raises(StorageError, match="another process") as caught:
                await store_one(second)
            assert_alone(caught.value)
        await store_one(second)


async def test_a_second_process_waits_for_the_first(
    empty_database_url: str, randomness: Randomness
) -> None:
    async with (
        opened(empty_database_url, randomness) as first,
        opened(empty_database_url, randomness) as second,
    ):

        async def append(database: Database, number: int) -> None:
            async with database.write() as connection:
                head = await log_tree.lock_head(connection)
                await asyncio.sleep(0.01)
                await log_tree.swap_head(
                    connection,
                    head,
                    size=head.size + 1,
                    root=statement_id(number),
                    checkpoint=b"%d" % number,
                )

        await asyncio.gather(*(append((first, second)[number % 2], number) for number in range(8)))
        async with first.read() as connection:
            assert (await log_tree.read_head(connection)).size == 8


async def test_two_processes_may_open_a_new_database_at_once(
    empty_database_url: str, randomness: Randomness
) -> None:
    async def use() -> int:
        async with opened(empty_database_url, randomness) as database:
            await store_one(database, int.from_bytes(randomness(3), "big"))
            async with database.read() as connection:
                return (await log_tree.read_head(connection)).version

    assert await asyncio.gather(use(), use(), use()) == [0, 0, 0]


async def test_a_cancelled_writer_leaves_nothing_and_the_next_one_works(
    database: Database,
) -> None:
    begun = asyncio.Event()

    async def write() -> None:
        async with database.write() as connection:
            await log_tree.insert_checkpoint(connection, size=5, note=b"cut", now=NOW)
            begun.set()
            await asyncio.sleep(60)

    task = asyncio.create_task(write())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await store_one(database)
    async with database.read() as connection:
        assert await log_tree.read_checkpoint(connection, 5) is None


async def test_nothing_about_a_person_can_be_found_in_the_files(
    tmp_path: Path, empty_sqlite_url: str, randomness: Randomness
) -> None:
    async with opened(empty_sqlite_url, randomness) as database:
        async with database.write() as connection:
            person = (await enrol(connection, database.vault)).id
            rows = [new_row(number, person=person) for number in range(50)]
            await log.insert_statements(connection, database.vault, rows, tree_size=50, now=NOW)
        files = read_files(tmp_path)
        assert files.keys() == {"node.db", "node.db-wal", "node.db-shm"}
    content = b"".join([*files.values(), *read_files(tmp_path).values()])
    assert b"entry 7" in content
    for secret in (SECRET, b"Rosa", b"France", NUMBER.encode()):
        assert secret not in content


async def test_a_statement_that_is_refused_shows_a_code_and_no_values(
    database: Database,
) -> None:
    with pytest.raises(StorageError, match="fault in the software") as caught:
        async with database.write() as connection:
            await connection.exec_driver_sql("INSERT INTO head (id) VALUES (NULL)")
    assert caught.value.context["code"] in {"SQLITE_CONSTRAINT_NOTNULL", "23502"}
    assert_alone(caught.value)


@pytest.mark.parametrize("number", [2**63, 2**64 - 1, -(2**63) - 1])
async def test_a_number_that_no_database_holds_is_refused_and_harms_no_later_reader(
    database: Database, number: int
) -> None:
    for _ in range(20):  # more often than there are connections
        with pytest.raises(InvalidInputError, match="none that a database can hold") as caught:
            async with database.read() as connection:
                await log.read_log_entries(connection, number, 1)
        assert caught.value.__cause__ is None
        assert caught.value.__context__ is None
    async with database.read() as connection:
        assert await log.read_log_entries(connection, 0, 1) == []


async def test_a_text_with_a_zero_character_means_nobody_or_is_refused(
    database: Database,
) -> None:
    for _ in range(20):
        try:
            async with database.read() as connection:
                assert await persons.find_person(connection, "persons/\x00") is None
        except InvalidInputError as error:
            assert "U+0000" in error.message  # noqa: PT017  # PostgreSQL takes no such text
    async with database.read() as connection:
        assert await log.read_log_entries(connection, 0, 1) == []


async def test_a_reader_that_failed_harms_no_later_reader(database: Database) -> None:
    for _ in range(20):
        with pytest.raises(StorageError):
            async with database.read() as connection:
                await connection.exec_driver_sql("SELECT nothing FROM nowhere")
    async with database.read() as connection:
        assert await log.read_log_entries(connection, 0, 1) == []


async def test_a_file_that_opened_for_reading_alone_for_a_moment_is_opened_again(
    empty_sqlite_url: str, randomness: Randomness, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(empty_sqlite_url, randomness):
        pass
    connect = sqlite3.connect

    def connect_for_reading(name: str, **options: Any) -> sqlite3.Connection:
        return connect(f"file:{name}?mode=ro", **{**options, "uri": True})

    async with opened(empty_sqlite_url, randomness) as database:
        monkeypatch.setattr(sqlite3, "connect", connect_for_reading)
        with pytest.raises(StorageError, match="read-only"):
            async with database.write() as connection:
                await log_tree.lock_head(connection)
        monkeypatch.undo()
        await store_one(database)


async def test_a_server_that_refuses_the_first_words_is_told_as_ours(
    empty_postgres_url: str, randomness: Randomness, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise NotImplementedError("what the driver's layer makes of a refused first statement")

    monkeypatch.setattr(PGDialect, "initialize", fail)
    with pytest.raises(StorageError) as raised:
        async with opened(empty_postgres_url, randomness):
            pass
    assert "layer" not in str(raised.value)
    monkeypatch.undo()
    async with opened(empty_postgres_url, randomness) as database:
        await store_one(database)


async def test_only_what_is_known_to_be_quick_keeps_the_loop_waiting(
    empty_sqlite_url: str, randomness: Randomness
) -> None:
    """Where a statement is executed is asked of the statement itself."""
    slow = (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) "
        "SELECT thread() FROM n ORDER BY i LIMIT 1"
    )
    quick = "SELECT thread()"
    here = threading.get_ident()
    async with opened(empty_sqlite_url, randomness) as database, database.read() as connection:
        raw = await connection.get_raw_connection()
        driver = raw.driver_connection
        assert isinstance(driver, aiosqlite.Connection)
        await driver.create_function("thread", 0, threading.get_ident)
        ran = {
            text: [(await connection.exec_driver_sql(text)).scalar_one() for _ in range(90)]
            for text in (quick, slow)
        }
    assert here not in ran[slow]
    assert ran[quick][0] != here
    assert here in ran[quick]
