"""
The objection as the person signs it: one JSON document, which is itself the statement of the case.

The node that took it in is its sender. There is no free text: grounds are codes, and what the
person has to say beyond them goes to the institution. Source: design.md, Mutual recognition;
formats.md, Consent (the rules of documents that persons sign).
"""

from typing import Final

from portability.consent.consent_json import to_bytes
from portability.consent.reading import Members
from portability.consent.scope import Party
from portability.errors import InvalidInputError
from portability.ledger.documents import load_json_object
from portability.ledger.encoding import encode_base64url, format_time
from portability.ledger.envelope import payload_type
from portability.recognition.header import read_case_id
from portability.recognition.statements import Grounds, Header, Objection

OBJECTION_TYPE: Final = payload_type("objection", "json")
"""Other than the type that institutions sign under, so that neither signature serves the other."""

SCHEMA: Final = "objection/1"
MAX_DOCUMENT_BYTES: Final = 4_096


def write_objection_document(objection: Objection) -> bytes:
    """The exact bytes to sign, of an objection by the person."""
    header = objection.header
    (determination,) = header.predecessors
    members: dict[str, object] = {
        "schema": SCHEMA,
        "nonce": encode_base64url(header.salt),
        "case": header.case_id,
        "determination": determination.hex(),
        "grounds": objection.grounds,
        "home_node": header.sender.jurisdiction,
        "created_at": format_time(header.created),
    }
    return to_bytes(members)


def read_objection_document(data: bytes) -> Objection:
    """The objection that these bytes hold. Raises InvalidInputError that names the member."""
    if len(data) > MAX_DOCUMENT_BYTES:
        raise InvalidInputError(
            f"the objection has {len(data)} bytes, {MAX_DOCUMENT_BYTES} are allowed",
            field="payload",
        )
    root = Members(load_json_object(data, what="objection"))
    root.constant("schema", SCHEMA)
    header = Header(
        salt=root.nonce("nonce"),
        case_id=read_case_id(root),
        sender=Party(jurisdiction=root.country("home_node")),
        created=root.time("created_at"),
        predecessors=(root.hash("determination"),),
    )
    grounds = root.one_of("grounds", Grounds)
    root.finish()
    return Objection(header=header, grounds=grounds.value, by_person=True)
