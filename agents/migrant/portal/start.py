"""The first page, and the way out in a hurry."""

from typing import Final

from starlette.responses import RedirectResponse, Response

from agents.migrant.portal.headers import page_headers
from agents.migrant.portal.pages import Page
from agents.migrant.portal.visit import Visit


def show_start(visit: Visit) -> Response:
    """What this is and where to begin; for those who are signed in, where to go on."""
    return visit.page("start.html.j2")


def leave(visit: Visit) -> Response:
    """
    Exit this page: sign out, and show something harmless.

    It works as a plain link, at once. That somebody else could make a browser follow it and sign
    the person out is a small price.
    """
    visit.sign_out()
    headers = page_headers(signs=False, over_tls=visit.settings.over_tls)
    return RedirectResponse(visit.settings.exit_url, 303, headers=headers)


PAGES: Final = (
    Page(path="/", show=show_start, signed_in=False),
    Page(path="/exit", show=leave, signed_in=False),
)
