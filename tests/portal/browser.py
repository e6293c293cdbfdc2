"""
A browser without a window: cookies, forms and redirects, and every page that it gets is linted.

It speaks to the application itself, so that a test of a page takes milliseconds. What only a real
browser shows is tested with Chromium.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import urlencode, urljoin, urlsplit

import httpx

from tests.portal.html import Document, Element, lint, parse

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from starlette.applications import Starlette

MAX_REDIRECTS: Final = 5


@dataclass(kw_only=True)
class Shown:
    """An answer, and the page in it if it is one."""

    response: httpx.Response
    document: Document | None

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def path(self) -> str:
        return self.response.request.url.path

    @property
    def page(self) -> Document:
        assert self.document is not None, self.response.text
        return self.document

    @property
    def heading(self) -> str:
        return self.page.only("h1").text


@dataclass(kw_only=True)
class Browser:
    """Use as a context manager: ``with Browser(app=app, origin=...) as browser``."""

    app: Starlette
    origin: str
    headers: dict[str, str] = field(default_factory=dict)
    last: Shown | None = None

    def __enter__(self) -> Self:
        self._runner = asyncio.Runner()
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=self.app),
            base_url=self.origin,
            follow_redirects=False,
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._runner.run(self._client.aclose())
        self._runner.close()

    @property
    def cookies(self) -> httpx.Cookies:
        return self._client.cookies

    @property
    def shown(self) -> Shown:
        assert self.last is not None
        return self.last

    def get(self, path: str, *, follow: bool = True, **headers: str) -> Shown:
        return self.send("GET", path, follow=follow, headers=headers)

    def post(
        self,
        path: str,
        fields: Mapping[str, str | list[str]],
        *,
        follow: bool = True,
        headers: Mapping[str, str] | None = None,
    ) -> Shown:
        """Send a form as a page of the portal would; ``headers`` overrides what browsers add."""
        sent = {"origin": self.origin, **(headers or {})}
        body = urlencode(fields, doseq=True).encode("ascii")
        kind = {"content-type": "application/x-www-form-urlencoded"}
        return self.send("POST", path, follow=follow, headers={**kind, **sent}, body=body)

    def submit(
        self,
        changes: Mapping[str, str | list[str]] | None = None,
        *,
        action: str | None = None,
        button: str | None = None,
        follow: bool = True,
    ) -> Shown:
        """
        Send the form of the page that is shown, filled in with ``changes``.

        ``action`` tells which, where there are several. An empty list unticks every box of a name.
        """
        form = self.form(action)
        fields: dict[str, str | list[str]] = dict(form.fields())
        pressed = form.button(button)
        if pressed is not None and pressed.get("name"):
            fields[pressed.get("name")] = pressed.get("value")
        fields.update(changes or {})
        target = urljoin(self.shown.path, form.get("action") or self.shown.path)
        return self.post(target, fields, follow=follow)

    def form(self, action: str | None = None) -> Element:
        forms = [
            one
            for one in self.shown.page.all("form")
            if (one.get("action") != "/sign-out" if action is None else one.get("action") == action)
        ]
        assert len(forms) == 1, f"{len(forms)} forms match on {self.shown.path}"
        return forms[0]

    def send(
        self,
        method: str,
        path: str,
        *,
        follow: bool,
        headers: Mapping[str, str],
        body: bytes | None = None,
    ) -> Shown:
        response = self._send(method, path, {**self.headers, **headers}, body)
        for _ in range(MAX_REDIRECTS):
            place = response.headers.get("location", "")
            if not follow or response.status_code not in range(300, 400):
                break
            if urlsplit(urljoin(self.origin, place)).netloc != urlsplit(self.origin).netloc:
                break  # another site, which we do not visit
            response = self._send("GET", place, self.headers, None)
        self.last = Shown(response=response, document=self._lint(response))
        return self.last

    def _send(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None
    ) -> httpx.Response:
        return self._runner.run(
            self._client.request(method, path, headers=dict(headers), content=body)
        )

    def _lint(self, response: httpx.Response) -> Document | None:
        if not response.headers.get("content-type", "").startswith("text/html"):
            return None
        document = parse(response.content)
        lint(document, response, self.app)
        return document
