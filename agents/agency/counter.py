"""
A counter at work: consents for people without a key of their own, and stopping them by word.

What the node prepares is looked through here before anybody signs it: the document must be about
the request, and the text that is read out must be the one whose digest is signed.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from agents.agency.office import Office
from agents.migrant.keyring import load_key, make_key
from portability.consent.assisted import ASSISTANT_PREFIX
from portability.consent.consent_reader import read_consent
from portability.consent.document import Consent
from portability.consent.identifiers import check_code
from portability.consent.payload_types import CONSENT_TYPE
from portability.consent.statements import ConsentState
from portability.errors import PortabilityError, ProofError
from portability.ledger.envelope import add_signature, sign_envelope, statement_id
from portability.v1 import counter_service_pb2 as pb
from portability.v1.counter_service_pb2_grpc import CounterServiceStub
from portability.wire.consent import consent_request_from_payload
from portability.wire.consent_parts import state_from_pb
from portability.wire.envelope import envelope_to_pb
from portability.wire.proven import proven_from_pb, verify_logged
from portability.wire.strict import instant, timestamp

ROLES: Final = {
    "worker": pb.ASSISTANT_ROLE_WORKER,
    "witness": pb.ASSISTANT_ROLE_WITNESS,
}
LEVELS: Final = {
    "witnessed": pb.ASSISTANCE_LEVEL_WITNESSED,
    "worker-alone": pb.ASSISTANCE_LEVEL_WORKER_ALONE,
    "paper": pb.ASSISTANCE_LEVEL_PAPER,
}
REPRESENTATIVES: Final = {
    "guardian": pb.REPRESENTATIVE_ROLE_GUARDIAN,
    "delegate": pb.REPRESENTATIVE_ROLE_DELEGATE,
    "court": pb.REPRESENTATIVE_ROLE_COURT,
    "survivor": pb.REPRESENTATIVE_ROLE_SURVIVOR,
}
CAUSES: Final = {
    "authority": pb.INVALIDATION_CAUSE_AUTHORITY,
    "came-of-age": pb.INVALIDATION_CAUSE_CAME_OF_AGE,
    "representation-ended": pb.INVALIDATION_CAUSE_REPRESENTATION_ENDED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Somebody who signs for a person: the id under which they are enrolled, and their key file."""

    id: bytes
    key: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """In whose right somebody stands at the counter: the paper, until when, and for what."""

    role: str
    sha256: bytes
    until: datetime
    acts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to be prepared; ``witness`` is None where a worker is alone."""

    person: str
    request: bytes
    level: str
    worker: Signer
    witness: Signer | None
    language: str
    mode: str
    place: str
    device: str
    standing: Standing | None = None

    @property
    def signers(self) -> tuple[Signer, ...]:
        return (self.worker,) if self.witness is None else (self.worker, self.witness)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOut:
    """A document with the text to read out before, and what the person has to say back."""

    document: bytes
    consent: Consent
    check_code: str
    notice: str
    questions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """How the person understood it and got a copy; ``scan`` is the digest of a paper, or empty."""

    right: tuple[str, ...]
    has_capacity: bool
    witness_relation: str
    copy: str
    scan: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A consent that was taken in; the code goes on the person's paper."""

    id: bytes
    state: ConsentState
    withdrawal_code: str


def enrol_assistant(office: Office, key_file: Path, role: str, unit: str) -> bytes:
    """Make a key for one of the own staff and enrol it; the id that names them from then on."""
    key = make_key(key_file, office.outside.randomness)
    try:
        answer: pb.EnrolAssistantResponse = office.session.call(
            _stub(office).EnrolAssistant,
            pb.EnrolAssistantRequest(
                role=ROLES[role],
                public_key=key.public,
                proof_of_possession=key.sign(ASSISTANT_PREFIX + key.public),
                unit=unit,
            ),
        )
    except PortabilityError:
        key_file.unlink(missing_ok=True)  # a key that was refused is good for nothing
        raise
    return answer.assistant


def revoke_assistant(office: Office, assistant: bytes) -> None:
    """End a key of the own staff. Raises NotFoundError."""
    office.session.call(
        _stub(office).RevokeAssistant, pb.RevokeAssistantRequest(assistant=assistant)
    )


def list_requests(office: Office, person: str) -> list[tuple[bytes, ConsentState, str]]:
    """What is asked of a person who stands at the counter: id, state and who asks, verified."""
    answer: pb.ListPersonRequestsResponse = office.session.call(
        _stub(office).ListPersonRequests, pb.ListPersonRequestsRequest(person=person)
    )
    found = []
    for one in answer.consent_requests:
        proven = proven_from_pb(one.statement)
        verify_logged(proven, office.directory, office.jurisdiction)
        content = consent_request_from_payload(proven.envelope.payload)
        named = statement_id(proven.envelope.payload_type, proven.envelope.payload)
        found.append((named, state_from_pb(one.state), f"{content.requester} {content.purpose}"))
    return found


def prepare(office: Office, asked: Asked) -> ReadOut:
    """What is to be read out and signed. Raises ProofError for a document that says otherwise."""
    message = pb.PrepareAssistedConsentRequest(
        person=asked.person,
        consent_request=asked.request,
        language=asked.language,
        mode=asked.mode,
        worker=asked.worker.id,
        witness=b"" if asked.witness is None else asked.witness.id,
        place=asked.place,
        device=asked.device,
        level=LEVELS[asked.level],
    )
    if asked.standing is not None:
        message.representation.CopyFrom(
            pb.RepresentationProof(
                role=REPRESENTATIVES[asked.standing.role],
                sha256=asked.standing.sha256,
                expire_time=timestamp(asked.standing.until),
                acts=asked.standing.acts,
            )
        )
    answer: pb.PrepareAssistedConsentResponse = office.session.call(
        _stub(office).PrepareAssistedConsent, message
    )
    consent = read_consent(answer.document)
    code = check_code(statement_id(CONSENT_TYPE, answer.document))
    if consent.request != asked.request or code != answer.check_code:
        raise ProofError("the node prepared another document than the one asked for; do not sign")
    if hashlib.sha256(answer.notice).digest() != consent.notice.sha256:
        raise ProofError("the text to read out is not the one that would be signed; do not sign")
    return ReadOut(
        document=answer.document,
        consent=consent,
        check_code=code,
        notice=answer.notice.decode("utf-8"),
        questions=tuple(answer.questions),
    )


def hand_in(office: Office, asked: Asked, read_out: ReadOut, copied: Copied) -> Given:
    """Sign with the keys of all who must, and hand it in with what was read back."""
    keys = [load_key(one.key).signer for one in asked.signers]
    envelope = sign_envelope(CONSENT_TYPE, read_out.document, keys[0])
    for key in keys[1:]:
        envelope = add_signature(envelope, key)
    answer: pb.RecordAssistedConsentResponse = office.session.call(
        _stub(office).RecordAssistedConsent,
        pb.RecordAssistedConsentRequest(
            envelope=envelope_to_pb(envelope),
            answers=[
                pb.ReadBackAnswer(question=one, correct=one in copied.right)
                for one in read_out.questions
            ],
            witness_relation=copied.witness_relation,
            has_capacity=copied.has_capacity,
            copy=copied.copy,
            scan_sha256=copied.scan,
        ),
    )
    logged = proven_from_pb(answer.statement)
    verify_logged(logged, office.directory, office.jurisdiction)
    own = statement_id(CONSENT_TYPE, read_out.document)
    if statement_id(logged.envelope.payload_type, logged.envelope.payload) != own:
        raise ProofError("the node logged another document than the one that was signed")
    return Given(id=own, state=state_from_pb(answer.state), withdrawal_code=answer.withdrawal_code)


def withdrawal_code(office: Office, person: str) -> tuple[str, datetime]:
    """A code for the person's paper, and until when it works."""
    answer: pb.CreateWithdrawalCodeResponse = office.session.call(
        _stub(office).CreateWithdrawalCode, pb.CreateWithdrawalCodeRequest(person=person)
    )
    return answer.code, instant(answer.expire_time, "expire_time")


def device_code(office: Office, person: str, worker: bytes) -> tuple[str, datetime]:
    """A code for a key on a device of this office, and until when it works."""
    answer: pb.CreateDeviceCodeResponse = office.session.call(
        _stub(office).CreateDeviceCode, pb.CreateDeviceCodeRequest(person=person, worker=worker)
    )
    return answer.code, instant(answer.expire_time, "expire_time")


def confirmation_code(office: Office, person: str, consent: bytes) -> tuple[str, datetime]:
    """A code for a letter or a call to a person for whom a worker signed alone."""
    answer: pb.CreateConfirmationCodeResponse = office.session.call(
        _stub(office).CreateConfirmationCode,
        pb.CreateConfirmationCodeRequest(person=person, consent=consent),
    )
    return answer.code, instant(answer.expire_time, "expire_time")


def confirm(office: Office, code: str) -> tuple[bytes, ConsentState]:
    """Take in such a code as it was said. Raises UnauthenticatedError for a wrong one."""
    answer: pb.ConfirmConsentResponse = office.session.call(
        _stub(office).ConfirmConsent, pb.ConfirmConsentRequest(code=code)
    )
    return answer.consent, state_from_pb(answer.state)


def withdraw(office: Office, person: str, code: str, consents: Sequence[bytes]) -> list[bytes]:
    """Stop consents of a person who stands here, or said the code on the telephone; their ids."""
    answer: pb.WithdrawConsentsResponse = office.session.call(
        _stub(office).WithdrawConsents,
        pb.WithdrawConsentsRequest(person=person, code=code, consents=consents),
    )
    return list(answer.consents)


def invalidate(office: Office, person: str, cause: str) -> list[bytes]:
    """End what must not stand any longer; the ids."""
    answer: pb.InvalidateConsentsResponse = office.session.call(
        _stub(office).InvalidateConsents,
        pb.InvalidateConsentsRequest(person=person, cause=CAUSES[cause]),
    )
    return list(answer.consents)


def _stub(office: Office) -> CounterServiceStub:
    return CounterServiceStub(office.session.channel)
