"""I do not agree with a decision: why, and then the signature."""

from typing import Final

from starlette.responses import Response

from agents.migrant.own_objections import prepare_objection, record_objection
from agents.migrant.portal.claims import ClaimView, Decision
from agents.migrant.portal.claims_pages import load_claims
from agents.migrant.portal.marking import N_
from agents.migrant.portal.pages import Page
from agents.migrant.portal.places import names_of
from agents.migrant.portal.reading_words import OBJECTIONS
from agents.migrant.portal.refusals import NothingHere
from agents.migrant.portal.signing import Act, ask_to_sign
from agents.migrant.portal.visit import Visit


def show_objection(visit: Visit) -> Response:
    """Which decision, and why."""
    claim, decision = _find(visit)
    if not _is_possible(claim, decision):
        return visit.too_late(f"/claims/{claim.id}")
    return _page(visit, claim, decision)


def take_objection(visit: Visit) -> Response:
    """Go on to sign it."""
    claim, decision = _find(visit)
    if not _is_possible(claim, decision):
        return visit.too_late(f"/claims/{claim.id}")
    grounds = visit.form.text("grounds")
    if grounds not in OBJECTIONS:
        return _page(visit, claim, decision, {"grounds": visit.gettext("Choose why.")})
    prepared = prepare_objection(visit.me, bytes.fromhex(decision.id), grounds)
    return ask_to_sign(
        visit,
        Act(
            prepared=prepared,
            template="sign_objection.html.j2",
            view={
                "decision": decision,
                "grounds": grounds,
                "names": names_of(visit, [decision.by]),
            },
            record=record_objection,
            back=f"/claims/{claim.id}",
            done=f"/claims/{claim.id}",
            said=N_("Your objection is on its way. You see here what happens."),
        ),
    )


def _find(visit: Visit) -> tuple[ClaimView, Decision]:
    wanted, decided = visit.part("case"), visit.part("decision")
    for claim in load_claims(visit):
        for one in claim.decisions:
            if (claim.id, one.id) == (wanted, decided):
                return claim, one
    raise NothingHere


def _is_possible(claim: ClaimView, decision: Decision) -> bool:
    """Whether the claim's page offers it; another window may have been faster."""
    return not (claim.is_withdrawn or decision.replaced or decision.contested)


def _page(
    visit: Visit, claim: ClaimView, decision: Decision, errors: dict[str, str] | None = None
) -> Response:
    return visit.page(
        "objection.html.j2",
        errors=errors,
        claim=claim,
        decision=decision,
        grounds=tuple(OBJECTIONS),
        names=names_of(visit, [decision.by]),
    )


PAGES: Final = (
    Page(path="/claims/{case}/objection/{decision}", show=show_objection, take=take_objection),
)
