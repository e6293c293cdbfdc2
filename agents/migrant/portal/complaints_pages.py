"""Complaints and questions: to the institution, then the ombudsperson; also without signing in."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from starlette.responses import Response

from agents.migrant.own_complaints import (
    MAX_TEXT,
    SeenComplaint,
    escalate,
    file_complaint,
    follow,
    list_complaints,
)
from agents.migrant.portal.kept import keep
from agents.migrant.portal.pages import Page
from agents.migrant.portal.places import Place, names_of, own_institutions
from agents.migrant.portal.reading_words import TOPICS
from agents.migrant.portal.refusals import NothingHere
from agents.migrant.portal.visit import Visit
from agents.surroundings import new_uuid
from portability.consent.scope import Party
from portability.errors import NotFoundError
from portability.recognition.complaint import ComplaintTopic

_NUMBER: Final = re.compile(r"[0-9a-f]{32}")
_STATEMENT: Final = re.compile(r"[0-9a-f]{64}")
_REQUEST: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SECONDS_A_DAY: Final = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class StepView:
    """One step; ``by`` did it. ``objection`` is the id of what the person signed with it."""

    act: str
    by: Place
    at: datetime
    text: str
    answer_by: datetime | None
    objection: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintView:
    """
    One complaint. ``days_left`` until the next answer is due, negative once it is late; None where
    nothing is awaited. ``delivered`` once the country of the institution has signed for it.
    """

    id: str
    topic: str
    against: Place
    desk: Place
    about: str
    helped_by: Place | None
    steps: tuple[StepView, ...]
    escalatable: bool
    days_left: int | None
    delivered: bool

    @property
    def filed(self) -> datetime:
        return self.steps[0].at


def build_complaint(seen: SeenComplaint, now: datetime) -> ComplaintView:
    """What a page shows of a verified complaint."""
    first, last = seen.steps[0], seen.steps[-1]
    return ComplaintView(
        id=seen.id,
        topic=str(first.topic),
        against=_place(first.against),
        desk=_place(first.desk),
        about=first.about.hex(),
        helped_by=_place(first.actor) if first.actor.institution else None,
        steps=tuple(
            StepView(
                act=str(one.act),
                by=_place(one.actor),
                at=one.header.created,
                text=one.text,
                answer_by=one.answer_by,
                objection=one.objection.hex(),
            )
            for one in seen.steps
        ),
        escalatable=seen.escalatable,
        days_left=None if last.answer_by is None else days_until(last.answer_by, now),
        delivered=seen.delivered,
    )


def days_until(moment: datetime, now: datetime) -> int:
    """Whole days, begun ones counted; negative once it is over."""
    return -int((now - moment).total_seconds() // _SECONDS_A_DAY)


def show_complaints(visit: Visit) -> Response:
    """Those of the person, and the way to a new one."""
    found = load_complaints(visit)
    return visit.page("complaints.html.j2", complaints=found, names=names_of(visit, _places(found)))


def show_complaint(visit: Visit) -> Response:
    """One with every step, its term, and the way on."""
    found = _find(visit)
    return visit.page("complaint.html.j2", complaint=found, names=names_of(visit, _places([found])))


def show_new(visit: Visit) -> Response:
    """The form; a link from elsewhere says what it is about."""
    query = visit.request.query_params
    return _form(
        visit,
        topic=query.get("topic", ""),
        against=query.get("against", ""),
        about=query.get("about", ""),
        request_id=new_uuid(visit.settings.home().outside.randomness),
    )


def take_new(visit: Visit) -> Response:
    """File it. The same form sent twice files it once."""
    form = visit.form
    topic, against = form.text("topic"), form.text("against")
    about, text, request_id = form.text("about"), form.text("text"), form.text("request_id")
    chosen = _party(visit, against)
    errors = {}
    if topic not in TOPICS:
        errors["topic"] = visit.gettext("Choose what it is about.")
    if chosen is None:
        errors["against"] = visit.gettext("Choose the institution.")
    errors |= _text_errors(visit, text, needed=True)
    if errors or chosen is None:
        return _form(visit, topic, against, about, request_id, text=text, errors=errors)
    filed = file_complaint(
        visit.me,
        request_id=request_id if _REQUEST.fullmatch(request_id) else _new_id(visit),
        against=chosen,
        topic=ComplaintTopic(topic),
        about=bytes.fromhex(about) if _STATEMENT.fullmatch(about) else b"",
        text=text,
    )
    visit.say(visit.gettext("We have sent it. Below you see until when you get an answer."))
    return visit.go(f"/complaints/{filed.id}")


def take_further(visit: Visit) -> Response:
    """To the ombudsperson."""
    found = _find(visit)
    text = visit.form.text("text")
    errors = _text_errors(visit, text, needed=False)
    if errors:
        return visit.page(
            "complaint.html.j2",
            complaint=found,
            names=names_of(visit, _places([found])),
            errors=errors,
        )
    escalate(visit.me, found.id, text)
    visit.say(visit.gettext("The ombudsperson has it now."))
    return visit.go(f"/complaints/{found.id}")


def show_follow(visit: Visit) -> Response:
    """How to complain without signing in, and a box for the number of a complaint."""
    return visit.page("complaint_follow.html.j2", dates=None, number="")


def take_follow(visit: Visit) -> Response:
    """How far it is: dates alone, for whoever has the number on the paper."""
    number = visit.form.text("number").lower().replace(" ", "").replace("-", "")
    try:
        dates = follow(visit.settings.home(), number) if _NUMBER.fullmatch(number) else None
    except NotFoundError:
        dates = None
    if dates is None:
        wrong = visit.gettext("We know no complaint with this number. Check it on your paper.")
        return visit.page(
            "complaint_follow.html.j2", dates=None, number=number, errors={"number": wrong}
        )
    return visit.page("complaint_follow.html.j2", dates=dates, number=number)


def _form(
    visit: Visit,
    topic: str,
    against: str,
    about: str,
    request_id: str,
    *,
    text: str = "",
    errors: dict[str, str] | None = None,
) -> Response:
    places = own_institutions(visit)
    return visit.page(
        "complaint_new.html.j2",
        errors=errors,
        topics=tuple(TOPICS),
        topic=topic,
        places=places,
        names=names_of(visit, places),
        against=against,
        about=about if _STATEMENT.fullmatch(about) else "",
        request_id=request_id,
        text=text,
    )


def load_complaints(visit: Visit) -> tuple[ComplaintView, ...]:
    """Latest first, each step verified."""
    now = visit.settings.home().outside.now()
    found = keep(visit, "complaints", lambda: list_complaints(visit.me))
    return tuple(build_complaint(one, now) for one in reversed(found))


def _find(visit: Visit) -> ComplaintView:
    wanted = visit.part("complaint")
    found = next((one for one in load_complaints(visit) if one.id == wanted), None)
    if found is None:
        raise NothingHere
    return found


def _text_errors(visit: Visit, text: str, *, needed: bool) -> dict[str, str]:
    if needed and not text:
        return {"text": visit.gettext("Say in a few words what happened.")}
    if len(text) > MAX_TEXT:
        return {"text": visit.gettext("That is too long. Say it in fewer words.")}
    return {}


def _party(visit: Visit, text: str) -> Party | None:
    jurisdiction, _, institution = text.partition("/")
    if (jurisdiction, institution) not in own_institutions(visit):
        return None
    return Party(jurisdiction=jurisdiction, institution=institution)


def _new_id(visit: Visit) -> str:
    return new_uuid(visit.settings.home().outside.randomness)


def _places(complaints: Iterable[ComplaintView]) -> set[Place]:
    return {
        place
        for one in complaints
        for place in (one.against, one.desk, *(step.by for step in one.steps))
    }


def _place(party: Party) -> Place:
    return party.jurisdiction, party.institution


PAGES: Final = (
    Page(path="/complaints", show=show_complaints),
    Page(path="/complaints/new", show=show_new, take=take_new),
    Page(path="/complaints/follow", show=show_follow, take=take_follow, signed_in=False),
    Page(path="/complaints/{complaint}", show=show_complaint),
    Page(path="/complaints/{complaint}/further", take=take_further),
)
