"""A person is erased: nothing is left of them, and everything else is as it was."""

import asyncio
from pathlib import Path

import pytest

from portability.errors import ErasedError, NotFoundError
from portability.node.audit.fsck import check_database
from portability.node.log.prover import Prover
from portability.recognition.erasure import Erasure, ErasureBasis
from portability.store import erasure_rows, log, persons
from portability.wire.erasure import erasure_statement_from_payload
from tests.conftest import FixedClock
from tests.integration.erasure.desk import NUMBER, TRUST, open_desk

pytestmark = pytest.mark.asyncio

ROSA = "persons/" + "a" * 32
PAUL = "persons/" + "b" * 32


async def test_what_was_said_of_a_person_is_gone_and_the_log_proves_it(
    database_url: str, tmp_path: Path, clock: FixedClock
) -> None:
    async with open_desk(database_url, tmp_path / "erasure", clock) as desk:
        rosa, paul = await desk.enrol(ROSA), await desk.enrol(PAUL, "1")
        ids = [await desk.record(rosa, b"rosa %d" % number) for number in range(3)]
        other = await desk.record(paul, b"paul")
        done = await desk.erase(ROSA)
        assert done.stage == erasure_rows.PROVEN
        prover = Prover(desk.database)
        for one in ids:
            with pytest.raises(NotFoundError):
                await prover.prove([one])
        (proof,) = await prover.prove([done.statement_id or b""])
        said = erasure_statement_from_payload(proof.envelope.payload_type, proof.envelope.payload)
        assert isinstance(said, Erasure)
        assert said.leaf_indexes == (0, 1, 2)
        assert (said.basis, said.erasures) == (ErasureBasis.NO_LONGER_NEEDED, 1)
        (kept,) = await prover.prove([other])
        assert kept.envelope.payload == b"paul"
        async with desk.database.read() as connection:
            vault = desk.database.vault
            found = await log.read_statements(connection, vault, ids)
            assert {one.envelope for one in found.values()} == {None}
            identifier = persons.Identifier(jurisdiction="FR", value=NUMBER)
            assert await persons.find_person_by_identifier(connection, vault, identifier) is None
        checked = await check_database(desk.database, TRUST)
        assert (checked.difference, checked.erased) == ("", 3)


async def test_erasing_again_tells_the_same_and_changes_nothing(
    database_url: str, tmp_path: Path, clock: FixedClock
) -> None:
    async with open_desk(database_url, tmp_path / "erasure", clock) as desk:
        await desk.enrol(ROSA)
        first = await desk.erase(ROSA)
        assert await desk.erase(ROSA, ErasureBasis.OBJECTION) == first
        assert len(desk.journal.entries) == 1


async def test_nothing_new_is_kept_about_an_erased_person_and_others_are_not_disturbed(
    database_url: str, tmp_path: Path, clock: FixedClock
) -> None:
    async with open_desk(database_url, tmp_path / "erasure", clock) as desk:
        rosa, paul = await desk.enrol(ROSA), await desk.enrol(PAUL, "1")
        await desk.erase(ROSA)
        with pytest.raises(ErasedError):
            await desk.record(rosa, b"too late")
        with pytest.raises(ErasedError):
            desk.database.vault.make_key(ROSA)
        assert await desk.record(paul, b"in time")


async def test_whoever_comes_together_with_an_erased_person_is_served_all_the_same(
    database_url: str, tmp_path: Path, clock: FixedClock
) -> None:
    async with open_desk(database_url, tmp_path / "erasure", clock) as desk:
        rosa, paul = await desk.enrol(ROSA), await desk.enrol(PAUL, "1")
        await desk.erase(ROSA)
        outcomes = await asyncio.gather(
            *(desk.record(paul, b"paul %d" % number) for number in range(5)),
            desk.record(rosa, b"too late"),
            *(desk.record(paul, b"paul again %d" % number) for number in range(5)),
            return_exceptions=True,
        )
        assert [isinstance(one, ErasedError) for one in outcomes] == [
            *[False] * 5,
            True,
            *[False] * 5,
        ]
        assert (await check_database(desk.database, TRUST)).difference == ""


async def test_what_is_said_while_a_person_is_erased_is_erased_or_refused(
    database_url: str, tmp_path: Path, clock: FixedClock
) -> None:
    async with open_desk(database_url, tmp_path / "erasure", clock) as desk:
        rosa = await desk.enrol(ROSA)
        outcomes = await asyncio.gather(
            *(desk.record(rosa, b"before %d" % number) for number in range(10)),
            desk.erase(ROSA),
            *(desk.record(rosa, b"after %d" % number) for number in range(10)),
            desk.erase(ROSA),
            return_exceptions=True,
        )
        logged = [one for one in outcomes if isinstance(one, bytes)]
        refused = [one for one in outcomes if isinstance(one, ErasedError)]
        assert len(logged) + len(refused) == 20
        found = await check_database(desk.database, TRUST)
        assert (found.difference, found.erased) == ("", len(logged))
        assert len(desk.journal.entries) == 1
