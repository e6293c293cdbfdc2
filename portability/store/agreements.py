"""Agreements that nodes signed, the texts of them, and the text that each case is under."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import bindparam, literal, or_, select

from portability.store.engine import Connection
from portability.store.rows import add_row, fetch_all
from portability.store.schema import cases
from portability.store.settlement_tables import (
    agreement_adoptions,
    agreement_texts,
    case_agreements,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptionRow:
    """A signed adoption; ``envelope`` is a protobuf Envelope, ``sign_time`` the signer's claim."""

    statement_id: bytes
    jurisdiction: str
    agreement: str
    agreement_version: str
    digest: bytes
    sign_time: datetime
    envelope: bytes
    create_time: datetime


async def add_adoption(connection: Connection, row: AdoptionRow) -> bool:
    """False if it is there already."""
    return await add_row(connection, agreement_adoptions, asdict(row))


async def list_adoptions(connection: Connection, agreement: str | None = None) -> list[AdoptionRow]:
    """Of an agreement, or of all; each jurisdiction's in the order in which they were signed."""
    query = select(*(one for one in agreement_adoptions.c)).order_by(
        agreement_adoptions.c.agreement,
        agreement_adoptions.c.jurisdiction,
        agreement_adoptions.c.sign_time,
        agreement_adoptions.c.statement_id,
    )
    if agreement is not None:
        query = query.where(agreement_adoptions.c.agreement == agreement)
    return await fetch_all(connection, query, AdoptionRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """
    What is here of an agreement: who signed which digest, each jurisdiction in the order in which
    it signed, and the digests of the texts that are kept.
    """

    signed: tuple[tuple[str, bytes], ...]
    texts: frozenset[bytes]


async def read_known(connection: Connection, agreement: str) -> Known:
    """How an agreement stands here."""
    rows = (await connection.execute(_KNOWN, {"of": agreement})).all()
    return Known(
        signed=tuple((row.jurisdiction, row.digest) for row in rows if row.jurisdiction),
        texts=frozenset(row.digest for row in rows if not row.jurisdiction),
    )


async def add_text(connection: Connection, *, digest: bytes, agreement: str, source: bytes) -> bool:
    """Keep a text for ever; False if it is there already."""
    row = {"digest": digest, "agreement": agreement, "source": source}
    return await add_row(connection, agreement_texts, row)


async def list_all_texts(connection: Connection) -> list[tuple[bytes, bytes]]:
    """Digest and text of each that is kept."""
    rows = await connection.execute(
        select(agreement_texts.c.digest, agreement_texts.c.source).order_by(
            agreement_texts.c.digest
        )
    )
    return [(digest, source) for digest, source in rows]


async def find_stray_case(connection: Connection) -> str | None:
    """A case that is under a text, where the case or the text is not here."""
    joined = case_agreements.outerjoin(
        cases, cases.c.case_id == case_agreements.c.case_id
    ).outerjoin(agreement_texts, agreement_texts.c.digest == case_agreements.c.digest)
    query = (
        select(case_agreements.c.case_id)
        .select_from(joined)
        .where(or_(cases.c.case_id.is_(None), agreement_texts.c.digest.is_(None)))
        .order_by(case_agreements.c.case_id)
        .limit(1)
    )
    found: str | None = await connection.scalar(query)
    return found


async def put_case_under(connection: Connection, case_id: str, digest: bytes) -> bool:
    """Note the text that a case is under; False, and nothing changed, if it is under one."""
    return await add_row(connection, case_agreements, {"case_id": case_id, "digest": digest})


async def source_of_case(connection: Connection, case_id: str) -> bytes:
    """The text that a case is under; empty for one from before texts were kept."""
    found: bytes | None = await connection.scalar(_SOURCE, {"of": case_id})
    return found or b""


_NOBODY: Final = literal("")
_NEVER: Final = literal(datetime.fromtimestamp(0, UTC), agreement_adoptions.c.sign_time.type)
_NOTHING: Final = literal(b"")

_KNOWN: Final = (
    select(
        agreement_adoptions.c.jurisdiction,
        agreement_adoptions.c.digest,
        agreement_adoptions.c.sign_time,
        agreement_adoptions.c.statement_id,
    )
    .where(agreement_adoptions.c.agreement == bindparam("of"))
    .union_all(
        select(_NOBODY, agreement_texts.c.digest, _NEVER, _NOTHING).where(
            agreement_texts.c.agreement == bindparam("of")
        )
    )
    .order_by("jurisdiction", "sign_time", "statement_id")
)
"""Adoptions, and texts as if nobody had signed them."""

_SOURCE: Final = (
    select(agreement_texts.c.source)
    .select_from(
        case_agreements.join(agreement_texts, agreement_texts.c.digest == case_agreements.c.digest)
    )
    .where(case_agreements.c.case_id == bindparam("of"))
)
