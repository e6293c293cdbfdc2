"""
What a witness answers to ``add-checkpoint``, decided from values alone.

The caller looks up the keys trusted for the origin and the checkpoint last cosigned for it, asks
``answer_add_checkpoint``, and on 200 stores the new checkpoint in the same transaction as that
look-up, before it answers.

Source: c2sp.org/tlog-witness v1.0.0; formats.md, Notes, checkpoints.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from portability.errors import InvalidInputError, ProofError
from portability.ledger.encoding import (
    decode_decimal,
    decode_hash,
    encode_base64,
)
from portability.ledger.merkle import EMPTY_ROOT, verify_consistency
from portability.ledger.note import (
    LOG_KEY,
    MAX_NOTE_BYTES,
    Note,
    NoteSignature,
    VerifierKey,
    parse_note,
    signature_line,
    verify_note,
)
from portability.ledger.tree_head import Checkpoint, parse_checkpoint_text

MAX_PROOF_LINES: Final = 63
MAX_BODY_BYTES: Final = MAX_NOTE_BYTES + 4096
SIZE_TYPE: Final = "text/x.tlog.size"
TEXT_TYPE: Final = "text/plain; charset=utf-8"

OK: Final = 200
MALFORMED: Final = 400
NOT_SIGNED: Final = 403
UNKNOWN_ORIGIN: Final = 404
OTHER_SIZE: Final = 409
NOT_CONSISTENT: Final = 422


@dataclass(frozen=True, slots=True, kw_only=True)
class AddCheckpoint:
    """A request as it was read, not verified; ``data`` is the note and ``signed`` its parts."""

    old_size: int
    proof: tuple[bytes, ...]
    data: bytes
    signed: Note
    checkpoint: Checkpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class WitnessAnswer:
    """
    The HTTP answer; ``cosigned`` is what to remember from now on, only with status 200.

    ``is_fork``: the log signed two roots for one size. Keep both signed heads, the evidence.
    """

    status: int
    body: bytes
    content_type: str = TEXT_TYPE
    cosigned: Checkpoint | None = None
    is_fork: bool = False


def origin_hash(origin: str) -> str:
    """The path segment under which a witness serves what it last cosigned: hex SHA-256."""
    return hashlib.sha256(origin.encode("utf-8")).hexdigest()


def format_add_checkpoint(old_size: int, proof: Sequence[bytes], note: bytes) -> bytes:
    """The body of a request: ``old <size>``, the proof, an empty line, the checkpoint."""
    lines = [f"old {old_size}", *map(encode_base64, proof), "", ""]
    return "\n".join(lines).encode("ascii") + note


def parse_add_checkpoint(body: bytes) -> AddCheckpoint:
    """
    Read the body of a request. InvalidInputError is the answer 400.

    Other logs may write extension lines; they are cosigned with the text and otherwise ignored.
    """
    if len(body) > MAX_BODY_BYTES:
        raise InvalidInputError(f"the request is over {MAX_BODY_BYTES} bytes", field="body")
    head, found, note = body.partition(b"\n\n")
    old, *hashes = head.split(b"\n")
    if not found or not old.startswith(b"old ") or len(hashes) > MAX_PROOF_LINES:
        raise InvalidInputError(
            f"the request is not 'old SIZE', at most {MAX_PROOF_LINES} hashes, an empty line "
            "and a checkpoint",
            field="body",
        )
    signed = parse_note(note)
    return AddCheckpoint(
        old_size=decode_decimal(old.removeprefix(b"old "), what="old size"),
        proof=tuple(decode_hash(line, what="proof hash") for line in hashes),
        data=note,
        signed=signed,
        checkpoint=parse_checkpoint_text(signed.text, allow_extensions=True),
    )


def answer_add_checkpoint(
    request: AddCheckpoint,
    keys: Sequence[VerifierKey],
    last: Checkpoint | None,
    cosign: Callable[[bytes], Iterable[NoteSignature]],
) -> WitnessAnswer:
    """
    Decide in the order of the specification.

    ``keys`` are the log keys trusted for the request's origin, none when the origin is unknown;
    ``last`` is what was last cosigned for it; ``cosign`` makes this witness's lines for a note.
    """
    new = request.checkpoint
    known = last or Checkpoint(origin=new.origin, size=0, root=EMPTY_ROOT)
    if not keys:
        return _refuse(UNKNOWN_ORIGIN, "this witness does not know the origin")
    try:
        verify_note(request.signed, [key for key in keys if key.kind == LOG_KEY])
    except ProofError as error:
        return _refuse(NOT_SIGNED, error.message)
    if request.old_size > new.size:
        return _refuse(MALFORMED, "the old size is larger than the checkpoint's")
    is_fork = new.size == known.size and new.root != known.root
    if request.old_size != known.size:
        size = b"%d\n" % known.size
        return WitnessAnswer(status=OTHER_SIZE, body=size, content_type=SIZE_TYPE, is_fork=is_fork)
    try:
        verify_consistency(known.size, known.root, new.size, new.root, request.proof)
    except ProofError as error:
        return _refuse(NOT_CONSISTENT, error.message, is_fork=is_fork)
    body = b"".join(map(signature_line, cosign(request.data)))
    return WitnessAnswer(status=OK, body=body, cosigned=new)


def _refuse(status: int, why: str, *, is_fork: bool = False) -> WitnessAnswer:
    return WitnessAnswer(status=status, body=f"{why}\n".encode(), is_fork=is_fork)
