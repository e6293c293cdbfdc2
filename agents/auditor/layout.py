"""
Which files a bundle may hold: each has a place, and in its place something that reads it.

A file that no step looks at would be called good with the rest, whatever it says to whoever opens
it. Source: formats.md, Offline bundle.
"""

import re
from typing import Final

from agents.bundle_files import (
    AGREEMENTS,
    CONSISTENCY,
    DIRECTORIES,
    DISCLOSURES,
    ERASURES,
    EVIDENCE,
    LEAVES,
    POLICY,
    PROOFS,
    STATEMENTS,
    SUMMARY,
    Files,
)
from portability.errors import ProofError
from portability.ledger.bundle import MANIFEST

_ID: Final = "[0-9a-f]{64}"
_SIGNED: Final = (STATEMENTS, ERASURES, EVIDENCE)
_KNOWN: Final = re.compile(
    "|".join(
        (
            POLICY,
            re.escape(SUMMARY),
            rf"(?:{'|'.join(_SIGNED)}|{DISCLOSURES})/{_ID}\.json",
            rf"{PROOFS}/{_ID}\.tlog-proof",
            rf"{LEAVES}/{_ID}",
            rf"(?:{DIRECTORIES}|{AGREEMENTS})/[^/]+\.json",
            rf"{CONSISTENCY}/{_ID}/[0-9]+-[0-9]+",
        )
    )
)


def check_layout(files: Files) -> None:
    """Raises ProofError for the first file that no step of the verification would look at."""
    for path in sorted(files):
        if path != MANIFEST and not _KNOWN.fullmatch(path):
            raise ProofError(f"{path} is not a file that this version knows how to verify")
        folder, _, name = path.partition("/")
        homes = [f"{one}/{name}" for one in _SIGNED if f"{one}/{name}" in files]
        if folder in _SIGNED and len(homes) > 1:
            raise ProofError(f"the bundle holds one statement twice: {' and '.join(homes)}")
        if folder == DISCLOSURES and not homes:
            raise ProofError(f"{path} discloses fields of a statement that is not in the bundle")
