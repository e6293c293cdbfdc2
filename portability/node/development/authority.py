"""
A development certificate authority: made on the spot, for federations on one machine.

The authority's own key is kept in its directory, owner-only, so that certificates can be added; a
production federation brings certificates from an authority of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from portability.federation.identity import Identity, Role, node_server_name

BACKDATE: Final = timedelta(days=1)
"""Certificates hold from a day before they are made: clocks of one machine and another differ."""

AUTHORITY_LIFETIME: Final = timedelta(days=3650)
CERTIFICATE_LIFETIME: Final = timedelta(days=825)
SERIAL_BYTES: Final = 16

_LOOPBACK: Final = ip_address("127.0.0.1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A certificate with its key, both PEM."""

    certificate: bytes
    key: bytes

    def __repr__(self) -> str:
        return "Issued(...)"  # a private key has no place in a log or traceback


class DevelopmentAuthority:
    """Issues certificates whose URI name says who their holder is."""

    def __init__(self, *, now: datetime, randomness: Callable[[int], bytes]) -> None:
        self._now = now
        self._randomness = randomness
        # P-256 and not Ed25519: BoringSSL, which gRPC uses, offers no Ed25519 in TLS by default.
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name("portability development authority")
        self._certificate = self._sign_own()

    @property
    def certificate(self) -> bytes:
        """The authority's certificate, PEM: what everybody trusts."""
        return self._certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def key(self) -> bytes:
        return _key_pem(self._key)

    def issue(self, identity: Identity) -> Issued:
        """A certificate for this identity. Only a node's may be used by a server."""
        key = ec.generate_private_key(ec.SECP256R1())
        names: list[x509.GeneralName] = [x509.UniformResourceIdentifier(identity.uri)]
        usages = [ExtendedKeyUsageOID.CLIENT_AUTH]
        if identity.role is Role.NODE:
            names += [x509.DNSName(node_server_name(identity.jurisdiction))]
            names += [x509.IPAddress(_LOOPBACK)]
            usages.append(ExtendedKeyUsageOID.SERVER_AUTH)
        certificate = (
            self._builder(_name(identity.uri), key.public_key(), CERTIFICATE_LIFETIME)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_key_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        pem = certificate.public_bytes(serialization.Encoding.PEM)
        return Issued(certificate=pem, key=_key_pem(key))

    def _sign_own(self) -> x509.Certificate:
        return (
            self._builder(self._name, self._key.public_key(), AUTHORITY_LIFETIME)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_key_usage(signs_certificates=True), critical=True)
            .sign(self._key, hashes.SHA256())
        )

    def _builder(
        self, subject: x509.Name, public: ec.EllipticCurvePublicKey, lifetime: timedelta
    ) -> x509.CertificateBuilder:
        serial = int.from_bytes(self._randomness(SERIAL_BYTES), "big") >> 1 or 1
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(public)
            .serial_number(serial)
            .not_valid_before(self._now - BACKDATE)
            .not_valid_after(self._now + lifetime)
        )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:64])])


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
