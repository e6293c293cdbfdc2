"""Every page of the portal, in one list. A test pins it: a path that people know must not move."""

from typing import Final

from agents.migrant.portal import (
    claims_pages,
    code_pages,
    complaints_pages,
    enrol,
    giving_up_pages,
    help_page,
    history_pages,
    keys,
    my_data_pages,
    objection_pages,
    permissions,
    record_objection_pages,
    requests,
    sign_in,
    signing,
    start,
    who_looked_pages,
)
from agents.migrant.portal.pages import Page

PAGES: Final[tuple[Page, ...]] = (
    *start.PAGES,
    *help_page.PAGES,
    *sign_in.PAGES,
    *enrol.PAGES,
    *requests.PAGES,
    *signing.PAGES,
    *code_pages.PAGES,  # before the permissions, whose names would take its path
    *permissions.PAGES,
    *keys.PAGES,
    *history_pages.PAGES,
    *record_objection_pages.PAGES,
    *who_looked_pages.PAGES,
    *claims_pages.PAGES,
    *objection_pages.PAGES,
    *giving_up_pages.PAGES,
    *complaints_pages.PAGES,
    *my_data_pages.PAGES,
)
