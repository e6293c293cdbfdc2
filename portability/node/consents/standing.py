"""
Where consents stand: their signed acts read from the store and put to the pure life cycle.

Also what others are told of it: statuses that this node signs, and the statements on which a
consent rests.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from portability.consent.consent_reader import read_consent
from portability.consent.document import ActLevel, Consent
from portability.consent.lifecycle import Act, ActKind, Standing, Terms, standing
from portability.consent.payload_types import (
    CONFIRMATION_TYPE,
    CONSENT_STATUS_TYPE,
    PAUSE_TYPE,
    RESUME_TYPE,
    WITHDRAWAL_TYPE,
)
from portability.consent.receipt import Outcome
from portability.consent.reuse import is_covered
from portability.consent.scope import Party
from portability.consent.statements import ConsentRequest, ConsentState, ConsentStatus
from portability.errors import ConsentError, PreconditionError
from portability.ledger.envelope import Envelope, kind_of, sign_envelope, statement_id
from portability.ledger.keys import Signer
from portability.node.log.sequencer import Sequencer
from portability.node.log.write import NewStatement, Write
from portability.store import access, consents, log, persons, receipts
from portability.store.engine import Connection
from portability.store.vault import Vault
from portability.wire.consent import consent_request_from_payload, consent_status_to_payload
from portability.wire.envelope import envelope_from_bytes

SUPERSEDED_BY: Final = "supersede"
"""In place of a kind: the act is the later consent that names this one."""

INVALIDATED: Final = "invalidate"
TERMINATED: Final = "terminate"
WITHDRAWN_WITHOUT_KEY: Final = "withdraw"
"""In place of a kind: the act is a consent-end that this node signed."""

_ACTS: Final = {
    kind_of(WITHDRAWAL_TYPE): ActKind.WITHDRAW,
    kind_of(PAUSE_TYPE): ActKind.PAUSE,
    kind_of(RESUME_TYPE): ActKind.RESUME,
    SUPERSEDED_BY: ActKind.SUPERSEDE,
    INVALIDATED: ActKind.INVALIDATE,
    TERMINATED: ActKind.TERMINATE,
    WITHDRAWN_WITHOUT_KEY: ActKind.WITHDRAW,
    kind_of(CONFIRMATION_TYPE): ActKind.GRANT,
}
_USED: Final = frozenset({str(Outcome.RELEASED), str(Outcome.PARTIAL)})
_PAGE: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRequest:
    """A request to a person, as registered and as signed."""

    row: consents.ConsentRequestRow
    content: ConsentRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredConsent:
    """A consent as it was given, and the request that it answers."""

    row: consents.ConsentRow
    document: Consent
    request: consents.ConsentRequestRow
    key_id: bytes = b""
    """By which it was signed, as the log says, where it was read in there."""


async def load_payload(connection: Connection, vault: Vault, statement: bytes) -> bytes:
    """The signed bytes of a statement in our log. Raises PreconditionError if they are gone."""
    return (await _load_statement(connection, vault, statement))[0]


async def _load_statement(
    connection: Connection, vault: Vault, statement: bytes
) -> tuple[bytes, bytes]:
    """Its signed bytes, and by which key they were signed. Raises PreconditionError."""
    found = (await log.read_statements(connection, vault, [statement])).get(statement)
    if found is None or found.envelope is None:
        raise PreconditionError("the content of that statement is not, or no longer, here")
    return envelope_from_bytes(found.envelope).payload, found.key_id


async def load_request(
    connection: Connection, vault: Vault, request_id: bytes
) -> StoredRequest | None:
    row = await consents.find_consent_request(connection, request_id)
    if row is None:
        return None
    payload = await load_payload(connection, vault, request_id)
    return StoredRequest(row=row, content=consent_request_from_payload(payload))


async def load_consent(
    connection: Connection, vault: Vault, consent_id: bytes
) -> StoredConsent | None:
    found = await consents.find_consent_and_request(connection, consent_id)
    if found is None:
        return None
    row, request = found
    payload, key_id = await _load_statement(connection, vault, consent_id)
    return StoredConsent(row=row, document=read_consent(payload), request=request, key_id=key_id)


async def consent_said(
    connection: Connection, consent_id: bytes, document: Consent
) -> StoredConsent | None:
    """As ``load_consent``, for a consent of which the very bytes are at hand."""
    row = await consents.find_consent(connection, consent_id)
    request = (
        None if row is None else await consents.find_consent_request(connection, document.request)
    )
    if row is None or request is None:
        return None
    return StoredConsent(row=row, document=document, request=request)


def standing_of(
    consent: StoredConsent,
    now: datetime,
    later: Sequence[consents.ConsentAct] = (),
    uses: Sequence[datetime] = (),
) -> Standing:
    """Where a consent stands, given the acts on it and its uses."""
    document = consent.document
    given = () if is_waiting(document) else (Act(kind=ActKind.GRANT, at=consent.row.create_time),)
    acts = (
        Act(kind=ActKind.REQUEST, at=consent.request.create_time),
        *given,
        *(Act(kind=_ACTS[act.kind], at=act.create_time, until=act.until) for act in later),
    )
    terms = Terms(not_after=document.not_after, max_uses=document.use.max_uses)
    return standing(acts, terms, now=_as_late_as(now, acts, uses), uses=uses)


def _as_late_as(now: datetime, acts: Sequence[Act], uses: Sequence[datetime] = ()) -> datetime:
    """
    The present, which is not before anything that is logged, wherever the clock stands.

    A clock that was ahead and was set back must not undo a withdrawal until it gets there again.
    """
    return max(now, *(act.at for act in acts), *uses)


def is_waiting(document: Consent) -> bool:
    """Whether it allows nothing unless it is confirmed: a worker signed alone, or for a paper."""
    return document.assurance.act.rank < ActLevel.A2.rank


async def consent_standing(
    connection: Connection, consent: StoredConsent, now: datetime
) -> Standing:
    """Where a consent stands now."""
    later = await consents.list_consent_acts(connection, consent.row.statement_id)
    return standing_of(consent, now, later, await uses_of(connection, consent.row))


async def request_standing(
    connection: Connection, vault: Vault, request: StoredRequest, now: datetime
) -> tuple[Standing, bytes]:
    """Where a request stands, with the latest consent given on it (empty for none)."""
    row = await consents.find_consent_by_request(connection, request.row.statement_id)
    if row is not None:
        consent = await load_consent(connection, vault, row.statement_id)
        where = None if consent is None else await consent_standing(connection, consent, now)
        if where is not None and where.state is not ConsentState.REQUESTED:
            return where, row.statement_id
    content = request.content
    terms = Terms(
        not_after=content.not_after, max_uses=content.max_uses, answer_by=content.not_after
    )
    acts = [Act(kind=ActKind.REQUEST, at=request.row.create_time)]
    refusal = await consents.find_refusal(connection, request.row.statement_id)
    if refusal is not None:
        acts.append(Act(kind=ActKind.REFUSE, at=refusal.create_time))
    return standing(acts, terms, now=_as_late_as(now, acts)), b""


async def find_covering(write: Write, person: int, request: ConsentRequest) -> StoredConsent | None:
    """A consent in force that allows everything that is asked for; the latest if there are some."""
    found: StoredConsent | None = None
    after: int | None = None
    while True:
        rows = await consents.list_consents(
            write.connection, person=person, after=after, limit=_PAGE
        )
        for row in rows:
            if row.requester != str(request.requester):
                continue
            consent = await load_consent(write.connection, write.vault, row.statement_id)
            if consent is None:
                continue
            where = await consent_standing(write.connection, consent, write.now)
            uses = await uses_of(write.connection, row)
            if is_covered(request, consent.document, where, len(uses)):
                found = consent
        if len(rows) < _PAGE:
            return found
        after = rows[-1].leaf_index


async def consent_exhibits(
    connection: Connection, vault: Vault, consent_id: bytes
) -> tuple[bytes, ...]:
    """
    Statement ids of consent, subject key record, purpose template and consent request.

    That is what a history request that names the consent is sent with; all are in our log. Raises
    ConsentError if there is no such consent here.
    """
    consent = await load_consent(connection, vault, consent_id)
    if consent is None:
        raise ConsentError
    return await exhibits_of(connection, consent)


async def exhibits_of(connection: Connection, consent: StoredConsent) -> tuple[bytes, ...]:
    """As ``consent_exhibits``, of a consent that was loaded."""
    key = await access.find_subject_key(connection, consent.key_id)
    if key is None:
        raise ConsentError
    return (
        consent.row.statement_id,
        key.key_record,
        consent.document.purpose.template,
        consent.document.request,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedStatus:
    """A status as signed and logged, and what it says."""

    envelope: Envelope
    state: ConsentState


class ConsentStatuses:
    """Tells requester and providers where a consent stands, under this node's signature."""

    def __init__(
        self,
        *,
        sequencer: Sequencer,
        node_key: Signer,
        randomness: Callable[[int], bytes],
        jurisdiction: str,
    ) -> None:
        self._sequencer = sequencer
        self._node_key = node_key
        self._randomness = randomness
        self._jurisdiction = jurisdiction

    async def issue(self, consent_id: bytes, recipient: Party) -> IssuedStatus:
        """
        Sign and log a status for one recipient.

        ``recipient`` is a peer's node, the requesting institution, or this node itself for the
        person. Raises ConsentError, alike if the consent is unknown or not the recipient's matter.
        """

        async def work(write: Write) -> IssuedStatus:
            return await self.issue_in(write, consent_id, recipient)

        issued, _ = await self._sequencer.run(work)
        return issued

    async def issue_in(self, write: Write, consent_id: bytes, recipient: Party) -> IssuedStatus:
        """As ``issue``, within a transaction that is under way."""
        consent = await load_consent(write.connection, write.vault, consent_id)
        if consent is None or not self._concerns(consent.document, recipient):
            raise ConsentError
        now = write.now.replace(microsecond=0)
        state = await consent_standing(write.connection, consent, write.now)
        status = ConsentStatus(
            salt=self._randomness(32),
            consent=consent_id,
            state=state.state,
            version=state.version,
            as_of=now,
            recipient=recipient,
            person_reference=await self._reference(write.connection, consent, recipient),
        )
        payload = consent_status_to_payload(status)
        envelope = sign_envelope(CONSENT_STATUS_TYPE, payload, self._node_key)
        await write.log(
            NewStatement(
                envelope=envelope,
                statement_id=statement_id(CONSENT_STATUS_TYPE, payload),
                kind=kind_of(CONSENT_STATUS_TYPE),
                key_id=self._node_key.key_id,
                person=consent.row.person,
            ),
            is_new=True,
        )
        return IssuedStatus(envelope=envelope, state=state.state)

    def _concerns(self, consent: Consent, recipient: Party) -> bool:
        requester = consent.requester.party
        if recipient.institution:
            return recipient == requester
        named = {party.jurisdiction for party in (requester, *consent.providers)}
        return recipient.jurisdiction in named | {self._jurisdiction}

    async def _reference(
        self, connection: Connection, consent: StoredConsent, recipient: Party
    ) -> str:
        if recipient.jurisdiction == self._jurisdiction:
            return consent.document.subject
        reference = await persons.find_pairwise_reference(
            connection, person=consent.row.person, peer=recipient.jurisdiction
        )
        if reference is None:
            raise ConsentError
        return reference


async def uses_of(connection: Connection, consent: consents.ConsentRow) -> Sequence[datetime]:
    """When data left under a consent, at whichever provider, as far as receipts have arrived."""
    found: list[datetime] = []
    after: int | None = None
    while True:
        rows = await receipts.list_person_receipts(
            connection, person=consent.person, after=after, limit=_PAGE
        )
        found += [
            row.create_time
            for row in rows
            if row.permission == consent.statement_id and row.outcome in _USED
        ]
        if len(rows) < _PAGE:
            return sorted(found)
        after = rows[-1].leaf_index
