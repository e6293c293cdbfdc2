"""Institutions by the names that people know, out of the signed directory."""

from collections.abc import Iterable, Mapping
from typing import Final

from agents.migrant.portal.marking import N_
from agents.migrant.portal.visit import Visit
from portability.recognition.complaint import OMBUDSPERSON

Place = tuple[str, str]
"""Jurisdiction and institution, which is empty for a node."""

_NAMELESS: Final = N_("Ombudsperson")


def names_of(visit: Visit, places: Iterable[Place]) -> Mapping[Place, str]:
    """A name for each place; empty for a node, which is shown by its country alone."""
    directory = visit.settings.home().directory
    known = {(one.jurisdiction, one.id): one.name for one in directory.institutions}
    return {place: known.get(place) or _other(visit, place[1]) for place in places}


def own_institutions(visit: Visit) -> tuple[Place, ...]:
    """Every institution of the federation, those at home first."""
    home = visit.settings.home()
    found = [(one.jurisdiction, one.id) for one in home.directory.institutions]
    return tuple(sorted(found, key=lambda place: (place[0] != home.jurisdiction, place)))


def _other(visit: Visit, institution: str) -> str:
    return visit.gettext(_NAMELESS) if institution == OMBUDSPERSON else institution
