import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from portability.v1 import envelope_pb2 as _envelope_pb2
from portability.v1 import statement_pb2 as _statement_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class IdentityQuestion(_message.Message):
    __slots__ = ("request", "case", "requester", "person_reference", "candidates", "create_time")
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    CASE_FIELD_NUMBER: _ClassVar[int]
    REQUESTER_FIELD_NUMBER: _ClassVar[int]
    PERSON_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    CANDIDATES_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    request: bytes
    case: str
    requester: _statement_pb2.Party
    person_reference: str
    candidates: _containers.RepeatedScalarFieldContainer[str]
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, request: _Optional[bytes] = ..., case: _Optional[str] = ..., requester: _Optional[_Union[_statement_pb2.Party, _Mapping]] = ..., person_reference: _Optional[str] = ..., candidates: _Optional[_Iterable[str]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListIdentityQuestionsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListIdentityQuestionsResponse(_message.Message):
    __slots__ = ("questions",)
    QUESTIONS_FIELD_NUMBER: _ClassVar[int]
    questions: _containers.RepeatedCompositeFieldContainer[IdentityQuestion]
    def __init__(self, questions: _Optional[_Iterable[_Union[IdentityQuestion, _Mapping]]] = ...) -> None: ...

class ResolveIdentityRequest(_message.Message):
    __slots__ = ("resolution", "person")
    RESOLUTION_FIELD_NUMBER: _ClassVar[int]
    PERSON_FIELD_NUMBER: _ClassVar[int]
    resolution: _envelope_pb2.Envelope
    person: str
    def __init__(self, resolution: _Optional[_Union[_envelope_pb2.Envelope, _Mapping]] = ..., person: _Optional[str] = ...) -> None: ...

class ResolveIdentityResponse(_message.Message):
    __slots__ = ("statement",)
    STATEMENT_FIELD_NUMBER: _ClassVar[int]
    statement: _envelope_pb2.ProvenStatement
    def __init__(self, statement: _Optional[_Union[_envelope_pb2.ProvenStatement, _Mapping]] = ...) -> None: ...
