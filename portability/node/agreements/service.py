"""AgreementsService: who signed which text of an agreement, and signing one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portability.agreements import pack_ids
from portability.ledger.envelope import kind_of
from portability.node.agreements.texts import shipped_text
from portability.node.calls.caller import caller_of
from portability.node.cases.views import undelivered_to_pb
from portability.store import agreements as stored
from portability.store.undelivered import list_undelivered_of_kind
from portability.v1 import agreements_service_pb2 as pb
from portability.v1 import agreements_service_pb2_grpc as services
from portability.wire.adoption import ADOPTION_TYPE
from portability.wire.envelope import envelope_from_bytes, envelope_to_pb

if TYPE_CHECKING:
    from collections.abc import Mapping

    from portability.node.agreements.book import AgreementBook
    from portability.node.calls.caller import Context
    from portability.node.log.sequencer import Sequencer
    from portability.node.log.write import Write
    from portability.store.engine import Connection, Database


class AgreementsService(services.AgreementsServiceServicer):
    """Which role may make which call is decided before it gets here (``calls.roles``)."""

    def __init__(self, *, database: Database, sequencer: Sequencer, book: AgreementBook) -> None:
        self._database = database
        self._sequencer = sequencer
        self._book = book

    async def ListAgreements(  # noqa: N802  # the name in the contract
        self, _request: pb.ListAgreementsRequest, context: Context
    ) -> pb.ListAgreementsResponse:
        caller_of(context)
        async with self._database.read() as connection:
            missing = await list_undelivered_of_kind(connection, kind_of(ADOPTION_TYPE))
            return pb.ListAgreementsResponse(
                agreements=await _list(connection),
                signatures_required=self._book.required,
                undelivered=[undelivered_to_pb(one) for one in missing],
            )

    async def SignAgreement(  # noqa: N802
        self, request: pb.SignAgreementRequest, context: Context
    ) -> pb.SignAgreementResponse:
        caller_of(context)

        async def work(write: Write) -> None:
            await self._book.sign(write, request.agreement)

        await self._sequencer.run(work)
        async with self._database.read() as connection:
            listed = {one.agreement: one for one in await _list(connection)}
        return pb.SignAgreementResponse(agreement=listed[request.agreement])


async def _list(connection: Connection) -> list[pb.Agreement]:
    last: dict[str, dict[str, stored.AdoptionRow]] = {}
    for row in await stored.list_adoptions(connection):
        last.setdefault(row.agreement, {})[row.jurisdiction] = row
    return [_agreement(one, last.get(one, {})) for one in sorted({*pack_ids(), *last})]


def _agreement(agreement: str, rows: Mapping[str, stored.AdoptionRow]) -> pb.Agreement:
    text = shipped_text(agreement) if agreement in pack_ids() else None
    return pb.Agreement(
        agreement=agreement,
        agreement_version="" if text is None else text.version,
        digest=b"" if text is None else text.digest,
        signatures=[
            pb.AgreementSignature(
                jurisdiction=row.jurisdiction,
                agreement_version=row.agreement_version,
                digest=row.digest,
                statement=envelope_to_pb(envelope_from_bytes(row.envelope)),
            )
            for _, row in sorted(rows.items())
        ],
    )
