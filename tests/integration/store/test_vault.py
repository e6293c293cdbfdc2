import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest
from sqlalchemy import Engine, event, select, update

from portability.errors import ConfigurationError, NotFoundError, StorageError
from portability.store import persons, schema
from portability.store.data_keys import load_key
from portability.store.engine import Database, open_database, savepoint
from portability.store.vault import _CACHED_KEYS, NONCE_BYTES, Vault, WrappedKey, row_aad
from tests.integration.conftest import INDEX_KEY, WRAPPING_KEY
from tests.integration.store.samples import NUMBER, enrol, erase

Randomness = Callable[[int], bytes]
OWNER = "persons/a"


@pytest.fixture
def vault(randomness: Randomness) -> Vault:
    return Vault(wrapping_key=b"w" * 32, index_key=b"i" * 32, randomness=randomness)


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements that are executed meanwhile."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, text: str, *_: object) -> None:
        seen.append(text)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def other_vault(randomness: Randomness) -> Vault:
    return Vault(wrapping_key=b"v" * 32, index_key=b"j" * 32, randomness=randomness)


def test_what_was_encrypted_is_decrypted_with_the_same_words(vault: Vault) -> None:
    key = vault.open_key(OWNER, vault.make_key(OWNER))
    sealed = vault.encrypt(key, b"twenty years", b"row 1")
    assert b"twenty" not in sealed
    assert vault.decrypt(key, sealed, b"row 1") == b"twenty years"


def test_one_text_is_never_encrypted_to_the_same_bytes_twice(vault: Vault) -> None:
    key = vault.open_key(OWNER, vault.make_key(OWNER))
    assert vault.encrypt(key, b"same", b"row") != vault.encrypt(key, b"same", b"row")


def test_many_are_encrypted_like_each_under_a_nonce_of_its_own(vault: Vault) -> None:
    key = vault.open_key(OWNER, vault.make_key(OWNER))
    rows = [(b"same", b"row %d" % number) for number in range(20)]
    sealed = vault.encrypt_all(key, rows)

    assert len({one[:NONCE_BYTES] for one in sealed}) == len(rows)
    assert [len(one) for one in sealed] == [len(vault.encrypt(key, *row)) for row in rows]
    for one, (text, row) in zip(sealed, rows, strict=True):
        assert vault.decrypt(key, one, row) == text
    assert vault.encrypt_all(key, []) == []


@pytest.mark.parametrize("change", ["row", "bit", "cut", "empty"])
def test_an_altered_or_moved_ciphertext_is_refused(vault: Vault, change: str) -> None:
    key = vault.open_key(OWNER, vault.make_key(OWNER))
    sealed = vault.encrypt(key, b"twenty years", b"row 1")
    bad = {
        "row": sealed,
        "bit": sealed[:-1] + bytes([sealed[-1] ^ 1]),
        "cut": sealed[:20],
        "empty": b"",
    }[change]
    with pytest.raises(StorageError, match="does not decrypt") as caught:
        vault.decrypt(key, bad, b"row 2" if change == "row" else b"row 1")
    assert caught.value.__suppress_context__


def test_another_persons_key_does_not_decrypt(vault: Vault) -> None:
    mine = vault.open_key(OWNER, vault.make_key(OWNER))
    other = vault.open_key("persons/b", vault.make_key("persons/b"))
    with pytest.raises(StorageError, match="does not decrypt"):
        vault.decrypt(other, vault.encrypt(mine, b"twenty years", b"row"), b"row")


def test_a_key_opens_under_its_own_wrapping_key_and_owner_only(
    vault: Vault, randomness: Randomness
) -> None:
    stored = vault.make_key(OWNER)
    with pytest.raises(StorageError, match="does not open"):
        vault.open_key("persons/b", stored)
    with pytest.raises(StorageError, match="does not open"):
        other_vault(randomness).open_key(OWNER, stored)
    with pytest.raises(ConfigurationError, match="wrapping key does not open"):
        other_vault(randomness).use_node_key(OWNER, stored)


@pytest.mark.parametrize("wrapped", [b"", b"short", bytes(60)])
def test_a_damaged_key_is_refused(vault: Vault, wrapped: bytes) -> None:
    with pytest.raises(StorageError, match="does not open"):
        vault.open_key(OWNER, WrappedKey(wrapped=wrapped, commitment=bytes(32)))


def test_a_key_that_was_not_committed_to_is_refused(vault: Vault) -> None:
    stored, other = vault.make_key(OWNER), vault.make_key(OWNER)
    with pytest.raises(StorageError, match="committed to"):
        vault.open_key(OWNER, WrappedKey(wrapped=stored.wrapped, commitment=other.commitment))


def test_a_commitment_does_not_show_the_key(vault: Vault) -> None:
    key = bytes(range(32))
    fixed = Vault(wrapping_key=b"w" * 32, index_key=b"i" * 32, randomness=lambda n: key[:n])
    stored = fixed.make_key(OWNER)
    assert key not in stored.wrapped + stored.commitment
    assert stored.commitment != hashlib.sha256(key).digest()


def test_no_more_than_so_many_keys_stay_in_memory(vault: Vault) -> None:
    stored = [vault.make_key(str(number)) for number in range(_CACHED_KEYS + 10)]
    for number, one in enumerate(stored):
        vault.open_key(str(number), one)
    assert len(vault._opened) == _CACHED_KEYS
    vault.forget_key(str(_CACHED_KEYS), stored[_CACHED_KEYS].commitment)
    assert len(vault._opened) == _CACHED_KEYS - 1


@pytest.mark.parametrize(
    ("wrapping", "index"),
    [(b"w" * 31, b"i" * 32), (b"w" * 32, b""), (b"w" * 32, b"w" * 32)],
)
def test_keys_of_another_length_or_one_key_twice_are_refused(
    wrapping: bytes, index: bytes, randomness: Randomness
) -> None:
    with pytest.raises(ConfigurationError, match="two different keys of 32 bytes"):
        Vault(wrapping_key=wrapping, index_key=index, randomness=randomness)


def test_a_keyed_digest_depends_on_key_purpose_and_where_the_parts_end(
    vault: Vault, randomness: Randomness
) -> None:
    digests = {
        vault.keyed_digest("session", b"ab", b"c"),
        vault.keyed_digest("session", b"a", b"bc"),
        vault.keyed_digest("session", b"abc"),
        vault.keyed_digest("code", b"ab", b"c"),
        other_vault(randomness).keyed_digest("session", b"ab", b"c"),
    }
    assert len(digests) == 5
    assert vault.keyed_digest("session", b"ab", b"c") in digests


def test_no_key_is_printed(vault: Vault) -> None:
    key = vault.open_key(OWNER, vault.make_key(OWNER))
    assert repr(key) == f"DataKey(owner='{OWNER}')"


def test_ciphertexts_of_two_tables_are_bound_to_different_words() -> None:
    assert row_aad("cases", "a") != row_aad("replies", "a")
    assert row_aad("cases", b"a") == row_aad("cases", "a")


@pytest.mark.asyncio
async def test_a_wrapped_key_of_another_person_is_refused(database: Database) -> None:
    async with database.write() as connection:
        rosa = (await enrol(connection, database.vault, "rosa")).id
        luis = (await enrol(connection, database.vault, "luis")).id
        stored = await connection.execute(
            select(schema.persons.c.wrapped_key, schema.persons.c.key_commitment).where(
                schema.persons.c.id == rosa
            )
        )
        changed = update(schema.persons).where(schema.persons.c.id == luis)
        await connection.execute(changed.values(**stored.mappings().one()))
    async with database.read() as connection:
        with pytest.raises(StorageError, match="does not open"):
            await load_key(connection, database.vault, luis)


@pytest.mark.asyncio
async def test_an_erased_person_has_no_key_though_it_was_in_use(database: Database) -> None:
    async with database.write() as connection:
        person = (await enrol(connection, database.vault)).id
        assert await load_key(connection, database.vault, person) is not None
        identifier = await persons.read_identifier(connection, database.vault, person)
        assert identifier == persons.Identifier(jurisdiction="FR", value=NUMBER + "rosa")
        await erase(connection, person)
        assert await load_key(connection, database.vault, person) is None
        assert await persons.read_identifier(connection, database.vault, person) is None


@pytest.mark.asyncio
async def test_a_key_is_read_once_in_a_transaction_and_anew_in_the_next(
    database: Database, database_url: str, randomness: Callable[[int], bytes]
) -> None:
    """In a transaction nobody else's changes are seen; another process may act between two."""
    async with database.write() as connection:
        person = (await enrol(connection, database.vault)).id
    async with database.read() as connection:
        with counted() as statements:
            assert await load_key(connection, database.vault, person) is not None
            assert await load_key(connection, database.vault, person) is not None
    assert len(statements) == 1
    other = await open_database(
        database_url, wrapping_key=WRAPPING_KEY, index_key=INDEX_KEY, randomness=randomness
    )
    async with other.write() as connection:
        await erase(connection, person)
    await other.close()
    async with database.read() as connection:
        assert await load_key(connection, database.vault, person) is None


@pytest.mark.asyncio
async def test_a_person_who_was_undone_with_a_savepoint_has_no_key(database: Database) -> None:
    async with database.write() as connection:
        made: list[int] = []
        with suppress(NotFoundError):
            async with savepoint(connection):
                made.append((await enrol(connection, database.vault)).id)
                assert await load_key(connection, database.vault, made[0]) is not None
                raise NotFoundError("undone")
        with pytest.raises(StorageError, match="not in this database"):
            await load_key(connection, database.vault, made[0])


@pytest.mark.asyncio
async def test_a_person_fenced_meanwhile_has_no_key_in_the_same_transaction(
    database: Database,
) -> None:
    async with database.write() as connection:
        rosa = await enrol(connection, database.vault)
    async with database.read() as connection:
        assert await load_key(connection, database.vault, rosa.id) is not None
        database.vault.fence(rosa.name)
        assert await load_key(connection, database.vault, rosa.id) is None
