"""My history: the picture, the table behind it, and one stretch with its records."""

from typing import Final

from markupsafe import Markup
from starlette.responses import Response

from agents.migrant.own_claims import read_claims
from agents.migrant.own_history import read_history
from agents.migrant.portal.claims_pages import load_cases
from agents.migrant.portal.history import (
    ROWS_ON_A_PAGE,
    History,
    build_history,
    find_span,
)
from agents.migrant.portal.history_picture import Picture, draw, lanes_of
from agents.migrant.portal.kept import keep
from agents.migrant.portal.pages import Page
from agents.migrant.portal.places import names_of
from agents.migrant.portal.refusals import NothingHere
from agents.migrant.portal.visit import Visit

MOST_NOTES: Final = 10
"""Gaps and overlaps that are told in words; the picture and the table have all."""


def load_history(visit: Visit) -> History:
    """The history as the home node proves it, or proved it within the last minute."""

    def read() -> History:
        answer = load_cases(visit)
        claims = read_claims(visit.me, answer)
        return build_history(read_history(visit.me, answer), claims)

    return keep(visit, "history", read)


def show_history(visit: Visit) -> Response:
    """One timeline across countries."""
    return history_page(visit, load_history(visit))


def history_page(visit: Visit, history: History) -> Response:
    """The page of a history; at most so many rows of its table at once."""
    number = _page_number(visit, len(history.spans))
    first = (number - 1) * ROWS_ON_A_PAGE
    places = {
        *((one.jurisdiction, one.institution) for one in history.spans),
        *((one.jurisdiction, one.institution) for one in history.others),
    }
    return visit.page(
        "history.html.j2",
        history=history,
        picture=_picture(visit, history),
        spans=history.spans[first : first + ROWS_ON_A_PAGE],
        names=names_of(visit, places),
        page_number=number,
        page_count=_page_count(len(history.spans)),
        gaps=history.gaps[:MOST_NOTES],
        overlaps=history.overlaps[:MOST_NOTES],
        more_notes=max(len(history.gaps), len(history.overlaps)) > MOST_NOTES,
    )


def show_span(visit: Visit) -> Response:
    """What one institution says of one stretch, record by record."""
    history = load_history(visit)
    span = find_span(history, visit.part("record"))
    if span is None:
        raise NothingHere
    return visit.page(
        "history_span.html.j2",
        span=span,
        names=names_of(visit, [(span.jurisdiction, span.institution)]),
    )


def _picture(visit: Visit, history: History) -> Markup:
    first, last = history.first, history.last
    if first is None or last is None:
        return Markup("")
    territories = visit.language.locale.territories
    countries = {code: territories.get(code) or code for code in history.jurisdictions}
    told = (
        visit.gettext("%(country)s: from %(first)s to %(last)s.")
        % {
            "country": countries[one.jurisdiction],
            "first": min(days.start for days in own).year,
            "last": max(days.end for days in own).year,
        }
        for one in history.coverage
        if (own := (*one.counting, *one.replaced))
    )
    return draw(
        Picture(
            title=visit.gettext("Your history as a picture"),
            description=" ".join([*told, visit.gettext("The table has the same in words.")]),
            lanes=lanes_of(
                history, lambda code: countries[code], between=visit.gettext("Gaps and overlaps")
            ),
            first=first,
            last=last,
            is_rtl=visit.language.direction == "rtl",
        )
    )


def _page_count(rows: int) -> int:
    return max(-(-rows // ROWS_ON_A_PAGE), 1)


def _page_number(visit: Visit, rows: int) -> int:
    asked = visit.request.query_params.get("page", "1")
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 1  # noqa: PLR2004  # no more pages than that
    return min(max(number, 1), _page_count(rows))


PAGES: Final = (
    Page(path="/history", show=show_history),
    Page(path="/history/{record}", show=show_span),
)
