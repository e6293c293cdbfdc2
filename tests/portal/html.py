"""Pages as trees, and what must be true of every one of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from starlette.routing import Match
from tinyhtml5.parser import HTMLParser

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element as Node

    import httpx
    from starlette.applications import Starlette

TOKEN: Final = "form_token"
_SPACE: Final = re.compile(r"\s+")
_LABELLED: Final = ("input", "textarea", "select")
_POLICY: Final = (
    "default-src 'none'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
)


@dataclass(frozen=True)
class Element:
    """One element, looked at as tests do."""

    node: Node

    @property
    def tag(self) -> str:
        return self.node.tag

    @property
    def text(self) -> str:
        """All text in it, with single spaces."""
        return _SPACE.sub(" ", "".join(self.node.itertext())).strip()

    def get(self, name: str) -> str:
        return self.node.get(name, "")

    def has(self, name: str) -> bool:
        return name in self.node.attrib

    def all(self, *tags: str, **attributes: str) -> list[Element]:
        """Elements inside with one of these tags, whose attributes have these values."""
        return [
            Element(node)
            for node in self.node.iter()
            if isinstance(node.tag, str)
            and (not tags or node.tag in tags)
            and all(node.get(name.rstrip("_")) == value for name, value in attributes.items())
        ]

    def only(self, *tags: str, **attributes: str) -> Element:
        found = self.all(*tags, **attributes)
        assert len(found) == 1, f"{len(found)} elements are {tags} {attributes}"
        return found[0]

    def fields(self) -> dict[str, list[str]]:
        """What a form would send if nothing were touched."""
        found: dict[str, list[str]] = {}
        for one in self.all("input", "textarea"):
            if one.get("type") in {"checkbox", "radio"} and not one.has("checked"):
                continue
            value = one.node.text or "" if one.tag == "textarea" else one.get("value")
            found.setdefault(one.get("name"), []).append(value)
        for one in self.all("select"):
            chosen = [option for option in one.all("option") if option.has("selected")]
            options = chosen or one.all("option")[:1]
            found[one.get("name")] = [option.get("value") for option in options]
        return found

    def button(self, text: str | None) -> Element | None:
        """The button with that text; the first where none is named."""
        buttons = self.all("button")
        if text is None:
            return buttons[0] if buttons else None
        return next(one for one in buttons if one.text == text)


class Document(Element):
    """A whole page."""

    @property
    def is_right_to_left(self) -> bool:
        return self.only("html").get("dir") == "rtl"


def parse(source: bytes) -> Document:
    """A page as a tree; strict: whatever a browser would have to mend is an error."""
    parser = HTMLParser(namespace_html_elements=False)
    tree = parser.parse(source.decode("utf-8"))
    assert not parser.errors, [(place, kind, details) for place, kind, details in parser.errors]
    return Document(tree)


def lint(page: Document, response: httpx.Response, app: Starlette) -> None:
    """Raise AssertionError unless the page keeps what every page must keep."""
    _check_title(page, response.status_code)
    _check_ids(page)
    _check_labels(page)
    _check_forms(page, app)
    _check_links(page, app)
    _check_policy(page, response)


def _check_title(page: Document, status: int) -> None:
    """The title begins with the heading, of which there is one; after `Error:` if there are any."""
    heading, title = page.only("h1").text, page.only("title").text
    assert heading, "the heading is empty"
    has_errors = bool(page.all(id="errors"))
    assert heading in title, (heading, title)
    assert title.startswith(heading) != has_errors, (heading, title, status)
    html = page.only("html")
    assert html.get("lang"), "the page does not say its language"
    assert html.get("dir") in {"ltr", "rtl"}


def _check_ids(page: Document) -> None:
    ids = [one.get("id") for one in page.all() if one.has("id")]
    assert len(ids) == len(set(ids)), sorted(one for one in ids if ids.count(one) > 1)
    for name in ("aria-describedby", "aria-labelledby", "aria-controls"):
        for one in page.all():
            named = one.get(name).split()
            assert set(named) <= set(ids), f"{name} names what is not there: {named}"


def _check_labels(page: Document) -> None:
    labelled = {one.get("for") for one in page.all("label")}
    for one in page.all(*_LABELLED):
        if one.get("type") != "hidden":
            assert one.get("id") in labelled, f"no label for {one.get('name')}"
    for one in page.all("a", "button"):
        assert one.text or one.get("aria-label"), "a link or button says nothing"
    for one in page.all("svg"):
        is_named = one.get("aria-labelledby") or one.get("aria-label")
        assert is_named or one.get("aria-hidden") == "true", "a picture says nothing"


def _check_forms(page: Document, app: Starlette) -> None:
    for form in page.all("form"):
        target = form.get("action")
        method = form.get("method").upper() or "GET"
        assert is_answered(app, method, target), f"nothing answers {method} {target}"
        if method == "POST":
            assert len(form.all("input", name=TOKEN)) == 1, f"{target}: no token against forgery"


def _check_links(page: Document, app: Starlette) -> None:
    ids = {one.get("id") for one in page.all()}
    for link in page.all("a", "link", "script"):
        target = link.get("href") or link.get("src")
        assert target, "a link leads nowhere"
        parts = urlsplit(target)
        if parts.scheme == "tel":
            continue
        assert not parts.scheme, f"a link leaves the portal: {target}"
        assert not parts.netloc, f"a link leaves the portal: {target}"
        if parts.path:
            assert is_answered(app, "GET", parts.path), f"nothing answers {target}"
        elif parts.fragment:
            assert parts.fragment in ids, f"nothing has the id {parts.fragment}"


def _check_policy(page: Document, response: httpx.Response) -> None:
    policy = response.headers["content-security-policy"]
    for rule in _POLICY:
        assert rule in policy, policy
    assert "unsafe" not in policy
    assert response.headers["cache-control"] == "no-store"
    for one in page.all():
        assert not one.has("style"), "a style attribute, which the policy forbids"
        handlers = [name for name in one.node.attrib if name.lower().startswith("on")]
        assert not handlers, handlers
    for script in page.all("script"):
        assert script.get("src"), "a script inside of the page"
        assert not script.text
        assert "script-src 'self'" in policy
    assert not page.all("style"), "a style sheet inside of the page"


def is_answered(app: Starlette, method: str, path: str) -> bool:
    """Whether the portal has a page there."""
    scope = {"type": "http", "method": method, "path": path, "root_path": "", "headers": []}
    return any(route.matches(scope)[0] is Match.FULL for route in app.routes)
