import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from portability.v1 import consent_pb2 as _consent_pb2
from portability.v1 import envelope_pb2 as _envelope_pb2
from portability.v1 import statement_pb2 as _statement_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ConsentActKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CONSENT_ACT_KIND_UNSPECIFIED: _ClassVar[ConsentActKind]
    CONSENT_ACT_KIND_WITHDRAW: _ClassVar[ConsentActKind]
    CONSENT_ACT_KIND_PAUSE: _ClassVar[ConsentActKind]
    CONSENT_ACT_KIND_RESUME: _ClassVar[ConsentActKind]
    CONSENT_ACT_KIND_REFUSE: _ClassVar[ConsentActKind]

class ConsentFormat(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CONSENT_FORMAT_UNSPECIFIED: _ClassVar[ConsentFormat]
    CONSENT_FORMAT_DPV: _ClassVar[ConsentFormat]
    CONSENT_FORMAT_FHIR: _ClassVar[ConsentFormat]
    CONSENT_FORMAT_GOVSTACK: _ClassVar[ConsentFormat]
CONSENT_ACT_KIND_UNSPECIFIED: ConsentActKind
CONSENT_ACT_KIND_WITHDRAW: ConsentActKind
CONSENT_ACT_KIND_PAUSE: ConsentActKind
CONSENT_ACT_KIND_RESUME: ConsentActKind
CONSENT_ACT_KIND_REFUSE: ConsentActKind
CONSENT_FORMAT_UNSPECIFIED: ConsentFormat
CONSENT_FORMAT_DPV: ConsentFormat
CONSENT_FORMAT_FHIR: ConsentFormat
CONSENT_FORMAT_GOVSTACK: ConsentFormat

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
    __slots__ = ("consent_request", "consent")
    CONSENT_REQUEST_FIELD_NUMBER: _ClassVar[int]
    CONSENT_FIELD_NUMBER: _ClassVar[int]
    consent_request: bytes
    consent: bytes
    def __init__(self, consent_request: _Optional[bytes] = ..., consent: _Optional[bytes] = ...) -> None: ...

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
    __slots__ = ("consent_request", "statement", "content", "state", "consent", "template")
    CONSENT_REQUEST_FIELD_NUMBER: _ClassVar[int]
    STATEMENT_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    CONSENT_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    consent_request: bytes
    statement: _envelope_pb2.ProvenStatement
    content: _consent_pb2.ConsentRequest
    state: _consent_pb2.ConsentState
    consent: bytes
    template: _envelope_pb2.ProvenStatement
    def __init__(self, consent_request: _Optional[bytes] = ..., statement: _Optional[_Union[_envelope_pb2.ProvenStatement, _Mapping]] = ..., content: _Optional[_Union[_consent_pb2.ConsentRequest, _Mapping]] = ..., state: _Optional[_Union[_consent_pb2.ConsentState, str]] = ..., consent: _Optional[bytes] = ..., template: _Optional[_Union[_envelope_pb2.ProvenStatement, _Mapping]] = ...) -> None: ...

class PrepareConsentRequest(_message.Message):
    __slots__ = ("session", "consent_request", "grants", "max_uses", "language", "key_id", "not_after", "providers")
    SESSION_FIELD_NUMBER: _ClassVar[int]
    CONSENT_REQUEST_FIELD_NUMBER: _ClassVar[int]
    GRANTS_FIELD_NUMBER: _ClassVar[int]
    MAX_USES_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    NOT_AFTER_FIELD_NUMBER: _ClassVar[int]
    PROVIDERS_FIELD_NUMBER: _ClassVar[int]
    session: str
    consent_request: bytes
    grants: _containers.RepeatedCompositeFieldContainer[_consent_pb2.ScopeGrant]
    max_uses: int
    language: str
    key_id: bytes
    not_after: _timestamp_pb2.Timestamp
    providers: _containers.RepeatedCompositeFieldContainer[_statement_pb2.Party]
    def __init__(self, session: _Optional[str] = ..., consent_request: _Optional[bytes] = ..., grants: _Optional[_Iterable[_Union[_consent_pb2.ScopeGrant, _Mapping]]] = ..., max_uses: _Optional[int] = ..., language: _Optional[str] = ..., key_id: _Optional[bytes] = ..., not_after: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., providers: _Optional[_Iterable[_Union[_statement_pb2.Party, _Mapping]]] = ...) -> None: ...

class PrepareConsentResponse(_message.Message):
    __slots__ = ("document", "check_code", "notice", "credential_ids", "payload_type")
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    CHECK_CODE_FIELD_NUMBER: _ClassVar[int]
    NOTICE_FIELD_NUMBER: _ClassVar[int]
    CREDENTIAL_IDS_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_TYPE_FIELD_NUMBER: _ClassVar[int]
    document: bytes
    check_code: str
    notice: bytes
    credential_ids: _containers.RepeatedScalarFieldContainer[bytes]
    payload_type: str
    def __init__(self, document: _Optional[bytes] = ..., check_code: _Optional[str] = ..., notice: _Optional[bytes] = ..., credential_ids: _Optional[_Iterable[bytes]] = ..., payload_type: _Optional[str] = ...) -> None: ...

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

class PrepareConsentActRequest(_message.Message):
    __slots__ = ("session", "kind", "subject", "until")
    SESSION_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    UNTIL_FIELD_NUMBER: _ClassVar[int]
    session: str
    kind: ConsentActKind
    subject: bytes
    until: _timestamp_pb2.Timestamp
    def __init__(self, session: _Optional[str] = ..., kind: _Optional[_Union[ConsentActKind, str]] = ..., subject: _Optional[bytes] = ..., until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class PrepareConsentActResponse(_message.Message):
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

class RecordConsentActRequest(_message.Message):
    __slots__ = ("envelope", "user_handle")
    ENVELOPE_FIELD_NUMBER: _ClassVar[int]
    USER_HANDLE_FIELD_NUMBER: _ClassVar[int]
    envelope: _envelope_pb2.Envelope
    user_handle: bytes
    def __init__(self, envelope: _Optional[_Union[_envelope_pb2.Envelope, _Mapping]] = ..., user_handle: _Optional[bytes] = ...) -> None: ...

class RecordConsentActResponse(_message.Message):
    __slots__ = ("statement", "state")
    STATEMENT_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    statement: _envelope_pb2.ProvenStatement
    state: _consent_pb2.ConsentState
    def __init__(self, statement: _Optional[_Union[_envelope_pb2.ProvenStatement, _Mapping]] = ..., state: _Optional[_Union[_consent_pb2.ConsentState, str]] = ...) -> None: ...

class GetConsentStateRequest(_message.Message):
    __slots__ = ("consent", "consent_request", "session")
    CONSENT_FIELD_NUMBER: _ClassVar[int]
    CONSENT_REQUEST_FIELD_NUMBER: _ClassVar[int]
    SESSION_FIELD_NUMBER: _ClassVar[int]
    consent: bytes
    consent_request: bytes
    session: str
    def __init__(self, consent: _Optional[bytes] = ..., consent_request: _Optional[bytes] = ..., session: _Optional[str] = ...) -> None: ...

class GetConsentStateResponse(_message.Message):
    __slots__ = ("status", "consent", "state")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    CONSENT_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    status: _envelope_pb2.Envelope
    consent: bytes
    state: _consent_pb2.ConsentState
    def __init__(self, status: _Optional[_Union[_envelope_pb2.Envelope, _Mapping]] = ..., consent: _Optional[bytes] = ..., state: _Optional[_Union[_consent_pb2.ConsentState, str]] = ...) -> None: ...

class GiveUpConsentRequest(_message.Message):
    __slots__ = ("consent",)
    CONSENT_FIELD_NUMBER: _ClassVar[int]
    consent: bytes
    def __init__(self, consent: _Optional[bytes] = ...) -> None: ...

class GiveUpConsentResponse(_message.Message):
    __slots__ = ("state", "statement")
    STATE_FIELD_NUMBER: _ClassVar[int]
    STATEMENT_FIELD_NUMBER: _ClassVar[int]
    state: _consent_pb2.ConsentState
    statement: _envelope_pb2.ProvenStatement
    def __init__(self, state: _Optional[_Union[_consent_pb2.ConsentState, str]] = ..., statement: _Optional[_Union[_envelope_pb2.ProvenStatement, _Mapping]] = ...) -> None: ...

class ExportConsentRequest(_message.Message):
    __slots__ = ("session", "consent", "format")
    SESSION_FIELD_NUMBER: _ClassVar[int]
    CONSENT_FIELD_NUMBER: _ClassVar[int]
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    session: str
    consent: bytes
    format: ConsentFormat
    def __init__(self, session: _Optional[str] = ..., consent: _Optional[bytes] = ..., format: _Optional[_Union[ConsentFormat, str]] = ...) -> None: ...

class ExportConsentResponse(_message.Message):
    __slots__ = ("content", "media_type", "file_name")
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    MEDIA_TYPE_FIELD_NUMBER: _ClassVar[int]
    FILE_NAME_FIELD_NUMBER: _ClassVar[int]
    content: bytes
    media_type: str
    file_name: str
    def __init__(self, content: _Optional[bytes] = ..., media_type: _Optional[str] = ..., file_name: _Optional[str] = ...) -> None: ...

class ListOwnConsentsRequest(_message.Message):
    __slots__ = ("session", "page_size", "page_token")
    SESSION_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    session: str
    page_size: int
    page_token: str
    def __init__(self, session: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListOwnConsentsResponse(_message.Message):
    __slots__ = ("consents", "next_page_token")
    CONSENTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    consents: _containers.RepeatedCompositeFieldContainer[OwnConsent]
    next_page_token: str
    def __init__(self, consents: _Optional[_Iterable[_Union[OwnConsent, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class OwnConsent(_message.Message):
    __slots__ = ("consent", "statement", "consent_request", "state", "changes", "resume_time", "uses", "last_use_time", "acts", "check_code")
    CONSENT_FIELD_NUMBER: _ClassVar[int]
    STATEMENT_FIELD_NUMBER: _ClassVar[int]
    CONSENT_REQUEST_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    RESUME_TIME_FIELD_NUMBER: _ClassVar[int]
    USES_FIELD_NUMBER: _ClassVar[int]
    LAST_USE_TIME_FIELD_NUMBER: _ClassVar[int]
    ACTS_FIELD_NUMBER: _ClassVar[int]
    CHECK_CODE_FIELD_NUMBER: _ClassVar[int]
    consent: bytes
    statement: _envelope_pb2.ProvenStatement
    consent_request: bytes
    state: _consent_pb2.ConsentState
    changes: _containers.RepeatedCompositeFieldContainer[ConsentChange]
    resume_time: _timestamp_pb2.Timestamp
    uses: int
    last_use_time: _timestamp_pb2.Timestamp
    acts: _containers.RepeatedCompositeFieldContainer[_envelope_pb2.ProvenStatement]
    check_code: str
    def __init__(self, consent: _Optional[bytes] = ..., statement: _Optional[_Union[_envelope_pb2.ProvenStatement, _Mapping]] = ..., consent_request: _Optional[bytes] = ..., state: _Optional[_Union[_consent_pb2.ConsentState, str]] = ..., changes: _Optional[_Iterable[_Union[ConsentChange, _Mapping]]] = ..., resume_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., uses: _Optional[int] = ..., last_use_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., acts: _Optional[_Iterable[_Union[_envelope_pb2.ProvenStatement, _Mapping]]] = ..., check_code: _Optional[str] = ...) -> None: ...

class ConsentChange(_message.Message):
    __slots__ = ("state", "change_time")
    STATE_FIELD_NUMBER: _ClassVar[int]
    CHANGE_TIME_FIELD_NUMBER: _ClassVar[int]
    state: _consent_pb2.ConsentState
    change_time: _timestamp_pb2.Timestamp
    def __init__(self, state: _Optional[_Union[_consent_pb2.ConsentState, str]] = ..., change_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
