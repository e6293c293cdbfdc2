"""The institutions that a development federation knows by name; any other country gets one."""

from collections.abc import Mapping
from typing import Final

from portability.core.periods import Branch
from portability.ledger.directory import Institution

PENSIONS: Final = (Branch.OLD_AGE, Branch.SURVIVORS, Branch.INVALIDITY)

AUDITORS: Final[Mapping[str, str]] = {"ES": "tcu", "FR": "cdc"}
"""Ids of courts of audit: Tribunal de Cuentas, Cour des comptes."""

COUNTER: Final = "counter"
"""The office whose staff helps people with what other institutions ask."""

_KNOWN: Final = (
    Institution(
        jurisdiction="FR",
        id="cnav",
        name="Caisse nationale d'assurance vieillesse",
        branches=PENSIONS,
        country="FR",
        contact="https://www.lassuranceretraite.fr",
        supervisory_authority="Commission nationale de l'informatique et des libertés",
    ),
    Institution(
        jurisdiction="ES",
        id="inss",
        name="Instituto Nacional de la Seguridad Social",
        branches=PENSIONS,
        country="ES",
        contact="https://www.seg-social.es",
        supervisory_authority="Agencia Española de Protección de Datos",
    ),
)


def institutions_of(jurisdiction: str) -> list[Institution]:
    """The known institutions of a jurisdiction, or one made up for it."""
    known = [one for one in _KNOWN if one.jurisdiction == jurisdiction]
    return known or [
        Institution(
            jurisdiction=jurisdiction,
            id="pensions",
            name=f"Pension institution of {jurisdiction} (development)",
            branches=PENSIONS,
            country=jurisdiction,
            contact=f"pensions@{jurisdiction.lower()}.example",
            supervisory_authority=f"Data protection authority of {jurisdiction} (development)",
        )
    ]
