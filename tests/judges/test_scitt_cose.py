"""scitt-cose judges our roots and proofs, and we judge its, on well-formed input."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portability.ledger.merkle import (
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    verify_consistency,
    verify_inclusion,
)
from tests.plain_tree import root_of

judge = pytest.importorskip("scitt_cose.merkle", reason="needs scitt-cose as a judge")

ENTRIES = [hashlib.sha256(bytes([number])).digest()[: number % 32] for number in range(140)]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]
HEX = [entry.hex() for entry in ENTRIES]
SIZES = st.integers(1, len(ENTRIES))


def read_hash(level: int, index: int) -> bytes:
    return root_of(LEAVES[index << level : (index + 1) << level])


@given(size=st.integers(0, len(ENTRIES)))
def test_both_have_the_same_root(size: int) -> None:
    assert judge.merkle_root(HEX[:size]) == root_of(LEAVES[:size]).hex()


@given(size=SIZES, share=st.floats(0, 1, exclude_max=True))
def test_inclusion_proofs_are_the_same_and_verify_both_ways(size: int, share: float) -> None:
    index = int(share * size)
    root = root_of(LEAVES[:size])
    ours = inclusion_proof(index, size, read_hash)
    theirs = judge.inclusion_proof(HEX[:size], index)
    assert theirs == [one.hex() for one in ours]
    assert judge.verify_inclusion(HEX[index], index, size, [one.hex() for one in ours], root.hex())
    verify_inclusion(LEAVES[index], index, size, [bytes.fromhex(one) for one in theirs], root)


@given(sizes=st.tuples(SIZES, SIZES))
def test_consistency_proofs_are_the_same_and_verify_both_ways(sizes: tuple[int, int]) -> None:
    first, second = sorted(sizes)
    root1, root2 = root_of(LEAVES[:first]), root_of(LEAVES[:second])
    ours = consistency_proof(first, second, read_hash)
    theirs = judge.consistency_proof(HEX, first, second)
    assert theirs == [one.hex() for one in ours]
    assert judge.verify_consistency(root1.hex(), root2.hex(), first, second, theirs)
    verify_consistency(first, root1, second, root2, [bytes.fromhex(one) for one in theirs])
