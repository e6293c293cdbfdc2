"""Every page of the portal, in one list. A test pins it: a path that people know must not move."""

from typing import Final

from agents.migrant.portal import help_page, start
from agents.migrant.portal.pages import Page

PAGES: Final[tuple[Page, ...]] = (*start.PAGES, *help_page.PAGES)
