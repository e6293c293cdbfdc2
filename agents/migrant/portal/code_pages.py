"""Codes from paper, letter or telephone: what can be done with them, and a new one to stop all."""

from typing import Final

from starlette.responses import Response

from agents.migrant.own_counter import confirm_by_code, make_stop_code, stop_by_code
from agents.migrant.portal.pages import Page
from agents.migrant.portal.visit import Visit
from portability.errors import (
    InvalidInputError,
    OverloadedError,
    PreconditionError,
    UnauthenticatedError,
)

_MADE: Final = "stop-code"


def show_stop(visit: Visit) -> Response:
    """Stop everything with the code on one's paper: nobody needs to sign in to stop."""
    return visit.page("code_stop.html.j2", code="")


def take_stop(visit: Visit) -> Response:
    """The same words for every code that does not work, whyever."""
    try:
        stopped = stop_by_code(visit.settings.home(), visit.form.text("code"))
    except (UnauthenticatedError, InvalidInputError, OverloadedError) as error:
        return _again(visit, "code_stop.html.j2", error)
    if stopped:
        said = visit.ngettext(
            "We stopped %(shown)s permission. Nothing more is given under it.",
            "We stopped %(shown)s permissions. Nothing more is given under them.",
            stopped,
        ) % {"shown": visit.language.number(stopped)}
    else:
        said = visit.gettext("The code works, but there was nothing left that it could stop.")
    visit.say(said)
    return visit.go("/stop")


def show_confirm(visit: Visit) -> Response:
    """Confirm what somebody at the office wrote down; until then it allows nothing."""
    return visit.page("code_confirm.html.j2", code="")


def take_confirm(visit: Visit) -> Response:
    """The same words for every code that does not work, whyever."""
    try:
        confirm_by_code(visit.settings.home(), visit.form.text("code"))
    except (UnauthenticatedError, InvalidInputError, OverloadedError, PreconditionError) as error:
        return _again(visit, "code_confirm.html.j2", error)
    visit.say(visit.gettext("You have confirmed it. You can stop it at any time."))
    return visit.go("/confirm")


def show_stop_code(visit: Visit) -> Response:
    """What such a code is for; and the one that was made just now, this once."""
    made = visit.open_session().values.pop(_MADE, None)
    code, until = made if isinstance(made, tuple) else ("", None)
    return visit.page("stop_code.html.j2", code=code, until=until)


def take_stop_code(visit: Visit) -> Response:
    """Make one; earlier ones go on working."""
    visit.open_session().values[_MADE] = make_stop_code(visit.me)
    return visit.go("/permissions/code")


def _again(visit: Visit, template: str, error: Exception) -> Response:
    if isinstance(error, OverloadedError):
        problem = visit.gettext("Too many wrong codes were tried. Wait ten minutes, or call us.")
    else:
        problem = visit.gettext(
            "This code does not work. Check each character, or call us: we can do it without a "
            "code."
        )
    return visit.page(template, errors={"code": problem}, code=visit.form.text("code"))


PAGES: Final = (
    Page(path="/stop", show=show_stop, take=take_stop, signed_in=False),
    Page(path="/confirm", show=show_confirm, take=take_confirm, signed_in=False),
    Page(path="/permissions/code", show=show_stop_code, take=take_stop_code),
)
