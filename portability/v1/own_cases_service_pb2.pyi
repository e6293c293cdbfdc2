from portability.v1 import envelope_pb2 as _envelope_pb2
from portability.v1 import recognition_service_pb2 as _recognition_service_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ListOwnCasesRequest(_message.Message):
    __slots__ = ("session",)
    SESSION_FIELD_NUMBER: _ClassVar[int]
    session: str
    def __init__(self, session: _Optional[str] = ...) -> None: ...

class OwnCase(_message.Message):
    __slots__ = ("case", "held", "statements", "key_records")
    CASE_FIELD_NUMBER: _ClassVar[int]
    HELD_FIELD_NUMBER: _ClassVar[int]
    STATEMENTS_FIELD_NUMBER: _ClassVar[int]
    KEY_RECORDS_FIELD_NUMBER: _ClassVar[int]
    case: _recognition_service_pb2.Case
    held: _containers.RepeatedCompositeFieldContainer[_recognition_service_pb2.HeldTime]
    statements: _containers.RepeatedCompositeFieldContainer[_envelope_pb2.ProvenStatement]
    key_records: _containers.RepeatedCompositeFieldContainer[_envelope_pb2.ProvenStatement]
    def __init__(self, case: _Optional[_Union[_recognition_service_pb2.Case, _Mapping]] = ..., held: _Optional[_Iterable[_Union[_recognition_service_pb2.HeldTime, _Mapping]]] = ..., statements: _Optional[_Iterable[_Union[_envelope_pb2.ProvenStatement, _Mapping]]] = ..., key_records: _Optional[_Iterable[_Union[_envelope_pb2.ProvenStatement, _Mapping]]] = ...) -> None: ...

class ForeignRecord(_message.Message):
    __slots__ = ("log_jurisdiction", "statement")
    LOG_JURISDICTION_FIELD_NUMBER: _ClassVar[int]
    STATEMENT_FIELD_NUMBER: _ClassVar[int]
    log_jurisdiction: str
    statement: _envelope_pb2.ProvenStatement
    def __init__(self, log_jurisdiction: _Optional[str] = ..., statement: _Optional[_Union[_envelope_pb2.ProvenStatement, _Mapping]] = ...) -> None: ...

class ListOwnCasesResponse(_message.Message):
    __slots__ = ("cases", "foreign_records")
    CASES_FIELD_NUMBER: _ClassVar[int]
    FOREIGN_RECORDS_FIELD_NUMBER: _ClassVar[int]
    cases: _containers.RepeatedCompositeFieldContainer[OwnCase]
    foreign_records: _containers.RepeatedCompositeFieldContainer[ForeignRecord]
    def __init__(self, cases: _Optional[_Iterable[_Union[OwnCase, _Mapping]]] = ..., foreign_records: _Optional[_Iterable[_Union[ForeignRecord, _Mapping]]] = ...) -> None: ...
