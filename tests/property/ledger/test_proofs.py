"""Proofs for trees of every size: what holds verifies, and no single bit may change."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portability.errors import ProofError
from portability.ledger.merkle import (
    consistency_proof,
    inclusion_proof,
    root_from,
    verify_consistency,
    verify_inclusion,
)
from portability.ledger.tiles import TileRef
from portability.ledger.tree import Frontier, batch_inclusion_proofs, tile_reader
from tests.plain_tree import root_of

LEAVES = [hashlib.sha256(index.to_bytes(8, "big")).digest() for index in range(1025)]
TILES: dict[tuple[int, int], bytes] = {
    (tile.level, tile.index): tile.hashes for tile in Frontier().append(LEAVES)
}


def read_tile(ref: TileRef) -> bytes:
    return TILES[ref.level, ref.index]


def flip(data: bytes, bit: int) -> bytes:
    bit %= 8 * len(data)
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


SIZES = st.integers(1, len(LEAVES))
BITS = st.integers(0, 255)


@given(size=SIZES, share=st.floats(0, 1, exclude_max=True), bit=BITS, place=st.integers(0, 100))
def test_an_inclusion_proof_holds_until_one_bit_is_flipped(
    size: int, share: float, bit: int, place: int
) -> None:
    index = int(share * size)
    root = root_of(LEAVES[:size])
    proof = inclusion_proof(index, size, tile_reader(size, read_tile))
    verify_inclusion(LEAVES[index], index, size, proof, root)
    with pytest.raises(ProofError):
        verify_inclusion(flip(LEAVES[index], bit), index, size, proof, root)
    with pytest.raises(ProofError):
        verify_inclusion(LEAVES[index], index, size, proof, flip(root, bit))
    if proof:
        at = place % len(proof)
        changed = (*proof[:at], flip(proof[at], bit), *proof[at + 1 :])
        with pytest.raises(ProofError):
            verify_inclusion(LEAVES[index], index, size, changed, root)


@given(sizes=st.tuples(SIZES, SIZES), bit=BITS, place=st.integers(0, 100))
def test_a_consistency_proof_holds_until_one_bit_is_flipped(
    sizes: tuple[int, int], bit: int, place: int
) -> None:
    first, second = sorted(sizes)
    root1, root2 = root_of(LEAVES[:first]), root_of(LEAVES[:second])
    proof = consistency_proof(first, second, tile_reader(second, read_tile))
    verify_consistency(first, root1, second, root2, proof)
    with pytest.raises(ProofError):
        verify_consistency(first, flip(root1, bit), second, root2, proof)
    with pytest.raises(ProofError):
        verify_consistency(first, root1, second, flip(root2, bit), proof)
    if proof:
        at = place % len(proof)
        changed = [*proof[:at], flip(proof[at], bit), *proof[at + 1 :]]
        with pytest.raises(ProofError):
            verify_consistency(first, root1, second, root2, changed)


@given(batches=st.lists(st.integers(0, 300), max_size=12))
def test_an_edge_is_the_same_appended_or_loaded(batches: list[int]) -> None:
    frontier = Frontier()
    tiles: dict[tuple[int, int], bytes] = {}
    leaves = LEAVES * 4
    for count in batches:
        for tile in frontier.append(leaves[frontier.size : frontier.size + count]):
            tiles[tile.level, tile.index] = tile.hashes
    size = frontier.size
    loaded = Frontier.load(size, lambda ref: tiles[ref.level, ref.index])
    assert root_of(leaves[:size]) == frontier.root() == loaded.root()
    read = tile_reader(size, lambda ref: tiles[ref.level, ref.index])
    assert root_of(leaves[:size]) == root_from(size, read)


@given(size=SIZES, shares=st.lists(st.floats(0, 1, exclude_max=True), max_size=30))
def test_a_batch_of_proofs_is_the_proofs_of_the_batch(size: int, shares: list[float]) -> None:
    indexes = [int(share * size) for share in shares]
    read = tile_reader(size, read_tile)
    assert [inclusion_proof(index, size, read) for index in indexes] == batch_inclusion_proofs(
        indexes, size, read
    )


@given(
    size1=st.integers(-(2**65), 2**65),
    size2=st.integers(-(2**65), 2**65),
    hashes=st.lists(st.binary(min_size=31, max_size=33), min_size=2, max_size=70),
)
def test_nonsense_is_refused_as_a_proof_that_does_not_hold(
    size1: int, size2: int, hashes: list[bytes]
) -> None:
    first, second, *proof = hashes
    with pytest.raises(ProofError):
        verify_inclusion(first, size1, size2, proof, second + b"!")
    for index, size in ((size1, size2), (abs(size1), abs(size1) + abs(size2))):
        try:
            verify_inclusion(first, index, size, proof, second)
            verify_consistency(index, first, size, second, proof)
        except ProofError:
            continue
        raise AssertionError("random hashes were taken for a proof")
