import pytest

from portability.errors import StaleCheckpointError
from portability.store import persons
from portability.store.engine import Database
from tests.conftest import NOW
from tests.integration.store.samples import NUMBER, enrol

pytestmark = pytest.mark.asyncio


async def test_a_person_is_found_by_name_number_and_identifier(database: Database) -> None:
    identifier = persons.Identifier(jurisdiction="FR", value=NUMBER + "rosa")
    async with database.write() as connection:
        rosa = await enrol(connection, database.vault, "rosa")
        luis = await enrol(connection, database.vault, "luis")
    async with database.read() as connection:
        assert await persons.find_person(connection, rosa.name) == rosa
        assert await persons.find_person_by_id(connection, luis.id) == luis
        assert (
            await persons.find_person_by_identifier(connection, database.vault, identifier) == rosa
        )
        found = await persons.find_persons(connection, [rosa.name, luis.name, "persons/none"])
        assert found == {rosa.name: rosa, luis.name: luis}
        assert await persons.read_identifier(connection, database.vault, rosa.id) == identifier
    assert rosa.create_time == NOW
    assert rosa.erase_time is None


async def test_nobody_is_found_under_what_nobody_has(database: Database) -> None:
    vault = database.vault
    async with database.write() as connection:
        rosa = await enrol(connection, vault, "rosa")
        for jurisdiction, value in (("ES", NUMBER + "rosa"), ("FR", NUMBER), ("F", "R" + NUMBER)):
            other = persons.Identifier(jurisdiction=jurisdiction, value=value)
            assert await persons.find_person_by_identifier(connection, vault, other) is None
        assert await persons.find_person(connection, rosa.name + "0") is None
        assert await persons.find_person_by_id(connection, rosa.id + 1) is None
        assert await persons.find_persons(connection, []) == {}
        assert await persons.read_identifier(connection, vault, rosa.id + 1) is None


async def test_the_same_identifier_gives_the_same_person(database: Database) -> None:
    identifier = persons.Identifier(jurisdiction="FR", value=NUMBER)
    made = []
    for name in ("persons/1", "persons/2"):
        async with database.write() as connection:
            made.append(
                await persons.create_person(
                    connection,
                    database.vault,
                    name=name,
                    identifier=identifier,
                    identity_level="high",
                    now=NOW,
                )
            )
    assert made == [(made[0][0], True), (made[0][0], False)]
    assert made[0][0].name == "persons/1"


async def test_persons_without_an_identifier_are_different_persons(database: Database) -> None:
    async with database.write() as connection:
        for name in ("persons/1", "persons/2"):
            person, created = await persons.create_person(
                connection,
                database.vault,
                name=name,
                identifier=None,
                identity_level="low",
                now=NOW,
            )
            assert (person.name, created) == (name, True)
            assert await persons.read_identifier(connection, database.vault, person.id) is None


async def test_a_name_that_is_taken_is_refused(database: Database) -> None:
    async with database.write() as connection:
        for value in ("1", "2"):
            made = persons.create_person(
                connection,
                database.vault,
                name="persons/1",
                identifier=persons.Identifier(jurisdiction="FR", value=value),
                identity_level="low",
                now=NOW,
            )
            if value == "1":
                await made
            else:
                with pytest.raises(StaleCheckpointError, match="another name"):
                    await made


async def test_an_identifier_is_not_printed() -> None:
    assert NUMBER not in repr(persons.Identifier(jurisdiction="FR", value=NUMBER))


async def test_a_pairwise_reference_means_one_person_at_one_peer(database: Database) -> None:
    async with database.write() as connection:
        rosa = await enrol(connection, database.vault, "rosa")
        luis = await enrol(connection, database.vault, "luis")

        async def add(person: int, peer: str, reference: str) -> bool:
            return await persons.add_pairwise_reference(
                connection, person=person, peer=peer, reference=reference, now=NOW
            )

        assert await add(rosa.id, "ES", "aa")
        assert not await add(rosa.id, "ES", "bb")  # has one with that peer
        assert not await add(luis.id, "ES", "aa")  # is somebody else's
        assert await add(luis.id, "DE", "aa")  # another peer, another word
    async with database.read() as connection:
        assert await persons.find_pairwise_reference(connection, person=rosa.id, peer="ES") == "aa"
        assert await persons.find_pairwise_reference(connection, person=rosa.id, peer="DE") is None
        assert await persons.find_person_by_reference(connection, peer="ES", reference="aa") == rosa
        assert await persons.find_person_by_reference(connection, peer="DE", reference="aa") == luis
        assert await persons.find_person_by_reference(connection, peer="ES", reference="b") is None
