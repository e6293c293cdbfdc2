"""What is wrong with a record, said and signed; the institution that signed it has to answer."""

from typing import Final

from starlette.responses import Response

from agents.migrant.own_complaints import MAX_TEXT, SeenComplaint
from agents.migrant.own_record_objections import prepare_record_objection, submit_record_objection
from agents.migrant.portal.history import Span, find_span
from agents.migrant.portal.history_pages import load_history
from agents.migrant.portal.marking import N_
from agents.migrant.portal.pages import Page
from agents.migrant.portal.places import names_of
from agents.migrant.portal.reading_words import RECORD_OBJECTIONS
from agents.migrant.portal.refusals import NothingHere
from agents.migrant.portal.signing import Act, ask_to_sign
from agents.migrant.portal.visit import Visit
from portability.recognition.record_objection import RecordGrounds


def show_wrong(visit: Visit) -> Response:
    """Which record, what is wrong, and how it was."""
    return _page(visit, _find(visit))


def take_wrong(visit: Visit) -> Response:
    """Go on to sign it."""
    span = _find(visit)
    grounds, text = visit.form.text("grounds"), visit.form.text("text")
    errors = {}
    if grounds not in set(RecordGrounds):
        errors["grounds"] = visit.gettext("Choose what is wrong.")
    if not text:
        errors["text"] = visit.gettext("Say in a few words how it was.")
    elif len(text) > MAX_TEXT:
        errors["text"] = visit.gettext("That is too long. Say it in fewer words.")
    if errors:
        return _page(visit, span, errors)
    prepared = prepare_record_objection(
        visit.me, bytes.fromhex(visit.part("record")), RecordGrounds(grounds), text
    )
    return ask_to_sign(
        visit,
        Act(
            prepared=prepared,
            template="sign_record_objection.html.j2",
            view={
                "span": span,
                "grounds": grounds,
                "text": text,
                "names": names_of(visit, [(span.jurisdiction, span.institution)]),
            },
            record=submit_record_objection,
            back=f"/history/{span.id}",
            done="/complaints",
            done_at=_complaint,
            said=N_("We have sent what you signed. Below you see until when you get an answer."),
        ),
    )


def _complaint(made: object) -> str:
    """Where the person follows what becomes of it."""
    return f"/complaints/{made.id}" if isinstance(made, SeenComplaint) else "/complaints"


def _find(visit: Visit) -> Span:
    span = find_span(load_history(visit), visit.part("record"))
    if span is None:
        raise NothingHere
    return span


def _page(visit: Visit, span: Span, errors: dict[str, str] | None = None) -> Response:
    return visit.page(
        "record_objection.html.j2",
        errors=errors,
        span=span,
        record=visit.part("record"),
        grounds=tuple(RECORD_OBJECTIONS),
        chosen=visit.form.text("grounds"),
        text=visit.form.text("text"),
        names=names_of(visit, [(span.jurisdiction, span.institution)]),
    )


PAGES: Final = (Page(path="/history/{record}/wrong", show=show_wrong, take=take_wrong),)
