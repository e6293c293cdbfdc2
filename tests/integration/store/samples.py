"""Rows to store: statements, persons, cases, with ids that are different and always the same."""

import hashlib
from datetime import date, datetime
from pathlib import Path

from portability.store import cases, delivery, log, persons
from portability.store.engine import Connection
from portability.store.streams import look_at_waiting
from portability.store.vault import Vault
from tests.conftest import NOW

SECRET = b"Rosa Iglesias, 20 years in France"
NUMBER = "2620375056124"
CONTENT = cases.CaseContent(
    branch="old-age",
    agreement="eu-883-2004",
    agreement_version="1",
    claim_date=date(2026, 1, 15),
    award_date=date(2026, 4, 1),
)
PARTIES = (
    cases.CasePlace(jurisdiction="ES", institution="inss"),
    cases.CasePlace(jurisdiction="FR", institution="cnav"),
)


def statement_id(number: int) -> bytes:
    return hashlib.sha256(b"statement %d" % number).digest()


def read_files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def new_row(number: int, *, person: int | None = None, kind: str = "entitlement") -> log.NewRow:
    return log.NewRow(
        leaf_index=number,
        statement_id=statement_id(number),
        kind=kind,
        key_id=hashlib.sha256(b"key").digest(),
        log_entry=b"entry %d" % number,
        person=person,
        envelope=SECRET + b" %d" % number,
    )


async def enrol(connection: Connection, vault: Vault, name: str = "rosa") -> persons.Person:
    person, _ = await persons.create_person(
        connection,
        vault,
        name="persons/" + hashlib.sha256(name.encode()).hexdigest()[:32],
        identifier=persons.Identifier(jurisdiction="FR", value=NUMBER + name),
        identity_level="substantial",
        now=NOW,
    )
    return person


async def erase(connection: Connection, person: int) -> None:
    """What an erasure does to the key; the rest of it is not the store's to decide."""
    await connection.exec_driver_sql(
        f"UPDATE persons SET wrapped_key = NULL WHERE id = {int(person)}"  # noqa: S608  # an int
    )


async def open_case(
    connection: Connection, vault: Vault, case_id: str, person: int | None = None
) -> bool:
    return await cases.add_case(
        connection,
        vault,
        case_id=case_id,
        person=person,
        parties=PARTIES,
        content=CONTENT,
        state="collecting",
        now=NOW,
    )


async def due_deliveries(
    connection: Connection, *, peer: str, now: datetime, limit: int
) -> list[delivery.OutboxRow]:
    """What may leave for a peer now, as its sender finds it."""
    waiting = await look_at_waiting(connection, peer=peer, limit=limit)
    return delivery.due_of(waiting.rows, now)
