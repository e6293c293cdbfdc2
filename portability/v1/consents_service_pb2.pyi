from portability.v1 import consent_pb2 as _consent_pb2
from portability.v1 import envelope_pb2 as _envelope_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RegisterPurposeTemplateRequest(_message.Message):
    __slots__ = ("envelope",)
    ENVELOPE_FIELD_NUMBER: _ClassVar[int]
    envelope: _envelope_pb2.Envelope
    def __init__(self, envelope: _Optional[_Union[_envelope_pb2.Envelope, _Mapping]] = ...) -> None: ...

class RegisterPurposeTemplateResponse(_message.Message):
    __slots__ = ("template",)
    TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    template: bytes
    def __init__(self, template: _Optional[bytes] = ...) -> None: ...

class CreateConsentRequestRequest(_message.Message):
    __slots__ = ("envelope",)
    ENVELOPE_FIELD_NUMBER: _ClassVar[int]
    envelope: _envelope_pb2.Envelope
    def __init__(self, envelope: _Optional[_Union[_envelope_pb2.Envelope, _Mapping]] = ...) -> None: ...

class CreateConsentRequestResponse(_message.Message):
    __slots__ = ("consent_request",)
    CONSENT_REQUEST_FIELD_NUMBER: _ClassVar[int]
    consent_request: bytes
    def __init__(self, consent_request: _Optional[bytes] = ...) -> None: ...

class ListConsentRequestsRequest(_message.Message):
    __slots__ = ("session", "page_size", "page_token")
    SESSION_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    session: str
    page_size: int
    page_token: str
    def __init__(self, session: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListConsentRequestsResponse(_message.Message):
    __slots__ = ("consent_requests", "next_page_token")
    CONSENT_REQUESTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    consent_requests: _containers.RepeatedCompositeFieldContainer[PendingConsentRequest]
    next_page_token: str
    def __init__(self, consent_requests: _Optional[_Iterable[_Union[PendingConsentRequest, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class PendingConsentRequest(_message.Message):
    __slots__ = ("consent_request", "statement", "content", "state", "consent")
    CONSENT_REQUEST_FIELD_NUMBER: _ClassVar[int]
    STATEMENT_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    CONSENT_FIELD_NUMBER: _ClassVar[int]
    consent_request: bytes
    statement: _envelope_pb2.ProvenStatement
    content: _consent_pb2.ConsentRequest
    state: _consent_pb2.ConsentState
    consent: bytes
    def __init__(self, consent_request: _Optional[bytes] = ..., statement: _Optional[_Union[_envelope_pb2.ProvenStatement, _Mapping]] = ..., content: _Optional[_Union[_consent_pb2.ConsentRequest, _Mapping]] = ..., state: _Optional[_Union[_consent_pb2.ConsentState, str]] = ..., consent: _Optional[bytes] = ...) -> None: ...

class PrepareConsentRequest(_message.Message):
    __slots__ = ("session", "consent_request", "grants", "max_uses", "language")
    SESSION_FIELD_NUMBER: _ClassVar[int]
    CONSENT_REQUEST_FIELD_NUMBER: _ClassVar[int]
    GRANTS_FIELD_NUMBER: _ClassVar[int]
    MAX_USES_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    session: str
    consent_request: bytes
    grants: _containers.RepeatedCompositeFieldContainer[_consent_pb2.ScopeGrant]
    max_uses: int
    language: str
    def __init__(self, session: _Optional[str] = ..., consent_request: _Optional[bytes] = ..., grants: _Optional[_Iterable[_Union[_consent_pb2.ScopeGrant, _Mapping]]] = ..., max_uses: _Optional[int] = ..., language: _Optional[str] = ...) -> None: ...

class PrepareConsentResponse(_message.Message):
    __slots__ = ("document", "check_code", "notice")
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    CHECK_CODE_FIELD_NUMBER: _ClassVar[int]
    NOTICE_FIELD_NUMBER: _ClassVar[int]
    document: bytes
    check_code: str
    notice: bytes
    def __init__(self, document: _Optional[bytes] = ..., check_code: _Optional[str] = ..., notice: _Optional[bytes] = ...) -> None: ...

class PrepareWithdrawalRequest(_message.Message):
    __slots__ = ("session", "consent")
    SESSION_FIELD_NUMBER: _ClassVar[int]
    CONSENT_FIELD_NUMBER: _ClassVar[int]
    session: str
    consent: bytes
    def __init__(self, session: _Optional[str] = ..., consent: _Optional[bytes] = ...) -> None: ...

class PrepareWithdrawalResponse(_message.Message):
    __slots__ = ("document", "check_code")
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    CHECK_CODE_FIELD_NUMBER: _ClassVar[int]
    document: bytes
    check_code: str
    def __init__(self, document: _Optional[bytes] = ..., check_code: _Optional[str] = ...) -> None: ...

class RecordConsentActRequest(_message.Message):
    __slots__ = ("envelope",)
    ENVELOPE_FIELD_NUMBER: _ClassVar[int]
    envelope: _envelope_pb2.Envelope
    def __init__(self, envelope: _Optional[_Union[_envelope_pb2.Envelope, _Mapping]] = ...) -> None: ...

class RecordConsentActResponse(_message.Message):
    __slots__ = ("statement", "state")
    STATEMENT_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    statement: _envelope_pb2.ProvenStatement
    state: _consent_pb2.ConsentState
    def __init__(self, statement: _Optional[_Union[_envelope_pb2.ProvenStatement, _Mapping]] = ..., state: _Optional[_Union[_consent_pb2.ConsentState, str]] = ...) -> None: ...

class GetConsentStateRequest(_message.Message):
    __slots__ = ("consent", "consent_request")
    CONSENT_FIELD_NUMBER: _ClassVar[int]
    CONSENT_REQUEST_FIELD_NUMBER: _ClassVar[int]
    consent: bytes
    consent_request: bytes
    def __init__(self, consent: _Optional[bytes] = ..., consent_request: _Optional[bytes] = ...) -> None: ...

class GetConsentStateResponse(_message.Message):
    __slots__ = ("status", "consent", "state")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    CONSENT_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    status: _envelope_pb2.Envelope
    consent: bytes
    state: _consent_pb2.ConsentState
    def __init__(self, status: _Optional[_Union[_envelope_pb2.Envelope, _Mapping]] = ..., consent: _Optional[bytes] = ..., state: _Optional[_Union[_consent_pb2.ConsentState, str]] = ...) -> None: ...
