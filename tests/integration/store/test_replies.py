from datetime import timedelta
from pathlib import Path

import pytest

from portability.errors import RequestIdReusedError
from portability.store import replies
from portability.store.engine import Connection, Database
from portability.store.vault import Vault
from tests.conftest import NOW
from tests.integration.store.samples import NUMBER, read_files

pytestmark = pytest.mark.asyncio

REQUEST = b"enrol " + NUMBER.encode()


async def keep(
    connection: Connection,
    vault: Vault,
    *,
    caller: str = "ES/agency/inss",
    response: bytes = b"yes",
) -> bool:
    return await replies.add_reply(
        connection,
        vault,
        caller=caller,
        method="CreatePerson",
        request_id="1",
        request=REQUEST,
        response=response,
        now=NOW,
    )


async def ask(
    connection: Connection,
    vault: Vault,
    *,
    caller: str = "ES/agency/inss",
    method: str = "CreatePerson",
    request_id: str = "1",
    request: bytes = REQUEST,
) -> bytes | None:
    return await replies.find_reply(
        connection, vault, caller=caller, method=method, request_id=request_id, request=request
    )


async def test_a_repeated_request_gets_its_first_answer(database: Database) -> None:
    vault = database.vault
    async with database.write() as connection:
        assert await keep(connection, vault)
        assert not await keep(connection, vault, response=b"no")
        assert await ask(connection, vault) == b"yes"
        assert await ask(connection, vault, caller="ES/agency/tgss") is None
        assert await ask(connection, vault, method="OpenCase") is None
        assert await ask(connection, vault, request_id="2") is None


async def test_a_request_id_with_other_content_is_refused(database: Database) -> None:
    async with database.write() as connection:
        await keep(connection, database.vault)
        with pytest.raises(RequestIdReusedError, match="choose a new id"):
            await ask(connection, database.vault, request=REQUEST + b"0")


async def test_old_answers_are_purged(database: Database) -> None:
    vault = database.vault
    async with database.write() as connection:
        await keep(connection, vault)
        assert await replies.purge_replies(connection, NOW) == 0
        assert await replies.purge_replies(connection, NOW + timedelta(seconds=1)) == 1
        assert await ask(connection, vault) is None


async def test_an_answer_that_was_kept_for_a_month_goes_when_another_comes(
    database: Database,
) -> None:
    vault = database.vault
    async with database.write() as connection:
        await keep(connection, vault)
        for passed, is_kept in ((replies.KEPT, True), (2 * replies.KEPT, False)):
            await replies.add_reply(
                connection,
                vault,
                caller="another",
                method="CreatePerson",
                request_id=str(passed),
                request=REQUEST,
                response=b"yes",
                now=NOW + passed,
            )
            assert (await ask(connection, vault) is not None) is is_kept


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_neither_request_nor_answer_is_in_the_file(
    tmp_path: Path, database: Database
) -> None:
    async with database.write() as connection:
        await keep(connection, database.vault, response=b"the secret answer")
    content = b"".join(read_files(tmp_path).values())
    assert b"CreatePerson" in content
    assert b"secret answer" not in content
    assert NUMBER.encode() not in content
