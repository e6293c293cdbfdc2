"""
What an institution knows of a claim beside the agreed history: its scheme, and the circumstances.

One TOML document with the keys of a case file but for its periods: ``[scheme.FR]`` with everything
that a scheme can hold, and beside it ``residence``, ``[[child]]``, ``[[right]]`` or whatever else a
branch or an agreement asks for. The part that is the same for everybody, a *scheme pack*, can be
kept in a file of its own; a scheme of the second file then takes the place of its namesake.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from portability.core.case_tables import EXTRA_TABLES, circumstances_of
from portability.core.document import read_document
from portability.core.periods import Period
from portability.core.scheme import Circumstances, Scheme
from portability.core.scheme_reader import read_schemes

_OF_FILES: Final = frozenset(("also", "correction", "missing"))
"""Tables for files that stand for a whole case; here the case itself says what they would."""

TITLE: Final = "title"
SOURCE: Final = "source"


@dataclass(frozen=True, slots=True, kw_only=True)
class NationalFacts:
    """``schemes`` in the order of the document; of other jurisdictions only if it gives them."""

    schemes: tuple[Scheme, ...] = ()
    extra: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def circumstances(self) -> Circumstances:
        return circumstances_of(self.extra)

    def over(self, pack: "NationalFacts") -> "NationalFacts":
        """These facts with what only the pack says; a scheme given here replaces the pack's."""
        given = {(one.jurisdiction, one.name) for one in self.schemes}
        others = [one for one in pack.schemes if (one.jurisdiction, one.name) not in given]
        return NationalFacts(
            schemes=(*self.schemes, *others),
            extra=MappingProxyType({**pack.extra, **self.extra}),
        )


def holds_scheme(source: bytes, name: str, jurisdiction: str) -> bool:
    """Whether a document gives the scheme of a jurisdiction. Raises as ``read_national_facts``."""
    schemes = read_document(source, name).optional_table("scheme")
    return schemes is not None and jurisdiction in schemes


def read_national_facts(source: bytes, name: str, periods: Sequence[Period] = ()) -> NationalFacts:
    """
    ``periods`` are those of the history: a formula may need in how many months a year's earnings
    were earned. Raises InvalidInputError naming file, key and line.
    """
    document = read_document(source, name)
    for key in (TITLE, SOURCE):
        document.optional_text(key)
    facts = NationalFacts(
        schemes=read_schemes(document, periods),
        extra=MappingProxyType(
            {
                key: read(document)
                for key, read in EXTRA_TABLES.items()
                if key in document and key not in _OF_FILES
            }
        ),
    )
    document.finish()
    return facts
