"""Looking for bytes in a file as it lies on the disk, whatever its format says about them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

CHUNK_BYTES: Final = 8 * 1024 * 1024


def holds_any(path: Path, needles: Sequence[bytes]) -> bool:
    """Whether a file holds one of these, in memory of a few megabytes. Raises OSError."""
    overlap = max(map(len, needles), default=1) - 1
    before = b""
    with path.open("rb") as source:
        while chunk := source.read(CHUNK_BYTES):
            window = before + chunk
            if any(needle in window for needle in needles):
                return True
            before = window[len(window) - overlap :] if overlap else b""
    return False
