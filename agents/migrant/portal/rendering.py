"""Templates to pages: every text in the visitor's language, every value escaped and isolated."""

from __future__ import annotations

import hashlib
from functools import lru_cache, partial
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from agents.migrant.portal.forms import TOKEN_FIELD
from agents.migrant.portal.navigation import NAVIGATION
from agents.migrant.portal.words import label

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime, tzinfo

    from agents.migrant.portal.languages import Language
    from agents.migrant.portal.visit import Visit

PACKAGE: Final = "agents.migrant.portal"
FILE_TYPES: Final = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_DIGEST_CHARACTERS: Final = 12
_DAYS_KEPT: Final = 8_192
"""Days as they are written in a language: a table has many, and mostly the same."""


class StaticFiles:
    """Style sheets and script, each under a name that holds its digest and may be kept for ever."""

    def __init__(self) -> None:
        self._contents: dict[str, tuple[bytes, str]] = {}
        self._names: dict[str, str] = {}
        for one in files(PACKAGE).joinpath("static").iterdir():
            stem, dot, ending = one.name.rpartition(".")
            if dot + ending not in FILE_TYPES:
                continue
            content = one.read_bytes()
            digest = hashlib.sha256(content).hexdigest()[:_DIGEST_CHARACTERS]
            name = f"{stem}.{digest}.{ending}"
            self._names[one.name] = name
            self._contents[name] = (content, FILE_TYPES[dot + ending])

    def path(self, name: str) -> str:
        """The address of a file by its own name. Raises KeyError for one that is not there."""
        return f"/static/{self._names[name]}"

    def find(self, name: str) -> tuple[bytes, str] | None:
        """Content and type of a file by the name in its address."""
        return self._contents.get(name)


class Rendering:
    """One environment for each language, so that texts and local forms need no looking up."""

    def __init__(self, languages: Sequence[Language], zone: tzinfo, static: StaticFiles) -> None:
        self._languages = tuple(languages)
        self._static = static
        self._environments = {one.tag: _environment(one, zone, static) for one in self._languages}

    def render(self, visit: Visit, template: str, view: Mapping[str, object]) -> str:
        """The whole page as HTML."""
        found = self._environments[visit.language.tag].get_template(template)
        session = visit.session
        return found.render(
            **view,
            language=visit.language,
            languages=self._languages,
            path=visit.path,
            path_in_languages=visit.path_in_languages,
            signs=visit.signs,
            is_signed_in=visit.who is not None,
            navigation=NAVIGATION,
            help_desk=visit.settings.help_desk,
            notices=() if session is None else session.take_notices(),
            form_token=partial(_form_token, visit),
        )


def _environment(language: Language, zone: tzinfo, static: StaticFiles) -> Environment:
    environment = Environment(
        loader=PackageLoader(PACKAGE, "templates"),
        extensions=["jinja2.ext.i18n"],
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.install_gettext_translations(  # type: ignore[attr-defined]  # the extension's
        language.translations, newstyle=True
    )
    environment.globals["static"] = static.path
    environment.filters.update(
        date=lru_cache(maxsize=_DAYS_KEPT)(partial(_date, language)),
        instant=partial(_instant, language, zone),
        number=language.number,
        isolate=isolate,
        code=code,
        spoken=spoken,
        label=partial(label, language),
        words=language.gettext,
    )
    return environment


def isolate(text: object) -> Markup:
    """A name or other text from elsewhere, kept from turning the text around it."""
    return Markup("<bdi>{}</bdi>").format(text)


def code(text: object) -> Markup:
    """Something to be compared or copied character by character; always left to right."""
    return Markup('<bdi class="code" dir="ltr">{}</bdi>').format(text)


def spoken(text: str) -> Markup:
    """A number that is read out: in groups of four."""
    return code(" ".join(text[at : at + 4] for at in range(0, len(text), 4)))


def _date(language: Language, day: date) -> Markup:
    shown = escape(language.date(day))
    return Markup('<bdi><time datetime="{}">{}</time></bdi>').format(f"{day:%Y-%m-%d}", shown)


def _instant(language: Language, zone: tzinfo, at: datetime) -> Markup:
    shown = escape(language.instant(at, zone))
    return Markup('<bdi><time datetime="{}">{}</time></bdi>').format(
        f"{at.astimezone(zone):%Y-%m-%dT%H:%M%z}", shown
    )


def _form_token(visit: Visit) -> Markup:
    """The hidden field that every form of ours carries."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(
        TOKEN_FIELD, visit.open_session().form_token
    )
