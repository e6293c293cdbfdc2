"""Proofs of what is stored: the read side of the log, for whoever must not take our word."""

from collections.abc import Callable, Collection, Sequence
from typing import TypeVar

from portability.errors import NotFoundError, ProofError
from portability.ledger.merkle import HashReader, consistency_proof
from portability.ledger.tree import batch_inclusion_proofs, tile_reader, tiles_read
from portability.store import log, witness
from portability.store.engine import Connection, Database
from portability.wire.envelope import envelope_from_bytes
from portability.wire.proven import Proven

T = TypeVar("T")


class Prover:
    """Reads statements, proofs and checkpoints from the database of one node."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def checkpoint(self) -> bytes:
        """The latest committed checkpoint."""
        async with self._database.read() as connection:
            return (await log.read_head(connection)).checkpoint

    async def published(self) -> bytes:
        """The latest checkpoint that the quorum of witnesses cosigned; empty if there is none."""
        async with self._database.read() as connection:
            found = await witness.latest_published(connection)
        return b"" if found is None else found.note

    async def prove(self, statement_ids: Collection[bytes]) -> list[Proven]:
        """
        Stored statements with proofs at the current checkpoint, in the order asked.

        Raises NotFoundError if one of them is not in the log or its content was erased.
        """
        async with self._database.read() as connection:
            head = await log.read_head(connection)
            return await self._prove(connection, list(statement_ids), head.size, head.checkpoint)

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
            found = await log.find_statements(connection, [statement_id])
            size = found[statement_id].tree_size if statement_id in found else 0
            note = await log.read_checkpoint(connection, size)
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
        rows = await log.read_statements(connection, self._database.vault, ids)
        wanted = [rows[one] for one in ids if one in rows]
        if len(wanted) != len(ids):
            raise _absent()
        indexes = [row.leaf_index for row in wanted]
        proofs = await _build(
            connection, size, lambda read: batch_inclusion_proofs(indexes, size, read)
        )
        return [_proven(row, proof, checkpoint) for row, proof in zip(wanted, proofs, strict=True)]


def _proven(row: log.StoredStatement, proof: tuple[bytes, ...], checkpoint: bytes) -> Proven:
    if row.envelope is None:
        raise _absent()
    return Proven(
        envelope=envelope_from_bytes(row.envelope),
        log_entry=row.log_entry,
        leaf_index=row.leaf_index,
        proof=proof,
        checkpoint=checkpoint,
    )


async def _check_size(connection: Connection, size: int) -> None:
    head = await log.read_head(connection)
    if size > head.size:
        raise ProofError(
            f"the log has {head.size} entries, fewer than the size asked for", size=str(head.size)
        )


async def _build(connection: Connection, size: int, build: Callable[[HashReader], T]) -> T:
    """Fetch the tiles that a proof needs in one query, then build it."""
    found = await log.read_tiles(connection, tiles_read(size, build))
    return build(tile_reader(size, lambda ref: found[ref.level, ref.index]))


def _absent() -> NotFoundError:
    return NotFoundError("the log holds no such statement")
