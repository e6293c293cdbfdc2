"""A tree derived from its entries again is the tree that was grown, in whatever portions."""

import pytest

from portability.ledger.merkle import leaf_hash
from portability.ledger.rebuild import Rebuild
from portability.ledger.tiles import tiles_of
from portability.ledger.tree import Frontier
from tests.plain_tree import root_of

ENTRIES = [b"entry %d" % number for number in range(700)]


@pytest.mark.parametrize("portion", [1, 7, 255, 256, 257, 700])
def test_tiles_and_root_do_not_depend_on_the_portions(portion: int) -> None:
    rebuild = Rebuild()
    made = []
    for start in range(0, len(ENTRIES), portion):
        made += rebuild.feed(ENTRIES[start : start + portion])
    made += rebuild.edge()
    assert rebuild.size == len(ENTRIES)
    assert rebuild.root == root_of([leaf_hash(entry) for entry in ENTRIES])
    assert {(one.level, one.index, one.width) for one in made} == {
        (ref.level, ref.index, ref.width) for ref in tiles_of(len(ENTRIES))
    }
    whole = Frontier().append([leaf_hash(entry) for entry in ENTRIES])
    assert {(one.level, one.index): one.hashes for one in made} == {
        (one.level, one.index): one.hashes for one in whole
    }


def test_the_edge_of_a_full_tree_is_its_one_upper_tile() -> None:
    rebuild = Rebuild()
    full = rebuild.feed(ENTRIES[:256])
    assert [(one.level, one.index) for one in full] == [(0, 0)]
    assert [(one.level, one.width) for one in rebuild.edge()] == [(1, 1)]


def test_nothing_fed_is_the_empty_tree() -> None:
    assert Rebuild().edge() == []
    assert Rebuild().root == root_of([])


def test_a_tile_that_fills_up_is_an_edge_no_longer() -> None:
    rebuild = Rebuild()
    assert rebuild.feed(ENTRIES[:200]) == []
    assert [(one.level, one.width) for one in rebuild.edge()] == [(0, 200)]
    assert [(one.level, one.index) for one in rebuild.feed(ENTRIES[200:256])] == [(0, 0)]
    assert [(one.level, one.width) for one in rebuild.edge()] == [(1, 1)]
