"""What a portal is given when it starts: where it is, what it may use, and who helps."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Final
from urllib.parse import urlsplit

from agents.migrant.home import Home
from agents.migrant.portal.languages import Language
from portability.errors import ConfigurationError

EXIT_URL: Final = "https://www.wikipedia.org/"
"""Where `Exit this page` leads: somewhere harmless that anybody might have open."""

_LOCAL: Final = "localhost"


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpDesk:
    """Where a person finds somebody to talk to; shown on every page, in the same place."""

    phone: str
    office: str
    hours: str = ""


NOBODY: Final = HelpDesk(phone="+00 000 000", office="Any office")
"""Who helps whoever tries the portal out on their own machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """
    ``origin`` is the portal's own, as browsers name it: `https://portal.example`.

    ``home`` gives the connection to the home node with the directory as it is now. Raises
    ConfigurationError for an origin without TLS, except that of this machine, and for pages that
    would send persons to ``NOBODY``.
    """

    origin: str
    home: Callable[[], Home]
    languages: Sequence[Language]
    help_desk: HelpDesk
    zone: tzinfo = UTC
    exit_url: str = EXIT_URL

    def __post_init__(self) -> None:
        parts = urlsplit(self.origin)
        is_plain = self.origin == f"{parts.scheme}://{parts.netloc}" and parts.netloc
        if not is_plain or not (self.over_tls or parts.hostname == _LOCAL):
            raise ConfigurationError(
                "the portal's origin must be https://NAME, or http://localhost:PORT for trying it "
                "out; browsers give passkeys to no other page",
                field="origin",
            )
        desk = self.help_desk
        if self.over_tls and (desk.phone == NOBODY.phone or desk.office == NOBODY.office):
            raise ConfigurationError(
                "the pages tell persons whom to call and where to go: say both, with --phone and "
                "--office",
                field="help_desk",
            )

    @property
    def over_tls(self) -> bool:
        return self.origin.startswith("https://")

    @property
    def host(self) -> str:
        """Name and port, as in the Host header."""
        return urlsplit(self.origin).netloc

    @property
    def relying_party_id(self) -> str:
        """The name that passkeys are bound to."""
        return urlsplit(self.origin).hostname or ""

    @property
    def session_cookie(self) -> str:
        """With TLS a name that no other host and no page without TLS can set (RFC 6265bis)."""
        return "__Host-session" if self.over_tls else "session"

    @property
    def language_cookie(self) -> str:
        return "__Host-language" if self.over_tls else "language"
