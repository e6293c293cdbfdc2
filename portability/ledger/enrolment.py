"""
Enrolment of a key: its holder proves possession of it, for one name and one purpose.

The proof is a DSSE envelope that the key itself signed over what it is to be enrolled for, so that
nobody can enrol the key of another, and no proof serves another name. Source: formats.md, Keys
(Enrolment).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from portability.core.document import read_document
from portability.errors import InvalidInputError, SignatureError
from portability.ledger.encoding import decode_hex
from portability.ledger.envelope import Envelope, payload_type, sign_envelope, verify_envelope
from portability.ledger.keys import KEY_BYTES, Signer, check_public_key, key_id
from portability.ledger.trust import Directory, KeyEntry, KeyPurpose

ENROLMENT_TYPE: Final = payload_type("enrolment", "toml")
SCHEMA: Final = "enrolment/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a key is to be enrolled for; ``institution`` is empty for a node's own key."""

    jurisdiction: str
    institution: str
    purpose: KeyPurpose
    public: bytes

    def __str__(self) -> str:
        who = "/".join(filter(None, (self.jurisdiction, self.institution)))
        return f"the {self.purpose} key {key_id(self.public).hex()[:16]} of {who}"


def prove_possession(
    signer: Signer, *, jurisdiction: str, institution: str, purpose: KeyPurpose
) -> Envelope:
    """The proof, signed by the key. Raises InvalidInputError for a name that is none."""
    payload = (
        f'schema = "{SCHEMA}"\n'
        f'jurisdiction = "{jurisdiction}"\n'
        f'institution = "{institution}"\n'
        f'purpose = "{purpose}"\n'
        f'public = "{signer.public.hex()}"\n'
    ).encode()
    _parse(payload)
    return sign_envelope(ENROLMENT_TYPE, payload, signer)


def open_proof(envelope: Envelope) -> Claim:
    """
    What was proven.

    The key that must have signed is named inside, so it is read before it is verified; nothing of
    it is believed until then. Raises InvalidInputError, SignatureError.
    """
    claim = _parse(envelope.payload)
    verify_envelope(envelope, {ENROLMENT_TYPE}, {key_id(claim.public): claim.public})
    return claim


def check_enrolled(
    following: Directory, previous: Directory | None, proofs: Iterable[Envelope]
) -> None:
    """
    Every key that is new in ``following`` was proven, for that name and purpose.

    ``previous`` is None for the first version. Raises SignatureError naming the first that was not.
    """
    known = set() if previous is None else {entry.key_id for entry in previous.entries}
    proven = set(map(open_proof, proofs))
    for entry in following.entries:
        claim = claim_of(entry)
        if entry.key_id not in known and claim not in proven:
            raise SignatureError(
                f"nobody has proven to hold {claim}; ask its holder for the file that "
                "`portability directory prove` makes, for that name and purpose",
                key_id=entry.key_id.hex(),
            )


def claim_of(entry: KeyEntry) -> Claim:
    """What an entry of the directory says that its key is for."""
    return Claim(
        jurisdiction=entry.jurisdiction,
        institution=entry.institution,
        purpose=entry.purpose,
        public=entry.public,
    )


def _parse(payload: bytes) -> Claim:
    root = read_document(payload, "proof of possession")
    if root.text("schema") != SCHEMA:
        root.refuse("schema", f"must be {SCHEMA}")
    claim = Claim(
        jurisdiction=root.text("jurisdiction"),
        institution=root.text("institution"),
        purpose=root.choice("purpose", KeyPurpose),
        public=root.parse("public", _public, root.text("public")),
    )
    root.finish()
    if (claim.purpose is KeyPurpose.INSTITUTION) != bool(claim.institution):
        raise InvalidInputError(
            "an institution's key names its institution, and no other key does", field="institution"
        )
    return claim


def _public(text: str) -> bytes:
    public = decode_hex(text, what="public key", length=KEY_BYTES)
    check_public_key(public)
    return public
