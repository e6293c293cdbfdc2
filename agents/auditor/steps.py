"""
Steps 4 to 10 of formats.md, Offline bundle: what must hold for one statement by itself.

Each step raises with its own sentence, and nothing after it is looked at. The payload is parsed
only once the signature over it holds.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from agents.auditor.kinds import KINDS, Content, Kind
from agents.auditor.logged import LoggedLeaf, Trusted, check_leaf
from agents.auditor.person_kinds import is_evidence
from agents.auditor.questions import Question
from agents.auditor.report import NotHeldError, Step, at_step
from agents.auditor.witnesses import WitnessedAt
from agents.bundle_files import DISCLOSURES, ERASURES, EVIDENCE, STATEMENTS, Files
from portability.consent.scope import Party
from portability.consent.signature import verify_person
from portability.consent.statements import SubjectKey
from portability.errors import PortabilityError
from portability.ledger.checkpoint import Checkpoint
from portability.ledger.directory import Directory, KeyEntry
from portability.ledger.disclosure import disclosures_from_json
from portability.ledger.envelope import (
    Envelope,
    envelope_from_json,
    kind_of,
    statement_id,
    verify_envelope,
)
from portability.wire.record import EntitlementRecord, record_from_payload

T = TypeVar("T")

PersonKeys = Mapping[bytes, SubjectKey]
"""Key id to the verified record of a person's key."""

UNREADABLE = "unreadable"
_FOLDERS = (STATEMENTS, ERASURES, EVIDENCE)
NOT_VALID_THEN = "the key that signed it was not valid at that time"
NOT_WITNESSED_BEFORE = "the key that signed it is compromised, and no witness saw it before that"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """
    A statement for which steps 4 to 10 hold; ``logged`` is where and when.

    ``disclosures`` are those in the bundle of a record with salted fields.
    """

    id: bytes
    kind: str
    envelope: Envelope
    content: Content
    signer: Party
    logged: LoggedLeaf
    disclosures: tuple[str, ...] = ()

    @property
    def by_person(self) -> bool:
        """Whether a key of the person has signed it, and none of the directory."""
        return KINDS[self.envelope.payload_type].purpose is None

    @property
    def key_id(self) -> bytes:
        return self.logged.leaf.key_id

    @property
    def accepted(self) -> datetime:
        return self.logged.accepted

    @property
    def log(self) -> str:
        return self.logged.log

    @property
    def checkpoint(self) -> Checkpoint:
        return self.logged.checkpoint

    @property
    def index(self) -> int:
        return self.logged.index

    @property
    def witnessed(self) -> WitnessedAt | None:
        return self.logged.witnessed


def check_statement(
    hex_id: str, files: Files, trusted: Trusted, person_keys: PersonKeys
) -> Checked:
    """Everything about one logged statement, in order. Raises NotHeldError."""
    envelope = envelope_under(hex_id, files)
    logged = check_leaf(hex_id, files, trusted)
    if logged.leaf.kind != at_step(Step.LEAF, lambda: kind_of(envelope.payload_type)):
        raise NotHeldError(Step.LEAF, "the log leaf says that it is of another kind")
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
        _check_cut_off(entry, logged, trusted.directory)
        signer = _check_signed(envelope, kind, entry)
    content = _read(envelope, kind, bytes.fromhex(hex_id))
    _check_issuer(kind, content, signer)
    content, disclosures = _show_fields(hex_id, envelope, content, files)
    return Checked(
        id=bytes.fromhex(hex_id),
        kind=logged.leaf.kind,
        envelope=envelope,
        content=content,
        signer=signer,
        logged=logged,
        disclosures=disclosures,
    )


def _show_fields(
    hex_id: str, envelope: Envelope, content: Content, files: Files
) -> tuple[Content, tuple[str, ...]]:
    """A record with the fields that are shown of it, each held against its digests."""
    data = files.get(f"{DISCLOSURES}/{hex_id}.json")
    if data is None:
        return content, ()
    if not isinstance(content, EntitlementRecord) or not content.is_salted:
        raise NotHeldError(
            Step.DISCLOSURES, "fields are disclosed of it, but it holds no digests of fields"
        )
    texts = at_step(Step.DISCLOSURES, lambda: disclosures_from_json(data))
    shown = at_step(Step.DISCLOSURES, lambda: record_from_payload(envelope.payload, hex_id, texts))
    return shown, texts


def holds_statement(hex_id: str, files: Files) -> bool:
    """Whether the statement itself is here, and not only its leaf."""
    return any(f"{folder}/{hex_id}.json" in files for folder in _FOLDERS)


def envelope_under(hex_id: str, files: Files) -> Envelope:
    """The envelope under its own id. What is signed decides the id, so the name proves nothing."""
    found = [(folder, files.get(f"{folder}/{hex_id}.json")) for folder in _FOLDERS]
    folder, data = next(((one, data) for one, data in found if data is not None), ("", None))
    if data is None:
        raise NotHeldError(
            Step.FILES, "the statement itself is missing, and no erasure of it is proven"
        )
    envelope = at_step(Step.SIGNATURE, lambda: envelope_from_json(data))
    if (folder == EVIDENCE) != is_evidence(envelope.payload_type):
        raise NotHeldError(
            Step.FILES, f"a statement of the kind {_kind(envelope)} does not belong into {folder}/"
        )
    if statement_id(envelope.payload_type, envelope.payload).hex() != hex_id:
        raise NotHeldError(Step.LEAF, "its file is named after another statement")
    return envelope


def _kind(envelope: Envelope) -> str:
    """Of what may be any bytes."""
    try:
        return kind_of(envelope.payload_type)
    except PortabilityError:
        return UNREADABLE


def kind_under(hex_id: str, files: Files) -> str:
    """The kind of a statement as its file says, unverified; UNREADABLE where there is none."""
    try:
        return kind_of(envelope_under(hex_id, files).payload_type)
    except (PortabilityError, NotHeldError):
        return UNREADABLE


def _entry(key_id: bytes, kind: Kind, at: datetime, directory: Directory) -> KeyEntry:
    """The key that the leaf names, if it may sign this kind and was valid then."""
    entry = directory.key(key_id)
    if entry is None:
        raise NotHeldError(Step.SIGNATURE, "the key that signed it is not in the directory")
    if entry.purpose is not kind.purpose:
        raise NotHeldError(
            Step.SIGNATURE,
            f"it is signed by a key for the purpose {entry.purpose}, not {kind.purpose}",
            Question.KEY,
        )
    if not entry.is_valid(at):
        raise NotHeldError(Step.SIGNATURE, NOT_VALID_THEN, Question.KEY)
    return entry


def _check_cut_off(entry: KeyEntry, logged: LoggedLeaf, directory: Directory) -> None:
    """Of a compromised key only what was witnessed before counts; the log's word is not enough."""
    if entry.cutoff is not None and logged.witnessed is None and directory.quorum:
        raise NotHeldError(Step.SIGNATURE, NOT_WITNESSED_BEFORE, Question.KEY)


def _check_signed(envelope: Envelope, kind: Kind, entry: KeyEntry) -> Party:
    at_step(
        Step.SIGNATURE,
        lambda: verify_envelope(envelope, {kind.payload_type}, {entry.key_id: entry.public}),
    )
    check_hints(envelope, {entry.key_id})
    return Party(jurisdiction=entry.jurisdiction, institution=entry.institution)


def _check_person(envelope: Envelope, logged: LoggedLeaf, person_keys: PersonKeys) -> Party:
    record = person_keys.get(logged.leaf.key_id)
    if record is None:
        raise NotHeldError(
            Step.SIGNATURE, "the record of the person's key is missing or was not verified"
        )
    at_step(Step.SIGNATURE, lambda: verify_person(envelope, {envelope.payload_type}, record))
    others = {one.key_id for one in record.assistants}
    signers = others if record.method.is_for_one_act else {logged.leaf.key_id}
    check_hints(envelope, signers, threshold=len(signers))
    return Party(jurisdiction=record.enrolled_by.jurisdiction)


def of_kind_in(statements: Mapping[bytes, Checked], kind: type[T]) -> list[tuple[Checked, T]]:
    """The statements of one kind with their content, in the order of their ids."""
    found = sorted(statements.items())
    return [(one, one.content) for _, one in found if isinstance(one.content, kind)]


def check_hints(
    envelope: Envelope, keys: Collection[bytes], threshold: int = 1, step: Step = Step.SIGNATURE
) -> None:
    """
    A hint proves nothing, but one that lies was changed by somebody.

    One that is empty says nothing: DSSE lets it be left out, and a passkey does not know its key's.
    """
    hints = [signature.key_id_hint for signature in envelope.signatures]
    fitting = len(set(hints) & {key.hex() for key in keys}) + hints.count("")
    if fitting < threshold:
        raise NotHeldError(step, "its envelope names another key than the one that signed")


def _read(envelope: Envelope, kind: Kind, i: bytes) -> Content:
    return at_step(Step.CONTENT, lambda: kind.read(envelope.payload, i))


def _check_issuer(kind: Kind, content: Content, signer: Party) -> None:
    issuer = kind.issuer(content)
    if issuer is not None and issuer != signer:
        raise NotHeldError(Step.SIGNATURE, f"it speaks for {issuer}, but {signer} has signed it")
