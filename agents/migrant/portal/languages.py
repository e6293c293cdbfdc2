"""
The portal's languages: catalogues, direction, dates and numbers.

A catalogue is every ``locale/<tag>/*.po`` of a language together, one file for each part of the
portal. They are read as they are: nothing is compiled, so nothing can be out of step.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from importlib.resources.abc import Traversable
from io import BytesIO
from typing import Final

from babel import Locale, negotiate_locale
from babel.dates import format_date, format_datetime, get_datetime_format
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

SOURCE: Final = "en"
"""The language that the texts are written in; it needs no catalogue."""

TAGS: Final = ("en", "es", "fr", "ar", "uk", "tl")
_LOCALES: Final = {"en": "en_GB", "tl": "fil"}
"""Days before months; and the Unicode data name Tagalog by its standard form."""

_OWN_NAMES: Final = {"en": "English", "tl": "Tagalog"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """One language: ``tag`` for HTML, its own name for people, texts, and local forms."""

    tag: str
    name: str
    locale: Locale
    translations: NullTranslations

    @property
    def direction(self) -> str:
        """``ltr`` or ``rtl``."""
        return self.locale.text_direction

    @property
    def gettext(self) -> Callable[[str], str]:
        return self.translations.gettext

    @property
    def ngettext(self) -> Callable[[str, str, int], str]:
        return self.translations.ngettext

    def date(self, day: date) -> str:
        """A civil date, written out; in French a month begins on its `1er`, unlike in Babel."""
        written = format_date(day, format="long", locale=self.locale)
        return f"1er{written[1:]}" if (self.tag, day.day) == ("fr", 1) else written

    def instant(self, at: datetime, zone: tzinfo) -> str:
        """Day and minute in a zone, which is named."""
        day = self.date(at.astimezone(zone).date())
        hour = format_datetime(at, "HH:mm z", tzinfo=zone, locale=self.locale)
        whole = str(get_datetime_format("medium", locale=self.locale)).replace("'", "")
        return whole.format(hour, day)

    def number(self, value: int) -> str:
        return format_decimal(value, locale=self.locale)


def shipped_languages() -> tuple[Language, ...]:
    """Every language that the portal speaks, English first."""
    return tuple(_language(tag) for tag in TAGS)


def choose_language(
    languages: Sequence[Language], *, chosen: str | None, accepted: str
) -> Language:
    """The one that the person chose, else what their browser asks for, else the first."""
    by_tag = {one.tag: one for one in languages}
    if chosen in by_tag:
        return by_tag[chosen]
    wanted = [_preferred(part) for part in accepted.lower().split(",")[:16]]
    ordered = [tag.replace("fil", "tl") for tag, _ in sorted(wanted, key=lambda one: -one[1])]
    found = negotiate_locale([tag for tag in ordered if tag], list(by_tag), sep="-")
    return by_tag.get(found or "", languages[0])


def _preferred(part: str) -> tuple[str, float]:
    """A tag of Accept-Language with its weight (RFC 9110 §12.5.4); nothing for one of weight 0."""
    tag, _, weight = part.partition(";q=")
    try:
        worth = float(weight or 1)
    except ValueError:
        worth = 0.0
    return (tag.strip() if worth > 0 else "", worth)


def read_catalogue(tag: str) -> Catalog | None:
    """All texts of a language in one catalogue; None for the language of the source."""
    folder = files("agents.migrant.portal").joinpath("locale", tag)
    parts = catalogue_files(folder) if folder.is_dir() else ()
    whole: Catalog | None = None
    for part in parts:
        catalogue = read_po(BytesIO(part.read_bytes()), locale=Locale.parse(locale_name(tag)))
        if whole is None:
            whole = catalogue
        else:
            for message in catalogue:
                if message.id and message.id not in whole:
                    whole[message.id] = message
    return whole


def catalogue_files(folder: Traversable) -> Sequence[Traversable]:
    """The parts of a language's catalogue, in the order of their names."""
    found = (one for one in folder.iterdir() if one.name.endswith(".po"))
    return sorted(found, key=lambda one: one.name)


def locale_name(tag: str) -> str:
    """By what name the Unicode data know a language of ours."""
    return _LOCALES.get(tag, tag)


def compile_catalogue(catalogue: Catalog | None) -> NullTranslations:
    """Texts that can be looked up; the source's own where there is no catalogue."""
    if catalogue is None:
        return NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)


def _language(tag: str) -> Language:
    locale = Locale.parse(locale_name(tag))
    return Language(
        tag=tag,
        name=_OWN_NAMES.get(tag) or (locale.get_display_name() or tag).capitalize(),
        locale=locale,
        translations=compile_catalogue(read_catalogue(tag)),
    )


def by_tag(languages: Sequence[Language]) -> Mapping[str, Language]:
    return {one.tag: one for one in languages}
