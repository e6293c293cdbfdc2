"""Consents that end without the person: invalidated by an authority, given up by the requester."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from portability.consent.ending import ConsentEnd, EndCause, write_consent_end
from portability.consent.identifiers import UUID_RANDOM_BYTES, uuid7
from portability.consent.lifecycle import ActKind, allows
from portability.consent.payload_types import CONSENT_END_TYPE
from portability.errors import NotFoundError, PreconditionError
from portability.node.cases.permission_ends import TellCases, no_cases
from portability.node.consents.standing import (
    INVALIDATED,
    TERMINATED,
    WITHDRAWN_WITHOUT_KEY,
    consent_standing,
    load_consent,
)
from portability.node.log.signed import log_signed
from portability.recognition.statements import PermissionEnding
from portability.store import consents, log

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime

    from portability.consent.document import Consent
    from portability.ledger.keys import Signer
    from portability.node.consents.standing import StoredConsent
    from portability.node.log.write import Write

_PAGE: Final = 500

_KEPT_AS: Final = {
    ActKind.TERMINATE: TERMINATED,
    ActKind.INVALIDATE: INVALIDATED,
    ActKind.WITHDRAW: WITHDRAWN_WITHOUT_KEY,
}
_TOLD_AS: Final = {
    ActKind.TERMINATE: PermissionEnding.TERMINATED,
    ActKind.INVALIDATE: PermissionEnding.INVALIDATED,
    ActKind.WITHDRAW: PermissionEnding.WITHDRAWN,
}


class ConsentEnds:
    """Each method runs inside a transaction that is under way."""

    def __init__(
        self,
        *,
        node_key: Signer,
        randomness: Callable[[int], bytes],
        tell_cases: TellCases = no_cases,
    ) -> None:
        self._tell_cases = tell_cases
        self._node_key = node_key
        self._randomness = randomness

    async def end(self, write: Write, consent_id: bytes, cause: EndCause) -> bool:
        """Sign, log and note the end of a consent; False if it had ended before."""
        consent = await load_consent(write.connection, write.vault, consent_id)
        if consent is None:
            return False
        where = await consent_standing(write.connection, consent, write.now)
        if not allows(where.state, cause.act):
            return False
        await self._end(write, consent, cause)
        return True

    async def give_up(self, write: Write, consent_id: bytes, requester: str) -> bytes:
        """
        End a consent that its requester needs no more: the id of the end, which is the first one.

        Raises NotFoundError for a consent that the requester did not ask for, PreconditionError for
        one that has ended otherwise.
        """
        consent = await load_consent(write.connection, write.vault, consent_id)
        if consent is None or consent.row.requester != requester:
            raise NotFoundError("there is no such consent here")
        before = await consents.list_consent_acts(write.connection, consent_id)
        given_up = next((act for act in before if act.kind == TERMINATED), None)
        if given_up is not None:
            return given_up.statement_id
        where = await consent_standing(write.connection, consent, write.now)
        if not allows(where.state, ActKind.TERMINATE):
            raise PreconditionError(
                f"the consent is {where.state} and cannot be given up", state=str(where.state)
            )
        return await self._end(write, consent, EndCause.NOT_NEEDED)

    async def _end(self, write: Write, consent: StoredConsent, cause: EndCause) -> bytes:
        consent_id = consent.row.statement_id
        payload = write_consent_end(
            ConsentEnd(
                id=uuid7(write.now, self._randomness(UUID_RANDOM_BYTES)),
                nonce=self._randomness(32),
                consent=consent_id,
                cause=cause,
                created_at=write.now.replace(microsecond=0),
            )
        )
        row = await log_signed(
            write, CONSENT_END_TYPE, payload, signer=self._node_key, person=consent.row.person
        )
        await consents.add_consent_act(
            write.connection,
            consents.ConsentAct(
                statement_id=row.statement_id,
                leaf_index=row.leaf_index,
                consent=consent_id,
                kind=_KEPT_AS[cause.act],
                create_time=write.now,
            ),
        )
        await self._tell_cases(write, consent_id, _TOLD_AS[cause.act], row.statement_id)
        return row.statement_id

    async def end_all(
        self,
        write: Write,
        person: int,
        cause: EndCause,
        *,
        only: Collection[bytes] = (),
        which: Callable[[Consent], bool] = lambda _: True,
    ) -> list[bytes]:
        """End every consent of a person that is open and meant (``only``: these); their ids."""
        ended: list[bytes] = []
        after: int | None = None
        while True:
            rows = await consents.list_consents(
                write.connection, person=person, after=after, limit=_PAGE
            )
            for row in rows:
                if only and row.statement_id not in only:
                    continue
                consent = await load_consent(write.connection, write.vault, row.statement_id)
                meant = consent is not None and which(consent.document)
                if meant and await self.end(write, row.statement_id, cause):
                    ended.append(row.statement_id)
            if len(rows) < _PAGE:
                return ended
            after = rows[-1].leaf_index

    async def invalidate_signed_since(
        self, write: Write, person: int, keys: Collection[bytes], since: datetime
    ) -> int:
        """End what these keys signed from an instant on, as compromised; how many consents."""
        ended = 0
        after: int | None = None
        while True:
            rows = await consents.list_consents(
                write.connection, person=person, after=after, limit=_PAGE
            )
            ids = [row.statement_id for row in rows]
            signed = await log.read_statements(write.connection, write.vault, ids)
            for row in rows:
                if row.create_time >= since and signed[row.statement_id].key_id in keys:
                    ended += await self.end(write, row.statement_id, EndCause.KEY_COMPROMISED)
            if len(rows) < _PAGE:
                return ended
            after = rows[-1].leaf_index
