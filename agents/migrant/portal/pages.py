"""What a page is: its path, who may see it, and the functions that show it and take its form."""

from collections.abc import Callable
from dataclasses import dataclass

from starlette.responses import Response

from agents.migrant.portal.visit import Visit

Handler = Callable[[Visit], Response]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """
    One path of the portal.

    ``show`` answers GET, ``take`` a form sent by POST. ``signed_in`` asks for signing in first.
    ``signs`` lets the one file of script run, for pages on which a passkey is used.
    """

    path: str
    show: Handler | None = None
    take: Handler | None = None
    signed_in: bool = True
    signs: bool = False

    @property
    def methods(self) -> tuple[str, ...]:
        shown = ("GET",) if self.show else ()
        return (*shown, "POST") if self.take else shown
