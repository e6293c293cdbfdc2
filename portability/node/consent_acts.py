"""
The person's acts: the exact document that may be signed, and the taking in of what was signed.

A prepared document is good once and for minutes. Only its exact bytes, signed by a key that is
enrolled for that very person, become an act; who delivers them does not matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from portability.consent.consent_json import write_consent, write_withdrawal
from portability.consent.consent_reader import read_consent, read_withdrawal
from portability.consent.drafting import Choice, draft_consent
from portability.consent.identifiers import UUID_RANDOM_BYTES, uuid7
from portability.consent.lifecycle import OPEN_STATES, ActKind, allows
from portability.consent.payload_types import (
    CONSENT_TYPE,
    PERSON_ACT_TYPES,
    WITHDRAWAL_TYPE,
)
from portability.consent.signature import reaches, verify_person
from portability.consent.template import parse_template
from portability.consent.withdrawal import Withdrawal
from portability.errors import (
    InvalidInputError,
    NotFoundError,
    PreconditionError,
    SignatureError,
)
from portability.ledger.envelope import kind_of, statement_id
from portability.node.consent_standing import (
    SUPERSEDED_BY,
    StoredConsent,
    consent_standing,
    load_consent,
    load_payload,
    load_request,
    request_standing,
)
from portability.node.sessions import person_of_session
from portability.node.write import NewStatement
from portability.store import access, consents, delivery, log
from portability.wire.consent import grants_from_pb, subject_key_from_payload
from portability.wire.strict import exactly

if TYPE_CHECKING:
    from collections.abc import Callable

    from portability.consent.document import Consent, WithdrawalMeans
    from portability.consent.statements import ConsentState, SubjectKey
    from portability.consent.template import Template
    from portability.ledger.envelope import Envelope, Verified
    from portability.ledger.trust import Directory
    from portability.node.consent_standing import StoredRequest
    from portability.node.write import Write
    from portability.v1 import consents_service_pb2 as pb

PREPARED_LIFETIME: Final = timedelta(minutes=10)
ID_BYTES: Final = 32
CONSENT_KIND: Final = kind_of(CONSENT_TYPE)
WITHDRAWAL_KIND: Final = kind_of(WITHDRAWAL_TYPE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A document to sign, the id it will have, and the text to show before (consents only)."""

    statement_id: bytes
    document: bytes
    notice: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """An act that is in the log; not ``fresh`` if it had been recorded before."""

    statement_id: bytes
    state: ConsentState
    fresh: bool


class ConsentActs:
    """Each method runs inside a transaction that is under way."""

    def __init__(
        self,
        *,
        directory: Callable[[], Directory],
        withdrawal: WithdrawalMeans,
        randomness: Callable[[int], bytes],
        jurisdiction: str,
        wake_outbox: Callable[[], None],
    ) -> None:
        self._directory = directory
        self._withdrawal = withdrawal
        self._randomness = randomness
        self._jurisdiction = jurisdiction
        self._wake_outbox = wake_outbox

    async def prepare_consent(self, write: Write, request: pb.PrepareConsentRequest) -> Prepared:
        """
        The consent as the person narrowed it. A consent in force on the same request is replaced.

        Raises UnauthenticatedError, NotFoundError for a request that is not there or not theirs,
        PreconditionError past its term or without a key, InvalidInputError for a wider choice.
        """
        person = await self._person(write, request.session)
        asked = await self._request(write, request.consent_request, person)
        where, before = await request_standing(write.connection, write.vault, asked, write.now)
        if asked.content.not_after <= write.now:
            raise PreconditionError("the time for which was asked is over; nothing can be allowed")
        template = parse_template(
            await load_payload(write.connection, write.vault, asked.content.template)
        )
        requester = asked.content.requester
        key = await self._latest_key(write, person)
        draft = draft_consent(
            asked.content,
            template,
            Choice(
                grants=grants_from_pb(request.grants),
                max_uses=request.max_uses,
                language=request.language,
            ),
            request_id=asked.row.statement_id,
            requester=self._directory().institution(requester.jurisdiction, requester.institution),
            key=key,
            home_node=self._jurisdiction,
            withdrawal=self._withdrawal,
            consent_id=uuid7(write.now, self._randomness(UUID_RANDOM_BYTES)),
            nonce=self._randomness(ID_BYTES),
            now=write.now.replace(microsecond=0),
            supersedes=before if where.state in OPEN_STATES else None,
        )
        _check_reaches(draft.consent, key, template)
        document = write_consent(draft.consent)
        digest = await self._keep(
            write, CONSENT_TYPE, document, person=person, subject=asked.row.statement_id
        )
        return Prepared(statement_id=digest, document=document, notice=draft.notice)

    async def prepare_withdrawal(
        self, write: Write, request: pb.PrepareWithdrawalRequest
    ) -> Prepared:
        """
        The document that withdraws a consent.

        Raises UnauthenticatedError, NotFoundError for a consent that is not there or not theirs,
        PreconditionError if it has ended already.
        """
        person = await self._person(write, request.session)
        consent_id = exactly(request.consent, ID_BYTES, "consent")
        consent = await load_consent(write.connection, write.vault, consent_id)
        if consent is None or consent.row.person != person:
            raise NotFoundError("there is no such consent here")
        await _check_withdrawable(write, consent)
        document = write_withdrawal(
            Withdrawal(
                id=uuid7(write.now, self._randomness(UUID_RANDOM_BYTES)),
                nonce=self._randomness(ID_BYTES),
                consent=consent_id,
                created_at=write.now.replace(microsecond=0),
            )
        )
        digest = await self._keep(
            write, WITHDRAWAL_TYPE, document, person=person, subject=consent_id
        )
        return Prepared(statement_id=digest, document=document)

    async def record(self, write: Write, envelope: Envelope) -> Done:
        """
        Take in what the person signed.

        Raises SignatureError if no enrolled key of that person signed it, PreconditionError for a
        document that was not prepared here, was recorded for somebody else's key or is too old.
        """
        if envelope.payload_type not in PERSON_ACT_TYPES:
            raise InvalidInputError(
                "the payload type is neither a consent nor a withdrawal", field="payload_type"
            )
        act_id = statement_id(envelope.payload_type, envelope.payload)
        known = await self._known(write, envelope, act_id)
        if known is not None:
            return known
        prepared = await consents.take_prepared_document(
            write.connection, digest=act_id, now=write.now
        )
        if prepared is None or prepared.kind != kind_of(envelope.payload_type):
            raise PreconditionError(
                "this document was not prepared here, or its time is over; prepare it again"
            )
        verified, record, key = await self._verify(write, envelope, prepared.person)
        statement = NewStatement(
            envelope=envelope,
            statement_id=act_id,
            kind=prepared.kind,
            key_id=verified.key_ids[0],
            person=prepared.person,
        )
        row = await write.log(statement)
        if prepared.kind == CONSENT_KIND:
            document = read_consent(verified.payload)
            _check_key(document, record)
            return await self._grant(write, document, prepared, row.leaf_index)
        return await self._withdraw(write, verified, row.leaf_index, key)

    async def _grant(
        self,
        write: Write,
        document: Consent,
        prepared: consents.PreparedDocument,
        leaf_index: int,
    ) -> Done:
        asked = await consents.find_consent_request(write.connection, document.request)
        if asked is None:
            raise PreconditionError("the request that the consent answers is gone")
        await self._supersede(write, document, prepared.digest, leaf_index)
        row = consents.ConsentRow(
            statement_id=prepared.digest,
            leaf_index=leaf_index,
            person=prepared.person,
            consent_request=document.request,
            requester=asked.requester,
            status_version=2,  # asked, then granted
            create_time=write.now,
        )
        await consents.add_consent(write.connection, row)
        given = StoredConsent(row=row, document=document, request=asked)
        where = await consent_standing(write.connection, given, write.now)
        return Done(statement_id=prepared.digest, state=where.state, fresh=True)

    async def _supersede(self, write: Write, document: Consent, act_id: bytes, leaf: int) -> None:
        """End the consent that this one replaces; refuse if another one came in between."""
        before = await consents.find_consent_by_request(write.connection, document.request)
        in_force = b""
        if before is not None:
            consent = await load_consent(write.connection, write.vault, before.statement_id)
            if consent is not None:
                where = await consent_standing(write.connection, consent, write.now)
                in_force = before.statement_id if where.state in OPEN_STATES else b""
        if in_force != (document.supersedes or b"") and in_force:
            raise PreconditionError(
                "another consent was given on this request meanwhile; prepare the document again"
            )
        if in_force:
            act = consents.ConsentAct(
                statement_id=act_id,
                leaf_index=leaf,
                consent=in_force,
                kind=SUPERSEDED_BY,
                create_time=write.now,
            )
            await consents.add_consent_act(write.connection, act)

    async def _withdraw(
        self, write: Write, verified: Verified, leaf_index: int, key: access.SubjectKey
    ) -> Done:
        """At once, and pushed to the node of everybody who may have received something."""
        withdrawal = read_withdrawal(verified.payload)
        consent = await load_consent(write.connection, write.vault, withdrawal.consent)
        if consent is None:
            raise NotFoundError("there is no such consent here")
        await _check_withdrawable(write, consent)
        await consents.add_consent_act(
            write.connection,
            consents.ConsentAct(
                statement_id=verified.statement_id,
                leaf_index=leaf_index,
                consent=withdrawal.consent,
                kind=WITHDRAWAL_KIND,
                create_time=write.now,
            ),
        )
        for peer in _peers_of(consent.document, self._jurisdiction):
            await delivery.enqueue(
                write.connection,
                peer=peer,
                statement_id=verified.statement_id,
                exhibits=(key.key_record,),
                not_before=write.now,
                now=write.now,
            )
        write.after_commit(self._wake_outbox)
        where = await consent_standing(write.connection, consent, write.now)
        return Done(statement_id=verified.statement_id, state=where.state, fresh=True)

    async def _known(self, write: Write, envelope: Envelope, act_id: bytes) -> Done | None:
        """The first answer, for an act that is sent again because its answer was lost."""
        found = await log.find_statements(write.connection, [act_id])
        if act_id not in found:
            return None
        is_consent = envelope.payload_type == CONSENT_TYPE
        consent_id = act_id if is_consent else read_withdrawal(envelope.payload).consent
        consent = await load_consent(write.connection, write.vault, consent_id)
        if consent is None:
            raise NotFoundError("there is no such consent here")
        where = await consent_standing(write.connection, consent, write.now)
        return Done(statement_id=act_id, state=where.state, fresh=False)

    async def _verify(
        self, write: Write, envelope: Envelope, person: int
    ) -> tuple[Verified, SubjectKey, access.SubjectKey]:
        """Which of the person's keys signed. The key record decides how, not the envelope."""
        for key in await access.list_subject_keys(write.connection, person):
            if key.revoke_time is not None:
                continue
            record = await _key_record(write, key)
            try:
                return verify_person(envelope, PERSON_ACT_TYPES, record), record, key
            except SignatureError:
                continue
        raise SignatureError(
            "the document is not signed by a key that is enrolled for the person it was prepared "
            "for; sign its exact bytes with the enrolled key"
        )

    async def _person(self, write: Write, session: str) -> int:
        return await person_of_session(write.connection, write.vault, session, write.now)

    async def _request(self, write: Write, statement: bytes, person: int) -> StoredRequest:
        asked_id = exactly(statement, ID_BYTES, "consent_request")
        asked = await load_request(write.connection, write.vault, asked_id)
        if asked is None or asked.row.person != person:
            raise NotFoundError("there is no such request here")
        return asked

    async def _latest_key(self, write: Write, person: int) -> SubjectKey:
        keys = await access.list_subject_keys(write.connection, person)
        usable = [key for key in keys if key.revoke_time is None]
        if not usable:
            raise PreconditionError("no key is enrolled that could sign; enrol one first")
        return await _key_record(write, usable[-1])

    async def _keep(
        self, write: Write, payload_type: str, document: bytes, *, person: int, subject: bytes
    ) -> bytes:
        """Remember, for minutes, that this document may be signed once; the id it will have."""
        digest = statement_id(payload_type, document)
        await consents.add_prepared_document(
            write.connection,
            consents.PreparedDocument(
                digest=digest,
                kind=kind_of(payload_type),
                person=person,
                subject=subject,
                expire_time=write.now + PREPARED_LIFETIME,
            ),
        )
        return digest


async def _key_record(write: Write, key: access.SubjectKey) -> SubjectKey:
    payload = await load_payload(write.connection, write.vault, key.key_record)
    return subject_key_from_payload(payload)


async def _check_withdrawable(write: Write, consent: StoredConsent) -> None:
    where = await consent_standing(write.connection, consent, write.now)
    if not allows(where.state, ActKind.WITHDRAW):
        raise PreconditionError(
            f"the consent is {where.state} and cannot be withdrawn any more", state=str(where.state)
        )


def _check_reaches(consent: Consent, key: SubjectKey, template: Template) -> None:
    caps = template.caps
    if not reaches(consent, key, identity=caps.identity, act=caps.act):
        raise PreconditionError(
            "this purpose needs a surer key or proof of identity than the person has enrolled; "
            "enrol one at the counter"
        )


def _check_key(document: Consent, record: SubjectKey) -> None:
    claimed = document.assurance
    if not reaches(document, record, identity=claimed.identity, act=claimed.act):
        raise PreconditionError(
            "the document was prepared for another of the person's keys; prepare it again"
        )


def _peers_of(consent: Consent, own: str) -> list[str]:
    parties = (consent.requester.party, *consent.providers)
    return [peer for peer in dict.fromkeys(one.jurisdiction for one in parties) if peer != own]
