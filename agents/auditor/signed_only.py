"""
What nodes tell each other under their signature without logging it: where a consent stands, and
that statements have arrived.

Each is judged at the instant that it speaks of, which its signer wrote: a status can only take away
from what a consent allows, and an acknowledgement binds nobody but its signer.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Generic, TypeVar

from agents.auditor.logged import LoggedLeaf, Trusted, check_leaf, is_logged
from agents.auditor.questions import Question
from agents.auditor.report import NotHeldError, Step, at_step
from agents.auditor.steps import NOT_VALID_THEN, check_hints, envelope_under
from agents.bundle_files import STATEMENTS, Files
from portability.consent.payload_types import CONSENT_STATUS_TYPE
from portability.consent.scope import Party
from portability.consent.statements import ConsentStatus
from portability.errors import InvalidInputError, PortabilityError
from portability.ledger.directory import KeyEntry, KeyPurpose
from portability.ledger.envelope import Envelope, envelope_from_json, payload_type, verify_envelope
from portability.recognition.statements import Acknowledgement
from portability.wire.consent import consent_status_from_payload
from portability.wire.statement import statement_from_payload

ACKNOWLEDGEMENT_TYPE: Final = payload_type("acknowledgement", "protobuf")

Word = ConsentStatus | Acknowledgement
W = TypeVar("W", ConsentStatus, Acknowledgement)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedOnly(Generic[W]):
    """
    A node's word, and which node that is. ``as_of`` is the instant that it speaks of.

    ``logged`` is None unless a proof came with it, which must then hold.
    """

    envelope: Envelope
    signer: Party
    content: W
    as_of: datetime
    logged: LoggedLeaf | None = None


def is_signed_only(hex_id: str, files: Files) -> bool:
    """Whether this is of a kind that needs neither proof nor leaf."""
    return _type_under(hex_id, files) in _READERS


def is_acknowledgement(hex_id: str, files: Files) -> bool:
    return _type_under(hex_id, files) == ACKNOWLEDGEMENT_TYPE


def check_status(hex_id: str, files: Files, trusted: Trusted) -> SignedOnly[ConsentStatus]:
    """A home node's word on where a consent stands. Raises NotHeldError."""
    content, entry, envelope = _check(hex_id, files, trusted)
    if not isinstance(content, ConsentStatus):
        raise NotHeldError(Step.CONTENT, "it is no word on where a consent stands")
    return SignedOnly(
        envelope=envelope,
        signer=Party(jurisdiction=entry.jurisdiction),
        content=content,
        as_of=content.as_of,
        logged=check_leaf(hex_id, files, trusted) if is_logged(hex_id, files) else None,
    )


def check_acknowledgement(
    hex_id: str, files: Files, trusted: Trusted
) -> SignedOnly[Acknowledgement]:
    """A node's word that it has statements. Raises NotHeldError."""
    content, entry, envelope = _check(hex_id, files, trusted)
    signer = Party(jurisdiction=entry.jurisdiction)
    if not isinstance(content, Acknowledgement):
        raise NotHeldError(Step.CONTENT, "it is no acknowledgement")
    if content.header.sender != signer:
        raise NotHeldError(
            Step.SIGNATURE, f"it speaks for {content.header.sender}, but {signer} has signed it"
        )
    return SignedOnly(
        envelope=envelope,
        signer=signer,
        content=content,
        as_of=content.header.created,
        logged=check_leaf(hex_id, files, trusted) if is_logged(hex_id, files) else None,
    )


def _check(hex_id: str, files: Files, trusted: Trusted) -> tuple[Word, KeyEntry, Envelope]:
    """Content, key and envelope, once a node's key that was valid then has signed it."""
    envelope = envelope_under(hex_id, files)
    entries = [entry for entry in trusted.directory.entries if entry.purpose is KeyPurpose.NODE]
    verified = at_step(
        Step.SIGNATURE,
        lambda: verify_envelope(
            envelope, set(_READERS), {entry.key_id: entry.public for entry in entries}
        ),
    )
    check_hints(envelope, verified.key_ids)
    content = at_step(Step.CONTENT, lambda: _READERS[verified.payload_type](verified.payload))
    as_of = content.as_of if isinstance(content, ConsentStatus) else content.header.created
    entry = next(one for one in entries if one.key_id == verified.key_ids[0])
    if not entry.is_valid(as_of):
        raise NotHeldError(Step.SIGNATURE, NOT_VALID_THEN, Question.KEY)
    return content, entry, envelope


def _read_acknowledgement(payload: bytes) -> Acknowledgement:
    content = statement_from_payload(ACKNOWLEDGEMENT_TYPE, payload)
    if not isinstance(content, Acknowledgement):
        raise InvalidInputError("it is no acknowledgement", field="payload_type")
    return content


def _type_under(hex_id: str, files: Files) -> str:
    try:
        return envelope_from_json(files.get(f"{STATEMENTS}/{hex_id}.json", b"")).payload_type
    except PortabilityError:
        return ""


_READERS: Final[Mapping[str, Callable[[bytes], Word]]] = {
    CONSENT_STATUS_TYPE: consent_status_from_payload,
    ACKNOWLEDGEMENT_TYPE: _read_acknowledgement,
}
