"""What all pages of the portal have in common."""

from dataclasses import replace

import pytest
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from agents.migrant.portal.app import create_app
from agents.migrant.portal.pages import Page
from agents.migrant.portal.routes import PAGES
from agents.migrant.portal.serving import write_fault
from agents.migrant.portal.settings import NOBODY, Settings
from agents.migrant.portal.visit import Visit
from agents.surroundings import Surroundings
from portability.errors import ConfigurationError
from tests.portal.browser import Browser
from tests.portal.conftest import HELP_DESK

ROUTES = """
GET /
GET /claims
GET /claims/{case}
GET /claims/{case}/give-up
GET /claims/{case}/objection/{decision}
GET /complaints
GET /complaints/follow
GET /complaints/new
GET /complaints/{complaint}
GET /confirm
GET /enrol
GET /enrol/device
GET /enrol/key
GET /exit
GET /help
GET /history
GET /history/{record}
GET /history/{record}/wrong
GET /keys
GET /keys/add
GET /keys/{key}/remove
GET /my-data
GET /my-data/follow
GET /permissions
GET /permissions/code
GET /permissions/{consent}
GET /permissions/{consent}/as/{form}
GET /permissions/{consent}/pause
GET /permissions/{consent}/receipt
GET /requests
GET /requests/{request}
GET /requests/{request}/less
GET /sign-in
GET /sign/{act}
GET /sign/{act}/document
GET /static/{name}
GET /stop
GET /who-looked
GET /who-looked/{receipt}
POST /claims/{case}/give-up
POST /claims/{case}/objection/{decision}
POST /complaints/follow
POST /complaints/new
POST /complaints/{complaint}/further
POST /confirm
POST /enrol
POST /enrol/device
POST /enrol/key
POST /history/{record}/wrong
POST /keys/add
POST /keys/{key}/remove
POST /my-data/archive
POST /my-data/erase
POST /my-data/follow
POST /permissions/code
POST /permissions/{consent}/pause
POST /permissions/{consent}/resume
POST /permissions/{consent}/stop
POST /requests/{request}/allow
POST /requests/{request}/less
POST /requests/{request}/refuse
POST /sign-in
POST /sign-out
POST /sign/{act}
POST /stop
"""


def test_the_first_page_is_small_and_says_where_help_is(browser: Browser) -> None:
    shown = browser.get("/")
    assert shown.status == 200
    assert HELP_DESK.phone in shown.page.only("footer").text
    assert len(shown.response.content) < 30_000


def test_a_path_that_does_not_exist_says_so_in_the_visitors_language(browser: Browser) -> None:
    shown = browser.get("/nothing", **{"accept-language": "es"})
    assert shown.status == 404
    assert shown.page.only("html").get("lang") == "es"


def test_the_list_of_pages_is_pinned(portal: Starlette) -> None:
    """A path that people have noted must not move; whoever adds one adds it here."""
    found = sorted(
        f"{method} {route.path}"
        for route in portal.routes
        if isinstance(route, Route)
        for method in sorted(route.methods or ())
        if method != "HEAD"
    )
    assert found == ROUTES.split("\n")[1:-1]


def test_a_fault_is_told_in_words_and_reported_without_its_text(
    settings: Settings, outside: Surroundings, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_: Visit) -> Response:
        raise ValueError("Rosa, 28/12345678-40")

    pages = (*PAGES, Page(path="/faulty", show=fail, signed_in=False))
    app = create_app(settings, outside, pages=pages, report=write_fault)
    with Browser(app=app, origin=settings.origin) as browser:
        shown = browser.get("/faulty")
    assert shown.status == 500
    assert shown.heading == "Something went wrong"
    told = capsys.readouterr().err
    assert '"path": "/faulty"' in told
    assert '"error_type": "ValueError"' in told
    assert "test_frame.py" in told
    assert "Rosa" not in told + shown.response.text


def test_pages_for_the_public_say_who_really_helps(settings: Settings) -> None:
    for desk in (
        NOBODY,
        replace(settings.help_desk, phone=NOBODY.phone),
        replace(settings.help_desk, office=NOBODY.office),
    ):
        with pytest.raises(ConfigurationError, match="--phone and --office"):
            replace(settings, help_desk=desk)
    replace(settings, help_desk=NOBODY, origin="http://localhost:8080")
