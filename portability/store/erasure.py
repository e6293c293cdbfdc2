"""
The destruction of what a database holds about a person; ``erasure_rows`` says how far each is.

What stays: the leaves, a person's row with a random name, and who was told. Nothing of that can be
guessed from, or confirm a guess about, anything that was known of the person.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, Table, and_, delete, func, or_, select, update

from portability.store.engine import Connection
from portability.store.erasure_rows import DECIDED
from portability.store.peer_tables import (
    identity_candidates,
    identity_questions,
    staged_exhibits,
    undelivered,
)
from portability.store.rows import fetch_one, one_of
from portability.store.schema import (
    accesses,
    assisted_acts,
    came_bare,
    case_statements,
    cases,
    challenges,
    complaints,
    consent_acts,
    consent_refusals,
    consent_requests,
    consents,
    enrolment_codes,
    erased_steps,
    erasures,
    exhibits,
    held_notices,
    legal_holds,
    outbox,
    pairwise_references,
    pending_work,
    persons,
    prepared_documents,
    receipts,
    replies,
    sessions,
    statements,
    subject_keys,
    unmet_notices,
)

_OWNED: Final[tuple[Table, ...]] = (
    pairwise_references,
    enrolment_codes,
    subject_keys,
    challenges,
    sessions,
    prepared_documents,
    accesses,
    assisted_acts,
    consent_refusals,
    consent_requests,
    consents,
    receipts,
    exhibits,
    legal_holds,
    replies,
    complaints,
    identity_candidates,
)
"""Tables whose rows are about one person and go with them, in an order that keys allow."""

_OF_CASES: Final[tuple[Table, ...]] = (
    pending_work,
    undelivered,
    staged_exhibits,
    identity_questions,
    erased_steps,
    unmet_notices,
    held_notices,
    came_bare,
)
"""Tables whose rows go with the case that they are about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A person as an erasure sees them; ``erase_time`` once the key is destroyed."""

    id: int
    name: str
    key_commitment: bytes
    fence_time: datetime | None
    erase_time: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Residue:
    """Bytes that must be in no file of the database any more once a person is erased."""

    wrapped_key: bytes = field(repr=False)
    identifier_digest: bytes = field(repr=False)
    identifier_ciphertext: bytes = field(repr=False)

    @property
    def needles(self) -> tuple[bytes, ...]:
        every = (self.wrapped_key, self.identifier_digest, self.identifier_ciphertext)
        return tuple(one for one in every if one)


# --- the person ----------------------------------------------------------------------------------


async def find_target(connection: Connection, name: str) -> Target | None:
    """By name."""
    query = select(
        persons.c.id,
        persons.c.name,
        persons.c.key_commitment,
        persons.c.fence_time,
        persons.c.erase_time,
    ).where(persons.c.name == name)
    return await fetch_one(connection, query, Target)


async def fence_person(connection: Connection, person: int, now: datetime) -> None:
    """From now on no key of this person is used by whoever reads the row."""
    await connection.execute(
        update(persons)
        .where(persons.c.id == person, persons.c.fence_time.is_(None))
        .values(fence_time=now)
    )


async def list_unerased(connection: Connection, names: Collection[str]) -> list[str]:
    """Those of these persons whose key this database still holds."""
    query = select(persons.c.name).where(
        one_of(connection, persons.c.name, names), persons.c.erase_time.is_(None)
    )
    return list(await connection.scalars(query))


async def read_residue(connection: Connection, person: int) -> Residue:
    """What to look for in the files afterwards."""
    row = (
        await connection.execute(
            select(
                persons.c.wrapped_key, persons.c.identifier_digest, persons.c.identifier_ciphertext
            ).where(persons.c.id == person)
        )
    ).one()
    return Residue(
        wrapped_key=row.wrapped_key or b"",
        identifier_digest=row.identifier_digest or b"",
        identifier_ciphertext=row.identifier_ciphertext or b"",
    )


async def destroy_person(connection: Connection, person: int, now: datetime) -> None:
    """
    Destroy the key and every row about a person; leaves and the ids of cases stay.

    Doing it again changes nothing.
    """
    mine = select(cases.c.case_id).where(cases.c.person == person)
    for table in _OF_CASES:
        await connection.execute(delete(table).where(table.c.case_id.in_(mine)))
    await _destroy_acts(connection, person)
    for table in _OWNED:
        await connection.execute(delete(table).where(table.c.person == person))
    await _empty_cases(connection, cases.c.person == person)
    await _empty_statements(connection, statements.c.person == person)
    await connection.execute(
        update(persons)
        .where(persons.c.id == person)
        .values(
            wrapped_key=None,
            identifier_digest=None,
            identifier_ciphertext=None,
            identity_level="",
            erase_time=now,
        )
    )


async def list_leaves(connection: Connection, person: int) -> list[int]:
    """The leaves whose payload was about a person, in order."""
    found = await connection.scalars(
        select(statements.c.leaf_index)
        .where(statements.c.person == person)
        .order_by(statements.c.leaf_index)
    )
    return list(found)


async def unlink_person(connection: Connection, person: int) -> None:
    """No leaf and no case says any more that it was about the same person as another."""
    for table in (statements, cases, erasures):
        await connection.execute(update(table).where(table.c.person == person).values(person=None))


# --- what a peer had disclosed in cases ----------------------------------------------------------


async def list_case_leaves(connection: Connection, case_ids: Collection[str]) -> list[int]:
    """The leaves of these cases that still have a payload, in order."""
    found = await connection.scalars(
        select(statements.c.leaf_index)
        .where(
            statements.c.leaf_index.in_(_leaves_of(case_ids)),
            statements.c.envelope_ciphertext != b"",
        )
        .order_by(statements.c.leaf_index)
    )
    return list(found)


async def has_kind(connection: Connection, case_id: str, kind: str) -> bool:
    """Whether a statement of that kind belongs to a case and still has its payload."""
    found = await connection.scalar(
        select(statements.c.leaf_index)
        .where(
            statements.c.leaf_index.in_(_leaves_of([case_id])),
            statements.c.kind == kind,
            statements.c.envelope_ciphertext != b"",
        )
        .limit(1)
    )
    return found is not None


async def destroy_cases(connection: Connection, case_ids: Collection[str]) -> None:
    """Destroy what cases hold: their exhibits, statements and content. Ids and leaves stay."""
    for table in _OF_CASES:
        await connection.execute(delete(table).where(table.c.case_id.in_(case_ids)))
    await connection.execute(delete(exhibits).where(exhibits.c.case_id.in_(case_ids)))
    await _empty_statements(connection, statements.c.leaf_index.in_(_leaves_of(case_ids)))
    await _empty_cases(connection, cases.c.case_id.in_(case_ids))


async def list_late_leaves(
    connection: Connection, case_ids: Collection[str], first: int
) -> list[int]:
    """The leaves of these cases from an index on, whether their rows are there yet or not."""
    found = await connection.scalars(
        select(case_statements.c.leaf_index)
        .where(case_statements.c.case_id.in_(case_ids), case_statements.c.leaf_index >= first)
        .order_by(case_statements.c.leaf_index)
    )
    return list(found)


async def list_erased_cases(connection: Connection, case_ids: Collection[str]) -> set[str]:
    """Those of these cases whose content was destroyed."""
    query = select(cases.c.case_id).where(
        one_of(connection, cases.c.case_id, case_ids), cases.c.content_ciphertext == b""
    )
    return set(await connection.scalars(query))


async def empty_leaves(connection: Connection, leaves: Collection[int]) -> None:
    """Destroy the payloads of single leaves, which belong to no case. Ids and leaves stay."""
    await _empty_statements(connection, statements.c.leaf_index.in_(leaves))


def _leaves_of(case_ids: Collection[str]) -> Select[Any]:
    return select(case_statements.c.leaf_index).where(case_statements.c.case_id.in_(case_ids))


# --- the outbox ----------------------------------------------------------------------------------


async def replace_unsent(
    connection: Connection, leaves: Sequence[int], instead: bytes, *, late: Collection[bytes] = ()
) -> int:
    """
    Send ``instead`` in place of what cannot be sent any more: streams have no gaps. How many.

    What was sent keeps its place and its id, which is random; what went with it is forgotten.
    ``late`` are ids of what the transaction under way has logged, of which no row is there yet.
    """
    gone = select(statements.c.statement_id).where(statements.c.leaf_index.in_(leaves))
    named = or_(outbox.c.statement_id.in_(gone), outbox.c.statement_id.in_(late))
    await connection.execute(update(outbox).where(named).values(exhibit_ids=b""))
    done = await connection.execute(
        update(outbox).where(named, outbox.c.accept_time.is_(None)).values(statement_id=instead)
    )
    return done.rowcount


# --- what else names a person --------------------------------------------------------------------


async def list_mentions(connection: Connection, person: int) -> set[bytes]:
    """By what others may have spoken of a person: references, ids of cases and of statements."""
    found: set[bytes] = set()
    for query in (
        select(pairwise_references.c.reference).where(pairwise_references.c.person == person),
        select(cases.c.case_id).where(cases.c.person == person),
    ):
        found |= {one.encode() for one in await connection.scalars(query)}
    ids = select(statements.c.statement_id).where(statements.c.person == person)
    return found | set(await connection.scalars(ids))


async def count_kinds(connection: Connection, person: int, kind: str, since: datetime) -> int:
    """How many statements of a kind about a person were logged from an instant on."""
    count = await connection.scalar(
        select(func.count())
        .select_from(statements)
        .where(
            statements.c.person == person,
            statements.c.kind == kind,
            statements.c.accept_time >= since,
        )
    )
    return count or 0


async def list_unproven(
    connection: Connection, leaves: Collection[int], fenced: Callable[[str], bool]
) -> set[int]:
    """
    Those of these leaves whose person is being erased, by a row or by the journal (``fenced``).

    Their payload is gone or out of reach, and no statement says so yet.
    """
    found = await connection.execute(
        select(statements.c.leaf_index, persons.c.name, erasures.c.name)
        .join(persons, persons.c.id == statements.c.person)
        .outerjoin(
            erasures,
            and_(erasures.c.person == persons.c.id, erasures.c.stage.in_(DECIDED)),
        )
        .where(one_of(connection, statements.c.leaf_index, leaves))
    )
    return {leaf for leaf, name, erasure in found if erasure is not None or fenced(name)}


async def _destroy_acts(connection: Connection, person: int) -> None:
    given = select(consents.c.statement_id).where(consents.c.person == person)
    await connection.execute(delete(consent_acts).where(consent_acts.c.consent.in_(given)))


async def _empty_cases(connection: Connection, which: ColumnElement[bool]) -> None:
    """The digest of a result is one of guessable data, so it goes, too."""
    await connection.execute(
        update(cases).where(which).values(content_ciphertext=b"", digest=b"", state="erased")
    )


async def _empty_statements(connection: Connection, which: ColumnElement[bool]) -> None:
    await connection.execute(update(statements).where(which).values(envelope_ciphertext=b""))
