"""
Every text of the portal, out of its templates and modules, and which languages lack it.

    python -m tests.portal.catalogue AREA     adds what no catalogue has to locale/*/AREA.po, to be
                                              translated there; a test refuses what is left empty
"""

import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Final

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract

from agents.migrant.portal.languages import SOURCE, TAGS, locale_name, read_catalogue
from tests.conftest import PROJECT_ROOT

PORTAL: Final = PROJECT_ROOT / "agents" / "migrant" / "portal"
LOCALE: Final = PORTAL / "locale"
KEYWORDS: Final = {**DEFAULT_KEYWORDS, "N_": None}
LINE: Final = 100

Message = str | tuple[str, str]


def source_texts() -> dict[Message, str]:
    """Every text of the source, with the file that it is first in."""
    found: dict[Message, str] = {}
    for path in sorted(PORTAL.rglob("*")):
        for text in _texts_of(path):
            found.setdefault(text, str(path.relative_to(PORTAL)))
    return found


def missing(tag: str) -> list[Message]:
    """The texts that a language has no words for."""
    catalogue = read_catalogue(tag) or Catalog()
    return [text for text in source_texts() if not _is_translated(catalogue, text)]


def parts_of(tag: str) -> list[Catalog]:
    """The files of a language, each by itself."""
    return [
        read_po(BytesIO(path.read_bytes()), locale=Locale.parse(locale_name(tag)))
        for path in sorted((LOCALE / tag).glob("*.po"))
    ]


def _texts_of(path: Path) -> Iterator[Message]:
    if path.suffix == ".py":
        messages = extract("python", BytesIO(path.read_bytes()), keywords=KEYWORDS)
    elif path.name.endswith(".html.j2"):
        options = {"trim_blocks": "true", "lstrip_blocks": "true", "newstyle_gettext": "true"}
        messages = (
            (line, text, comments, None)
            for line, _, text, comments in babel_extract(
                BytesIO(path.read_bytes()), tuple(KEYWORDS), (), options
            )
        )
    else:
        return
    for _, text, _, _ in messages:
        parts = text if isinstance(text, tuple) else (text,)
        texts = tuple(part for part in parts if part)
        if texts:
            yield texts[0] if len(texts) == 1 else (texts[0], texts[1])


def _is_translated(catalogue: Catalog, text: Message) -> bool:
    message = catalogue.get(text if isinstance(text, str) else text[0])
    if message is None or message.fuzzy:
        return False
    if isinstance(text, str):
        return bool(message.string)
    return isinstance(message.string, tuple) and all(message.string)


def _add_missing(area: str) -> None:
    for tag in TAGS:
        if tag == SOURCE:
            continue
        path = LOCALE / tag / f"{area}.po"
        locale = Locale.parse(locale_name(tag))
        part = Catalog(locale=locale, project="portability", charset="utf-8")
        if path.exists():
            part = read_po(BytesIO(path.read_bytes()), locale=locale)
        known = read_catalogue(tag) or Catalog()
        added = [text for text in source_texts() if _id(text) not in known]
        for text in added:
            part.add(text, locations=())
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(po_bytes(part, tag))
        sys.stdout.write(f"{path.relative_to(PROJECT_ROOT)}: {len(added)} added\n")


def po_bytes(part: Catalog, tag: str) -> bytes:
    """A part of a catalogue as a file, with no more of a header than its readers need."""
    body = BytesIO()
    write_po(body, part, width=LINE, omit_header=True)
    lines = (
        f"Language: {tag}",
        f"Plural-Forms: {part.plural_forms}",
        "Content-Type: text/plain; charset=utf-8",
    )
    header = "".join(f'"{line}\\n"\n' for line in lines)
    return f'msgid ""\nmsgstr ""\n{header}\n'.encode() + body.getvalue()


def _id(text: Message) -> str:
    return text if isinstance(text, str) else text[0]


if __name__ == "__main__":
    _add_missing(sys.argv[1])
