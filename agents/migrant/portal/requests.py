"""Requests: who asks and why; allow all, allow less, or say no, each with the same effort."""

from dataclasses import dataclass
from typing import Final

from starlette.responses import Response

from agents.migrant.acts import (
    ActKind,
    Choice,
    ConsentToSign,
    prepare_act,
    prepare_consent,
    record_act,
)
from agents.migrant.own_consents import Pending, list_requests
from agents.migrant.portal.kept import keep
from agents.migrant.portal.marking import N_
from agents.migrant.portal.narrowing import narrow, narrowing_view
from agents.migrant.portal.pages import Page
from agents.migrant.portal.refusals import NothingHere
from agents.migrant.portal.request_views import consent_view, request_view
from agents.migrant.portal.signing import Act, ask_to_sign
from agents.migrant.portal.visit import Visit
from portability.consent.statements import ConsentState


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The requester's own words, and under which law data would flow."""

    language: str
    title: str
    text: str
    refusing: str
    withdrawing: str
    basis: str
    citation: str
    storage_countries: tuple[str, ...]


def show_requests(visit: Visit) -> Response:
    """What waits for an answer first, then what was answered."""
    home, now = visit.settings.home(), visit.settings.home().outside.now()
    views = [request_view(home, one, now) for one in load_requests(visit)]
    waiting = tuple(one for one in views if one.is_open and one.state == "requested")
    return visit.page(
        "requests.html.j2",
        waiting=waiting,
        answered=tuple(one for one in reversed(views) if one not in waiting),
    )


def load_requests(visit: Visit) -> tuple[Pending, ...]:
    """Oldest first, each verified."""
    return keep(visit, "requests", lambda: tuple(list_requests(visit.me)))


def show_request(visit: Visit) -> Response:
    """All of it, nothing hidden, and the ways to answer."""
    pending = find_pending(visit)
    home = visit.settings.home()
    return visit.page(
        "request.html.j2",
        asked=request_view(home, pending, home.outside.now()),
        told=_told(visit, pending),
    )


def take_all(visit: Visit) -> Response:
    """Go on to check and sign what was asked, as it was asked."""
    pending = find_pending(visit)
    if not _is_open(visit, pending):
        return visit.too_late(_path(pending))
    prepared = prepare_consent(visit.me, pending, Choice(), visit.language.tag)
    return _ask_consent(visit, pending, prepared)


def show_less(visit: Visit) -> Response:
    """What can be left out; nothing is ticked."""
    pending = find_pending(visit)
    if not _is_open(visit, pending):
        return visit.too_late(_path(pending))
    home = visit.settings.home()
    return visit.page(
        "request_less.html.j2",
        asked=request_view(home, pending, home.outside.now()),
        less=narrowing_view(visit, pending),
    )


def take_less(visit: Visit) -> Response:
    """Go on to check and sign what is left, or say what does not fit."""
    pending = find_pending(visit)
    if not _is_open(visit, pending):
        return visit.too_late(_path(pending))
    choice, errors = narrow(visit, pending.content)
    if errors:
        home = visit.settings.home()
        return visit.page(
            "request_less.html.j2",
            errors=errors,
            asked=request_view(home, pending, home.outside.now()),
            less=narrowing_view(visit, pending),
        )
    prepared = prepare_consent(visit.me, pending, choice, visit.language.tag)
    return _ask_consent(visit, pending, prepared)


def take_refusal(visit: Visit) -> Response:
    """Go on to sign that the answer is no."""
    pending = find_pending(visit)
    if not _is_open(visit, pending) or pending.state is not ConsentState.REQUESTED:
        return visit.too_late(_path(pending))
    prepared = prepare_act(visit.me, ActKind.REFUSE, pending.id)
    home = visit.settings.home()
    return ask_to_sign(
        visit,
        Act(
            prepared=prepared,
            template="sign_refusal.html.j2",
            view={"asked": request_view(home, pending, home.outside.now())},
            record=record_act,
            back=_path(pending),
            done="/requests",
            said=N_("You said no. Nothing is given, and nobody is told why."),
        ),
    )


def _is_open(visit: Visit, pending: Pending) -> bool:
    """Whether its page offers answers; another window may have been faster."""
    home = visit.settings.home()
    asked = request_view(home, pending, home.outside.now())
    return asked.is_open and asked.is_asked


def find_pending(visit: Visit) -> Pending:
    """The request in the path. Raises NothingHere for one that is not this person's."""
    name = visit.part("request")
    for one in list_requests(visit.me):
        if one.id.hex() == name:
            return one
    raise NothingHere


def _ask_consent(visit: Visit, pending: Pending, drafted: ConsentToSign) -> Response:
    return ask_to_sign(
        visit,
        Act(
            prepared=drafted.prepared,
            template="sign_consent.html.j2",
            view={
                "consent": consent_view(visit.settings.home(), drafted.consent),
                "request_path": _path(pending),
            },
            record=record_act,
            back=_path(pending),
            done=f"/permissions/{drafted.prepared.id.hex()}/receipt",
            said=N_("You allowed it. This is your receipt."),
            notice=drafted.notice,
            notice_language=drafted.consent.notice.language,
        ),
    )


def _told(visit: Visit, pending: Pending) -> Told:
    """The words of the signed purpose, in the visitor's language if it has words in it."""
    template, wanted = pending.template, visit.language.tag
    language = wanted if wanted in template.words else template.default_language
    words = template.words[language]
    return Told(
        language=language,
        title=words.title,
        text=words.text,
        refusing=words.refusing,
        withdrawing=words.withdrawing,
        basis=template.legal_basis.kind.value,
        citation=template.legal_basis.citation,
        storage_countries=template.caps.storage_countries,
    )


def _path(pending: Pending) -> str:
    return f"/requests/{pending.id.hex()}"


PAGES: Final = (
    Page(path="/requests", show=show_requests),
    Page(path="/requests/{request}", show=show_request),
    Page(path="/requests/{request}/allow", take=take_all),
    Page(path="/requests/{request}/less", show=show_less, take=take_less),
    Page(path="/requests/{request}/refuse", take=take_refusal),
)
