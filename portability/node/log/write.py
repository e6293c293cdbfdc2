"""What a work sees of the transaction it runs in, and what is left of it after the commit."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from portability.ledger.envelope import Envelope
from portability.ledger.tiles import TileRef
from portability.ledger.tree import Tile, batch_inclusion_proofs, tile_reader
from portability.store import log as stored_log
from portability.store import log_tree
from portability.store.engine import Connection
from portability.store.vault import Vault
from portability.wire.envelope import envelope_to_bytes
from portability.wire.log_entry import SECONDS_PER_HOUR, log_entry_writer
from portability.wire.proven import Proven
from portability.wire.record import KIND as ENTITLEMENT


@dataclass(frozen=True, slots=True, kw_only=True)
class NewStatement:
    """A verified statement to be logged. ``person`` is the store's number of whom it is about."""

    envelope: Envelope
    statement_id: bytes
    kind: str
    key_id: bytes
    person: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedRow:
    """Where a statement stands in the log; not ``fresh`` if it had been logged before."""

    leaf_index: int
    statement_id: bytes
    fresh: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordEntry:
    """A verified record on its way into the log; ``envelope`` is a protobuf Envelope."""

    statement_id: bytes
    key_id: bytes
    person: int
    envelope: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPlace:
    """
    Where a record stands.

    For one that was there before, ``tree_size`` is that of its first checkpoint and the leaf is
    left for the prover to read; for a fresh one ``tree_size`` is 0.
    """

    leaf_index: int
    log_entry: bytes
    tree_size: int


@dataclass(slots=True, kw_only=True)
class Write:
    """
    One transaction, shared by several works.

    ``now`` is its instant. A statement that a work logs gets its index at once and its row when all
    works are done.
    """

    connection: Connection
    vault: Vault
    now: datetime
    first_index: int
    rows: list[stored_log.NewRow] = field(default_factory=list)
    statements: dict[bytes, tuple[int, bytes, Envelope]] = field(default_factory=dict)
    callbacks: list[Callable[[], None]] = field(default_factory=list)
    _pending: dict[bytes, int] = field(default_factory=dict)
    _emptied: list[stored_log.NewRow] = field(default_factory=list)
    _absent: set[bytes] = field(default_factory=set)
    _writers: dict[tuple[str, bytes], Callable[[bytes], bytes]] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """That of the log with all that was logged so far."""
        return self.first_index + len(self.rows)

    def has_logged_record_of(self, person: int) -> bool:
        """Whether this transaction has logged a record of a person, which no query sees yet."""
        return any(row.person == person and row.kind == ENTITLEMENT for row in self.rows)

    async def log(self, statement: NewStatement, *, is_new: bool = False) -> LoggedRow:
        """
        Log a statement. One that is in the log already keeps its index and is not fresh.

        ``is_new``: it cannot have been logged, for it holds randomness that was made just now, or
        was prepared and not handed in before; then nothing is looked up.
        """
        known = self._pending.get(statement.statement_id)
        is_new = is_new or statement.statement_id in self._absent
        if known is None and not is_new:
            found = await stored_log.find_statements(self.connection, [statement.statement_id])
            if statement.statement_id in found:
                known = found[statement.statement_id].leaf_index
        if known is not None:
            return LoggedRow(leaf_index=known, statement_id=statement.statement_id, fresh=False)
        row = self._append(
            statement.statement_id,
            kind=statement.kind,
            key_id=statement.key_id,
            person=statement.person,
            envelope=envelope_to_bytes(statement.envelope),
        )
        self.statements[statement.statement_id] = (
            row.leaf_index,
            row.log_entry,
            statement.envelope,
        )
        return LoggedRow(leaf_index=row.leaf_index, statement_id=row.statement_id, fresh=True)

    async def log_records(self, records: Sequence[RecordEntry]) -> list[RecordPlace]:
        """Log many records with one look at what is there already."""
        known = await stored_log.find_statements(
            self.connection, {record.statement_id for record in records}
        )
        return [self._log_record(record, known) for record in records]

    def just_logged(self, statement_id: bytes) -> stored_log.NewRow | None:
        """What this transaction logs under that id: its row comes at the end, no query sees it."""
        index = self._pending.get(statement_id)
        return None if index is None else self.rows[index - self.first_index]

    def note_absent(self, statement_ids: Iterable[bytes]) -> None:
        """Whoever calls has seen in this transaction that the log had none of these before it."""
        self._absent.update(statement_ids)

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Call this when the transaction is durable; never if it is not."""
        self.callbacks.append(callback)

    def empty(self, leaf_indexes: Iterable[int]) -> None:
        """Log these, which are of this transaction, without what they say: it was erased in it."""
        for index in leaf_indexes:
            row = self.rows[index - self.first_index]
            self._emptied.append(row)
            self.rows[index - self.first_index] = replace(row, envelope=b"")

    def mark(self) -> tuple[int, int, int]:
        return len(self.rows), len(self.callbacks), len(self._emptied)

    def undo_to(self, mark: tuple[int, int, int]) -> None:
        """Forget what was logged, emptied and asked for since ``mark``."""
        rows, callbacks, emptied = mark
        for row in reversed(self._emptied[emptied:]):
            self.rows[row.leaf_index - self.first_index] = row
        del self._emptied[emptied:]
        for row in self.rows[rows:]:
            del self._pending[row.statement_id]
            self.statements.pop(row.statement_id, None)
        del self.rows[rows:], self.callbacks[callbacks:]

    def _log_record(
        self, record: RecordEntry, known: Mapping[bytes, stored_log.LoggedAt]
    ) -> RecordPlace:
        before = known.get(record.statement_id)
        if before is not None:
            return RecordPlace(
                leaf_index=before.leaf_index, log_entry=b"", tree_size=before.tree_size
            )
        pending = self._pending.get(record.statement_id)
        row = (
            self.rows[pending - self.first_index]
            if pending is not None
            else self._append(
                record.statement_id,
                kind=ENTITLEMENT,
                key_id=record.key_id,
                person=record.person,
                envelope=record.envelope,
            )
        )
        return RecordPlace(leaf_index=row.leaf_index, log_entry=row.log_entry, tree_size=0)

    def _append(
        self, statement_id: bytes, *, kind: str, key_id: bytes, person: int | None, envelope: bytes
    ) -> stored_log.NewRow:
        row = stored_log.NewRow(
            leaf_index=self.size,
            statement_id=statement_id,
            kind=kind,
            key_id=key_id,
            log_entry=self._entry(kind, statement_id, key_id),
            person=person,
            envelope=envelope,
        )
        self.rows.append(row)
        self._pending[statement_id] = row.leaf_index
        return row

    def _entry(self, kind: str, statement_id: bytes, key_id: bytes) -> bytes:
        writer = self._writers.get((kind, key_id))
        if writer is None:
            hour = int(self.now.timestamp()) // SECONDS_PER_HOUR
            writer = self._writers[kind, key_id] = log_entry_writer(kind, key_id, hour)
        return writer(statement_id)


_NO_TILES: Final[dict[tuple[int, int], bytes]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Committed:
    """A durable tree head, and enough of the tree to prove what its transaction logged."""

    size: int
    checkpoint: bytes
    tiles: Sequence[Tile]
    _hashes: Mapping[tuple[int, int], bytes]
    _statements: Mapping[bytes, tuple[int, bytes, Envelope]]
    first_index: int
    _proofs: list[tuple[bytes, ...]] = field(default_factory=list)

    @classmethod
    def unchanged(cls, head: log_tree.Head) -> "Committed":
        """Nothing was logged: the head is the one from before."""
        return cls(
            size=head.size,
            checkpoint=head.checkpoint,
            tiles=(),
            _hashes=_NO_TILES,
            _statements={},
            first_index=head.size,
        )

    @classmethod
    def of(
        cls,
        *,
        first_index: int,
        size: int,
        checkpoint: bytes,
        tiles: Sequence[Tile],
        edge: Mapping[int, Tile],
        statements: Mapping[bytes, tuple[int, bytes, Envelope]],
    ) -> "Committed":
        """``edge`` is the right edge from before: new leaves need no other old tile."""
        hashes = {(tile.level, tile.index): tile.hashes for tile in edge.values()}
        hashes.update({(tile.level, tile.index): tile.hashes for tile in tiles})
        return cls(
            size=size,
            checkpoint=checkpoint,
            tiles=tiles,
            _hashes=hashes,
            _statements=statements,
            first_index=first_index,
        )

    def without_statements(self) -> "Committed":
        """The same head with the same proofs, and nothing of what was said."""
        return replace(self, _statements={})

    def proofs(self, leaf_indexes: Sequence[int]) -> list[tuple[bytes, ...]]:
        """
        Inclusion proofs of leaves that this transaction logged.

        All of them are made at the first call: callers that share a transaction share its tiles.
        """
        if not self._proofs:
            every = range(self.first_index, self.size)
            self._proofs.extend(batch_inclusion_proofs(every, self.size, self._reader()))
        return [self._proofs[index - self.first_index] for index in leaf_indexes]

    def prove(self, statement_id: bytes) -> Proven:
        """
        A statement that this transaction logged, with its proof.

        KeyError for any other, also for one that had been logged before: ask the prover for those.
        """
        leaf_index, entry, envelope = self._statements[statement_id]
        return Proven(
            envelope=envelope,
            log_entry=entry,
            leaf_index=leaf_index,
            proof=self.proofs([leaf_index])[0],
            checkpoint=self.checkpoint,
        )

    def _reader(self) -> Callable[[int, int], bytes]:
        def read(ref: TileRef) -> bytes:
            return self._hashes[ref.level, ref.index]

        return tile_reader(self.size, read)
