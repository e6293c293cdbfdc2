"""The tree of RFC 6962 as one would write it down; the trees of the ledger are held against it."""

from collections.abc import Sequence

from portability.ledger.merkle import EMPTY_ROOT, node_hash


def root_of(leaf_hashes: Sequence[bytes]) -> bytes:
    """The root over these leaf hashes, all of them in memory."""
    hashes = list(leaf_hashes)
    if not hashes:
        return EMPTY_ROOT
    while len(hashes) > 1:
        last = hashes[-1:] if len(hashes) % 2 else []  # promoted as it is, never duplicated
        pairs = iter(hashes)
        hashes = [node_hash(left, right) for left, right in zip(pairs, pairs, strict=False)]
        hashes += last
    return hashes[0]
