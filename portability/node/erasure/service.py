"""ErasuresService: erasing persons, showing how far that is, and legal holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from portability.consent.scope import Party
from portability.errors import InvalidInputError, NotFoundError
from portability.ledger.encoding import decode_hex
from portability.node.calls.caller import caller_of
from portability.node.erasure.signing import party_of
from portability.node.persons.accesses import check_open
from portability.recognition.erasure import ErasureBasis, ErasureOutcome, RefusalReason
from portability.store import erasure_rows
from portability.store.erasure import find_target
from portability.store.erasure_recipients import RecipientRow, list_recipients
from portability.v1 import erasures_service_pb2 as pb
from portability.v1 import erasures_service_pb2_grpc as services
from portability.wire.consent_parts import party_to_pb
from portability.wire.erasure import (
    basis_from_pb,
    basis_to_pb,
    check_citation,
    outcome_to_pb,
    reason_to_pb,
)
from portability.wire.strict import timestamp

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from portability.node.calls.caller import Context
    from portability.node.erasure.erasing import Eraser
    from portability.node.erasure.holds import Holds
    from portability.node.erasure.requests import ErasureRequests
    from portability.store.engine import Database
    from portability.store.erasure_rows import ErasureRow
    from portability.store.legal_holds import HoldRow

NAME_BYTES: Final = 16

_STAGES: Final = {
    erasure_rows.REFUSED: pb.ERASURE_STAGE_REFUSED,
    erasure_rows.FENCED: pb.ERASURE_STAGE_FENCED,
    erasure_rows.DESTROYED: pb.ERASURE_STAGE_FENCED,  # its files may still hold copies
    erasure_rows.CLEARED: pb.ERASURE_STAGE_DESTROYED,
    erasure_rows.PROVEN: pb.ERASURE_STAGE_PROVEN,
    erasure_rows.REQUESTED: pb.ERASURE_STAGE_REQUESTED,
}


class ErasuresService(services.ErasuresServiceServicer):
    """
    Serves agencies of this jurisdiction, and whoever knows the name of an erasure.

    Which role may make which call is decided before it gets here (``calls.roles``).
    """

    def __init__(
        self,
        *,
        database: Database,
        eraser: Eraser,
        holds: Holds,
        requests: ErasureRequests,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._eraser = eraser
        self._holds = holds
        self._requests = requests
        self._clock = clock

    async def ErasePerson(  # noqa: N802  # the name in the contract
        self, request: pb.ErasePersonRequest, context: Context
    ) -> pb.ErasePersonResponse:
        row = await self._eraser.erase(
            _person(request.person),
            actor=_party(context),
            basis=_ground(request.basis),
            citation=check_citation(request.citation),
        )
        return pb.ErasePersonResponse(erasure=await self._show(row))

    async def GetErasure(  # noqa: N802
        self, request: pb.GetErasureRequest, context: Context
    ) -> pb.GetErasureResponse:
        caller_of(context)
        collection, _, name = request.name.partition("/")
        async with self._database.read() as connection:
            if collection == "erasures":
                row = await erasure_rows.find_latest(connection, _hex(name, "name"))
            else:
                row = await erasure_rows.find_erasure_of(connection, _person(request.name))
        if row is None:
            raise NotFoundError("there is no such erasure here")
        return pb.GetErasureResponse(erasure=await self._show(row))

    async def RequestErasure(  # noqa: N802
        self, request: pb.RequestErasureRequest, context: Context
    ) -> pb.RequestErasureResponse:
        caller_of(context)
        row = await self._requests.ask(request.session, _ground(request.basis))
        return pb.RequestErasureResponse(erasure=await self._show(row))

    async def ListErasureRequests(  # noqa: N802
        self, _request: pb.ListErasureRequestsRequest, context: Context
    ) -> pb.ListErasureRequestsResponse:
        caller_of(context)
        return pb.ListErasureRequestsResponse(
            requests=[
                pb.ErasureRequest(person=row.owner, erasure=await self._show(row))
                for row in await self._requests.waiting()
            ]
        )

    async def PlaceLegalHold(  # noqa: N802
        self, request: pb.PlaceLegalHoldRequest, context: Context
    ) -> pb.PlaceLegalHoldResponse:
        hold = await self._holds.place(
            _person(request.person), actor=_party(context), citation=request.citation
        )
        return pb.PlaceLegalHoldResponse(hold=_hold(hold))

    async def LiftLegalHold(  # noqa: N802
        self, request: pb.LiftLegalHoldRequest, context: Context
    ) -> pb.LiftLegalHoldResponse:
        collection, _, name = request.name.partition("/")
        if collection != "holds":
            raise InvalidInputError("the name is not holds/{hold}", field="name")
        hold = await self._holds.lift(
            _hex(name, "name"), actor=_party(context), citation=request.citation
        )
        return pb.LiftLegalHoldResponse(hold=_hold(hold))

    async def ListLegalHolds(  # noqa: N802
        self, request: pb.ListLegalHoldsRequest, context: Context
    ) -> pb.ListLegalHoldsResponse:
        """To the ombudsperson only of a person who is open to them, as ``check_open`` says."""
        caller, person = caller_of(context), _person(request.person)
        async with self._database.read() as connection:
            target = await find_target(connection, person)
            whom = None if target is None else target.id
            await check_open(connection, whom, caller, self._clock())
        holds = await self._holds.of(person)
        return pb.ListLegalHoldsResponse(holds=[_hold(one) for one in holds])

    async def _show(self, row: ErasureRow) -> pb.ErasureState:
        async with self._database.read() as connection:
            told = await list_recipients(connection, [row.name])
        now = self._clock()
        return pb.ErasureState(
            name=f"erasures/{row.name}",
            stage=_STAGES[row.stage],
            actor=party_to_pb(party_of(row.actor)),
            basis=basis_to_pb(ErasureBasis(row.basis)),
            citation=row.citation,
            refusal=reason_to_pb(RefusalReason(row.refusal)) if row.refusal else None,
            statement=row.statement_id or b"",
            create_time=timestamp(row.create_time),
            recipients=[_recipient(one, now) for one in told],
        )


def _ground(value: int) -> ErasureBasis:
    basis = basis_from_pb(value)
    if basis is ErasureBasis.NOTICE:
        raise InvalidInputError("only a notice of another node is that ground", field="basis")
    return basis


def _recipient(row: RecipientRow, now: datetime) -> pb.ErasureRecipient:
    is_overdue = row.answer is None and row.answer_by is not None and row.answer_by <= now
    return pb.ErasureRecipient(
        recipient=party_to_pb(Party(jurisdiction=row.jurisdiction, institution=row.institution)),
        notice=row.notice or b"",
        outcome=outcome_to_pb(ErasureOutcome(row.outcome)) if row.outcome else None,
        citation=row.citation,
        answer_time=None if row.answer_time is None else timestamp(row.answer_time),
        answer_by=None if row.answer_by is None else timestamp(row.answer_by),
        overdue=is_overdue,
    )


def _hold(row: HoldRow) -> pb.PersonHold:
    return pb.PersonHold(
        name=f"holds/{row.name}",
        placed_by=party_to_pb(party_of(row.placed_by)),
        citation=row.citation,
        place_time=timestamp(row.place_time),
        lift_time=None if row.lift_time is None else timestamp(row.lift_time),
        lift_citation=row.lift_citation,
    )


def _person(name: str) -> str:
    collection, _, digits = name.partition("/")
    if collection != "persons":
        raise InvalidInputError("the name is not persons/{person}", field="person")
    _hex(digits, "person")
    return name


def _hex(digits: str, field: str) -> str:
    decode_hex(digits, what=field, length=NAME_BYTES)
    return digits


def _party(context: Context) -> Party:
    caller = caller_of(context)
    return Party(jurisdiction=caller.jurisdiction, institution=caller.institution)
