"""
The files of an offline bundle by their names, and what they claim to be.

What a bundle claims is computed from what it holds, by whoever writes it and again by whoever reads
it, so that the claim itself cannot be changed unnoticed.
"""

import re
from collections import Counter
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from portability.errors import PortabilityError
from portability.ledger.bundle import MANIFEST, build_manifest
from portability.ledger.envelope import envelope_from_json, kind_of

STATEMENTS: Final = "statements"
PROOFS: Final = "proofs"
LEAVES: Final = "leaves"
DIRECTORIES: Final = "directory"
AGREEMENTS: Final = "agreements"
DISCLOSURES: Final = "disclosures"
ERASURES: Final = "erasures"
EVIDENCE: Final = "evidence"
CONSISTENCY: Final = "consistency"
POLICY: Final = "policy"
SUMMARY: Final = "summary.html"
"""A page for people, written by whoever exports. Nothing is believed of it."""


class Scope(StrEnum):
    """What a bundle is about."""

    CASE = "case"
    PERSON = "person"


_STATEMENT: Final = re.compile(r"(statements|erasures|evidence)/[0-9a-f]{64}\.json")
_OPENINGS: Final = {
    Scope.CASE: "One case of mutual recognition with",
    Scope.PERSON: "What one node holds of one person:",
}

Files = Mapping[str, bytes]


def list_files(files: Files, scope: Scope = Scope.CASE) -> dict[str, bytes]:
    """
    The files with a list that is true of them, in place of any that was there.

    Raises InvalidInputError for a path that no bundle may hold.
    """
    whole = {path: content for path, content in files.items() if path != MANIFEST}
    return {**whole, MANIFEST: build_manifest(claim_of(whole, scope), whole)}


def claim_of(files: Files, scope: Scope = Scope.CASE) -> str:
    """What the bundle holds, in one sentence. Statements that do not parse are counted as such."""
    kinds = Counter(_kind(files[path]) for path in files if _STATEMENT.fullmatch(path))
    held = ", ".join(f"{kinds[kind]} {kind}" for kind in sorted(kinds)) or "none"
    return f"{_OPENINGS[scope]} {kinds.total()} signed statements: {held}."


def scope_of(claim: str) -> Scope:
    """What a claim says the bundle is about; a case if it says nothing that we would write."""
    return Scope.PERSON if claim.startswith(_OPENINGS[Scope.PERSON]) else Scope.CASE


def statement_ids(files: Files) -> list[str]:
    """Ids (hex) for which the bundle holds a statement, a proof or a leaf, in order."""
    found = set()
    for path in files:
        folder, _, name = path.partition("/")
        if folder in (STATEMENTS, PROOFS, LEAVES, ERASURES, EVIDENCE):
            found.add(name.partition(".")[0])
    return sorted(found)


def under(files: Files, folder: str) -> list[str]:
    """The paths in one folder, in order."""
    return sorted(path for path in files if path.startswith(f"{folder}/"))


def _kind(data: bytes) -> str:
    try:
        return kind_of(envelope_from_json(data).payload_type)
    except PortabilityError:
        return "unreadable"
