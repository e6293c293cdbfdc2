"""What is said about a case beside its result, to the message whose bytes are signed."""

from portability.recognition.statements import (
    Correction,
    NoticeAnswer,
    Objection,
    PermissionEnd,
    Reminder,
    Reopening,
    Summary,
)
from portability.v1 import statement_pb2 as pb
from portability.wire.consent_parts import party_to_pb
from portability.wire.statement_parts import header_to_pb, shown_to_pb
from portability.wire.strict import timestamp


def write_reminder(reminder: Reminder) -> pb.Reminder:
    return pb.Reminder(
        header=header_to_pb(reminder.header),
        recipient=party_to_pb(reminder.recipient),
        step=reminder.step.value,
        number=reminder.number,
        due_date=reminder.due.isoformat(),
        escalated=reminder.escalated,
    )


def write_correction(correction: Correction) -> pb.Correction:
    return pb.Correction(
        header=header_to_pb(correction.header),
        replaced=correction.replaced,
        added=correction.added,
        reason=correction.reason.value,
        shown=shown_to_pb(correction.shown),
        held_back=correction.held_back,
    )


def write_permission_end(end: PermissionEnd) -> pb.PermissionEnd:
    return pb.PermissionEnd(
        header=header_to_pb(end.header),
        permission=end.permission,
        how=end.how.value,
        end_time=timestamp(end.at),
        act=end.act,
    )


def write_notice_answer(answer: NoticeAnswer) -> pb.NoticeAnswer:
    return pb.NoticeAnswer(
        header=header_to_pb(answer.header),
        effect=answer.effect.value,
        citation=answer.citation,
        ceased=answer.ceased,
    )


def write_objection(objection: Objection) -> pb.Objection:
    return pb.Objection(
        header=header_to_pb(objection.header), grounds=objection.grounds, act=objection.act
    )


def write_summary(summary: Summary) -> pb.Summary:
    return pb.Summary(header=header_to_pb(summary.header), document=summary.document)


def write_reopening(reopening: Reopening) -> pb.Reopening:
    return pb.Reopening(
        header=header_to_pb(reopening.header),
        cause=reopening.cause.value,
        causes=reopening.causes,
    )
