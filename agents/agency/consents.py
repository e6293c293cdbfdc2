"""What an office asks of persons: purpose templates, requests for consent, where one stands."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from agents.agency.office import Office
from agents.consent_formats import ConsentFormat, fetch_export
from portability.consent.ending import read_consent_end
from portability.consent.payload_types import (
    CONSENT_END_TYPE,
    CONSENT_REQUEST_TYPE,
    CONSENT_STATUS_TYPE,
    TEMPLATE_TYPE,
)
from portability.consent.scope import Action, Grant, Party
from portability.consent.statements import ConsentRequest, ConsentState, ConsentStatus
from portability.consent.template import Template, parse_template
from portability.core.periods import Branch
from portability.errors import InvalidInputError, ProofError
from portability.ledger.directory import NODE_LEVEL, KeyPurpose
from portability.ledger.envelope import statement_id, verify_envelope
from portability.v1 import consents_service_pb2 as pb
from portability.v1.consents_service_pb2_grpc import ConsentsServiceStub
from portability.wire.consent import consent_request_to_payload, consent_status_from_payload
from portability.wire.consent_parts import state_from_pb
from portability.wire.envelope import envelope_from_pb, envelope_to_pb
from portability.wire.proven import proven_from_pb, verify_proven


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """
    What to ask a person for, within what a registered template allows.

    ``reference`` is the pairwise reference between the person's home node and this one; ``days``
    from now on the consent is to be in force, at most ``max_uses`` times.
    """

    template: Template
    template_id: bytes
    reference: str
    providers: tuple[Party, ...]
    branches: tuple[Branch, ...]
    from_date: date
    to_date: date
    days: int
    max_uses: int


def register_template(office: Office, source: bytes) -> bytes:
    """
    Sign a purpose template and register it; its statement id.

    Raises InvalidInputError for a document that is no template, before anything is sent.
    """
    parse_template(source)
    envelope = office.sign(TEMPLATE_TYPE, source)
    request = pb.RegisterPurposeTemplateRequest(envelope=envelope_to_pb(envelope))
    answer: pb.RegisterPurposeTemplateResponse = office.session.call(
        _stub(office).RegisterPurposeTemplate, request
    )
    return _same_id(answer.template, statement_id(TEMPLATE_TYPE, source))


def template_id(source: bytes) -> bytes:
    """Under which id a template is registered: that of its exact bytes."""
    return statement_id(TEMPLATE_TYPE, source)


def check_asked(asked: Asked) -> None:
    """Raises InvalidInputError that names the option, for days or branches that cannot be meant."""
    if asked.to_date < asked.from_date:
        raise InvalidInputError("--to is before --from; exchange them", field="--to")
    known = {branch for grant in asked.template.may_ask for branch in grant.branches}
    for branch in asked.branches:
        if branch not in known:
            raise InvalidInputError(
                f"--branch {branch} is not in the purpose template, which has "
                f"{', '.join(sorted(known))}; name one of those, or take another template",
                field="--branch",
            )


def ask_consent(office: Office, asked: Asked) -> bytes:
    """
    Sign a request for consent and hand it in for the person; its statement id.

    Where a consent in force covers all of it, nobody is asked again: the id of the request on which
    that consent was given.
    """
    payload = consent_request_to_payload(_request(office, asked))
    envelope = office.sign(CONSENT_REQUEST_TYPE, payload)
    request = pb.CreateConsentRequestRequest(envelope=envelope_to_pb(envelope))
    answer: pb.CreateConsentRequestResponse = office.session.call(
        _stub(office).CreateConsentRequest, request
    )
    if answer.consent:
        return answer.consent_request
    return _same_id(answer.consent_request, statement_id(CONSENT_REQUEST_TYPE, payload))


def consent_state(office: Office, consent: bytes) -> ConsentStatus:
    """Where a consent stands by the home node's signed word. Raises SignatureError, ProofError."""
    answer: pb.GetConsentStateResponse = office.session.call(
        _stub(office).GetConsentState, pb.GetConsentStateRequest(consent=consent)
    )
    keys = office.directory.keys(
        office.jurisdiction, NODE_LEVEL, KeyPurpose.NODE, office.outside.now()
    )
    verified = verify_envelope(envelope_from_pb(answer.status), {CONSENT_STATUS_TYPE}, keys)
    status = consent_status_from_payload(verified.payload)
    if status.consent != consent:
        raise ProofError("the node's word is about another consent than the one asked about")
    return status


def give_up(office: Office, consent: bytes) -> tuple[bytes, ConsentState]:
    """End a consent that is needed no more: the id of the end, and where it stands. ProofError."""
    answer: pb.GiveUpConsentResponse = office.session.call(
        _stub(office).GiveUpConsent, pb.GiveUpConsentRequest(consent=consent)
    )
    verified = verify_proven(
        proven_from_pb(answer.statement),
        office.directory,
        log_jurisdiction=office.jurisdiction,
        expected_types={CONSENT_END_TYPE},
        signer=(office.jurisdiction, NODE_LEVEL, KeyPurpose.NODE),
    )
    if read_consent_end(verified.payload).consent != consent:
        raise ProofError("the node ended another consent than the one that was given up")
    return verified.statement_id, state_from_pb(answer.state)


def export(office: Office, consent: bytes, form: ConsentFormat) -> bytes:
    """A consent that this institution asked for, in other software's terms. NotFoundError."""
    return fetch_export(office.session, consent, form)


def _request(office: Office, asked: Asked) -> ConsentRequest:
    """All the data that the template names, in the branches asked for and no others."""
    now = office.outside.now().replace(microsecond=0)
    not_after = now + timedelta(days=asked.days)
    return ConsentRequest(
        salt=office.new_salt(),
        requester=office.party,
        providers=asked.providers,
        person_reference=asked.reference,
        purpose=asked.template.purpose,
        template=asked.template_id,
        grants=_grants(asked),
        not_before=now,
        not_after=not_after,
        max_uses=asked.max_uses,
        erase_by=_erase_by(asked.template, not_after),
        created_at=now,
    )


def _grants(asked: Asked) -> tuple[Grant, ...]:
    return tuple(
        Grant(
            branches=tuple(branch for branch in asked.branches if branch in grant.branches),
            datatypes=grant.datatypes,
            actions=tuple(action for action in Action if action in grant.actions),
            fields=grant.fields,
            from_date=asked.from_date,
            to_date=asked.to_date,
        )
        for grant in asked.template.may_ask
        if set(asked.branches) & set(grant.branches)
    )


def _erase_by(template: Template, not_after: datetime) -> date:
    return template.caps.retention.after(not_after.date())


def _same_id(answered: bytes, own: bytes) -> bytes:
    """The id that both sides compute; ProofError if the node took in something else."""
    if answered != own:
        raise ProofError("the node registered another statement than the one that was sent")
    return own


def _stub(office: Office) -> ConsentsServiceStub:
    return ConsentsServiceStub(office.session.channel)
