"""
Requests about somebody whom an officer has to find, and who else was said to be meant.

A case that turns out to be about somebody is put under that person's key, with all that belongs to
it: so it goes when they are erased.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, delete, select, update

from portability.store.data_keys import load_key, usable
from portability.store.engine import Connection
from portability.store.erased_steps import adopt_remainders
from portability.store.peer_tables import identity_candidates, identity_questions
from portability.store.rows import add_row, fetch_all, fetch_one
from portability.store.schema import (
    case_statements,
    cases,
    exhibits,
    pairwise_references,
    persons,
    receipts,
    statements,
)
from portability.store.vault import DataKey, Vault, row_aad

OPEN: Final = "open"
MOST: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionRow:
    """``state`` is ``open``, or how it was resolved by the statement ``resolution``."""

    statement_id: bytes
    case_id: str
    peer: str
    reference: str
    institution: str
    state: str
    resolution: bytes | None
    create_time: datetime
    resolve_time: datetime | None


_QUESTION: Final = select(
    identity_questions.c.statement_id,
    identity_questions.c.case_id,
    identity_questions.c.peer,
    identity_questions.c.reference,
    identity_questions.c.institution,
    identity_questions.c.state,
    identity_questions.c.resolution,
    identity_questions.c.create_time,
    identity_questions.c.resolve_time,
)


_QUESTION_OF: Final = _QUESTION.where(identity_questions.c.statement_id == bindparam("of"))

_CANDIDATES: Final = (
    select(persons.c.name)
    .join(identity_candidates, identity_candidates.c.person == persons.c.id)
    .where(
        identity_candidates.c.peer == bindparam("of_peer"),
        identity_candidates.c.reference == bindparam("of_reference"),
        persons.c.fence_time.is_(None),
    )
    .order_by(persons.c.name)
)


async def add_question(connection: Connection, row: QuestionRow) -> bool:
    """False if it was asked before."""
    fields = {column: getattr(row, column) for column in identity_questions.c.keys()}  # noqa: SIM118
    return await add_row(connection, identity_questions, fields)


async def find_question(connection: Connection, request: bytes) -> QuestionRow | None:
    """That of a request, open or not."""
    return await fetch_one(connection, _QUESTION_OF, QuestionRow, {"of": request})


async def list_questions(connection: Connection, institution: str) -> list[QuestionRow]:
    """Those of an institution that are open, oldest first."""
    query = (
        _QUESTION.where(
            identity_questions.c.institution == institution, identity_questions.c.state == OPEN
        )
        .order_by(identity_questions.c.create_time, identity_questions.c.statement_id)
        .limit(MOST)
    )
    return await fetch_all(connection, query, QuestionRow)


async def note_resolution(
    connection: Connection, request: bytes, *, state: str, resolution: bytes, now: datetime
) -> None:
    """Whom it means was decided."""
    await connection.execute(
        update(identity_questions)
        .where(identity_questions.c.statement_id == request)
        .values(state=state, resolution=resolution, resolve_time=now)
    )


async def resolutions_of(connection: Connection, requests: Collection[bytes]) -> list[bytes]:
    """Ids of what officers have signed of whom these requests mean, sorted."""
    found = await connection.scalars(
        select(identity_questions.c.resolution).where(
            identity_questions.c.statement_id.in_(requests),
            identity_questions.c.resolution.is_not(None),
        )
    )
    return sorted(found)


async def add_candidate(
    connection: Connection, *, peer: str, reference: str, person: int, now: datetime
) -> None:
    """Somebody said that a reference means this person, who has it not."""
    await add_row(
        connection,
        identity_candidates,
        {"peer": peer, "reference": reference, "person": person, "create_time": now},
    )


async def list_candidates(connection: Connection, *, peer: str, reference: str) -> list[str]:
    """Names of all whom a reference could mean besides whoever has it."""
    asked = {"of_peer": peer, "of_reference": reference}
    return list(await connection.scalars(_CANDIDATES, asked))


async def settle_reference(
    connection: Connection, *, peer: str, reference: str, person: int | None, now: datetime
) -> bool:
    """
    A reference means this person, or nobody, and nobody else; False if the person has another one.
    """
    await connection.execute(
        delete(identity_candidates).where(
            identity_candidates.c.peer == peer, identity_candidates.c.reference == reference
        )
    )
    await connection.execute(
        delete(pairwise_references).where(
            pairwise_references.c.peer == peer, pairwise_references.c.reference == reference
        )
    )
    if person is None:
        return True
    return await add_row(
        connection,
        pairwise_references,
        {"person": person, "peer": peer, "reference": reference, "create_time": now},
    )


async def adopt_case(connection: Connection, vault: Vault, *, case_id: str, person: int) -> str:
    """
    A case is about this person: all of it goes under their key; the owner of the one until then.

    PreconditionError if erased.
    """
    before = await connection.scalar(select(cases.c.person).where(cases.c.case_id == case_id))
    old = usable(await load_key(connection, vault, before))
    if before == person:
        return old.owner
    new = usable(await load_key(connection, vault, person))
    await _adopt_content(connection, vault, case_id, (old, new), person)
    await _adopt_exhibits(connection, vault, case_id, (old, new), person)
    await adopt_remainders(connection, vault, case_id, (old, new))
    await _adopt_statements(connection, vault, case_id, (old, new), before=before, person=person)
    await connection.execute(
        update(receipts).where(receipts.c.case_id == case_id).values(person=person)
    )
    return old.owner


async def _adopt_content(
    connection: Connection,
    vault: Vault,
    case_id: str,
    keys: tuple[DataKey, DataKey],
    person: int,
) -> None:
    mine = cases.c.case_id == case_id
    sealed = await connection.scalar(select(cases.c.content_ciphertext).where(mine))
    moved = _moved(vault, keys, sealed or b"", row_aad("cases", case_id))
    await connection.execute(
        update(cases).where(mine).values(person=person, content_ciphertext=moved)
    )


async def _adopt_exhibits(
    connection: Connection,
    vault: Vault,
    case_id: str,
    keys: tuple[DataKey, DataKey],
    person: int,
) -> None:
    rows = await connection.execute(
        select(exhibits.c.statement_id, exhibits.c.proven_ciphertext).where(
            exhibits.c.case_id == case_id
        )
    )
    for ident, sealed in rows.all():
        aad = row_aad("exhibits", case_id.encode() + b"/" + ident)
        await connection.execute(
            update(exhibits)
            .where(exhibits.c.case_id == case_id, exhibits.c.statement_id == ident)
            .values(person=person, proven_ciphertext=_moved(vault, keys, sealed, aad))
        )


async def _adopt_statements(
    connection: Connection,
    vault: Vault,
    case_id: str,
    keys: tuple[DataKey, DataKey],
    *,
    before: int | None,
    person: int,
) -> None:
    of_case = select(case_statements.c.leaf_index).where(case_statements.c.case_id == case_id)
    of_receipts = select(receipts.c.leaf_index).where(receipts.c.case_id == case_id)
    whose = statements.c.person.is_(None) if before is None else statements.c.person == before
    rows = await connection.execute(
        select(
            statements.c.leaf_index, statements.c.statement_id, statements.c.envelope_ciphertext
        ).where(
            whose,
            statements.c.leaf_index.in_(of_case) | statements.c.leaf_index.in_(of_receipts),
        )
    )
    for leaf, ident, sealed in rows.all():
        moved = _moved(vault, keys, sealed, row_aad("statements", ident))
        await connection.execute(
            update(statements)
            .where(statements.c.leaf_index == leaf)
            .values(person=person, envelope_ciphertext=moved)
        )


def _moved(vault: Vault, keys: tuple[DataKey, DataKey], sealed: bytes, aad: bytes) -> bytes:
    """The same content under the other key; what was erased stays so."""
    if not sealed:
        return sealed
    old, new = keys
    return vault.encrypt(new, vault.decrypt(old, sealed, aad), aad)
