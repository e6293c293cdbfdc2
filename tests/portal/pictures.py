"""
The pictures of the README, out of the running portal with an invented person.

    python -m tests.portal.pictures        makes tests/portal/shown/portal-*.png anew
"""

import random
import sys
import tempfile
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser

from agents.migrant.portal.languages import shipped_languages
from agents.migrant.portal.settings import Settings
from portability.node.development.federation import pick_ports
from tests.conftest import PROJECT_ROOT, FixedClock
from tests.portal.chromium import open_browser, served
from tests.portal.conftest import HELP_DESK
from tests.portal.reading import SIGN_IN, open_portal, open_story

FOLDER: Final = Path(__file__).parent / "shown"
WIDE: Final = {"width": 800, "height": 760}
PHONE: Final = {"width": 360, "height": 760}

PICTURES: Final = {
    "portal-history": ("en", "/history", WIDE),
    "portal-claim": ("en", "/claims/{case}", WIDE),
    "portal-history-arabic": ("ar", "/history", PHONE),
    "portal-who-looked": ("es", "/who-looked", PHONE),
}
"""By name: language, page and window."""


def make_pictures(browser: Browser, folder: Path) -> list[Path]:
    """Every picture, as a file in the folder."""
    randomness = random.Random(20260302).randbytes  # noqa: S311  # seeded on purpose
    (port,) = pick_ports(1)
    made = []
    with (
        tempfile.TemporaryDirectory() as data,
        open_story(Path(data), FixedClock(), randomness) as story,
    ):
        settings = Settings(
            origin=f"http://localhost:{port}",
            home=lambda: story.home,
            languages=shipped_languages(),
            help_desk=HELP_DESK,
        )
        with served(open_portal(story, settings), port):
            for name, (tag, path, window) in PICTURES.items():
                page = browser.new_context(viewport=window).new_page()
                page.goto(settings.origin + SIGN_IN)
                page.goto(f"{settings.origin}/?language={tag}")
                page.goto(settings.origin + path.format(case=story.case))
                file = folder / f"{name}.png"
                page.screenshot(path=str(file))
                page.context.close()
                made.append(file)
    return made


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    with open_browser() as opened:
        for one in make_pictures(opened, FOLDER):
            sys.stdout.write(f"{one.relative_to(PROJECT_ROOT)}\n")
