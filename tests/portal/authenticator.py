"""A passkey and the browser around it, for pages without a window: honest unless told otherwise."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from portability.ledger.encoding import decode_base64url, encode_base64url
from portability.ledger.envelope import statement_id
from tests.portal.html import Element
from tests.vectors.passkeys import PRESENT, VERIFIED, Es256, Holder, cbor, head

ATTESTED = 64
AAGUID = bytes(16)


@dataclass(kw_only=True)
class Authenticator:
    """
    Answers a form of the portal as the script does with a real one.

    ``flags``, ``origin`` and ``client`` make it lie; ``signs`` has it sign another challenge.
    """

    origin: str
    holder: Holder = field(default_factory=Es256)
    flags: int = PRESENT | VERIFIED
    client: Mapping[str, object] = field(default_factory=dict)
    signs: bytes | None = None
    handle: bytes = b""

    @property
    def credential_id(self) -> bytes:
        return hashlib.sha256(self.holder.cose).digest()[:16]

    def make(self, form: Element) -> dict[str, str]:
        """The fields of a form that has a passkey made."""
        assert form.get("data-passkey") == "create"
        self.handle = decode_base64url(form.get("data-user"), what="user")
        credential = self.credential_id
        data = self._header(form, ATTESTED) + AAGUID
        data += len(credential).to_bytes(2, "big") + credential + self.holder.cose
        attestation = head(5, 3) + b"".join(
            (text("fmt"), text("none"), text("attStmt"), head(5, 0), text("authData"), cbor(data))
        )
        client = self._client("webauthn.create", form.get("data-challenge"))
        return {
            "client_data": encode_base64url(client),
            "attestation_object": encode_base64url(attestation),
            "transports": "internal",
        }

    def answer(self, form: Element, document: bytes = b"") -> dict[str, str]:
        """The fields of a form that asks for a signature; the hash of a document is recomputed."""
        challenge = form.get("data-challenge")
        if form.get("data-passkey") == "sign":
            own = statement_id(form.get("data-type"), document)
            assert encode_base64url(own) == challenge, "the page shows another document"
        if self.signs is not None:
            challenge = encode_base64url(self.signs)
        client = self._client("webauthn.get", challenge)
        data = self._header(form, 0)
        signature = self.holder.sign(data + hashlib.sha256(client).digest())
        return {
            "credential_id": encode_base64url(self.credential_id),
            "authenticator_data": encode_base64url(data),
            "client_data": encode_base64url(client),
            "signature": encode_base64url(signature),
            "user_handle": encode_base64url(self.handle),
        }

    def _header(self, form: Element, more: int) -> bytes:
        party = hashlib.sha256(form.get("data-rp").encode()).digest()
        return party + bytes([self.flags | more]) + bytes(4)

    def _client(self, kind: str, challenge: str) -> bytes:
        members = {"type": kind, "challenge": challenge, "origin": self.origin}
        return json.dumps({**members, "crossOrigin": False, **self.client}).encode()


def text(value: str) -> bytes:
    """A short text as CBOR."""
    return head(3, len(value)) + value.encode()
