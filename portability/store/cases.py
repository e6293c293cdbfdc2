"""
Cases, which statements belong to them, and what others sent as evidence. What a case is about is
encrypted under the person's key; its parties are institutions and stand in clear.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import Executable, Select, bindparam, select, update

from portability.store.data_keys import key_in, load_key, load_keys, usable
from portability.store.engine import Connection
from portability.store.rows import add_row, any_of, fetch_all, insert, listed, page
from portability.store.schema import case_parties, case_statements, cases, persons
from portability.store.vault import NONCE_BYTES, DataKey, Vault, row_aad

_CASES: Final = "cases"


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePlace:
    """An institution that takes part."""

    jurisdiction: str
    institution: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseContent:
    """What a case is about: says something about the person, so it is stored encrypted."""

    branch: str
    agreement: str
    agreement_version: str
    claim_date: date
    award_date: date


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRow:
    """
    A case. ``position`` counts the cases of this node; the lead is the first party; ``content`` is
    None once its person was erased; ``state`` and ``digest`` only repeat what its statements say;
    ``owner`` is of the key under which it is stored.
    """

    case_id: str
    position: int
    person: int | None
    parties: tuple[CasePlace, ...]
    content: CaseContent | None
    state: str
    digest: bytes
    create_time: datetime
    owner: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseStatement:
    """In a case: ``direction`` is ``in`` or ``out``, ``peer`` a jurisdiction or empty."""

    case_id: str
    leaf_index: int
    statement_id: bytes
    direction: str
    peer: str
    create_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sealed:
    """A case as its row holds it."""

    case_id: str
    position: int
    person: int | None
    content_ciphertext: bytes
    state: str
    digest: bytes
    create_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What does not change of a case that is not erased."""

    parties: tuple[CasePlace, ...]
    content: CaseContent | None


# --- cases ---------------------------------------------------------------------------------------


async def add_case(
    connection: Connection,
    vault: Vault,
    *,
    case_id: str,
    person: int | None,
    parties: Sequence[CasePlace],
    content: CaseContent,
    state: str,
    now: datetime,
) -> bool:
    """False if there is a case of that id. PreconditionError for a person who was erased."""
    key = usable(await load_key(connection, vault, person))
    text = json.dumps(asdict(content), default=date.isoformat).encode()
    sealed = vault.encrypt(key, text, row_aad(_CASES, case_id))
    row = {
        "case_id": case_id,
        "person": person,
        "content_ciphertext": sealed,
        "state": state,
        "digest": b"",
        "create_time": now,
    }
    if not await add_row(connection, cases, row):
        return False
    if parties:
        await connection.execute(
            insert(connection, case_parties),
            [
                {"case_id": case_id, "ordinal": ordinal, **asdict(one)}
                for ordinal, one in enumerate(parties)
            ],
        )
    # should this be undone, no row will ever have these bytes
    known = _Known(parties=tuple(parties), content=content)
    vault.kept.put(_name_of(case_id, sealed), known, owner=key.owner)
    return True


async def find_case(connection: Connection, vault: Vault, case_id: str) -> CaseRow | None:
    """By id."""
    found = await _fetch_cases(connection, vault, _CASE_OF_ID, {"of": case_id})
    return found[0] if found else None


async def find_case_and_statements(
    connection: Connection, vault: Vault, case_id: str
) -> tuple[CaseRow, tuple[CaseStatement, ...]] | None:
    """A case with what was said in it, as this node logged it: all of it in one query."""
    rows = (await connection.execute(_WHOLE_CASE, {"of": case_id})).all()
    if not rows:
        return None
    first = rows[0]
    key: DataKey | None = vault.node_key
    if first.person is not None:
        key = key_in(connection, vault, first, person=first.person)
    sealed = _Sealed(**{name: getattr(first, name) for name in _SEALED})
    opened = await _open_cases(connection, vault, [sealed], {first.person: key})
    said = (
        CaseStatement(
            case_id=case_id,
            leaf_index=row.leaf_index,
            statement_id=row.statement_id,
            direction=row.direction,
            peer=row.peer,
            create_time=row.entered,
        )
        for row in rows
        if row.leaf_index is not None
    )
    return opened[0], tuple(said)


async def list_cases(
    connection: Connection,
    vault: Vault,
    *,
    jurisdiction: str,
    institution: str,
    after: int | None = None,
    limit: int,
) -> list[CaseRow]:
    """The cases in which an institution takes part, oldest first, from behind a position on."""
    mine = select(case_parties.c.case_id).where(
        case_parties.c.jurisdiction == jurisdiction, case_parties.c.institution == institution
    )
    query = page(_CASE.where(cases.c.case_id.in_(mine)), cases.c.position, after, limit)
    return await _fetch_cases(connection, vault, query)


async def list_person_cases(connection: Connection, vault: Vault, person: int) -> list[CaseRow]:
    """The cases about a person, oldest first."""
    return await _fetch_cases(
        connection, vault, _CASE.where(cases.c.person == person).order_by(cases.c.position)
    )


async def update_case(
    connection: Connection, case_id: str, *, state: str, digest: bytes | None = None
) -> None:
    """Note how far a case is; the digest stays as it is where none is given."""
    values = {"state": state} if digest is None else {"state": state, "digest": digest}
    await connection.execute(_UPDATE, {"of": case_id, **values})


# --- statements of a case ------------------------------------------------------------------------


async def add_case_statement(connection: Connection, statement: CaseStatement) -> bool:
    """False if the case has it already."""
    return await add_row(connection, case_statements, asdict(statement))


async def list_case_statements(
    connection: Connection, case_id: str, *, after: int | None = None, limit: int | None = None
) -> list[CaseStatement]:
    """In the order in which this node logged them, from behind a leaf index on."""
    if after is None and limit is None:
        return await fetch_all(connection, _ALL_STATEMENTS, CaseStatement, {"of": case_id})
    paged = page(_STATEMENTS, case_statements.c.leaf_index, after, limit)
    return await fetch_all(connection, paged, CaseStatement, {"of": case_id})


async def find_cases_of_statement(connection: Connection, statement_id: bytes) -> list[str]:
    """Ids of the cases that a statement belongs to."""
    return list(await connection.scalars(_CASES_OF_STATEMENT, {"of": statement_id}))


_CASE: Final = select(
    cases.c.case_id,
    cases.c.position,
    cases.c.person,
    cases.c.content_ciphertext,
    cases.c.state,
    cases.c.digest,
    cases.c.create_time,
)

_CASE_OF_ID: Final = _CASE.where(cases.c.case_id == bindparam("of"))

_SEALED: Final = tuple(one.name for one in fields(_Sealed))

_WHOLE_CASE: Final = (
    select(
        *_CASE.selected_columns,
        persons.c.name,
        persons.c.wrapped_key,
        persons.c.key_commitment,
        persons.c.fence_time,
        case_statements.c.leaf_index,
        case_statements.c.statement_id,
        case_statements.c.direction,
        case_statements.c.peer,
        case_statements.c.create_time.label("entered"),
    )
    .select_from(
        cases.outerjoin(persons, persons.c.id == cases.c.person).outerjoin(
            case_statements, case_statements.c.case_id == cases.c.case_id
        )
    )
    .where(cases.c.case_id == bindparam("of"))
    .order_by(case_statements.c.leaf_index)
)

_UPDATE: Final = update(cases).where(cases.c.case_id == bindparam("of"))

_STATEMENTS: Final = select(
    case_statements.c.case_id,
    case_statements.c.leaf_index,
    case_statements.c.statement_id,
    case_statements.c.direction,
    case_statements.c.peer,
    case_statements.c.create_time,
).where(case_statements.c.case_id == bindparam("of"))

_ALL_STATEMENTS: Final = _STATEMENTS.order_by(case_statements.c.leaf_index)

_CASES_OF_STATEMENT: Final = (
    select(case_statements.c.case_id)
    .where(case_statements.c.statement_id == bindparam("of"))
    .order_by(case_statements.c.case_id)
)


async def _fetch_cases(
    connection: Connection,
    vault: Vault,
    query: Executable,
    parameters: Mapping[str, Any] | None = None,
) -> list[CaseRow]:
    sealed = await fetch_all(connection, query, _Sealed, parameters)
    keys = await load_keys(connection, vault, {one.person for one in sealed})
    return await _open_cases(connection, vault, sealed, keys)


async def _open_cases(
    connection: Connection,
    vault: Vault,
    sealed: Sequence[_Sealed],
    keys: Mapping[int | None, DataKey | None],
) -> list[CaseRow]:
    names = {one.case_id: _name_of(one.case_id, one.content_ciphertext) for one in sealed}
    known = {case_id: vault.kept.find(name, _Known) for case_id, name in names.items()}
    unknown = [case_id for case_id, one in known.items() if one is None]
    parties = await _parties(connection, unknown) if unknown else {}
    rows: list[CaseRow] = []
    for one in sealed:
        key, found = keys[one.person], known[one.case_id]
        if found is None:
            found = _Known(
                parties=tuple(parties[one.case_id]), content=_open_content(vault, key, one)
            )
        if key is not None:
            vault.kept.put(names[one.case_id], found, owner=key.owner)
        rows.append(
            CaseRow(
                case_id=one.case_id,
                position=one.position,
                person=one.person,
                parties=found.parties,
                content=None if key is None else found.content,
                state=one.state,
                digest=one.digest,
                create_time=one.create_time,
                owner="" if key is None else key.owner,
            )
        )
    return rows


def _name_of(case_id: str, sealed: bytes) -> tuple[str, str, bytes]:
    """Other bytes have another nonce, and what was erased has none."""
    return _CASES, case_id, sealed[:NONCE_BYTES]


async def _parties(connection: Connection, case_ids: Sequence[str]) -> dict[str, list[CasePlace]]:
    found: dict[str, list[CasePlace]] = {case_id: [] for case_id in case_ids}
    rows = await connection.execute(
        _parties_of(connection.dialect.name), {"case_ids": listed(connection, case_ids)}
    )
    for case_id, jurisdiction, institution in rows:
        found[case_id].append(CasePlace(jurisdiction=jurisdiction, institution=institution))
    return found


@cache
def _parties_of(engine: str) -> Select[Any]:
    return (
        select(case_parties.c.case_id, case_parties.c.jurisdiction, case_parties.c.institution)
        .where(any_of(engine, case_parties.c.case_id, "case_ids"))
        .order_by(case_parties.c.case_id, case_parties.c.ordinal)
    )


def _open_content(vault: Vault, key: DataKey | None, sealed: _Sealed) -> CaseContent | None:
    if key is None or not sealed.content_ciphertext:
        return None
    text = vault.decrypt(key, sealed.content_ciphertext, row_aad(_CASES, sealed.case_id))
    fields = json.loads(text)
    return CaseContent(
        branch=fields["branch"],
        agreement=fields["agreement"],
        agreement_version=fields["agreement_version"],
        claim_date=date.fromisoformat(fields["claim_date"]),
        award_date=date.fromisoformat(fields["award_date"]),
    )
