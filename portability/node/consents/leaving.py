"""
Whether what goes with a statement may still leave, asked where it is read to be sent.

The gate decides when an answer is given. Until it leaves, it waits for the end of its delay, or for
a peer to come back, which may be weeks: meanwhile the person may have withdrawn, or the time of the
permission be over. All is asked of the very snapshot in which the records are read.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from portability.consent.consent_reader import read_consent
from portability.consent.payload_types import CONSENT_TYPE
from portability.errors import NotFoundError
from portability.federation.going_alone import EndedError, NotYetError
from portability.ledger.envelope import kind_of
from portability.node.cases.loading import LoadedCase, load_case
from portability.node.cases.permission_ends import LOOK, WATCH, how_it_ended
from portability.node.consents.ended import logged_withdrawals
from portability.node.consents.evidence import read_exhibits
from portability.node.consents.standing import load_consent
from portability.recognition.echo import MAX_SKEW
from portability.recognition.facts import Facts, read_facts
from portability.recognition.not_sent import permissions_behind, stays_behind, waits
from portability.recognition.statements import (
    Correction,
    HistoryResponse,
    PermissionEnd,
    Reconciliation,
)
from portability.store import delivery
from portability.store.cases import find_cases_of_statement
from portability.store.engine import Connection
from portability.store.erasure import has_kind
from portability.store.vault import Vault
from portability.wire.statement import STATEMENT_TYPES

_WITH_RECORDS: Final = (HistoryResponse, Correction, Reconciliation)
_KINDS: Final = {
    kind_of(name): content for name, content in STATEMENT_TYPES.items() if content in _WITH_RECORDS
}
"""Other statements go with what proves a permission or a signature."""

_END: Final = next(
    kind_of(name) for name, content in STATEMENT_TYPES.items() if content is PermissionEnd
)

_NEVER: Final = datetime.max.replace(tzinfo=UTC)


class Leaving:
    """Judges what this jurisdiction is about to send."""

    def __init__(self, *, jurisdiction: str, clock: Callable[[], datetime]) -> None:
        self._jurisdiction = jurisdiction
        self._clock = clock

    async def check(
        self, connection: Connection, vault: Vault, statement_id: bytes, kind: str
    ) -> None:
        """
        Raise EndedError where the records that go with a statement have to stay.

        Raises NotYetError for a moment where time alone has ended a permission: by the lead's
        clock it may last yet, and until the lead has said so nothing says why they do not come. And
        for a result of this node, until it has said that time ended one and what that makes of it.
        """
        if kind not in _KINDS:
            return
        is_result = _KINDS[kind] is Reconciliation
        for case_id in await find_cases_of_statement(connection, statement_id):
            if is_result and not await _has_end(connection, case_id, self._clock()):
                continue  # as nearly always, and known without reading the case
            try:
                loaded = await load_case(connection, vault, own=self._jurisdiction, case_id=case_id)
            except NotFoundError:
                return  # the person was erased, and there is nothing that could leave
            if loaded is not None:
                await _check_in(connection, vault, loaded, statement_id, self._clock())


async def _has_end(connection: Connection, case_id: str, now: datetime) -> bool:
    """
    Whether a permission has ended in a case. Raises NotYetError where time may have ended one and
    the driver has not come to it: after a time of standing still, the streams may be first.
    """
    if await delivery.is_work_due(connection, case_id, (LOOK, WATCH), now):
        raise NotYetError("the time of a permission may be over, which is about to be said")
    return await has_kind(connection, case_id, _END)


async def _check_in(
    connection: Connection, vault: Vault, loaded: LoadedCase, statement_id: bytes, now: datetime
) -> None:
    facts = read_facts(loaded.case)
    if loaded.leads and waits(loaded.claim, facts, statement_id):
        raise NotYetError("a permission ended; what becomes of the result is about to be said")
    behind = permissions_behind(facts, statement_id)
    if not behind:
        return
    ended = {one.permission for one in facts.ends.values()}
    if not behind <= ended:
        ended |= await _withdrawn(connection, vault, loaded, facts)
    ends = {
        one: await _end_of(connection, vault, loaded.case_id, one, now) for one in behind - ended
    }
    over = {one for one, at in ends.items() if at <= now}
    if stays_behind(facts, statement_id, ended | {i for i in over if ends[i] <= now - MAX_SKEW}):
        raise EndedError
    if stays_behind(facts, statement_id, ended | over):
        raise NotYetError("the time of a permission is over; the lead is about to say so")


async def _withdrawn(
    connection: Connection, vault: Vault, loaded: LoadedCase, facts: Facts
) -> set[bytes]:
    """Which consents were withdrawn since the first request of a case, by the log of this node."""
    asked = (one.leaf_index for one in loaded.listed if one.statement_id in facts.requests)
    first = min(asked, default=None)
    return await logged_withdrawals(connection, vault, loaded, after=first)


async def _end_of(
    connection: Connection, vault: Vault, case_id: str, permission: bytes, now: datetime
) -> datetime:
    """When a permission has ended or will, as far as it is known here; else it has not."""
    own = await load_consent(connection, vault, permission)
    if own is not None:
        ended = await how_it_ended(connection, own, now)
        return own.document.not_after if ended is None else ended.at
    held = (await read_exhibits(connection, vault, case_id, [permission])).get(permission)
    if held is None or held.proven.envelope.payload_type != CONSENT_TYPE:
        return _NEVER
    return read_consent(held.proven.envelope.payload).not_after
