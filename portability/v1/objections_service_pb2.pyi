from portability.v1 import complaints_service_pb2 as _complaints_service_pb2
from portability.v1 import envelope_pb2 as _envelope_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class PrepareObjectionRequest(_message.Message):
    __slots__ = ("session", "determination", "grounds")
    SESSION_FIELD_NUMBER: _ClassVar[int]
    DETERMINATION_FIELD_NUMBER: _ClassVar[int]
    GROUNDS_FIELD_NUMBER: _ClassVar[int]
    session: str
    determination: bytes
    grounds: str
    def __init__(self, session: _Optional[str] = ..., determination: _Optional[bytes] = ..., grounds: _Optional[str] = ...) -> None: ...

class PrepareObjectionResponse(_message.Message):
    __slots__ = ("document", "payload_type", "check_code", "credential_ids")
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_TYPE_FIELD_NUMBER: _ClassVar[int]
    CHECK_CODE_FIELD_NUMBER: _ClassVar[int]
    CREDENTIAL_IDS_FIELD_NUMBER: _ClassVar[int]
    document: bytes
    payload_type: str
    check_code: str
    credential_ids: _containers.RepeatedScalarFieldContainer[bytes]
    def __init__(self, document: _Optional[bytes] = ..., payload_type: _Optional[str] = ..., check_code: _Optional[str] = ..., credential_ids: _Optional[_Iterable[bytes]] = ...) -> None: ...

class RecordObjectionRequest(_message.Message):
    __slots__ = ("envelope", "user_handle")
    ENVELOPE_FIELD_NUMBER: _ClassVar[int]
    USER_HANDLE_FIELD_NUMBER: _ClassVar[int]
    envelope: _envelope_pb2.Envelope
    user_handle: bytes
    def __init__(self, envelope: _Optional[_Union[_envelope_pb2.Envelope, _Mapping]] = ..., user_handle: _Optional[bytes] = ...) -> None: ...

class RecordObjectionResponse(_message.Message):
    __slots__ = ("statement", "case")
    STATEMENT_FIELD_NUMBER: _ClassVar[int]
    CASE_FIELD_NUMBER: _ClassVar[int]
    statement: _envelope_pb2.ProvenStatement
    case: str
    def __init__(self, statement: _Optional[_Union[_envelope_pb2.ProvenStatement, _Mapping]] = ..., case: _Optional[str] = ...) -> None: ...

class PrepareRecordObjectionRequest(_message.Message):
    __slots__ = ("session", "record", "grounds", "text")
    SESSION_FIELD_NUMBER: _ClassVar[int]
    RECORD_FIELD_NUMBER: _ClassVar[int]
    GROUNDS_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    session: str
    record: bytes
    grounds: str
    text: str
    def __init__(self, session: _Optional[str] = ..., record: _Optional[bytes] = ..., grounds: _Optional[str] = ..., text: _Optional[str] = ...) -> None: ...

class PrepareRecordObjectionResponse(_message.Message):
    __slots__ = ("document", "payload_type", "check_code", "credential_ids")
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_TYPE_FIELD_NUMBER: _ClassVar[int]
    CHECK_CODE_FIELD_NUMBER: _ClassVar[int]
    CREDENTIAL_IDS_FIELD_NUMBER: _ClassVar[int]
    document: bytes
    payload_type: str
    check_code: str
    credential_ids: _containers.RepeatedScalarFieldContainer[bytes]
    def __init__(self, document: _Optional[bytes] = ..., payload_type: _Optional[str] = ..., check_code: _Optional[str] = ..., credential_ids: _Optional[_Iterable[bytes]] = ...) -> None: ...

class SubmitRecordObjectionRequest(_message.Message):
    __slots__ = ("envelope", "user_handle")
    ENVELOPE_FIELD_NUMBER: _ClassVar[int]
    USER_HANDLE_FIELD_NUMBER: _ClassVar[int]
    envelope: _envelope_pb2.Envelope
    user_handle: bytes
    def __init__(self, envelope: _Optional[_Union[_envelope_pb2.Envelope, _Mapping]] = ..., user_handle: _Optional[bytes] = ...) -> None: ...

class SubmitRecordObjectionResponse(_message.Message):
    __slots__ = ("statement", "complaint")
    STATEMENT_FIELD_NUMBER: _ClassVar[int]
    COMPLAINT_FIELD_NUMBER: _ClassVar[int]
    statement: _envelope_pb2.ProvenStatement
    complaint: _complaints_service_pb2.Complaint
    def __init__(self, statement: _Optional[_Union[_envelope_pb2.ProvenStatement, _Mapping]] = ..., complaint: _Optional[_Union[_complaints_service_pb2.Complaint, _Mapping]] = ...) -> None: ...

class PrepareClaimWithdrawalRequest(_message.Message):
    __slots__ = ("session", "case")
    SESSION_FIELD_NUMBER: _ClassVar[int]
    CASE_FIELD_NUMBER: _ClassVar[int]
    session: str
    case: str
    def __init__(self, session: _Optional[str] = ..., case: _Optional[str] = ...) -> None: ...

class PrepareClaimWithdrawalResponse(_message.Message):
    __slots__ = ("document", "payload_type", "check_code", "credential_ids")
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_TYPE_FIELD_NUMBER: _ClassVar[int]
    CHECK_CODE_FIELD_NUMBER: _ClassVar[int]
    CREDENTIAL_IDS_FIELD_NUMBER: _ClassVar[int]
    document: bytes
    payload_type: str
    check_code: str
    credential_ids: _containers.RepeatedScalarFieldContainer[bytes]
    def __init__(self, document: _Optional[bytes] = ..., payload_type: _Optional[str] = ..., check_code: _Optional[str] = ..., credential_ids: _Optional[_Iterable[bytes]] = ...) -> None: ...

class RecordClaimWithdrawalRequest(_message.Message):
    __slots__ = ("envelope", "user_handle")
    ENVELOPE_FIELD_NUMBER: _ClassVar[int]
    USER_HANDLE_FIELD_NUMBER: _ClassVar[int]
    envelope: _envelope_pb2.Envelope
    user_handle: bytes
    def __init__(self, envelope: _Optional[_Union[_envelope_pb2.Envelope, _Mapping]] = ..., user_handle: _Optional[bytes] = ...) -> None: ...

class RecordClaimWithdrawalResponse(_message.Message):
    __slots__ = ("statement", "closure", "case")
    STATEMENT_FIELD_NUMBER: _ClassVar[int]
    CLOSURE_FIELD_NUMBER: _ClassVar[int]
    CASE_FIELD_NUMBER: _ClassVar[int]
    statement: _envelope_pb2.ProvenStatement
    closure: _envelope_pb2.ProvenStatement
    case: str
    def __init__(self, statement: _Optional[_Union[_envelope_pb2.ProvenStatement, _Mapping]] = ..., closure: _Optional[_Union[_envelope_pb2.ProvenStatement, _Mapping]] = ..., case: _Optional[str] = ...) -> None: ...
