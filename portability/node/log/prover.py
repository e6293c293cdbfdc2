"""Proofs of what is stored: the read side of the log, for whoever must not take our word."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from portability.errors import NotFoundError, ProofError
from portability.ledger.envelope import Envelope
from portability.ledger.merkle import HashReader, consistency_proof, root_from
from portability.ledger.tree import (
    batch_inclusion_proofs,
    one_of_each_tile,
    tile_reader,
    tiles_read,
)
from portability.node.log.memory import LogMemory
from portability.store import log, log_tree, witness
from portability.store.engine import Connection, Database
from portability.wire.envelope import envelope_from_bytes
from portability.wire.proven import Proven

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldLeaf:
    """
    A leaf of this node's log with its proof. ``envelope`` is None where its content was erased.

    ``disclosures`` are the fields shown of a record with salted ones; none unless somebody says so.
    """

    statement_id: bytes
    kind: str
    envelope: Envelope | None
    log_entry: bytes
    leaf_index: int
    proof: tuple[bytes, ...]
    checkpoint: bytes
    disclosures: tuple[str, ...] = ()


class Prover:
    """Reads statements, proofs and checkpoints from the database of one node."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def checkpoint(self) -> bytes:
        """The latest committed checkpoint."""
        async with self._database.read() as connection:
            return (await log_tree.read_head(connection)).checkpoint

    async def published(self) -> bytes:
        """The latest checkpoint that the quorum of witnesses cosigned; empty if there is none."""
        async with self._database.read() as connection:
            found = await witness.latest_published(connection)
        return b"" if found is None else found.note

    async def root(self, size: int) -> bytes | None:
        """The root that the stored tiles give for a size; None if the log is shorter."""
        async with self._database.read() as connection:
            if size > (await log_tree.read_head(connection)).size:
                return None
            return await _build(connection, size, lambda read: root_from(size, read))

    async def prove(self, statement_ids: Collection[bytes]) -> list[Proven]:
        """
        Stored statements with proofs, in the order asked.

        Each proof is at the first published checkpoint that covers the statement, which shows how
        early the witnesses saw it; at the committed one while there is none. Raises NotFoundError
        if one of them is not in the log or its content was erased.
        """
        return [_whole(one) for one in await self.prove_held(statement_ids)]

    async def prove_held(self, statement_ids: Collection[bytes]) -> list[HeldLeaf]:
        """As ``prove``, with what was erased. Raises NotFoundError for what is not in the log."""
        async with self._database.read() as connection:
            rows = await self._rows(connection, list(statement_ids))
            proofs = await prove_rows(connection, rows)
        return [
            _held(row, proof, checkpoint)
            for row, (proof, checkpoint) in zip(rows, proofs, strict=True)
        ]

    async def prove_at(
        self, statement_ids: Sequence[bytes], size: int, checkpoint: bytes
    ) -> list[Proven]:
        """As ``prove``, at an earlier committed head. Raises NotFoundError."""
        async with self._database.read() as connection:
            return await self._prove(connection, statement_ids, size, checkpoint)

    async def prove_first(self, statement_id: bytes) -> Proven:
        """
        A stored statement with the proof and the checkpoint that it was first answered with.

        Raises NotFoundError.
        """
        async with self._database.read() as connection:
            return await self.prove_first_in(connection, statement_id)

    async def prove_first_in(self, connection: Connection, statement_id: bytes) -> Proven:
        """As ``prove_first``, in a transaction that is under way."""
        found = await log.find_statements(connection, [statement_id])
        size = found[statement_id].tree_size if statement_id in found else 0
        note = await log_tree.read_checkpoint(connection, size)
        if note is None or not size:
            raise _absent()
        return (await self._prove(connection, [statement_id], size, note))[0]

    async def inclusion(self, leaf_index: int, size: int) -> tuple[bytes, ...]:
        """An inclusion proof at any size that the log has had. Raises ProofError."""
        async with self._database.read() as connection:
            await _check_size(connection, size)
            proofs = await _build(
                connection, size, lambda read: batch_inclusion_proofs([leaf_index], size, read)
            )
        return proofs[0]

    async def consistency(self, old_size: int, new_size: int) -> tuple[bytes, ...]:
        """A consistency proof between two sizes that the log has had. Raises ProofError."""
        async with self._database.read() as connection:
            await _check_size(connection, new_size)
            return await _build(
                connection, new_size, lambda read: consistency_proof(old_size, new_size, read)
            )

    async def _prove(
        self, connection: Connection, ids: Sequence[bytes], size: int, checkpoint: bytes
    ) -> list[Proven]:
        rows = await self._rows(connection, ids)
        return [_whole(one) for one in await _prove_rows(connection, rows, size, checkpoint)]

    async def _rows(
        self, connection: Connection, ids: Sequence[bytes]
    ) -> list[log.StoredStatement]:
        found = await log.read_statements(connection, self._database.vault, ids)
        rows = [found[one] for one in ids if one in found]
        if len(rows) != len(ids):
            raise _absent()
        return rows


async def prove_rows(
    connection: Connection, rows: Sequence[log.StoredStatement], memory: LogMemory | None = None
) -> list[tuple[tuple[bytes, ...], bytes]]:
    """
    Of statements read in this transaction proof and checkpoint, as in ``Prover.prove_held``.

    With a ``memory`` an entry that is not published yet is proved as its commit did.
    """
    memory = memory or LogMemory()
    found: dict[int, tuple[tuple[bytes, ...], bytes]] = {}
    for row in rows:
        fresh = memory.fresh_proof(row.leaf_index)
        if fresh is not None:
            found[row.leaf_index] = fresh
    others = sorted({row.leaf_index for row in rows} - found.keys())
    groups: dict[tuple[int, bytes], list[int]] = {}
    for index, place in zip(others, await _places(connection, others, memory), strict=True):
        groups.setdefault(place, []).append(index)
    for (size, checkpoint), indexes in groups.items():
        proofs = await _proofs(connection, indexes, size, memory)
        for index, proof in zip(indexes, proofs, strict=True):
            found[index] = proof, checkpoint
    return [found[row.leaf_index] for row in rows]


async def _places(
    connection: Connection, indexes: Sequence[int], memory: LogMemory
) -> list[tuple[int, bytes]]:
    """
    Size and note of the checkpoint at which each leaf is proved: one query per checkpoint.

    The leaves are in order.
    """
    places: list[tuple[int, bytes]] = []
    size, note = 0, b""
    for index in indexes:
        if index >= size:
            first = memory.first_published(index) or await witness.first_published(
                connection, index
            )
            if first is None:
                head = await log_tree.read_head(connection)
                size, note = head.size, head.checkpoint
            else:
                memory.keep_published(index, first)
                size, note = first.size, first.note
        places.append((size, note))
    return places


async def _prove_rows(
    connection: Connection, rows: Sequence[log.StoredStatement], size: int, checkpoint: bytes
) -> list[HeldLeaf]:
    proofs = await _proofs(connection, [row.leaf_index for row in rows], size, LogMemory())
    return [_held(row, proof, checkpoint) for row, proof in zip(rows, proofs, strict=True)]


async def _proofs(
    connection: Connection, indexes: Sequence[int], size: int, memory: LogMemory
) -> list[tuple[bytes, ...]]:
    some = one_of_each_tile(indexes)
    refs = tiles_read(size, lambda read: batch_inclusion_proofs(some, size, read))
    found = memory.tiles(refs)
    unknown = [ref for ref in refs if (ref.level, ref.index) not in found]
    if unknown:
        read = await log_tree.read_tiles(connection, unknown)
        memory.keep_tiles(read)
        found |= read
    reader = tile_reader(size, lambda ref: found[ref.level, ref.index])
    return batch_inclusion_proofs(indexes, size, reader)


def not_erased(held: Iterable[HeldLeaf]) -> list[Proven]:
    """Those of which the content is here, with their proofs."""
    return [_whole(one) for one in held if one.envelope is not None]


def _held(row: log.StoredStatement, proof: tuple[bytes, ...], checkpoint: bytes) -> HeldLeaf:
    return HeldLeaf(
        statement_id=row.statement_id,
        kind=row.kind,
        envelope=None if row.envelope is None else envelope_from_bytes(row.envelope),
        log_entry=row.log_entry,
        leaf_index=row.leaf_index,
        proof=proof,
        checkpoint=checkpoint,
    )


def _whole(one: HeldLeaf) -> Proven:
    if one.envelope is None:
        raise _absent()
    return Proven(
        envelope=one.envelope,
        log_entry=one.log_entry,
        leaf_index=one.leaf_index,
        proof=one.proof,
        checkpoint=one.checkpoint,
    )


async def _check_size(connection: Connection, size: int) -> None:
    head = await log_tree.read_head(connection)
    if size > head.size:
        raise ProofError(
            f"the log has {head.size} entries, fewer than the size asked for", size=str(head.size)
        )


async def _build(connection: Connection, size: int, build: Callable[[HashReader], T]) -> T:
    """Fetch the tiles that a proof needs in one query, then build it."""
    found = await log_tree.read_tiles(connection, tiles_read(size, build))
    return build(tile_reader(size, lambda ref: found[ref.level, ref.index]))


def _absent() -> NotFoundError:
    return NotFoundError("the log holds no such statement")
