"""What is shown instead of a page, and what the person can do next. Never a cause that tells."""

from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Final

from starlette.responses import Response

from agents.migrant.portal.refusals import BadForm, ForeignForm, NothingHere, NotSignedIn
from agents.migrant.portal.visit import WANTED, Visit
from agents.migrant.portal.words import N_
from portability.errors import (
    NotFoundError,
    OverloadedError,
    PeerUnavailableError,
    PreconditionError,
    ProofError,
    SignatureError,
    UnauthenticatedError,
)

SIGN_IN: Final = "/sign-in"
SIGNED_OUT: Final = N_("You were signed out after a time. Sign in again to go on.")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Failure:
    status: HTTPStatus
    heading: str
    text: str


_TOO_OLD: Final = _Failure(
    status=HTTPStatus.FORBIDDEN,
    heading=N_("Nothing was changed"),
    text=N_(
        "The page that you came from was open for too long, or did not come from here. "
        "Go back to the start and try again."
    ),
)
_FAILURES: Final[tuple[tuple[type[Exception], _Failure], ...]] = (
    (ForeignForm, _TOO_OLD),
    (BadForm, _TOO_OLD),
    (
        (NothingHere),
        _Failure(
            status=HTTPStatus.NOT_FOUND,
            heading=N_("There is no such page"),
            text=N_("If you typed the address, check it. If you followed a link, go to the start."),
        ),
    ),
    (
        PeerUnavailableError,
        _Failure(
            status=HTTPStatus.SERVICE_UNAVAILABLE,
            heading=N_("The service cannot be reached just now"),
            text=N_("Nothing was changed. Try again in a few minutes, or call us."),
        ),
    ),
    (
        OverloadedError,
        _Failure(
            status=HTTPStatus.SERVICE_UNAVAILABLE,
            heading=N_("Too many people are asking just now"),
            text=N_("Nothing was changed. Try again in a few minutes, or call us."),
        ),
    ),
    (
        PreconditionError,
        _Failure(
            status=HTTPStatus.CONFLICT,
            heading=N_("Nothing was changed"),
            text=N_(
                "Something changed meanwhile, perhaps in another window. "
                "Go to the start and look how it stands."
            ),
        ),
    ),
    (
        ProofError,
        _Failure(
            status=HTTPStatus.BAD_GATEWAY,
            heading=N_("We do not show this page"),
            text=N_(
                "What we received could not be proven to be true, so we do not show it. "
                "Please call us and tell us the time."
            ),
        ),
    ),
)
_UNFORESEEN: Final = _Failure(
    status=HTTPStatus.INTERNAL_SERVER_ERROR,
    heading=N_("Something went wrong"),
    text=N_("We do not know whether your last step was taken. Look before you try it again."),
)
_SAME_AS: Final[tuple[tuple[type[Exception], type[Exception]], ...]] = (
    (NotFoundError, NothingHere),
    (SignatureError, ProofError),
)


def failure_page(visit: Visit, error: Exception) -> Response:
    """The answer to a refused request or a failed call of the node."""
    if isinstance(error, UnauthenticatedError):
        visit.sign_out()  # the node no longer knows the session
        visit.say(visit.gettext(SIGNED_OUT))
        if visit.is_shown:
            visit.open_session().values[WANTED] = visit.path
    if isinstance(error, NotSignedIn | UnauthenticatedError):
        return visit.go(SIGN_IN)
    failure = _find(error)
    if isinstance(error, PeerUnavailableError) and visit.request.method == "POST":
        # the call may have arrived, and its answer been lost
        failure = replace(failure, text=_UNFORESEEN.text)
    return visit.page(
        "failure.html.j2",
        status=failure.status,
        heading_text=visit.gettext(failure.heading),
        text=visit.gettext(failure.text),
    )


def _find(error: Exception) -> _Failure:
    kind = next((other for one, other in _SAME_AS if isinstance(error, one)), type(error))
    return next((failure for one, failure in _FAILURES if issubclass(kind, one)), _UNFORESEEN)
