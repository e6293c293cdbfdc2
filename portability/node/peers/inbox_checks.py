"""
What must hold of a delivery before anything in it is believed: bytes in, verified values out.

No database, no clock: it can run beside the event loop. For each statement and each exhibit: the
log's signature on the checkpoint, the inclusion, the leaf, the signature by a key of the right
holder and purpose, the strict parse, and that the sender it names holds that key and is of the
jurisdiction that the peer's certificate names.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from portability.consent.consent_reader import read_withdrawal
from portability.consent.payload_types import (
    CONSENT_REQUEST_TYPE,
    CONSENT_TYPE,
    RECEIPT_TYPE,
    SUBJECT_KEY_TYPE,
    TEMPLATE_TYPE,
    WITHDRAWAL_TYPE,
)
from portability.consent.receipt import DisclosureReceipt
from portability.consent.scope import Party, party_of
from portability.consent.withdrawal import Withdrawal
from portability.errors import InvalidInputError, ProofError, SignatureError
from portability.ledger.checkpoint import unverified_checkpoint
from portability.ledger.envelope import Envelope, Verified, kind_of, statement_id
from portability.ledger.trust import Directory, KeyEntry, KeyPurpose
from portability.recognition.adoption import AgreementAdoption
from portability.recognition.complaint import ComplaintStep
from portability.recognition.erasure import DELIVERED, ErasureStatement
from portability.recognition.places import is_of_its_place
from portability.recognition.statements import CaseStatement, HistoryOutcome, HistoryResponse
from portability.settlement.statements import SettlementStatement
from portability.v1 import envelope_pb2
from portability.v1 import federation_service_pb2 as pb
from portability.wire.adoption import ADOPTION_TYPE, adoption_from_payload
from portability.wire.complaint import COMPLAINT_TYPE, step_from_payload
from portability.wire.erasure import ERASURE_TYPES, erasure_statement_from_payload
from portability.wire.log_entry import log_entry_from_bytes
from portability.wire.person_signed import verify_under
from portability.wire.proven import (
    Proven,
    accepted_at,
    proven_from_pb,
    verify_logged,
    verify_proven,
)
from portability.wire.receipt import receipt_from_payload
from portability.wire.record import RECORD_TYPE, EntitlementRecord, record_from_payload
from portability.wire.settlement import SETTLEMENT_TYPES, settlement_statement_from_payload
from portability.wire.statement import (
    BY_INSTITUTIONS,
    BY_PERSONS,
    STATEMENT_TYPES,
    case_statement_from_payload,
)
from portability.wire.subject_key import subject_key_from_payload

MAX_EXHIBITS: Final = 50_000
EVIDENCE_TYPES: Final = frozenset(
    {CONSENT_TYPE, SUBJECT_KEY_TYPE, TEMPLATE_TYPE, CONSENT_REQUEST_TYPE}
)
"""What a permission rests on. Its signatures are verified by the gate, its proofs here."""

Content = (
    CaseStatement
    | DisclosureReceipt
    | Withdrawal
    | ErasureStatement
    | SettlementStatement
    | AgreementAdoption
    | ComplaintStep
)
"""What one node delivers to another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedExhibit:
    """
    What a statement rests on. ``origin`` is the jurisdiction whose log holds it.

    ``record`` is what a record says as far as it is shown, and None for evidence of a permission;
    ``disclosures`` are the fields shown of one with salted fields.
    """

    statement_id: bytes
    origin: str
    envelope: Envelope
    record: EntitlementRecord | None
    disclosures: tuple[str, ...]
    proven: bytes

    @property
    def issuer(self) -> Party | None:
        """The institution that signed a record."""
        return None if self.record is None else self.record.issuer


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedDelivery:
    """
    A statement that may be believed, with its exhibits in the order in which they came.

    ``logged`` is the beginning of the hour in which its sender's log took it in.
    """

    position: int
    statement_id: bytes
    envelope: Envelope
    key_id: bytes
    content: Content
    exhibits: tuple[VerifiedExhibit, ...]
    logged: datetime


def delivered_id(delivery: pb.Delivery) -> bytes:
    """The id of what was delivered, verified or not."""
    envelope = delivery.statement.envelope
    return statement_id(envelope.payload_type, envelope.payload)


def verify_delivery(
    delivery: pb.Delivery,
    exhibits: tuple[VerifiedExhibit, ...],
    directory: Directory,
    peer: str,
) -> VerifiedDelivery:
    """
    A delivery from the node of ``peer`` whose exhibits were verified, once the rest of it is.

    Raises ProofError, SignatureError, InvalidInputError, and PreconditionError for somebody whom
    the directory does not name.
    """
    proven = proven_from_pb(delivery.statement)
    content: Content
    kind = proven.envelope.payload_type
    if kind == WITHDRAWAL_TYPE:
        verified, key_id = _verify_by_person(proven, directory, peer, exhibits)
        content = read_withdrawal(verified.payload)
    elif kind in BY_PERSONS:
        verified, key_id = _verify_by_person(proven, directory, peer, exhibits)
        content = case_statement_from_payload(kind, verified.payload)
        if content.header.sender != Party(jurisdiction=peer):
            raise SignatureError("the person's document was taken in by another node", peer=peer)
    else:
        content, key_id = _verify_statement(proven, directory, peer)
    if isinstance(content, HistoryResponse) and content.outcome is not HistoryOutcome.REFUSED:
        _check_complete_at(content, proven, directory)
    return VerifiedDelivery(
        position=delivery.position,
        statement_id=delivered_id(delivery),
        envelope=proven.envelope,
        key_id=key_id,
        content=content,
        exhibits=exhibits,
        logged=accepted_at(log_entry_from_bytes(proven.log_entry)),
    )


def verify_exhibit(message: envelope_pb2.ProvenStatement, directory: Directory) -> VerifiedExhibit:
    """
    A record or a piece of evidence, once its proof was verified.

    So is the signature of a record, that each field shown of it is in it, and the signature of a
    person's key; the gate verifies those of the rest.
    """
    proven = proven_from_pb(message)
    kind = proven.envelope.payload_type
    record = None
    if proven.disclosures and kind != RECORD_TYPE:
        raise InvalidInputError("fields are disclosed of what is no record", field="disclosures")
    if kind == RECORD_TYPE:
        entry = _signer(proven, directory, KeyPurpose.INSTITUTION)
        origin = entry.jurisdiction
        verified = verify_proven(
            proven,
            directory,
            log_jurisdiction=origin,
            expected_types={RECORD_TYPE},
            signer=_holder(entry),
        )
        name = verified.statement_id.hex()
        record = record_from_payload(verified.payload, name, proven.disclosures)
        _check_sender(record.issuer, entry)
    elif kind in EVIDENCE_TYPES:
        origin = _log_of(proven, directory)
        verify_logged(proven, directory, origin)
        if kind == SUBJECT_KEY_TYPE:
            _verify_by(proven, directory, origin, _signer(proven, directory, KeyPurpose.NODE))
    else:
        raise InvalidInputError("an exhibit is of a kind that proves nothing", field="exhibits")
    return VerifiedExhibit(
        statement_id=statement_id(kind, proven.envelope.payload),
        origin=origin,
        envelope=proven.envelope,
        record=record,
        disclosures=proven.disclosures,
        proven=message.SerializeToString(),
    )


def _verify_statement(proven: Proven, directory: Directory, peer: str) -> tuple[Content, bytes]:
    kind = proven.envelope.payload_type
    if kind == RECEIPT_TYPE:
        entry = _signer(proven, directory, KeyPurpose.NODE)
        payload = _verify_by(proven, directory, peer, entry)
        receipt = receipt_from_payload(payload)
        _check_sender(receipt.provider.node, entry)
        return receipt, entry.key_id
    if ERASURE_TYPES.get(kind) in DELIVERED:
        entry = _signer(proven, directory, KeyPurpose.NODE)
        said = erasure_statement_from_payload(kind, _verify_by(proven, directory, peer, entry))
        _check_sender(said.header.sender, entry)
        return said, entry.key_id
    if kind == COMPLAINT_TYPE:
        entry = _signer(proven, directory, KeyPurpose.NODE)
        step = step_from_payload(_verify_by(proven, directory, peer, entry))
        _check_sender(step.header.sender, entry)
        return step, entry.key_id
    if kind == ADOPTION_TYPE:
        entry = _signer(proven, directory, KeyPurpose.NODE)
        adoption = adoption_from_payload(_verify_by(proven, directory, peer, entry))
        _check_sender(adoption.header.sender, entry)
        return adoption, entry.key_id
    if kind in SETTLEMENT_TYPES:
        entry = _signer(proven, directory, KeyPurpose.INSTITUTION)
        owed = settlement_statement_from_payload(kind, _verify_by(proven, directory, peer, entry))
        _check_sender(owed.header.sender, entry)
        return owed, entry.key_id
    if kind not in STATEMENT_TYPES:
        raise InvalidInputError(
            f"a {kind_of(kind)} is not delivered between nodes", field="payload_type"
        )
    purpose = KeyPurpose.INSTITUTION if kind in BY_INSTITUTIONS else KeyPurpose.NODE
    entry = _signer(proven, directory, purpose)
    statement = case_statement_from_payload(kind, _verify_by(proven, directory, peer, entry))
    _check_sender(statement.header.sender, entry)
    return statement, entry.key_id


def _check_complete_at(response: HistoryResponse, proven: Proven, directory: Directory) -> None:
    """
    An answer speaks of its sender's own log, as that stood when it was said: up to itself.

    Whether a record was left out is judged by that place: of another log or of an earlier time
    nobody could ever show it. Nobody takes an answer into a log before the request that it names,
    so what it is complete up to is never older than that.
    """
    shown_in = unverified_checkpoint(proven.checkpoint).origin  # it was verified: a log of the peer
    if not is_of_its_place(
        response.log_origin, response.tree_size, proven.leaf_index, shown_in, directory
    ):
        raise InvalidInputError(
            f"the answer is entry {proven.leaf_index} of its sender's log and does not say that it "
            "is complete in that log as it stood when it answered; answer again",
            field="tree_size",
        )


def _verify_by_person(
    proven: Proven, directory: Directory, peer: str, exhibits: Sequence[VerifiedExhibit]
) -> tuple[Verified, bytes]:
    """Signed with a person's key, whose record by the same home node comes with it."""
    leaf = verify_logged(proven, directory, peer)
    for exhibit in exhibits:
        if exhibit.envelope.payload_type == SUBJECT_KEY_TYPE and exhibit.origin == peer:
            key = subject_key_from_payload(exhibit.envelope.payload)
            return verify_under(proven.envelope, leaf, key), leaf.key_id
    raise SignatureError(
        f"the {kind_of(proven.envelope.payload_type)} came without the record of the key that "
        "signed it"
    )


def _verify_by(proven: Proven, directory: Directory, peer: str, entry: KeyEntry) -> bytes:
    """The payload, logged by the peer and signed by a holder of the peer's own jurisdiction."""
    if entry.jurisdiction != peer:
        raise SignatureError(
            f"the statement is signed in {entry.jurisdiction}, but the certificate is of {peer}; "
            "each node delivers what was said in its own jurisdiction",
            jurisdiction=entry.jurisdiction,
        )
    verified = verify_proven(
        proven,
        directory,
        log_jurisdiction=peer,
        expected_types={proven.envelope.payload_type},
        signer=_holder(entry),
    )
    return verified.payload


def _signer(proven: Proven, directory: Directory, purpose: KeyPurpose) -> KeyEntry:
    """The directory's entry of the key that the leaf names. Proves nothing by itself."""
    leaf = log_entry_from_bytes(proven.log_entry)
    if leaf.statement_id != statement_id(proven.envelope.payload_type, proven.envelope.payload):
        raise ProofError("the proof is for another statement than the one that came with it")
    entry = directory.key(leaf.key_id)
    if entry is None or entry.purpose is not purpose:
        raise SignatureError(
            f"the statement is signed with a key that the directory does not list as {purpose} "
            "key; have it entered, or sign with one that is"
        )
    return entry


def _holder(entry: KeyEntry) -> tuple[str, str, str]:
    return entry.jurisdiction, entry.institution, entry.purpose


def holder_party(entry: KeyEntry) -> Party:
    """Whose key it is."""
    return party_of(entry.jurisdiction, entry.institution)


def _check_sender(sender: Party, entry: KeyEntry) -> None:
    holder = holder_party(entry)
    if sender != holder:
        raise SignatureError(f"the statement names {sender}, but {holder} has signed it")


def _log_of(proven: Proven, directory: Directory) -> str:
    """The member whose log the checkpoint says it is; verified by the caller."""
    origin = unverified_checkpoint(proven.checkpoint).origin
    for member in directory.members:
        if origin in directory.log_origins(member.jurisdiction):
            return member.jurisdiction
    raise InvalidInputError(
        "an exhibit is from a log that the directory does not name", field="exhibits"
    )
