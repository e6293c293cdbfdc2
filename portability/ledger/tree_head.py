"""
A log's tree head as the text that is signed and cosigned.

Source: c2sp.org/tlog-checkpoint v1.0.0; formats.md, Notes, checkpoints. Extension lines, which the
specification allows, are refused: our logs write none. Only a witness of other logs passes them.
"""

from dataclasses import dataclass
from typing import Final

from portability.errors import InvalidInputError
from portability.ledger.encoding import (
    decode_decimal,
    decode_hash,
    decode_utf8,
    encode_base64,
)

_LINES: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The tree that a log says it has: ``origin`` names the log, ``root`` is 32 bytes."""

    origin: str
    size: int
    root: bytes


def checkpoint_text(checkpoint: Checkpoint) -> bytes:
    """Three lines: origin, size, root in base64."""
    text = f"{checkpoint.origin}\n{checkpoint.size}\n{encode_base64(checkpoint.root)}\n"
    return text.encode("utf-8")


def parse_checkpoint_text(text: bytes, *, allow_extensions: bool = False) -> Checkpoint:
    """Read the three lines, split at newlines only. Raises InvalidInputError."""
    lines = decode_utf8(text, what="checkpoint").split("\n")
    if lines.pop() or not all(lines) or len(lines) < _LINES:
        raise InvalidInputError(
            "the checkpoint is not the lines origin, size and root", field="checkpoint"
        )
    if len(lines) > _LINES and not allow_extensions:
        raise InvalidInputError(
            "the checkpoint has extension lines, which are not accepted here", field="checkpoint"
        )
    return Checkpoint(
        origin=lines[0],
        size=decode_decimal(lines[1], what="checkpoint size"),
        root=decode_hash(lines[2], what="checkpoint root"),
    )
