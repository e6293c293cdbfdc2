"""
`portability bench audit`: a whole log verified from an export, beside raw verification.

The log is made first and is not measured: signed records, their leaves, tiles and a checkpoint, as
`export-tiles` writes them, with the records' envelopes beside. Each round then measures the limit
and the audit one after the other on all cores.
"""

import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

from agents.auditor.log_audit import CHECKPOINT, STATEMENTS, AuditedLog, Export, audit_export
from portability.cli.bench_records import CHUNK, CORES, Issuing, sign_records, verification_limit
from portability.ledger.checkpoint import Checkpoint, sign_checkpoint
from portability.ledger.envelope import statement_id
from portability.ledger.keys import Ed25519Signer
from portability.ledger.note import format_vkey, log_key
from portability.ledger.rebuild import Rebuild
from portability.ledger.tiles import (
    TILE_WIDTH,
    BundleRef,
    TileRef,
    bundle_path,
    encode_bundle,
    tile_path,
)
from portability.ledger.tree import Tile
from portability.wire.envelope import envelope_from_bytes
from portability.wire.log_entry import log_entry_writer
from portability.wire.record import RECORD_TYPE

ORIGIN: Final = "bench.node.example/log"
LIMIT_SECONDS: Final = 1.5
SAMPLES: Final = 100
PERSONS: Final = 400
HOUR: Final = 482_000

Progress = Callable[[int, int], None]
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditOptions:
    """How long a log, and how often it is verified."""

    entries: int
    rounds: int


def bench_audit(options: AuditOptions, say: Say, progress: Progress) -> dict[str, Any]:
    """Medians of the rounds; everything is verified in each of them."""
    with (
        tempfile.TemporaryDirectory(prefix="portability-bench-") as folder,
        ProcessPoolExecutor(CORES, mp_context=multiprocessing.get_context("spawn")) as pool,
    ):
        say(f"making a log of {options.entries:,} signed records")
        export = make_export(Path(folder), options.entries, progress)
        step = max(options.entries // SAMPLES, 1)
        samples = range(0, options.entries, step)
        list(pool.map(_wake, range(CORES)))
        limits, rates, audits = [], [], []
        for _ in range(options.rounds):
            limits.append(verification_limit(LIMIT_SECONDS))
            begun = time.perf_counter()
            audits.append(audit_export(export, pool, samples=samples, progress=progress))
            rates.append(options.entries / (time.perf_counter() - begun))
            say(f"limit {limits[-1]:,.0f}/s   audit {rates[-1]:,.0f}/s")
    return _result(options, limits, rates, audits)


def make_export(folder: Path, entries: int, progress: Progress) -> Export:
    """Write a log of that many records; memory stays that of a few portions."""
    issuer, log = Ed25519Signer(os.urandom(32)), Ed25519Signer(os.urandom(32))
    rebuild = Rebuild()
    write_entry = log_entry_writer("entitlement", issuer.key_id, HOUR)
    waiting: list[bytes] = []
    for made in _records(issuer, entries):
        waiting += made
        while len(waiting) >= TILE_WIDTH:
            _write_bundle(folder, rebuild, waiting[:TILE_WIDTH], write_entry)
            del waiting[:TILE_WIDTH]
        progress(rebuild.size, entries)
    if waiting:
        _write_bundle(folder, rebuild, waiting, write_entry)
    _write_tiles(folder, rebuild.edge())
    head = Checkpoint(origin=ORIGIN, size=rebuild.size, root=rebuild.root)
    _write(folder / CHECKPOINT, sign_checkpoint(head, log))
    return Export(
        folder=folder,
        vkey=format_vkey(log_key(ORIGIN, log.public)),
        issuers={issuer.key_id: issuer.public},
    )


def _records(issuer: Ed25519Signer, count: int) -> Iterator[list[bytes]]:
    """Envelopes, a portion at a time."""
    issuing = Issuing(
        key=Path(),
        jurisdiction="FR",
        institution="bench",
        persons=tuple(f"persons/{number:032x}" for number in range(PERSONS)),
    )
    for at in range(0, count, CHUNK):
        yield sign_records(issuing, issuer, at, min(CHUNK, count - at))


def _write_bundle(
    folder: Path, rebuild: Rebuild, made: Sequence[bytes], entry: Callable[[bytes], bytes]
) -> None:
    ref = BundleRef(index=rebuild.size // TILE_WIDTH, width=len(made))
    path = bundle_path(ref)
    envelopes = map(envelope_from_bytes, made)
    entries = [entry(statement_id(RECORD_TYPE, one.payload)) for one in envelopes]
    _write(folder / path, encode_bundle(entries))
    _write(folder / STATEMENTS / path.removeprefix("tile/entries/"), encode_bundle(made))
    _write_tiles(folder, rebuild.feed(entries))


def _write_tiles(folder: Path, tiles: Sequence[Tile]) -> None:
    for one in tiles:
        ref = TileRef(level=one.level, index=one.index, width=one.width)
        _write(folder / tile_path(ref), one.hashes)


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _wake(_: int) -> None:
    """The processes are up, with all that they import, before anything counts."""
    time.sleep(0.05)


def _result(
    options: AuditOptions,
    limits: Sequence[float],
    rates: Sequence[float],
    audits: Sequence[AuditedLog],
) -> dict[str, Any]:
    rate, limit = median(rates), median(limits)
    return {
        "bench": "audit",
        "rate": round(rate, 1),
        "limit": round(limit, 1),
        "unit": "records/s",
        "ratio": round(rate / limit, 3),
        "peak_rss_mib": max(one.peak_rss_mib for one in audits),
        "parameters": {
            "entries": options.entries,
            "records": options.entries,
            "rounds": options.rounds,
            "concurrency": CORES,
            "cores": CORES,
            "signatures": audits[-1].signatures,
            "proofs": audits[-1].proofs,
            "database": None,
        },
    }
