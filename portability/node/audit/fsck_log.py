"""
The log of a node derived again: entries give leaves, leaves give tiles, roots and checkpoints.

Envelopes give statement ids, kinds and key ids; the first difference is raised as ProofError.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from portability.errors import InvalidInputError, PortabilityError, ProofError
from portability.ledger.checkpoint import Checkpoint, open_checkpoint, unverified_checkpoint
from portability.ledger.directory import Directory
from portability.ledger.envelope import Envelope, kind_of, pae, statement_id
from portability.ledger.keys import verify_signature
from portability.ledger.note import VerifierKey
from portability.ledger.rebuild import Rebuild
from portability.ledger.tiles import TileRef
from portability.ledger.tree import Tile
from portability.node.audit.fsck_erased import ErasedLeaves
from portability.node.audit.fsck_rows import Held, check_rows
from portability.store import log_tree, scan
from portability.store.engine import Connection, Database
from portability.wire.envelope import envelope_from_bytes
from portability.wire.log_entry import SECONDS_PER_HOUR, log_entry_from_bytes

_MICROSECONDS_PER_HOUR: Final = SECONDS_PER_HOUR * 1_000_000

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogTrust:
    """Whose log it is: its origin, the keys of its heads under theirs, and the directory."""

    jurisdiction: str
    origin: str
    keys: tuple[VerifierKey, ...]
    directory: Directory


@dataclass(slots=True)
class Counts:
    size: int = 0
    checkpoints: int = 0
    erased: int = 0


@dataclass(slots=True)
class LogCheck:
    """One check: what it trusts, and how far it is."""

    trust: LogTrust
    progress: Progress
    head: log_tree.Head
    erased: ErasedLeaves
    rebuild: Rebuild = field(default_factory=Rebuild)
    counts: Counts = field(default_factory=Counts)
    publics: dict[bytes, bytes] = field(default_factory=dict)
    tiles: int = 0


async def check_log(connection: Connection, database: Database, check: LogCheck) -> None:
    """Leaves, tiles, roots, checkpoints and the head, in one pass over the statements."""
    heads = _Heads(scan.scan_notes(connection, "checkpoints"))
    await heads.advance()
    async for page in scan.scan_statements(connection, database.vault):
        await _check_page(connection, check, page)
        await _check_tree(connection, check, page, heads)
        check.counts.size = check.rebuild.size
        check.progress(check.rebuild.size, check.head.size)
    if heads.size == check.rebuild.size:  # that of an empty log, which no entry leads to
        _check_head("checkpoints", heads.size, heads.note, check.rebuild.root, check.trust)
        await heads.advance()
    if heads.size is not None:
        raise ProofError(
            f"checkpoints: there is one of size {heads.size}, and {check.rebuild.size} entries"
        )
    await _compare_tiles(connection, check.rebuild.edge(), check)
    if await scan.count_tiles(connection) != check.tiles:
        raise ProofError("tiles: there are other tiles than those of the tree")
    if (check.head.size, check.head.root) != (check.rebuild.size, check.rebuild.root):
        raise ProofError(
            f"head: it says {check.head.size} entries and a root, the {check.rebuild.size} stored "
            "entries give another"
        )
    if check.head.checkpoint != heads.last:
        raise ProofError("head: its checkpoint is not the last that is stored")


class _Heads:
    """The stored checkpoints in order, one ahead."""

    def __init__(self, pages: AsyncIterator[list[tuple[int, bytes]]]) -> None:
        self._pages = pages
        self._page: list[tuple[int, bytes]] = []
        self.size: int | None = None
        self.note = b""
        self.last = b""

    async def advance(self) -> None:
        self.last = self.note
        if not self._page:
            self._page = list(await anext(self._pages, []))
        if self._page:
            self.size, self.note = self._page.pop(0)
        else:
            self.size, self.note = None, b""


async def _check_tree(
    connection: Connection, check: LogCheck, page: Sequence[scan.ScannedStatement], heads: _Heads
) -> None:
    """Grow the tree, stopping at each checkpoint on the way."""
    at = 0
    while at < len(page):
        if heads.size is None:
            raise ProofError(
                f"checkpoints: the statement at leaf {page[at].leaf_index} has no checkpoint after "
                "it"
            )
        count = min(heads.size - check.rebuild.size, len(page) - at)
        for row in page[at : at + count]:
            if row.tree_size != heads.size:
                raise _leaf(row, f"tree_size says {row.tree_size}, its checkpoint is {heads.size}")
        full = check.rebuild.feed([row.log_entry for row in page[at : at + count]])
        await _compare_tiles(connection, full, check)
        at += count
        if check.rebuild.size == heads.size:
            _check_head("checkpoints", heads.size, heads.note, check.rebuild.root, check.trust)
            check.counts.checkpoints += 1
            await heads.advance()


def _check_head(table: str, size: int, note: bytes, root: bytes, trust: LogTrust) -> None:
    signed = _opened(table, size, note, trust)
    if (signed.size, signed.root) != (size, root):
        raise ProofError(
            f"{table}: the checkpoint of size {size} was signed for another tree than that of the "
            "stored entries"
        )


def _opened(table: str, size: int, note: bytes, trust: LogTrust) -> Checkpoint:
    for key in trust.keys:
        try:
            head = open_checkpoint(note, key, key.name)
            trust.directory.check_log_end(head)
        except PortabilityError:
            continue
        return head
    raise ProofError(f"{table}: the checkpoint of size {size} is not signed by this log's key")


async def _compare_tiles(connection: Connection, made: Sequence[Tile], check: LogCheck) -> None:
    refs = [TileRef(level=tile.level, index=tile.index, width=tile.width) for tile in made]
    stored = await log_tree.read_tiles(connection, refs)
    check.tiles += len(made)
    for tile in made:
        if stored.get((tile.level, tile.index)) != tile.hashes:
            raise ProofError(
                f"tiles: tile {tile.level}/{tile.index} is not the one that the entries give"
            )


# --- statements ----------------------------------------------------------------------------------


async def _check_page(
    connection: Connection, check: LogCheck, page: Sequence[scan.ScannedStatement]
) -> None:
    held = []
    for expected, row in enumerate(page, start=check.rebuild.size):
        if row.leaf_index != expected:
            raise ProofError(f"statements: leaf {expected} is missing")
        _check_entry(row)
        if row.envelope is scan.Opened.ALTERED:
            raise _leaf(row, "its payload does not decrypt, so it was altered")
        if isinstance(row.envelope, bytes):
            envelope = _check_envelope(row, row.envelope)
            held.append(
                Held(statement_id=row.statement_id, leaf_index=row.leaf_index, envelope=envelope)
            )
            _check_signature(row, envelope, check.publics)
        else:
            check.counts.erased += 1
            check.erased.gone.add(row.leaf_index)
    try:
        for one in held:
            check.erased.read(one.envelope)
        await check_rows(connection, held, check.trust.jurisdiction)
    except InvalidInputError as error:
        raise ProofError(f"statements: a signed payload cannot be read: {error.message}") from None


def _check_entry(row: scan.ScannedStatement) -> None:
    """The leaf says what its columns say."""
    try:
        entry = log_entry_from_bytes(row.log_entry)
    except InvalidInputError:
        raise _leaf(row, "its log entry cannot be read") from None
    key = int.from_bytes(row.statement_id[:8], "big", signed=True)
    hour = row.accept_microseconds // _MICROSECONDS_PER_HOUR
    columns: Mapping[str, tuple[object, object]] = {
        "statement_id": (row.statement_id, entry.statement_id),
        "statement_key": (row.statement_key, key),
        "kind": (row.kind, entry.kind),
        "key_id": (row.key_id, entry.key_id),
        "accept_time": (hour, entry.accepted_hour),
    }
    for name, (stored, said) in columns.items():
        if stored != said:
            raise _leaf(row, f"{name} is not what its log entry says")


def _check_envelope(row: scan.ScannedStatement, data: bytes) -> Envelope:
    """The payload that is stored is the one that was logged."""
    try:
        envelope = envelope_from_bytes(data)
        kind = kind_of(envelope.payload_type)
    except InvalidInputError:
        raise _leaf(row, "its envelope cannot be read") from None
    if statement_id(envelope.payload_type, envelope.payload) != row.statement_id:
        raise _leaf(row, "its envelope is that of another statement")
    if kind != row.kind:
        raise _leaf(row, "its envelope is of another kind")
    return envelope


def _check_signature(
    row: scan.ScannedStatement, envelope: Envelope, publics: Mapping[bytes, bytes]
) -> None:
    """By the key that the leaf names, where the directory knows it: persons' keys are elsewhere."""
    public = publics.get(row.key_id)
    if public is None:
        return
    message = pae(envelope.payload_type, envelope.payload)
    for signature in envelope.signatures:
        try:
            verify_signature(public, message, signature.sig)
        except PortabilityError:
            continue
        return
    raise _leaf(row, "its signature is not by the key that its log entry names")


def _leaf(row: scan.ScannedStatement, what: str) -> ProofError:
    return ProofError(f"statements: leaf {row.leaf_index}: {what}")


async def check_published(connection: Connection, check: LogCheck) -> None:
    """A cosigned checkpoint says nothing else than the one that this log signed at that size."""
    async for page in scan.scan_notes(connection, "published"):
        for size, note in page:
            own = await log_tree.read_checkpoint(connection, size)
            if own is None:
                raise ProofError(f"published: no checkpoint of size {size} was ever signed")
            root = unverified_checkpoint(own).root
            _check_head("published", size, note, root, check.trust)
