"""How a person gets in: enrolment codes, keys, challenges, sessions. Secrets only as digests."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import and_, bindparam, case, delete, func, insert, or_, select, update

from portability.store.columns import BIG, Instant
from portability.store.engine import Connection
from portability.store.rows import add_row, fetch_all, fetch_one
from portability.store.schema import (
    accesses,
    challenges,
    enrolment_codes,
    prepared_documents,
    receipts,
    sessions,
    subject_keys,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectKey:
    """
    A key that a person signs with; ``key_record`` is the statement id of its key record.

    ``revoke_record`` is that of the record by which it ended. Of a passkey alone: its credential
    id, its last counter, and when that counter last went back, which is a hint about copies.
    """

    key_id: bytes
    person: int
    method: str
    public_key: bytes
    key_record: bytes
    create_time: datetime
    revoke_time: datetime | None = None
    revoke_record: bytes | None = None
    credential_id: bytes | None = None
    sign_count: int | None = None
    counter_back_time: datetime | None = None
    last_use_time: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRow:
    """Whose session it is, and the key that opened it, where it was opened with one."""

    person: int
    key_id: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRow:
    """To whom the records of a person are open; ``holder`` as in ``ES/ombudsperson``."""

    statement_id: bytes
    leaf_index: int
    person: int
    holder: str
    create_time: datetime
    expire_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """A sign-in that was begun; no person where an unknown one was named."""

    person: int | None


async def add_enrolment_code(
    connection: Connection, *, digest: bytes, person: int, expire_time: datetime
) -> None:
    """Keep the digest of a code that the person will be given."""
    await connection.execute(
        insert(enrolment_codes),
        {"digest": digest, "person": person, "expire_time": expire_time},
    )


async def find_enrolment_code(
    connection: Connection, *, digest: bytes, now: datetime
) -> int | None:
    """Whose code it is, as long as it can be used; it stays good."""
    person: int | None = await connection.scalar(
        select(enrolment_codes.c.person).where(
            enrolment_codes.c.digest == digest,
            enrolment_codes.c.use_time.is_(None),
            enrolment_codes.c.expire_time > now,
        )
    )
    return person


async def use_enrolment_code(connection: Connection, *, digest: bytes, now: datetime) -> int | None:
    """Whose code it is, once; None if it is unknown, used or expired."""
    person: int | None = await connection.scalar(
        update(enrolment_codes)
        .where(
            enrolment_codes.c.digest == digest,
            enrolment_codes.c.use_time.is_(None),
            enrolment_codes.c.expire_time > now,
        )
        .values(use_time=now)
        .returning(enrolment_codes.c.person)
    )
    return person


async def add_subject_key(connection: Connection, key: SubjectKey) -> bool:
    """False if a key of that id is enrolled already, for whomever."""
    return await add_row(connection, subject_keys, asdict(key))


async def find_subject_key(connection: Connection, key_id: bytes) -> SubjectKey | None:
    """By key id, revoked or not."""
    return await fetch_one(connection, _KEY_OF_ID, SubjectKey, {"of": key_id})


async def list_subject_keys(connection: Connection, person: int) -> list[SubjectKey]:
    """All keys of a person, oldest first, revoked ones too."""
    query = _KEY.where(subject_keys.c.person == person)
    ordered = query.order_by(subject_keys.c.create_time, subject_keys.c.key_id)
    return await fetch_all(connection, ordered, SubjectKey)


async def find_credential(connection: Connection, credential_id: bytes) -> SubjectKey | None:
    """The passkey of that credential id, revoked or not."""
    query = _KEY.where(subject_keys.c.credential_id == credential_id)
    return await fetch_one(connection, query, SubjectKey)


async def note_key_use(
    connection: Connection, key_id: bytes, *, now: datetime, sign_count: int | None = None
) -> None:
    """When a key was used last, and for a passkey the counter that it gave."""
    await note_key_uses(connection, [(key_id, sign_count)], now=now)


async def note_key_uses(
    connection: Connection, uses: Sequence[tuple[bytes, int | None]], *, now: datetime
) -> None:
    """When keys were used last, in order, each with the counter that it gave (passkeys alone)."""
    rows = [{"used": key_id, "given": count, "at": now} for key_id, count in uses]
    await connection.execute(_USED, rows)


async def revoke_subject_key(
    connection: Connection, key_id: bytes, now: datetime, *, record: bytes | None = None
) -> bool:
    """
    End a key, and every session that was opened with it. False if it is unknown or ended before.

    ``record`` is the statement id of the key record that says so.
    """
    done = await connection.execute(
        update(subject_keys)
        .where(subject_keys.c.key_id == key_id, subject_keys.c.revoke_time.is_(None))
        .values(revoke_time=now, revoke_record=record)
    )
    await connection.execute(delete(sessions).where(sessions.c.key_id == key_id))
    return done.rowcount == 1


async def add_challenge(
    connection: Connection, *, digest: bytes, person: int | None, expire_time: datetime
) -> None:
    """Begin a sign-in; for an unknown person the same work is done."""
    await connection.execute(
        insert(challenges), {"digest": digest, "person": person, "expire_time": expire_time}
    )


async def take_challenge(
    connection: Connection, *, digest: bytes, now: datetime
) -> Challenge | None:
    """Each challenge is taken once; None if it is unknown, taken or expired."""
    taken = (
        delete(challenges)
        .where(challenges.c.digest == digest, challenges.c.expire_time > now)
        .returning(challenges.c.person)
    )
    return await fetch_one(connection, taken, Challenge)


async def add_session(
    connection: Connection,
    *,
    digest: bytes,
    person: int,
    expire_time: datetime,
    key_id: bytes | None = None,
) -> None:
    """Open a session."""
    await connection.execute(
        insert(sessions),
        {"digest": digest, "person": person, "expire_time": expire_time, "key_id": key_id},
    )


async def find_session(
    connection: Connection, *, digest: bytes, now: datetime
) -> SessionRow | None:
    """Whose session it is; None if it is unknown or has ended."""
    query = select(sessions.c.person, sessions.c.key_id).where(
        sessions.c.digest == digest, sessions.c.expire_time > now
    )
    return await fetch_one(connection, query, SessionRow)


async def remove_session(connection: Connection, digest: bytes) -> None:
    """End a session before its time."""
    await connection.execute(delete(sessions).where(sessions.c.digest == digest))


async def add_access(connection: Connection, row: AccessRow) -> None:
    """Note to whom the records of a person are open, and until when."""
    await connection.execute(insert(accesses), asdict(row))


async def list_accesses(connection: Connection, person: int) -> list[AccessRow]:
    """To whom the records of a person are or were open, in log order."""
    query = select(
        accesses.c.statement_id,
        accesses.c.leaf_index,
        accesses.c.person,
        accesses.c.holder,
        accesses.c.create_time,
        accesses.c.expire_time,
    ).where(accesses.c.person == person)
    return await fetch_all(connection, query.order_by(accesses.c.leaf_index), AccessRow)


async def count_reads(connection: Connection, row: AccessRow) -> int:
    """How often the holder read while this access was open, by the receipts of it."""
    query = select(func.count()).where(
        receipts.c.person == row.person,
        receipts.c.requester == row.holder,
        receipts.c.create_time >= row.create_time,
        receipts.c.create_time < row.expire_time,
    )
    count: int = await connection.scalar(query) or 0
    return count


async def purge_expired(connection: Connection, now: datetime) -> int:
    """Delete codes, challenges, sessions and unsigned documents past their time; how many."""
    count = 0
    for table in (enrolment_codes, challenges, sessions, prepared_documents):
        done = await connection.execute(delete(table).where(table.c.expire_time <= now))
        count += done.rowcount
    return count


_GIVEN: Final = bindparam("given", type_=BIG)
_KNOWN: Final = subject_keys.c.sign_count
_WENT_BACK: Final = and_(
    _GIVEN.is_not(None), _KNOWN.is_not(None), or_(_KNOWN > 0, _GIVEN > 0), _KNOWN >= _GIVEN
)
_USED: Final = (
    update(subject_keys)
    .where(subject_keys.c.key_id == bindparam("used"))
    .values(
        last_use_time=bindparam("at"),
        sign_count=func.coalesce(_GIVEN, _KNOWN),
        counter_back_time=case(
            (_WENT_BACK, bindparam("at", type_=Instant)), else_=subject_keys.c.counter_back_time
        ),
    )
)

_KEY: Final = select(
    subject_keys.c.key_id,
    subject_keys.c.person,
    subject_keys.c.method,
    subject_keys.c.public_key,
    subject_keys.c.key_record,
    subject_keys.c.create_time,
    subject_keys.c.revoke_time,
    subject_keys.c.revoke_record,
    subject_keys.c.credential_id,
    subject_keys.c.sign_count,
    subject_keys.c.counter_back_time,
    subject_keys.c.last_use_time,
)

_KEY_OF_ID: Final = _KEY.where(subject_keys.c.key_id == bindparam("of"))
