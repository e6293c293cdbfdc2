"""
Who is known here. A person's number is stored encrypted and found through a keyed digest; the name
is random, and so are the references under which two nodes speak of the person.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, select, update

from portability.errors import StaleCheckpointError
from portability.store.data_keys import load_key
from portability.store.engine import Connection
from portability.store.rows import add_row, fetch_all, fetch_one, one_of
from portability.store.schema import pairwise_references, persons
from portability.store.vault import Vault, WrappedKey, row_aad

_TABLE: Final = "persons"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A person; ``name`` is ``persons/`` and random hex digits."""

    id: int
    name: str
    identity_level: str
    create_time: datetime
    erase_time: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier:
    """A number that a jurisdiction gave a person, in the spelling that the caller settled on."""

    jurisdiction: str
    value: str = field(repr=False)


async def create_person(
    connection: Connection,
    vault: Vault,
    *,
    name: str,
    identifier: Identifier | None,
    identity_level: str,
    now: datetime,
) -> tuple[Person, bool]:
    """Make a person with a key of their own; (who has that identifier, False) if somebody does."""
    stored = vault.make_key(name)
    created = await add_row(
        connection,
        persons,
        {
            "name": name,
            "wrapped_key": stored.wrapped,
            "key_commitment": stored.commitment,
            "identifier_digest": _digest(vault, identifier),
            "identifier_ciphertext": _encrypt_identifier(vault, name, stored, identifier),
            "identity_level": identity_level,
            "create_time": now,
        },
    )
    found = await find_person(connection, name) if created else None
    if found is None and identifier is not None:
        found = await find_person_by_identifier(connection, vault, identifier)
    if found is None:
        raise StaleCheckpointError("a person of that name was made meanwhile: choose another name")
    return found, created


async def find_person(connection: Connection, name: str) -> Person | None:
    """By name."""
    return (await find_persons(connection, (name,))).get(name)


async def find_persons(connection: Connection, names: Collection[str]) -> dict[str, Person]:
    """By names; unknown ones are left out."""
    query = _PERSON.where(one_of(connection, persons.c.name, set(names)))
    return {one.name: one for one in await fetch_all(connection, query, Person)}


async def find_person_by_id(connection: Connection, person: int) -> Person | None:
    """By the number that rows of this database refer to."""
    return await fetch_one(connection, _PERSON_OF_ID, Person, {"of": person})


async def find_person_by_identifier(
    connection: Connection, vault: Vault, identifier: Identifier
) -> Person | None:
    """By the number that a jurisdiction gave them."""
    digest = _digest(vault, identifier)
    return await fetch_one(connection, _PERSON.where(persons.c.identifier_digest == digest), Person)


async def read_identifier(connection: Connection, vault: Vault, person: int) -> Identifier | None:
    """The number that a person is known by; None if there is none, or it was erased."""
    row = (
        await connection.execute(
            select(persons.c.name, persons.c.identifier_ciphertext).where(persons.c.id == person)
        )
    ).one_or_none()
    key = await load_key(connection, vault, person) if row is not None else None
    if row is None or row.identifier_ciphertext is None or key is None:
        return None
    text = vault.decrypt(key, row.identifier_ciphertext, row_aad(_TABLE, row.name))
    jurisdiction, value = json.loads(text)
    return Identifier(jurisdiction=jurisdiction, value=value)


# --- pairwise references -------------------------------------------------------------------------


async def set_identity_level(connection: Connection, person: int, level: str) -> None:
    """How sure it is, from now on, who a person is."""
    await connection.execute(
        update(persons).where(persons.c.id == person).values(identity_level=level)
    )


async def add_pairwise_reference(
    connection: Connection, *, person: int, peer: str, reference: str, now: datetime
) -> bool:
    """False if the person has a reference with that peer already, or another has this one."""
    return await add_row(
        connection,
        pairwise_references,
        {"person": person, "peer": peer, "reference": reference, "create_time": now},
    )


async def find_pairwise_reference(connection: Connection, *, person: int, peer: str) -> str | None:
    """The reference under which this node and a peer speak of a person."""
    asked = {"of": person, "of_peer": peer}
    found: str | None = await connection.scalar(_REFERENCE, asked)
    return found


async def find_person_by_reference(
    connection: Connection, *, peer: str, reference: str
) -> Person | None:
    """Whom a peer means."""
    asked = {"of_peer": peer, "of_reference": reference}
    return await fetch_one(connection, _PERSON_OF_REFERENCE, Person, asked)


_PERSON: Final = select(
    persons.c.id,
    persons.c.name,
    persons.c.identity_level,
    persons.c.create_time,
    persons.c.erase_time,
)

_REFERENCE: Final = select(pairwise_references.c.reference).where(
    pairwise_references.c.person == bindparam("of"),
    pairwise_references.c.peer == bindparam("of_peer"),
)

_PERSON_OF_ID: Final = _PERSON.where(persons.c.id == bindparam("of"))

_PERSON_OF_REFERENCE: Final = _PERSON.where(
    persons.c.id
    == select(pairwise_references.c.person)
    .where(
        pairwise_references.c.peer == bindparam("of_peer"),
        pairwise_references.c.reference == bindparam("of_reference"),
    )
    .scalar_subquery()
)


def digest_of(vault: Vault, stored: bytes) -> bytes | None:
    """By what a person is found whose decrypted number is this; empty: they have none."""
    if not stored:
        return None
    jurisdiction, value = json.loads(stored)
    return _digest(vault, Identifier(jurisdiction=jurisdiction, value=value))


def _digest(vault: Vault, identifier: Identifier | None) -> bytes | None:
    if identifier is None:
        return None
    return vault.keyed_digest(
        "identifier", identifier.jurisdiction.encode(), identifier.value.encode()
    )


def _encrypt_identifier(
    vault: Vault, name: str, stored: WrappedKey, identifier: Identifier | None
) -> bytes | None:
    if identifier is None:
        return None
    text = json.dumps([identifier.jurisdiction, identifier.value]).encode()
    return vault.encrypt(vault.open_key(name, stored), text, row_aad(_TABLE, name))
