"""
A receipt as a QR code that anybody can check without a network.

The code holds a prefix and the base64url of the signed receipt (a protobuf Envelope), as it came
from the provider's node. `portability-migrant check-receipt` verifies it against the directory.
"""

from typing import Final

import segno
from markupsafe import Markup

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


def receipt_picture(text: str, title: str) -> Markup:
    """The code as SVG without any style: black on white, also on a dark screen."""
    matrix = [list(row) for row in segno.make(text, error="l", micro=False).matrix]
    size = len(matrix) + 8  # four modules of quiet around it (ISO/IEC 18004)
    strokes = "".join(_row(row, at + 4) for at, row in enumerate(matrix))
    return Markup(
        '<svg class="qr" role="img" aria-labelledby="qr-title" viewBox="0 0 {size} {size}">'
        '<title id="qr-title">{title}</title><rect width="{size}" height="{size}" fill="#fff"/>'
        '<path d="{path}" stroke="#000" stroke-width="1"/></svg>'
    ).format(size=size, title=title, path=strokes)


def _row(row: list[int], top: int) -> str:
    """One line of modules: each run of dark ones is one stroke."""
    parts, at = [], 0
    while at < len(row):
        if row[at]:
            end = at
            while end < len(row) and row[end]:
                end += 1
            parts.append(f"M{at + 4} {top}.5h{end - at}")
            at = end
        else:
            at += 1
    return "".join(parts)
