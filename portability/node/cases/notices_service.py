"""NoticesService: who was told of corrections and ended permissions, and what each answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from portability.consent.scope import Party
from portability.errors import InvalidInputError, NotFoundError
from portability.ledger.encoding import HASH_BYTES, decode_hex
from portability.node.calls.caller import caller_of
from portability.node.cases.loading import load_case
from portability.node.cases.views import case_id_of, case_name
from portability.node.persons.sessions import person_of_session
from portability.node.records.of_person import read_record
from portability.recognition.facts import read_facts
from portability.recognition.replies import Reply, notices_of, replies_to
from portability.recognition.statements import (
    Correction,
    CorrectionReason,
    NoticeAnswer,
    PermissionEnd,
    PermissionEnding,
)
from portability.store import cases, log
from portability.v1 import notices_service_pb2 as pb
from portability.v1 import notices_service_pb2_grpc as services
from portability.wire.consent_parts import party_to_pb
from portability.wire.envelope import envelope_from_bytes
from portability.wire.proven import proven_to_pb
from portability.wire.record import KIND
from portability.wire.strict import timestamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from portability.node.calls.caller import Context
    from portability.node.cases.loading import LoadedCase
    from portability.node.log.prover import Prover
    from portability.store.engine import Connection, Database


_ENDINGS: Final = {
    PermissionEnding.WITHDRAWN: pb.NOTICE_KIND_WITHDRAWAL,
    PermissionEnding.EXPIRED: pb.NOTICE_KIND_EXPIRY,
    PermissionEnding.INVALIDATED: pb.NOTICE_KIND_REVOCATION,
    PermissionEnding.TERMINATED: pb.NOTICE_KIND_REVOCATION,
}


class NoticesService(services.NoticesServiceServicer):
    """
    Serves agencies and the portal.

    A case or a record of somebody else and one that does not exist are answered alike.
    """

    def __init__(
        self,
        *,
        jurisdiction: str,
        database: Database,
        prover: Prover,
        clock: Callable[[], datetime],
    ) -> None:
        self._jurisdiction = jurisdiction
        self._database = database
        self._prover = prover
        self._clock = clock

    async def ListNotices(  # noqa: N802  # the name in the contract
        self, request: pb.ListNoticesRequest, context: Context
    ) -> pb.ListNoticesResponse:
        caller = caller_of(context)
        party = Party(jurisdiction=caller.jurisdiction, institution=caller.institution)
        async with self._database.read() as connection:
            if request.parent.startswith("records/"):
                notices = await self._about_record(connection, request.parent, party)
            else:
                case_id = case_id_of(request.parent, "parent")
                loaded = await self._load(connection, case_id)
                if loaded is None or party not in loaded.claim.parties:
                    raise NotFoundError("there is no such case here")
                notices = list(_notices(loaded))
        return pb.ListNoticesResponse(notices=await self._prove(notices))

    async def ListOwnNotices(  # noqa: N802
        self, request: pb.ListOwnNoticesRequest, context: Context
    ) -> pb.ListOwnNoticesResponse:
        caller_of(context)
        vault = self._database.vault
        async with self._database.read() as connection:
            person = await person_of_session(connection, vault, request.session, self._clock())
            notices = await self._about_person(connection, person)
        return pb.ListOwnNoticesResponse(notices=await self._prove(notices))

    async def _about_record(
        self, connection: Connection, name: str, party: Party
    ) -> list[pb.Notice]:
        record = record_id_of(name, "parent")
        rows = await log.read_statements(connection, self._database.vault, [record])
        row = rows.get(record)
        if row is None or row.kind != KIND or row.envelope is None or row.person is None:
            raise NotFoundError("there is no such record here")
        if read_record(record, envelope_from_bytes(row.envelope)).issuer != party:
            raise NotFoundError("there is no such record here")
        about = await self._about_person(connection, row.person)
        return [one for one in about if record in {*one.replaced, *one.added}]

    async def _about_person(self, connection: Connection, person: int) -> list[pb.Notice]:
        found: list[pb.Notice] = []
        for row in await cases.list_person_cases(connection, self._database.vault, person):
            loaded = None if row.content is None else await self._load(connection, row.case_id)
            found += () if loaded is None else _notices(loaded)
        return found

    async def _load(self, connection: Connection, case_id: str) -> LoadedCase | None:
        return await load_case(
            connection, self._database.vault, own=self._jurisdiction, case_id=case_id
        )

    async def _prove(self, notices: Sequence[pb.Notice]) -> Sequence[pb.Notice]:
        """With a proof of each notice and of each answer; ``_notices`` has left their ids."""
        places = [(one.notice, one) for one in notices]
        ids = dict.fromkeys(
            [i for i, _ in places]
            + [reply.answer for one in notices for reply in one.replies if reply.answered]
        )
        proven = dict(zip(ids, await self._prover.prove(list(ids)), strict=True)) if ids else {}
        for i, notice in places:
            notice.statement.CopyFrom(proven_to_pb(proven[i]))
            for reply in notice.replies:
                if reply.answered:
                    reply.statement.CopyFrom(proven_to_pb(proven[reply.answer]))
        return notices


def record_id_of(name: str, field: str) -> bytes:
    """The id in ``records/{statement id}``. Raises InvalidInputError naming the field."""
    collection, _, text = name.partition("/")
    if collection != "records":
        raise InvalidInputError("the name is not records/{statement id in hex}", field=field)
    return decode_hex(text, what=field, length=HASH_BYTES)


def _notices(loaded: LoadedCase) -> Iterator[pb.Notice]:
    facts = read_facts(loaded.case)
    for i, one in notices_of(facts).items():
        notice = pb.Notice(
            notice=i,
            case=case_name(loaded.case_id),
            kind=_kind(one),
            sender=party_to_pb(one.header.sender),
            create_time=timestamp(one.header.created),
            replies=[
                _reply(reply, facts.answers.get(reply.answer))
                for reply in replies_to(loaded.case, loaded.claim, facts, i)
            ],
        )
        if isinstance(one, Correction):
            notice.replaced.extend(one.replaced)
            notice.added.extend(one.added)
        else:
            notice.permission = one.permission
        yield notice


def _reply(reply: Reply, answer: NoticeAnswer | None) -> pb.NoticeReply:
    if answer is None:
        return pb.NoticeReply(jurisdiction=reply.jurisdiction)
    return pb.NoticeReply(
        jurisdiction=reply.jurisdiction,
        answered=True,
        answer=reply.answer,
        effect=answer.effect.value,
        citation=answer.citation,
        create_time=timestamp(answer.header.created),
    )


def _kind(notice: Correction | PermissionEnd) -> pb.NoticeKind:
    if isinstance(notice, PermissionEnd):
        return _ENDINGS[notice.how]
    is_invalid = notice.reason is CorrectionReason.INVALIDATED
    return pb.NOTICE_KIND_INVALIDATION if is_invalid else pb.NOTICE_KIND_CORRECTION
