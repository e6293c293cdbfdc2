import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from portability.v1 import statement_pb2 as _statement_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ErasureBasis(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ERASURE_BASIS_UNSPECIFIED: _ClassVar[ErasureBasis]
    ERASURE_BASIS_NO_LONGER_NEEDED: _ClassVar[ErasureBasis]
    ERASURE_BASIS_CONSENT_WITHDRAWN: _ClassVar[ErasureBasis]
    ERASURE_BASIS_OBJECTION: _ClassVar[ErasureBasis]
    ERASURE_BASIS_UNLAWFUL: _ClassVar[ErasureBasis]
    ERASURE_BASIS_LEGAL_OBLIGATION: _ClassVar[ErasureBasis]
    ERASURE_BASIS_NOTICE: _ClassVar[ErasureBasis]

class ErasureRefusalReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ERASURE_REFUSAL_REASON_UNSPECIFIED: _ClassVar[ErasureRefusalReason]
    ERASURE_REFUSAL_REASON_LEGAL_HOLD: _ClassVar[ErasureRefusalReason]
    ERASURE_REFUSAL_REASON_STATUTORY_RETENTION: _ClassVar[ErasureRefusalReason]

class LegalHoldAct(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LEGAL_HOLD_ACT_UNSPECIFIED: _ClassVar[LegalHoldAct]
    LEGAL_HOLD_ACT_PLACED: _ClassVar[LegalHoldAct]
    LEGAL_HOLD_ACT_LIFTED: _ClassVar[LegalHoldAct]

class ErasureOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ERASURE_OUTCOME_UNSPECIFIED: _ClassVar[ErasureOutcome]
    ERASURE_OUTCOME_STOPPED: _ClassVar[ErasureOutcome]
    ERASURE_OUTCOME_ERASED: _ClassVar[ErasureOutcome]
    ERASURE_OUTCOME_KEPT: _ClassVar[ErasureOutcome]
ERASURE_BASIS_UNSPECIFIED: ErasureBasis
ERASURE_BASIS_NO_LONGER_NEEDED: ErasureBasis
ERASURE_BASIS_CONSENT_WITHDRAWN: ErasureBasis
ERASURE_BASIS_OBJECTION: ErasureBasis
ERASURE_BASIS_UNLAWFUL: ErasureBasis
ERASURE_BASIS_LEGAL_OBLIGATION: ErasureBasis
ERASURE_BASIS_NOTICE: ErasureBasis
ERASURE_REFUSAL_REASON_UNSPECIFIED: ErasureRefusalReason
ERASURE_REFUSAL_REASON_LEGAL_HOLD: ErasureRefusalReason
ERASURE_REFUSAL_REASON_STATUTORY_RETENTION: ErasureRefusalReason
LEGAL_HOLD_ACT_UNSPECIFIED: LegalHoldAct
LEGAL_HOLD_ACT_PLACED: LegalHoldAct
LEGAL_HOLD_ACT_LIFTED: LegalHoldAct
ERASURE_OUTCOME_UNSPECIFIED: ErasureOutcome
ERASURE_OUTCOME_STOPPED: ErasureOutcome
ERASURE_OUTCOME_ERASED: ErasureOutcome
ERASURE_OUTCOME_KEPT: ErasureOutcome

class Erasure(_message.Message):
    __slots__ = ("header", "actor", "basis", "citation", "leaf_indexes", "erasures")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    BASIS_FIELD_NUMBER: _ClassVar[int]
    CITATION_FIELD_NUMBER: _ClassVar[int]
    LEAF_INDEXES_FIELD_NUMBER: _ClassVar[int]
    ERASURES_FIELD_NUMBER: _ClassVar[int]
    header: _statement_pb2.StatementHeader
    actor: _statement_pb2.Party
    basis: ErasureBasis
    citation: str
    leaf_indexes: _containers.RepeatedScalarFieldContainer[int]
    erasures: int
    def __init__(self, header: _Optional[_Union[_statement_pb2.StatementHeader, _Mapping]] = ..., actor: _Optional[_Union[_statement_pb2.Party, _Mapping]] = ..., basis: _Optional[_Union[ErasureBasis, str]] = ..., citation: _Optional[str] = ..., leaf_indexes: _Optional[_Iterable[int]] = ..., erasures: _Optional[int] = ...) -> None: ...

class ErasureRefusal(_message.Message):
    __slots__ = ("header", "actor", "basis", "reason", "citation")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    BASIS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    CITATION_FIELD_NUMBER: _ClassVar[int]
    header: _statement_pb2.StatementHeader
    actor: _statement_pb2.Party
    basis: ErasureBasis
    reason: ErasureRefusalReason
    citation: str
    def __init__(self, header: _Optional[_Union[_statement_pb2.StatementHeader, _Mapping]] = ..., actor: _Optional[_Union[_statement_pb2.Party, _Mapping]] = ..., basis: _Optional[_Union[ErasureBasis, str]] = ..., reason: _Optional[_Union[ErasureRefusalReason, str]] = ..., citation: _Optional[str] = ...) -> None: ...

class LegalHold(_message.Message):
    __slots__ = ("header", "actor", "act", "citation")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    ACT_FIELD_NUMBER: _ClassVar[int]
    CITATION_FIELD_NUMBER: _ClassVar[int]
    header: _statement_pb2.StatementHeader
    actor: _statement_pb2.Party
    act: LegalHoldAct
    citation: str
    def __init__(self, header: _Optional[_Union[_statement_pb2.StatementHeader, _Mapping]] = ..., actor: _Optional[_Union[_statement_pb2.Party, _Mapping]] = ..., act: _Optional[_Union[LegalHoldAct, str]] = ..., citation: _Optional[str] = ...) -> None: ...

class ErasureNotice(_message.Message):
    __slots__ = ("header", "recipient", "cases", "answer_by")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    RECIPIENT_FIELD_NUMBER: _ClassVar[int]
    CASES_FIELD_NUMBER: _ClassVar[int]
    ANSWER_BY_FIELD_NUMBER: _ClassVar[int]
    header: _statement_pb2.StatementHeader
    recipient: _statement_pb2.Party
    cases: _containers.RepeatedScalarFieldContainer[str]
    answer_by: _timestamp_pb2.Timestamp
    def __init__(self, header: _Optional[_Union[_statement_pb2.StatementHeader, _Mapping]] = ..., recipient: _Optional[_Union[_statement_pb2.Party, _Mapping]] = ..., cases: _Optional[_Iterable[str]] = ..., answer_by: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ErasureAcknowledgement(_message.Message):
    __slots__ = ("header", "outcome", "citation", "kept_cases")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    CITATION_FIELD_NUMBER: _ClassVar[int]
    KEPT_CASES_FIELD_NUMBER: _ClassVar[int]
    header: _statement_pb2.StatementHeader
    outcome: ErasureOutcome
    citation: str
    kept_cases: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, header: _Optional[_Union[_statement_pb2.StatementHeader, _Mapping]] = ..., outcome: _Optional[_Union[ErasureOutcome, str]] = ..., citation: _Optional[str] = ..., kept_cases: _Optional[_Iterable[str]] = ...) -> None: ...
