"""RFC 6962 trees: the roots and edge cases of formats.md §1."""

import pytest

from portability.errors import ProofError
from portability.ledger.merkle import (
    EMPTY_ROOT,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_from,
    verify_consistency,
    verify_inclusion,
)
from tests.plain_tree import root_of

ENTRIES = [
    bytes.fromhex(entry)
    for entry in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def read_hash(level: int, index: int) -> bytes:
    return root_of(LEAVES[index << level : (index + 1) << level])


@pytest.mark.parametrize("size", range(9))
def test_the_published_roots_come_out(size: int) -> None:
    assert ROOTS[size] == root_of(LEAVES[:size]).hex()
    assert ROOTS[size] == root_from(size, read_hash).hex()


@pytest.mark.parametrize("size", range(1, 9))
def test_every_leaf_is_proved_and_no_other_leaf_in_its_place(size: int) -> None:
    root = bytes.fromhex(ROOTS[size])
    for index in range(size):
        proof = inclusion_proof(index, size, read_hash)
        verify_inclusion(LEAVES[index], index, size, proof, root)
        for other in range(size):
            if other != index:
                with pytest.raises(ProofError):
                    verify_inclusion(LEAVES[other], index, size, proof, root)
                with pytest.raises(ProofError):
                    verify_inclusion(LEAVES[index], other, size, proof, root)


@pytest.mark.parametrize("second", range(9))
def test_every_pair_of_sizes_is_shown_consistent(second: int) -> None:
    for first in range(second + 1):
        verify_consistency(
            first,
            bytes.fromhex(ROOTS[first]),
            second,
            bytes.fromhex(ROOTS[second]),
            consistency_proof(first, second, read_hash),
        )


@pytest.mark.parametrize(
    ("index", "size"),
    [(3, 3), (-1, 3), (0, 0), (2**63 - 1, 2**63), (2**64 - 1, 2**64), (2**64 - 1, 3), (0, -1)],
)
def test_an_index_outside_the_tree_or_the_range_is_refused(index: int, size: int) -> None:
    with pytest.raises(ProofError, match="index"):
        verify_inclusion(LEAVES[0], index, size, [], LEAVES[0])


def test_a_proof_of_another_length_is_refused() -> None:
    root = bytes.fromhex(ROOTS[7])
    proof = inclusion_proof(4, 7, read_hash)
    for wrong in (proof[:-1], (*proof, proof[-1]), ()):
        with pytest.raises(ProofError, match="needed"):
            verify_inclusion(LEAVES[4], 4, 7, wrong, root)
    steps = consistency_proof(3, 7, read_hash)
    for wrong in (steps[:-1], (*steps, steps[-1]), ()):
        with pytest.raises(ProofError, match="needed"):
            verify_consistency(3, bytes.fromhex(ROOTS[3]), 7, root, wrong)


@pytest.mark.parametrize("short", [b"", b"\x00" * 31, b"\x00" * 33])
def test_what_is_not_32_bytes_is_no_hash(short: bytes) -> None:
    root = bytes.fromhex(ROOTS[2])
    with pytest.raises(ProofError, match="32 bytes"):
        verify_inclusion(short, 0, 1, [], short)
    with pytest.raises(ProofError, match="32 bytes"):
        verify_inclusion(LEAVES[0], 0, 2, [short], root)
    with pytest.raises(ProofError, match="32 bytes"):
        verify_consistency(1, short, 1, short, [])
    with pytest.raises(ProofError, match="32 bytes"):
        verify_consistency(1, LEAVES[0], 2, root, [short])


def test_a_tree_of_one_is_its_leaf_with_an_empty_proof() -> None:
    verify_inclusion(LEAVES[0], 0, 1, [], LEAVES[0])
    with pytest.raises(ProofError):
        verify_inclusion(LEAVES[0], 0, 1, [], LEAVES[1])


def test_an_odd_last_node_is_never_duplicated() -> None:
    doubled = node_hash(node_hash(LEAVES[0], LEAVES[1]), node_hash(LEAVES[2], LEAVES[2]))
    assert doubled != root_of(LEAVES[:3])
    with pytest.raises(ProofError):
        verify_inclusion(LEAVES[2], 2, 3, [LEAVES[2], node_hash(LEAVES[0], LEAVES[1])], doubled)


def test_a_tree_never_shrinks() -> None:
    with pytest.raises(ProofError, match="smaller"):
        verify_consistency(3, bytes.fromhex(ROOTS[3]), 2, bytes.fromhex(ROOTS[2]), [])
    with pytest.raises(ProofError, match="smaller"):
        verify_consistency(-1, EMPTY_ROOT, 2, EMPTY_ROOT, [])
    with pytest.raises(ProofError, match="smaller"):
        verify_consistency(0, EMPTY_ROOT, 2**63, EMPTY_ROOT, [])


def test_equal_sizes_need_equal_roots_and_no_proof() -> None:
    root = bytes.fromhex(ROOTS[3])
    verify_consistency(3, root, 3, root, [])
    with pytest.raises(ProofError, match="different roots"):
        verify_consistency(3, root, 3, LEAVES[0], [])
    with pytest.raises(ProofError, match="needed"):
        verify_consistency(3, root, 3, root, [root])


def test_from_the_empty_tree_only_its_own_root_and_no_proof_will_do() -> None:
    root = bytes.fromhex(ROOTS[3])
    verify_consistency(0, EMPTY_ROOT, 3, root, [])
    verify_consistency(0, EMPTY_ROOT, 0, EMPTY_ROOT, [])
    with pytest.raises(ProofError, match="empty tree"):
        verify_consistency(0, root, 3, root, [])
    with pytest.raises(ProofError, match="needed"):
        verify_consistency(0, EMPTY_ROOT, 3, root, [root])
    with pytest.raises(ProofError, match="different roots"):
        verify_consistency(0, EMPTY_ROOT, 0, root, [])


def test_a_consistency_proof_between_other_roots_is_refused() -> None:
    proof = consistency_proof(3, 7, read_hash)
    first, second = bytes.fromhex(ROOTS[3]), bytes.fromhex(ROOTS[7])
    for root1, root2 in ((second, second), (first, first), (second, first)):
        with pytest.raises(ProofError, match="both roots"):
            verify_consistency(3, root1, 7, root2, proof)


def test_no_proof_is_made_for_what_the_tree_does_not_have() -> None:
    with pytest.raises(ProofError, match="no leaf 7"):
        inclusion_proof(7, 7, read_hash)
    with pytest.raises(ProofError, match="no leaf -1"):
        inclusion_proof(-1, 7, read_hash)
    with pytest.raises(ProofError, match="no prefix"):
        consistency_proof(8, 7, read_hash)
    with pytest.raises(ProofError, match="no prefix"):
        consistency_proof(-1, 7, read_hash)


LARGEST = 2**63 - 1


def test_a_tree_of_the_largest_size_is_proved() -> None:
    proof = [bytes([level]) * 32 for level in range(63)]
    root = LEAVES[0]
    for other in proof:
        root = node_hash(root, other)
    verify_inclusion(LEAVES[0], 0, LARGEST, proof, root)
    verify_consistency(0, EMPTY_ROOT, LARGEST, root, [])
    verify_consistency(1, LEAVES[0], LARGEST, root, proof)
    with pytest.raises(ProofError, match="index"):
        verify_inclusion(LEAVES[0], 0, LARGEST + 1, proof, root)
    with pytest.raises(ProofError, match="smaller"):
        verify_consistency(1, LEAVES[0], LARGEST + 1, root, proof)
