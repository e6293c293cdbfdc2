"""What others were told when a permission ended, and what each of them has answered, verified."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from agents.migrant.home import Admitted
from portability.v1 import notices_service_pb2 as pb
from portability.v1.notices_service_pb2_grpc import NoticesServiceStub
from portability.wire.proven import proven_from_pb, verify_logged


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What one jurisdiction did; ``at`` is None and ``effect`` empty before it has answered."""

    jurisdiction: str
    effect: str
    citation: str
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndNotice:
    """Everybody who was told at an instant that a permission has ended."""

    permission: bytes
    sent_at: datetime
    replies: tuple[Reply, ...]


def list_end_notices(me: Admitted) -> Iterator[EndNotice]:
    """Those about permissions. Raises ProofError for one that the node's log does not hold."""
    answer: pb.ListOwnNoticesResponse = me.home.session.call(
        NoticesServiceStub(me.home.session.channel).ListOwnNotices,
        pb.ListOwnNoticesRequest(session=me.token),
    )
    for one in answer.notices:
        if one.permission:
            verify_logged(proven_from_pb(one.statement), me.home.directory, me.home.jurisdiction)
            yield EndNotice(
                permission=one.permission,
                sent_at=one.create_time.ToDatetime(UTC),
                replies=tuple(_reply(me, reply) for reply in one.replies),
            )


def _reply(me: Admitted, reply: pb.NoticeReply) -> Reply:
    if not reply.answered:
        return Reply(jurisdiction=reply.jurisdiction, effect="", citation="", at=None)
    verify_logged(proven_from_pb(reply.statement), me.home.directory, me.home.jurisdiction)
    return Reply(
        jurisdiction=reply.jurisdiction,
        effect=reply.effect,
        citation=reply.citation,
        at=reply.create_time.ToDatetime(UTC),
    )
