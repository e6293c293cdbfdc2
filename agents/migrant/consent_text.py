"""
A consent as text that fits into a QR code and that anybody can check without a network.

The text is a prefix and the base32 of a compressed ``ProvenStatement``: the document with the
person's signature, and the proof that the home node's log holds just that. Capitals and digits
alone, which such a code packs into half the room. ``portability-migrant check-receipt`` verifies it
against the directory: whose key signed it, only a bundle with the key record can say.
"""

import base64
import binascii
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from google.protobuf.message import DecodeError

from portability.consent.consent_reader import read_consent
from portability.consent.document import Consent
from portability.consent.payload_types import CONSENT_TYPE
from portability.errors import InvalidInputError
from portability.ledger.checkpoint import unverified_checkpoint
from portability.ledger.directory import Directory
from portability.ledger.envelope import statement_id
from portability.v1 import envelope_pb2
from portability.wire.log_entry import SECONDS_PER_HOUR
from portability.wire.proven import proven_from_pb, verify_logged

PREFIX: Final = "PORTABILITY-CONSENT/1:"
MAX_BYTES: Final = 65_536
"""Of what a code holds, unpacked; a document and its proof have a tenth of that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedConsent:
    """What a code says, verified; ``accepted`` is when the log took it in, to the hour."""

    id: bytes
    document: Consent
    jurisdiction: str
    accepted: datetime


def consent_text(proven: bytes) -> str:
    """What the code of a consent says, given its serialised ``ProvenStatement``."""
    packed = base64.b32encode(zlib.compress(proven, 9)).decode("ascii")
    return PREFIX + packed.rstrip("=")


def is_consent_text(text: str) -> bool:
    """Whether a code says that it is a consent."""
    return text.strip().upper().startswith(PREFIX)


def check_consent_text(text: str, directory: Directory) -> PrintedConsent:
    """
    What a code says, if the log of a member of the directory holds it.

    Raises InvalidInputError for what is no such code, ProofError for what no log holds.
    """
    proven = proven_from_pb(_unpack(text))
    envelope = proven.envelope
    if envelope.payload_type != CONSENT_TYPE:
        raise _broken()
    log = directory.log_jurisdiction(unverified_checkpoint(proven.checkpoint).origin)
    if log is None:
        raise InvalidInputError("the directory names no log of that name", field="receipt")
    leaf = verify_logged(proven, directory, log)
    return PrintedConsent(
        id=statement_id(CONSENT_TYPE, envelope.payload),
        document=read_consent(envelope.payload),
        jurisdiction=log,
        accepted=datetime.fromtimestamp(leaf.accepted_hour * SECONDS_PER_HOUR, UTC),
    )


def _unpack(text: str) -> envelope_pb2.ProvenStatement:
    packed = "".join(text.split()).upper()
    if not packed.startswith(PREFIX):
        raise _broken()
    packed = packed.removeprefix(PREFIX)
    try:
        whole = base64.b32decode(packed + "=" * (-len(packed) % 8))
        unpacking = zlib.decompressobj()
        proven = unpacking.decompress(whole, MAX_BYTES)
        if not unpacking.eof or unpacking.unused_data:
            raise _broken()
        return envelope_pb2.ProvenStatement.FromString(proven)
    except (binascii.Error, ValueError, zlib.error, DecodeError):
        raise _broken() from None


def _broken() -> InvalidInputError:
    return InvalidInputError(
        "this is no whole receipt of a consent; scan the code again", field="receipt"
    )
