"""
Who somebody is on a connection: the URI name in a certificate, read strictly.

``portability://FR/node``, ``portability://FR/agency/cnav``, ``portability://ES/portal``,
``portability://ES/auditor/tcu``, ``portability://ES/ombudsperson``, ``portability://FR/operator``.
"""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Final

from portability.errors import InvalidInputError

SCHEME: Final = "portability"

_URI: Final = re.compile(
    r"portability://(?P<jurisdiction>[A-Z]{2})/(?P<role>[a-z]+)"
    r"(?:/(?P<institution>[a-z0-9][a-z0-9-]{0,62}))?"
)


class Role(StrEnum):
    """What a certificate lets its holder be."""

    NODE = "node"
    AGENCY = "agency"
    PORTAL = "portal"
    AUDITOR = "auditor"
    OMBUDSPERSON = "ombudsperson"
    OPERATOR = "operator"


OF_AN_INSTITUTION: Final = frozenset({Role.AGENCY, Role.AUDITOR})
"""Roles whose names end in the id of an institution or audit office; the others never do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """``institution`` is empty except for agencies and auditors."""

    jurisdiction: str
    role: Role
    institution: str = ""
    uri: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        tail = f"/{self.institution}" if self.institution else ""
        uri = f"{SCHEME}://{self.jurisdiction}/{self.role}{tail}"
        object.__setattr__(self, "uri", uri)  # every call asks for it: made once

    def __str__(self) -> str:
        return self.uri


@lru_cache(maxsize=4096)
def parse_identity(uri: str) -> Identity:
    """Read the URI name of a certificate. Raises InvalidInputError for any other form."""
    match = _URI.fullmatch(uri)
    if match is None or match["role"] not in Role.__members__.values():
        raise _refuse()
    role, institution = Role(match["role"]), match["institution"] or ""
    if (role in OF_AN_INSTITUTION) != bool(institution):
        raise _refuse()
    return Identity(jurisdiction=match["jurisdiction"], role=role, institution=institution)


def node_server_name(jurisdiction: str) -> str:
    """The DNS name in the certificate of a node of the development federation."""
    return f"{jurisdiction.lower()}.node.portability.internal"


def _refuse() -> InvalidInputError:
    return InvalidInputError(
        "the certificate's URI name is none of ours: expected portability://XX/ROLE, with the "
        "institution after it for an agency or auditor",
        field="certificate",
    )
