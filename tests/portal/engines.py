"""
Two engines for accessibility in one window: pages are fetched and exchanged under them.

To open a page and put two large scripts into it takes many times as long as to look at it, and
there are dozens of pages in each language. Here the scripts stay, and the body of each page takes
the place of the one before, with its title, language and direction, under the same style sheet.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.judges.foreign import npm_judges

if TYPE_CHECKING:
    from collections.abc import Mapping

    from playwright.sync_api import Page

SNIFFER: Final = Path("node_modules") / "html_codesniffer" / "build" / "HTMLCS.js"
NARROW: Final = {"width": 320, "height": 640}
"""A small telephone, which is also what 400 % zoom leaves of a screen of 1280."""

RULES: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SCHEMES: Final[Mapping[str, str]] = {"en": "light", "ar": "dark"}
"""
Where colours are looked at, and which: no rule of the style sheet asks for the language, so that
they are the same in the others, and looking at them takes most of the time.
"""

NOWHERE: Final = "/nothing-here"
"""The one path where the page that there is none is what is looked at."""

_LOOK: Final = """async ([path, expected, colours, rules]) => {
  const answer = await fetch(path);
  if (answer.status !== expected) return ['answered with ' + answer.status];
  if (answer.redirected) return ['led to ' + answer.url];
  const other = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const sheets = from => [...from.querySelectorAll('link[rel=stylesheet]')].map(one => one.href);
  if (String(sheets(other)) !== String(sheets(document))) return ['another style sheet'];
  for (const name of ['lang', 'dir'])
    document.documentElement.setAttribute(name, other.documentElement.getAttribute(name));
  document.title = other.title;
  document.body.replaceWith(document.adoptNode(other.body));
  document.querySelectorAll('details').forEach(one => one.open = true);
  const found = [];
  if (document.documentElement.scrollWidth > innerWidth)
    found.push('sideways: ' + document.documentElement.scrollWidth);
  const seen = await axe.run(document, {resultTypes: ['violations'], runOnly: rules,
    rules: {'color-contrast': {enabled: colours}}});
  for (const one of seen.violations) for (const node of one.nodes)
    found.push('axe ' + one.id + ': ' + node.html.slice(0, 120) + ' ' + node.failureSummary);
  await new Promise(done => HTMLCS.process('WCAG2AA', document, done));
  for (const one of HTMLCS.getMessages()) if (one.type === HTMLCS.ERROR)
    found.push('sniffer ' + one.code + ': ' + one.msg + ' ' +
      one.element.outerHTML.slice(0, 120));
  return found;
}"""


@dataclass(frozen=True)
class Engines:
    """
    A window with both; use ``open_engines``. It must have been opened without the pages' policy,
    which would let no engine in.
    """

    page: Page
    tag: str

    def look_at(self, path: str) -> list[str]:
        """What is wrong with a page, if it is answered at all, and whether it scrolls sideways."""
        colours = self.tag in SCHEMES
        found: list[str] = self.page.evaluate(_LOOK, [path, answer_to(path), colours, RULES])
        return [f"{path} in {self.tag}: {one}" for one in found]


def open_engines(page: Page, origin: str, tag: str) -> Engines:
    """Both engines in this window, in that language; skips where the second is not installed."""
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    page.emulate_media(reduced_motion="reduce", color_scheme=SCHEMES.get(tag, "light"))  # type: ignore[arg-type]
    page.goto(f"{origin}/?language={tag}")
    page.evaluate(Axe().axe_script)
    page.evaluate(sniffer())
    return Engines(page, tag)


def open_page(page: Page, origin: str, path: str) -> None:
    """Go to a page, and be sure that it is the one, and no failure or another one."""
    answer = page.goto(origin + path)
    assert answer is not None
    assert (answer.status, page.url) == (answer_to(path), origin + path), path


def answer_to(path: str) -> int:
    """The status that a page must come with: whoever looks at a failure looks at nothing."""
    return HTTPStatus.NOT_FOUND if path == NOWHERE else HTTPStatus.OK


def sniffer() -> str:
    """HTML_CodeSniffer, which comes with the judges of npm."""
    found = npm_judges() / SNIFFER
    if not found.is_file():
        pytest.skip("the npm judges are not installed: `npm ci` in tests/judges/npm")
    return found.read_text("utf-8")
