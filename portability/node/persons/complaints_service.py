"""ComplaintsService: who may complain, answer and look."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portability.consent.scope import Party
from portability.errors import InvalidInputError
from portability.federation.identity import Role
from portability.ledger.encoding import decode_hex
from portability.node.calls.caller import caller_of
from portability.node.persons.complaints import NAME_BYTES, Complaining, person_by_name
from portability.node.persons.enrolment import check_request_id
from portability.node.persons.sessions import person_of_session
from portability.recognition.complaint import may_escalate, ombudsperson_of
from portability.store import delivery, persons
from portability.v1 import complaints_service_pb2 as pb
from portability.v1 import complaints_service_pb2_grpc as services
from portability.wire.complaint import act_to_pb, check_text, topic_from_pb
from portability.wire.proven import proven_to_pb
from portability.wire.statement_parts import party_from_pb
from portability.wire.strict import hash_or_empty, timestamp

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from portability.node.calls.caller import Context
    from portability.node.log.prover import Prover
    from portability.node.log.write import Write
    from portability.node.persons.complaint_steps import HeldComplaint
    from portability.node.persons.complaints import Complaints
    from portability.store.engine import Database
    from portability.v1 import envelope_pb2
    from portability.wire.proven import Proven


class ComplaintsService(services.ComplaintsServiceServicer):
    """
    Serves the portal (by session), agencies and the ombudsperson of this jurisdiction.

    Which role may make which call is decided before it gets here (``calls.roles``).
    """

    def __init__(
        self,
        *,
        database: Database,
        prover: Prover,
        complaints: Complaints,
        clock: Callable[[], datetime],
        jurisdiction: str,
    ) -> None:
        self._jurisdiction = jurisdiction
        self._database = database
        self._prover = prover
        self._complaints = complaints
        self._clock = clock

    async def FileComplaint(  # noqa: N802  # the name in the contract
        self, request: pb.FileComplaintRequest, context: Context
    ) -> pb.FileComplaintResponse:
        caller = caller_of(context)
        check_request_id(request.request_id)
        at_portal = caller.role is Role.PORTAL
        if at_portal != bool(request.session) or at_portal == bool(request.person):
            raise InvalidInputError(
                "a person complains by session, an office for a person by name", field="person"
            )

        async def person_of(write: Write) -> int:
            if not at_portal:
                return await person_by_name(write, request.person)
            return await person_of_session(
                write.connection, write.vault, request.session, write.now
            )

        held = await self._complaints.file(
            person_of,
            Complaining(
                request_id=request.request_id,
                taken_by=_party_of(context),
                against=party_from_pb(request.against, "against"),
                topic=topic_from_pb(request.topic),
                about=hash_or_empty(request.about, "about"),
                text=check_text(request.text),
            ),
        )
        return pb.FileComplaintResponse(complaint=await self.show(held))

    async def EscalateComplaint(  # noqa: N802
        self, request: pb.EscalateComplaintRequest, context: Context
    ) -> pb.EscalateComplaintResponse:
        by = _party_of(context)

        async def person_of(write: Write) -> int | None:
            if caller_of(context).role is not Role.PORTAL:
                return None
            return await person_of_session(
                write.connection, write.vault, request.session, write.now
            )

        held = await self._complaints.escalate(
            _name(request.name), check_text(request.text), person_of, by
        )
        return pb.EscalateComplaintResponse(complaint=await self.show(held))

    async def AnswerComplaint(  # noqa: N802
        self, request: pb.AnswerComplaintRequest, context: Context
    ) -> pb.AnswerComplaintResponse:
        held = await self._complaints.answer(
            _name(request.name), check_text(request.text), _party_of(context)
        )
        return pb.AnswerComplaintResponse(complaint=await self.show(held))

    async def ListOwnComplaints(  # noqa: N802
        self, request: pb.ListOwnComplaintsRequest, context: Context
    ) -> pb.ListOwnComplaintsResponse:
        caller_of(context)
        async with self._database.read() as connection:
            person = await person_of_session(
                connection, self._database.vault, request.session, self._clock()
            )
            held = await self._complaints.of_person(connection, person)
        return pb.ListOwnComplaintsResponse(complaints=await self._show_all(held))

    async def ListComplaints(  # noqa: N802
        self, _request: pb.ListComplaintsRequest, context: Context
    ) -> pb.ListComplaintsResponse:
        async with self._database.read() as connection:
            held = await self._complaints.of_actor(connection, _party_of(context))
            names = [await _person_name(connection, one.row.person) for one in held]
        shown = await self._show_all(held)
        for one, name in zip(shown, names, strict=True):
            one.person = name
        return pb.ListComplaintsResponse(complaints=shown)

    async def GetComplaintProgress(  # noqa: N802
        self, request: pb.GetComplaintProgressRequest, context: Context
    ) -> pb.GetComplaintProgressResponse:
        caller_of(context)
        async with self._database.read() as connection:
            held = await self._complaints.by_name(connection, _name(request.name))
        return pb.GetComplaintProgressResponse(
            dates=[
                pb.ComplaintDate(
                    act=act_to_pb(step.act),
                    create_time=timestamp(step.header.created),
                    answer_by=None if step.answer_by is None else timestamp(step.answer_by),
                )
                for step in held.steps
            ]
        )

    async def show(self, held: HeldComplaint) -> pb.Complaint:
        """A complaint with the proof of each step, at the current head."""
        return (await self._show_all([held]))[0]

    async def _show_all(self, held: Sequence[HeldComplaint]) -> list[pb.Complaint]:
        objections = [one.steps[0].objection for one in held if self._is_home(one)]
        ids = [*(i for one in held for i in one.ids), *(i for i in objections if i)]
        proven = dict(zip(ids, await self._prover.prove(ids), strict=True)) if ids else {}
        now, arrived = self._clock(), await self._arrived(held)
        return [
            pb.Complaint(
                name=f"complaints/{one.row.name}",
                steps=[proven_to_pb(proven[i]) for i in one.ids],
                escalatable=self._is_home(one) and may_escalate(one.steps, now),
                home=one.home,
                objection=self._objection(one, proven),
                delivered=one.ids[0] in arrived,
            )
            for one in held
        ]

    def _is_home(self, held: HeldComplaint) -> bool:
        return held.home == self._jurisdiction

    def _objection(
        self, held: HeldComplaint, proven: Mapping[bytes, Proven]
    ) -> envelope_pb2.ProvenStatement | None:
        found = proven.get(held.steps[0].objection)
        return None if found is None else proven_to_pb(found)

    async def _arrived(self, held: Sequence[HeldComplaint]) -> set[bytes]:
        """Which first steps the node of the institution abroad has taken in."""
        sent = [one for one in held if self._is_home(one) and one.steps[0].complaint]
        if not sent:
            return set()
        async with self._database.read() as connection:
            return {
                one.ids[0]
                for one in sent
                if await delivery.find_confirmation(
                    connection,
                    peer=one.steps[0].desk.jurisdiction,
                    statement_id=one.ids[0],
                    case_id=None,
                    since=one.row.create_time,
                )
            }


async def _person_name(connection: object, number: int) -> str:
    person = await persons.find_person_by_id(connection, number)  # type: ignore[arg-type]
    return "" if person is None else person.name


def _party_of(context: Context) -> Party:
    """An agency's institution; the ombudsperson by the role; the node for the person's portal."""
    caller = caller_of(context)
    if caller.role is Role.OMBUDSPERSON:
        return ombudsperson_of(caller.jurisdiction)
    return Party(jurisdiction=caller.jurisdiction, institution=caller.institution)


def _name(text: str) -> str:
    collection, _, digits = text.partition("/")
    if collection != "complaints":
        raise InvalidInputError("the name is not complaints/{complaint}", field="name")
    decode_hex(digits, what="name", length=NAME_BYTES)
    return digits
