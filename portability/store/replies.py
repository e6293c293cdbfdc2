"""The first answer to each request, kept so that a repeated request gets it again (AIP-155)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Final

from sqlalchemy import delete, select

from portability.errors import RequestIdReusedError
from portability.store.engine import Connection
from portability.store.rows import add_row, fetch_one
from portability.store.schema import replies
from portability.store.vault import Vault, row_aad

KEPT: Final = timedelta(days=30)
"""Whoever repeats a request later than that makes a new one."""

_TABLE: Final = "replies"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sealed:
    request_digest: bytes
    response_ciphertext: bytes


async def find_reply(
    connection: Connection,
    vault: Vault,
    *,
    caller: str,
    method: str,
    request_id: str,
    request: bytes,
) -> bytes | None:
    """
    The answer that this caller got for this request before.

    RequestIdReusedError if the id came with another request.
    """
    query = select(replies.c.request_digest, replies.c.response_ciphertext).where(
        replies.c.caller == caller, replies.c.method == method, replies.c.request_id == request_id
    )
    found = await fetch_one(connection, query, _Sealed)
    if found is None:
        return None
    if not compare_digest(found.request_digest, _digest(vault, request)):
        raise RequestIdReusedError(
            "this request id was used for a request with other content: choose a new id",
            request_id=request_id,
        )
    aad = _aad(caller, method, request_id)
    return vault.decrypt(vault.node_key, found.response_ciphertext, aad)


async def add_reply(
    connection: Connection,
    vault: Vault,
    *,
    caller: str,
    method: str,
    request_id: str,
    request: bytes,
    response: bytes,
    now: datetime,
    person: int | None = None,
) -> bool:
    """
    Keep an answer, with whom it is about, if anybody; False if there is one under that id.

    Those that have been kept for long enough are deleted.
    """
    await purge_replies(connection, now - KEPT)
    return await add_row(
        connection,
        replies,
        {
            "caller": caller,
            "method": method,
            "request_id": request_id,
            "request_digest": _digest(vault, request),
            "response_ciphertext": vault.encrypt(
                vault.node_key, response, _aad(caller, method, request_id)
            ),
            "create_time": now,
            "person": person,
        },
    )


async def purge_replies(connection: Connection, before: datetime) -> int:
    """Delete answers older than an instant; how many."""
    done = await connection.execute(delete(replies).where(replies.c.create_time < before))
    return done.rowcount


def _digest(vault: Vault, request: bytes) -> bytes:
    """Keyed, since a request may hold a number that could be guessed from a plain digest."""
    return vault.keyed_digest("request", request)


def _aad(caller: str, method: str, request_id: str) -> bytes:
    return row_aad(_TABLE, "\n".join((caller, method, request_id)))
