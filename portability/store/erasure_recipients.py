"""Whoever had received data of a person who was erased: what they were told, and what they say."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, exists, or_, select, update

from portability.store.engine import Connection
from portability.store.rows import add_row, fetch_all
from portability.store.schema import (
    case_parties,
    case_statements,
    cases,
    complaints,
    erasure_recipients,
    receipts,
)

DISCLOSED: Final = ("released", "partial")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientRow:
    """
    A recipient of data that was erased. ``notice`` is None until one is sent, ``outcome`` empty
    until it is answered; ``case_ids`` are those in which the data was received.
    """

    erasure: str
    jurisdiction: str
    institution: str
    case_ids: tuple[str, ...]
    notice: bytes | None = None
    answer_by: datetime | None = None
    outcome: str = ""
    citation: str = ""
    answer: bytes | None = None
    answer_time: datetime | None = None


async def collect_recipients(
    connection: Connection, person: int, *, own: str
) -> dict[tuple[str, str], set[str]]:
    """
    Who of other jurisdictions received data of a person: (jurisdiction, institution) to the ids of
    the cases in which they did.

    By our own receipts, and as parties of cases in which we said anything: a request alone tells
    that somebody claims, and brings what the person has signed. A complaint about an institution
    abroad is there in the person's words; its name stands among those of the cases.
    """
    found: dict[tuple[str, str], set[str]] = {}
    for requester, case_id in await connection.execute(_receipted(person)):
        jurisdiction, _, institution = requester.partition("/")
        cases_of = found.setdefault((jurisdiction, institution), set())
        cases_of.update([case_id] if case_id else [])
    for jurisdiction, institution, case_id in await connection.execute(_addressed(person)):
        found.setdefault((jurisdiction, institution), set()).add(case_id)
    for desk, name in await connection.execute(_complained(person)):
        jurisdiction, _, institution = desk.partition("/")
        found.setdefault((jurisdiction, institution), set()).add(name)
    return {place: case_ids for place, case_ids in found.items() if place[0] != own}


def _receipted(person: int) -> Select[Any]:
    return select(receipts.c.requester, receipts.c.case_id).where(
        receipts.c.person == person, receipts.c.is_local, receipts.c.outcome.in_(DISCLOSED)
    )


def _complained(person: int) -> Select[Any]:
    return select(complaints.c.desk, complaints.c.name).where(complaints.c.person == person)


def _addressed(person: int) -> Select[Any]:
    # of each case by itself: all that was ever said in any is much
    spoken_in = exists().where(
        case_statements.c.case_id == case_parties.c.case_id, case_statements.c.direction == "out"
    )
    return (
        select(case_parties.c.jurisdiction, case_parties.c.institution, case_parties.c.case_id)
        .join(cases, cases.c.case_id == case_parties.c.case_id)
        .where(cases.c.person == person, spoken_in)
    )


async def add_recipient(connection: Connection, row: RecipientRow) -> bool:
    """False if the erasure has that recipient already."""
    return await add_row(
        connection,
        erasure_recipients,
        {
            "erasure": row.erasure,
            "jurisdiction": row.jurisdiction,
            "institution": row.institution,
            "case_ids": " ".join(row.case_ids),
            "outcome": row.outcome,
            "citation": row.citation,
        },
    )


async def list_recipients(connection: Connection, names: Collection[str]) -> list[RecipientRow]:
    """Those of these erasures, by erasure and place."""
    query = _RECIPIENT.where(erasure_recipients.c.erasure.in_(names)).order_by(
        erasure_recipients.c.erasure,
        erasure_recipients.c.jurisdiction,
        erasure_recipients.c.institution,
    )
    return await fetch_all(connection, query, _recipient)


async def note_told(
    connection: Connection, row: RecipientRow, *, notice: bytes, answer_by: datetime
) -> None:
    await connection.execute(
        update(erasure_recipients).where(*_same(row)).values(notice=notice, answer_by=answer_by)
    )


async def list_told(connection: Connection, notice: bytes) -> list[RecipientRow]:
    """Whom a notice was sent to, once for each erasure that it told of."""
    return await fetch_all(
        connection, _RECIPIENT.where(erasure_recipients.c.notice == notice), _recipient
    )


async def note_answered(
    connection: Connection,
    row: RecipientRow,
    *,
    outcome: str,
    citation: str,
    answer: bytes,
    now: datetime,
    instead_of: Collection[str] = (),
) -> None:
    """
    The first answer counts; a later one is in the log all the same.

    But one with an outcome in ``instead_of`` gives way: what was not there has come since, or what
    was kept need not be any more.
    """
    counts: ColumnElement[bool] = erasure_recipients.c.answer.is_(None)
    if instead_of:
        counts = or_(counts, erasure_recipients.c.outcome.in_(instead_of))
    await connection.execute(
        update(erasure_recipients)
        .where(*_same(row), counts)
        .values(outcome=outcome, citation=citation, answer=answer, answer_time=now)
    )


async def list_overdue(connection: Connection, now: datetime) -> list[RecipientRow]:
    """Those who should have answered by now and have not."""
    query = _RECIPIENT.where(
        erasure_recipients.c.answer.is_(None), erasure_recipients.c.answer_by <= now
    ).order_by(erasure_recipients.c.erasure, erasure_recipients.c.jurisdiction)
    return await fetch_all(connection, query, _recipient)


def _same(row: RecipientRow) -> tuple[ColumnElement[bool], ...]:
    return (
        erasure_recipients.c.erasure == row.erasure,
        erasure_recipients.c.jurisdiction == row.jurisdiction,
        erasure_recipients.c.institution == row.institution,
    )


def _recipient(*, case_ids: str, **others: Any) -> RecipientRow:
    return RecipientRow(case_ids=tuple(case_ids.split()), **others)


_RECIPIENT: Final = select(*(one for one in erasure_recipients.c))
