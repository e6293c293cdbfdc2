"""
Exhibits that come before their statement, page after page: kept in order, each under the key of the
person whom the case is about, until the statement is there. A peer stages one statement at a time.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, delete, func, select

from portability.store.data_keys import load_key, usable
from portability.store.engine import Connection
from portability.store.peer_tables import staged_exhibits
from portability.store.rows import insert, one_of
from portability.store.vault import Vault, row_aad

_TABLE: Final = "staged_exhibits"


async def count_staged(
    connection: Connection, *, peer: str, statement_id: bytes
) -> tuple[int, int]:
    """How many exhibits of a statement are here, from the first on without a gap, and the bytes."""
    found = await connection.execute(
        select(
            func.count(),
            func.coalesce(func.sum(func.length(staged_exhibits.c.proven_ciphertext)), 0),
        ).where(staged_exhibits.c.peer == peer, staged_exhibits.c.statement_id == statement_id)
    )
    count, size = found.one()
    return count, int(size)


async def stage(
    connection: Connection,
    vault: Vault,
    *,
    peer: str,
    statement_id: bytes,
    case_id: str,
    person: int | None,
    first: int,
    proven: Sequence[bytes],
    now: datetime,
) -> None:
    """
    Keep a page, whose first exhibit has that place; what the peer staged of others is forgotten.

    PreconditionError for a person who was erased.
    """
    await connection.execute(
        delete(staged_exhibits).where(
            staged_exhibits.c.peer == peer, staged_exhibits.c.statement_id != statement_id
        )
    )
    key = usable(await load_key(connection, vault, person))
    await connection.execute(
        insert(connection, staged_exhibits).on_conflict_do_nothing(),
        [
            {
                "peer": peer,
                "statement_id": statement_id,
                "ordinal": first + place,
                "case_id": case_id,
                "person": person,
                "proven_ciphertext": vault.encrypt(key, one, _aad(statement_id, first + place)),
                "create_time": now,
            }
            for place, one in enumerate(proven)
        ],
    )


async def read_staged(
    connection: Connection, vault: Vault, *, peer: str, statement_id: bytes
) -> list[bytes]:
    """All that was staged of a statement, in order; nothing where its person was erased."""
    rows = await connection.execute(
        select(
            staged_exhibits.c.ordinal,
            staged_exhibits.c.person,
            staged_exhibits.c.proven_ciphertext,
        )
        .where(staged_exhibits.c.peer == peer, staged_exhibits.c.statement_id == statement_id)
        .order_by(staged_exhibits.c.ordinal)
    )
    found = rows.all()
    if not found:
        return []
    key = await load_key(connection, vault, found[0].person)
    if key is None:
        return []
    return [
        vault.decrypt(key, one.proven_ciphertext, _aad(statement_id, one.ordinal)) for one in found
    ]


async def clear_staged(connection: Connection, peer: str) -> None:
    """The statement is here, or was refused: what was staged for it has done its work."""
    await connection.execute(_CLEAR, {"sender": peer})


async def forget_staged(connection: Connection, case_ids: Collection[str]) -> int:
    """What was staged in these cases goes; a sender that goes on begins anew. How many."""
    done = await connection.execute(
        delete(staged_exhibits).where(one_of(connection, staged_exhibits.c.case_id, case_ids))
    )
    return done.rowcount


_CLEAR: Final = delete(staged_exhibits).where(staged_exhibits.c.peer == bindparam("sender"))


def _aad(statement_id: bytes, ordinal: int) -> bytes:
    return row_aad(_TABLE, statement_id + b"/%d" % ordinal)
