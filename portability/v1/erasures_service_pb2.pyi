import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from portability.v1 import erasure_pb2 as _erasure_pb2
from portability.v1 import statement_pb2 as _statement_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ErasureStage(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ERASURE_STAGE_UNSPECIFIED: _ClassVar[ErasureStage]
    ERASURE_STAGE_REFUSED: _ClassVar[ErasureStage]
    ERASURE_STAGE_FENCED: _ClassVar[ErasureStage]
    ERASURE_STAGE_DESTROYED: _ClassVar[ErasureStage]
    ERASURE_STAGE_PROVEN: _ClassVar[ErasureStage]
    ERASURE_STAGE_REQUESTED: _ClassVar[ErasureStage]
ERASURE_STAGE_UNSPECIFIED: ErasureStage
ERASURE_STAGE_REFUSED: ErasureStage
ERASURE_STAGE_FENCED: ErasureStage
ERASURE_STAGE_DESTROYED: ErasureStage
ERASURE_STAGE_PROVEN: ErasureStage
ERASURE_STAGE_REQUESTED: ErasureStage

class ErasureRecipient(_message.Message):
    __slots__ = ("recipient", "notice", "outcome", "citation", "answer_time", "answer_by", "overdue")
    RECIPIENT_FIELD_NUMBER: _ClassVar[int]
    NOTICE_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    CITATION_FIELD_NUMBER: _ClassVar[int]
    ANSWER_TIME_FIELD_NUMBER: _ClassVar[int]
    ANSWER_BY_FIELD_NUMBER: _ClassVar[int]
    OVERDUE_FIELD_NUMBER: _ClassVar[int]
    recipient: _statement_pb2.Party
    notice: bytes
    outcome: _erasure_pb2.ErasureOutcome
    citation: str
    answer_time: _timestamp_pb2.Timestamp
    answer_by: _timestamp_pb2.Timestamp
    overdue: bool
    def __init__(self, recipient: _Optional[_Union[_statement_pb2.Party, _Mapping]] = ..., notice: _Optional[bytes] = ..., outcome: _Optional[_Union[_erasure_pb2.ErasureOutcome, str]] = ..., citation: _Optional[str] = ..., answer_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., answer_by: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., overdue: _Optional[bool] = ...) -> None: ...

class ErasureState(_message.Message):
    __slots__ = ("name", "stage", "actor", "basis", "citation", "refusal", "statement", "create_time", "recipients")
    NAME_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    BASIS_FIELD_NUMBER: _ClassVar[int]
    CITATION_FIELD_NUMBER: _ClassVar[int]
    REFUSAL_FIELD_NUMBER: _ClassVar[int]
    STATEMENT_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    RECIPIENTS_FIELD_NUMBER: _ClassVar[int]
    name: str
    stage: ErasureStage
    actor: _statement_pb2.Party
    basis: _erasure_pb2.ErasureBasis
    citation: str
    refusal: _erasure_pb2.ErasureRefusalReason
    statement: bytes
    create_time: _timestamp_pb2.Timestamp
    recipients: _containers.RepeatedCompositeFieldContainer[ErasureRecipient]
    def __init__(self, name: _Optional[str] = ..., stage: _Optional[_Union[ErasureStage, str]] = ..., actor: _Optional[_Union[_statement_pb2.Party, _Mapping]] = ..., basis: _Optional[_Union[_erasure_pb2.ErasureBasis, str]] = ..., citation: _Optional[str] = ..., refusal: _Optional[_Union[_erasure_pb2.ErasureRefusalReason, str]] = ..., statement: _Optional[bytes] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., recipients: _Optional[_Iterable[_Union[ErasureRecipient, _Mapping]]] = ...) -> None: ...

class ErasePersonRequest(_message.Message):
    __slots__ = ("person", "basis", "citation")
    PERSON_FIELD_NUMBER: _ClassVar[int]
    BASIS_FIELD_NUMBER: _ClassVar[int]
    CITATION_FIELD_NUMBER: _ClassVar[int]
    person: str
    basis: _erasure_pb2.ErasureBasis
    citation: str
    def __init__(self, person: _Optional[str] = ..., basis: _Optional[_Union[_erasure_pb2.ErasureBasis, str]] = ..., citation: _Optional[str] = ...) -> None: ...

class ErasePersonResponse(_message.Message):
    __slots__ = ("erasure",)
    ERASURE_FIELD_NUMBER: _ClassVar[int]
    erasure: ErasureState
    def __init__(self, erasure: _Optional[_Union[ErasureState, _Mapping]] = ...) -> None: ...

class GetErasureRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class GetErasureResponse(_message.Message):
    __slots__ = ("erasure",)
    ERASURE_FIELD_NUMBER: _ClassVar[int]
    erasure: ErasureState
    def __init__(self, erasure: _Optional[_Union[ErasureState, _Mapping]] = ...) -> None: ...

class RequestErasureRequest(_message.Message):
    __slots__ = ("session", "basis")
    SESSION_FIELD_NUMBER: _ClassVar[int]
    BASIS_FIELD_NUMBER: _ClassVar[int]
    session: str
    basis: _erasure_pb2.ErasureBasis
    def __init__(self, session: _Optional[str] = ..., basis: _Optional[_Union[_erasure_pb2.ErasureBasis, str]] = ...) -> None: ...

class RequestErasureResponse(_message.Message):
    __slots__ = ("erasure",)
    ERASURE_FIELD_NUMBER: _ClassVar[int]
    erasure: ErasureState
    def __init__(self, erasure: _Optional[_Union[ErasureState, _Mapping]] = ...) -> None: ...

class ListErasureRequestsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ErasureRequest(_message.Message):
    __slots__ = ("person", "erasure")
    PERSON_FIELD_NUMBER: _ClassVar[int]
    ERASURE_FIELD_NUMBER: _ClassVar[int]
    person: str
    erasure: ErasureState
    def __init__(self, person: _Optional[str] = ..., erasure: _Optional[_Union[ErasureState, _Mapping]] = ...) -> None: ...

class ListErasureRequestsResponse(_message.Message):
    __slots__ = ("requests",)
    REQUESTS_FIELD_NUMBER: _ClassVar[int]
    requests: _containers.RepeatedCompositeFieldContainer[ErasureRequest]
    def __init__(self, requests: _Optional[_Iterable[_Union[ErasureRequest, _Mapping]]] = ...) -> None: ...

class PersonHold(_message.Message):
    __slots__ = ("name", "placed_by", "citation", "place_time", "lift_time", "lift_citation")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PLACED_BY_FIELD_NUMBER: _ClassVar[int]
    CITATION_FIELD_NUMBER: _ClassVar[int]
    PLACE_TIME_FIELD_NUMBER: _ClassVar[int]
    LIFT_TIME_FIELD_NUMBER: _ClassVar[int]
    LIFT_CITATION_FIELD_NUMBER: _ClassVar[int]
    name: str
    placed_by: _statement_pb2.Party
    citation: str
    place_time: _timestamp_pb2.Timestamp
    lift_time: _timestamp_pb2.Timestamp
    lift_citation: str
    def __init__(self, name: _Optional[str] = ..., placed_by: _Optional[_Union[_statement_pb2.Party, _Mapping]] = ..., citation: _Optional[str] = ..., place_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., lift_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., lift_citation: _Optional[str] = ...) -> None: ...

class PlaceLegalHoldRequest(_message.Message):
    __slots__ = ("person", "citation")
    PERSON_FIELD_NUMBER: _ClassVar[int]
    CITATION_FIELD_NUMBER: _ClassVar[int]
    person: str
    citation: str
    def __init__(self, person: _Optional[str] = ..., citation: _Optional[str] = ...) -> None: ...

class PlaceLegalHoldResponse(_message.Message):
    __slots__ = ("hold",)
    HOLD_FIELD_NUMBER: _ClassVar[int]
    hold: PersonHold
    def __init__(self, hold: _Optional[_Union[PersonHold, _Mapping]] = ...) -> None: ...

class LiftLegalHoldRequest(_message.Message):
    __slots__ = ("name", "citation")
    NAME_FIELD_NUMBER: _ClassVar[int]
    CITATION_FIELD_NUMBER: _ClassVar[int]
    name: str
    citation: str
    def __init__(self, name: _Optional[str] = ..., citation: _Optional[str] = ...) -> None: ...

class LiftLegalHoldResponse(_message.Message):
    __slots__ = ("hold",)
    HOLD_FIELD_NUMBER: _ClassVar[int]
    hold: PersonHold
    def __init__(self, hold: _Optional[_Union[PersonHold, _Mapping]] = ...) -> None: ...

class ListLegalHoldsRequest(_message.Message):
    __slots__ = ("person",)
    PERSON_FIELD_NUMBER: _ClassVar[int]
    person: str
    def __init__(self, person: _Optional[str] = ...) -> None: ...

class ListLegalHoldsResponse(_message.Message):
    __slots__ = ("holds",)
    HOLDS_FIELD_NUMBER: _ClassVar[int]
    holds: _containers.RepeatedCompositeFieldContainer[PersonHold]
    def __init__(self, holds: _Optional[_Iterable[_Union[PersonHold, _Mapping]]] = ...) -> None: ...
