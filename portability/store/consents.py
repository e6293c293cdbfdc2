"""What persons were asked and allowed. Where a consent stands is computed from its acts."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import Delete, Select, bindparam, delete, exists, insert, select, update

from portability.errors import StaleCheckpointError
from portability.store.engine import Connection
from portability.store.rows import add_row, any_of, fetch_all, fetch_one, listed, page
from portability.store.schema import (
    consent_acts,
    consent_refusals,
    consent_requests,
    consents,
    persons,
    prepared_documents,
    purpose_templates,
    subject_keys,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PurposeTemplate:
    """A registered purpose template."""

    statement_id: bytes
    leaf_index: int
    purpose: str
    create_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRequestRow:
    """A registered request; ``requester`` as in ``ES/inss``, ``template`` a statement id."""

    statement_id: bytes
    leaf_index: int
    person: int
    requester: str
    template: bytes
    create_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedDocument:
    """
    A document that a person may sign, once. ``digest`` is the statement id it will have;
    ``subject`` the consent request, or the consent, that it is about.
    """

    digest: bytes
    kind: str
    person: int
    subject: bytes
    expire_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Answerable:
    """
    A document that would be the first answer to ``consent_request``, which was asked at
    ``ask_time``; ``name`` is that of the person, ``key_id`` that of a key of theirs.
    """

    digest: bytes
    kind: str
    person: int
    name: str
    consent_request: bytes
    requester: str
    ask_time: datetime
    key_id: bytes
    key_record: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRow:
    """A consent as given; ``status_version`` counts its changes of state, from 1."""

    statement_id: bytes
    leaf_index: int
    person: int
    consent_request: bytes
    requester: str
    status_version: int
    create_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentAct:
    """A later signed act on a consent; ``kind`` as in its payload type; ``until`` ends a pause."""

    statement_id: bytes
    leaf_index: int
    consent: bytes
    kind: str
    create_time: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalRow:
    """What a person said no to, signed."""

    statement_id: bytes
    leaf_index: int
    person: int
    consent_request: bytes
    create_time: datetime


async def add_purpose_template(connection: Connection, template: PurposeTemplate) -> bool:
    """False if it is registered already."""
    return await add_row(connection, purpose_templates, asdict(template))


async def find_purpose_template(
    connection: Connection, statement_id: bytes
) -> PurposeTemplate | None:
    """By statement id."""
    query = _TEMPLATE.where(purpose_templates.c.statement_id == statement_id)
    return await fetch_one(connection, query, PurposeTemplate)


async def add_consent_request(connection: Connection, request: ConsentRequestRow) -> bool:
    """False if it is registered already."""
    return await add_row(connection, consent_requests, asdict(request))


async def find_consent_request(
    connection: Connection, statement_id: bytes
) -> ConsentRequestRow | None:
    """By statement id."""
    return await fetch_one(connection, _REQUEST_OF_ID, ConsentRequestRow, {"of": statement_id})


async def list_consent_requests(
    connection: Connection, *, person: int, after: int | None = None, limit: int
) -> list[ConsentRequestRow]:
    """What a person was asked, in log order, from behind a leaf index on."""
    query = _REQUEST.where(consent_requests.c.person == person)
    paged = page(query, consent_requests.c.leaf_index, after, limit)
    return await fetch_all(connection, paged, ConsentRequestRow)


async def add_prepared_document(connection: Connection, document: PreparedDocument) -> bool:
    """False if that document was prepared before."""
    return await add_row(connection, prepared_documents, asdict(document))


async def take_prepared_document(
    connection: Connection, *, digest: bytes, now: datetime
) -> PreparedDocument | None:
    """Each document is taken once; None if it is unknown, taken or expired."""
    taken = (
        delete(prepared_documents)
        .where(prepared_documents.c.digest == digest, prepared_documents.c.expire_time > now)
        .returning(
            prepared_documents.c.digest,
            prepared_documents.c.kind,
            prepared_documents.c.person,
            prepared_documents.c.subject,
            prepared_documents.c.expire_time,
        )
    )
    return await fetch_one(connection, taken, PreparedDocument)


async def list_answerable(
    connection: Connection, digests: Collection[bytes], *, now: datetime
) -> list[Answerable]:
    """
    Which of these documents can be taken as the first answer to a request that nobody refused.

    They are of a person who is not being erased, were prepared here, and were not taken or expired.
    One for each key with which the person can sign now.
    """
    asked = {"digests": listed(connection, digests), "at": now}
    return await fetch_all(connection, _answerable(connection.dialect.name), Answerable, asked)


async def take_prepared_documents(connection: Connection, digests: Collection[bytes]) -> None:
    """Take all of these, found in this transaction; StaleCheckpointError if one is gone."""
    taken = await connection.execute(
        _take_all(connection.dialect.name), {"digests": listed(connection, digests)}
    )
    if taken.rowcount != len(digests):
        raise StaleCheckpointError(
            "another writer took a document first and nothing of this was stored: try again"
        )


async def add_consents(connection: Connection, rows: Sequence[ConsentRow]) -> None:
    """Add consents of which none is there yet."""
    await connection.execute(_ADD, [_values(row) for row in rows])


async def add_consent(connection: Connection, consent: ConsentRow) -> bool:
    """False if it is there already."""
    return await add_row(connection, consents, asdict(consent))


async def find_consent(connection: Connection, statement_id: bytes) -> ConsentRow | None:
    """By statement id."""
    return await fetch_one(connection, _CONSENT_OF_ID, ConsentRow, {"of": statement_id})


async def find_consent_and_request(
    connection: Connection, statement_id: bytes
) -> tuple[ConsentRow, ConsentRequestRow] | None:
    """A consent with the request that it answers, in one query; None if one of them is unknown."""
    row = (await connection.execute(_CONSENT_AND_REQUEST, {"of": statement_id})).one_or_none()
    if row is None:
        return None
    values = tuple(row)
    given, asked = values[: len(_CONSENT_FIELDS)], values[len(_CONSENT_FIELDS) :]
    return (
        ConsentRow(**dict(zip(_CONSENT_FIELDS, given, strict=True))),
        ConsentRequestRow(**dict(zip(_REQUEST_FIELDS, asked, strict=True))),
    )


async def find_consent_by_request(
    connection: Connection, consent_request: bytes
) -> ConsentRow | None:
    """The consent given on a request, the latest if there are several."""
    query = _CONSENT.where(consents.c.consent_request == consent_request)
    latest = query.order_by(consents.c.leaf_index.desc()).limit(1)
    return await fetch_one(connection, latest, ConsentRow)


async def list_consents(
    connection: Connection, *, person: int, after: int | None = None, limit: int
) -> list[ConsentRow]:
    """What a person allowed, in log order, from behind a leaf index on."""
    query = page(_CONSENT.where(consents.c.person == person), consents.c.leaf_index, after, limit)
    return await fetch_all(connection, query, ConsentRow)


async def add_consent_act(connection: Connection, act: ConsentAct) -> bool:
    """Record an act and count the consent's status version up; False if it is there already."""
    if not await add_row(connection, consent_acts, asdict(act)):
        return False
    await connection.execute(
        update(consents)
        .where(consents.c.statement_id == act.consent)
        .values(status_version=consents.c.status_version + 1)
    )
    return True


async def list_consent_acts(connection: Connection, consent: bytes) -> list[ConsentAct]:
    """All acts on a consent, in log order."""
    return await fetch_all(connection, _ACTS, ConsentAct, {"of": consent})


async def add_refusal(connection: Connection, refusal: RefusalRow) -> bool:
    """False if the request was refused already."""
    return await add_row(connection, consent_refusals, asdict(refusal))


async def find_refusal(connection: Connection, consent_request: bytes) -> RefusalRow | None:
    """The refusal of a request."""
    query = select(
        consent_refusals.c.statement_id,
        consent_refusals.c.leaf_index,
        consent_refusals.c.person,
        consent_refusals.c.consent_request,
        consent_refusals.c.create_time,
    ).where(consent_refusals.c.consent_request == consent_request)
    return await fetch_one(connection, query, RefusalRow)


@cache
def _answerable(engine: str) -> Select[Any]:
    prepared, asked = prepared_documents.c, prepared_documents.c.subject
    return (
        select(
            prepared.digest,
            prepared.kind,
            prepared.person,
            persons.c.name,
            asked.label("consent_request"),
            consent_requests.c.requester,
            consent_requests.c.create_time.label("ask_time"),
            subject_keys.c.key_id,
            subject_keys.c.key_record,
        )
        .join(consent_requests, consent_requests.c.statement_id == asked)
        .join(persons, persons.c.id == prepared.person)
        .join(subject_keys, subject_keys.c.person == prepared.person)
        .where(
            any_of(engine, prepared.digest, "digests"),
            prepared.expire_time > bindparam("at"),
            persons.c.fence_time.is_(None),
            persons.c.wrapped_key.is_not(None),
            subject_keys.c.revoke_time.is_(None),
            ~exists().where(consent_refusals.c.consent_request == asked),
            ~exists().where(consents.c.consent_request == asked),
        )
    )


@cache
def _take_all(engine: str) -> Delete:
    return delete(prepared_documents).where(any_of(engine, prepared_documents.c.digest, "digests"))


def _values(row: ConsentRow) -> dict[str, object]:
    """As ``asdict``, which copies each value, too."""
    return {name: getattr(row, name) for name in _CONSENT_FIELDS}


_ADD: Final = insert(consents)
_CONSENT_FIELDS: Final = tuple(one.name for one in fields(ConsentRow))

_TEMPLATE: Final = select(
    purpose_templates.c.statement_id,
    purpose_templates.c.leaf_index,
    purpose_templates.c.purpose,
    purpose_templates.c.create_time,
)

_REQUEST: Final = select(
    consent_requests.c.statement_id,
    consent_requests.c.leaf_index,
    consent_requests.c.person,
    consent_requests.c.requester,
    consent_requests.c.template,
    consent_requests.c.create_time,
)

_CONSENT: Final = select(
    consents.c.statement_id,
    consents.c.leaf_index,
    consents.c.person,
    consents.c.consent_request,
    consents.c.requester,
    consents.c.status_version,
    consents.c.create_time,
)

_CONSENT_OF_ID: Final = _CONSENT.where(consents.c.statement_id == bindparam("of"))

_REQUEST_OF_ID: Final = _REQUEST.where(consent_requests.c.statement_id == bindparam("of"))

_REQUEST_FIELDS: Final = tuple(one.name for one in fields(ConsentRequestRow))

_CONSENT_AND_REQUEST: Final = (
    select(
        *(consents.c[name] for name in _CONSENT_FIELDS),
        *(consent_requests.c[name].label(f"request_{name}") for name in _REQUEST_FIELDS),
    )
    .join(consent_requests, consent_requests.c.statement_id == consents.c.consent_request)
    .where(consents.c.statement_id == bindparam("of"))
)

_ACTS: Final = (
    select(
        consent_acts.c.statement_id,
        consent_acts.c.leaf_index,
        consent_acts.c.consent,
        consent_acts.c.kind,
        consent_acts.c.create_time,
        consent_acts.c.until,
    )
    .where(consent_acts.c.consent == bindparam("of"))
    .order_by(consent_acts.c.leaf_index)
)
