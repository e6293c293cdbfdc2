"""
Steps 4 to 10 of formats.md, Offline bundle: what must hold for one statement by itself.

Each step raises with its own sentence, and nothing after it is looked at. The payload is parsed
only once the signature over it holds.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from agents.auditor.kinds import KINDS, Content, Kind
from agents.auditor.report import NotHeldError, Step
from agents.auditor.witnesses import WitnessedAt, witnessed_at
from agents.bundle_files import DISCLOSURES, LEAVES, PROOFS, STATEMENTS, Files
from portability.consent.payload_types import CONSENT_STATUS_TYPE
from portability.consent.scope import Party
from portability.consent.signature import verify_person
from portability.consent.statements import ConsentStatus, SubjectKey
from portability.errors import PortabilityError
from portability.ledger.checkpoint import Checkpoint
from portability.ledger.directory import NODE_LEVEL, Directory, KeyEntry, KeyPurpose
from portability.ledger.envelope import (
    Envelope,
    envelope_from_json,
    kind_of,
    statement_id,
    verify_envelope,
)
from portability.ledger.merkle import leaf_hash, verify_inclusion
from portability.ledger.policy import Policy, Witnessed, open_witnessed
from portability.ledger.proof_file import ProofFile, parse_proof_file
from portability.wire.consent import consent_status_from_payload
from portability.wire.log_entry import SECONDS_PER_HOUR, LogEntry, log_entry_from_bytes

T = TypeVar("T")

PersonKeys = Mapping[bytes, SubjectKey]
"""Key id to the verified record of a person's key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trusted:
    """What statements are judged with. ``own_policy`` is False where the directory stands in."""

    directory: Directory
    policy: Policy
    own_policy: bool
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """
    A statement for which steps 4 to 10 hold.

    ``accepted`` is the start of the hour in which its log took it in, or the witnessed time where
    the verifier's own quorum says more; ``witnessed`` is what the directory's witnesses say, where
    they do. ``log`` is the jurisdiction of that log.
    """

    id: bytes
    kind: str
    envelope: Envelope
    content: Content
    signer: Party
    key_id: bytes
    accepted: datetime
    log: str
    checkpoint: Checkpoint
    index: int
    witnessed: WitnessedAt | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedStatus:
    """A home node's word on where a consent stands, and who that node is."""

    envelope: Envelope
    signer: Party
    content: ConsentStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class _Logged:
    """What steps 4 to 7 showed."""

    leaf: LogEntry
    accepted: datetime
    log: str
    checkpoint: Checkpoint
    index: int
    witnessed: WitnessedAt | None

    @property
    def judged(self) -> datetime:
        """The time at which keys must have been valid."""
        return self.accepted if self.witnessed is None else self.witnessed.time


def check_statement(
    hex_id: str, files: Files, trusted: Trusted, person_keys: PersonKeys
) -> Checked:
    """Everything about one logged statement, in order. Raises NotHeldError."""
    envelope = envelope_under(hex_id, files)
    logged = _check_log(hex_id, envelope, files, trusted)
    kind = KINDS.get(envelope.payload_type)
    if kind is None:
        raise NotHeldError(
            Step.SIGNATURE,
            f"it is of a kind ({kind_of(envelope.payload_type)}) that no key may sign here",
        )
    if kind.purpose is None:
        signer = _check_person(envelope, logged, person_keys)
    else:
        entry = _entry(logged.leaf.key_id, kind, logged.judged, trusted.directory)
        signer = _check_signed(envelope, kind, entry)
    content = _read(envelope, kind, bytes.fromhex(hex_id))
    _check_issuer(kind, content, signer)
    if f"{DISCLOSURES}/{hex_id}.json" in files:
        raise NotHeldError(
            Step.DISCLOSURES, "fields are disclosed of it, but it holds no digests of fields"
        )
    return Checked(
        id=bytes.fromhex(hex_id),
        kind=logged.leaf.kind,
        envelope=envelope,
        content=content,
        signer=signer,
        key_id=logged.leaf.key_id,
        accepted=logged.accepted,
        log=logged.log,
        checkpoint=logged.checkpoint,
        index=logged.index,
        witnessed=logged.witnessed,
    )


def check_status(hex_id: str, files: Files, trusted: Trusted) -> SignedStatus:
    """
    A home node's word on where a consent stands: signed, but not logged. Raises NotHeldError.

    It is judged at the instant that it speaks of, which its signer wrote: it can only ever take
    away from what a consent allows.
    """
    envelope = envelope_under(hex_id, files)
    entries = [entry for entry in trusted.directory.entries if entry.purpose is KeyPurpose.NODE]
    verified = at_step(
        Step.SIGNATURE,
        lambda: verify_envelope(
            envelope, {CONSENT_STATUS_TYPE}, {entry.key_id: entry.public for entry in entries}
        ),
    )
    check_hints(envelope, verified.key_ids)
    status = at_step(Step.CONTENT, lambda: consent_status_from_payload(verified.payload))
    entry = next(one for one in entries if one.key_id == verified.key_ids[0])
    if not entry.is_valid(status.as_of):
        raise NotHeldError(Step.SIGNATURE, "the key that signed it was not valid at that time")
    return SignedStatus(
        envelope=envelope, signer=Party(jurisdiction=entry.jurisdiction), content=status
    )


def is_status(hex_id: str, files: Files) -> bool:
    """Whether this is a consent status, which has neither proof nor leaf."""
    data = files.get(f"{STATEMENTS}/{hex_id}.json", b"")
    try:
        return envelope_from_json(data).payload_type == CONSENT_STATUS_TYPE
    except PortabilityError:
        return False


def at_step(step: Step, action: Callable[[], T]) -> T:
    """What ``action`` returns; an error of ours becomes the fault of this step."""
    try:
        return action()
    except PortabilityError as error:
        raise NotHeldError(step, error.message) from None


def envelope_under(hex_id: str, files: Files) -> Envelope:
    """The envelope under its own id. What is signed decides the id, so the name proves nothing."""
    data = files.get(f"{STATEMENTS}/{hex_id}.json")
    if data is None:
        raise NotHeldError(
            Step.FILES, "the statement itself is missing, and no erasure of it is proven"
        )
    envelope = at_step(Step.SIGNATURE, lambda: envelope_from_json(data))
    if statement_id(envelope.payload_type, envelope.payload).hex() != hex_id:
        raise NotHeldError(Step.LEAF, "its file is named after another statement")
    return envelope


def _check_log(hex_id: str, envelope: Envelope, files: Files, trusted: Trusted) -> _Logged:
    proof = _proof(hex_id, files)
    entry = files.get(f"{LEAVES}/{hex_id}")
    if entry is None:
        raise NotHeldError(Step.LEAF, "its log leaf is missing")
    signed = at_step(
        Step.LOG_SIGNATURE,
        lambda: open_witnessed(proof.checkpoint, Policy(logs=trusted.policy.logs)),
    )
    not_after = int(trusted.now.timestamp())
    witnessed = at_step(
        Step.QUORUM, lambda: open_witnessed(proof.checkpoint, trusted.policy, not_after=not_after)
    )
    head = signed.checkpoint
    at_step(
        Step.INCLUSION,
        lambda: verify_inclusion(leaf_hash(entry), proof.index, head.size, proof.proof, head.root),
    )
    leaf = at_step(Step.LEAF, lambda: log_entry_from_bytes(entry))
    _check_leaf(leaf, envelope)
    accepted = _time(leaf, witnessed)
    log, seen = _log_and_witnesses(proof.checkpoint, witnessed, accepted, trusted)
    return _Logged(
        leaf=leaf,
        accepted=accepted,
        log=log,
        checkpoint=head,
        index=proof.index,
        witnessed=seen,
    )


def _log_and_witnesses(
    note: bytes, witnessed: Witnessed, accepted: datetime, trusted: Trusted
) -> tuple[str, WitnessedAt | None]:
    """Whose log it is, and what the directory's witnesses say where no own policy was given."""
    log = _log_jurisdiction(witnessed, accepted, trusted)
    if trusted.own_policy:
        return log, None
    return log, at_step(
        Step.QUORUM, lambda: witnessed_at(note, trusted.directory, log, trusted.now)
    )


def _proof(hex_id: str, files: Files) -> ProofFile:
    data = files.get(f"{PROOFS}/{hex_id}.tlog-proof")
    if data is None:
        raise NotHeldError(Step.INCLUSION, "its proof of inclusion in a log is missing")
    return at_step(Step.INCLUSION, lambda: parse_proof_file(data))


def _check_leaf(leaf: LogEntry, envelope: Envelope) -> None:
    if leaf.statement_id != statement_id(envelope.payload_type, envelope.payload):
        raise NotHeldError(Step.LEAF, "the log leaf is that of another statement")
    if leaf.kind != at_step(Step.LEAF, lambda: kind_of(envelope.payload_type)):
        raise NotHeldError(Step.LEAF, "the log leaf says that it is of another kind")


def _time(leaf: LogEntry, witnessed: Witnessed) -> datetime:
    """The witnessed time; without witnesses the hour that the log itself wrote down."""
    if witnessed.time is not None:
        return datetime.fromtimestamp(witnessed.time, UTC)
    return datetime.fromtimestamp(leaf.accepted_hour * SECONDS_PER_HOUR, UTC)


def _log_jurisdiction(witnessed: Witnessed, accepted: datetime, trusted: Trusted) -> str:
    for member in trusted.directory.members:
        if member.log_origin != witnessed.checkpoint.origin:
            continue
        keys = trusted.directory.keys(member.jurisdiction, NODE_LEVEL, KeyPurpose.LOG, accepted)
        if trusted.own_policy or witnessed.log.public in keys.values():
            return member.jurisdiction
        raise NotHeldError(
            Step.LOG_SIGNATURE,
            f"the key of {member.jurisdiction}'s log was not valid when it took this in",
        )
    raise NotHeldError(Step.LOG_SIGNATURE, "the log is that of no member of the directory")


def _entry(key_id: bytes, kind: Kind, at: datetime, directory: Directory) -> KeyEntry:
    """The key that the leaf names, if it may sign this kind and was valid then."""
    entry = directory.key(key_id)
    if entry is None:
        raise NotHeldError(Step.SIGNATURE, "the key that signed it is not in the directory")
    if entry.purpose is not kind.purpose:
        raise NotHeldError(
            Step.SIGNATURE,
            f"it is signed by a key for the purpose {entry.purpose}, not {kind.purpose}",
        )
    if not entry.is_valid(at):
        raise NotHeldError(Step.SIGNATURE, "the key that signed it was not valid at that time")
    return entry


def _check_signed(envelope: Envelope, kind: Kind, entry: KeyEntry) -> Party:
    at_step(
        Step.SIGNATURE,
        lambda: verify_envelope(envelope, {kind.payload_type}, {entry.key_id: entry.public}),
    )
    check_hints(envelope, {entry.key_id})
    return Party(jurisdiction=entry.jurisdiction, institution=entry.institution)


def _check_person(envelope: Envelope, logged: _Logged, person_keys: PersonKeys) -> Party:
    record = person_keys.get(logged.leaf.key_id)
    if record is None:
        raise NotHeldError(
            Step.SIGNATURE, "the record of the person's key is missing or was not verified"
        )
    at_step(Step.SIGNATURE, lambda: verify_person(envelope, {envelope.payload_type}, record))
    check_hints(envelope, {logged.leaf.key_id})
    return Party(jurisdiction=record.enrolled_by.jurisdiction)


def check_hints(
    envelope: Envelope, keys: Collection[bytes], threshold: int = 1, step: Step = Step.SIGNATURE
) -> None:
    """A hint proves nothing, but one that lies was changed by somebody."""
    hints = {signature.key_id_hint for signature in envelope.signatures}
    if len(hints & {key.hex() for key in keys}) < threshold:
        raise NotHeldError(step, "its envelope names another key than the one that signed")


def _read(envelope: Envelope, kind: Kind, i: bytes) -> Content:
    return at_step(Step.CONTENT, lambda: kind.read(envelope.payload, i))


def _check_issuer(kind: Kind, content: Content, signer: Party) -> None:
    issuer = kind.issuer(content)
    if issuer is not None and issuer != signer:
        raise NotHeldError(Step.SIGNATURE, f"it speaks for {issuer}, but {signer} has signed it")
