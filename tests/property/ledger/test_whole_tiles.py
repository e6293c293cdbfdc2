"""Proofs of many leaves, tile by tile, are the proofs of each leaf by itself."""

from hypothesis import given
from hypothesis import strategies as st

from portability.ledger.merkle import inclusion_proof
from portability.ledger.tree import (
    batch_inclusion_proofs,
    one_of_each_tile,
    tile_reader,
    tiles_read,
)
from tests.property.ledger.test_proofs import LEAVES, read_tile

SIZES = st.sampled_from([1, 255, 256, 257, 511, 512, 513, len(LEAVES)]) | st.integers(
    1, len(LEAVES)
)


@given(size=SIZES, shares=st.lists(st.floats(0, 1, exclude_max=True), min_size=1, max_size=30))
def test_proofs_through_whole_tiles_are_those_made_node_by_node(
    size: int, shares: list[float]
) -> None:
    indexes = [int(share * size) for share in shares]
    whole = tile_reader(size, read_tile)

    def node_by_node(level: int, index: int) -> bytes:
        return whole(level, index)  # says nothing of tiles

    proofs = batch_inclusion_proofs(indexes, size, whole)
    assert proofs == batch_inclusion_proofs(indexes, size, node_by_node)
    assert proofs == [inclusion_proof(index, size, node_by_node) for index in indexes]


@given(size=SIZES, shares=st.lists(st.floats(0, 1, exclude_max=True), min_size=1, max_size=30))
def test_one_leaf_of_each_tile_needs_the_tiles_of_all(size: int, shares: list[float]) -> None:
    indexes = [int(share * size) for share in shares]
    some = one_of_each_tile(indexes)

    assert set(some) <= set(indexes)
    assert set(tiles_read(size, lambda read: batch_inclusion_proofs(some, size, read))) == set(
        tiles_read(size, lambda read: batch_inclusion_proofs(indexes, size, read))
    )
