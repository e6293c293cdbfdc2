"""Statements and exhibits on their way to a peer, each with its proof in the log that holds it."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from portability.core.record_kinds import FIELDS, RecordKind
from portability.errors import NotFoundError
from portability.node.log.memory import LogMemory
from portability.node.log.prover import prove_rows
from portability.recognition.statements import Correction, HistoryResponse, Reconciliation
from portability.store import log
from portability.store.cases import find_cases_of_statement
from portability.store.engine import Connection, Database
from portability.store.exhibits import Exhibit, read_exhibits
from portability.store.vault import Vault
from portability.v1 import envelope_pb2
from portability.wire.envelope import EnvelopeReader, held_disclosures
from portability.wire.record import RECORD_TYPE, is_salted, select_disclosures
from portability.wire.shapes import proven_bytes
from portability.wire.statement import STATEMENT_TYPES, case_statement_from_payload


class MayLeave(Protocol):
    """Judges what is about to go with a statement of a kind."""

    async def __call__(
        self, connection: Connection, vault: Vault, statement_id: bytes, kind: str
    ) -> None:
        """Raises EndedError, or NotYetError, in the snapshot in which it is read."""


class Outgoing:
    """Reads what the outbox names: our own statements, and the exhibits that others sent us."""

    def __init__(self, *, database: Database, memory: LogMemory, may_leave: MayLeave) -> None:
        self._database = database
        self._memory = memory
        self._may_leave = may_leave

    async def prove(self, statement_ids: Sequence[bytes]) -> list[envelope_pb2.ProvenStatement]:
        """
        A statement and its exhibits, in the order asked. What others sent is passed on verbatim,
        as it came into the very case of the statement: what came under the permission of one case
        is nothing that another can rest on.

        Of own records with salted fields those are shown that the signed statement says, which is
        what the gate granted. Raises NotFoundError for one whose content is not here, or not any
        more, and as ``Leaving.check`` for exhibits of the first that may not leave any more.
        """
        vault = self._database.vault
        async with self._database.read() as connection:
            rows = await log.read_statements(connection, vault, statement_ids)
            first, *exhibits = statement_ids
            if exhibits and first in rows:
                await self._may_leave(connection, vault, first, rows[first].kind)
            own = [rows[one] for one in statement_ids if one in rows]
            places = await prove_rows(connection, own, self._memory)
            others = [one for one in statement_ids if one not in rows]
            received: dict[bytes, Exhibit] = {}
            if others:
                for case_id in await find_cases_of_statement(connection, statement_ids[0]):
                    found = await read_exhibits(connection, vault, case_id, others)
                    received |= {one.statement_id: one for one in found}
        bare = _bare(own)
        proven = {
            row.statement_id: _proven(row, proof, checkpoint, is_bare=row.statement_id in bare)
            for row, (proof, checkpoint) in zip(own, places, strict=True)
        }
        _show(proven, {i: row for i, row in rows.items() if i not in bare})
        proven |= {one: _as_received(received.get(one)) for one in others}
        return [proven[one] for one in statement_ids]


def _bare(rows: Sequence[log.StoredStatement]) -> set[bytes]:
    """The statements that are held as their envelope alone."""
    reader = EnvelopeReader()
    return {row.statement_id for row in rows if row.envelope and reader.is_bare(row.envelope)}


def _proven(
    row: log.StoredStatement, proof: Sequence[bytes], checkpoint: bytes, *, is_bare: bool
) -> envelope_pb2.ProvenStatement:
    """With no disclosures: those are kept behind the envelope, and are no part of it."""
    if row.envelope is None:
        raise NotFoundError("the log holds no such statement")
    envelope = row.envelope
    if not is_bare:
        message = envelope_pb2.Envelope.FromString(envelope)
        message.DiscardUnknownFields()
        envelope = message.SerializeToString()
    joined = b"".join(proof)
    return envelope_pb2.ProvenStatement.FromString(
        proven_bytes(envelope, row.log_entry, row.leaf_index, joined, checkpoint)
    )


def _show(
    proven: Mapping[bytes, envelope_pb2.ProvenStatement],
    rows: Mapping[bytes, log.StoredStatement],
) -> None:
    """
    Add the disclosures that go with each: none, but for records with salted fields.

    ``rows`` are those that are held with more than their envelope.
    """
    salted = [i for i in rows if i in proven and _is_salted(proven[i].envelope)]
    if not salted:
        return
    allowed = _allowed([one.envelope for one in proven.values()], salted)
    for i, names in allowed.items():
        if i in rows:
            held = held_disclosures(rows[i].envelope or b"")
            proven[i].disclosures.extend(select_disclosures(held, names))


def _as_received(found: Exhibit | None) -> envelope_pb2.ProvenStatement:
    if found is None or found.proven is None:
        raise NotFoundError("the case of the statement does not hold an exhibit, or not any more")
    return envelope_pb2.ProvenStatement.FromString(found.proven)


def _is_salted(envelope: envelope_pb2.Envelope) -> bool:
    return envelope.payload_type == RECORD_TYPE and is_salted(envelope.payload)


def _allowed(
    envelopes: Sequence[envelope_pb2.Envelope], salted: Sequence[bytes]
) -> dict[bytes, Sequence[str]]:
    """
    By record the names of the fields that the statement among these shows.

    An answer names them, and so does a correction. The inputs of a reconciliation were released as
    they are held, or not at all, because every party computes from them. Nothing else shows
    anything.
    """
    for envelope in envelopes:
        if envelope.payload_type not in STATEMENT_TYPES:
            continue
        statement = case_statement_from_payload(envelope.payload_type, envelope.payload)
        if isinstance(statement, HistoryResponse | Correction):
            return {one.record: one.fields for one in statement.shown}
        if isinstance(statement, Reconciliation):
            return dict.fromkeys(salted, FIELDS[RecordKind.CONTRIBUTION_PERIOD])
    return {}
