"""My permissions: where each stands, pause, stop, and what became of it at each recipient."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from starlette.responses import Response

from agents.consent_formats import ConsentFormat
from agents.migrant.acts import ActKind, OwnConsent, list_consents, prepare_act, record_act
from agents.migrant.consent_text import consent_text
from agents.migrant.own_exports import export_consent
from agents.migrant.own_notices import EndNotice, list_end_notices
from agents.migrant.own_receipts import list_receipts
from agents.migrant.portal.headers import page_headers
from agents.migrant.portal.kept import keep
from agents.migrant.portal.marking import N_
from agents.migrant.portal.pages import Page
from agents.migrant.portal.receipt_code import receipt_picture
from agents.migrant.portal.refusals import NothingHere
from agents.migrant.portal.request_views import ConsentView, Who, consent_view, who
from agents.migrant.portal.signing import Act, ask_to_sign
from agents.migrant.portal.visit import Visit
from agents.migrant.portal.who_looked import NOTHING
from portability.consent.lifecycle import OPEN_STATES
from portability.consent.statements import ConsentState

_PAUSES: Final = (("week", 7), ("month", 30), ("quarter", 91))
_PAUSE_WORDS: Final = {
    "week": N_("for a week"),
    "month": N_("for a month"),
    "quarter": N_("for three months"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeView:
    state: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UseView:
    """One release or refusal under the permission: who asked whom, when, what came of it."""

    requester: Who
    provider: Who
    at: datetime
    outcome: str
    cause: str
    records: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionView:
    """A permission with where it stands by the word of the home node."""

    name: str
    check_code: str
    state: str
    is_open: bool
    is_paused: bool
    given_at: datetime
    resumes_at: datetime | None
    uses: int
    changes: tuple[ChangeView, ...]
    content: ConsentView


def show_permissions(visit: Visit) -> Response:
    """Those in force first."""
    views = [_view(visit, one) for one in load_permissions(visit)]
    return visit.page(
        "permissions.html.j2",
        in_force=tuple(one for one in reversed(views) if one.is_open),
        ended=tuple(one for one in reversed(views) if not one.is_open),
    )


def load_permissions(visit: Visit) -> tuple[OwnConsent, ...]:
    """Oldest first, each as it was logged."""
    return keep(visit, "permissions", lambda: tuple(list_consents(visit.me)))


def show_permission(visit: Visit) -> Response:
    """What it allows, what happened under it, and the ways to stop it."""
    found = _find(visit)
    is_open = found.state in OPEN_STATES
    return visit.page(
        "permission.html.j2",
        permission=_view(visit, found),
        uses=_uses(visit, found.id),
        told=() if is_open else _told(visit, found.id),
    )


def show_receipt(visit: Visit) -> Response:
    """What the person signed, to print and keep."""
    found = _find(visit)
    return visit.page(
        "permission_receipt.html.j2",
        permission=_view(visit, found),
        code=receipt_picture(consent_text(found.proven), visit.gettext("The receipt as a code")),
    )


def take_stop(visit: Visit) -> Response:
    """Go on to sign that the permission ends now."""
    return _ask(
        visit,
        ActKind.WITHDRAW,
        "sign_withdrawal.html.j2",
        N_("You stopped it. Nothing more is given from now on."),
    )


def show_pause(visit: Visit) -> Response:
    """Ask for how long."""
    found = _find(visit)
    if not _is_possible(found, ActKind.PAUSE):
        return visit.too_late(_path(found))
    return _pause_page(visit)


def take_pause(visit: Visit) -> Response:
    """Go on to sign a pause, after which the permission is in force again by itself."""
    found = _find(visit)
    if not _is_possible(found, ActKind.PAUSE):
        return visit.too_late(_path(found))
    days = dict(_PAUSES).get(visit.form.text("length"))
    if days is None:
        return _pause_page(visit, visit.gettext("Choose one of the answers."))
    until = visit.settings.home().outside.now().replace(microsecond=0) + timedelta(days=days)
    return _ask(
        visit,
        ActKind.PAUSE,
        "sign_pause.html.j2",
        N_("You paused it. Nothing is given until the pause ends."),
        until=until,
    )


def take_resume(visit: Visit) -> Response:
    """Go on to sign that the pause ends now."""
    return _ask(visit, ActKind.RESUME, "sign_resume.html.j2", N_("It is in force again."))


def _ask(
    visit: Visit, kind: ActKind, template: str, said: str, until: datetime | None = None
) -> Response:
    found = _find(visit)
    if not _is_possible(found, kind):
        return visit.too_late(_path(found))
    prepared = prepare_act(visit.me, kind, found.id, until)
    path = _path(found)
    return ask_to_sign(
        visit,
        Act(
            prepared=prepared,
            template=template,
            view={"permission": _view(visit, found), "until": until},
            record=record_act,
            back=path,
            done=path,
            said=said,
        ),
    )


def _is_possible(found: OwnConsent, kind: ActKind) -> bool:
    """Whether the permission's page offers that act; another window may have been faster."""
    is_paused = found.state is ConsentState.PAUSED
    return found.state in OPEN_STATES and (
        kind is ActKind.WITHDRAW or is_paused == (kind is ActKind.RESUME)
    )


def _path(found: OwnConsent) -> str:
    return f"/permissions/{found.id.hex()}"


def _find(visit: Visit) -> OwnConsent:
    name = visit.part("consent")
    for one in list_consents(visit.me):
        if one.id.hex() == name:
            return one
    raise NothingHere


def _view(visit: Visit, own: OwnConsent) -> PermissionView:
    return PermissionView(
        name=own.id.hex(),
        check_code=own.check_code,
        state=own.state.value,
        is_open=own.state in OPEN_STATES,
        is_paused=own.state is ConsentState.PAUSED,
        given_at=own.document.created_at,
        resumes_at=own.resumes_at,
        uses=own.uses,
        changes=tuple(ChangeView(state=one.state.value, at=one.at) for one in own.changes),
        content=consent_view(visit.settings.home(), own.document),
    )


def _uses(visit: Visit, consent: bytes) -> Sequence[UseView]:
    home = visit.settings.home()
    found = [one for one in list_receipts(visit.me) if one.content.permission == consent]
    return tuple(
        UseView(
            requester=who(home, said.requester),
            provider=who(home, said.provider),
            at=said.requested_at,
            outcome=NOTHING if seen.has_stayed else said.outcome.value,
            cause=str(said.cause or ""),
            records=0 if seen.has_stayed else said.record_count,
        )
        for seen, said in ((one, one.content) for one in reversed(found))
    )


def _told(visit: Visit, consent: bytes) -> tuple[EndNotice, ...]:
    """Who was told that it ended, and what each of them did with what it had."""
    return tuple(one for one in list_end_notices(visit.me) if one.permission == consent)


def _pause_page(visit: Visit, problem: str = "") -> Response:
    return visit.page(
        "permission_pause.html.j2",
        errors={"length": problem} if problem else None,
        permission=_view(visit, _find(visit)),
        lengths=tuple((code, visit.gettext(_PAUSE_WORDS[code]), "", False) for code, _ in _PAUSES),
    )


def show_export(visit: Visit) -> Response:
    """The permission in the terms of other software, as a file."""
    form = visit.part("form")
    if form not in set(ConsentFormat):
        raise NothingHere
    made = export_consent(visit.me, _find(visit).id, ConsentFormat(form))
    headers = page_headers(signs=False, over_tls=visit.settings.over_tls)
    named = {"content-disposition": f'attachment; filename="{made.name}"'}
    return Response(made.content, media_type=made.media_type, headers={**headers, **named})


PAGES: Final = (
    Page(path="/permissions", show=show_permissions),
    Page(path="/permissions/{consent}", show=show_permission),
    Page(path="/permissions/{consent}/receipt", show=show_receipt),
    Page(path="/permissions/{consent}/as/{form}", show=show_export),
    Page(path="/permissions/{consent}/stop", take=take_stop),
    Page(path="/permissions/{consent}/pause", show=show_pause, take=take_pause),
    Page(path="/permissions/{consent}/resume", take=take_resume),
)
