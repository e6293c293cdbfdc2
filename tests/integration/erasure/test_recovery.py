"""An erasure that was broken off is completed, and a restored database brings nobody back."""

import asyncio
import os
import shutil
import signal
import sys
from datetime import timedelta
from pathlib import Path

import pytest
import structlog

from portability.errors import ConfigurationError, ErasedError, HaltedError, StorageError
from portability.node.audit.fsck import check_database
from portability.node.erasure.forgetting_key import FORGETTING_KEY
from portability.node.erasure.journal import JOURNAL, ErasureJournal, create_journal
from portability.node.erasure.keeping import open_keeping
from portability.node.erasure.rules import ErasureRules
from portability.node.faults import POINTS
from portability.node.keys import Mode
from portability.node.log.prover import Prover
from portability.recognition.erasure import Erasure
from portability.store import erasure_rows, log, log_tree, persons
from portability.wire.erasure import erasure_statement_from_payload
from portability.wire.log_entry import log_entry_from_bytes
from tests.conftest import PROJECT_ROOT, FixedClock, PostgresServer
from tests.integration.erasure.desk import NUMBER, TRUST, Desk, open_desk

pytestmark = pytest.mark.asyncio

ROSA = "persons/" + "a" * 32
PAUL = "persons/" + "b" * 32
ERASING = sorted(point for point in POINTS if point.startswith("erasure."))


async def assert_erased(desk: Desk, ids: list[bytes]) -> None:
    async with desk.database.read() as connection:
        vault = desk.database.vault
        row = await erasure_rows.find_erasure_of(connection, ROSA)
        assert row is not None
        assert row.stage == erasure_rows.PROVEN
        identifier = persons.Identifier(jurisdiction="FR", value=NUMBER)
        assert await persons.find_person_by_identifier(connection, vault, identifier) is None
        found = await log.read_statements(connection, vault, ids)
        assert len(found) == len(ids)
        assert {one.envelope for one in found.values()} == {None}
    with pytest.raises(ErasedError):
        desk.database.vault.make_key(ROSA)
    assert not desk.forgetting.knows(ROSA)
    checked = await check_database(desk.database, TRUST)
    assert (checked.difference, checked.erased) == ("", len(ids))
    assert len(await erasures_in(desk)) == 1


async def erasures_in(desk: Desk) -> list[Erasure]:
    async with desk.database.read() as connection:
        head = await log_tree.read_head(connection)
        entries = await log.read_log_entries(connection, 0, head.size)
    found = []
    for entry in map(log_entry_from_bytes, entries):
        if entry.kind == "erasure":
            (proof,) = await Prover(desk.database).prove([entry.statement_id])
            said = erasure_statement_from_payload(
                proof.envelope.payload_type, proof.envelope.payload
            )
            assert isinstance(said, Erasure)
            found.append(said)
    return found


@pytest.mark.parametrize("point", ERASING)
async def test_an_erasure_killed_anywhere_is_completed_at_the_next_start(
    point: str, sqlite_url: str, tmp_path: Path, clock: FixedClock
) -> None:
    await finished_though_killed(point, sqlite_url, tmp_path / "erasure", clock)


@pytest.mark.parametrize("point", ["erasure.journalled", "erasure.destroyed"])
async def test_an_erasure_on_a_server_killed_anywhere_is_completed_at_the_next_start(
    point: str, postgres_url: str, tmp_path: Path, clock: FixedClock
) -> None:
    await finished_though_killed(point, postgres_url, tmp_path / "erasure", clock)


async def finished_though_killed(point: str, url: str, folder: Path, clock: FixedClock) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.integration.erasure.erase_and_die", url, str(folder)),
        stdout=asyncio.subprocess.PIPE,
        cwd=PROJECT_ROOT,
        env={**os.environ, "PORTABILITY_DIE_AT": point},
    )
    said, _ = await process.communicate()
    assert process.returncode == -signal.SIGKILL
    ids = [bytes.fromhex(line) for line in said.decode().split()]
    assert len(ids) == 3
    for _ in range(2):  # and a start after that changes nothing
        async with open_desk(url, folder, clock) as desk:
            await assert_erased(desk, ids)


async def test_an_embedded_database_from_before_an_erasure_brings_nobody_back(
    sqlite_url: str, tmp_path: Path, clock: FixedClock
) -> None:
    folder, file = tmp_path / "erasure", tmp_path / "node.db"
    async with open_desk(sqlite_url, folder, clock) as desk:
        rosa = await desk.enrol(ROSA)
        ids = [await desk.record(rosa, b"rosa %d" % number) for number in range(3)]
    await asyncio.to_thread(shutil.copy, file, tmp_path / "backup.db")
    async with open_desk(sqlite_url, folder, clock) as desk:
        await desk.erase(ROSA)
    await asyncio.to_thread(_put_back, tmp_path / "backup.db", file)
    async with open_desk(sqlite_url, folder, clock, start=False) as desk:
        await unread(desk, ids)
        await desk.eraser.start()
        await assert_erased(desk, ids)


async def test_a_server_s_database_from_before_an_erasure_brings_nobody_back(
    postgres_server: PostgresServer, tmp_path: Path, clock: FixedClock
) -> None:
    folder = tmp_path / "erasure"
    name, url = await asyncio.to_thread(postgres_server.create_database)
    async with open_desk(url, folder, clock) as desk:
        rosa = await desk.enrol(ROSA)
        ids = [await desk.record(rosa, b"rosa %d" % number) for number in range(3)]
    copy = f"CREATE DATABASE {name}_copy TEMPLATE {name}"
    await asyncio.to_thread(postgres_server.run, copy)
    async with open_desk(url, folder, clock) as desk:
        await desk.erase(ROSA)
    async with open_desk(url.replace(name, f"{name}_copy"), folder, clock, start=False) as desk:
        await unread(desk, ids)
        await desk.eraser.start()
        await assert_erased(desk, ids)


async def unread(desk: Desk, ids: list[bytes]) -> None:
    """Even before the journal is replayed the key is forgotten."""
    async with desk.database.read() as connection:
        with pytest.raises(ErasedError):
            await log.read_statements(connection, desk.database.vault, ids)


def _put_back(backup: Path, file: Path) -> None:
    for path in (file, file.with_name("node.db-wal"), file.with_name("node.db-shm")):
        path.unlink(missing_ok=True)
    shutil.copy(backup, file)


async def test_a_database_starts_with_its_own_journal_alone(
    sqlite_url: str, tmp_path: Path, clock: FixedClock
) -> None:
    folder = tmp_path / "erasure"
    async with open_desk(sqlite_url, folder, clock) as desk:
        await desk.enrol(ROSA)
        await desk.erase(ROSA)
    (folder / JOURNAL).unlink()
    with pytest.raises(ConfigurationError, match="in no backup"):
        open_keeping(folder, Mode.DEVELOPMENT)
    await asyncio.to_thread(create_journal, folder / JOURNAL, os.urandom(16))
    with pytest.raises(ConfigurationError, match="belongs to another database"):
        async with open_desk(sqlite_url, folder, clock):
            pass


async def test_a_journal_that_was_altered_stops_the_node(
    sqlite_url: str, tmp_path: Path, clock: FixedClock
) -> None:
    folder = tmp_path / "erasure"
    async with open_desk(sqlite_url, folder, clock) as desk:
        for name, number in ((ROSA, "1"), (PAUL, "2")):
            await desk.enrol(name, number)
            await desk.erase(name)
    whole = (folder / JOURNAL).read_bytes()
    lines = whole.split(b"\n")
    for changed in (
        whole.replace(b"a" * 32, b"c" * 32),
        b"\n".join([lines[0], *lines[2:]]),
        b"\n".join([lines[0], lines[2], lines[1], b""]),
        whole + b"\xff\n",
    ):
        (folder / JOURNAL).write_bytes(changed)
        with pytest.raises(HaltedError, match="altered"):
            ErasureJournal(folder / JOURNAL)
    (folder / JOURNAL).write_bytes(whole + b"torn off while it was wri")
    assert len(ErasureJournal(folder / JOURNAL).entries) == 2
    assert (folder / JOURNAL).read_bytes() == whole


async def test_a_journal_that_cannot_be_written_destroys_nothing_and_is_tried_again(
    sqlite_url: str, tmp_path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "erasure"
    async with open_desk(sqlite_url, folder, clock) as desk:
        rosa = await desk.enrol(ROSA)
        ids = [await desk.record(rosa, b"rosa")]

        def full(_descriptor: int) -> None:
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patch:
            patch.setattr("portability.node.erasure.journal.os.fsync", full)
            with pytest.raises(StorageError, match="journal"):
                await desk.erase(ROSA)
        assert desk.forgetting.knows(ROSA)
        await desk.eraser.resume()
        await assert_erased(desk, ids)


async def test_an_older_copy_of_the_forgetting_key_is_made_to_forget_again(
    sqlite_url: str, tmp_path: Path, clock: FixedClock
) -> None:
    folder = tmp_path / "erasure"
    async with open_desk(sqlite_url, folder, clock) as desk:
        await desk.enrol(ROSA)
        before = (folder / FORGETTING_KEY).read_bytes()
        await desk.erase(ROSA)
    (folder / FORGETTING_KEY).write_bytes(before)
    async with open_desk(sqlite_url, folder, clock) as desk:
        assert not desk.forgetting.knows(ROSA)
    assert sorted(path.name for path in folder.iterdir()) == [FORGETTING_KEY, JOURNAL]


async def test_proofs_wait_for_others_so_that_one_list_is_not_one_life(
    sqlite_url: str, tmp_path: Path, clock: FixedClock
) -> None:
    rules = ErasureRules(batch=timedelta(hours=24))
    async with open_desk(sqlite_url, tmp_path / "erasure", clock, rules=rules) as desk:
        for name, number in ((ROSA, "1"), (PAUL, "2")):
            person = await desk.enrol(name, number)
            await desk.record(person, name.encode())
            assert (await desk.erase(name)).stage == erasure_rows.CLEARED
        await desk.eraser.resume()
        assert await erasures_in(desk) == []
        clock.advance(hours=24)
        await desk.eraser.resume()
        (said,) = await erasures_in(desk)
        assert (said.leaf_indexes, said.erasures) == ((0, 1), 2)
        async with desk.database.read() as connection:
            assert {
                row.person for row in await erasure_rows.list_erasures(connection, "proven")
            } == {None}


async def test_two_processes_on_one_database_know_of_each_other_s_erasures(
    postgres_url: str, tmp_path: Path, clock: FixedClock
) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    async with open_desk(postgres_url, one, clock) as here:
        shutil.copytree(one, other)
        async with open_desk(postgres_url, other, clock) as there:
            await here.enrol(ROSA)
            await here.erase(ROSA)
            await there.eraser.converge()
            assert not there.forgetting.knows(ROSA)
            assert [entry.owner for entry in there.journal.entries] == [ROSA]
            with pytest.raises(ErasedError):
                there.database.vault.make_key(ROSA)


@pytest.mark.parametrize(
    ("most", "event"),
    [(1 << 30, "database_rewritten"), (0, "database_not_rewritten")],
)
async def test_a_file_of_which_nobody_knows_what_it_keeps_is_written_anew_if_it_is_not_too_large(
    most: int,
    event: str,
    *,
    sqlite_url: str,
    tmp_path: Path,
    clock: FixedClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("portability.node.erasure.erasing.MAX_REWRITE_BYTES", most)

    def broken_off(point: str) -> None:
        if point == "erasure.destroyed":
            raise OSError(5, "Input/output error")

    async with open_desk(sqlite_url, tmp_path / "erasure", clock, fault=broken_off) as desk:
        rosa = await desk.enrol(ROSA)
        ids = [await desk.record(rosa, b"rosa")]
        with pytest.raises(OSError, match="Input"):
            await desk.erase(ROSA)
    with structlog.testing.capture_logs() as told:
        async with open_desk(sqlite_url, tmp_path / "erasure", clock) as desk:
            await assert_erased(desk, ids)
    assert event in [one["event"] for one in told]
