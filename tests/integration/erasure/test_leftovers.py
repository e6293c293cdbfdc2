"""After an erasure the files of the database are searched as a thief would: raw, every byte."""

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from sqlalchemy import select

from portability.errors import ErasedError, StorageError
from portability.node.erasure.raw_files import holds_any
from portability.store import schema
from portability.store.vault import Vault, WrappedKey
from tests.conftest import FixedClock, PostgresServer
from tests.integration.conftest import INDEX_KEY, WRAPPING_KEY
from tests.integration.erasure.desk import NUMBER, Desk, open_desk

pytestmark = pytest.mark.asyncio

ROSA = "persons/" + "a" * 32
SALT = bytes(range(200, 232))
PAYLOAD = b"Rosa worked as a welder in Lyon " + SALT


@dataclass
class Secrets:
    """What was known of a person before; ``stored`` is how the database had her key."""

    stored: WrappedKey
    key: bytes
    digest: bytes
    identifier: bytes
    envelope: bytes


async def secrets_of(desk: Desk, person: int) -> Secrets:
    async with desk.database.read() as connection:
        row = (
            await connection.execute(select(schema.persons).where(schema.persons.c.id == person))
        ).one()
        envelope: bytes | None = await connection.scalar(
            select(schema.statements.c.envelope_ciphertext).where(
                schema.statements.c.person == person
            )
        )
    stored = WrappedKey(wrapped=row.wrapped_key, commitment=row.key_commitment)
    return Secrets(
        stored=stored,
        key=desk.database.vault._unwrap(ROSA, stored),  # to look for it in files
        digest=row.identifier_digest,
        identifier=row.identifier_ciphertext,
        envelope=envelope or b"",
    )


async def lived(desk: Desk) -> tuple[int, Secrets]:
    """Rosa among others, with enough written around her that pages split and are used again."""
    for number in range(40):
        other = await desk.enrol(f"persons/{number:032x}", f"number {number}")
        await desk.record(other, b"somebody else %d" % number)
    rosa = await desk.enrol(ROSA)
    await desk.record(rosa, PAYLOAD)
    found = await secrets_of(desk, rosa)
    for number in range(60):
        await desk.record(rosa, PAYLOAD + b"%d" % number)
        await desk.enrol(f"persons/{1000 + number:032x}", f"number {1000 + number}")
    return rosa, found


def plain(found: Secrets) -> list[bytes]:
    return [NUMBER.encode(), PAYLOAD[:20], SALT, found.key]


async def test_nothing_is_left_in_an_embedded_database_or_beside_it(
    sqlite_url: str, tmp_path: Path, clock: FixedClock
) -> None:
    async with open_desk(sqlite_url, tmp_path / "erasure", clock) as desk:
        _, found = await lived(desk)
        before = [found.stored.wrapped, found.digest, found.identifier, found.envelope]
        files = [tmp_path / "node.db", tmp_path / "node.db-wal", tmp_path / "node.db-shm"]
        for one in before:
            assert any(holds_any(path, [one]) for path in files), "it would be found"
        await desk.erase(ROSA)
        await asyncio.to_thread(_check_files, files, [*before, *plain(found)])
        journal = (tmp_path / "erasure").iterdir()
        await asyncio.to_thread(_check_files, list(journal), plain(found))


async def test_what_a_server_may_keep_opens_nothing_any_more(
    postgres_server: PostgresServer, postgres_url: str, tmp_path: Path, clock: FixedClock
) -> None:
    """PostgreSQL keeps old row versions and its own log for a while; the key is not among them."""
    async with open_desk(postgres_url, tmp_path / "erasure", clock) as desk:
        _, found = await lived(desk)
        await desk.erase(ROSA)
        forgetting = desk.forgetting
    await asyncio.to_thread(postgres_server.run, "CHECKPOINT")
    folder = Path(postgres_server._server.pgdata)  # where its files are
    raw = await asyncio.to_thread(_files_below, folder)
    assert len(raw) > 100
    await asyncio.to_thread(_check_files, raw, plain(found))
    thief = Vault(  # with everything that the node has now, and the row from before
        wrapping_key=WRAPPING_KEY,
        index_key=INDEX_KEY,
        randomness=os.urandom,
        shares=forgetting.share,
    )
    with pytest.raises(ErasedError):
        thief.open_key(ROSA, found.stored)
    bare = Vault(wrapping_key=WRAPPING_KEY, index_key=INDEX_KEY, randomness=os.urandom)
    unmarked = WrappedKey(wrapped=found.stored.wrapped[1:], commitment=found.stored.commitment)
    with pytest.raises((StorageError, InvalidTag)):
        bare.open_key(ROSA, unmarked)


def _files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def _check_files(files: list[Path], needles: list[bytes]) -> None:
    for path in files:
        for needle in needles:
            try:
                assert not holds_any(path, [needle]), f"{path.name} holds {needle[:8]!r}"
            except (FileNotFoundError, PermissionError):
                continue  # it has gone meanwhile, or is a socket


async def test_every_table_says_what_an_erasure_does_to_it() -> None:
    """A table that is added makes this fail, until its author has said what becomes of it."""
    assert DELETED | EMPTIED | set(STAYS) == set(schema.metadata.tables)
    assert not DELETED & EMPTIED
    assert not (DELETED | EMPTIED) & set(STAYS)


DELETED = {
    "pairwise_references",
    "enrolment_codes",
    "erased_steps",
    "subject_keys",
    "challenges",
    "sessions",
    "prepared_documents",
    "consent_requests",
    "consents",
    "consent_acts",
    "receipts",
    "exhibits",
    "legal_holds",
    "replies",
    "pending_work",
    "undelivered",
    "staged_exhibits",
    "unmet_notices",
    "held_notices",
    "came_bare",
    "identity_questions",
    "identity_candidates",
    "accesses",
    "assisted_acts",
    "consent_refusals",
    "complaints",
    "complaint_steps",
}
EMPTIED = {"persons", "statements", "cases", "outbox", "set_aside"}
STAYS = {
    "assistants": "keys and offices of workers at counters",
    "head": "of the log",
    "checkpoints": "of the log",
    "tiles": "of the log",
    "witnessed": "of other logs",
    "published": "of the log",
    "evidence": "of other logs",
    "directories": "signed lists of who is trusted",
    "settlement_statements": "institutions and currencies; the statements name nobody",
    "settlement_months": "months of random case ids, so that none is claimed twice",
    "agreement_adoptions": "which text of an agreement a node has signed",
    "agreement_texts": "the law",
    "case_agreements": "under which text a random case id is",
    "data_keys": "the node's own key",
    "purpose_templates": "what institutions ask of anybody",
    "case_parties": "institutions, under a random id",
    "case_statements": "random ids and leaves, by which a bundle proves the erasure",
    "inbox": "random ids",
    "acknowledgements": "random ids and times, which case_statements and outbox keep too",
    "erasures": "what was done, of nobody",
    "erasure_recipients": "institutions that were told",
    "erasure_journals": "random ids",
    "maintenance": "words of the node's operator",
    "peer_versions": "of nodes",
    "omissions": "that a peer's answer was not complete: random ids, and places in its log",
}
