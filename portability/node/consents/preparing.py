"""
The exact documents that a person may sign: a consent as they narrowed it, or an act on one.

A prepared document is good once and for minutes. Preparing changes nothing about any consent.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from portability.consent.acts import (
    Pause,
    Refusal,
    Resume,
    write_pause,
    write_refusal,
    write_resume,
)
from portability.consent.consent_json import write_consent, write_withdrawal
from portability.consent.document import LegalBasisKind, Method
from portability.consent.drafting import Choice, draft_consent
from portability.consent.identifiers import UUID_RANDOM_BYTES, uuid7
from portability.consent.lifecycle import OPEN_STATES, ActKind, allows
from portability.consent.payload_types import (
    CONSENT_TYPE,
    PAUSE_TYPE,
    REFUSAL_TYPE,
    RESUME_TYPE,
    WITHDRAWAL_TYPE,
)
from portability.consent.signature import reaches
from portability.consent.template import parse_template
from portability.consent.withdrawal import Withdrawal
from portability.errors import InvalidInputError, NotFoundError, PreconditionError
from portability.node.consents.helped import check_helper, check_nothing_replaced, one_exchange
from portability.node.consents.standing import (
    consent_standing,
    load_consent,
    load_payload,
    load_request,
    request_standing,
)
from portability.node.persons.keys import KeyInUse
from portability.node.persons.prepared import keep_prepared
from portability.node.persons.sessions import open_session
from portability.v1 import consents_service_pb2 as pb
from portability.wire.consent_parts import grants_from_pb, party_from_pb
from portability.wire.strict import exactly, instant

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from portability.consent.document import Consent, WithdrawalMeans
    from portability.consent.statements import ConsentState, SubjectKey
    from portability.consent.template import Template
    from portability.ledger.trust import Directory
    from portability.node.consents.standing import StoredConsent, StoredRequest
    from portability.node.log.write import Write
    from portability.node.persons.keys import PersonKeys
    from portability.node.persons.prepared import Prepared
    from portability.store.access import SessionRow

ID_BYTES: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedConsent:
    """
    A consent to sign, what it says, and the text to show before.

    ``key``: the person's one that it is prepared for; None at a counter, where others sign.
    """

    to_sign: Prepared
    consent: Consent
    notice: bytes
    key: KeyInUse | None = None


class ConsentPreparer:
    """Each method runs inside a transaction that is under way."""

    def __init__(
        self,
        *,
        directory: Callable[[], Directory],
        withdrawal: WithdrawalMeans,
        keys: PersonKeys,
        randomness: Callable[[int], bytes],
        jurisdiction: str,
    ) -> None:
        self._directory = directory
        self._withdrawal = withdrawal
        self._keys = keys
        self._randomness = randomness
        self._jurisdiction = jurisdiction

    async def prepare_consent(
        self, write: Write, request: pb.PrepareConsentRequest
    ) -> PreparedConsent:
        """
        The consent as the person narrowed it. A consent in force on the same request is replaced.

        Raises UnauthenticatedError, NotFoundError for a request that is not there or not theirs,
        PreconditionError past its term or without a key, InvalidInputError for a wider choice.
        """
        session = await self._session(write, request.session)
        asked = await self._request(write, request.consent_request, session.person)
        row, key = await self._keys.choose(write, session.person, request.key_id, session.key_id)
        choice = _choice(request)
        if key.method is Method.ASSISTED_DEVICE:
            check_helper(key, asked.content)
            choice = one_exchange(choice, asked.content)
        prepared = await self.prepare_for(
            write,
            asked,
            session.person,
            key=key,
            choice=choice,
            credential_ids=[] if row.credential_id is None else [row.credential_id],
        )
        return replace(prepared, key=KeyInUse(row=row, record=key))

    async def prepare_for(
        self,
        write: Write,
        asked: StoredRequest,
        person: int,
        *,
        key: SubjectKey,
        choice: Choice,
        credential_ids: Sequence[bytes] = (),
    ) -> PreparedConsent:
        """As ``prepare_consent``, for whoever was found to be the person, and this key."""
        where, before = await request_standing(write.connection, write.vault, asked, write.now)
        template = await _open_template(write, asked)
        requester = asked.content.requester
        check_nothing_replaced(key, where.state)
        draft = draft_consent(
            asked.content,
            template,
            choice,
            request_id=asked.row.statement_id,
            requester=self._directory().institution(requester.jurisdiction, requester.institution),
            key=key,
            home_node=self._jurisdiction,
            withdrawal=self._withdrawal,
            consent_id=self._id(write),
            nonce=self._randomness(ID_BYTES),
            now=write.now.replace(microsecond=0),
            supersedes=before if where.state in OPEN_STATES else None,
        )
        _check_reaches(draft.consent, key, template)
        to_sign = await keep_prepared(
            write,
            self._keys,
            CONSENT_TYPE,
            write_consent(draft.consent),
            person=person,
            subject=asked.row.statement_id,
            credential_ids=credential_ids,
        )
        return PreparedConsent(to_sign=to_sign, consent=draft.consent, notice=draft.notice)

    async def prepare_act(self, write: Write, request: pb.PrepareConsentActRequest) -> Prepared:
        """
        The document by which a consent is withdrawn, paused or resumed, or a request refused.

        Raises UnauthenticatedError, NotFoundError for what is not there or not theirs,
        PreconditionError if it does not stand where that could be done.
        """
        if request.HasField("until") != (request.kind == pb.CONSENT_ACT_KIND_PAUSE):
            raise InvalidInputError(
                "until is given for a pause, and for no other act", field="until"
            )
        session = await self._session(write, request.session)
        if request.kind == pb.CONSENT_ACT_KIND_REFUSE:
            return await self._refusal(write, session, request.subject)
        found = await self._own_consent(write, session, request.subject)
        if request.kind == pb.CONSENT_ACT_KIND_WITHDRAW:
            return await self._withdrawal_of(write, session, found)
        if request.kind == pb.CONSENT_ACT_KIND_PAUSE:
            return await self._pause(write, session, found, request)
        if request.kind == pb.CONSENT_ACT_KIND_RESUME:
            return await self._resume(write, session, found)
        raise InvalidInputError("kind is not one that is known here", field="kind")

    async def _withdrawal_of(
        self, write: Write, session: SessionRow, consent: StoredConsent
    ) -> Prepared:
        await check_allows(write, consent, ActKind.WITHDRAW, "withdrawn")
        document = write_withdrawal(
            Withdrawal(
                id=self._id(write),
                nonce=self._randomness(ID_BYTES),
                consent=consent.row.statement_id,
                created_at=write.now.replace(microsecond=0),
            )
        )
        return await self._keep_act(write, WITHDRAWAL_TYPE, document, session, consent)

    async def _pause(
        self,
        write: Write,
        session: SessionRow,
        consent: StoredConsent,
        request: pb.PrepareConsentActRequest,
    ) -> Prepared:
        await check_allows(write, consent, ActKind.PAUSE, "paused")
        document = write_pause(
            Pause(
                id=self._id(write),
                nonce=self._randomness(ID_BYTES),
                consent=consent.row.statement_id,
                created_at=write.now.replace(microsecond=0),
                until=instant(request.until, "until"),
            )
        )
        return await self._keep_act(write, PAUSE_TYPE, document, session, consent)

    async def _resume(self, write: Write, session: SessionRow, consent: StoredConsent) -> Prepared:
        await check_allows(write, consent, ActKind.RESUME, "resumed")
        document = write_resume(
            Resume(
                id=self._id(write),
                nonce=self._randomness(ID_BYTES),
                consent=consent.row.statement_id,
                created_at=write.now.replace(microsecond=0),
            )
        )
        return await self._keep_act(write, RESUME_TYPE, document, session, consent)

    async def _refusal(self, write: Write, session: SessionRow, subject: bytes) -> Prepared:
        asked = await self._request(write, subject, session.person)
        where, _ = await request_standing(write.connection, write.vault, asked, write.now)
        check_refusable(where.state)
        document = write_refusal(
            Refusal(
                id=self._id(write),
                nonce=self._randomness(ID_BYTES),
                request=asked.row.statement_id,
                created_at=write.now.replace(microsecond=0),
            )
        )
        return await keep_prepared(
            write,
            self._keys,
            REFUSAL_TYPE,
            document,
            person=session.person,
            subject=asked.row.statement_id,
        )

    async def _keep_act(
        self,
        write: Write,
        payload_type: str,
        document: bytes,
        session: SessionRow,
        consent: StoredConsent,
    ) -> Prepared:
        return await keep_prepared(
            write,
            self._keys,
            payload_type,
            document,
            person=session.person,
            subject=consent.row.statement_id,
        )

    async def _session(self, write: Write, token: str) -> SessionRow:
        return await open_session(write.connection, write.vault, token, write.now)

    async def _request(self, write: Write, statement: bytes, person: int) -> StoredRequest:
        asked_id = exactly(statement, ID_BYTES, "consent_request")
        asked = await load_request(write.connection, write.vault, asked_id)
        if asked is None or asked.row.person != person:
            raise NotFoundError("there is no such request here")
        return asked

    async def _own_consent(
        self, write: Write, session: SessionRow, statement: bytes
    ) -> StoredConsent:
        consent_id = exactly(statement, ID_BYTES, "consent")
        consent = await load_consent(write.connection, write.vault, consent_id)
        if consent is None or consent.row.person != session.person:
            raise NotFoundError("there is no such consent here")
        return consent

    def _id(self, write: Write) -> str:
        return uuid7(write.now, self._randomness(UUID_RANDOM_BYTES))


async def check_allows(write: Write, consent: StoredConsent, act: ActKind, done: str) -> None:
    """Raise PreconditionError unless the act would change where the consent stands."""
    where = await consent_standing(write.connection, consent, write.now)
    if not allows(where.state, act):
        raise PreconditionError(
            f"the consent is {where.state} and cannot be {done}", state=str(where.state)
        )


def check_refusable(state: ConsentState) -> None:
    """Raise PreconditionError for a request that was answered, or whose term is over."""
    if not allows(state, ActKind.REFUSE):
        raise PreconditionError(
            f"the request is {state} and cannot be refused; a consent that was given is withdrawn",
            state=str(state),
        )


def check_is_free(template: Template) -> None:
    """Raise PreconditionError where refusing would change nothing: that is no consent."""
    if template.legal_basis.kind is LegalBasisKind.LEGAL_OBLIGATION_NOTICE:
        raise PreconditionError(
            "this is a notice under a law and nothing that can be allowed or refused; the person "
            "is told, and can complain"
        )


def _choice(request: pb.PrepareConsentRequest) -> Choice:
    return Choice(
        grants=grants_from_pb(request.grants),
        max_uses=request.max_uses,
        language=request.language,
        not_after=instant(request.not_after, "not_after")
        if request.HasField("not_after")
        else None,
        providers=tuple(map(party_from_pb, request.providers)),
    )


async def _open_template(write: Write, asked: StoredRequest) -> Template:
    """That of a request which can still be answered. Raises PreconditionError."""
    if asked.content.not_after <= write.now:
        raise PreconditionError("the time for which was asked is over; nothing can be allowed")
    template = parse_template(
        await load_payload(write.connection, write.vault, asked.content.template)
    )
    check_is_free(template)
    return template


def _check_reaches(consent: Consent, key: SubjectKey, template: Template) -> None:
    caps = template.caps
    if key.method is Method.PAPER:
        return  # a record that nothing is ever allowed by
    if not reaches(consent, key, identity=caps.identity, act=caps.act):
        raise PreconditionError(
            "this purpose needs a surer key or proof of identity than the person has enrolled; "
            "enrol one at the counter"
        )
