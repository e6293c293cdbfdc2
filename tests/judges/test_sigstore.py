"""sigstore's verifier of transparency logs judges our inclusion proofs."""

from types import SimpleNamespace

import pytest

from portability.ledger.merkle import inclusion_proof
from portability.ledger.tree import tile_reader
from tests.judges.small_log import ENTRIES, SIZES, head, reader, tiles_by_path

merkle = pytest.importorskip("sigstore._internal.merkle", reason="needs sigstore")
errors = pytest.importorskip("sigstore.errors", reason="needs sigstore")


def entry(index: int, size: int, **changes: object) -> SimpleNamespace:
    """What the judge reads of one of its log entries."""
    read = tile_reader(size, reader(tiles_by_path(SIZES[-1]) | tiles_by_path(size)))
    proof = {
        "log_index": index,
        "tree_size": size,
        "hashes": list(inclusion_proof(index, size, read)),
        "root_hash": head(size).root,
        "body": ENTRIES[index],
    } | changes
    body = proof.pop("body")
    inner = SimpleNamespace(inclusion_proof=SimpleNamespace(**proof), canonicalized_body=body)
    return SimpleNamespace(_inner=inner)


@pytest.mark.parametrize("size", SIZES)
def test_the_judge_finds_our_entries_under_our_roots(size: int) -> None:
    for index in sorted({0, size // 3, size // 2, size - 1}):
        merkle.verify_merkle_inclusion(entry(index, size))


@pytest.mark.parametrize(
    "changes",
    [{"body": b"another"}, {"root_hash": bytes(32)}, {"hashes": []}, {"log_index": 201}],
)
def test_the_judge_refuses_what_was_changed(changes: dict[str, object]) -> None:
    with pytest.raises(errors.VerificationError):
        merkle.verify_merkle_inclusion(entry(200, 600, **changes))
