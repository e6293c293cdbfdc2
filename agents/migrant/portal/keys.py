"""A person's keys: which there are, another one, and one that was lost or is not wanted."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from starlette.responses import Response

from agents.migrant.passkeys import (
    OwnKey,
    list_keys,
    options_for,
    prepare_key_addition,
    prepare_key_removal,
    record_key_act,
)
from agents.migrant.portal.act_words import KEY_ENDS
from agents.migrant.portal.credentials import read_registration_fields
from agents.migrant.portal.kept import keep
from agents.migrant.portal.marking import N_
from agents.migrant.portal.pages import Page
from agents.migrant.portal.refusals import NothingHere
from agents.migrant.portal.registering import registering_view
from agents.migrant.portal.signing import Act, ask_to_sign
from agents.migrant.portal.visit import Visit
from portability.consent.key_acts import KeyEndReason
from portability.errors import InvalidInputError, PreconditionError, SignatureError


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyView:
    """One key as the list shows it; ``number`` counts from the oldest."""

    name: str
    number: int
    is_passkey: bool
    enrolled_at: datetime
    ended_at: datetime | None
    used_at: datetime | None
    is_current: bool
    is_backed_up: bool
    may_be_copied: bool


def show_keys(visit: Visit) -> Response:
    """All keys, those in use first, and a warning where there is only one."""
    keys = load_keys(visit)
    return visit.page(
        "keys.html.j2",
        in_use=tuple(one for one in keys if one.ended_at is None),
        ended=tuple(one for one in keys if one.ended_at is not None),
    )


def load_keys(visit: Visit) -> tuple[KeyView, ...]:
    """Oldest first, those that have ended too."""
    return keep(visit, "keys", lambda: _views(visit))


def show_addition(visit: Visit) -> Response:
    """Have another device make a key."""
    return _addition_page(visit)


def take_addition(visit: Visit) -> Response:
    """A key that is enrolled already has to vouch for the new one."""
    try:
        prepared = prepare_key_addition(visit.me, read_registration_fields(visit.form))
    except (InvalidInputError, SignatureError, PreconditionError):
        problem = visit.gettext("Your device made no key that we can use. Try again.")
        return _addition_page(visit, problem)
    return ask_to_sign(
        visit,
        Act(
            prepared=prepared,
            template="sign_key_addition.html.j2",
            view={},
            record=record_key_act,
            back="/keys",
            done="/keys",
            said=N_("The new key is enrolled."),
        ),
    )


def show_removal(visit: Visit) -> Response:
    """Ask why the key ends."""
    return _removal_page(visit, _find(visit))


def take_removal(visit: Visit) -> Response:
    """Any key of the person may sign that a key ends."""
    key = _find(visit)
    reason = visit.form.text("reason")
    if reason not in set(KeyEndReason):
        return _removal_page(visit, key, visit.gettext("Choose one of the answers."))
    prepared = prepare_key_removal(visit.me, bytes.fromhex(key.name), KeyEndReason(reason))
    return ask_to_sign(
        visit,
        Act(
            prepared=prepared,
            template="sign_key_removal.html.j2",
            view={"key": key, "reason": reason},
            record=record_key_act,
            back="/keys",
            done="/keys",
            said=N_("The key has ended. Nobody can sign or sign in with it any more."),
        ),
    )


def _views(visit: Visit) -> tuple[KeyView, ...]:
    return tuple(_view(key, number) for number, key in enumerate(list_keys(visit.me), start=1))


def _view(key: OwnKey, number: int) -> KeyView:
    return KeyView(
        name=key.id.hex(),
        number=number,
        is_passkey=key.is_passkey,
        enrolled_at=key.enrolled_at,
        ended_at=key.ended_at,
        used_at=key.used_at,
        is_current=key.is_current,
        is_backed_up=key.is_backed_up,
        may_be_copied=key.may_be_copied,
    )


def _find(visit: Visit) -> KeyView:
    name = visit.part("key")
    for key in _views(visit):
        if key.name == name and key.ended_at is None:
            return key
    raise NothingHere


def _addition_page(visit: Visit, problem: str = "") -> Response:
    return visit.page(
        "key_addition.html.j2",
        errors={"make-key": problem} if problem else None,
        making=registering_view(options_for(visit.me), visit.gettext("My social security")),
    )


def _removal_page(visit: Visit, key: KeyView, problem: str = "") -> Response:
    return visit.page(
        "key_removal.html.j2",
        errors={"reason": problem} if problem else None,
        key=key,
        is_last=sum(one.ended_at is None for one in _views(visit)) == 1,
        reasons=tuple((code, visit.gettext(text), "", False) for code, text in KEY_ENDS.items()),
    )


PAGES: Final = (
    Page(path="/keys", show=show_keys),
    Page(path="/keys/add", show=show_addition, take=take_addition, signs=True),
    Page(path="/keys/{key}/remove", show=show_removal, take=take_removal),
)
