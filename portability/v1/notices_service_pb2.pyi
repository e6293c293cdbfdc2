import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from portability.v1 import envelope_pb2 as _envelope_pb2
from portability.v1 import statement_pb2 as _statement_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class NoticeKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    NOTICE_KIND_UNSPECIFIED: _ClassVar[NoticeKind]
    NOTICE_KIND_CORRECTION: _ClassVar[NoticeKind]
    NOTICE_KIND_INVALIDATION: _ClassVar[NoticeKind]
    NOTICE_KIND_WITHDRAWAL: _ClassVar[NoticeKind]
    NOTICE_KIND_EXPIRY: _ClassVar[NoticeKind]
    NOTICE_KIND_REVOCATION: _ClassVar[NoticeKind]
NOTICE_KIND_UNSPECIFIED: NoticeKind
NOTICE_KIND_CORRECTION: NoticeKind
NOTICE_KIND_INVALIDATION: NoticeKind
NOTICE_KIND_WITHDRAWAL: NoticeKind
NOTICE_KIND_EXPIRY: NoticeKind
NOTICE_KIND_REVOCATION: NoticeKind

class Notice(_message.Message):
    __slots__ = ("notice", "case", "kind", "sender", "create_time", "replaced", "added", "permission", "replies", "statement")
    NOTICE_FIELD_NUMBER: _ClassVar[int]
    CASE_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    SENDER_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    REPLACED_FIELD_NUMBER: _ClassVar[int]
    ADDED_FIELD_NUMBER: _ClassVar[int]
    PERMISSION_FIELD_NUMBER: _ClassVar[int]
    REPLIES_FIELD_NUMBER: _ClassVar[int]
    STATEMENT_FIELD_NUMBER: _ClassVar[int]
    notice: bytes
    case: str
    kind: NoticeKind
    sender: _statement_pb2.Party
    create_time: _timestamp_pb2.Timestamp
    replaced: _containers.RepeatedScalarFieldContainer[bytes]
    added: _containers.RepeatedScalarFieldContainer[bytes]
    permission: bytes
    replies: _containers.RepeatedCompositeFieldContainer[NoticeReply]
    statement: _envelope_pb2.ProvenStatement
    def __init__(self, notice: _Optional[bytes] = ..., case: _Optional[str] = ..., kind: _Optional[_Union[NoticeKind, str]] = ..., sender: _Optional[_Union[_statement_pb2.Party, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., replaced: _Optional[_Iterable[bytes]] = ..., added: _Optional[_Iterable[bytes]] = ..., permission: _Optional[bytes] = ..., replies: _Optional[_Iterable[_Union[NoticeReply, _Mapping]]] = ..., statement: _Optional[_Union[_envelope_pb2.ProvenStatement, _Mapping]] = ...) -> None: ...

class NoticeReply(_message.Message):
    __slots__ = ("jurisdiction", "answered", "effect", "citation", "create_time", "statement", "answer")
    JURISDICTION_FIELD_NUMBER: _ClassVar[int]
    ANSWERED_FIELD_NUMBER: _ClassVar[int]
    EFFECT_FIELD_NUMBER: _ClassVar[int]
    CITATION_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    STATEMENT_FIELD_NUMBER: _ClassVar[int]
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    jurisdiction: str
    answered: bool
    effect: str
    citation: str
    create_time: _timestamp_pb2.Timestamp
    statement: _envelope_pb2.ProvenStatement
    answer: bytes
    def __init__(self, jurisdiction: _Optional[str] = ..., answered: _Optional[bool] = ..., effect: _Optional[str] = ..., citation: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., statement: _Optional[_Union[_envelope_pb2.ProvenStatement, _Mapping]] = ..., answer: _Optional[bytes] = ...) -> None: ...

class ListNoticesRequest(_message.Message):
    __slots__ = ("parent",)
    PARENT_FIELD_NUMBER: _ClassVar[int]
    parent: str
    def __init__(self, parent: _Optional[str] = ...) -> None: ...

class ListNoticesResponse(_message.Message):
    __slots__ = ("notices",)
    NOTICES_FIELD_NUMBER: _ClassVar[int]
    notices: _containers.RepeatedCompositeFieldContainer[Notice]
    def __init__(self, notices: _Optional[_Iterable[_Union[Notice, _Mapping]]] = ...) -> None: ...

class ListOwnNoticesRequest(_message.Message):
    __slots__ = ("session",)
    SESSION_FIELD_NUMBER: _ClassVar[int]
    session: str
    def __init__(self, session: _Optional[str] = ...) -> None: ...

class ListOwnNoticesResponse(_message.Message):
    __slots__ = ("notices",)
    NOTICES_FIELD_NUMBER: _ClassVar[int]
    notices: _containers.RepeatedCompositeFieldContainer[Notice]
    def __init__(self, notices: _Optional[_Iterable[_Union[Notice, _Mapping]]] = ...) -> None: ...
