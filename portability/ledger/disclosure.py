"""
Selective disclosure: a record carries salted digests of fields, a release shows some of them.

The issuer's signature stays valid whatever is withheld. A disclosure is base64url text; its digest
is taken over that text, so no second encoding of one field can arise.

Source: RFC 9901 §4.2; formats.md, The log leaf.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from portability.errors import InvalidInputError, ProofError
from portability.ledger.documents import load_json, load_json_object
from portability.ledger.encoding import decode_base64url, encode_base64url

SALT_BYTES: Final = 32
"""RFC 9901 asks for 16; ours are 32, as everywhere in signed payloads."""

_PARTS: Final = 3
_RESERVED: Final = frozenset({"_sd", "..."})


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosure:
    """One field as it was read; ``text`` is the disclosure itself, for its digest."""

    salt: str
    name: str
    value: object
    text: str


def make_disclosure(salt: bytes, name: str, value: object) -> str:
    """base64url of ``[salt, name, value]``. The salt is 32 fresh random bytes per field."""
    if len(salt) != SALT_BYTES:
        raise InvalidInputError(f"the salt is not {SALT_BYTES} bytes", field="salt")
    text = json.dumps([encode_base64url(salt), name, value], ensure_ascii=False)
    disclosure = encode_base64url(text.encode("utf-8", "surrogatepass"))
    parse_disclosure(disclosure)  # refuses what could not be read back
    return disclosure


def disclosure_digest(disclosure: str) -> bytes:
    """SHA-256 over the base64url text, 32 bytes: what the signed record holds."""
    return hashlib.sha256(disclosure.encode("utf-8", "surrogatepass")).digest()


def parse_disclosure(text: str) -> Disclosure:
    """Read a disclosure. Raises InvalidInputError; proves nothing."""
    data = decode_base64url(text, what="disclosure")
    parts = load_json(data, what="disclosure")
    if not isinstance(parts, list) or len(parts) != _PARTS:
        raise InvalidInputError("the disclosure is not salt, name and value", field="disclosure")
    salt, name, value = parts
    if not isinstance(salt, str) or not salt or not isinstance(name, str) or name in _RESERVED:
        raise InvalidInputError("the disclosure has no salt or no usable name", field="disclosure")
    return Disclosure(salt=salt, name=name, value=value, text=text)


def read_disclosures(
    digests: Collection[bytes], disclosures: Iterable[str]
) -> dict[str, Disclosure]:
    """
    The fields shown by name, each proved to be in the signed record by its digest.

    Raises InvalidInputError for one that does not parse, ProofError for one that is not in the
    record, or a field shown twice.
    """
    shown: dict[str, Disclosure] = {}
    for text in disclosures:
        disclosure = parse_disclosure(text)
        if disclosure_digest(text) not in digests:
            raise ProofError("a disclosed field is not in the signed record", field="disclosures")
        if disclosure.name in shown:
            raise ProofError("a field is disclosed twice", field=disclosure.name)
        shown[disclosure.name] = disclosure
    return shown


def disclosures_to_json(disclosures: Sequence[str]) -> bytes:
    """The file beside a record in a bundle: the disclosures of the fields that are shown."""
    return json.dumps({"disclosures": list(disclosures)}, indent=2).encode("ascii") + b"\n"


def disclosures_from_json(data: bytes) -> tuple[str, ...]:
    """Read what ``disclosures_to_json`` wrote. Raises InvalidInputError; proves nothing."""
    members = load_json_object(data, what="disclosures")
    texts = members.get("disclosures")
    if set(members) != {"disclosures"} or not isinstance(texts, list) or not texts:
        raise InvalidInputError("the file is not a list of disclosures", field="disclosures")
    if not all(isinstance(text, str) for text in texts):
        raise InvalidInputError("a disclosure is not text", field="disclosures")
    return tuple(texts)
