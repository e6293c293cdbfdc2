from datetime import timedelta

import pytest

from portability.store import access, consents
from portability.store.engine import Database
from tests.conftest import NOW
from tests.integration.store.samples import enrol, statement_id

pytestmark = pytest.mark.asyncio

SOON = NOW + timedelta(minutes=5)
LATER = NOW + timedelta(minutes=10)


async def test_an_enrolment_code_works_once_and_in_time(database: Database) -> None:
    async with database.write() as connection:
        person = (await enrol(connection, database.vault)).id
        for digest in (b"first", b"second"):
            await access.add_enrolment_code(
                connection, digest=digest, person=person, expire_time=SOON
            )

        use = access.use_enrolment_code
        assert await use(connection, digest=b"other", now=NOW) is None
        assert await use(connection, digest=b"first", now=NOW) == person
        assert await use(connection, digest=b"first", now=NOW) is None
        assert await use(connection, digest=b"second", now=SOON) is None


async def test_a_challenge_is_taken_once_and_in_time_also_for_nobody(database: Database) -> None:
    async with database.write() as connection:
        person = (await enrol(connection, database.vault)).id
        for digest, whose in ((b"first", person), (b"second", None), (b"third", person)):
            await access.add_challenge(connection, digest=digest, person=whose, expire_time=SOON)

        take = access.take_challenge
        assert await take(connection, digest=b"first", now=NOW) == access.Challenge(person=person)
        assert await take(connection, digest=b"first", now=NOW) is None
        assert await take(connection, digest=b"second", now=NOW) == access.Challenge(person=None)
        assert await take(connection, digest=b"third", now=SOON) is None


async def test_a_session_ends_at_its_time_or_before(database: Database) -> None:
    async with database.write() as connection:
        person = (await enrol(connection, database.vault)).id
        await access.add_session(connection, digest=b"first", person=person, expire_time=SOON)

        find = access.find_session
        opened = access.SessionRow(person=person, key_id=None)
        assert await find(connection, digest=b"first", now=NOW) == opened
        assert await find(connection, digest=b"other", now=NOW) is None
        assert await find(connection, digest=b"first", now=SOON) is None
        await access.remove_session(connection, b"first")
        assert await find(connection, digest=b"first", now=NOW) is None


async def test_what_has_expired_is_purged_and_the_rest_stays(database: Database) -> None:
    async with database.write() as connection:
        person = (await enrol(connection, database.vault)).id
        for digest, until in ((b"old", SOON), (b"new", LATER)):
            await access.add_enrolment_code(
                connection, digest=digest, person=person, expire_time=until
            )
            await access.add_challenge(connection, digest=digest, person=person, expire_time=until)
            await access.add_session(connection, digest=digest, person=person, expire_time=until)
            document = consents.PreparedDocument(
                digest=digest, kind="consent", person=person, subject=b"s", expire_time=until
            )
            assert await consents.add_prepared_document(connection, document)
        assert await access.purge_expired(connection, SOON) == 4
        assert await access.purge_expired(connection, SOON) == 0
        assert await access.find_session(connection, digest=b"new", now=SOON) is not None


async def test_a_key_belongs_to_one_person_until_it_is_revoked(database: Database) -> None:
    async with database.write() as connection:
        rosa = (await enrol(connection, database.vault, "rosa")).id
        luis = (await enrol(connection, database.vault, "luis")).id

        def key(number: int, person: int) -> access.SubjectKey:
            return access.SubjectKey(
                key_id=b"key %d" % number,
                person=person,
                method="software_key",
                public_key=b"%d" % number * 32,
                key_record=statement_id(number),
                create_time=NOW + timedelta(seconds=number),
            )

        assert await access.add_subject_key(connection, key(2, rosa))
        assert await access.add_subject_key(connection, key(1, rosa))
        assert not await access.add_subject_key(connection, key(2, luis))
        assert await access.list_subject_keys(connection, rosa) == [key(1, rosa), key(2, rosa)]
        assert await access.list_subject_keys(connection, luis) == []
        assert await access.find_subject_key(connection, b"key 2") == key(2, rosa)
        assert await access.find_subject_key(connection, b"key 3") is None

        assert await access.revoke_subject_key(connection, b"key 2", SOON)
        assert not await access.revoke_subject_key(connection, b"key 2", LATER)
        revoked = await access.find_subject_key(connection, b"key 2")
    assert revoked is not None
    assert revoked.revoke_time == SOON
