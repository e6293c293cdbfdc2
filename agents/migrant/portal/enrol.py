"""Enrolling: a code from the counter or letter, the question whose phone it is, and a passkey."""

import re
from typing import Final

from starlette.responses import Response

from agents.migrant.passkeys import enrol_passkey, options_by_code
from agents.migrant.portal.credentials import read_registration_fields
from agents.migrant.portal.pages import Page
from agents.migrant.portal.registering import registering_view
from agents.migrant.portal.visit import Visit
from portability.errors import (
    InvalidInputError,
    PreconditionError,
    SignatureError,
    UnauthenticatedError,
)

CODE: Final = "enrolment-code"
_GROUP: Final = 4
_CODE_LENGTH: Final = 16
_NOT_IN_CODES: Final = re.compile(r"[\s‐-―-]+")
_OWN, _SHARED, _KEY = "own", "shared", "key"


def show_code(visit: Visit) -> Response:
    """Ask for the code."""
    return visit.page("enrol.html.j2", code="")


def take_code(visit: Visit) -> Response:
    """Ask the node whether the code works; it is not used up by that."""
    typed = visit.form.text("code")
    code = spell_code(typed)
    try:
        options_by_code(visit.settings.home(), code)
    except UnauthenticatedError:
        problem = visit.gettext(
            "This code does not work. Check each character, or ask for a new code: each works "
            "once, and only for a time."
        )
        return visit.page("enrol.html.j2", errors={"code": problem}, code=typed)
    visit.open_session().values[CODE] = code
    return visit.go("/enrol/device")


def show_device(visit: Visit) -> Response:
    """Ask once whose phone this is: a passkey proves its owner, whoever that is."""
    if _code(visit) is None:
        return visit.go("/enrol")
    return visit.page("enrol_device.html.j2")


def take_device(visit: Visit) -> Response:
    """On, or to the counter: a shared phone is not a key."""
    device = visit.form.text("device")
    if device == _SHARED:
        return visit.page("enrol_shared.html.j2")
    if device not in {_OWN, _KEY}:
        problem = visit.gettext("Choose one of the answers.")
        return visit.page("enrol_device.html.j2", errors={"device": problem})
    return visit.go("/enrol/key")


def show_key(visit: Visit) -> Response:
    """Have the device make a passkey."""
    code = _code(visit)
    if code is None:
        return visit.go("/enrol")
    return _key_page(visit, code)


def take_key(visit: Visit) -> Response:
    """Enrol what the device made, and go on to sign in with it."""
    code = _code(visit)
    if code is None:
        return visit.go("/enrol")
    try:
        enrol_passkey(visit.settings.home(), code, read_registration_fields(visit.form))
    except (InvalidInputError, SignatureError, PreconditionError):
        problem = visit.gettext("Your device made no key that we can use. Try again.")
        return _key_page(visit, code, problem)
    except UnauthenticatedError:  # the code ran out meanwhile
        visit.open_session().values.pop(CODE, None)
        return visit.go("/enrol")
    visit.open_session().values.pop(CODE, None)
    visit.say(visit.gettext("Your device is enrolled. Now sign in with it."))
    return visit.go("/sign-in")


def spell_code(typed: str) -> str:
    """A code as it was made, however it was typed: any case, any gaps."""
    text = _NOT_IN_CODES.sub("", typed).upper()[:_CODE_LENGTH]
    return "-".join(text[at : at + _GROUP] for at in range(0, len(text), _GROUP))


def _code(visit: Visit) -> str | None:
    found = visit.session.values.get(CODE) if visit.session else None
    return found if isinstance(found, str) else None


def _key_page(visit: Visit, code: str, problem: str = "") -> Response:
    try:
        options = options_by_code(visit.settings.home(), code)
    except UnauthenticatedError:
        return visit.go("/enrol")
    return visit.page(
        "enrol_key.html.j2",
        errors={"make-key": problem} if problem else None,
        making=registering_view(options, visit.gettext("My social security")),
    )


PAGES: Final = (
    Page(path="/enrol", show=show_code, take=take_code, signed_in=False),
    Page(path="/enrol/device", show=show_device, take=take_device, signed_in=False),
    Page(path="/enrol/key", show=show_key, take=take_key, signed_in=False, signs=True),
)
