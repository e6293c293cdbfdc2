"""Who looked: each access and refusal, and any of them as a receipt on paper to be checked."""

from collections.abc import Iterable
from typing import Final

from starlette.responses import Response

from agents.migrant.own_receipts import Opening, SeenReceipt, list_openings, list_receipts
from agents.migrant.portal.kept import keep
from agents.migrant.portal.pages import Page
from agents.migrant.portal.places import names_of
from agents.migrant.portal.receipt_code import receipt_picture
from agents.migrant.portal.refusals import NothingHere
from agents.migrant.portal.requests import load_requests
from agents.migrant.portal.visit import Visit
from agents.migrant.portal.who_looked import (
    MISSING,
    Access,
    build_accesses,
    build_openings,
)
from agents.migrant.receipt_text import receipt_text

ON_A_PAGE: Final = 50


def show_accesses(visit: Visit) -> Response:
    """Latest first."""
    accesses = build_accesses(load_receipts(visit), load_consents(visit))
    shown = accesses[:ON_A_PAGE]
    openings = build_openings(load_openings(visit), visit.settings.home().outside.now())
    return visit.page(
        "who_looked.html.j2",
        accesses=shown,
        openings=openings,
        count=len(accesses),
        missing=sum(one.confirmed == MISSING for one in accesses),
        names=names_of(visit, {*_places(shown), *(one.holder for one in openings)}),
    )


def show_access(visit: Visit) -> Response:
    """One receipt, to read and to print."""
    wanted = visit.part("receipt")
    seen = next((one for one in load_receipts(visit) if one.id.hex() == wanted), None)
    if seen is None:
        raise NothingHere
    (access,) = build_accesses([seen], load_consents(visit))
    return visit.page(
        "receipt.html.j2",
        access=access,
        names=names_of(visit, _places([access])),
        code=receipt_picture(receipt_text(seen.envelope), visit.gettext("The receipt as a code")),
    )


def load_receipts(visit: Visit) -> tuple[SeenReceipt, ...]:
    """Oldest first, each verified."""
    return keep(visit, "receipts", lambda: list_receipts(visit.me))


def load_consents(visit: Visit) -> frozenset[bytes]:
    """Ids of what the person allowed."""
    return frozenset(one.consent for one in load_requests(visit) if one.consent)


def load_openings(visit: Visit) -> tuple[Opening, ...]:
    """To whom the records are or were open for a time."""
    return keep(visit, "openings", lambda: list_openings(visit.me))


def _places(accesses: Iterable[Access]) -> set[tuple[str, str]]:
    return {place for one in accesses for place in (one.requester, one.provider)}


PAGES: Final = (
    Page(path="/who-looked", show=show_accesses),
    Page(path="/who-looked/{receipt}", show=show_access),
)
