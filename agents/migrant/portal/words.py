"""Names of codes in plain words. A code that is not here is shown as it is, never hidden."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from agents.migrant.portal.act_words import ACT_LABELS
from agents.migrant.portal.marking import N_
from agents.migrant.portal.reading_words import READING_LABELS

if TYPE_CHECKING:
    from agents.migrant.portal.languages import Language


__all__ = ["LABELS", "N_", "label"]

COUNTRY: Final = "country"
LANGUAGE: Final = "language"

LABELS: Final[Mapping[str, Mapping[str, str]]] = {
    "branch": {
        "sickness": N_("sickness"),
        "maternity": N_("maternity and paternity"),
        "invalidity": N_("invalidity"),
        "old-age": N_("old-age pension"),
        "survivors": N_("survivors’ pension"),
        "accident": N_("accidents at work and occupational diseases"),
        "death-grant": N_("death grant"),
        "unemployment": N_("unemployment"),
        "pre-retirement": N_("pre-retirement"),
        "family": N_("family benefits"),
    },
    **READING_LABELS,
    **ACT_LABELS,
}


def label(language: "Language", text: object, kind: str) -> str | Markup:
    """A code of that kind in words; isolated as it is where there are none."""
    if kind == COUNTRY:  # the Unicode data name countries in every language
        return language.locale.territories.get(str(text)) or str(text)
    if kind == LANGUAGE:
        return language.locale.languages.get(str(text)) or str(text)
    known = LABELS[kind].get(str(text))
    return Markup("<bdi>{}</bdi>").format(text) if known is None else language.gettext(known)
