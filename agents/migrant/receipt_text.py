"""
A receipt as text that fits into a QR code and that anybody can check without a network.

The text is a prefix and the base64url of the signed receipt (a protobuf Envelope), as it came from
the provider's node. `portability-migrant check-receipt` verifies it against the directory.
"""

from typing import Final

from portability.consent.payload_types import RECEIPT_TYPE
from portability.consent.receipt import DisclosureReceipt
from portability.errors import InvalidInputError, SignatureError
from portability.ledger.directory import NODE_LEVEL, Directory, KeyPurpose
from portability.ledger.encoding import decode_base64url, encode_base64url
from portability.ledger.envelope import verify_envelope
from portability.wire.envelope import envelope_from_bytes
from portability.wire.receipt import receipt_from_payload

PREFIX: Final = "portability-receipt/1:"


def receipt_text(envelope: bytes) -> str:
    """What the code of a receipt says, given its signed envelope."""
    return PREFIX + encode_base64url(envelope)


def check_receipt_text(text: str, directory: Directory) -> DisclosureReceipt:
    """
    What a code says, if the node that it names signed it with a key that the directory names.

    Raises InvalidInputError for what is no such code, SignatureError for another signature.
    """
    prefix, found, encoded = text.strip().partition(":")
    if not found or f"{prefix}:" != PREFIX:
        raise InvalidInputError(
            f"this is no receipt of ours: it does not begin with {PREFIX}", field="receipt"
        )
    envelope = envelope_from_bytes(decode_base64url(encoded, what="receipt"))
    said = receipt_from_payload(envelope.payload)  # who must have signed; verified next
    at = said.released_at or said.requested_at
    keys = directory.keys(said.provider.jurisdiction, NODE_LEVEL, KeyPurpose.NODE, at)
    if not keys:
        raise SignatureError("the directory names no key of that node for that day")
    return receipt_from_payload(verify_envelope(envelope, {RECEIPT_TYPE}, keys).payload)
