"""@sigstore/core and @sigstore/verify judge our envelopes, notes and inclusion proofs."""

import base64
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from portability.ledger.envelope import pae, payload_type
from portability.ledger.merkle import inclusion_proof
from portability.ledger.tree import tile_reader
from tests.judges.foreign import HERE, ask, npm_judges
from tests.judges.small_log import (
    ENTRIES,
    LOG_SIGNER,
    ORIGIN,
    SIZES,
    WITNESS_SIGNER,
    reader,
    signed_head,
    tiles_by_path,
)

Case = dict[str, object]


@pytest.fixture(scope="module")
def modules() -> Path:
    return npm_judges()


def text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def der(public: bytes) -> str:
    key = Ed25519PublicKey.from_public_bytes(public)
    return text(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def verdicts(modules: Path, cases: list[Case]) -> list[bool]:
    script = (HERE / "npm" / "judge.js").read_text()
    status, out, err = ask(
        "node", "-e", script, given=json.dumps(cases), NODE_PATH=str(modules / "node_modules")
    )
    assert (status, err) == (0, "")
    return list(json.loads(out))


def inclusions(size: int) -> list[Case]:
    read = tile_reader(size, reader(tiles_by_path(SIZES[-1]) | tiles_by_path(size)))
    return [
        {
            "kind": "inclusion",
            "note": text(signed_head(size)),
            "name": ORIGIN,
            "key": der(LOG_SIGNER.public),
            "index": index,
            "hashes": [text(step) for step in inclusion_proof(index, size, read)],
            "entry": text(ENTRIES[index]),
        }
        for index in sorted({0, size // 3, size // 2, size - 1})
    ]


def test_the_judge_encodes_what_is_signed_as_we_do(modules: Path) -> None:
    bodies = [b"", b"hello world", '{"name":"Zoë"}'.encode(), bytes(range(256)), b"x" * 10_000]
    kinds = ["http://example.com/HelloWorld", payload_type("consent", "json")]
    cases: list[Case] = [
        {"kind": "pae", "type": kind, "payload": text(body), "pae": text(pae(kind, body))}
        for kind in kinds
        for body in bodies
    ]
    other = {**cases[0], "pae": text(pae(kinds[0], b"another"))}
    assert verdicts(modules, [*cases, other]) == [True] * len(cases) + [False]


@pytest.mark.parametrize("size", SIZES)
def test_the_judge_verifies_our_checkpoint_and_what_is_under_it(modules: Path, size: int) -> None:
    cases = inclusions(size)
    assert verdicts(modules, cases) == [True] * len(cases)


def test_the_judge_refuses_what_was_changed(modules: Path) -> None:
    (_, case, *_) = inclusions(600)
    hashes = case["hashes"]
    assert isinstance(hashes, list)
    note = signed_head(600)
    spoilt: list[Case] = [
        {**case, "entry": text(b"another")},
        {**case, "hashes": hashes[:-1]},
        {**case, "hashes": [*hashes, hashes[0]]},
        {**case, "index": 600},
        {**case, "key": der(WITNESS_SIGNER.public)},
        {**case, "note": text(note.replace(b"\n600\n", b"\n601\n", 1))},
    ]
    assert verdicts(modules, spoilt) == [False] * len(spoilt)
