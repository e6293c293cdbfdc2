"""
Every text of the portal: in plain words, and none outside of the catalogue.

A pseudo-language accents and lengthens all that goes through the catalogue; what stays plain was
never translated.
"""

import random
import re
from collections.abc import Iterator
from dataclasses import replace
from gettext import NullTranslations
from xml.etree.ElementTree import Element as Node

import pytest
import textstat

from agents.migrant.portal.languages import Language, shipped_languages
from agents.migrant.portal.settings import Settings
from tests.conftest import FixedClock
from tests.portal.browser import Browser
from tests.portal.catalogue import source_texts
from tests.portal.conftest import HELP_DESK, ORIGIN
from tests.portal.reading import SIGN_IN, Story, open_portal, open_story

HIGHEST_GRADE = 7.0
"""
Automated readability index: a school grade, 7 is read with ease at twelve.

It counts letters and words; indexes that count syllables need a dictionary from the network.
"""

MOST_WORDS = 25
"""In one sentence."""

PLACEHOLDER = re.compile(r"%\((\w+)\)s")
PLAIN = re.compile(r"[A-Za-z]{2,}")
ACCENTS = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "åƀçđéƒĝĥîĵķļɱñôþɋŕšţûṽŵẋýžÅƁÇĐÉƑĜĤÎĴĶĻṀÑÔÞɊŔŠŢÛṼŴẊÝŽ",
)
KEPT_APART = {"bdi", "time", "option", "blockquote", "script", "style"}
"""Names, ids, dates and what people wrote: never translated, and kept from turning the text."""


def plain(text: str | tuple[str, str]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else text


def test_the_english_is_plain() -> None:
    sentences = [
        sentence
        for text in source_texts()
        for one in plain(text)
        for sentence in re.split(r"(?<=[.?!:])\s+", PLACEHOLDER.sub("that", one))
    ]
    too_long = [one for one in sentences if len(one.split()) > MOST_WORDS]
    assert too_long == []
    whole = [one if one.endswith((".", "?", "!")) else f"{one}." for one in sentences]
    told = " ".join(one for one in whole if len(one.split()) > 3)
    assert textstat.automated_readability_index(told) <= HIGHEST_GRADE


class Accented(NullTranslations):
    """Lengthens each text by a third and accents it; values keep their places."""

    def gettext(self, message: str) -> str:
        parts = re.split(r"(%\(\w+\)s)", message)
        accented = "".join(
            one if PLACEHOLDER.fullmatch(one) else one.translate(ACCENTS) for one in parts
        )
        return accented + "·" * (len(message) // 3)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    randomness = random.Random(20260302).randbytes  # noqa: S311  # seeded on purpose
    with open_story(tmp_path_factory.mktemp("story"), FixedClock(), randomness) as told:
        yield told


def test_no_text_of_the_reading_pages_is_outside_of_the_catalogue(story: Story) -> None:
    english = shipped_languages()[0]
    accented = replace(english, translations=Accented())
    assert {path: left for path, left in _left_plain(story, accented).items() if left} == {}
    assert all(_left_plain(story, english).values())  # the check sees what is not accented


def _left_plain(story: Story, language: Language) -> dict[str, list[str]]:
    """By page, the texts that are in the letters of the source."""
    settings = Settings(
        origin=ORIGIN, home=lambda: story.home, languages=(language,), help_desk=HELP_DESK
    )
    countries = re.compile("|".join(map(re.escape, language.locale.territories.values())))
    found = {}
    with Browser(app=open_portal(story, settings), origin=ORIGIN) as browser:
        browser.get(SIGN_IN)
        paths = ["/history", "/who-looked", "/claims", f"/claims/{story.case}", "/my-data"]
        paths += ["/complaints", "/complaints/new", "/complaints/follow", "/", "/help"]
        table = browser.get("/history").page.only("tbody")
        span = table.all("a")[0].get("href")
        paths += [span, f"{span}/wrong"]
        cards = browser.get("/who-looked").page.all("ul", class_="links")
        paths.append(cards[0].all("a")[0].get("href"))
        for path in paths:
            body = browser.get(path).page.only("body")
            left = [countries.sub("", text) for text in texts_of(body.node)]
            found[path] = [text for text in left if PLAIN.search(text)]
    return found


def texts_of(node: Node) -> Iterator[str]:
    """Every text of a page but what is kept apart, or in another language and says so."""
    tag = node.tag.rpartition("}")[2] if isinstance(node.tag, str) else "script"
    if tag not in KEPT_APART and not (tag != "html" and "lang" in node.attrib):
        if node.text:
            yield node.text
        for child in node:
            yield from texts_of(child)
    if node.tail:
        yield node.tail
