"""Inclusion of many leaves, hashed together: the same is believed as of each leaf alone."""

from collections.abc import Callable
from hashlib import sha256

import pytest

from portability.errors import ProofError
from portability.ledger.inclusion_run import InclusionRun
from portability.ledger.merkle import inclusion_proof
from tests.plain_tree import root_of

LEAVES = [sha256(b"%d" % number).digest() for number in range(70)]
SIZES = (1, 2, 3, 4, 5, 7, 8, 9, 31, 32, 33, 64, 65, 70)


def proofs_of(size: int) -> list[bytes]:
    def read(level: int, index: int) -> bytes:
        return root_of(LEAVES[index << level : (index + 1) << level])

    return [b"".join(inclusion_proof(index, size, read)) for index in range(size)]


@pytest.mark.parametrize("size", SIZES)
def test_every_leaf_is_found_in_any_order(size: int) -> None:
    proofs = proofs_of(size)
    run = InclusionRun(size, root_of(LEAVES[:size]))
    anyhow = sorted(range(size), key=lambda index: LEAVES[index])
    for index in (*range(size), *anyhow, *reversed(range(size)), size - 1):
        run.verify(LEAVES[index], index, proofs[index])


def one_bit_of(proof: bytes, at: int) -> bytes:
    changed = bytearray(proof)
    changed[at] ^= 1
    return bytes(changed)


Change = Callable[[bytes, int, bytes], tuple[bytes, int, bytes]]

CHANGES: dict[str, Change] = {
    "another leaf": lambda _, index, proof: (sha256(b"no").digest(), index, proof),
    "a leaf too long": lambda leaf, index, proof: (leaf + b"\0", index, proof),
    "its neighbour's place": lambda leaf, index, proof: (leaf, index ^ 1, proof),
    "a place beyond the tree": lambda leaf, index, proof: (leaf, index + 128, proof),
    "a place before the tree": lambda leaf, index, proof: (leaf, index - 128, proof),
    "the first hash": lambda leaf, index, proof: (leaf, index, one_bit_of(proof, 0)),
    "the last hash": lambda leaf, index, proof: (leaf, index, one_bit_of(proof, -1)),
    "a hash too many": lambda leaf, index, proof: (leaf, index, proof + bytes(32)),
    "a hash too few": lambda leaf, index, proof: (leaf, index, proof[:-32]),
    "a part of a hash": lambda leaf, index, proof: (leaf, index, proof[:-1]),
}


@pytest.mark.parametrize("size", [2, 5, 8, 33, 70])
@pytest.mark.parametrize("what", CHANGES)
def test_what_is_wrong_is_refused_also_beside_leaves_that_were_found(what: str, size: int) -> None:
    proofs = proofs_of(size)
    run = InclusionRun(size, root_of(LEAVES[:size]))
    for index in range(size):
        run.verify(LEAVES[index], index, proofs[index])
        if not proofs[index]:
            continue
        with pytest.raises(ProofError):
            run.verify(*CHANGES[what](LEAVES[index], index, proofs[index]))


def test_every_bit_of_every_proof_counts() -> None:
    proofs = proofs_of(13)
    run = InclusionRun(13, root_of(LEAVES[:13]))
    for index, proof in enumerate(proofs):
        run.verify(LEAVES[index], index, proof)
        for at in range(len(proof)):
            with pytest.raises(ProofError):
                run.verify(LEAVES[index], index, one_bit_of(proof, at))


def test_nothing_is_found_under_another_root() -> None:
    run = InclusionRun(8, root_of(LEAVES[1:9]))
    for index, proof in enumerate(proofs_of(8)):
        with pytest.raises(ProofError):
            run.verify(LEAVES[index], index, proof)
