"""The certificate of an agent, read and checked before it is shown to anybody."""

from datetime import datetime

import grpc
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from agents.profile import Connection, check_owner_only, read_file
from portability.errors import ConfigurationError


def read_credentials(connection: Connection) -> grpc.ChannelCredentials:
    """
    What the profile's ``ca``, ``certificate`` and ``key`` hold, fit for a connection.

    gRPC tells of files that are no such thing only on standard error, in its own words, and then as
    a server that cannot be reached. Raises ConfigurationError that names the file.
    """
    check_owner_only(connection.key)
    ca = read_file(connection.ca, "certificate authority")
    key = read_file(connection.key, "private key of the certificate")
    certificate = read_file(connection.certificate, "certificate")
    try:
        x509.load_pem_x509_certificates(ca)
    except ValueError:
        raise _no_such_thing(f"{connection.ca} holds no certificate (PEM)", "ca") from None
    if _public_of(key, connection) != _certified(certificate, connection):
        raise ConfigurationError(
            f"{connection.key} is not the key of {connection.certificate}; name two that belong "
            "together as key and certificate in the profile",
            field="connection.key",
        )
    return grpc.ssl_channel_credentials(
        root_certificates=ca, private_key=key, certificate_chain=certificate
    )


def check_in_time(connection: Connection, now: datetime) -> None:
    """
    That the profile's certificate is valid by the clock here: who is refused for its time is told
    no reason by TLS. Raises ConfigurationError, also for a file that holds none.
    """
    own = _first(read_file(connection.certificate, "certificate"), connection)
    begins, ends = own.not_valid_before_utc, own.not_valid_after_utc
    if begins <= now <= ends:
        return
    is_over = now > ends
    when = f"has expired on {ends:%Y-%m-%d}" if is_over else f"is valid from {begins:%Y-%m-%d} only"
    step = "have it renewed, or set the clock" if is_over else "set the clock, or wait"
    raise ConfigurationError(
        f"{connection.certificate} {when}, and the clock here says {now:%Y-%m-%d}; {step}",
        field="connection.certificate",
    )


def _public_of(key: bytes, connection: Connection) -> bytes:
    try:
        return _as_bytes(load_pem_private_key(key, password=None).public_key())
    except (ValueError, TypeError, UnsupportedAlgorithm):
        what = f"{connection.key} holds no private key (PEM) that can be read without a passphrase"
        raise _no_such_thing(what, "key") from None


def _certified(certificate: bytes, connection: Connection) -> bytes:
    try:
        return _as_bytes(_first(certificate, connection).public_key())
    except (ValueError, UnsupportedAlgorithm):
        raise _no_certificate(connection) from None


def _first(certificate: bytes, connection: Connection) -> x509.Certificate:
    """The agent's own certificate of the chain in the file."""
    try:
        return x509.load_pem_x509_certificates(certificate)[0]
    except ValueError:
        raise _no_certificate(connection) from None


def _no_certificate(connection: Connection) -> ConfigurationError:
    what = f"{connection.certificate} holds no certificate (PEM)"
    return _no_such_thing(what, "certificate")


def _as_bytes(public: PublicKeyTypes) -> bytes:
    return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _no_such_thing(what: str, field: str) -> ConfigurationError:
    return ConfigurationError(
        f"{what}; name another file as {field} in the profile", field=f"connection.{field}"
    )
