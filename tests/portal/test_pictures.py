"""The pictures that the README shows can be made anew, and are those that it shows."""

import re
from pathlib import Path

from tests.conftest import PROJECT_ROOT
from tests.portal.chromium import open_browser
from tests.portal.pictures import FOLDER, PICTURES, make_pictures

PNG = b"\x89PNG\r\n\x1a\n"
MOST_BYTES = 200_000


def test_the_script_makes_every_picture(tmp_path: Path) -> None:
    with open_browser() as browser:
        made = make_pictures(browser, tmp_path)
    assert [one.stem for one in made] == list(PICTURES)
    for one in made:
        content = one.read_bytes()
        assert content.startswith(PNG)
        assert 5_000 < len(content) < MOST_BYTES


def test_the_readme_shows_exactly_these_with_words_for_those_who_do_not_see_them() -> None:
    text = (PROJECT_ROOT / "README.md").read_text("utf-8")
    shown = dict(
        re.findall(r'<img [^>]*src="tests/portal/shown/([\w-]+)\.png"[^>]* alt="([^"]+)"', text)
    )
    assert sorted(shown) == sorted(PICTURES)
    assert all(len(words) > 20 for words in shown.values())
    assert sorted(one.stem for one in FOLDER.glob("portal-*.png")) == sorted(PICTURES)
