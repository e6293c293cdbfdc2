"""
The objection to a record, as the person signs it: one JSON document for whoever issued the record.

It carries the person's own words, so it is kept under the person's key and erased with it; the log
holds its digest alone, which the nonce keeps from being guessed. Source: 2016/679 Art 16 (the right
to rectification), 987/2009 Art 5(2) and (3); formats.md, Consent (the rules of documents that
persons sign).
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from portability.consent.consent_json import to_bytes
from portability.consent.document import check_instant
from portability.consent.reading import Members, check_hash, check_uuid7, refuse
from portability.consent.scope import Party
from portability.errors import InvalidInputError
from portability.ledger.documents import load_json_object
from portability.ledger.encoding import encode_base64url, format_time
from portability.ledger.envelope import payload_type

RECORD_OBJECTION_TYPE: Final = payload_type("record-objection", "json")
SCHEMA: Final = "record-objection/1"
MAX_TEXT: Final = 4_000
MAX_DOCUMENT_BYTES: Final = 65_536


class RecordGrounds(StrEnum):
    """What is wrong with it; the values are written into statements and never change."""

    DATES = "dates"
    AMOUNT = "amount"
    EMPLOYER = "employer"
    NOT_MINE = "not-mine"
    MISSING = "missing"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordObjection:
    """``record`` is the statement id of what is wrong, ``issuer`` is who signed it."""

    id: str
    nonce: bytes
    record: bytes
    issuer: Party
    grounds: RecordGrounds
    text: str
    home_node: str
    created_at: datetime

    def __post_init__(self) -> None:
        check_uuid7(self.id, field="id")
        check_hash(self.nonce, field="nonce")
        check_hash(self.record, field="record")
        check_instant(self.created_at, field="created_at")
        if len(self.text) > MAX_TEXT:
            raise refuse("text", f"is longer than {MAX_TEXT} characters; say it in fewer words")
        if not self.issuer.institution:
            raise refuse("issuer", "does not name an institution")


def write_record_objection(objection: RecordObjection) -> bytes:
    """The exact bytes to sign."""
    members: dict[str, object] = {
        "schema": SCHEMA,
        "id": objection.id,
        "nonce": encode_base64url(objection.nonce),
        "record": objection.record.hex(),
        "issuer": {
            "node": objection.issuer.jurisdiction,
            "institution": objection.issuer.institution,
        },
        "grounds": str(objection.grounds),
        "home_node": objection.home_node,
        "created_at": format_time(objection.created_at),
    }
    if objection.text:
        members["text"] = objection.text
    return to_bytes(members)


def read_record_objection(data: bytes) -> RecordObjection:
    """The objection that these bytes hold. Raises InvalidInputError that names the member."""
    if len(data) > MAX_DOCUMENT_BYTES:
        raise InvalidInputError(
            f"the objection has {len(data)} bytes, {MAX_DOCUMENT_BYTES} are allowed",
            field="payload",
        )
    root = Members(load_json_object(data, what="objection to a record"))
    root.constant("schema", SCHEMA)
    issuer = root.object("issuer")
    objection = RecordObjection(
        id=root.uuid7("id"),
        nonce=root.nonce("nonce"),
        record=root.hash("record"),
        issuer=Party(jurisdiction=issuer.country("node"), institution=issuer.code("institution")),
        grounds=root.one_of("grounds", RecordGrounds),
        text=root.passage("text", most=MAX_TEXT) if "text" in root else "",
        home_node=root.country("home_node"),
        created_at=root.time("created_at"),
    )
    issuer.finish()
    root.finish()
    return objection
