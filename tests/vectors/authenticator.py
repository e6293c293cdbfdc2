"""
A whole authenticator for tests: it registers a passkey, and signs in and signs with it.

The browser's part and the authenticator's are both here; each can be told to lie.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from portability.ledger.encoding import encode_base64url
from portability.ledger.envelope import Envelope
from portability.v1 import keys_service_pb2, persons_service_pb2
from tests.vectors.passkeys import PRESENT, VERIFIED, Es256, Holder, Passkey, head

CREDENTIAL = 64


def text(value: str) -> bytes:
    return head(3, len(value.encode())) + value.encode()


@dataclass(kw_only=True)
class Authenticator:
    """One credential on one device, as its owner uses it on the portal's page."""

    holder: Holder = field(default_factory=Es256)
    rp_id: str = "localhost"
    origin: str = "http://localhost:8080"
    flags: int = PRESENT | VERIFIED
    counter: int = 0
    user_handle: bytes = b""
    client: Mapping[str, object] = field(default_factory=dict)
    format: str = "none"

    @property
    def credential_id(self) -> bytes:
        return hashlib.sha256(self.holder.cose).digest()[:16]

    def client_data(self, kind: str, challenge: bytes) -> bytes:
        members: dict[str, object] = {
            "type": kind,
            "challenge": encode_base64url(challenge),
            "origin": self.origin,
            "crossOrigin": False,
        }
        return json.dumps(members | dict(self.client)).encode()

    def register(
        self, options: keys_service_pb2.CreatePasskeyOptionsResponse
    ) -> keys_service_pb2.PasskeyRegistrationResponse:
        """What `navigator.credentials.create` returns."""
        self.user_handle = options.user_handle
        data = hashlib.sha256(self.rp_id.encode()).digest()
        data += bytes([self.flags | CREDENTIAL]) + self.counter.to_bytes(4, "big") + bytes(16)
        data += len(self.credential_id).to_bytes(2, "big") + self.credential_id + self.holder.cose
        attestation = (
            head(5, 3)
            + (text("fmt") + text(self.format))
            + (text("attStmt") + head(5, 0))
            + (text("authData") + head(2, len(data)) + data)
        )
        return keys_service_pb2.PasskeyRegistrationResponse(
            client_data_json=self.client_data("webauthn.create", options.challenge),
            attestation_object=attestation,
            transports=["internal", "hybrid"],
        )

    def answer(self, challenge: bytes) -> persons_service_pb2.PasskeyAssertion:
        """What `navigator.credentials.get` returns at sign-in."""
        self.counter += 1 if self.counter else 0
        client = self.client_data("webauthn.get", challenge)
        data = hashlib.sha256(self.rp_id.encode()).digest()
        data += bytes([self.flags]) + self.counter.to_bytes(4, "big")
        return persons_service_pb2.PasskeyAssertion(
            credential_id=self.credential_id,
            authenticator_data=data,
            client_data_json=client,
            signature=self.holder.sign(data + hashlib.sha256(client).digest()),
            user_handle=self.user_handle,
        )

    def sign(self, payload_type: str, payload: bytes) -> Envelope:
        """A document as its bytes are, with the assertion in place of a signature."""
        self.counter += 1 if self.counter else 0
        return Passkey(
            holder=self.holder,
            rp_id=self.rp_id,
            flags=self.flags,
            counter=self.counter,
            client={"origin": self.origin, **self.client},
        ).sign(payload_type, payload)
