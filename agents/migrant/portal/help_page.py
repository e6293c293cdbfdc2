"""Who helps, and what can be done without this portal."""

from typing import Final

from starlette.responses import Response

from agents.migrant.portal.pages import Page
from agents.migrant.portal.visit import Visit


def show_help(visit: Visit) -> Response:
    """The telephone number, the office, and what they can do."""
    return visit.page("help.html.j2")


PAGES: Final = (Page(path="/help", show=show_help, signed_in=False),)
