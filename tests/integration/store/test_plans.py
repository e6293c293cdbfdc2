"""That what is asked of large tables begins at the rows that it wants, on both engines."""

from typing import Any

import pytest
from sqlalchemy import Delete, Select, Update, delete, select, update

from portability.store import erasure_recipients, scan
from portability.store.engine import Connection, Database
from portability.store.erasure_tables import erasure_recipients as recipients
from portability.store.peer_tables import identity_questions, undelivered
from portability.store.schema import (
    assisted_acts,
    case_statements,
    cases,
    consent_refusals,
    inbox,
    outbox,
    subject_keys,
)
from portability.store.settlement_tables import settlement_months
from tests.conftest import NOW
from tests.integration.store.samples import statement_id

pytestmark = pytest.mark.asyncio

FAR = 2**40
"""A position that fits into no 32 bits."""


async def plan_of(connection: Connection, statement: Select[Any] | Update | Delete) -> str:
    """How the engine is going to find the rows."""
    text = str(
        statement.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
    )
    word = "EXPLAIN" if connection.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
    rows = await connection.exec_driver_sql(f"{word} {text}")
    return "\n".join(str(row[-1]) for row in rows)


async def test_a_page_begins_where_the_one_before_it_ended(database: Database) -> None:
    order = inbox.c.peer, inbox.c.position
    query = select(inbox).where(scan._behind(order, ["FR", FAR])).order_by(*order).limit(9)
    async with database.read() as connection:
        plan = await plan_of(connection, query)
    assert ("ROW(peer, " if database.engine_name == "postgresql" else "(peer,position)>") in plan
    assert "Filter" not in plan


async def test_pages_have_each_row_once_and_in_order(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan, "PAGE", 2)
    places = [(peer, FAR + number) for peer in ("DE", "ES", "FR") for number in range(3)]
    rows = [
        {"peer": peer, "position": at, "statement_id": statement_id(1), "create_time": NOW}
        for peer, at in places
    ]
    async with database.write() as connection:
        await connection.execute(inbox.insert(), rows)
    found = []
    async with database.read() as connection:
        async for page in scan.pages(connection, select(inbox), inbox.c.peer, inbox.c.position):
            found += [(row.peer, row.position) for row in page]
    assert found == places


async def test_what_was_sent_is_found_by_its_statement(database: Database) -> None:
    """As an erasure does, which holds up every other writer of the log meanwhile."""
    of_case = select(case_statements.c.statement_id).where(case_statements.c.case_id == "a case")
    sent = outbox.c.statement_id.in_(of_case)
    async with database.read() as connection:
        read = await plan_of(connection, select(outbox.c.position).where(sent))
        changed = await plan_of(connection, update(outbox).where(sent).values(exhibit_ids=b""))
    for plan in (read, changed):
        assert "ix_outbox_statement_id" in plan


OF_PERSON = select(cases.c.case_id).where(cases.c.person == 7)
LARGE: dict[str, Select[Any] | Update | Delete] = {
    "ix_assisted_acts_person": delete(assisted_acts).where(assisted_acts.c.person == 7),
    "ix_consent_refusals_person": delete(consent_refusals).where(consent_refusals.c.person == 7),
    "ix_erasure_recipients_unanswered": select(recipients.c.erasure).where(
        recipients.c.answer.is_(None), recipients.c.answer_by <= NOW
    ),
    "ix_identity_questions_case_id": delete(identity_questions).where(
        identity_questions.c.case_id.in_(OF_PERSON)
    ),
    "ix_settlement_months_case_id_kind": select(settlement_months.c.claim)
    .where(settlement_months.c.kind == "overpayment", settlement_months.c.case_id == "a case")
    .distinct()
    .order_by(settlement_months.c.claim),
    "ix_subject_keys_key_record": select(subject_keys.c.key_id).where(
        subject_keys.c.key_record.in_([b"one", b"other"])
    ),
    "ix_subject_keys_revoke_record": select(subject_keys.c.key_id).where(
        subject_keys.c.revoke_record.in_([b"one", b"other"])
    ),
    "ix_undelivered_statement_id": select(undelivered.c.peer).where(
        undelivered.c.statement_id.in_(
            select(case_statements.c.statement_id).where(case_statements.c.case_id == "a case")
        )
    ),
}


@pytest.mark.parametrize("index", LARGE)
async def test_what_only_grows_is_not_read_as_a_whole(database: Database, index: str) -> None:
    async with database.read() as connection:
        plan = await plan_of(connection, LARGE[index])
    assert index in plan


async def test_whom_an_erasure_tells_is_found_in_the_cases_of_that_person(
    database: Database,
) -> None:
    async with database.read() as connection:
        plan = await plan_of(connection, erasure_recipients._addressed(7))
    is_embedded = database.engine_name == "sqlite"
    assert ("sqlite_autoindex_case_statements" if is_embedded else "pk_case_statements") in plan
    assert "SCAN" not in plan
