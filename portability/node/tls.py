"""The server's side of mutual TLS: no certificate from our authorities, no connection."""

import grpc

from portability.federation.channel import TlsIdentity


def server_credentials(tls: TlsIdentity) -> grpc.ServerCredentials:
    """Credentials that demand a client certificate issued by one of ``tls.ca``."""
    return grpc.ssl_server_credentials(
        [(tls.key, tls.certificate)],
        root_certificates=tls.ca,
        require_client_auth=True,
    )
