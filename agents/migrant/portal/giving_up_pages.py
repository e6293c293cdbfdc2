"""I give up this claim: what that means, and then the signature."""

from typing import Final

from starlette.responses import Response

from agents.migrant.own_claim_withdrawals import prepare_claim_withdrawal, record_claim_withdrawal
from agents.migrant.own_claims import SeenClaim, read_claims
from agents.migrant.portal.claims import ClaimView, build_claims
from agents.migrant.portal.claims_pages import load_cases
from agents.migrant.portal.marking import N_
from agents.migrant.portal.pages import Page
from agents.migrant.portal.places import names_of
from agents.migrant.portal.refusals import NothingHere
from agents.migrant.portal.signing import Act, ask_to_sign
from agents.migrant.portal.visit import Visit


def show_giving_up(visit: Visit) -> Response:
    """Which claim, and what follows."""
    claim = _find(visit)
    if not claim.may_be_given_up:
        return visit.too_late(f"/claims/{claim.id}")
    view = _view(claim)
    return visit.page("give_up.html.j2", claim=view, names=names_of(visit, view.parties))


def take_giving_up(visit: Visit) -> Response:
    """Go on to sign it."""
    claim = _find(visit)
    if not claim.may_be_given_up:
        return visit.too_late(f"/claims/{claim.id}")
    view = _view(claim)
    return ask_to_sign(
        visit,
        Act(
            prepared=prepare_claim_withdrawal(visit.me, claim),
            template="sign_give_up.html.j2",
            view={"claim": view, "names": names_of(visit, view.parties)},
            record=record_claim_withdrawal,
            back=f"/claims/{claim.id}",
            done=f"/claims/{claim.id}",
            said=N_("Your claim has ended. All its countries are told."),
        ),
    )


def _find(visit: Visit) -> SeenClaim:
    """One that this node leads."""
    home = visit.settings.home()
    for one in read_claims(visit.me, load_cases(visit)):
        leads = one.parties[0].jurisdiction == home.jurisdiction
        if one.id == visit.part("case") and leads:
            return one
    raise NothingHere


def _view(claim: SeenClaim) -> ClaimView:
    (view,) = build_claims([claim])
    return view


PAGES: Final = (Page(path="/claims/{case}/give-up", show=show_giving_up, take=take_giving_up),)
