"""An export verifies as a whole; whatever is changed in it is found and named."""

import shutil
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from agents.auditor.log_audit import Export, audit_export
from portability.cli.bench_audit import make_export
from portability.errors import PortabilityError
from portability.ledger.keys import Ed25519Signer
from portability.ledger.note import format_vkey, log_key
from portability.ledger.tiles import decode_bundle, encode_bundle

SIZE = 600


def silent(_done: int, _all: int) -> None:
    pass


@pytest.fixture
def pool() -> Iterator[Executor]:
    with ThreadPoolExecutor(2) as found:
        yield found


@pytest.fixture
def export(tmp_path: Path) -> Export:
    return make_export(tmp_path, SIZE, silent)


@pytest.mark.parametrize("size", [1, 255, 256, 257, 5_000])
def test_a_whole_log_verifies(size: int, tmp_path: Path, pool: Executor) -> None:
    seen: list[tuple[int, int]] = []
    found = audit_export(
        make_export(tmp_path, size, silent),
        pool,
        samples=range(0, size, 7),
        progress=lambda *at: seen.append(at),
    )
    assert (found.size, found.signatures, found.proofs) == (size, size, len(range(0, size, 7)))
    assert seen[-1] == (size, size)
    assert found.peak_rss_mib > 0


def test_without_envelopes_the_tree_alone_is_verified(export: Export, pool: Executor) -> None:
    shutil.rmtree(export.folder / "statements")
    found = audit_export(export, pool)
    assert (found.size, found.signatures, found.proofs) == (SIZE, 0, 0)


@pytest.mark.parametrize(
    "path",
    [
        "checkpoint",
        "tile/0/000",
        "tile/0/002.p/88",
        "tile/1/000.p/2",
        "tile/entries/001",
        "tile/entries/002.p/88",
        "statements/000",
        "statements/002.p/88",
    ],
)
@pytest.mark.parametrize("place", [0.1, 0.5, 0.99])
def test_one_changed_bit_or_a_missing_file_is_found(
    path: str, place: float, export: Export, pool: Executor
) -> None:
    file = export.folder / path
    data = bytearray(file.read_bytes())
    data[int(len(data) * place)] ^= 1
    file.write_bytes(bytes(data))
    with pytest.raises(PortabilityError):
        audit_export(export, pool, samples=range(0, SIZE, 100))
    file.unlink()
    with pytest.raises(PortabilityError, match="missing"):
        audit_export(export, pool)


def test_an_issuer_who_is_not_known_is_named(export: Export, pool: Executor) -> None:
    with pytest.raises(PortabilityError, match="an issuer who is not known"):
        audit_export(replace(export, issuers={}), pool)


def test_another_key_under_the_issuers_id_verifies_nothing(export: Export, pool: Executor) -> None:
    other = Ed25519Signer(bytes(range(32))).public
    issuers = dict.fromkeys(export.issuers, other)
    with pytest.raises(PortabilityError, match="not signed by the key"):
        audit_export(replace(export, issuers=issuers), pool)


def test_the_log_of_another_key_is_not_this_one(export: Export, pool: Executor) -> None:
    other = format_vkey(log_key("bench.node.example/log", Ed25519Signer(bytes(32)).public))
    with pytest.raises(PortabilityError, match="none of the keys"):
        audit_export(replace(export, vkey=other), pool)


def test_two_statements_that_swap_their_envelopes_are_found(export: Export, pool: Executor) -> None:
    path = export.folder / "statements/001"
    found = decode_bundle(path.read_bytes(), 256)
    found[3], found[4] = found[4], found[3]
    path.write_bytes(encode_bundle(found))
    with pytest.raises(PortabilityError, match="that of another statement"):
        audit_export(export, pool)
