"""
Purpose templates: what may be asked of a person at all, in words and with caps.

A template is TOML, signed by the institution that asks and registered before anything is asked. A
consent pins it by statement id, so that a later version changes no consent given.
Source: formats.md, §6, Purpose templates.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

from portability.consent.document import (
    MAX_USES,
    ActLevel,
    Fetch,
    IdentityLevel,
    LegalBasis,
    LegalBasisKind,
    check_providers,
)
from portability.consent.durations import Retention, parse_retention
from portability.consent.reading import Members, check_name, refuse
from portability.consent.scope import Action, Grant, Party, check_grants
from portability.core.periods import Branch
from portability.errors import InvalidInputError
from portability.ledger.documents import load_toml

SCHEMA: Final = "purpose-template/1"
MAX_TEMPLATE_BYTES: Final = 131_072
MAX_VALIDITY: Final = timedelta(days=3660)
MAX_STATUS_AGE: Final = timedelta(hours=1)
"""The age of a status is capped in minutes; an hour is the most that "minutes" can mean."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The purpose in one language, as it is shown: what for, and what follows either way."""

    title: str
    text: str
    refusing: str
    withdrawing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """The most that a request under a template may ask for."""

    history_from: date
    validity: timedelta
    retention: Retention
    max_uses: int
    min_interval: timedelta
    status_age: timedelta
    storage_countries: tuple[str, ...]
    identity: IdentityLevel
    act: ActLevel


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A purpose template; ``words`` are keyed by language tag, ``may_ask`` bounds each request."""

    id: str
    version: int
    purpose: str
    text_key: str
    agreement: str
    legal_basis: LegalBasis
    fetch: Fetch
    words: Mapping[str, Words]
    default_language: str
    may_ask: tuple[Grant, ...]
    providers: tuple[Party, ...]
    caps: Caps

    def __post_init__(self) -> None:
        if self.default_language not in self.words:
            raise refuse("default_language", "is not a language that the template has words in")
        check_grants(self.may_ask, field="may_ask")
        check_providers(self.providers)

    def notice(self, language: str) -> tuple[str, bytes]:
        """
        The language and exact text that is shown to the person before they sign.

        The template's own language stands in for one that it has no words in.
        """
        found = language if language in self.words else self.default_language
        words = self.words[found]
        parts = (words.title, words.text, words.refusing, words.withdrawing)
        return found, ("\n\n".join(parts) + "\n").encode("utf-8")


def notice_digest(text: bytes) -> bytes:
    """What the consent document holds of the notice: the SHA-256 of its exact bytes."""
    return hashlib.sha256(text).digest()


@lru_cache(maxsize=64)  # a public text of some pages, which the gate reads at each decision
def parse_template(payload: bytes) -> Template:
    """The template in a TOML document. Raises InvalidInputError naming the place."""
    if len(payload) > MAX_TEMPLATE_BYTES:
        raise refuse("purpose template", f"has more than {MAX_TEMPLATE_BYTES} bytes")
    root = Members(load_toml(payload, what="purpose template"))
    root.constant("schema", SCHEMA)
    caps = _caps(root.object("caps"))
    template = Template(
        id=root.code("id"),
        version=root.integer("version", least=1, most=1_000_000),
        purpose=root.code("purpose"),
        text_key=root.code("text_key"),
        agreement=root.code("agreement"),
        legal_basis=_legal_basis(root.object("legal_basis")),
        fetch=root.one_of("fetch", Fetch),
        words=_words(root.object("words")),
        default_language=root.code("default_language"),
        may_ask=tuple(_may_ask(item, caps.history_from) for item in root.objects("may_ask")),
        providers=tuple(map(_provider, root.objects("provider"))),
        caps=caps,
    )
    root.finish()
    return template


def _caps(item: Members) -> Caps:
    day, second = timedelta(days=1), timedelta(seconds=1)
    caps = Caps(
        history_from=item.toml_day("history_from"),
        validity=day * item.integer("validity_days", least=1, most=MAX_VALIDITY.days),
        retention=parse_retention(item.text("retention"), field=item.path("retention")),
        max_uses=item.integer("max_uses", least=1, most=MAX_USES),
        min_interval=second
        * item.integer("min_interval_seconds", least=0, most=MAX_VALIDITY.days * 86_400),
        status_age=second
        * item.integer("status_age_seconds", least=1, most=MAX_STATUS_AGE.seconds),
        storage_countries=item.countries("storage_countries"),
        identity=item.one_of("identity", IdentityLevel),
        act=item.one_of("act", ActLevel),
    )
    item.finish()
    return caps


def _legal_basis(item: Members) -> LegalBasis:
    basis = LegalBasis(kind=item.one_of("kind", LegalBasisKind), citation=item.text("citation"))
    item.finish()
    return basis


def _words(item: Members) -> Mapping[str, Words]:
    words = {}
    for language in item.names():
        try:
            check_name(language, field="words")
        except InvalidInputError:
            raise refuse("words", "is not keyed by language tags, such as en") from None
        part = item.object(language)
        words[language] = Words(
            title=part.text("title"),
            text=part.text("text"),
            refusing=part.text("refusing"),
            withdrawing=part.text("withdrawing"),
        )
        part.finish()
    return words


def _may_ask(item: Members, history_from: date) -> Grant:
    grant = Grant(
        branches=item.some_of("branches", Branch),
        datatypes=item.codes("datatypes"),
        actions=item.some_of("actions", Action),
        fields=item.codes("fields"),
        from_date=history_from,
        to_date=date.max,
    )
    item.finish()
    return grant


def _provider(item: Members) -> Party:
    party = Party(jurisdiction=item.country("node"), institution=item.code("institution"))
    item.finish()
    return party
