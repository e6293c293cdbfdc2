"""golang.org/x/mod, which serves Go's checksum database, verifies our logs, notes and proofs."""

import base64
import json
from pathlib import Path

import pytest

from portability.ledger.merkle import consistency_proof, inclusion_proof
from portability.ledger.tree import tile_reader
from tests.judges.foreign import ask, go_judge
from tests.judges.small_log import (
    LEAVES,
    LOG,
    SIZES,
    WITNESS,
    export,
    head,
    reader,
    signed_head,
    tiles_by_path,
)


@pytest.fixture(scope="module")
def judge() -> Path:
    return go_judge()


def text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def verdicts(judge: Path, cases: list[dict[str, object]], vkey: str = str(LOG)) -> list[bool]:
    status, out, err = ask(judge, "proofs", vkey, given=json.dumps(cases))
    assert (status, err) == (0, "")
    found = json.loads(out)
    assert len(found) == len(cases)
    return list(found)


@pytest.mark.parametrize("size", [1, 256, 600, 66_000])
def test_the_judge_derives_our_whole_log_from_its_tiles(
    judge: Path, tmp_path: Path, size: int
) -> None:
    export(size, tmp_path)
    assert ask(judge, "log", tmp_path, str(LOG)) == (0, f"{size} entries\n", "")


@pytest.mark.parametrize("path", ["tile/0/001", "tile/1/000.p/2", "tile/entries/000", "checkpoint"])
def test_the_judge_refuses_our_log_with_one_bit_flipped(
    judge: Path, tmp_path: Path, path: str
) -> None:
    export(600, tmp_path)
    file = tmp_path / path
    data = bytearray(file.read_bytes())
    data[40] ^= 1
    file.write_bytes(bytes(data))
    status, out, err = ask(judge, "log", tmp_path, str(LOG))
    assert (status, out) == (1, "")
    assert err


def proofs(size: int) -> list[dict[str, object]]:
    """Every tenth of a log's inclusion proofs, and its growth from each smaller size."""
    read = tile_reader(size, reader(tiles_by_path(SIZES[-1]) | tiles_by_path(size)))
    note = text(signed_head(size))
    included: list[dict[str, object]] = [
        {
            "Kind": "inclusion",
            "Checkpoint": note,
            "Old": index,
            "Leaf": text(LEAVES[index]),
            "Proof": [text(step) for step in inclusion_proof(index, size, read)],
        }
        for index in sorted({0, size - 1, *range(0, size, max(size // 10, 1))})
    ]
    return included + [
        {
            "Kind": "consistency",
            "Checkpoint": note,
            "Old": old,
            "Leaf": text(head(old).root),
            "Proof": [text(step) for step in consistency_proof(old, size, read)],
        }
        for old in (one for one in SIZES if one <= size)
    ]


@pytest.mark.parametrize("size", SIZES)
def test_the_judge_verifies_our_proofs_against_our_signed_checkpoint(
    judge: Path, size: int
) -> None:
    cases = proofs(size)
    assert verdicts(judge, cases) == [True] * len(cases)


def test_the_judge_refuses_proofs_that_were_changed(judge: Path) -> None:
    spoilt = []
    for case in proofs(600):
        spoilt.append({**case, "Leaf": text(bytes(32))})
        spoilt.append({**case, "Proof": [*case["Proof"], text(bytes(32))]})  # type: ignore[misc]
        if case["Proof"]:
            spoilt.append({**case, "Proof": case["Proof"][:-1]})  # type: ignore[index]
    assert verdicts(judge, spoilt) == [False] * len(spoilt)


def test_a_note_is_refused_under_another_key(judge: Path) -> None:
    cases = proofs(255)[:1]
    status, out, err = ask(judge, "proofs", str(WITNESS), given=json.dumps(cases))
    assert (status, json.loads(out), err) == (0, [False], "")
