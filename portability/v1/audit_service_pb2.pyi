import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from portability.v1 import consent_pb2 as _consent_pb2
from portability.v1 import envelope_pb2 as _envelope_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GetCheckpointRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetCheckpointResponse(_message.Message):
    __slots__ = ("checkpoint", "published")
    CHECKPOINT_FIELD_NUMBER: _ClassVar[int]
    PUBLISHED_FIELD_NUMBER: _ClassVar[int]
    checkpoint: bytes
    published: bytes
    def __init__(self, checkpoint: _Optional[bytes] = ..., published: _Optional[bytes] = ...) -> None: ...

class GetWitnessedCheckpointRequest(_message.Message):
    __slots__ = ("origin",)
    ORIGIN_FIELD_NUMBER: _ClassVar[int]
    origin: str
    def __init__(self, origin: _Optional[str] = ...) -> None: ...

class GetWitnessedCheckpointResponse(_message.Message):
    __slots__ = ("checkpoint",)
    CHECKPOINT_FIELD_NUMBER: _ClassVar[int]
    checkpoint: bytes
    def __init__(self, checkpoint: _Optional[bytes] = ...) -> None: ...

class GetInclusionProofRequest(_message.Message):
    __slots__ = ("leaf_index", "tree_size")
    LEAF_INDEX_FIELD_NUMBER: _ClassVar[int]
    TREE_SIZE_FIELD_NUMBER: _ClassVar[int]
    leaf_index: int
    tree_size: int
    def __init__(self, leaf_index: _Optional[int] = ..., tree_size: _Optional[int] = ...) -> None: ...

class GetInclusionProofResponse(_message.Message):
    __slots__ = ("inclusion_proof",)
    INCLUSION_PROOF_FIELD_NUMBER: _ClassVar[int]
    inclusion_proof: bytes
    def __init__(self, inclusion_proof: _Optional[bytes] = ...) -> None: ...

class GetConsistencyProofRequest(_message.Message):
    __slots__ = ("old_size", "new_size")
    OLD_SIZE_FIELD_NUMBER: _ClassVar[int]
    NEW_SIZE_FIELD_NUMBER: _ClassVar[int]
    old_size: int
    new_size: int
    def __init__(self, old_size: _Optional[int] = ..., new_size: _Optional[int] = ...) -> None: ...

class GetConsistencyProofResponse(_message.Message):
    __slots__ = ("consistency_proof",)
    CONSISTENCY_PROOF_FIELD_NUMBER: _ClassVar[int]
    consistency_proof: bytes
    def __init__(self, consistency_proof: _Optional[bytes] = ...) -> None: ...

class ListPublishedCheckpointsRequest(_message.Message):
    __slots__ = ("above_size", "page_size")
    ABOVE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    above_size: int
    page_size: int
    def __init__(self, above_size: _Optional[int] = ..., page_size: _Optional[int] = ...) -> None: ...

class ListPublishedCheckpointsResponse(_message.Message):
    __slots__ = ("checkpoints",)
    CHECKPOINTS_FIELD_NUMBER: _ClassVar[int]
    checkpoints: _containers.RepeatedScalarFieldContainer[bytes]
    def __init__(self, checkpoints: _Optional[_Iterable[bytes]] = ...) -> None: ...

class ListLogEntriesRequest(_message.Message):
    __slots__ = ("first_index", "page_size", "page_token")
    FIRST_INDEX_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    first_index: int
    page_size: int
    page_token: str
    def __init__(self, first_index: _Optional[int] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListLogEntriesResponse(_message.Message):
    __slots__ = ("first_index", "log_entries", "next_page_token")
    FIRST_INDEX_FIELD_NUMBER: _ClassVar[int]
    LOG_ENTRIES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    first_index: int
    log_entries: _containers.RepeatedScalarFieldContainer[bytes]
    next_page_token: str
    def __init__(self, first_index: _Optional[int] = ..., log_entries: _Optional[_Iterable[bytes]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ListReceiptsRequest(_message.Message):
    __slots__ = ("case", "page_size", "page_token")
    CASE_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    case: str
    page_size: int
    page_token: str
    def __init__(self, case: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListReceiptsResponse(_message.Message):
    __slots__ = ("receipts", "next_page_token")
    RECEIPTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    receipts: _containers.RepeatedCompositeFieldContainer[AuditedReceipt]
    next_page_token: str
    def __init__(self, receipts: _Optional[_Iterable[_Union[AuditedReceipt, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class AuditedReceipt(_message.Message):
    __slots__ = ("statement", "content", "confirmation")
    STATEMENT_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    CONFIRMATION_FIELD_NUMBER: _ClassVar[int]
    statement: _envelope_pb2.ProvenStatement
    content: _consent_pb2.DisclosureReceipt
    confirmation: _consent_pb2.ReceiptConfirmation
    def __init__(self, statement: _Optional[_Union[_envelope_pb2.ProvenStatement, _Mapping]] = ..., content: _Optional[_Union[_consent_pb2.DisclosureReceipt, _Mapping]] = ..., confirmation: _Optional[_Union[_consent_pb2.ReceiptConfirmation, _Mapping]] = ...) -> None: ...

class ExportCaseRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ExportCaseResponse(_message.Message):
    __slots__ = ("path", "content")
    PATH_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    path: str
    content: bytes
    def __init__(self, path: _Optional[str] = ..., content: _Optional[bytes] = ...) -> None: ...

class ExportPersonRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ExportPersonResponse(_message.Message):
    __slots__ = ("path", "content")
    PATH_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    path: str
    content: bytes
    def __init__(self, path: _Optional[str] = ..., content: _Optional[bytes] = ...) -> None: ...

class GetLogFileRequest(_message.Message):
    __slots__ = ("path",)
    PATH_FIELD_NUMBER: _ClassVar[int]
    path: str
    def __init__(self, path: _Optional[str] = ...) -> None: ...

class GetLogFileResponse(_message.Message):
    __slots__ = ("content", "immutable")
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    IMMUTABLE_FIELD_NUMBER: _ClassVar[int]
    content: bytes
    immutable: bool
    def __init__(self, content: _Optional[bytes] = ..., immutable: _Optional[bool] = ...) -> None: ...

class OpenAccessRequest(_message.Message):
    __slots__ = ("person", "ground", "citation", "days")
    PERSON_FIELD_NUMBER: _ClassVar[int]
    GROUND_FIELD_NUMBER: _ClassVar[int]
    CITATION_FIELD_NUMBER: _ClassVar[int]
    DAYS_FIELD_NUMBER: _ClassVar[int]
    person: str
    ground: str
    citation: str
    days: int
    def __init__(self, person: _Optional[str] = ..., ground: _Optional[str] = ..., citation: _Optional[str] = ..., days: _Optional[int] = ...) -> None: ...

class OpenAccessResponse(_message.Message):
    __slots__ = ("statement", "expire_time")
    STATEMENT_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    statement: _envelope_pb2.ProvenStatement
    expire_time: _timestamp_pb2.Timestamp
    def __init__(self, statement: _Optional[_Union[_envelope_pb2.ProvenStatement, _Mapping]] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
