import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from portability.v1 import complaint_pb2 as _complaint_pb2
from portability.v1 import envelope_pb2 as _envelope_pb2
from portability.v1 import statement_pb2 as _statement_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Complaint(_message.Message):
    __slots__ = ("name", "person", "steps", "escalatable", "home", "objection", "delivered")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PERSON_FIELD_NUMBER: _ClassVar[int]
    STEPS_FIELD_NUMBER: _ClassVar[int]
    ESCALATABLE_FIELD_NUMBER: _ClassVar[int]
    HOME_FIELD_NUMBER: _ClassVar[int]
    OBJECTION_FIELD_NUMBER: _ClassVar[int]
    DELIVERED_FIELD_NUMBER: _ClassVar[int]
    name: str
    person: str
    steps: _containers.RepeatedCompositeFieldContainer[_envelope_pb2.ProvenStatement]
    escalatable: bool
    home: str
    objection: _envelope_pb2.ProvenStatement
    delivered: bool
    def __init__(self, name: _Optional[str] = ..., person: _Optional[str] = ..., steps: _Optional[_Iterable[_Union[_envelope_pb2.ProvenStatement, _Mapping]]] = ..., escalatable: _Optional[bool] = ..., home: _Optional[str] = ..., objection: _Optional[_Union[_envelope_pb2.ProvenStatement, _Mapping]] = ..., delivered: _Optional[bool] = ...) -> None: ...

class FileComplaintRequest(_message.Message):
    __slots__ = ("request_id", "session", "person", "against", "topic", "about", "text")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    SESSION_FIELD_NUMBER: _ClassVar[int]
    PERSON_FIELD_NUMBER: _ClassVar[int]
    AGAINST_FIELD_NUMBER: _ClassVar[int]
    TOPIC_FIELD_NUMBER: _ClassVar[int]
    ABOUT_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    session: str
    person: str
    against: _statement_pb2.Party
    topic: _complaint_pb2.ComplaintTopic
    about: bytes
    text: str
    def __init__(self, request_id: _Optional[str] = ..., session: _Optional[str] = ..., person: _Optional[str] = ..., against: _Optional[_Union[_statement_pb2.Party, _Mapping]] = ..., topic: _Optional[_Union[_complaint_pb2.ComplaintTopic, str]] = ..., about: _Optional[bytes] = ..., text: _Optional[str] = ...) -> None: ...

class FileComplaintResponse(_message.Message):
    __slots__ = ("complaint",)
    COMPLAINT_FIELD_NUMBER: _ClassVar[int]
    complaint: Complaint
    def __init__(self, complaint: _Optional[_Union[Complaint, _Mapping]] = ...) -> None: ...

class EscalateComplaintRequest(_message.Message):
    __slots__ = ("name", "session", "text")
    NAME_FIELD_NUMBER: _ClassVar[int]
    SESSION_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    name: str
    session: str
    text: str
    def __init__(self, name: _Optional[str] = ..., session: _Optional[str] = ..., text: _Optional[str] = ...) -> None: ...

class EscalateComplaintResponse(_message.Message):
    __slots__ = ("complaint",)
    COMPLAINT_FIELD_NUMBER: _ClassVar[int]
    complaint: Complaint
    def __init__(self, complaint: _Optional[_Union[Complaint, _Mapping]] = ...) -> None: ...

class AnswerComplaintRequest(_message.Message):
    __slots__ = ("name", "text")
    NAME_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    name: str
    text: str
    def __init__(self, name: _Optional[str] = ..., text: _Optional[str] = ...) -> None: ...

class AnswerComplaintResponse(_message.Message):
    __slots__ = ("complaint",)
    COMPLAINT_FIELD_NUMBER: _ClassVar[int]
    complaint: Complaint
    def __init__(self, complaint: _Optional[_Union[Complaint, _Mapping]] = ...) -> None: ...

class ListOwnComplaintsRequest(_message.Message):
    __slots__ = ("session",)
    SESSION_FIELD_NUMBER: _ClassVar[int]
    session: str
    def __init__(self, session: _Optional[str] = ...) -> None: ...

class ListOwnComplaintsResponse(_message.Message):
    __slots__ = ("complaints",)
    COMPLAINTS_FIELD_NUMBER: _ClassVar[int]
    complaints: _containers.RepeatedCompositeFieldContainer[Complaint]
    def __init__(self, complaints: _Optional[_Iterable[_Union[Complaint, _Mapping]]] = ...) -> None: ...

class ListComplaintsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListComplaintsResponse(_message.Message):
    __slots__ = ("complaints",)
    COMPLAINTS_FIELD_NUMBER: _ClassVar[int]
    complaints: _containers.RepeatedCompositeFieldContainer[Complaint]
    def __init__(self, complaints: _Optional[_Iterable[_Union[Complaint, _Mapping]]] = ...) -> None: ...

class GetComplaintProgressRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ComplaintDate(_message.Message):
    __slots__ = ("act", "create_time", "answer_by")
    ACT_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    ANSWER_BY_FIELD_NUMBER: _ClassVar[int]
    act: _complaint_pb2.ComplaintAct
    create_time: _timestamp_pb2.Timestamp
    answer_by: _timestamp_pb2.Timestamp
    def __init__(self, act: _Optional[_Union[_complaint_pb2.ComplaintAct, str]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., answer_by: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GetComplaintProgressResponse(_message.Message):
    __slots__ = ("dates",)
    DATES_FIELD_NUMBER: _ClassVar[int]
    dates: _containers.RepeatedCompositeFieldContainer[ComplaintDate]
    def __init__(self, dates: _Optional[_Iterable[_Union[ComplaintDate, _Mapping]]] = ...) -> None: ...
