"""
Offline proofs that an entry is in a log: the ``.tlog-proof`` file.

Source: c2sp.org/tlog-proof@v1; formats.md, Notes, checkpoints.
"""

from dataclasses import dataclass
from typing import Final

from portability.errors import InvalidInputError
from portability.ledger.encoding import (
    decode_base64,
    decode_decimal,
    decode_hash,
    encode_base64,
)
from portability.ledger.note import MAX_NOTE_BYTES, parse_note

HEADER: Final = b"c2sp.org/tlog-proof@v1"
MAX_HASHES: Final = 63
MAX_PROOF_BYTES: Final = 2 * MAX_NOTE_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofFile:
    """
    Index and inclusion proof of an entry, and the checkpoint with all its signatures.

    ``extra`` is not covered by any signature: we write none and ignore it.
    """

    index: int
    proof: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes | None = None


def format_proof_file(proof: ProofFile) -> bytes:
    lines = [HEADER]
    if proof.extra is not None:
        lines.append(b"extra " + encode_base64(proof.extra).encode("ascii"))
    lines.append(b"index %d" % proof.index)
    lines += [encode_base64(one).encode("ascii") for one in proof.proof]
    return b"\n".join(lines) + b"\n\n" + proof.checkpoint


def parse_proof_file(data: bytes) -> ProofFile:
    """Read a proof file. Raises InvalidInputError; verifies nothing."""
    if len(data) > MAX_PROOF_BYTES:
        raise InvalidInputError(f"the proof file is over {MAX_PROOF_BYTES} bytes", field="proof")
    head, found, checkpoint = data.partition(b"\n\n")
    lines = head.split(b"\n")
    if not found or lines[0] != HEADER:
        raise InvalidInputError(
            "the proof file is not 'c2sp.org/tlog-proof@v1', proof lines, an empty line "
            "and a checkpoint",
            field="proof",
        )
    rest = lines[1:]
    extra = None
    if rest and rest[0].startswith(b"extra "):
        extra = decode_base64(rest.pop(0)[len(b"extra ") :], what="extra line")
    if not rest or not rest[0].startswith(b"index "):
        raise InvalidInputError("the proof file has no index line in its place", field="index")
    index = decode_decimal(rest.pop(0)[len(b"index ") :], what="index")
    if len(rest) > MAX_HASHES:
        raise InvalidInputError(f"the proof has more than {MAX_HASHES} hashes", field="proof")
    proof = tuple(decode_hash(line, what="proof hash") for line in rest)
    parse_note(checkpoint)
    return ProofFile(index=index, proof=proof, checkpoint=checkpoint, extra=extra)
