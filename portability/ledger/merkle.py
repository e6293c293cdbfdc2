"""
The SHA-256 Merkle tree of RFC 6962 §2.1: hashes, proofs made and proofs verified.

Proofs are made from a ``HashReader``, which gives the hash of the perfect subtree of 2^level leaves
at an index; where those hashes are kept is none of this module's business.

Source: RFC 6962 §2.1, RFC 9162 §2.1; formats.md, Merkle tree, with its edge cases.
"""

import hashlib
from collections.abc import Callable, Sequence
from typing import Final

from portability.errors import ProofError
from portability.ledger.encoding import HASH_BYTES, MAX_NUMBER

HashReader = Callable[[int, int], bytes]
"""(level, index) → hash of the perfect subtree over leaves [index·2^level, (index+1)·2^level)."""

EMPTY_ROOT: Final = hashlib.sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_from(size: int, read_hash: HashReader) -> bytes:
    """The root of the tree of the first ``size`` leaves."""
    return tail_hash(0, size, read_hash) if size else EMPTY_ROOT


def tail_hash(start: int, size: int, read_hash: HashReader) -> bytes:
    """
    The hash over leaves [start, size), where start is a multiple of a power of two ≥ size − start.

    Folds the perfect subtrees of the range from the smallest, rightmost one.
    """
    count = size - start
    folded = b""
    for level in range(count.bit_length()):
        if count >> level & 1:
            subtree = read_hash(level, (size >> level) - 1)
            folded = node_hash(subtree, folded) if folded else subtree
    return folded


def inclusion_proof(index: int, size: int, read_hash: HashReader) -> tuple[bytes, ...]:
    """Siblings of the leaf's path from the leaf upwards (RFC 6962 §2.1.1)."""
    if not 0 <= index < size:
        raise ProofError(
            f"there is no leaf {index} in a tree of {size}", index=str(index), size=str(size)
        )
    return _siblings(0, index, size, read_hash)


def consistency_proof(size1: int, size2: int, read_hash: HashReader) -> tuple[bytes, ...]:
    """Shows that the tree of ``size1`` is a prefix of that of ``size2`` (RFC 6962 §2.1.2)."""
    if not 0 <= size1 <= size2:
        raise ProofError(
            f"a tree of {size1} is no prefix of one of {size2}", size1=str(size1), size2=str(size2)
        )
    if size1 in (0, size2):
        return ()
    level = (size1 & -size1).bit_length() - 1
    index = (size1 - 1) >> level
    above = _siblings(level, index, size2, read_hash)
    return above if index == 0 else (read_hash(level, index), *above)


def sibling(level: int, index: int, size: int, read_hash: HashReader) -> bytes:
    """The hash beside node (level, index) in a tree of ``size``; empty where there is none."""
    other = index ^ 1
    start = other << level
    if start >= size:
        return b""
    if start + (1 << level) <= size:
        return read_hash(level, other)
    return tail_hash(start, size, read_hash)


def verify_inclusion(
    leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> None:
    """Raise ProofError unless the leaf is at ``index`` of the tree of ``size`` with ``root``."""
    _check_hashes(leaf_hash, root, *proof)
    if not 0 <= index < size <= MAX_NUMBER:
        raise ProofError("the proof is for an index that the tree does not have")
    inner = (index ^ (size - 1)).bit_length()
    border = (index >> inner).bit_count()
    _check_length(proof, inner + border)
    node = leaf_hash
    for level, other in enumerate(proof):
        if level >= inner or index >> level & 1:
            node = node_hash(other, node)
        else:
            node = node_hash(node, other)
    if node != root:
        raise ProofError("the inclusion proof does not lead to the root")


def verify_consistency(
    size1: int, root1: bytes, size2: int, root2: bytes, proof: Sequence[bytes]
) -> None:
    """Raise ProofError unless the first tree is a prefix of the second."""
    _check_hashes(root1, root2, *proof)
    if not 0 <= size1 <= size2 <= MAX_NUMBER:
        raise ProofError("the second tree is smaller than the first")
    if size1 in (0, size2):
        _check_length(proof, 0)
        if size1 == 0 and root1 != EMPTY_ROOT:
            raise ProofError("the first tree is empty but its root is not that of the empty tree")
        if size1 == size2 and root1 != root2:
            raise ProofError("two trees of the same size have different roots")
        return
    if _roots_shown_by(size1, root1, size2, proof) != (root1, root2):
        raise ProofError("the consistency proof does not lead to both roots")


def _roots_shown_by(
    size1: int, root1: bytes, size2: int, proof: Sequence[bytes]
) -> tuple[bytes, bytes]:
    """Both roots as the proof rebuilds them, for 0 < size1 < size2."""
    shift = (size1 & -size1).bit_length() - 1
    mask = (size1 - 1) >> shift
    inner = ((size1 - 1) ^ (size2 - 1)).bit_length() - shift
    border = (mask >> inner).bit_count()
    whole = size1 == 1 << shift  # the first tree is one perfect subtree: its root is the seed
    _check_length(proof, inner + border + (0 if whole else 1))
    seed, path = (root1, proof) if whole else (proof[0], proof[1:])
    old = new = seed
    for level, other in enumerate(path):
        if level >= inner or mask >> level & 1:
            old, new = node_hash(other, old), node_hash(other, new)
        else:
            new = node_hash(new, other)
    return old, new


def _siblings(level: int, index: int, size: int, read_hash: HashReader) -> tuple[bytes, ...]:
    path = []
    while 1 << level < size:
        other = sibling(level, index, size, read_hash)
        if other:
            path.append(other)
        level += 1
        index >>= 1
    return tuple(path)


def _check_hashes(*hashes: bytes) -> None:
    if any(len(one) != HASH_BYTES for one in hashes):
        raise ProofError("a leaf hash, root or proof element is not 32 bytes")


def _check_length(proof: Sequence[bytes], expected: int) -> None:
    if len(proof) != expected:
        raise ProofError(
            f"the proof has {len(proof)} hashes, {expected} are needed",
            found=str(len(proof)),
            needed=str(expected),
        )
