import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from portability.v1 import envelope_pb2 as _envelope_pb2
from portability.v1 import recognition_service_pb2 as _recognition_service_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RecordState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RECORD_STATE_UNSPECIFIED: _ClassVar[RecordState]
    RECORD_STATE_IN_FORCE: _ClassVar[RecordState]
    RECORD_STATE_CORRECTED: _ClassVar[RecordState]
    RECORD_STATE_INVALIDATED: _ClassVar[RecordState]
RECORD_STATE_UNSPECIFIED: RecordState
RECORD_STATE_IN_FORCE: RecordState
RECORD_STATE_CORRECTED: RecordState
RECORD_STATE_INVALIDATED: RecordState

class RecordSubmission(_message.Message):
    __slots__ = ("person", "envelope", "disclosures")
    PERSON_FIELD_NUMBER: _ClassVar[int]
    ENVELOPE_FIELD_NUMBER: _ClassVar[int]
    DISCLOSURES_FIELD_NUMBER: _ClassVar[int]
    person: str
    envelope: _envelope_pb2.Envelope
    disclosures: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, person: _Optional[str] = ..., envelope: _Optional[_Union[_envelope_pb2.Envelope, _Mapping]] = ..., disclosures: _Optional[_Iterable[str]] = ...) -> None: ...

class RecordAcknowledgement(_message.Message):
    __slots__ = ("record", "leaf_index", "log_entry", "inclusion_proof")
    RECORD_FIELD_NUMBER: _ClassVar[int]
    LEAF_INDEX_FIELD_NUMBER: _ClassVar[int]
    LOG_ENTRY_FIELD_NUMBER: _ClassVar[int]
    INCLUSION_PROOF_FIELD_NUMBER: _ClassVar[int]
    record: str
    leaf_index: int
    log_entry: bytes
    inclusion_proof: bytes
    def __init__(self, record: _Optional[str] = ..., leaf_index: _Optional[int] = ..., log_entry: _Optional[bytes] = ..., inclusion_proof: _Optional[bytes] = ...) -> None: ...

class SubmitRecordRequest(_message.Message):
    __slots__ = ("request_id", "submission", "corrections")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    SUBMISSION_FIELD_NUMBER: _ClassVar[int]
    CORRECTIONS_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    submission: RecordSubmission
    corrections: _containers.RepeatedCompositeFieldContainer[_envelope_pb2.Envelope]
    def __init__(self, request_id: _Optional[str] = ..., submission: _Optional[_Union[RecordSubmission, _Mapping]] = ..., corrections: _Optional[_Iterable[_Union[_envelope_pb2.Envelope, _Mapping]]] = ...) -> None: ...

class SubmitRecordResponse(_message.Message):
    __slots__ = ("acknowledgement", "checkpoint")
    ACKNOWLEDGEMENT_FIELD_NUMBER: _ClassVar[int]
    CHECKPOINT_FIELD_NUMBER: _ClassVar[int]
    acknowledgement: RecordAcknowledgement
    checkpoint: bytes
    def __init__(self, acknowledgement: _Optional[_Union[RecordAcknowledgement, _Mapping]] = ..., checkpoint: _Optional[bytes] = ...) -> None: ...

class SubmitRecordsRequest(_message.Message):
    __slots__ = ("request_id", "submissions", "keep_good")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    SUBMISSIONS_FIELD_NUMBER: _ClassVar[int]
    KEEP_GOOD_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    submissions: _containers.RepeatedCompositeFieldContainer[RecordSubmission]
    keep_good: bool
    def __init__(self, request_id: _Optional[str] = ..., submissions: _Optional[_Iterable[_Union[RecordSubmission, _Mapping]]] = ..., keep_good: _Optional[bool] = ...) -> None: ...

class SubmitRecordsResponse(_message.Message):
    __slots__ = ("acknowledgements", "refusals", "checkpoint")
    ACKNOWLEDGEMENTS_FIELD_NUMBER: _ClassVar[int]
    REFUSALS_FIELD_NUMBER: _ClassVar[int]
    CHECKPOINT_FIELD_NUMBER: _ClassVar[int]
    acknowledgements: _containers.RepeatedCompositeFieldContainer[RecordAcknowledgement]
    refusals: _containers.RepeatedCompositeFieldContainer[RefusedRecord]
    checkpoint: bytes
    def __init__(self, acknowledgements: _Optional[_Iterable[_Union[RecordAcknowledgement, _Mapping]]] = ..., refusals: _Optional[_Iterable[_Union[RefusedRecord, _Mapping]]] = ..., checkpoint: _Optional[bytes] = ...) -> None: ...

class RefusedRecord(_message.Message):
    __slots__ = ("position", "reason", "message")
    POSITION_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    position: int
    reason: str
    message: str
    def __init__(self, position: _Optional[int] = ..., reason: _Optional[str] = ..., message: _Optional[str] = ...) -> None: ...

class GetRecordRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class GetRecordResponse(_message.Message):
    __slots__ = ("record",)
    RECORD_FIELD_NUMBER: _ClassVar[int]
    record: Record
    def __init__(self, record: _Optional[_Union[Record, _Mapping]] = ...) -> None: ...

class Record(_message.Message):
    __slots__ = ("name", "person", "statement", "create_time", "state", "superseded_by")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PERSON_FIELD_NUMBER: _ClassVar[int]
    STATEMENT_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    SUPERSEDED_BY_FIELD_NUMBER: _ClassVar[int]
    name: str
    person: str
    statement: _envelope_pb2.ProvenStatement
    create_time: _timestamp_pb2.Timestamp
    state: RecordState
    superseded_by: str
    def __init__(self, name: _Optional[str] = ..., person: _Optional[str] = ..., statement: _Optional[_Union[_envelope_pb2.ProvenStatement, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., state: _Optional[_Union[RecordState, str]] = ..., superseded_by: _Optional[str] = ...) -> None: ...

class ListRecordsRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListRecordsResponse(_message.Message):
    __slots__ = ("records", "next_page_token")
    RECORDS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    records: _containers.RepeatedCompositeFieldContainer[Record]
    next_page_token: str
    def __init__(self, records: _Optional[_Iterable[_Union[Record, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class PreviewCorrectionRequest(_message.Message):
    __slots__ = ("person", "payload", "disclosures", "scheme")
    PERSON_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    DISCLOSURES_FIELD_NUMBER: _ClassVar[int]
    SCHEME_FIELD_NUMBER: _ClassVar[int]
    person: str
    payload: bytes
    disclosures: _containers.RepeatedScalarFieldContainer[str]
    scheme: _recognition_service_pb2.SchemeFacts
    def __init__(self, person: _Optional[str] = ..., payload: _Optional[bytes] = ..., disclosures: _Optional[_Iterable[str]] = ..., scheme: _Optional[_Union[_recognition_service_pb2.SchemeFacts, _Mapping]] = ...) -> None: ...

class PreviewCorrectionResponse(_message.Message):
    __slots__ = ("cases",)
    CASES_FIELD_NUMBER: _ClassVar[int]
    cases: _containers.RepeatedCompositeFieldContainer[AffectedCase]
    def __init__(self, cases: _Optional[_Iterable[_Union[AffectedCase, _Mapping]]] = ...) -> None: ...

class AffectedCase(_message.Message):
    __slots__ = ("case", "reopens", "changes", "article", "told", "payload", "payload_type", "notes")
    CASE_FIELD_NUMBER: _ClassVar[int]
    REOPENS_FIELD_NUMBER: _ClassVar[int]
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    ARTICLE_FIELD_NUMBER: _ClassVar[int]
    TOLD_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_TYPE_FIELD_NUMBER: _ClassVar[int]
    NOTES_FIELD_NUMBER: _ClassVar[int]
    case: _recognition_service_pb2.Case
    reopens: bool
    changes: _containers.RepeatedCompositeFieldContainer[CorrectionChange]
    article: str
    told: _containers.RepeatedScalarFieldContainer[str]
    payload: bytes
    payload_type: str
    notes: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, case: _Optional[_Union[_recognition_service_pb2.Case, _Mapping]] = ..., reopens: _Optional[bool] = ..., changes: _Optional[_Iterable[_Union[CorrectionChange, _Mapping]]] = ..., article: _Optional[str] = ..., told: _Optional[_Iterable[str]] = ..., payload: _Optional[bytes] = ..., payload_type: _Optional[str] = ..., notes: _Optional[_Iterable[str]] = ...) -> None: ...

class CorrectionChange(_message.Message):
    __slots__ = ("place", "before", "after")
    PLACE_FIELD_NUMBER: _ClassVar[int]
    BEFORE_FIELD_NUMBER: _ClassVar[int]
    AFTER_FIELD_NUMBER: _ClassVar[int]
    place: str
    before: str
    after: str
    def __init__(self, place: _Optional[str] = ..., before: _Optional[str] = ..., after: _Optional[str] = ...) -> None: ...
