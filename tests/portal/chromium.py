"""A real Chromium, the system's own, with a virtual authenticator, and a portal for it."""

from __future__ import annotations

import asyncio
import shutil
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pytest
from playwright.sync_api import expect, sync_playwright

from agents.migrant.portal.serving import open_socket, portal_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, Page
    from starlette.applications import Starlette

    from tests.portal.world import World

PATIENCE_MS: Final = 60_000
_PROGRAMS: Final = ("chromium", "chromium-browser", "google-chrome")
_QUIET: Final = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


def chromium_path() -> str:
    """Where the system's Chromium is; the test is skipped where there is none."""
    for name in _PROGRAMS:
        found = shutil.which(name)
        if found is not None:
            return found
    pytest.skip("no Chromium is installed here")


@contextmanager
def open_browser() -> Iterator[Browser]:
    path = chromium_path()
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(_QUIET))
        yield browser
        browser.close()


@contextmanager
def served(app: Starlette, port: int) -> Iterator[None]:
    """The portal on a port of this machine, in a thread of its own."""
    with open_socket(port) as taken:
        server = portal_server(app)
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[taken])))
        thread.start()
        try:
            yield
        finally:
            server.should_exit = True
            thread.join()


@dataclass(kw_only=True)
class Window:
    """One window with its own cookies and its own passkeys."""

    world: World
    context: BrowserContext
    page: Page
    devtools: Any
    device: str

    def open(self, path: str) -> Page:
        self.page.goto(self.world.origin + path)
        return self.page

    def verify_person(self, *, verified: bool) -> None:
        """Whether whoever is asked shows finger, face or PIN."""
        self.devtools.send(
            "WebAuthn.setUserVerified",
            {"authenticatorId": self.device, "isUserVerified": verified},
        )

    def new_device(self) -> str:
        """Another device: the one before is put aside; the id of that one."""
        before = self.device
        self.touch(before, touched=False)
        self.device = add_device(self.devtools, transport="usb")
        return before

    def touch(self, device: str, *, touched: bool) -> None:
        """Whether the person holds that device in their hand."""
        self.devtools.send(
            "WebAuthn.setAutomaticPresenceSimulation",
            {"authenticatorId": device, "enabled": touched},
        )

    def lose(self, device: str) -> None:
        self.devtools.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": device})

    def enrol(self, person: str) -> None:
        """From the first page to the page after signing in."""
        page = self.open("/")
        page.click("text=First time here")
        page.fill("#code", self.world.code(person))
        page.click("main button")
        page.check("#device")
        page.click("main button")
        page.click("#make-key")
        expect(page).to_have_url(f"{self.world.origin}/sign-in")
        page.click("#sign-in")
        expect(page.locator("text=Sign out")).to_be_visible()

    def press(self, text: str) -> None:
        self.page.locator("main").get_by_role("button", name=text, exact=True).click()

    def sign(self) -> None:
        self.page.click("#sign")


@contextmanager
def open_window(browser: Browser, world: World, **options: Any) -> Iterator[Window]:
    context = browser.new_context(**{"locale": "en-GB", **options})
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    yield Window(
        world=world, context=context, page=page, devtools=devtools, device=add_device(devtools)
    )
    context.close()


def add_device(devtools: Any, transport: str = "internal") -> str:
    options = {
        "protocol": "ctap2",
        "transport": transport,
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    answer = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    found: str = answer["authenticatorId"]
    return found
