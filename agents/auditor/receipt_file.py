"""
One receipt in a file: the text of the QR code on a person's paper, or the envelope as JSON.

A receipt of a release or refusal, or of what the person allowed. The pinned directory is all that
it takes; no node is asked.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agents.migrant.consent_text import check_consent_text, is_consent_text
from agents.migrant.receipt_text import PREFIX, check_receipt_text, receipt_text
from agents.migrant.words import describe_consent, describe_receipt
from agents.profile import read_file
from portability.consent.payload_types import RECEIPT_TYPE
from portability.errors import PortabilityError
from portability.ledger.directory import Directory
from portability.ledger.envelope import Envelope, envelope_from_json
from portability.wire.envelope import envelope_to_bytes

_MOST: Final = 131_072
"""Bytes; a larger file is a bundle, and is not read to find that out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Genuine:
    """A receipt that was verified: its id, by what, and what it says."""

    id: str
    by: str
    words: tuple[str, ...]


def is_receipt(path: Path) -> bool:
    """Whether the file is one receipt, and not a bundle."""
    try:
        if not path.is_file() or path.stat().st_size > _MOST:
            return False
        data = path.read_bytes()
    except OSError:
        return False  # the reader of bundles says what is wrong with it
    text = data.decode("utf-8", "replace")
    is_text = text.strip().startswith(PREFIX) or is_consent_text(text)
    return is_text or _envelope(data) is not None


def read_receipt(path: Path, directory: Directory) -> Genuine:
    """The receipt, once verified. Raises SignatureError, ProofError, InvalidInputError."""
    data = read_file(path, "receipt")
    text, envelope = data.decode("utf-8", "replace"), _envelope(data)
    if is_consent_text(text):
        printed = check_consent_text(text, directory)
        return Genuine(
            id=printed.id.hex(),
            by=f"the log of {printed.jurisdiction} holds what the person signed",
            words=tuple(describe_consent(printed.document)),
        )
    if envelope is not None:
        text = receipt_text(envelope_to_bytes(envelope))
    receipt = check_receipt_text(text, directory)
    return Genuine(
        id=receipt.id,
        by="signed by the node that gave or refused the data",
        words=(describe_receipt(receipt),),
    )


def _envelope(data: bytes) -> Envelope | None:
    """A receipt in the JSON form of envelopes."""
    try:
        found = envelope_from_json(data)
    except PortabilityError:
        return None
    return found if found.payload_type == RECEIPT_TYPE else None
