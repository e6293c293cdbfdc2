"""
A person's signed acts at their home node: allow, refuse, pause, resume, withdraw.

The node prepares the exact document; here it is checked that it says what was chosen and no more,
and that its check code is its own. Then an authenticator signs it, and what comes back is handed in
as it is.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, Protocol

from agents.migrant.home import PAGE_SIZE, Admitted
from agents.migrant.own_consents import Pending, check_code, check_draft
from portability.consent.acts import read_pause, read_refusal, read_resume
from portability.consent.consent_reader import read_consent, read_withdrawal
from portability.consent.document import Consent
from portability.consent.passkey import Assertion, write_assertion
from portability.consent.payload_types import (
    CONSENT_TYPE,
    PAUSE_TYPE,
    REFUSAL_TYPE,
    RESUME_TYPE,
    WITHDRAWAL_TYPE,
)
from portability.consent.scope import Grant, Party
from portability.consent.statements import ConsentState
from portability.consent.template import notice_digest
from portability.errors import ProofError
from portability.ledger.envelope import Envelope, Signature, statement_id
from portability.v1 import consents_service_pb2 as pb
from portability.v1.consents_service_pb2_grpc import ConsentsServiceStub
from portability.wire.consent_parts import grant_to_pb, party_to_pb, state_from_pb
from portability.wire.envelope import envelope_to_pb
from portability.wire.proven import proven_from_pb, verify_logged


class ActKind(StrEnum):
    """What a person can do besides giving consent."""

    WITHDRAW = "withdraw"
    PAUSE = "pause"
    RESUME = "resume"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToSign:
    """A document as prepared: its exact bytes and type, and which credentials may sign it."""

    payload_type: str
    document: bytes
    check_code: str
    credential_ids: tuple[bytes, ...]

    @property
    def id(self) -> bytes:
        """Its statement id, which is also the challenge that a passkey signs."""
        return statement_id(self.payload_type, self.document)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentToSign:
    """A consent as prepared, what it says, and the exact text to show before signing."""

    prepared: ToSign
    consent: Consent
    notice: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What the person allows of what is asked; empty, 0 and None take it as asked."""

    grants: tuple[Grant, ...] = ()
    providers: tuple[Party, ...] = ()
    max_uses: int = 0
    not_after: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StateChange:
    """A consent came into a state at an instant."""

    state: ConsentState
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnConsent:
    """
    What the person allowed, as signed, and where it stands by the word of the home node.

    ``proven`` is the document with its signature and proof, a serialised ``ProvenStatement``.
    """

    id: bytes
    document: Consent
    request: bytes
    state: ConsentState
    changes: tuple[StateChange, ...]
    resumes_at: datetime | None
    uses: int
    used_at: datetime | None
    check_code: str
    proven: bytes


class Answer(Protocol):
    """What every answer with a prepared document has."""

    document: bytes
    payload_type: str
    check_code: str

    @property
    def credential_ids(self) -> Iterable[bytes]: ...


_KINDS: Final[Mapping[ActKind, tuple[pb.ConsentActKind, str]]] = {
    ActKind.WITHDRAW: (pb.CONSENT_ACT_KIND_WITHDRAW, WITHDRAWAL_TYPE),
    ActKind.PAUSE: (pb.CONSENT_ACT_KIND_PAUSE, PAUSE_TYPE),
    ActKind.RESUME: (pb.CONSENT_ACT_KIND_RESUME, RESUME_TYPE),
    ActKind.REFUSE: (pb.CONSENT_ACT_KIND_REFUSE, REFUSAL_TYPE),
}
_SUBJECTS: Final[Mapping[ActKind, Callable[[bytes], bytes]]] = {
    ActKind.WITHDRAW: lambda document: read_withdrawal(document).consent,
    ActKind.PAUSE: lambda document: read_pause(document).consent,
    ActKind.RESUME: lambda document: read_resume(document).consent,
    ActKind.REFUSE: lambda document: read_refusal(document).request,
}


def prepare_consent(me: Admitted, pending: Pending, choice: Choice, language: str) -> ConsentToSign:
    """
    The consent as the person chose, to be signed.

    Raises ProofError for a document that allows something else, InvalidInputError for a choice that
    goes beyond what was asked, PreconditionError past the term of the request.
    """
    request = pb.PrepareConsentRequest(
        session=me.token,
        consent_request=pending.id,
        grants=[grant_to_pb(grant) for grant in choice.grants],
        max_uses=choice.max_uses,
        language=language,
        providers=[party_to_pb(party) for party in choice.providers],
    )
    if choice.not_after is not None:
        request.not_after.FromDatetime(choice.not_after)
    answer: pb.PrepareConsentResponse = me.home.session.call(_stub(me).PrepareConsent, request)
    prepared = check_prepared(answer, CONSENT_TYPE)
    consent = read_consent(prepared.document)
    check_draft(consent, pending, choice.grants or pending.content.grants, choice.max_uses)
    _check_further(consent, choice)
    if notice_digest(answer.notice) != consent.notice.sha256:
        raise ProofError("the text to show is not the one that the document names")
    return ConsentToSign(
        prepared=prepared, consent=consent, notice=answer.notice.decode("utf-8", "strict")
    )


def prepare_act(
    me: Admitted, kind: ActKind, subject: bytes, until: datetime | None = None
) -> ToSign:
    """
    The document of another act on a consent, or the refusal of a request.

    Raises PreconditionError in a state that does not allow it, ProofError if it is of another.
    """
    number, payload_type = _KINDS[kind]
    request = pb.PrepareConsentActRequest(session=me.token, kind=number, subject=subject)
    if until is not None:
        request.until.FromDatetime(until)
    answer: pb.PrepareConsentActResponse = me.home.session.call(
        _stub(me).PrepareConsentAct, request
    )
    prepared = check_prepared(answer, payload_type)
    is_until = kind is not ActKind.PAUSE or read_pause(prepared.document).until == until
    if _SUBJECTS[kind](prepared.document) != subject or not is_until:
        raise ProofError("the node prepared another act than the chosen one; it is not signed")
    return prepared


def check_prepared(answer: Answer, payload_type: str) -> ToSign:
    """Raises ProofError unless the document is of that type and the check code is its own."""
    if answer.payload_type != payload_type:
        raise ProofError("the node prepared another kind of act; it must not be signed")
    if answer.check_code != check_code(payload_type, answer.document):
        raise ProofError("the check code is not that of the document; it must not be signed")
    return ToSign(
        payload_type=payload_type,
        document=answer.document,
        check_code=answer.check_code,
        credential_ids=tuple(answer.credential_ids),
    )


def signed_envelope(prepared: ToSign, assertion: Assertion) -> Envelope:
    """The document with what the authenticator returned in the place of a signature."""
    signature = Signature(key_id_hint="", sig=write_assertion(assertion))
    return Envelope(
        payload_type=prepared.payload_type, payload=prepared.document, signatures=(signature,)
    )


def record_act(
    me: Admitted, prepared: ToSign, assertion: Assertion, user_handle: bytes
) -> ConsentState:
    """
    Hand in what the person signed; where the consent or request stands then.

    Raises SignatureError if no key of the person signed it, PreconditionError if it is too late,
    ProofError unless the node logged this very document.
    """
    answer: pb.RecordConsentActResponse = me.home.session.call(
        _stub(me).RecordConsentAct,
        pb.RecordConsentActRequest(
            envelope=envelope_to_pb(signed_envelope(prepared, assertion)), user_handle=user_handle
        ),
    )
    logged = proven_from_pb(answer.statement)
    verify_logged(logged, me.home.directory, me.home.jurisdiction)
    if statement_id(logged.envelope.payload_type, logged.envelope.payload) != prepared.id:
        raise ProofError("the node logged another document than the one that was signed")
    return state_from_pb(answer.state)


def list_consents(me: Admitted) -> Iterator[OwnConsent]:
    """What the person allowed, oldest first; each is the document that was logged."""
    token = ""
    while True:
        page: pb.ListOwnConsentsResponse = me.home.session.call(
            _stub(me).ListOwnConsents,
            pb.ListOwnConsentsRequest(session=me.token, page_size=PAGE_SIZE, page_token=token),
        )
        for one in page.consents:
            yield _own_consent(me, one)
        token = page.next_page_token
        if not token:
            return


def _own_consent(me: Admitted, message: pb.OwnConsent) -> OwnConsent:
    logged = proven_from_pb(message.statement)
    verify_logged(logged, me.home.directory, me.home.jurisdiction)
    payload = logged.envelope.payload
    own = statement_id(CONSENT_TYPE, payload)
    if logged.envelope.payload_type != CONSENT_TYPE or own != message.consent:
        raise ProofError("the node shows another document than the consent that it names")
    return OwnConsent(
        id=own,
        document=read_consent(payload),
        request=message.consent_request,
        state=state_from_pb(message.state),
        changes=tuple(
            StateChange(state=state_from_pb(change.state), at=change.change_time.ToDatetime(UTC))
            for change in message.changes
        ),
        resumes_at=(
            message.resume_time.ToDatetime(UTC) if message.HasField("resume_time") else None
        ),
        uses=message.uses,
        used_at=(
            message.last_use_time.ToDatetime(UTC) if message.HasField("last_use_time") else None
        ),
        check_code=check_code(CONSENT_TYPE, payload),
        proven=message.statement.SerializeToString(),
    )


def _check_further(consent: Consent, choice: Choice) -> None:
    """The narrower providers and end that were chosen are those of the document."""
    is_later = choice.not_after is not None and consent.not_after > choice.not_after
    if is_later or (choice.providers and not set(consent.providers) <= set(choice.providers)):
        raise ProofError("the prepared document allows more than was chosen; it must not be signed")


def _stub(me: Admitted) -> ConsentsServiceStub:
    return ConsentsServiceStub(me.home.session.channel)
