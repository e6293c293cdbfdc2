"""The journeys in a real Chromium with a virtual authenticator, as the person goes through them."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from agents.migrant.portal.languages import TAGS
from tests.portal.chromium import Window, open_browser, open_window, served
from tests.portal.engines import NOWHERE, open_engines, open_page
from tests.portal.world import HELP_DESK, World, open_world

PUBLIC = ("/help", "/sign-in", "/enrol", "/stop", "/confirm", "/complaints/follow", NOWHERE)
OWN = (
    "/",
    "/requests",
    "/requests/{asked}",
    "/requests/{asked}/less",
    "/permissions",
    "/permissions/{given}",
    "/permissions/{given}/receipt",
    "/permissions/{given}/pause",
    "/permissions/code",
    "/permissions/{ended}",
    "/requests/{told}",
    "/keys",
    "/keys/add",
    "{removal}",
    "{allowing}",
    "{stopping}",
    "/enrol/device",
    "/enrol/key",
)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with open_browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def world(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    del chromium  # looked for first: without it nothing needs to run
    with (
        open_world(tmp_path_factory.mktemp("portal")) as opened,
        served(opened.app(), opened.port),
    ):
        yield opened


@pytest.fixture
def window(chromium: Browser, world: World) -> Iterator[Window]:
    with open_window(chromium, world) as opened:
        yield opened


@pytest.fixture(scope="module")
def settled(chromium: Browser, world: World) -> Iterator[tuple[Window, dict[str, str]]]:
    """A person who has done a bit of everything, and is about to do more."""
    with open_window(chromium, world) as window:
        person = world.person()
        window.enrol(person)
        given = allow(window, world.ask(person, first_year=1990))
        ended = allow(window, world.ask(person, first_year=1985))
        window.open(f"/permissions/{ended}")
        window.press("Stop it")
        window.sign()
        window.page.wait_for_url("**/permissions/*")
        asked = world.ask(person).hex()
        names = {"asked": asked, "given": given, "ended": ended, "told": world.tell(person).hex()}
        window.open(f"/requests/{asked}")
        window.press("Allow this")
        names["allowing"] = window.page.url.removeprefix(world.origin)
        window.open(f"/permissions/{given}")
        window.press("Stop it")
        names["stopping"] = window.page.url.removeprefix(world.origin)
        window.open("/keys")
        names["removal"] = window.page.locator("a[href$=remove]").get_attribute("href") or ""
        window.open("/enrol")
        window.page.fill("#code", world.code(person))
        window.page.click("main button")
        yield window, names


def allow(window: Window, asked: bytes) -> str:
    """Allow a request as it is; the permission's name."""
    window.open(f"/requests/{asked.hex()}")
    window.press("Allow this")
    window.sign()
    window.page.wait_for_url("**/receipt")
    return window.page.url.split("/")[-2]


def paths(names: dict[str, str]) -> list[str]:
    return [path.format(**names) for path in OWN]


def test_a_person_refuses_narrows_grants_pauses_resumes_and_withdraws(
    window: Window, world: World
) -> None:
    person = world.person()
    window.enrol(person)
    page = window.page
    refused = world.ask(person)
    window.open(f"/requests/{refused.hex()}")
    window.press("Say no")
    window.sign()
    expect(page.locator(".notice")).to_contain_text("You said no")

    asked = world.ask(person)
    window.open(f"/requests/{asked.hex()}/less")
    page.get_by_label("insurance scheme").check()
    page.get_by_label("keep it").check()
    page.fill("#max_uses", "2")
    window.press("Continue")
    expect(page.locator("dl")).not_to_contain_text("insurance scheme")
    code = page.inner_text("#check-code")
    window.sign()
    expect(page.locator("h1")).to_have_text("Receipt: what you allowed")
    expect(page.locator(".check-code")).to_have_text(code)
    permission = page.url.removesuffix("/receipt")

    page.goto(permission)
    page.click("text=Pause it")
    page.check("#length")
    window.press("Continue")
    window.sign()
    expect(page.locator(".state").first).to_contain_text("Paused")
    window.press("End the pause")
    window.sign()
    expect(page.locator(".state").first).to_have_text("In force")
    window.press("Stop it")
    window.sign()
    expect(page.locator(".state").first).to_have_text("You stopped it")
    assert page.get_by_role("button", name="Stop it").count() == 0


@pytest.mark.parametrize("tag", [one for one in TAGS if one != "en"])
def test_the_whole_journey_leads_through_in_every_language_at_four_hundred_percent(
    chromium: Browser, world: World, tag: str
) -> None:
    """1,280 by 1,024 pixels at 400 % are 320 by 256; nothing here is found by an English text."""
    small = {"width": 320, "height": 256}
    with open_window(chromium, world, viewport=small) as window:
        page = window.open(f"/?language={tag}")
        person = world.person()
        page.click("main a[href='/enrol']")
        page.fill("#code", world.code(person))
        page.click("main button")
        page.check("#device")
        page.click("main button")
        page.click("#make-key")
        page.click("#sign-in")
        expect(page.locator("form[action='/sign-out']")).to_be_visible()

        window.open(f"/requests/{world.ask(person).hex()}")
        page.click("form[action$='/refuse'] button")
        window.verify_person(verified=False)
        window.sign()
        expect(page.locator("#passkey-cancelled")).to_be_focused()
        window.verify_person(verified=True)
        window.sign()
        expect(page.locator(".notice[role=status]")).to_be_visible()

        window.open(f"/requests/{world.ask(person, first_year=1990).hex()}/less")
        page.locator("input[name=actions]").last.check()
        page.click("main button[type=submit]")
        code = page.inner_text("#check-code")
        window.sign()
        page.wait_for_url("**/receipt")
        expect(page.locator(".check-code")).to_have_text(code)

        page.goto(page.url.removesuffix("/receipt"))
        page.click("form[action$='/stop'] button")
        window.sign()
        page.wait_for_url("**/permissions/*")
        expect(page.locator("form[action$='/stop']")).to_have_count(0)
        expect(page.locator("html")).to_have_attribute("lang", tag)


def test_without_finger_face_or_pin_nothing_is_sent(window: Window, world: World) -> None:
    person = world.person()
    window.enrol(person)
    window.open(f"/requests/{world.ask(person).hex()}")
    window.press("Allow this")
    window.verify_person(verified=False)
    window.sign()
    expect(window.page.locator("#passkey-cancelled")).to_be_visible()
    expect(window.page.locator("#passkey-cancelled")).to_be_focused()
    window.open("/permissions")
    expect(window.page.locator("main")).to_contain_text("You allow nothing at present.")
    window.verify_person(verified=True)


def test_a_second_key_takes_over_from_a_lost_one(window: Window, world: World) -> None:
    person = world.person()
    window.enrol(person)
    given = allow(window, world.ask(person))
    page = window.page
    window.open("/keys/add")
    first = window.new_device()
    page.click("#make-key")
    expect(page.locator("h1")).to_have_text("Confirm that the new key is yours")
    window.touch(window.device, touched=False)
    window.touch(first, touched=True)
    window.sign()
    expect(page.locator(".notice")).to_contain_text("The new key is enrolled.")

    window.touch(window.device, touched=True)
    window.lose(first)
    page.click("text=Sign out")
    window.open("/sign-in")
    page.click("#sign-in")
    expect(page.locator("text=Sign out")).to_be_visible()
    window.open("/keys")
    page.click("text=Remove key 1")
    page.get_by_label("I lost the device").check()
    window.press("Continue")
    window.sign()
    expect(page.locator("main")).to_contain_text("Keys that have ended")
    window.open(f"/permissions/{given}")
    expect(page.locator(".state").first).to_have_text("In force")


def test_everything_up_to_signing_works_without_script(
    chromium: Browser, settled: tuple[Window, dict[str, str]]
) -> None:
    window, names = settled
    cookies = window.context.storage_state()
    with open_window(
        chromium, window.world, java_script_enabled=False, storage_state=cookies
    ) as plain:
        page = plain.open(f"/requests/{names['asked']}/less")
        page.get_by_label("insurance scheme").check()
        plain.press("Continue")
        expect(page.locator("#check-code")).to_be_visible()
        page.locator("summary").click()
        expect(page.locator("#document")).to_be_visible()
        assert page.locator("noscript").count() == 1
        plain.sign()
        expect(page.locator("#errors")).to_contain_text("Nothing was signed")


def test_the_journey_needs_no_more_than_a_keyboard(window: Window, world: World) -> None:
    person = world.person()
    window.enrol(person)
    page = window.open("/")
    page.keyboard.press("Tab")
    assert focused_text(page) == "Skip to the main content"
    assert page.locator(".skip").bounding_box()["y"] >= 0  # type: ignore[index]  # it is there
    world.ask(person)
    tab_to(page, "Requests")
    page.keyboard.press("Enter")
    page.wait_for_url("**/requests")
    page.reload()  # what was read at signing in is shown for a minute, unless one loads it anew
    tab_to(page, "Read and answer")
    page.keyboard.press("Enter")
    page.wait_for_url("**/requests/*")
    tab_to(page, "Allow this")
    page.keyboard.press("Enter")
    page.wait_for_url("**/sign/*")
    tab_to(page, "Sign: I allow this")
    page.keyboard.press("Enter")
    page.wait_for_url("**/receipt")


def tab_to(page: Page, text: str) -> None:
    """Press Tab until that has the focus; whatever gets it on the way can be seen."""
    for _ in range(80):
        page.wait_for_load_state()
        page.keyboard.press("Tab")
        assert page.evaluate(_IS_SEEN), f"the focus is hidden: {focused_text(page)}"
        if focused_text(page) == text:
            return
    raise AssertionError(f"Tab never comes to {text}")


_IS_SEEN = """() => {
  const one = document.activeElement;
  if (one === document.body) { return true; }
  const box = one.getBoundingClientRect();
  const x = box.left + box.width / 2, y = box.top + box.height / 2;
  const top = document.elementFromPoint(x, y);
  const outline = getComputedStyle(one).outlineStyle;
  return top !== null && (one.contains(top) || top.contains(one)) && outline !== 'none';
}"""


def focused_text(page: Page) -> str:
    text: str = page.evaluate("document.activeElement.textContent.trim()")
    return text


@pytest.mark.parametrize("tag", TAGS)
def test_two_engines_find_nothing_on_any_page_and_none_scrolls_sideways(
    chromium: Browser, settled: tuple[Window, dict[str, str]], tag: str
) -> None:
    """The public pages as a stranger sees them: whoever is signed in gets no page to sign in."""
    window, names = settled
    language = window.world.settings().language_cookie
    own = [one for one in window.context.cookies() if one["name"] != language]
    with open_window(chromium, window.world, bypass_csp=True) as other:
        engines = open_engines(other.page, window.world.origin, tag)
        found = [one for path in PUBLIC for one in engines.look_at(path)]
        other.context.add_cookies(own)  # type: ignore[arg-type]  # as they came
        found += [one for path in paths(names) for one in engines.look_at(path)]
    assert found == []


def test_targets_are_large_enough_to_hit(settled: tuple[Window, dict[str, str]]) -> None:
    window, names = settled
    window.page.set_viewport_size({"width": 320, "height": 640})
    small = []
    for path in paths(names):
        open_page(window.page, window.world.origin, path)
        small += [f"{path}: {one}" for one in window.page.evaluate(_SMALL)]
    window.page.set_viewport_size({"width": 1000, "height": 800})
    assert not small


_SMALL = """() => Array.from(document.querySelectorAll('a, button, input, summary')).filter(one => {
  if (one.type === 'hidden' || one.closest('p, li, td, dd') && one.tagName === 'A' &&
      one.parentElement.textContent.trim() !== one.textContent.trim()) { return false; }
  const box = one.getBoundingClientRect();
  return box.width > 0 && (box.width < 24 || box.height < 24) && !one.classList.contains('skip');
}).map(one => one.outerHTML.slice(0, 90))"""


def test_on_paper_the_receipt_is_alone(settled: tuple[Window, dict[str, str]]) -> None:
    window, names = settled
    page = window.open(f"/permissions/{names['given']}/receipt")
    page.emulate_media(media="print")
    expect(page.locator(".check-code")).to_be_visible()
    expect(page.locator("footer")).to_contain_text(HELP_DESK.phone)
    for part in (".languages", ".pages", ".exit", ".actions", "footer form"):
        expect(page.locator(part)).to_be_hidden()
    page.emulate_media(media="screen")


def test_boxes_stand_on_the_side_where_reading_begins(
    settled: tuple[Window, dict[str, str]],
) -> None:
    window, names = settled
    page = window.open(f"/requests/{names['asked']}/less?language=ar")
    box = page.locator("#fields").bounding_box()
    label = page.locator("label[for=fields]").bounding_box()
    window.open("/?language=en")
    assert box is not None
    assert label is not None
    assert box["x"] > label["x"]


def test_who_is_signed_out_while_reading_is_told_that_and_not_warned_of_a_forgery(
    window: Window, world: World
) -> None:
    person = world.person()
    window.enrol(person)
    page = window.open(f"/requests/{world.ask(person).hex()}")
    window.press("Allow this")
    page.wait_for_url("**/sign/*")
    window.context.clear_cookies(name="session")
    window.sign()
    page.wait_for_url("**/sign-in")
    expect(page.locator("#passkey-changed")).to_be_hidden()


@pytest.mark.parametrize("what", ["document", "check-code", "challenge"])
def test_a_portal_that_shows_something_else_than_is_signed_is_caught_by_the_page(
    settled: tuple[Window, dict[str, str]], what: str
) -> None:
    """The proxy in between alters what is shown; the untouched script refuses to sign."""
    window, names = settled
    page = window.open(f"/requests/{names['asked']}")
    window.press("Allow this")
    page.wait_for_url("**/sign/*")

    def alter(route: Route) -> None:
        body = route.fetch().text()
        if what == "document":
            body = body.replace("contribution-period", "contribution-perioD")
        elif what == "check-code":
            body = body.replace('id="check-code">', 'id="check-code">A')
        else:
            place = body.index('data-challenge="') + len('data-challenge="')
            body = body[:place] + ("B" if body[place] == "A" else "A") + body[place + 1 :]
        route.fulfill(body=body, content_type="text/html")

    page.route("**/sign/*", alter)
    page.reload()
    window.sign()
    expect(page.locator("#passkey-changed")).to_be_visible()
    page.unroute("**/sign/*")
