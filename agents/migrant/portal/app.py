"""The portal as an application: every request through one gate, every answer with its headers."""

from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from typing import Final

from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from agents.migrant.portal.failure_pages import SIGNED_OUT, failure_page
from agents.migrant.portal.forms import check_origin, check_token, read_form
from agents.migrant.portal.headers import COMMON, NEVER_KEPT, file_headers
from agents.migrant.portal.kept import forget_kept
from agents.migrant.portal.languages import by_tag, choose_language
from agents.migrant.portal.pages import Page
from agents.migrant.portal.refusals import ForeignForm, NothingHere, NotSignedIn, Refusal
from agents.migrant.portal.rendering import Rendering, StaticFiles
from agents.migrant.portal.routes import PAGES
from agents.migrant.portal.sessions import Sessions
from agents.migrant.portal.settings import Settings
from agents.migrant.portal.visit import WANTED, Visit
from agents.surroundings import Surroundings
from portability.errors import PortabilityError

LANGUAGE_PARAMETER: Final = "language"
_YEAR_SECONDS: Final = 31_536_000

Endpoint = Callable[[Request], Awaitable[Response]]
Report = Callable[[str, Exception], None]


def tell_nobody(_path: str, _error: Exception) -> None:
    """For those who watch otherwise, such as tests."""


def create_app(
    settings: Settings,
    outside: Surroundings,
    *,
    pages: Sequence[Page] = PAGES,
    report: Report = tell_nobody,
) -> Starlette:
    """
    The portal. Clock and randomness come with ``outside``, everything else with ``settings``.

    ``report`` is told of faults of this software: the path as pinned, and the error, whose text may
    be about a person. It keeps sessions in this process, so one process serves it.
    """
    static = StaticFiles()
    sessions = Sessions(now=outside.now, randomness=outside.randomness)
    portal = _Portal(
        settings, Rendering(settings.languages, settings.zone, static), sessions, static, report
    )
    routes = [Route(page.path, portal.endpoint(page), methods=list(page.methods)) for page in pages]
    app = Starlette(
        routes=[*routes, Route("/static/{name}", portal.file)],
        exception_handlers={HTTPException: portal.no_such_page},  # type: ignore[dict-item]  # narrower
    )
    app.state.sessions = sessions
    return app


class _Portal:
    """What all pages have in common."""

    def __init__(
        self,
        settings: Settings,
        rendering: Rendering,
        sessions: Sessions,
        static: StaticFiles,
        report: Report,
    ) -> None:
        self._report = report
        self._settings = settings
        self._rendering = rendering
        self._sessions = sessions
        self._static = static

    def endpoint(self, page: Page) -> Endpoint:
        async def answer(request: Request) -> Response:
            return await self._answer(page, request)

        return answer

    async def file(self, request: Request) -> Response:
        """A style sheet or the script."""
        found = self._static.find(request.path_params["name"])
        if found is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        content, kind = found
        headers = file_headers(over_tls=self._settings.over_tls)
        return Response(content, media_type=kind, headers=headers)

    async def no_such_page(self, request: Request, error: HTTPException) -> Response:
        """No such path, or no such method on it: the same page for both."""
        if self._is_elsewhere(request):
            return self._wrong_host()
        visit = self._visit(request, None)
        page = await run_in_threadpool(failure_page, visit, NothingHere())
        page.status_code = error.status_code
        return page

    async def _answer(self, page: Page, request: Request) -> Response:
        if self._is_elsewhere(request):
            return self._wrong_host()
        visit = self._visit(request, page)
        before = visit.who
        if request.method == "GET" and LANGUAGE_PARAMETER in request.query_params:
            return self._change_language(visit)
        try:
            if request.method == "POST":
                await self._take_form(visit)
            response = await run_in_threadpool(_handle, page, visit)
        except (Refusal, PortabilityError) as error:
            response = await run_in_threadpool(failure_page, visit, error)
        except Exception as error:  # noqa: BLE001  # told without its text, which may name a person
            self._report(page.path, error)
            response = await run_in_threadpool(failure_page, visit, error)
        self._name_session(visit, response)
        if before is not None and (request.method == "POST" or visit.who is None):
            forget_kept(before.token)  # something may have been done, or they signed out
        if visit.later is not None:
            response.background = BackgroundTask(visit.later)
        return response

    async def _take_form(self, visit: Visit) -> None:
        """Raises ForeignForm or BadForm unless a page of ours, of this session, sent the form."""
        check_origin(visit.request, self._settings.origin)
        form = await read_form(visit.request)
        if visit.session is None:
            raise ForeignForm
        check_token(form, visit.session.form_token)
        visit.form = form

    def _visit(self, request: Request, page: Page | None) -> Visit:
        name = request.cookies.get(self._settings.session_cookie, "")
        return Visit(
            settings=self._settings,
            rendering=self._rendering,
            sessions=self._sessions,
            request=request,
            language=choose_language(
                self._settings.languages,
                chosen=request.cookies.get(self._settings.language_cookie),
                accepted=request.headers.get("accept-language", ""),
            ),
            signs=page is not None and page.signs,
            is_shown=page is not None and page.show is not None,
            session=self._sessions.find(name) if name else None,
            session_name=name,
        )

    def _change_language(self, visit: Visit) -> Response:
        """Remember the language, and show the page that was asked for, in it."""
        wanted = visit.request.query_params[LANGUAGE_PARAMETER]
        response = visit.go(visit.path)
        if wanted in by_tag(self._settings.languages):
            response.set_cookie(
                self._settings.language_cookie,
                wanted,
                max_age=_YEAR_SECONDS,
                secure=self._settings.over_tls,
                httponly=True,
                samesite="lax",
            )
        return response

    def _name_session(self, visit: Visit, response: Response) -> None:
        """Tell the browser the new name of its session, or that there is none any more."""
        if not visit.is_renamed:
            return
        flags = {"secure": self._settings.over_tls, "httponly": True, "samesite": "lax"}
        if visit.session is None:
            response.delete_cookie(self._settings.session_cookie, **flags)  # type: ignore[arg-type]
        else:
            response.set_cookie(self._settings.session_cookie, visit.session_name, **flags)  # type: ignore[arg-type]

    def _is_elsewhere(self, request: Request) -> bool:
        """Whether the browser thinks that it talks to somebody else, such as another name of us."""
        return request.headers.get("host", "").lower() != self._settings.host

    def _wrong_host(self) -> Response:
        return Response(
            f"This address is not the portal's. Go to {self._settings.origin}\n",
            HTTPStatus.MISDIRECTED_REQUEST,
            media_type="text/plain",
            headers={**COMMON, **NEVER_KEPT},
        )


def _handle(page: Page, visit: Visit) -> Response:
    """Runs in a thread: pages call the node and wait for it."""
    handler = page.take if visit.request.method == "POST" else page.show
    if handler is None:
        raise NothingHere
    if page.signed_in and visit.who is None:
        if visit.has_lost_session:
            visit.say(visit.gettext(SIGNED_OUT))
        if page.show is not None:
            visit.open_session().values[WANTED] = visit.path
        raise NotSignedIn
    return handler(visit)
