"""What a signed-in person sees of what this node holds about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portability.errors import UnauthenticatedError
from portability.node.calls.pages import page_size, read_token, write_token
from portability.node.consents.confirmations import confirmation_of
from portability.node.persons.sessions import person_of_session
from portability.node.records.of_person import show_records
from portability.store import log, persons, receipts
from portability.v1 import persons_service_pb2 as pb
from portability.wire.proven import proven_to_pb
from portability.wire.receipt import receipt_from_payload, receipt_to_pb
from portability.wire.record import KIND as RECORD_KIND

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from portability.node.audit.person_export import PersonExporter
    from portability.node.log.prover import Prover
    from portability.store.engine import Database
    from portability.v1 import consent_pb2
    from portability.wire.proven import Proven


class OwnData:
    """Lists of one's own records and receipts, each with a proof at the current head."""

    def __init__(
        self,
        *,
        database: Database,
        prover: Prover,
        clock: Callable[[], datetime],
        exporter: PersonExporter,
        jurisdiction: str,
    ) -> None:
        self._database = database
        self._prover = prover
        self._clock = clock
        self._exporter = exporter
        self._jurisdiction = jurisdiction

    async def list_records(self, request: pb.ListOwnRecordsRequest) -> pb.ListOwnRecordsResponse:
        """In log order. Raises UnauthenticatedError, InvalidInputError for a bad page."""
        size, after = page_size(request.page_size), read_token(request.page_token)
        vault = self._database.vault
        async with self._database.read() as connection:
            number = await person_of_session(connection, vault, request.session, self._clock())
            person = await persons.find_person_by_id(connection, number)
            if person is None:
                raise UnauthenticatedError("the session is of nobody; sign in again")
            rows = await log.list_person_statements(
                connection, vault, person=number, kind=RECORD_KIND, after=after, limit=size + 1
            )
            shown = await show_records(
                connection, vault, self._prover, rows[:size], {number: person.name}
            )
        return pb.ListOwnRecordsResponse(
            records=shown,
            next_page_token=write_token(rows[size - 1].leaf_index) if len(rows) > size else "",
        )

    async def list_receipts(self, request: pb.ListOwnReceiptsRequest) -> pb.ListOwnReceiptsResponse:
        """Oldest first. Raises UnauthenticatedError, InvalidInputError for a bad page."""
        size, after = page_size(request.page_size), read_token(request.page_token)
        now, vault = self._clock(), self._database.vault
        async with self._database.read() as connection:
            number = await person_of_session(connection, vault, request.session, now)
            rows = await receipts.list_person_receipts(
                connection, person=number, after=after, limit=size + 1
            )
            confirmed = [
                await confirmation_of(connection, vault, row, own=self._jurisdiction, now=now)
                for row in rows[:size]
            ]
        proven = await self._prover.prove([row.statement_id for row in rows[:size]])
        return pb.ListOwnReceiptsResponse(
            receipts=[_receipt(one, signed) for one, signed in zip(proven, confirmed, strict=True)],
            next_page_token=write_token(rows[size - 1].leaf_index) if len(rows) > size else "",
        )

    async def export(self, request: pb.ExportOwnDataRequest) -> Mapping[str, bytes]:
        """The files of the person's bundle. Raises UnauthenticatedError."""
        async with self._database.read() as connection:
            number = await person_of_session(
                connection, self._database.vault, request.session, self._clock()
            )
        return await self._exporter.export_own(number)


def _receipt(proven: Proven, confirmation: consent_pb2.ReceiptConfirmation) -> pb.Receipt:
    content = receipt_from_payload(proven.envelope.payload)
    return pb.Receipt(
        statement=proven_to_pb(proven), content=receipt_to_pb(content), confirmation=confirmation
    )
