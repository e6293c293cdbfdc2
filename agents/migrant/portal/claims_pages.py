"""My claims: each step with its clock and who holds the file, and decisions explained."""

from collections.abc import Iterable
from typing import Final

from babel.numbers import format_currency
from starlette.responses import Response

from agents.migrant.own_claims import fetch_cases, read_claims
from agents.migrant.portal.claims import ClaimView, build_claims
from agents.migrant.portal.kept import keep
from agents.migrant.portal.pages import Page
from agents.migrant.portal.places import names_of
from agents.migrant.portal.refusals import NothingHere
from agents.migrant.portal.visit import Visit
from portability.core.money import Money
from portability.v1.own_cases_service_pb2 import ListOwnCasesResponse


def load_claims(visit: Visit) -> tuple[ClaimView, ...]:
    """Latest first."""
    return keep(visit, "claims", lambda: build_claims(read_claims(visit.me, load_cases(visit))))


def load_cases(visit: Visit) -> ListOwnCasesResponse:
    """What the node answers, unverified: the claims, and other countries' records with them."""
    return keep(visit, "cases", lambda: fetch_cases(visit.me))


def show_claims(visit: Visit) -> Response:
    """Every claim, and whom each one waits for."""
    claims = load_claims(visit)
    return visit.page("claims.html.j2", claims=claims, names=names_of(visit, _places(claims)))


def show_claim(visit: Visit) -> Response:
    """One claim: where it is, what was decided and why, and every step."""
    wanted = visit.part("case")
    claim = next((one for one in load_claims(visit) if one.id == wanted), None)
    if claim is None:
        raise NothingHere
    return visit.page(
        "claim.html.j2",
        claim=claim,
        leads=claim.parties[0][0] == visit.settings.home().jurisdiction,
        names=names_of(visit, _places([claim])),
        amounts=_amounts(visit, claim),
    )


def _places(claims: Iterable[ClaimView]) -> set[tuple[str, str]]:
    return {
        place
        for claim in claims
        for places in (
            claim.parties,
            claim.awaiting,
            claim.missing,
            *((one.by, *([one.to] if one.to else [])) for one in claim.steps),
            *((one.by, *one.missing) for one in claim.decisions),
        )
        for place in places
    }


def _amounts(visit: Visit, claim: ClaimView) -> dict[Money, str]:
    """Each amount as it is written in the person's language."""
    found = {
        amount
        for one in claim.decisions
        for amount in (
            one.payable,
            one.independent,
            one.theoretical,
            one.pro_rata,
            one.lower,
            one.upper,
        )
        if amount is not None
    }
    locale = visit.language.locale
    return {one: format_currency(one.decimal, one.currency, locale=locale) for one in found}


PAGES: Final = (
    Page(path="/claims", show=show_claims),
    Page(path="/claims/{case}", show=show_claim),
)
