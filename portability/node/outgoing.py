"""Statements and exhibits on their way to a peer, each with its proof in the log that holds it."""

from collections.abc import Sequence

from portability.errors import NotFoundError
from portability.node.prover import Prover
from portability.store import cases, log
from portability.store.engine import Database
from portability.v1 import envelope_pb2
from portability.wire.proven import proven_to_pb


class Outgoing:
    """Reads what the outbox names: our own statements, and the exhibits that others sent us."""

    def __init__(self, *, database: Database, prover: Prover) -> None:
        self._database = database
        self._prover = prover

    async def prove(self, statement_ids: Sequence[bytes]) -> list[envelope_pb2.ProvenStatement]:
        """
        In the order asked. What others sent is passed on byte for byte.

        Raises NotFoundError for one whose content was erased.
        """
        async with self._database.read() as connection:
            logged = await log.find_statements(connection, statement_ids)
        own = [one for one in statement_ids if one in logged]
        proven = {
            one: proven_to_pb(found)
            for one, found in zip(own, await self._prover.prove(own), strict=True)
        }
        for one in statement_ids:
            if one not in proven:
                proven[one] = await self._exhibit(one)
        return [proven[one] for one in statement_ids]

    async def _exhibit(self, statement_id: bytes) -> envelope_pb2.ProvenStatement:
        async with self._database.read() as connection:
            found = await cases.find_exhibit(connection, self._database.vault, statement_id)
        if found is None or found.proven is None:
            raise NotFoundError("the content of an exhibit was erased")
        return envelope_pb2.ProvenStatement.FromString(found.proven)
