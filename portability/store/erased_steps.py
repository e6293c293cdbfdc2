"""
What is left of statements of cases that go on after the content of these statements was erased.

Each is encrypted under the key of the person whom its case is about, and goes with them.
"""

from collections.abc import Collection, Mapping
from typing import Final

from sqlalchemy import delete, select, update

from portability.store.case_tables import erased_steps
from portability.store.data_keys import load_key, usable
from portability.store.engine import Connection
from portability.store.peer_tables import undelivered
from portability.store.rows import add_row, one_of
from portability.store.schema import outbox, statements
from portability.store.vault import DataKey, Vault, row_aad

_TABLE: Final = "erased_steps"


async def put_remainders(
    connection: Connection,
    vault: Vault,
    *,
    case_id: str,
    person: int | None,
    remainders: Mapping[bytes, bytes],
    erasure: bytes,
) -> None:
    """
    Keep what is left of statements, by id, and the id of the one by which they were erased.

    PreconditionError for a person who was erased.
    """
    key = usable(await load_key(connection, vault, person))
    for name, content in remainders.items():
        row = {
            "case_id": case_id,
            "statement_id": name,
            "remainder_ciphertext": vault.encrypt(key, content, _aad(case_id, name)),
            "erasure": erasure,
        }
        await add_row(connection, erased_steps, row)


async def read_remainders(
    connection: Connection, vault: Vault, *, case_id: str, person: int | None
) -> dict[bytes, bytes]:
    """All that is left of the erased statements of a case, by id; nothing once its key is gone."""
    rows = await connection.execute(
        select(erased_steps.c.statement_id, erased_steps.c.remainder_ciphertext).where(
            erased_steps.c.case_id == case_id
        )
    )
    sealed = {name: one for name, one in rows.all()}  # noqa: C416  # dict() takes no typed rows
    key = await load_key(connection, vault, person) if sealed else None
    if key is None:
        return {}
    return {name: vault.decrypt(key, one, _aad(case_id, name)) for name, one in sealed.items()}


async def list_erased(connection: Connection, case_id: str) -> set[bytes]:
    """The statements of a case that goes on whose content was erased."""
    query = select(erased_steps.c.statement_id).where(erased_steps.c.case_id == case_id)
    return set(await connection.scalars(query))


async def adopt_remainders(
    connection: Connection, vault: Vault, case_id: str, keys: tuple[DataKey, DataKey]
) -> None:
    """Put what is left of the statements of a case under another key than it is under."""
    old, new = keys
    rows = await connection.execute(
        select(erased_steps.c.statement_id, erased_steps.c.remainder_ciphertext).where(
            erased_steps.c.case_id == case_id
        )
    )
    for name, sealed in rows.all():
        content = vault.decrypt(old, sealed, _aad(case_id, name))
        await connection.execute(
            update(erased_steps)
            .where(erased_steps.c.case_id == case_id, erased_steps.c.statement_id == name)
            .values(remainder_ciphertext=vault.encrypt(new, content, _aad(case_id, name)))
        )


async def empty_steps(connection: Connection, leaves: Collection[int]) -> None:
    """
    Destroy the payloads at these leaves, which say no more whom they were about; what was withheld
    from peers of them will not go, and nothing goes with what is in a stream.
    """
    at = one_of(connection, statements.c.leaf_index, leaves)
    gone = select(statements.c.statement_id).where(at)
    await connection.execute(delete(undelivered).where(undelivered.c.statement_id.in_(gone)))
    await connection.execute(
        update(outbox).where(outbox.c.statement_id.in_(gone)).values(exhibit_ids=b"")
    )
    await connection.execute(
        update(statements).where(at).values(envelope_ciphertext=b"", person=None)
    )


async def send_erasure(
    connection: Connection, *, peer: str, position: int, statement_id: bytes
) -> bool:
    """
    Put the erasure in the place of a statement that it erased, in the stream to a peer that has not
    got it: streams have no gaps. False if the statement was erased otherwise, or not.
    """
    query = select(erased_steps.c.erasure).where(erased_steps.c.statement_id == statement_id)
    erasure = await connection.scalar(query.limit(1))
    if erasure is None:
        return False
    place = outbox.c.peer == peer, outbox.c.position == position
    named = outbox.c.statement_id == statement_id, outbox.c.accept_time.is_(None)
    done = await connection.execute(
        update(outbox).where(*place, *named).values(statement_id=erasure, exhibit_ids=b"")
    )
    return done.rowcount == 1


def _aad(case_id: str, statement_id: bytes) -> bytes:
    return row_aad(_TABLE, case_id.encode() + b"/" + statement_id)
