"""Certificates as no authority should make them, for callers who are to be refused."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from portability.federation.channel import TlsIdentity

_HOURS = timedelta(hours=12)


def named(ca: bytes, ca_key: bytes, uris: Sequence[str]) -> TlsIdentity:
    """A certificate of the authority with these URI names: none, others than ours, or several."""
    key = ec.generate_private_key(ec.SECP256R1())
    signer = load_pem_private_key(ca_key, password=None)
    assert isinstance(signer, ec.EllipticCurvePrivateKey)
    issuer = x509.load_pem_x509_certificate(ca).subject
    return _made(ca, uris, key, signer, issuer)


def self_signed(ca: bytes, uri: str) -> TlsIdentity:
    """A certificate that nobody but its holder vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    return _made(ca, [uri], key, key, _name("caller"))


def _made(
    ca: bytes,
    uris: Sequence[str],
    key: ec.EllipticCurvePrivateKey,
    signer: ec.EllipticCurvePrivateKey,
    issuer: x509.Name,
) -> TlsIdentity:
    now = datetime.now(UTC)
    names: list[x509.GeneralName] = [x509.DNSName("caller.internal")]
    names += [x509.UniformResourceIdentifier(uri) for uri in uris]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(_name("caller"))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _HOURS)
        .not_valid_after(now + _HOURS)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(signer, hashes.SHA256())
    )
    return TlsIdentity(
        ca=ca,
        certificate=certificate.public_bytes(Encoding.PEM),
        key=key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])
