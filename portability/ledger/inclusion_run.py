"""
Inclusion of many leaves of one tree: neighbours share what was hashed for the one before.

A history lies in a log as a run of leaves, and the proofs of neighbours are alike from where their
paths meet. There a comparison is worth as much as hashing on to the root again.
"""

from hashlib import sha256
from typing import Final

from portability.errors import ProofError
from portability.ledger.encoding import HASH_BYTES
from portability.ledger.merkle import verify_inclusion

_NODE: Final = b"\x01"


class InclusionRun:
    """Verifies leaves of the tree of ``size`` with ``root``, fastest in ascending order."""

    def __init__(self, size: int, root: bytes) -> None:
        self._size = size
        self._root = root
        self._index = -1
        self._proof = b""
        self._path: list[bytes] = []

    def verify(self, leaf_hash: bytes, index: int, proof: bytes) -> None:
        """
        As ``verify_inclusion``, with the hashes of the proof joined. Raises ProofError.

        Every hash of every proof is looked at: what is not hashed is equal to what was.
        """
        if not self._meets_the_last(leaf_hash, index, proof):
            self._verify_alone(leaf_hash, index, proof)

    def _meets_the_last(self, leaf_hash: bytes, index: int, proof: bytes) -> bool:
        """
        Whether the path comes to a node that the last one led through, and the rest is the same.

        From a common node within the part of the tree that is perfect, both paths turn alike.
        """
        meeting = (index ^ self._index).bit_length()
        perfect = (index ^ (self._size - 1)).bit_length()
        at = meeting * HASH_BYTES
        if (
            not 0 <= index < self._size
            or not self._path
            or meeting >= perfect
            or len(leaf_hash) != HASH_BYTES
            or len(proof) != len(self._proof)
            or proof[at:] != self._proof[at:]
        ):
            return False
        path = _climb(leaf_hash, index, proof, meeting)
        if path[-1] != self._path[meeting]:
            return False
        self._path[: meeting + 1] = path
        self._index, self._proof = index, proof
        return True

    def _verify_alone(self, leaf_hash: bytes, index: int, proof: bytes) -> None:
        if len(proof) % HASH_BYTES:
            raise ProofError("a leaf hash, root or proof element is not 32 bytes")
        hashes = [proof[at : at + HASH_BYTES] for at in range(0, len(proof), HASH_BYTES)]
        verify_inclusion(leaf_hash, index, self._size, hashes, self._root)
        perfect = (index ^ (self._size - 1)).bit_length()
        self._path = _climb(leaf_hash, index, proof, perfect)
        self._index, self._proof = index, proof


def _climb(leaf_hash: bytes, index: int, proof: bytes, levels: int) -> list[bytes]:
    """The leaf and the nodes above it up to a level of the perfect part of the tree."""
    node = leaf_hash
    path = [node]
    for at in range(0, levels * HASH_BYTES, HASH_BYTES):
        other = proof[at : at + HASH_BYTES]
        # as ``merkle.node_hash``, which is called for every level of every leaf
        node = sha256(_NODE + other + node if index & 1 else _NODE + node + other).digest()
        path.append(node)
        index >>= 1
    return path
