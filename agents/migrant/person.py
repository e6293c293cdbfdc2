"""
What a person does at their home node: enrol a key, see, allow, withdraw.

The portal in between is not trusted for a person's acts: each document is fetched, looked through
here, and signed as the very bytes that were looked through. What the node shows is verified.
"""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agents.migrant.keyring import load_key, make_key, note_person, person_of
from agents.profile import Profile, load_profile
from agents.session import Session, connect
from agents.surroundings import Surroundings
from portability.consent.consent_reader import read_consent, read_withdrawal
from portability.consent.document import Consent
from portability.consent.payload_types import (
    CONSENT_REQUEST_TYPE,
    CONSENT_TYPE,
    RECEIPT_TYPE,
    SUBJECT_KEY_TYPE,
    TEMPLATE_TYPE,
    WITHDRAWAL_TYPE,
)
from portability.consent.receipt import DisclosureReceipt
from portability.consent.scope import Grant, covers
from portability.consent.signature import PersonSigner
from portability.consent.statements import ConsentRequest, ConsentState
from portability.consent.template import Template, parse_template
from portability.errors import (
    ConfigurationError,
    PeerUnavailableError,
    PortabilityError,
    ProofError,
)
from portability.ledger.directory import NODE_LEVEL, Directory, KeyPurpose
from portability.ledger.envelope import statement_id
from portability.ledger.keys import Signer
from portability.recognition.erasure import ErasureBasis
from portability.v1 import consents_service_pb2, erasures_service_pb2, persons_service_pb2
from portability.v1.consents_service_pb2_grpc import ConsentsServiceStub
from portability.v1.erasures_service_pb2_grpc import ErasuresServiceStub
from portability.v1.persons_service_pb2_grpc import PersonsServiceStub
from portability.wire.consent import (
    consent_request_from_payload,
    grant_to_pb,
    receipt_from_payload,
    state_from_pb,
    subject_key_from_payload,
)
from portability.wire.envelope import envelope_to_pb
from portability.wire.erasure import basis_to_pb
from portability.wire.proven import proven_from_pb, verify_logged, verify_proven
from portability.wire.record import (
    RECORD_TYPE,
    EntitlementRecord,
    record_from_payload,
    subject_commitment,
)

ENROL_PREFIX: Final = b"portability-enrol/1\n"
SESSION_PREFIX: Final = b"portability-session/1\n"
PAGE_SIZE: Final = 200
CHECK_CODE_CHARACTERS: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """A connection to the home node, and whom this person's device trusts."""

    session: Session
    jurisdiction: str
    directory: Directory
    outside: Surroundings


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """A person whom their home node lets in: enough to see what is theirs, not to sign."""

    home: Home
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn(Admitted):
    """A person who has shown that they hold their key, which is at hand."""

    signer: PersonSigner


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


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnRecord:
    """A record about the person, verified: signed by its institution and in the log."""

    id: bytes
    content: EntitlementRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnReceipt:
    """Who asked for the person's data and what became of it, verified."""

    id: bytes
    content: DisclosureReceipt


@contextmanager
def open_home(profile: Path, outside: Surroundings) -> Iterator[Home]:
    """Connect to the home node that the profile names. Raises as ``load_profile``."""
    found: Profile = load_profile(profile)
    directory = found.directory.open(outside.now())
    with connect(found.connection, outside) as session:
        yield Home(
            session=session,
            jurisdiction=found.connection.jurisdiction,
            directory=directory,
            outside=outside,
        )


def enrol(home: Home, code: str, key_file: Path) -> str:
    """
    Make a key, enrol it with the code that the person was given, and keep it in a file.

    Returns the person's name at the home node. Raises ProofError unless the node logged a record
    of this very key for this person.
    """
    signer = make_key(key_file, home.outside.randomness)
    try:
        person = enrol_key(home, code, signer)
        note_person(key_file, person)
    except PeerUnavailableError:
        raise  # it may have been enrolled: the key must not be lost
    except PortabilityError:
        key_file.unlink(missing_ok=True)  # a key that was refused is good for nothing
        raise
    return person


def enrol_key(home: Home, code: str, signer: Signer) -> str:
    """Enrol a key that is held elsewhere; the person's name at the home node."""
    request = persons_service_pb2.EnrolKeyRequest(
        code=code,
        public_key=signer.public,
        proof_of_possession=signer.sign(ENROL_PREFIX + code.encode("utf-8")),
    )
    answer: persons_service_pb2.EnrolKeyResponse = home.session.call(
        _persons(home).EnrolKey, request
    )
    verified = verify_proven(
        proven_from_pb(answer.key_record),
        home.directory,
        log_jurisdiction=home.jurisdiction,
        expected_types={SUBJECT_KEY_TYPE},
        signer=(home.jurisdiction, NODE_LEVEL, KeyPurpose.NODE),
    )
    record = subject_key_from_payload(verified.payload)
    if record.public_key != signer.public or record.subject_commitment != subject_commitment(
        record.salt, answer.person
    ):
        raise ProofError("the node enrolled another key or person than the one that asked")
    return answer.person


def sign_in(home: Home, key_file: Path) -> SignedIn:
    """Sign in with a key file. Raises ConfigurationError, UnauthenticatedError."""
    software = load_key(key_file)
    return sign_in_with(home, person_of(key_file), software, software.signer)


def sign_in_with(home: Home, person: str, signer: PersonSigner, key: Signer) -> SignedIn:
    """Sign in as a person with a key that is held elsewhere."""
    stub = _persons(home)
    challenge: persons_service_pb2.CreateChallengeResponse = home.session.call(
        stub.CreateChallenge, persons_service_pb2.CreateChallengeRequest(person=person)
    )
    answer: persons_service_pb2.CreateSessionResponse = home.session.call(
        stub.CreateSession,
        persons_service_pb2.CreateSessionRequest(
            person=person,
            challenge=challenge.challenge,
            signature=key.sign(SESSION_PREFIX + challenge.challenge),
        ),
    )
    return SignedIn(home=home, token=answer.session, signer=signer)


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


def list_history(me: Admitted) -> Iterator[OwnRecord]:
    """What the home node holds about the person, each record verified."""
    token = ""
    while True:
        page: persons_service_pb2.ListOwnRecordsResponse = me.home.session.call(
            _persons(me.home).ListOwnRecords,
            persons_service_pb2.ListOwnRecordsRequest(
                session=me.token, page_size=PAGE_SIZE, page_token=token
            ),
        )
        for one in page.records:
            proven = proven_from_pb(one.statement)
            said = record_from_payload(proven.envelope.payload)  # its issuer; verified next
            verified = verify_proven(
                proven,
                me.home.directory,
                log_jurisdiction=me.home.jurisdiction,
                expected_types={RECORD_TYPE},
                signer=(said.jurisdiction, said.institution, KeyPurpose.INSTITUTION),
            )
            name = verified.statement_id.hex()
            content = record_from_payload(verified.payload, name, proven.disclosures)
            yield OwnRecord(id=verified.statement_id, content=content)
        token = page.next_page_token
        if not token:
            return


def list_receipts(me: Admitted) -> Iterator[OwnReceipt]:
    """Who asked for and who received the person's data, each receipt verified."""
    token = ""
    while True:
        page: persons_service_pb2.ListOwnReceiptsResponse = me.home.session.call(
            _persons(me.home).ListOwnReceipts,
            persons_service_pb2.ListOwnReceiptsRequest(
                session=me.token, page_size=PAGE_SIZE, page_token=token
            ),
        )
        for one in page.receipts:
            proven = proven_from_pb(one.statement)
            said = receipt_from_payload(proven.envelope.payload)  # who must sign; verified next
            verified = verify_proven(
                proven,
                me.home.directory,
                log_jurisdiction=me.home.jurisdiction,
                expected_types={RECEIPT_TYPE},
                signer=(said.provider.jurisdiction, NODE_LEVEL, KeyPurpose.NODE),
            )
            content = receipt_from_payload(verified.payload)
            yield OwnReceipt(id=verified.statement_id, content=content)
        token = page.next_page_token
        if not token:
            return


def find_request(me: Admitted, prefix: str) -> Pending:
    """The request whose id starts so. Raises ConfigurationError for none or several."""
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


def _persons(home: Home) -> PersonsServiceStub:
    return PersonsServiceStub(home.session.channel)


def _consents(home: Home) -> ConsentsServiceStub:
    return ConsentsServiceStub(home.session.channel)


def ask_erasure(me: Admitted, basis: ErasureBasis) -> erasures_service_pb2.ErasureState:
    """Ask to be erased at the home node; an institution decides. Again gives the same."""
    answer: erasures_service_pb2.RequestErasureResponse = me.home.session.call(
        ErasuresServiceStub(me.home.session.channel).RequestErasure,
        erasures_service_pb2.RequestErasureRequest(session=me.token, basis=basis_to_pb(basis)),
    )
    return answer.erasure


def show_erasure(home: Home, name: str) -> erasures_service_pb2.ErasureState:
    """
    How far an erasure is; whoever holds its random name may ask. Raises NotFoundError.

    There is no signing in: the key that would sign is erased with everything else.
    """
    answer: erasures_service_pb2.GetErasureResponse = home.session.call(
        ErasuresServiceStub(home.session.channel).GetErasure,
        erasures_service_pb2.GetErasureRequest(name=name),
    )
    return answer.erasure
