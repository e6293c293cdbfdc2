import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from portability.v1 import envelope_pb2 as _envelope_pb2
from portability.v1 import statement_pb2 as _statement_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ComplaintAct(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    COMPLAINT_ACT_UNSPECIFIED: _ClassVar[ComplaintAct]
    COMPLAINT_ACT_FILED: _ClassVar[ComplaintAct]
    COMPLAINT_ACT_ANSWERED: _ClassVar[ComplaintAct]
    COMPLAINT_ACT_ESCALATED: _ClassVar[ComplaintAct]
    COMPLAINT_ACT_CONCLUDED: _ClassVar[ComplaintAct]

class ComplaintTopic(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    COMPLAINT_TOPIC_UNSPECIFIED: _ClassVar[ComplaintTopic]
    COMPLAINT_TOPIC_QUESTION: _ClassVar[ComplaintTopic]
    COMPLAINT_TOPIC_ACCESS: _ClassVar[ComplaintTopic]
    COMPLAINT_TOPIC_DELAY: _ClassVar[ComplaintTopic]
    COMPLAINT_TOPIC_DECISION: _ClassVar[ComplaintTopic]
    COMPLAINT_TOPIC_TREATMENT: _ClassVar[ComplaintTopic]
    COMPLAINT_TOPIC_OTHER: _ClassVar[ComplaintTopic]
    COMPLAINT_TOPIC_RECORD: _ClassVar[ComplaintTopic]
COMPLAINT_ACT_UNSPECIFIED: ComplaintAct
COMPLAINT_ACT_FILED: ComplaintAct
COMPLAINT_ACT_ANSWERED: ComplaintAct
COMPLAINT_ACT_ESCALATED: ComplaintAct
COMPLAINT_ACT_CONCLUDED: ComplaintAct
COMPLAINT_TOPIC_UNSPECIFIED: ComplaintTopic
COMPLAINT_TOPIC_QUESTION: ComplaintTopic
COMPLAINT_TOPIC_ACCESS: ComplaintTopic
COMPLAINT_TOPIC_DELAY: ComplaintTopic
COMPLAINT_TOPIC_DECISION: ComplaintTopic
COMPLAINT_TOPIC_TREATMENT: ComplaintTopic
COMPLAINT_TOPIC_OTHER: ComplaintTopic
COMPLAINT_TOPIC_RECORD: ComplaintTopic

class ComplaintStep(_message.Message):
    __slots__ = ("header", "act", "actor", "against", "desk", "topic", "about", "text", "answer_by", "objection", "person_reference", "complaint", "signed_objection", "key_record")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    ACT_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    AGAINST_FIELD_NUMBER: _ClassVar[int]
    DESK_FIELD_NUMBER: _ClassVar[int]
    TOPIC_FIELD_NUMBER: _ClassVar[int]
    ABOUT_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    ANSWER_BY_FIELD_NUMBER: _ClassVar[int]
    OBJECTION_FIELD_NUMBER: _ClassVar[int]
    PERSON_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    COMPLAINT_FIELD_NUMBER: _ClassVar[int]
    SIGNED_OBJECTION_FIELD_NUMBER: _ClassVar[int]
    KEY_RECORD_FIELD_NUMBER: _ClassVar[int]
    header: _statement_pb2.StatementHeader
    act: ComplaintAct
    actor: _statement_pb2.Party
    against: _statement_pb2.Party
    desk: _statement_pb2.Party
    topic: ComplaintTopic
    about: bytes
    text: str
    answer_by: _timestamp_pb2.Timestamp
    objection: bytes
    person_reference: str
    complaint: str
    signed_objection: _envelope_pb2.Envelope
    key_record: _envelope_pb2.Envelope
    def __init__(self, header: _Optional[_Union[_statement_pb2.StatementHeader, _Mapping]] = ..., act: _Optional[_Union[ComplaintAct, str]] = ..., actor: _Optional[_Union[_statement_pb2.Party, _Mapping]] = ..., against: _Optional[_Union[_statement_pb2.Party, _Mapping]] = ..., desk: _Optional[_Union[_statement_pb2.Party, _Mapping]] = ..., topic: _Optional[_Union[ComplaintTopic, str]] = ..., about: _Optional[bytes] = ..., text: _Optional[str] = ..., answer_by: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., objection: _Optional[bytes] = ..., person_reference: _Optional[str] = ..., complaint: _Optional[str] = ..., signed_objection: _Optional[_Union[_envelope_pb2.Envelope, _Mapping]] = ..., key_record: _Optional[_Union[_envelope_pb2.Envelope, _Mapping]] = ...) -> None: ...
