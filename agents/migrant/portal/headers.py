"""What every answer says to the browser: allow nothing that the page does not need."""

from typing import Final

BARE_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
SIGNING_POLICY: Final = (
    f"{BARE_POLICY}; script-src 'self'; connect-src 'self'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
"""For pages on which a passkey is used: one file of script, which may fetch from here alone."""

_PERMISSIONS: Final = (
    "publickey-credentials-get=(self), publickey-credentials-create=(self), camera=(), "
    "display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"
)

COMMON: Final = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # not no-referrer: with that, browsers send `Origin: null` with our own forms
    "referrer-policy": "same-origin",
    "permissions-policy": _PERMISSIONS,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
NEVER_KEPT: Final = {"cache-control": "no-store"}
KEPT_FOR_EVER: Final = {"cache-control": "public, max-age=31536000, immutable"}
ONLY_TLS: Final = {"strict-transport-security": "max-age=63072000; includeSubDomains"}


def page_headers(*, signs: bool, over_tls: bool) -> dict[str, str]:
    """The headers of a page; ``signs`` where it uses a passkey."""
    return {
        **COMMON,
        **NEVER_KEPT,
        **(ONLY_TLS if over_tls else {}),
        "content-security-policy": SIGNING_POLICY if signs else BARE_POLICY,
        "vary": "Accept-Language, Cookie, Save-Data",
    }


def file_headers(*, over_tls: bool) -> dict[str, str]:
    """The headers of a style sheet or script, whose name holds its digest."""
    return {**COMMON, **KEPT_FOR_EVER, **(ONLY_TLS if over_tls else {})}
