"""
A handshake with a peer, to see its certificate and say in words what is wrong with it.

gRPC only says that a connection failed. No certificate of ours is shown here: a server shows its
own first, and that is all that this looks at.
"""

import socket
import ssl
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography import x509

_HOSTNAME_MISMATCH: Final = 62
_NOT_YET_VALID: Final = 9
_EXPIRED: Final = 10
"""X509_V_ERR_* of OpenSSL, x509_vfy.h."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenCertificate:
    """What a certificate names; ``uris`` are its URI names, ``names`` its DNS names."""

    uris: tuple[str, ...]
    names: tuple[str, ...]
    not_before: datetime
    not_after: datetime


class TlsFailure(Exception):  # noqa: N818  # a finding in words, caught by the one who asked
    """Why the peer's certificate does not hold, and what to do."""

    def __init__(self, words: str, next_step: str) -> None:
        super().__init__(words)
        self.words = words
        self.next_step = next_step


def try_tls(endpoint: str, server_name: str, ca: bytes, seconds: float) -> SeenCertificate:
    """
    The certificate of whoever listens at ``endpoint`` (host:port), once it holds for the name.

    ``ca`` is in PEM. Raises TlsFailure.
    """
    try:
        context = ssl.create_default_context(cadata=ca.decode("ascii"))
        return _handshake(context, endpoint, server_name, seconds)
    except ssl.SSLCertVerificationError as error:
        raise _unverified(error, _look(endpoint, server_name, seconds), server_name) from None
    except ssl.SSLError as error:
        raise TlsFailure(
            f"{endpoint} does not speak TLS as a node does ({error.reason or 'no handshake'})",
            "see that the directory names the port of the node and not another one of the machine",
        ) from None
    except (OSError, ValueError) as error:
        raise TlsFailure(
            f"{endpoint} ended the connection in the handshake ({type(error).__name__})",
            "look at what stands between the two nodes, such as a proxy that opens TLS",
        ) from None


def _handshake(
    context: ssl.SSLContext, endpoint: str, server_name: str, seconds: float
) -> SeenCertificate:
    context.set_alpn_protocols(["h2"])
    host, _, port = endpoint.rpartition(":")
    with (
        socket.create_connection((host.strip("[]"), int(port)), seconds) as plain,
        context.wrap_socket(plain, server_hostname=server_name) as secured,
    ):
        shown = secured.getpeercert(binary_form=True)
    if shown is None:
        raise ValueError("a server without a certificate")
    return _read(shown)


def _look(endpoint: str, server_name: str, seconds: float) -> SeenCertificate | None:
    """Who it says it is, believing nothing of it: for the explanation alone."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        return _handshake(context, endpoint, server_name, seconds)
    except (OSError, ValueError):
        return None


def _read(certificate: bytes) -> SeenCertificate:
    found = x509.load_der_x509_certificate(certificate)
    uris: list[str] = []
    names: list[str] = []
    try:
        listed = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        pass  # it names nobody
    else:
        uris = listed.get_values_for_type(x509.UniformResourceIdentifier)
        names = listed.get_values_for_type(x509.DNSName)
    return SeenCertificate(
        uris=tuple(uris),
        names=tuple(names),
        not_before=found.not_valid_before_utc,
        not_after=found.not_valid_after_utc,
    )


def _unverified(
    error: ssl.SSLCertVerificationError, seen: SeenCertificate | None, server_name: str
) -> TlsFailure:
    who = "" if seen is None else f"; it names {', '.join((*seen.uris, *seen.names)) or 'nobody'}"
    if error.verify_code == _EXPIRED:
        until = "" if seen is None else f" since {seen.not_after:%Y-%m-%d %H:%M} UTC"
        return TlsFailure(
            f"the peer's certificate has expired{until}",
            "ask the operator of that node to renew it, and look at this machine's clock",
        )
    if error.verify_code == _NOT_YET_VALID:
        return TlsFailure(
            "the peer's certificate is not valid yet",
            "look at the clock of this machine and of the one that issued it",
        )
    if error.verify_code == _HOSTNAME_MISMATCH:
        return TlsFailure(
            f"the certificate is not for {server_name}, as the directory has it{who}",
            "another node listens there: correct endpoint or server_name in the directory",
        )
    return TlsFailure(
        f"the peer's certificate was issued by an authority that this node does not trust{who}",
        "compare tls.ca of this node with the authority that issued the peer's certificate",
    )
