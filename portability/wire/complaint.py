"""
Steps of complaints: the signed payload and its strict reading.

Source: complaint.proto.
"""

from enum import StrEnum
from typing import Any, Final, TypeVar, cast

from portability.consent.reading import check_reference
from portability.ledger.encoding import decode_hex
from portability.ledger.envelope import Envelope, payload_type
from portability.recognition.complaint import ComplaintAct, ComplaintStep, ComplaintTopic
from portability.v1 import complaint_pb2 as pb
from portability.v1 import envelope_pb2
from portability.wire.consent_parts import party_to_pb
from portability.wire.envelope import envelope_from_pb, envelope_to_pb
from portability.wire.statement_parts import header_from_pb, header_to_pb, party_from_pb, refuse
from portability.wire.strict import hash_or_empty, instant, parse_strictly, timestamp

KIND: Final = "complaint"
COMPLAINT_TYPE: Final = payload_type(KIND, "protobuf")
MAX_TEXT: Final = 4_000
NAME_BYTES: Final = 16

_Code = TypeVar("_Code", bound=StrEnum)


def check_text(text: str, field: str = "text") -> str:
    """What a person or an officer wrote, without characters that steer a screen."""
    if len(text) > MAX_TEXT:
        refuse(field, f"is longer than {MAX_TEXT} characters; say it in fewer words")
    if any(not (one.isprintable() or one == "\n") for one in text):
        refuse(field, "holds characters that cannot be shown")
    return text


def step_to_payload(step: ComplaintStep) -> bytes:
    """The bytes to sign. From then on only these bytes are stored, sent and checked."""
    return pb.ComplaintStep(
        header=header_to_pb(step.header),
        act=act_to_pb(step.act),
        actor=party_to_pb(step.actor),
        against=party_to_pb(step.against),
        desk=party_to_pb(step.desk),
        topic=topic_to_pb(step.topic),
        about=step.about,
        text=step.text,
        answer_by=None if step.answer_by is None else timestamp(step.answer_by),
        objection=step.objection,
        signed_objection=_envelope(step.signed_objection),
        key_record=_envelope(step.key_record),
        person_reference=step.person_reference,
        complaint=step.complaint,
    ).SerializeToString()


def step_from_payload(payload: bytes) -> ComplaintStep:
    """What a verified payload says. Raises InvalidInputError that names the field."""
    message = parse_strictly(pb.ComplaintStep, payload, "step of a complaint")
    step = ComplaintStep(
        header=header_from_pb(message.header, in_case=False),
        act=_known(_ACTS, message.act, "act"),
        actor=party_from_pb(message.actor, "actor"),
        against=party_from_pb(message.against, "against"),
        desk=party_from_pb(message.desk, "desk"),
        topic=topic_from_pb(message.topic),
        about=hash_or_empty(message.about, "about"),
        text=check_text(message.text),
        answer_by=(
            instant(message.answer_by, "answer_by") if message.HasField("answer_by") else None
        ),
        objection=hash_or_empty(message.objection, "objection"),
        signed_objection=_given(message, "signed_objection"),
        key_record=_given(message, "key_record"),
        person_reference=message.person_reference,
        complaint=message.complaint,
    )
    _check_parts(step)
    if (step.act is ComplaintAct.FILED) == bool(step.header.predecessors):
        refuse("predecessors", "must name the step before, and nothing for the first")
    if (step.answer_by is None) == (step.act in {ComplaintAct.FILED, ComplaintAct.ESCALATED}):
        refuse("answer_by", "must be set for what waits for an answer, and for nothing else")
    return step


def _check_parts(step: ComplaintStep) -> None:
    """What belongs together is there together."""
    signed = {bool(step.objection), step.signed_objection is not None, step.key_record is not None}
    if len(signed) > 1:
        refuse("objection", "must come with its envelope and the record of its key")
    if bool(step.person_reference) != bool(step.complaint):
        refuse("complaint", "and person_reference are there for another node, or neither is")
    if step.person_reference:
        check_reference(step.person_reference, field="person_reference")
        decode_hex(step.complaint, what="complaint", length=NAME_BYTES)


def _envelope(envelope: Envelope | None) -> envelope_pb2.Envelope | None:
    return None if envelope is None else envelope_to_pb(envelope)


def _given(message: pb.ComplaintStep, field: str) -> Envelope | None:
    return envelope_from_pb(getattr(message, field)) if message.HasField(field) else None


def topic_from_pb(value: int, field: str = "topic") -> ComplaintTopic:
    return _known(_TOPICS, value, field)


def topic_to_pb(topic: ComplaintTopic) -> pb.ComplaintTopic:
    return cast("pb.ComplaintTopic", _number(pb.ComplaintTopic, "COMPLAINT_TOPIC", topic))


def act_to_pb(act: ComplaintAct) -> pb.ComplaintAct:
    return cast("pb.ComplaintAct", _number(pb.ComplaintAct, "COMPLAINT_ACT", act))


def act_from_pb(value: int, field: str = "act") -> ComplaintAct:
    return _known(_ACTS, value, field)


def _known(table: dict[int, _Code], value: int, field: str) -> _Code:
    if value not in table:
        refuse(field, "is none that is known here")
    return table[value]


def _number(kind: Any, prefix: str, value: StrEnum) -> int:
    return cast("int", kind.Value(f"{prefix}_{value.name}"))


_ACTS: Final = {int(act_to_pb(one)): one for one in ComplaintAct}
_TOPICS: Final = {int(topic_to_pb(one)): one for one in ComplaintTopic}
