"""Texts in every language: none missing, none without its place for a name, plural forms right."""

import re
from datetime import UTC, date, datetime

import pytest
from babel.messages.catalog import Catalog, Message

from agents.migrant.portal.languages import (
    TAGS,
    choose_language,
    compile_catalogue,
    read_catalogue,
    shipped_languages,
)
from tests.portal.browser import Browser
from tests.portal.catalogue import missing, parts_of, source_texts

TRANSLATED = tuple(tag for tag in TAGS if tag != "en")
PLACE = re.compile(r"%\(\w+\)s")
LOOSE = re.compile(r"\S [?!;:»](?:\s|$)|« ")
"""French signs that may come to stand at the beginning of a line, away from their words."""

BY_TAG = {one.tag: one for one in shipped_languages()}


@pytest.mark.parametrize("tag", TRANSLATED)
def test_every_text_has_words_in_every_language(tag: str) -> None:
    assert missing(tag) == []


@pytest.mark.parametrize("tag", TRANSLATED)
def test_no_translation_loses_or_invents_a_place_for_a_value(tag: str) -> None:
    catalogue = read_catalogue(tag)
    assert catalogue is not None
    wrong = []
    for message in catalogue:
        if not message.id:
            continue
        last = message.id[-1] if isinstance(message.id, tuple) else str(message.id)
        words = words_of(message)
        expected = set(PLACE.findall(last))
        wrong += [text for text in words if set(PLACE.findall(text)) != expected]
        wrong += [text for text in words if PLACE.sub("", text).count("%")]
    assert wrong == []


@pytest.mark.parametrize("tag", TRANSLATED)
def test_no_text_has_two_translations_and_none_is_left_over(tag: str) -> None:
    seen: dict[str, object] = {}
    known = {text if isinstance(text, str) else text[0] for text in source_texts()}
    for part in parts_of(tag):
        for message in part:
            name = message.id[0] if isinstance(message.id, tuple) else message.id
            if not name:
                continue
            assert name in known, f"nothing shows this text any more: {name}"
            assert seen.setdefault(name, message.string) == message.string, name


def test_french_signs_stay_with_their_words() -> None:
    catalogue = read_catalogue("fr")
    assert catalogue is not None
    texts = [text for one in catalogue if one.id for text in words_of(one)]
    assert [text for text in texts if LOOSE.search(text)] == []
    assert any("\N{NARROW NO-BREAK SPACE}?" in text for text in texts)


@pytest.mark.parametrize(("tag", "forms"), [("es", 2), ("fr", 2), ("ar", 6), ("uk", 3), ("tl", 2)])
def test_each_language_has_its_own_number_of_plural_forms(tag: str, forms: int) -> None:
    catalogue = read_catalogue(tag)
    assert isinstance(catalogue, Catalog)
    assert catalogue.num_plurals == forms
    found = {
        BY_TAG[tag].ngettext("%(shown)s record", "%(shown)s records", count)
        for count in (0, 1, 2, 3, 11, 100, 5, 21, 22)
    }
    assert len(found) == forms


def words_of(message: Message) -> tuple[str, ...]:
    """Every form of a translation."""
    forms = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
    return tuple(one or "" for one in forms)


def test_days_instants_and_numbers_are_those_of_the_language() -> None:
    day, at = date(2010, 5, 1), datetime(2010, 5, 1, 9, 30, tzinfo=UTC)
    assert BY_TAG["en"].date(day) == "1 May 2010"
    assert BY_TAG["es"].date(day) == "1 de mayo de 2010"
    assert BY_TAG["fr"].date(day) == "1er mai 2010"
    assert BY_TAG["fr"].date(date(2010, 5, 11)) == "11 mai 2010"
    assert BY_TAG["fr"].instant(at, UTC).startswith("1er mai 2010")
    assert BY_TAG["uk"].date(day).startswith("1 травня 2010")
    assert BY_TAG["en"].instant(at, UTC) == "1 May 2010, 09:30 UTC"
    assert "2010\N{ARABIC COMMA} 09:30" in BY_TAG["ar"].instant(at, UTC)
    assert BY_TAG["fr"].number(12345) == "12\N{NARROW NO-BREAK SPACE}345"
    assert [BY_TAG[tag].direction for tag in TAGS] == ["ltr", "ltr", "ltr", "rtl", "ltr", "ltr"]


def test_each_language_is_named_in_its_own_script() -> None:
    names = {tag: one.name for tag, one in BY_TAG.items()}
    assert names == {
        "en": "English",
        "es": "Español",
        "fr": "Français",
        "ar": "العربية",
        "uk": "Українська",
        "tl": "Tagalog",
    }


@pytest.mark.parametrize(
    ("chosen", "accepted", "expected"),
    [
        (None, "", "en"),
        (None, "fr-CH, fr;q=0.9, en;q=0.8", "fr"),
        (None, "de, uk;q=0.5, es;q=0.7", "es"),
        (None, "fil-PH", "tl"),
        (None, "ar-MA;q=x, es;q=0", "en"),
        ("ar", "fr", "ar"),
        ("xx", "fr", "fr"),
    ],
)
def test_the_language_is_what_the_person_chose_or_what_the_browser_asks_for(
    chosen: str | None, accepted: str, expected: str
) -> None:
    found = choose_language(tuple(BY_TAG.values()), chosen=chosen, accepted=accepted)
    assert found.tag == expected


@pytest.mark.parametrize("tag", TAGS)
def test_a_page_says_its_language_and_direction(browser: Browser, tag: str) -> None:
    browser.get(f"/?language={tag}")
    html = browser.get("/").page.only("html")
    assert (html.get("lang"), html.get("dir")) == (tag, BY_TAG[tag].direction)


def test_a_language_without_a_catalogue_speaks_the_language_of_the_source() -> None:
    assert read_catalogue("en") is None
    assert compile_catalogue(None).gettext("Sign out") == "Sign out"
