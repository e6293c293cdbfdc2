"""
What is asked of a person and what they allow: see it, draft it, sign the exact bytes, withdraw it.

Each document is looked through here and signed as the very bytes that were looked through.
"""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from agents.migrant.home import PAGE_SIZE, Admitted, Home, SignedIn
from portability.consent.consent_reader import read_consent, read_withdrawal
from portability.consent.document import Consent
from portability.consent.payload_types import (
    CONSENT_REQUEST_TYPE,
    CONSENT_TYPE,
    TEMPLATE_TYPE,
    WITHDRAWAL_TYPE,
)
from portability.consent.scope import Grant, covers
from portability.consent.statements import ConsentRequest, ConsentState
from portability.consent.template import Template, parse_template
from portability.errors import ConfigurationError, ProofError
from portability.ledger.directory import KeyPurpose
from portability.ledger.envelope import statement_id
from portability.v1 import consents_service_pb2
from portability.v1.consents_service_pb2_grpc import ConsentsServiceStub
from portability.wire.consent import consent_request_from_payload
from portability.wire.consent_parts import grant_to_pb, state_from_pb
from portability.wire.envelope import envelope_to_pb
from portability.wire.proven import proven_from_pb, verify_logged, verify_proven

CHECK_CODE_CHARACTERS: Final = 8

SHORTEST_BEGINNING: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """
    What an institution asks, verified; ``consent`` is the id of what was given on it.

    ``template`` says why, under which law, and what follows from either answer.
    """

    id: bytes
    content: ConsentRequest
    template: Template
    state: ConsentState
    consent: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafted:
    """A document that may be signed: its exact bytes, what it says, and its check code."""

    document: bytes
    consent: Consent
    check_code: str


def list_requests(me: Admitted) -> Iterator[Pending]:
    """What is asked of the person, each verified against the requester's key and the log."""
    token = ""
    while True:
        page: consents_service_pb2.ListConsentRequestsResponse = me.home.session.call(
            _consents(me.home).ListConsentRequests,
            consents_service_pb2.ListConsentRequestsRequest(
                session=me.token, page_size=PAGE_SIZE, page_token=token
            ),
        )
        for one in page.consent_requests:
            yield _pending(me.home, one)
        token = page.next_page_token
        if not token:
            return


def draft_consent(
    me: SignedIn, pending: Pending, *, grants: tuple[Grant, ...] = (), max_uses: int = 0
) -> Drafted:
    """
    The document that the person may sign, and the check that it says no more than was asked.

    ``grants`` and ``max_uses`` narrow it; empty and 0 take what was asked for. Raises ProofError
    for a document that goes beyond the request, or beyond the person's choice.
    """
    answer: consents_service_pb2.PrepareConsentResponse = me.home.session.call(
        _consents(me.home).PrepareConsent,
        consents_service_pb2.PrepareConsentRequest(
            session=me.token,
            consent_request=pending.id,
            grants=[grant_to_pb(grant) for grant in grants],
            max_uses=max_uses,
        ),
    )
    consent = read_consent(answer.document)
    check_draft(consent, pending, grants or pending.content.grants, max_uses)
    code = check_code(CONSENT_TYPE, answer.document)
    if code != answer.check_code:
        raise ProofError("the check code is not that of the document; it must not be signed")
    return Drafted(document=answer.document, consent=consent, check_code=code)


def give_consent(me: SignedIn, drafted: Drafted) -> tuple[bytes, ConsentState]:
    """Sign the exact document and hand it in: the consent's id, and where it stands."""
    return _hand_in(me, CONSENT_TYPE, drafted.document)


def withdraw(me: SignedIn, consent: bytes) -> tuple[bytes, ConsentState]:
    """Withdraw a consent: the withdrawal's id, and where the consent stands."""
    answer: consents_service_pb2.PrepareWithdrawalResponse = me.home.session.call(
        _consents(me.home).PrepareWithdrawal,
        consents_service_pb2.PrepareWithdrawalRequest(session=me.token, consent=consent),
    )
    if read_withdrawal(answer.document).consent != consent:
        raise ProofError("the node prepared the withdrawal of another consent; it is not signed")
    return _hand_in(me, WITHDRAWAL_TYPE, answer.document)


def find_request(me: Admitted, prefix: str) -> Pending:
    """
    The request whose id starts so, with at least 8 characters of it.

    What a slip of the keyboard leaves, or a variable that is empty, names no request. Raises
    ConfigurationError for that, for none or several.
    """
    if len(prefix) < SHORTEST_BEGINNING:
        raise ConfigurationError(
            f"give at least the first {SHORTEST_BEGINNING} characters of the request's id; "
            "`portability-migrant requests` lists them",
            field="request",
        )
    found = [one for one in list_requests(me) if one.id.hex().startswith(prefix.lower())]
    if len(found) != 1:
        raise ConfigurationError(
            f"{len(found)} requests have an id that starts with that; "
            "`portability-migrant requests` lists them",
            field="request",
        )
    return found[0]


def check_code(payload_type: str, document: bytes) -> str:
    """What is compared by eye: the first characters of the base32 of the document's id."""
    return check_code_of(statement_id(payload_type, document))


def check_code_of(digest: bytes) -> str:
    """The same of a document's id."""
    return base64.b32encode(digest).decode("ascii")[:CHECK_CODE_CHARACTERS]


def _pending(home: Home, one: consents_service_pb2.PendingConsentRequest) -> Pending:
    proven = proven_from_pb(one.statement)
    said = consent_request_from_payload(proven.envelope.payload)  # who must sign; verified next
    verified = verify_proven(
        proven,
        home.directory,
        log_jurisdiction=home.jurisdiction,
        expected_types={CONSENT_REQUEST_TYPE},
        signer=(said.requester.jurisdiction, said.requester.institution, KeyPurpose.INSTITUTION),
    )
    content = consent_request_from_payload(verified.payload)
    return Pending(
        id=verified.statement_id,
        content=content,
        template=_template(home, one, content),
        state=state_from_pb(one.state),
        consent=one.consent,
    )


def _template(
    home: Home, one: consents_service_pb2.PendingConsentRequest, content: ConsentRequest
) -> Template:
    """The purpose that the request names, signed by the very institution that asks."""
    asking = content.requester
    verified = verify_proven(
        proven_from_pb(one.template),
        home.directory,
        log_jurisdiction=home.jurisdiction,
        expected_types={TEMPLATE_TYPE},
        signer=(asking.jurisdiction, asking.institution, KeyPurpose.INSTITUTION),
    )
    if verified.statement_id != content.template:
        raise ProofError("the node shows another purpose than the one that the request names")
    return parse_template(verified.payload)


def check_draft(
    consent: Consent, pending: Pending, chosen: tuple[Grant, ...], max_uses: int
) -> None:
    """The document is on this request and allows nothing beyond it."""
    asked = pending.content
    same = (
        consent.request == pending.id
        and consent.requester.party == asked.requester
        and set(consent.providers) <= set(asked.providers)
        and consent.purpose.template == asked.template
    )
    within = (
        covers(chosen, consent.scope)
        and consent.use.max_uses <= (max_uses or asked.max_uses)
        and asked.not_before <= consent.not_before
        and consent.not_after <= asked.not_after
        and consent.retention.erase_by <= asked.erase_by
    )
    if not (same and within):
        raise ProofError(
            "the prepared document allows something else than what was asked and chosen; "
            "it must not be signed"
        )


def _hand_in(me: SignedIn, payload_type: str, document: bytes) -> tuple[bytes, ConsentState]:
    """Sign the very bytes that were looked through; verify that the node logged them."""
    envelope = me.signer.sign(payload_type, document)
    answer: consents_service_pb2.RecordConsentActResponse = me.home.session.call(
        _consents(me.home).RecordConsentAct,
        consents_service_pb2.RecordConsentActRequest(envelope=envelope_to_pb(envelope)),
    )
    logged = proven_from_pb(answer.statement)
    verify_logged(logged, me.home.directory, me.home.jurisdiction)
    own = statement_id(payload_type, document)
    if statement_id(logged.envelope.payload_type, logged.envelope.payload) != own:
        raise ProofError("the node logged another document than the one that was signed")
    return own, state_from_pb(answer.state)


def _consents(home: Home) -> ConsentsServiceStub:
    return ConsentsServiceStub(home.session.channel)
