"""
The reading pages in a real Chromium: two engines for accessibility, and what both miss.

Sources of the checks of our own:
WCAG 2.2 (2.4.11 focus not obscured, 2.5.8 target size, 3.2.6 consistent help, 1.4.10 reflow).
"""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route, StorageState, expect

from agents.migrant.portal.languages import TAGS, shipped_languages
from agents.migrant.portal.settings import Settings
from portability.node.development.federation import pick_ports
from tests.conftest import PROJECT_ROOT, FixedClock
from tests.portal.chromium import open_browser, served
from tests.portal.conftest import HELP_DESK
from tests.portal.engines import NARROW, RULES, open_engines, open_page, sniffer
from tests.portal.reading import SIGN_IN, Story, claim_again, open_portal, open_story

STATIC = PROJECT_ROOT / "agents" / "migrant" / "portal" / "static"
TEMPLATES = STATIC.parent / "templates"
SMALLEST = 24
"""CSS pixels of a target (WCAG 2.2, 2.5.8)."""

PHYSICAL = re.compile(
    r"(?<![-\w])(?:(?:margin|padding|border|inset|scroll-margin|scroll-padding)-(?:left|right)"
    r"|left|right|float|clear|text-align:\s*(?:left|right))\s*:",
)

SNIFF = """() => new Promise(done => HTMLCS.process("WCAG2AA", document, () => done(
    HTMLCS.getMessages().filter(one => one.type === HTMLCS.ERROR).map(one =>
        one.code + " " + one.msg + " " + one.element.outerHTML.slice(0, 120)))))"""


@dataclass(frozen=True)
class Place:
    """
    Where the portal is, its pages by name, and the cookies of the session in which they are there.
    """

    origin: str
    paths: dict[str, str]
    cookies: StorageState

    def open(self, page: Page, path: str) -> None:
        """Go to a page, and be sure that it is the one."""
        open_page(page, self.origin, path)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with open_browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def place(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    randomness = random.Random(20260302).randbytes  # noqa: S311  # seeded on purpose
    (port,) = pick_ports(1)
    folder = tmp_path_factory.mktemp("story")
    with open_story(folder, FixedClock(), randomness) as story:
        settings = Settings(
            origin=f"http://localhost:{port}",
            home=lambda: story.home,
            languages=shipped_languages(),
            help_desk=HELP_DESK,
        )
        with served(open_portal(story, settings), port):
            yield _place(chromium, settings.origin, story)


def _place(chromium: Browser, origin: str, story: Story) -> Place:
    """
    Every reading page, also those that are there only once something was done.

    What waits for a signature is there in the session that prepared it, and in no other.
    """
    page = chromium.new_context().new_page()
    page.goto(origin + SIGN_IN)
    page.goto(f"{origin}/complaints/new?topic=delay&against=FR/cnav")
    page.fill("#text", "Two years already.")
    page.click("main button")
    expect(page.locator(".notice[role=status]")).to_be_visible()
    complaint = page.url.removeprefix(origin)
    claim = f"/claims/{story.case}"
    page.goto(origin + claim)
    objection = page.locator("a[href*='/objection/']").first.get_attribute("href") or ""
    page.goto(origin + objection)
    page.check("#grounds")
    page.click("main button")
    expect(page.locator("#check-code")).to_be_visible()
    signing = page.url.removeprefix(origin)
    given_up = f"/claims/{story.loop.run(claim_again(story.federation, story.rosa))}/give-up"
    page.goto(origin + given_up)
    page.click("main button")
    expect(page.locator("#check-code")).to_be_visible()
    signing_end = page.url.removeprefix(origin)
    page.goto(f"{origin}/history")
    span = page.locator("td a").first.get_attribute("href") or ""
    page.goto(f"{origin}{span}/wrong")
    page.check("#grounds")
    page.fill("#text", "From March on.")
    page.click("main button")
    expect(page.locator("#check-code")).to_be_visible()
    signing_wrong = page.url.removeprefix(origin)
    page.goto(f"{origin}/who-looked")
    receipt = page.locator(".links a").first.get_attribute("href") or ""
    cookies = page.context.storage_state()
    page.context.close()
    paths = {
        "history": "/history",
        "span": span,
        "wrong": f"{span}/wrong",
        "sign wrong": signing_wrong,
        "who-looked": "/who-looked",
        "receipt": receipt,
        "claims": "/claims",
        "claim": claim,
        "objection": objection,
        "sign objection": signing,
        "give up": given_up,
        "sign give up": signing_end,
        "complaints": "/complaints",
        "complaint": complaint,
        "new complaint": "/complaints/new",
        "follow": "/complaints/follow",
        "my data": "/my-data",
        "follow erasing": "/my-data/follow",
        "start": "/",
        "help": "/help",
    }
    return Place(origin, paths, cookies)


@pytest.fixture
def page(chromium: Browser, place: Place) -> Iterator[Page]:
    with Window(chromium, place) as opened:
        yield opened


class Window:
    """A window in which Rosa is signed in, and about to sign."""

    def __init__(self, chromium: Browser, place: Place, **options: Any) -> None:
        self._context = chromium.new_context(
            bypass_csp=True, reduced_motion="reduce", storage_state=place.cookies, **options
        )

    def __enter__(self) -> Page:
        return self._context.new_page()

    def __exit__(self, *_: object) -> None:
        self._context.close()


@pytest.mark.parametrize("tag", TAGS)
def test_two_engines_find_nothing_on_any_page_and_none_scrolls_sideways(
    page: Page, place: Place, tag: str
) -> None:
    engines = open_engines(page, place.origin, tag)
    assert [one for path in place.paths.values() for one in engines.look_at(path)] == []


def test_both_engines_see_what_is_wrong(page: Page, place: Place) -> None:
    def spoil(route: Route) -> None:
        wrong = '<img src="x"><p class="hint"><font color="#eee">pale</font></p><main>'
        wrong += '<table style="inline-size:50rem"><tr><td>wide</td></tr></table>'
        body = route.fetch().text().replace("<main", f"{wrong}</main><main", 1)
        route.fulfill(body=body, content_type="text/html")

    engines = open_engines(page, place.origin, "en")
    page.route("**/help", spoil)
    found = " ".join(engines.look_at("/help"))
    for part in ("sideways", "axe image-alt", "axe color-contrast", "sniffer", "H37"):
        assert part in found


def test_a_page_that_is_not_there_or_leads_elsewhere_is_not_looked_at(
    page: Page, place: Place
) -> None:
    engines = open_engines(page, place.origin, "en")
    assert engines.look_at("/sign/0") == ["/sign/0 in en: answered with 404"]
    (elsewhere,) = engines.look_at("/sign-in")
    assert "led to" in elsewhere
    for path in ("/sign/0", "/sign-in"):
        with pytest.raises(AssertionError):
            open_page(page, place.origin, path)


def test_a_form_with_mistakes_tells_them_to_both_engines(page: Page, place: Place) -> None:
    page.goto(f"{place.origin}/complaints/new")
    page.click("main button")
    expect(page.locator("#errors")).to_be_visible()
    assert page.title().startswith("Error:")
    for link in page.locator("#errors a").all():
        assert page.locator(link.get_attribute("href") or "#none").count() == 1
    result = Axe().run(page, options={"resultTypes": ["violations"], "runOnly": RULES})
    assert result.violations_count == 0, result.generate_report()
    page.evaluate(sniffer())
    assert page.evaluate(SNIFF) == []


def test_what_has_the_focus_is_seen_and_nothing_lies_over_it(
    chromium: Browser, place: Place
) -> None:
    where = """() => { const one = document.activeElement;
        if (one === document.body) return null;
        const box = one.getBoundingClientRect();
        const middle = (Math.max(box.top, 0) + Math.min(box.bottom, innerHeight)) / 2;
        const top = document.elementFromPoint(box.x + box.width / 2, middle);
        return {tag: one.tagName, seen: box.height > 0 && box.bottom > 0 && box.top < innerHeight,
                clear: one.contains(top) || (top !== null && top.contains(one))}; }"""
    with Window(chromium, place, viewport=NARROW) as page:
        for path in place.paths.values():
            place.open(page, path)
            for _ in range(200):
                page.keyboard.press("Tab")
                found = page.evaluate(where)
                if found is None:
                    break
                assert found["seen"], (path, found)
                assert found["clear"], (path, found)
            else:
                raise AssertionError(f"the keyboard does not get to the end of {path}")


def test_every_target_outside_of_sentences_is_large_enough(chromium: Browser, place: Place) -> None:
    small = """least => [...document.querySelectorAll('a, button, input, select, summary')]
        .filter(one => !one.closest('p, td, dd, li:has(> :not(a))') && one.type !== 'hidden')
        .filter(one => !one.matches('.skip'))
        .map(one => [one.outerHTML.slice(0, 80), one.getBoundingClientRect()])
        .filter(([, box]) => box.width > 0 && (box.width < least || box.height < least))
        .map(([text, box]) => text + ' ' + box.width + 'x' + box.height)"""
    with Window(chromium, place, viewport=NARROW) as page:
        for path in place.paths.values():
            place.open(page, path)
            assert page.evaluate(small, SMALLEST) == [], path


def test_help_is_the_same_and_in_the_same_place_on_every_page(page: Page, place: Place) -> None:
    told = set()
    for path in place.paths.values():
        place.open(page, path)
        told.add(page.locator("footer").inner_text())
        assert page.evaluate("document.body.lastElementChild.tagName") == "FOOTER"
    assert len(told) == 1


def test_what_was_said_on_the_page_before_is_not_asked_again(page: Page, place: Place) -> None:
    page.goto(place.origin + place.paths["wrong"])
    page.click("main a[href^='/complaints/new']")
    assert page.locator("input[name=topic]:checked").get_attribute("value") == "record"
    assert page.locator("#against").input_value() == "FR/cnav"
    assert page.locator("input[name=about]").input_value()


def test_marks_are_on_the_side_where_reading_begins(page: Page, place: Place) -> None:
    """Boxes, bars and arrows: what is painted sits to the right of its text in Arabic."""
    side = """selector => { const mark = document.querySelector(selector + ' input'),
        text = document.querySelector(selector + ' label');
        return mark.getBoundingClientRect().x > text.getBoundingClientRect().x; }"""
    for tag, expected in (("en", False), ("ar", True)):
        page.goto(f"{place.origin}/?language={tag}")
        page.goto(f"{place.origin}/complaints/new")
        assert page.evaluate(side, ".choice") is expected
        page.goto(place.origin + place.paths["complaint"])
        borders = page.evaluate(
            "() => { const one = getComputedStyle(document.querySelector('p.notice'));"
            " return [one.borderLeftWidth, one.borderRightWidth]; }"
        )
        assert (float(borders[1][:-2]) > float(borders[0][:-2])) is expected
        page.goto(f"{place.origin}/history")
        spain, first_in_france, *_ = page.evaluate(
            "() => [...document.querySelectorAll('.timeline .bar')]"
            ".map(one => one.getBoundingClientRect().x)"
        )
        assert (spain < first_in_france) is expected  # she worked in France first


def test_every_table_becomes_cards_on_a_phone_and_each_cell_says_what_it_is() -> None:
    """A table that scrolls there hides its last column, which says what came of it."""
    found = [
        tag
        for path in sorted(TEMPLATES.glob("*.j2"))
        for tag in re.findall(r"<(?:table|td)\b[^>]*>", path.read_text("utf-8"))
    ]
    assert found
    assert [one for one in found if 'class="stacked"' not in one and "data-label=" not in one] == []


def test_no_style_has_a_left_or_a_right() -> None:
    for sheet in sorted(STATIC.glob("*.css")):
        text = re.sub(r"/\*.*?\*/", "", sheet.read_text("utf-8"), flags=re.DOTALL)
        assert PHYSICAL.findall(text) == [], sheet.name


def test_the_check_for_left_and_right_sees_them() -> None:
    for wrong in ("margin-left: 0", "left:0", "float: right", "text-align: left"):
        assert PHYSICAL.search(f"a {{ {wrong}; }}") or "text-align" in wrong
    assert PHYSICAL.search("p { padding-inline-start: 1rem }") is None
