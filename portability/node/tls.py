"""The server's side of mutual TLS: no certificate from our authorities, no connection."""

from datetime import datetime
from typing import Final

import grpc
from cryptography import x509

from portability.errors import ConfigurationError, PortabilityError
from portability.federation.channel import TlsIdentity
from portability.federation.identity import Identity, Role, parse_identity
from portability.node.config import NodeConfig, load_tls

PURPOSE: Final = "a node's certificate names portability://XX/node"


def server_credentials(config: NodeConfig) -> grpc.ServerCredentials:
    """
    Credentials that demand a client certificate issued by one of our authorities.

    Raises ConfigurationError for files that cannot be read.
    """
    tls = load_tls(config)
    return grpc.ssl_server_credentials(
        [(tls.key, tls.certificate)],
        root_certificates=tls.ca,
        require_client_auth=True,
    )


def check_own_certificate(tls: TlsIdentity, config: NodeConfig) -> None:
    """Raises ConfigurationError unless the certificate is of this jurisdiction's node."""
    expected = Identity(jurisdiction=config.jurisdiction, role=Role.NODE)
    if _identities(tls.certificate) != [expected]:
        raise ConfigurationError(
            f"{config.file}: tls.certificate is not that of {expected}; {PURPOSE}",
            file=str(config.file),
            field="tls.certificate",
        )


def certificate_ends(certificate: bytes) -> datetime:
    """Until when a certificate (PEM) that was read before is valid."""
    return x509.load_pem_x509_certificate(certificate).not_valid_after_utc


def _identities(certificate: bytes) -> list[Identity]:
    """Who the certificate says its holder is; empty where it cannot be read."""
    try:
        found = x509.load_pem_x509_certificate(certificate)
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        return [
            parse_identity(uri) for uri in names.get_values_for_type(x509.UniformResourceIdentifier)
        ]
    except (ValueError, x509.ExtensionNotFound, PortabilityError):
        return []
