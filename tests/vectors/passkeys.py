"""An authenticator for tests: it makes real assertions, and dishonest ones where it is told to."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from portability.consent.cose import cose_key_id
from portability.ledger.encoding import encode_base64url
from portability.ledger.envelope import Envelope, Signature, statement_id
from portability.ledger.keys import Ed25519Signer
from portability.v1 import envelope_pb2

RP_ID = "portal.example"
ORIGIN = "https://portal.example"
PRESENT, VERIFIED = 1, 4


class Holder(Protocol):
    """A key pair inside of an authenticator."""

    @property
    def cose(self) -> bytes: ...
    def sign(self, message: bytes) -> bytes: ...


def cbor(value: int | bytes | Mapping[int, int | bytes]) -> bytes:
    """Integers, bytes and one map of them, as CTAP2 writes them."""
    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    return head(5, len(value)) + b"".join(cbor(one) for item in value.items() for one in item)


def head(kind: int, value: int) -> bytes:
    if value < 24:
        return bytes([kind << 5 | value])
    if value < 256:
        return bytes([kind << 5 | 24, value])
    return bytes([kind << 5 | 25]) + value.to_bytes(2, "big")


class EdDsa:
    def __init__(self, name: str) -> None:
        self._signer = Ed25519Signer(hashlib.sha256(f"passkey of {name}".encode()).digest())

    @property
    def cose(self) -> bytes:
        return cbor({1: 1, 3: -8, -1: 6, -2: self._signer.public})

    def sign(self, message: bytes) -> bytes:
        return self._signer.sign(message)


class Es256:
    def __init__(self, number: int = 7) -> None:
        self._private = ec.derive_private_key(number, ec.SECP256R1())

    @property
    def cose(self) -> bytes:
        public = self._private.public_key().public_numbers()
        x, y = (one.to_bytes(32, "big") for one in (public.x, public.y))
        return cbor({1: 2, 3: -7, -1: 1, -2: x, -3: y})

    def sign(self, message: bytes) -> bytes:
        return self._private.sign(message, ec.ECDSA(SHA256()))


class Rs256:
    def __init__(self, bits: int = 2048) -> None:
        self._private = rsa.generate_private_key(65537, bits)

    @property
    def cose(self) -> bytes:
        public = self._private.public_key().public_numbers()
        modulus = public.n.to_bytes((public.n.bit_length() + 7) // 8, "big")
        return cbor({1: 3, 3: -257, -1: modulus, -2: b"\x01\x00\x01"})

    def sign(self, message: bytes) -> bytes:
        return self._private.sign(message, padding.PKCS1v15(), SHA256())


@dataclass(frozen=True, kw_only=True)
class Passkey:
    """A credential, and what its authenticator and browser say; the defaults are honest."""

    holder: Holder
    rp_id: str = RP_ID
    flags: int = PRESENT | VERIFIED
    counter: int = 0
    extra: bytes = b""
    client: Mapping[str, object] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    challenge: Callable[[str, bytes], str] = lambda kind, payload: encode_base64url(
        statement_id(kind, payload)
    )

    @property
    def key_id(self) -> bytes:
        return cose_key_id(self.holder.cose)

    @property
    def credential_id(self) -> bytes:
        return hashlib.sha256(self.holder.cose).digest()[:16]

    def assertion(self, kind: str, payload: bytes) -> bytes:
        """The bytes that stand in place of a signature."""
        members: dict[str, object] = {
            "type": "webauthn.get",
            "challenge": self.challenge(kind, payload),
            "origin": ORIGIN,
            "crossOrigin": False,
        } | dict(self.client)
        client = json.dumps({k: v for k, v in members.items() if k not in self.without}).encode()
        data = hashlib.sha256(self.rp_id.encode()).digest()
        data += bytes([self.flags]) + self.counter.to_bytes(4, "big") + self.extra
        return envelope_pb2.WebAuthnAssertion(
            credential_id=self.credential_id,
            authenticator_data=data,
            client_data_json=client,
            signature=self.holder.sign(data + hashlib.sha256(client).digest()),
        ).SerializeToString()

    def sign(self, kind: str, payload: bytes) -> Envelope:
        made = Signature(sig=self.assertion(kind, payload), key_id_hint=self.key_id.hex())
        return Envelope(payload_type=kind, payload=payload, signatures=(made,))
