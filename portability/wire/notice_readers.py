"""
Signed payload bytes to what is said about a case beside its result.

Reminders, corrections, ended permissions, the answers to these, objections, summaries and
reopenings. Raises InvalidInputError that names the field.
"""

from enum import StrEnum
from typing import Final, TypeVar

from portability.recognition.statements import (
    Correction,
    CorrectionReason,
    NoticeAnswer,
    NoticeEffect,
    Objection,
    PermissionEnd,
    PermissionEnding,
    Reminder,
    Reopening,
    ReopeningCause,
    Step,
    Summary,
)
from portability.v1 import statement_pb2 as pb
from portability.wire.statement_parts import (
    NAME,
    header_from_pb,
    ids,
    matching,
    party_from_pb,
    refuse,
    shown_from_pb,
    text,
)
from portability.wire.strict import civil_date, exactly, hash_or_empty, instant, parse_strictly

E = TypeVar("E", bound=StrEnum)

MAX_NUMBER: Final = 1_000
"""Of reminders about one thing."""


def read_reminder(payload: bytes) -> Reminder:
    message = parse_strictly(pb.Reminder, payload, "reminder")
    if not 1 <= message.number <= MAX_NUMBER:
        refuse("number", f"is not 1 to {MAX_NUMBER}")
    return Reminder(
        header=header_from_pb(message.header),
        recipient=party_from_pb(message.recipient, "recipient"),
        step=_member(Step, message.step, "step"),
        number=message.number,
        due=civil_date(message.due_date, "due_date"),
        escalated=message.escalated,
    )


def read_correction(payload: bytes) -> Correction:
    message = parse_strictly(pb.Correction, payload, "correction")
    correction = Correction(
        header=header_from_pb(message.header),
        replaced=ids(message.replaced, "replaced"),
        added=ids(message.added, "added"),
        reason=_member(CorrectionReason, message.reason, "reason"),
        shown=shown_from_pb(message.shown, message.added),
        held_back=message.held_back,
    )
    if not correction.replaced and not correction.added:
        refuse("replaced", "and added are both empty: nothing is corrected")
    if set(correction.replaced) & set(correction.added):
        refuse("added", "names a record that it replaces")
    if correction.held_back and (
        correction.added or correction.reason is CorrectionReason.INVALIDATED
    ):
        refuse("held_back", "is for a period that takes the place of another and is not shown")
    return correction


def read_permission_end(payload: bytes) -> PermissionEnd:
    message = parse_strictly(pb.PermissionEnd, payload, "permission end")
    return PermissionEnd(
        header=header_from_pb(message.header),
        permission=exactly(message.permission, 32, "permission"),
        how=_member(PermissionEnding, message.how, "how"),
        at=instant(message.end_time, "end_time"),
        act=hash_or_empty(message.act, "act"),
    )


def read_notice_answer(payload: bytes) -> NoticeAnswer:
    message = parse_strictly(pb.NoticeAnswer, payload, "notice answer")
    effect = _member(NoticeEffect, message.effect, "effect")
    if bool(message.citation) != (effect is NoticeEffect.KEPT):
        refuse("citation", "is given for what is kept, and only then")
    if message.ceased and effect not in {NoticeEffect.ERASED, NoticeEffect.STOPPED}:
        refuse("ceased", "does not fit the effect")
    return NoticeAnswer(
        header=header_from_pb(message.header),
        effect=effect,
        citation=text(message.citation, "citation") if message.citation else "",
        ceased=ids(message.ceased, "ceased"),
    )


def read_objection(payload: bytes) -> Objection:
    message = parse_strictly(pb.Objection, payload, "objection")
    return Objection(
        header=header_from_pb(message.header),
        grounds=matching(NAME, message.grounds, "grounds"),
        act=hash_or_empty(message.act, "act"),
    )


def read_summary(payload: bytes) -> Summary:
    message = parse_strictly(pb.Summary, payload, "summary")
    return Summary(header=header_from_pb(message.header), document=message.document)


def read_reopening(payload: bytes) -> Reopening:
    message = parse_strictly(pb.Reopening, payload, "reopening")
    causes = ids(message.causes, "causes")
    if not causes:
        refuse("causes", "is empty: nothing reopens a case by itself")
    return Reopening(
        header=header_from_pb(message.header),
        cause=_member(ReopeningCause, message.cause, "cause"),
        causes=causes,
    )


def _member(kind: type[E], value: str, field: str) -> E:
    known = {one.value: one for one in kind}
    if value not in known:
        refuse(field, f"is not one of {', '.join(known)}")
    return known[value]
