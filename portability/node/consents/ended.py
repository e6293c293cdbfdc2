"""
That a permission has ended, as far as this node was told.

The home node's word on a consent is asked for outside of the transaction that releases on it. What
the person did meanwhile may be in our own log by then.
"""

from collections.abc import Mapping
from typing import Final

from portability.consent.causes import RefusalCause
from portability.consent.consent_reader import read_withdrawal
from portability.consent.payload_types import WITHDRAWAL_TYPE
from portability.ledger.envelope import Envelope
from portability.node.cases.loading import LoadedCase
from portability.node.consents.acts import WITHDRAWAL_KIND
from portability.node.log.write import Write
from portability.recognition.statements import PermissionEnd, PermissionEnding
from portability.store import log
from portability.store.engine import Connection
from portability.store.vault import Vault
from portability.wire.envelope import envelope_from_bytes

_MOST: Final = 500
"""Withdrawals of one person between a request and its answer."""

_CAUSES: Final[Mapping[PermissionEnding, RefusalCause]] = {
    PermissionEnding.WITHDRAWN: RefusalCause.WITHDRAWN,
    PermissionEnding.EXPIRED: RefusalCause.EXPIRED,
    PermissionEnding.INVALIDATED: RefusalCause.NOT_IN_FORCE,
    PermissionEnding.TERMINATED: RefusalCause.NOT_IN_FORCE,
}


async def known_end(
    write: Write, loaded: LoadedCase, permission: bytes, *, asked: bytes
) -> RefusalCause | None:
    """
    Why nothing more is released in a case on a permission; None where no end of it was told here.

    By a statement of the case, or by the person's withdrawal, which may come before that. ``asked``
    is the id of the request: of withdrawals from before it the home node knew when it was asked.
    """
    for one in loaded.case.accepted.values():
        if isinstance(one, PermissionEnd) and one.permission == permission:
            return _CAUSES[one.how]
    for _, _, envelope in write.statements.values():  # of this very transaction
        if _withdraws(envelope, permission):
            return RefusalCause.WITHDRAWN
    found = await log.read_statements(write.connection, write.vault, [asked])
    after = found[asked].leaf_index if asked in found else None
    withdrawn = await logged_withdrawals(write.connection, write.vault, loaded, after=after)
    return RefusalCause.WITHDRAWN if permission in withdrawn else None


async def logged_withdrawals(
    connection: Connection, vault: Vault, loaded: LoadedCase, *, after: int | None
) -> set[bytes]:
    """The consents of a case's person of which a withdrawal is logged behind a leaf."""
    person = loaded.row.person
    if person is None:
        return set()
    since = await log.list_person_statements(
        connection, vault, person=person, kind=WITHDRAWAL_KIND, after=after, limit=_MOST
    )
    read = (envelope_from_bytes(row.envelope) for row in since if row.envelope)
    return {read_withdrawal(one.payload).consent for one in read if _is_withdrawal(one)}


def _withdraws(envelope: Envelope, consent: bytes) -> bool:
    """Whether it is a withdrawal of this consent; it was verified when it was logged."""
    return _is_withdrawal(envelope) and read_withdrawal(envelope.payload).consent == consent


def _is_withdrawal(envelope: Envelope) -> bool:
    return envelope.payload_type == WITHDRAWAL_TYPE
