"""
Documents that this node prepares for a person, until they come back signed.

A prepared document is good once, and for minutes. Preparing it changes nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final, TypedDict

from portability.consent.identifiers import check_code
from portability.errors import PreconditionError
from portability.ledger.envelope import kind_of, statement_id
from portability.store import consents
from portability.store.log import find_statements

if TYPE_CHECKING:
    from collections.abc import Sequence

    from portability.node.log.write import Write
    from portability.node.persons.keys import PersonKeys

PREPARED_LIFETIME: Final = timedelta(minutes=10)
"""Enough to read what was prepared and to sign it; what it rests on may be different later."""

WRITTEN_LIFETIME: Final = timedelta(minutes=30)
"""To say what is wrong takes longer than to allow something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """
    A document to sign, and the id that it will have.

    ``credential_ids``: the passkeys that may sign it; none for a software key.
    """

    statement_id: bytes
    payload_type: str
    document: bytes
    credential_ids: tuple[bytes, ...]


class PreparedFields(TypedDict):
    """What every answer to a call that prepares a document holds of it."""

    document: bytes
    payload_type: str
    check_code: str
    credential_ids: tuple[bytes, ...]


def prepared_fields(prepared: Prepared) -> PreparedFields:
    """The fields by which the portal shows a document and has it signed."""
    return PreparedFields(
        document=prepared.document,
        payload_type=prepared.payload_type,
        check_code=check_code(prepared.statement_id),
        credential_ids=prepared.credential_ids,
    )


async def keep_prepared(
    write: Write,
    keys: PersonKeys,
    payload_type: str,
    document: bytes,
    *,
    person: int,
    subject: bytes,
    lifetime: timedelta = PREPARED_LIFETIME,
    credential_ids: Sequence[bytes] | None = None,
) -> Prepared:
    """
    Remember that the person may sign this document, once.

    ``subject`` is what it is about; any of the person's passkeys may sign it, unless
    ``credential_ids`` says which.
    """
    if credential_ids is None:
        credential_ids = await keys.credentials(write, person)
    digest = statement_id(payload_type, document)
    await consents.add_prepared_document(
        write.connection,
        consents.PreparedDocument(
            digest=digest,
            kind=kind_of(payload_type),
            person=person,
            subject=subject,
            expire_time=write.now + lifetime,
        ),
    )
    return Prepared(
        statement_id=digest,
        payload_type=payload_type,
        document=document,
        credential_ids=tuple(credential_ids),
    )


async def was_handed_in(write: Write, act: bytes) -> bool:
    """Whether the log has it already, or gets it in this very transaction: handed in twice."""
    if write.just_logged(act) is not None:
        return True
    return act in await find_statements(write.connection, [act])


async def take_prepared(write: Write, act: bytes, kind: str) -> consents.PreparedDocument:
    """
    The document of that statement id, used up by this.

    Raises PreconditionError for one that was not prepared here, or too long ago.
    """
    found = await consents.take_prepared_document(write.connection, digest=act, now=write.now)
    if found is None or found.kind != kind:
        raise not_prepared()
    return found


def not_prepared() -> PreconditionError:
    return PreconditionError(
        "this document was not prepared here, or its time is over; prepare it again"
    )
