"""Signing in with a passkey, which says itself whose it is; and signing out."""

from typing import Final

from starlette.responses import Response

from agents.migrant.passkeys import begin_sign_in, finish_sign_in
from agents.migrant.passkeys import sign_out as end_at_node
from agents.migrant.portal.ahead import AHEAD
from agents.migrant.portal.credentials import read_assertion_fields
from agents.migrant.portal.kept import read_ahead
from agents.migrant.portal.pages import Page
from agents.migrant.portal.sessions import SignedInAs
from agents.migrant.portal.visit import WANTED, Visit
from portability.errors import InvalidInputError, PortabilityError, UnauthenticatedError
from portability.ledger.encoding import encode_base64url

CHALLENGES: Final = "challenges"
MOST_CHALLENGES: Final = 5
"""So many tabs may be open on the page at once."""


def show_sign_in(visit: Visit) -> Response:
    """A page that asks for any passkey; there is no name to type, so none can be tried."""
    if visit.who is not None:
        return visit.go("/")
    return _page(visit)


def take_sign_in(visit: Visit) -> Response:
    """The node judges the assertion; whatever is wrong with it, the answer is the same."""
    session = visit.open_session()
    given = visit.form.text("challenge")
    open_ones = [one for one in _challenges(visit) if encode_base64url(one) == given]
    try:
        assertion, user_handle = read_assertion_fields(visit.form)
    except InvalidInputError:
        return _page(visit, visit.gettext("Your device did not answer. Try again."))
    if not open_ones:
        return _page(visit, visit.gettext("The page was open for too long. Try again."))
    session.values[CHALLENGES] = tuple(one for one in _challenges(visit) if one not in open_ones)
    try:
        entered = finish_sign_in(visit.settings.home(), open_ones[0], assertion, user_handle)
    except UnauthenticatedError:
        return _page(
            visit,
            visit.gettext(
                "This key is not known here. Try another one, or ask for a new code by telephone "
                "or at the office."
            ),
        )
    wanted = session.values.pop(WANTED, "/")
    visit.sign_in(
        SignedInAs(person=entered.person, token=entered.token, expire_time=entered.expire_time)
    )
    visit.open_session().values.pop(CHALLENGES, None)
    visit.later = lambda: read_ahead(visit, AHEAD)
    return visit.go(str(wanted))


def sign_out(visit: Visit) -> Response:
    """End the session: at the node, here and in the browser."""
    if visit.who is not None:
        forget(visit)
    visit.say(visit.gettext("You are signed out."))
    return visit.go("/")


def forget(visit: Visit) -> None:
    """End the session everywhere; here and in the browser even if the node cannot be reached."""
    try:
        if visit.who is not None:
            end_at_node(visit.me)
    except PortabilityError:
        pass  # the node ends it by itself within half an hour, and nobody has its name any more
    visit.sign_out()


def _challenges(visit: Visit) -> tuple[bytes, ...]:
    found = visit.open_session().values.get(CHALLENGES, ())
    return found if isinstance(found, tuple) else ()


def _page(visit: Visit, problem: str = "") -> Response:
    challenge = begin_sign_in(visit.settings.home())
    visit.open_session().values[CHALLENGES] = (
        *_challenges(visit)[1 - MOST_CHALLENGES :],
        challenge,
    )
    return visit.page(
        "sign_in.html.j2",
        errors={"sign-in": problem} if problem else None,
        challenge=encode_base64url(challenge),
        relying_party_id=visit.settings.relying_party_id,
    )


PAGES: Final = (
    Page(path="/sign-in", show=show_sign_in, take=take_sign_in, signed_in=False, signs=True),
    Page(path="/sign-out", take=sign_out, signed_in=False),
)
