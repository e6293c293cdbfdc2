"""Who looked: each access and refusal, and any of them as a receipt on paper to be checked."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import islice
from typing import Final

from starlette.responses import Response

from agents.migrant.person import list_receipts, list_requests
from agents.migrant.portal.pages import Page
from agents.migrant.portal.places import names_of
from agents.migrant.portal.receipt_code import receipt_picture
from agents.migrant.portal.refusals import NothingHere
from agents.migrant.portal.visit import Visit
from agents.migrant.portal.who_looked import MISSING, Access, build_accesses
from agents.migrant.receipt_text import receipt_text

ON_A_PAGE: Final = 50
STOP: Final = "/help"
"""Where a permission can be stopped."""


def load_accesses(visit: Visit) -> tuple[Access, ...]:
    """Every look and attempt that the home node holds a receipt of."""
    home = visit.settings.home()
    return build_accesses(
        list_receipts(visit.me),
        consents={one.consent for one in list_requests(visit.me) if one.consent},
        confirmed=_confirmed(visit),
        now=home.outside.now(),
    )


def show_accesses(visit: Visit) -> Response:
    """Latest first."""
    accesses = load_accesses(visit)
    shown = tuple(islice(accesses, ON_A_PAGE))
    return visit.page(
        "who_looked.html.j2",
        accesses=shown,
        stop_path=STOP,
        count=len(accesses),
        missing=sum(one.confirmed == MISSING for one in accesses),
        names=names_of(visit, _places(shown)),
    )


def show_access(visit: Visit) -> Response:
    """One receipt, to read and to print."""
    wanted = visit.part("receipt")
    access = next((one for one in load_accesses(visit) if one.id == wanted), None)
    if access is None:
        raise NothingHere
    proven = receipt_text(visit.me, bytes.fromhex(access.id))
    return visit.page(
        "receipt.html.j2",
        access=access,
        names=names_of(visit, _places([access])),
        code=receipt_picture(proven, visit.gettext("The receipt as a code")),
    )


def _places(accesses: Iterable[Access]) -> set[tuple[str, str]]:
    return {place for one in accesses for place in (one.requester, one.provider)}


def _confirmed(_visit: Visit) -> Mapping[bytes, datetime]:
    return {}


PAGES: Final = (
    Page(path="/who-looked", show=show_accesses),
    Page(path="/who-looked/{receipt}", show=show_access),
)
