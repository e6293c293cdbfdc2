"""One request to the portal: who asks, in what language, with what form, and how to answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from agents.migrant.home import Admitted
from agents.migrant.portal.forms import Form
from agents.migrant.portal.headers import page_headers
from agents.migrant.portal.languages import Language
from agents.migrant.portal.refusals import NotSignedIn
from agents.migrant.portal.rendering import Rendering
from agents.migrant.portal.sessions import Session, Sessions, SignedInAs
from agents.migrant.portal.settings import Settings

WANTED: Final = "wanted"
"""The path that a person asked for before they had to sign in."""


@dataclass(slots=True, kw_only=True)
class Visit:
    """
    What a page's functions get, and what they answer with.

    ``signs`` and ``is_shown`` say whether the page uses a passkey and whether GET answers it.
    ``session`` is None until a form or signing in needs one; ``form`` is empty for GET.
    ``is_afresh`` once what was kept for this person was let go of. ``later`` is done once the
    answer has gone out.
    """

    settings: Settings
    rendering: Rendering
    sessions: Sessions
    request: Request
    language: Language
    signs: bool
    is_shown: bool
    session: Session | None
    session_name: str
    form: Form = field(default_factory=Form)
    is_renamed: bool = False
    is_afresh: bool = False
    later: Callable[[], None] | None = None

    # --- reading ---------------------------------------------------------------------------------

    @property
    def path(self) -> str:
        return self.request.url.path

    @property
    def path_in_languages(self) -> str:
        """Where the page can be had in another language: itself, unless it only takes forms."""
        return self.path if self.is_shown else "/"

    def part(self, name: str) -> str:
        """A variable part of the path, as in ``/requests/{request}``."""
        found: str = self.request.path_params[name]
        return found

    @property
    def who(self) -> SignedInAs | None:
        return None if self.session is None else self.session.who

    @property
    def has_lost_session(self) -> bool:
        """Whether the browser names a session that has ended, unlike one that signed out."""
        return self.session is None and self.session_name != ""

    @property
    def me(self) -> Admitted:
        """The signed-in person at the home node, for the functions of ``agents.migrant.person``."""
        if self.who is None:
            raise NotSignedIn
        return Admitted(home=self.settings.home(), token=self.who.token, person=self.who.person)

    def gettext(self, text: str) -> str:
        return self.language.gettext(text)

    def ngettext(self, one: str, many: str, count: int) -> str:
        return self.language.ngettext(one, many, count)

    # --- the session -----------------------------------------------------------------------------

    def open_session(self) -> Session:
        """The session of this browser, begun now if there is none."""
        if self.session is None:
            self.session, self.session_name = self.sessions.start()
            self.is_renamed = True
        return self.session

    def sign_in(self, who: SignedInAs) -> None:
        """From here on this browser is that person's, under a new session name."""
        self.session, self.session_name = self.sessions.sign_in(self.session_name, who)
        self.is_renamed = True

    def sign_out(self) -> None:
        """Forget the session, and have the browser forget its name."""
        self.sessions.end(self.session_name)
        self.session, self.session_name = None, ""
        self.is_renamed = True

    def say(self, notice: str) -> None:
        """Tell something once, at the top of the next page."""
        self.open_session().notices.append(notice)

    # --- answering -------------------------------------------------------------------------------

    def page(
        self,
        template: str,
        values: Mapping[str, object] | None = None,
        *,
        status: int = HTTPStatus.OK,
        errors: Mapping[str, str] | None = None,
        **view: object,
    ) -> Response:
        """
        A page. ``values`` and ``view`` are what the template shows, no objects that do things.

        ``errors`` maps the id of a field to what is wrong with it: told in a summary at the top and
        beside the field.
        """
        if errors and status == HTTPStatus.OK:
            status = HTTPStatus.UNPROCESSABLE_ENTITY
        text = self.rendering.render(
            self, template, {**(values or {}), **view, "errors": dict(errors or {})}
        )
        headers = page_headers(signs=self.signs, over_tls=self.settings.over_tls)
        return Response(text, status, media_type="text/html", headers=headers)

    def too_late(self, path: str) -> Response:
        """For an act that is over, from an old page or window: ``path`` shows how it stands."""
        self.say(self.gettext("That is not possible any more. Below you see how it stands."))
        return self.go(path)

    def go(self, path: str) -> Response:
        """See the other page; ``path`` is one of ours, never what somebody sent."""
        headers = page_headers(signs=False, over_tls=self.settings.over_tls)
        return RedirectResponse(path, HTTPStatus.SEE_OTHER, headers=headers)
