"""
What peers sent with the statements of cases: statements of their logs, with their proofs.

Each is encrypted under the key of the person whom its case is about.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, NamedTuple

from sqlalchemy import Dialect, Executable, LargeBinary, bindparam, delete, func, select, update

from portability.store.data_keys import load_key, load_keys, usable
from portability.store.engine import Connection
from portability.store.rows import insert_into
from portability.store.schema import exhibits
from portability.store.vault import NONCE_BYTES, DataKey, Vault, row_aad

_EXHIBITS: Final = "exhibits"
_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit:
    """
    A statement of another log, with its proof there: the bytes of a ProvenStatement, verbatim.

    ``proven`` is None once its person was erased.
    """

    statement_id: bytes
    case_id: str
    origin: str
    person: int | None
    proven: bytes | None


class ExhibitPlace(NamedTuple):
    """That a case has an exhibit; what is stored of it is other bytes under another ``nonce``."""

    statement_id: bytes
    person: int | None
    nonce: bytes


async def add_exhibits(
    connection: Connection,
    vault: Vault,
    *,
    case_id: str,
    person: int | None,
    origin: str,
    proven: Mapping[bytes, bytes],
) -> dict[bytes, bytes]:
    """
    Keep what a peer sent with a statement, by statement id; what the case has already stays.

    By statement id the nonce under which each is stored, if it was not there before. As in
    ``log.insert_statements``: a history is hundreds of rows. PreconditionError for a person who
    was erased.
    """
    if not proven:
        return {}
    key = usable(await load_key(connection, vault, person))
    aad = _exhibit_aad(case_id, b"")
    sealed = vault.encrypt_all(key, [(one, aad + name) for name, one in proven.items()])
    rows = [(case_id, name, person, origin, one) for name, one in zip(proven, sealed, strict=True)]
    dialect = connection.dialect
    await connection.exec_driver_sql(_insert_text(dialect.name, dialect), rows)
    return {name: one[:NONCE_BYTES] for name, one in zip(proven, sealed, strict=True)}


async def replace_exhibit(
    connection: Connection,
    vault: Vault,
    *,
    case_id: str,
    statement_id: bytes,
    person: int | None,
    proven: bytes,
) -> None:
    """Keep an exhibit of a case with more disclosures than it came with before."""
    key = usable(await load_key(connection, vault, person))
    sealed = vault.encrypt(key, proven, _exhibit_aad(case_id, statement_id))
    await connection.execute(
        update(exhibits)
        .where(exhibits.c.case_id == case_id, exhibits.c.statement_id == statement_id)
        .values(proven_ciphertext=sealed)
    )


async def remove_exhibits(
    connection: Connection, case_id: str, statement_ids: Sequence[bytes]
) -> None:
    """Erase what others sent with the statements of a case; what is not there stays so."""
    for start in range(0, len(statement_ids), _AT_ONCE):
        some = statement_ids[start : start + _AT_ONCE]
        await connection.execute(
            delete(exhibits).where(exhibits.c.case_id == case_id, exhibits.c.statement_id.in_(some))
        )


async def list_exhibits(connection: Connection, vault: Vault, case_id: str) -> list[Exhibit]:
    """All exhibits of a case, by statement id."""
    return await _fetch_exhibits(connection, vault, _EXHIBITS_OF_CASE, {"of": case_id})


async def list_exhibit_places(connection: Connection, case_id: str) -> list[ExhibitPlace]:
    """Which exhibits a case has, whether or not they can be opened still."""
    rows = await connection.execute(_EXHIBIT_PLACES, {"of": case_id})
    return [ExhibitPlace(*row) for row in rows]


async def read_exhibits(
    connection: Connection, vault: Vault, case_id: str, statement_ids: Collection[bytes]
) -> list[Exhibit]:
    """Some exhibits of a case, by statement id; missing ones are left out."""
    wanted = sorted(statement_ids)
    found: list[Exhibit] = []
    for start in range(0, len(wanted), _AT_ONCE):
        query = _EXHIBIT.where(
            exhibits.c.case_id == bindparam("of"),
            exhibits.c.statement_id.in_(wanted[start : start + _AT_ONCE]),
        )
        found += await _fetch_exhibits(connection, vault, query, {"of": case_id})
    return sorted(found, key=lambda one: one.statement_id)


async def find_exhibit(connection: Connection, vault: Vault, statement_id: bytes) -> Exhibit | None:
    """An exhibit of whichever case has it."""
    found = await _fetch_exhibits(connection, vault, _EXHIBIT_OF_ID, {"of": statement_id})
    return found[0] if found else None


async def list_cases_with(connection: Connection, statement_id: bytes) -> list[str]:
    """Ids of the cases that have an exhibit."""
    return list(await connection.scalars(_CASES_WITH, {"of": statement_id}))


_EXHIBIT: Final = select(
    exhibits.c.statement_id,
    exhibits.c.case_id,
    exhibits.c.origin,
    exhibits.c.person,
    exhibits.c.proven_ciphertext.label("proven"),
)


_EXHIBITS_OF_CASE: Final = _EXHIBIT.where(exhibits.c.case_id == bindparam("of")).order_by(
    exhibits.c.statement_id
)

_EXHIBIT_PLACES: Final = (
    select(
        exhibits.c.statement_id,
        exhibits.c.person,
        func.substr(exhibits.c.proven_ciphertext, 1, NONCE_BYTES, type_=LargeBinary()).label(
            "nonce"
        ),
    )
    .where(exhibits.c.case_id == bindparam("of"))
    .order_by(exhibits.c.statement_id)
)

_CASES_WITH: Final = (
    select(exhibits.c.case_id)
    .where(exhibits.c.statement_id == bindparam("of"))
    .order_by(exhibits.c.case_id)
)

_EXHIBIT_OF_ID: Final = (
    _EXHIBIT.where(exhibits.c.statement_id == bindparam("of")).order_by(exhibits.c.case_id).limit(1)
)


async def _fetch_exhibits(
    connection: Connection, vault: Vault, query: Executable, parameters: Mapping[str, Any]
) -> list[Exhibit]:
    sealed = (await connection.execute(query, parameters)).all()
    keys = await load_keys(connection, vault, {row.person for row in sealed})
    return [
        Exhibit(
            statement_id=name,
            case_id=case_id,
            origin=origin,
            person=person,
            proven=_open_exhibit(vault, keys[person], _exhibit_aad(case_id, name), proven),
        )
        for name, case_id, origin, person, proven in sealed
    ]


def _open_exhibit(
    vault: Vault, key: DataKey | None, aad: bytes, proven: bytes | None
) -> bytes | None:
    return None if key is None or proven is None else vault.decrypt(key, proven, aad)


def _exhibit_aad(case_id: str, statement_id: bytes) -> bytes:
    return row_aad(_EXHIBITS, case_id.encode() + b"/" + statement_id)


@cache
def _insert_text(engine: str, dialect: Dialect) -> str:
    """The INSERT in a driver's words: SQLAlchemy's own binding costs as much as the database."""
    return str(insert_into(engine, exhibits).on_conflict_do_nothing().compile(dialect=dialect))
