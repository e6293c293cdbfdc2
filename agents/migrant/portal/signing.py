"""
One document, shown as it is, and signed with a passkey: the same page for every kind of act.

A journey prepares the document and leaves it here; each stands for itself under its own id, so that
two tabs do not mix. The page recomputes the hash before it signs; the node checks everything again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Final

from starlette.responses import Response

from agents.migrant.acts import ToSign
from agents.migrant.home import Admitted
from agents.migrant.portal.credentials import read_assertion_fields
from agents.migrant.portal.headers import page_headers
from agents.migrant.portal.pages import Page
from agents.migrant.portal.refusals import NothingHere
from agents.migrant.portal.visit import Visit
from portability.consent.passkey import Assertion
from portability.errors import InvalidInputError, PreconditionError, SignatureError
from portability.ledger.encoding import encode_base64url

ACTS: Final = "acts"
MOST_ACTS: Final = 8

Record = Callable[[Admitted, ToSign, Assertion, bytes], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """
    A document that waits for a signature.

    ``template`` with ``view`` says in words what it does; ``record`` hands it in at the node.
    ``back`` is where to go without signing, ``done`` where afterwards, with ``said`` at the top;
    ``done_at`` says where by what ``record`` gave, if that is known only then.
    """

    prepared: ToSign
    template: str
    view: Mapping[str, object]
    record: Record
    back: str
    done: str
    said: str
    done_at: Callable[[object], str] | None = None
    notice: str = ""
    notice_language: str = ""
    is_done: bool = False


def ask_to_sign(visit: Visit, act: Act) -> Response:
    """Go to the page on which this document can be signed."""
    name = act.prepared.id.hex()
    kept = {key: one for key, one in _acts(visit).items() if key != name}
    newest = dict(list(kept.items())[1 - MOST_ACTS :])
    visit.open_session().values[ACTS] = {**newest, name: act}
    return visit.go(f"/sign/{name}")


def show_sign(visit: Visit) -> Response:
    """What the document does, the document itself, its check code, and the button."""
    act = _acts(visit).get(visit.part("act"))
    if act is None:
        return _begin_again(visit)
    return visit.go(act.done) if act.is_done else _page(visit, act)


def show_document(visit: Visit) -> Response:
    """The exact bytes, for the script that recomputes their hash."""
    headers = page_headers(signs=False, over_tls=visit.settings.over_tls)
    return Response(_act(visit).prepared.document, media_type="application/json", headers=headers)


def take_sign(visit: Visit) -> Response:
    """Hand in what the passkey signed; a second time gives the first answer."""
    act = _acts(visit).get(visit.part("act"))
    if act is None:
        return _begin_again(visit)
    if act.is_done:
        return visit.go(act.done)
    try:
        assertion, user_handle = read_assertion_fields(visit.form)
        made = act.record(visit.me, act.prepared, assertion, user_handle)
    except InvalidInputError:
        problem = visit.gettext("Nothing was signed: your device did not answer. Try again.")
        return _page(visit, act, problem)
    except SignatureError:
        problem = visit.gettext("Nothing was signed: this key cannot sign it. Use another one.")
        return _page(visit, act, problem)
    except PreconditionError:
        return visit.page("sign_again.html.j2", status=409, back=act.back)
    name = act.prepared.id.hex()
    done = act.done if act.done_at is None else act.done_at(made)
    visit.open_session().values[ACTS] = {
        **_acts(visit),
        name: replace(act, is_done=True, done=done),
    }
    visit.say(visit.gettext(act.said))
    return visit.go(done)


def _acts(visit: Visit) -> dict[str, Act]:
    found = visit.open_session().values.get(ACTS)
    return found if isinstance(found, dict) else {}


def _act(visit: Visit) -> Act:
    act = _acts(visit).get(visit.part("act"))
    if act is None:
        raise NothingHere
    return act


def _begin_again(visit: Visit) -> Response:
    """Of a session that ended, or of nobody: which of them is not told."""
    return visit.page("sign_again.html.j2", status=HTTPStatus.NOT_FOUND, back="/")


def _page(visit: Visit, act: Act, problem: str = "") -> Response:
    prepared = act.prepared
    return visit.page(
        act.template,
        act.view,
        errors={"sign": problem} if problem else None,
        act_path=f"/sign/{prepared.id.hex()}",
        back=act.back,
        notice=act.notice,
        notice_language=act.notice_language,
        document=prepared.document.decode("utf-8", "strict"),
        payload_type=prepared.payload_type,
        challenge=encode_base64url(prepared.id),
        check_code=prepared.check_code,
        has_receipt=bool(act.notice),
        credentials=" ".join(encode_base64url(one) for one in prepared.credential_ids),
        relying_party_id=visit.settings.relying_party_id,
    )


PAGES: Final = (
    Page(path="/sign/{act}", show=show_sign, take=take_sign, signs=True),
    Page(path="/sign/{act}/document", show=show_document),
)
