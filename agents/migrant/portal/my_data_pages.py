"""Take my data with me, and erase what may be erased."""

import io
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from starlette.responses import Response

from agents.migrant.export import fetch_own
from agents.migrant.own_erasures import ask_erasure, show_erasure
from agents.migrant.portal.headers import page_headers
from agents.migrant.portal.pages import Page
from agents.migrant.portal.places import Place, names_of
from agents.migrant.portal.reading_words import ERASURE_GROUNDS
from agents.migrant.portal.visit import Visit
from portability.errors import NotFoundError
from portability.recognition.erasure import ErasureBasis
from portability.v1 import erasures_service_pb2


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientView:
    """Somebody who had the data; ``citation`` is the law by which they keep some of it."""

    place: Place
    citation: str
    answered: bool
    overdue: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureView:
    """
    How far an erasure is; ``citation`` says why it was refused.

    ``number`` is what the person keeps: 32 hex digits, without the collection.
    """

    number: str
    stage: str
    citation: str
    recipients: tuple[RecipientView, ...]


_EPOCH: Final = (1980, 1, 1, 0, 0, 0)  # archives know no earlier day; the files date themselves
_ERASURE: Final = "erasure"
_COLLECTION: Final = "erasures/"  # a name of a person must not find theirs
_NUMBER: Final = re.compile(r"[0-9a-f]{32}")


def show_my_data(visit: Visit) -> Response:
    """What can be taken and what can be erased."""
    return _show(visit)


def take_away(visit: Visit) -> Response:
    """Everything signed that the home node holds of the person, in one archive."""
    files = fetch_own(visit.me)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
        for path, content in sorted(files.items()):
            opened.writestr(zipfile.ZipInfo(f"my-data/{path}", _EPOCH), content)
    headers = page_headers(signs=False, over_tls=visit.settings.over_tls)
    named = {"content-disposition": 'attachment; filename="my-data.zip"'}
    return Response(archive.getvalue(), media_type="application/zip", headers={**headers, **named})


def take_erasure(visit: Visit) -> Response:
    """Ask for it; an institution decides."""
    ground = visit.form.text("ground")
    errors = {}
    if ground not in ERASURE_GROUNDS:
        errors["ground"] = visit.gettext("Choose why.")
    if visit.form.text("sure") != "yes":
        errors["sure"] = visit.gettext("Tick the box if you are sure.")
    if errors:
        return _show(visit, errors, ground)
    state = ask_erasure(visit.me, ErasureBasis(ground))
    visit.open_session().values[_ERASURE] = state.name
    visit.say(visit.gettext("We have asked for it. Keep the number below: it stays good."))
    return visit.go("/my-data")


def show_follow(visit: Visit) -> Response:
    """A box for the number of an erasure: whoever is erased can sign in no more."""
    return visit.page("erasure_follow.html.j2", erasure=None, number="", names={})


def take_follow(visit: Visit) -> Response:
    """How far it is, for whoever has the number."""
    number = visit.form.text("number").lower().replace(" ", "").replace("-", "")
    try:
        state = _erasure(visit, _COLLECTION + number) if _NUMBER.fullmatch(number) else None
    except NotFoundError:
        state = None
    wrong = visit.gettext("We know no request with this number. Check it, or call us.")
    return visit.page(
        "erasure_follow.html.j2",
        erasure=state,
        number=number,
        names=_names(visit, state),
        errors=None if state else {"number": wrong},
    )


def _erasure(visit: Visit, name: str) -> ErasureView:
    return build_erasure(show_erasure(visit.settings.home(), name))


def _names(visit: Visit, state: ErasureView | None) -> Mapping[Place, str]:
    return names_of(visit, () if state is None else [one.place for one in state.recipients])


def _show(visit: Visit, errors: dict[str, str] | None = None, ground: str = "") -> Response:
    asked = visit.open_session().values.get(_ERASURE)
    state = _erasure(visit, asked) if isinstance(asked, str) else None
    return visit.page(
        "my_data.html.j2",
        errors=errors,
        grounds=tuple(ERASURE_GROUNDS),
        ground=ground,
        erasure=state,
        names=_names(visit, state),
    )


def build_erasure(state: erasures_service_pb2.ErasureState) -> ErasureView:
    """What a page shows of an erasure."""
    stage = erasures_service_pb2.ErasureStage.Name(state.stage)
    return ErasureView(
        number=state.name.removeprefix(_COLLECTION),
        stage=stage.removeprefix("ERASURE_STAGE_").lower(),
        citation=state.citation,
        recipients=tuple(
            RecipientView(
                place=(one.recipient.jurisdiction, one.recipient.institution),
                citation=one.citation,
                answered=bool(one.outcome),
                overdue=one.overdue,
            )
            for one in state.recipients
        ),
    )


PAGES: Final = (
    Page(path="/my-data", show=show_my_data),
    Page(path="/my-data/follow", show=show_follow, take=take_follow, signed_in=False),
    Page(path="/my-data/archive", take=take_away),
    Page(path="/my-data/erase", take=take_erasure),
)
