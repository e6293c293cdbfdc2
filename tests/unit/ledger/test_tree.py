"""Growing a tree by its right edge, and proving out of its tiles."""

import hashlib
from functools import cache

import pytest

from portability.errors import ProofError
from portability.ledger.merkle import (
    EMPTY_ROOT,
    consistency_proof,
    inclusion_proof,
    root_from,
    verify_consistency,
    verify_inclusion,
)
from portability.ledger.tiles import TileRef, edge_tiles, tiles_of
from portability.ledger.tree import (
    Frontier,
    batch_inclusion_proofs,
    one_of_each_tile,
    tile_reader,
    tiles_read,
)
from tests.plain_tree import root_of

LEAVES = [hashlib.sha256(index.to_bytes(8, "big")).digest() for index in range(70_000)]


@cache
def root_at(size: int) -> bytes:
    return root_of(LEAVES[:size])


class Store:
    """Tiles as a database keeps them: the widest of each."""

    def __init__(self) -> None:
        self.frontier = Frontier()
        self.tiles: dict[tuple[int, int], bytes] = {}

    def append(self, leaves: list[bytes]) -> None:
        for tile in self.frontier.append(leaves):
            assert tile.width == len(tile.hashes) // 32
            self.tiles[tile.level, tile.index] = tile.hashes

    def read(self, ref: TileRef) -> bytes:
        return self.tiles[ref.level, ref.index]


@pytest.fixture(scope="module")
def big() -> Store:
    store = Store()
    for start in range(0, 70_000, 777):
        store.append(LEAVES[start : start + 777])
    return store


@pytest.mark.parametrize("batch", [1, 2, 3, 255, 256, 257, 600])
def test_the_root_is_the_same_however_leaves_are_batched(batch: int) -> None:
    store = Store()
    for start in range(0, 600, batch):
        store.append(LEAVES[start : min(start + batch, 600)])
        assert root_of(LEAVES[: store.frontier.size]) == store.frontier.root()
    assert store.frontier.size == 600


def test_an_empty_tree_has_the_empty_root_and_an_empty_append_changes_nothing() -> None:
    frontier = Frontier()
    assert frontier.root() == EMPTY_ROOT
    assert frontier.append([]) == []
    assert Frontier.load(0, lambda ref: b"").root() == EMPTY_ROOT
    assert root_from(0, tile_reader(0, lambda ref: b"")) == EMPTY_ROOT


def test_a_tree_of_70000_has_the_tiles_that_the_specification_names(big: Store) -> None:
    assert root_at(70_000) == big.frontier.root()
    assert [
        TileRef(level=0, index=273, width=112),
        TileRef(level=1, index=1, width=17),
        TileRef(level=2, index=0, width=1),
    ] == edge_tiles(70_000)
    for ref in tiles_of(70_000):
        assert ref.width * 32 == len(big.read(ref))


def test_only_tiles_that_changed_are_returned() -> None:
    frontier = Frontier()
    assert [(t.level, t.index, t.width) for t in frontier.append(LEAVES[:255])] == [(0, 0, 255)]
    assert [(t.level, t.index, t.width) for t in frontier.append(LEAVES[255:256])] == [
        (0, 0, 256),
        (1, 0, 1),
    ]
    assert [(t.level, t.index, t.width) for t in frontier.append(LEAVES[256:257])] == [(0, 1, 1)]
    assert [(t.level, t.index, t.width) for t in frontier.append(LEAVES[257:600])] == [
        (0, 1, 256),
        (0, 2, 88),
        (1, 0, 2),
    ]


@pytest.mark.parametrize(
    "size", [1, 2, 255, 256, 257, 511, 512, 65_535, 65_536, 65_537, 69_999, 70_000]
)
def test_a_loaded_edge_goes_on_where_the_tree_was(big: Store, size: int) -> None:
    loaded = Frontier.load(size, big.read)
    assert root_at(size) == loaded.root()
    loaded.append(LEAVES[size:])
    assert big.frontier.root() == loaded.root()
    assert big.frontier._partial == loaded._partial


def test_a_copy_can_be_thrown_away(big: Store) -> None:
    before = big.frontier.root()
    twin = big.frontier.copy()
    twin.append(LEAVES[:1000])
    assert (70_000, before) == (big.frontier.size, big.frontier.root())
    assert (71_000, root_of(LEAVES + LEAVES[:1000])) == (twin.size, twin.root())


def test_proofs_for_a_batch_are_those_made_one_by_one(big: Store) -> None:
    for size in (70_000, 65_536, 65_537, 300, 1):
        read = tile_reader(size, big.read)
        indexes = [index for index in (0, 255, 256, 299, 65_535, 65_536, 69_999) if index < size]
        indexes.reverse()
        proofs = batch_inclusion_proofs(indexes, size, read)
        root = root_at(size)
        for index, proof in zip(indexes, proofs, strict=True):
            assert inclusion_proof(index, size, tile_reader(size, big.read)) == proof
            verify_inclusion(LEAVES[index], index, size, proof, root)
    assert batch_inclusion_proofs([], 0, tile_reader(0, big.read)) == []


@pytest.mark.parametrize("indexes", [[5], [-1], [0, 5], [-1, 4]])
def test_a_batch_with_an_index_outside_the_tree_is_refused(big: Store, indexes: list[int]) -> None:
    with pytest.raises(ProofError, match="no such leaf"):
        batch_inclusion_proofs(indexes, 5, tile_reader(5, big.read))


def test_old_sizes_are_consistent_out_of_tiles_that_grew_since(big: Store) -> None:
    sizes = [1, 2, 3, 255, 256, 257, 65_535, 65_536, 65_537, 69_999, 70_000]
    for second in sizes:
        read = tile_reader(second, big.read)
        for first in (size for size in sizes if size <= second):
            verify_consistency(
                first,
                root_at(first),
                second,
                root_at(second),
                consistency_proof(first, second, read),
            )


def test_the_tiles_to_fetch_are_known_before_they_are_read(big: Store) -> None:
    refs = tiles_read(70_000, lambda read: batch_inclusion_proofs([69_999, 5], 70_000, read))
    fetched = {(ref.level, ref.index): big.read(ref) for ref in refs}
    reader = tile_reader(70_000, lambda ref: fetched[ref.level, ref.index])
    for index, proof in zip(
        [69_999, 5], batch_inclusion_proofs([69_999, 5], 70_000, reader), strict=True
    ):
        verify_inclusion(LEAVES[index], index, 70_000, proof, big.frontier.root())
    assert len(refs) == len(set(refs)) <= 5


def test_a_stored_tile_that_is_too_short_is_named(big: Store) -> None:
    def cut(ref: TileRef) -> bytes:
        return big.read(ref)[:-1] if ref.level == 1 else big.read(ref)

    with pytest.raises(ProofError, match="tile 1/1"):
        Frontier.load(70_000, cut)
    with pytest.raises(ProofError, match="tile 1/"):
        root_from(70_000, tile_reader(70_000, cut))


def test_a_leaf_that_is_no_hash_and_a_tree_past_the_range_are_refused() -> None:
    frontier = Frontier()
    with pytest.raises(ProofError, match="32 bytes"):
        frontier.append([LEAVES[0], b""])
    assert frontier.size == 0
    frontier.size = 2**63 - 2
    with pytest.raises(ProofError, match="grow past"):
        frontier.append(LEAVES[:2])
    frontier.append(LEAVES[:1])
    assert frontier.size == 2**63 - 1
    with pytest.raises(ProofError, match="grow past"):
        frontier.append(LEAVES[:1])


def test_a_reader_that_has_read_the_tiles_above_still_tells_them_from_those_below(
    big: Store,
) -> None:
    read = tile_reader(70_000, big.read)
    for index in (69_999, 5, 256):  # the first of them needs the whole of tile 1/0
        (proof,) = batch_inclusion_proofs([index], 70_000, read)
        verify_inclusion(LEAVES[index], index, 70_000, proof, big.frontier.root())


def test_leaves_of_one_tile_are_those_with_the_same_256th() -> None:
    assert one_of_each_tile([0, 255]) == [255]
    assert one_of_each_tile([0, 255, 256, 511, 512]) == [255, 511, 512]
