"""
Exhibits of a large statement, taken in by pages before the statement itself.

The statement is the signed list of them: it names every record and a digest over all. Nothing that
was staged counts before it is there, and it is judged with all of them as if they came with it.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from portability.errors import InvalidInputError, NotFoundError, OverloadedError
from portability.node.log.sequencer import Sequencer
from portability.node.log.write import Write
from portability.node.peers.inbox_checks import MAX_EXHIBITS
from portability.store import cases, staging
from portability.store.engine import Database
from portability.v1 import envelope_pb2
from portability.v1 import federation_service_pb2 as pb

MAX_PAGE: Final = 500

MAX_STAGED_BYTES: Final = 256 * 1024 * 1024
"""Of one statement, which are in memory at once when it comes: as many records as a statement may
come with take a third of it. A peer stages one statement at a time, and so brings no second one
while that is taken in."""


class StagingDesk:
    """Keeps pages until their statement comes."""

    def __init__(self, *, database: Database, sequencer: Sequencer) -> None:
        self._database = database
        self._sequencer = sequencer
        self._taking: set[str] = set()

    async def stage(self, peer: str, request: pb.StageExhibitsRequest) -> int:
        """
        How many exhibits of the statement are durable here, from the first on.

        A page that does not follow on them is not kept: the sender goes on from there. The first
        page of a statement takes the place of what the peer had staged of another, whose page may
        still be under way: so what a page follows on is counted where it is kept. Raises
        InvalidInputError, and NotFoundError for a case in which the peer takes no part.
        """
        if len(request.exhibits) > MAX_PAGE or request.first + len(request.exhibits) > MAX_EXHIBITS:
            raise InvalidInputError(
                f"a page holds at most {MAX_PAGE} exhibits, a statement {MAX_EXHIBITS}",
                field="exhibits",
            )
        statement = request.statement
        if not request.exhibits:
            async with self._database.read() as connection:
                held, _ = await staging.count_staged(connection, peer=peer, statement_id=statement)
            return held
        proven = [one.SerializeToString() for one in request.exhibits]

        staged, _ = await self._sequencer.run(
            lambda write: _keep_page(write, peer, request, proven)
        )
        return staged

    @contextmanager
    def taking(self, peer: str, deliveries: Sequence[pb.Delivery]) -> Iterator[None]:
        """
        Around taking in what a peer delivers: what was staged for it is in memory once and no more.

        Raises OverloadedError while another call of the peer brings such a statement. A sender that
        was cut off tries again, and finds it taken in or its pages still here.
        """
        if not any(one.staged_exhibits for one in deliveries):
            yield
            return
        if peer in self._taking:
            raise OverloadedError(
                "a statement of yours whose exhibits came in pages is being taken in; wait for the "
                "answer, or deliver again in a moment",
                limit="1",
                unit="statements with staged exhibits",
            )
        self._taking.add(peer)
        try:
            yield
        finally:
            self._taking.discard(peer)

    async def assemble(self, peer: str, statement_id: bytes, delivery: pb.Delivery) -> bool:
        """Put the staged exhibits into a delivery; False if some are still to come."""
        if not delivery.staged_exhibits:
            return True
        async with self._database.read() as connection:
            staged = await staging.read_staged(
                connection, self._database.vault, peer=peer, statement_id=statement_id
            )
        if len(staged) < delivery.staged_exhibits:
            return False
        delivery.exhibits.extend(_read(staged[: delivery.staged_exhibits]))
        delivery.ClearField("staged_exhibits")
        return True


def _read(staged: Sequence[bytes]) -> list[envelope_pb2.ProvenStatement]:
    return [envelope_pb2.ProvenStatement.FromString(one) for one in staged]


async def _keep_page(
    write: Write, peer: str, request: pb.StageExhibitsRequest, proven: Sequence[bytes]
) -> int:
    """How many are durable with this page; what they had been, if it does not follow on them."""
    statement = request.statement
    held, size = await staging.count_staged(write.connection, peer=peer, statement_id=statement)
    if request.first != held:
        return held
    if size + sum(map(len, proven)) > MAX_STAGED_BYTES:
        raise InvalidInputError(
            f"the exhibits of a statement have more than {MAX_STAGED_BYTES} bytes; split it up",
            field="exhibits",
        )
    row = await cases.find_case(write.connection, write.vault, request.case_id)
    if (
        row is None
        or row.content is None  # erased: the statement is refused, too
        or peer not in {one.jurisdiction for one in row.parties}
    ):
        raise NotFoundError("there is no such case here")
    await staging.stage(
        write.connection,
        write.vault,
        peer=peer,
        statement_id=statement,
        case_id=row.case_id,
        person=row.person,
        first=held,
        proven=proven,
        now=write.now,
    )
    return held + len(proven)
