"""
A receipt as text that fits into a QR code and that anybody can check without a network.

The code holds a prefix and the base64url of the signed receipt (a protobuf Envelope), as it came
from the provider's node. `portability-migrant check-receipt` verifies it against the directory.
"""

from typing import Final

from agents.migrant.person import PAGE_SIZE, Admitted
from portability.consent.payload_types import RECEIPT_TYPE
from portability.consent.receipt import DisclosureReceipt
from portability.errors import InvalidInputError, NotFoundError, SignatureError
from portability.ledger.directory import NODE_LEVEL, Directory, KeyPurpose
from portability.ledger.encoding import decode_base64url, encode_base64url
from portability.ledger.envelope import statement_id, verify_envelope
from portability.v1 import persons_service_pb2
from portability.v1.persons_service_pb2_grpc import PersonsServiceStub
from portability.wire.consent import receipt_from_payload
from portability.wire.envelope import envelope_from_bytes

PREFIX: Final = "portability-receipt/1:"


def receipt_text(me: Admitted, receipt: bytes) -> str:
    """What the code of a person's own receipt says. Raises NotFoundError."""
    stub, token = PersonsServiceStub(me.home.session.channel), ""
    while True:
        page: persons_service_pb2.ListOwnReceiptsResponse = me.home.session.call(
            stub.ListOwnReceipts,
            persons_service_pb2.ListOwnReceiptsRequest(
                session=me.token, page_size=PAGE_SIZE, page_token=token
            ),
        )
        for one in page.receipts:
            envelope = one.statement.envelope
            if statement_id(envelope.payload_type, envelope.payload) == receipt:
                return PREFIX + encode_base64url(envelope.SerializeToString())
        token = page.next_page_token
        if not token:
            raise NotFoundError("there is no such receipt")


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
