"""Statements and exhibits on their way to a peer, each with its proof in the log that holds it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from portability.core.record_kinds import FIELDS, RecordKind
from portability.errors import NotFoundError
from portability.ledger.envelope import Envelope
from portability.node.log.prover import Prover
from portability.recognition.statements import Correction, HistoryResponse, Reconciliation
from portability.store import exhibits as store_exhibits
from portability.store import log
from portability.store.engine import Database
from portability.v1 import envelope_pb2
from portability.wire.envelope import held_disclosures
from portability.wire.proven import Proven, proven_to_pb
from portability.wire.record import RECORD_TYPE, is_salted, select_disclosures
from portability.wire.statement import STATEMENT_TYPES, case_statement_from_payload


class Outgoing:
    """Reads what the outbox names: our own statements, and the exhibits that others sent us."""

    def __init__(self, *, database: Database, prover: Prover) -> None:
        self._database = database
        self._prover = prover

    async def prove(self, statement_ids: Sequence[bytes]) -> list[envelope_pb2.ProvenStatement]:
        """
        A statement and its exhibits, in the order asked. What others sent is passed on verbatim.

        Of own records with salted fields those are shown that the signed statement says, which is
        what the gate granted. Raises NotFoundError for one whose content was erased.
        """
        async with self._database.read() as connection:
            logged = await log.find_statements(connection, statement_ids)
        own = [one for one in statement_ids if one in logged]
        found = dict(zip(own, await self._prover.prove(own), strict=True))
        proven = {one: proven_to_pb(shown) for one, shown in (await self._show(found)).items()}
        for one in statement_ids:
            if one not in proven:
                proven[one] = await self._exhibit(one)
        return [proven[one] for one in statement_ids]

    async def _show(self, found: Mapping[bytes, Proven]) -> dict[bytes, Proven]:
        """Each with the disclosures that go with it: none, but for records with salted fields."""
        salted = [i for i, one in found.items() if _is_salted(one.envelope)]
        if not salted:
            return dict(found)
        allowed = _allowed([one.envelope for one in found.values()], salted)
        async with self._database.read() as connection:
            rows = await log.read_statements(connection, self._database.vault, list(allowed))
        shown = {
            i: select_disclosures(held_disclosures(row.envelope or b""), allowed[i])
            for i, row in rows.items()
        }
        return {i: replace(one, disclosures=shown.get(i, ())) for i, one in found.items()}

    async def _exhibit(self, statement_id: bytes) -> envelope_pb2.ProvenStatement:
        async with self._database.read() as connection:
            found = await store_exhibits.find_exhibit(
                connection, self._database.vault, statement_id
            )
        if found is None or found.proven is None:
            raise NotFoundError("the content of an exhibit was erased")
        return envelope_pb2.ProvenStatement.FromString(found.proven)


def _is_salted(envelope: Envelope) -> bool:
    return envelope.payload_type == RECORD_TYPE and is_salted(envelope.payload)


def _allowed(envelopes: Sequence[Envelope], salted: Sequence[bytes]) -> dict[bytes, Sequence[str]]:
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
