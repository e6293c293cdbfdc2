import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from portability.v1 import consent_pb2 as _consent_pb2
from portability.v1 import consents_service_pb2 as _consents_service_pb2
from portability.v1 import envelope_pb2 as _envelope_pb2
from portability.v1 import statement_pb2 as _statement_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class AssistantRole(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ASSISTANT_ROLE_UNSPECIFIED: _ClassVar[AssistantRole]
    ASSISTANT_ROLE_WORKER: _ClassVar[AssistantRole]
    ASSISTANT_ROLE_WITNESS: _ClassVar[AssistantRole]

class AssistanceLevel(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ASSISTANCE_LEVEL_UNSPECIFIED: _ClassVar[AssistanceLevel]
    ASSISTANCE_LEVEL_WITNESSED: _ClassVar[AssistanceLevel]
    ASSISTANCE_LEVEL_WORKER_ALONE: _ClassVar[AssistanceLevel]
    ASSISTANCE_LEVEL_PAPER: _ClassVar[AssistanceLevel]

class RepresentativeRole(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REPRESENTATIVE_ROLE_UNSPECIFIED: _ClassVar[RepresentativeRole]
    REPRESENTATIVE_ROLE_GUARDIAN: _ClassVar[RepresentativeRole]
    REPRESENTATIVE_ROLE_DELEGATE: _ClassVar[RepresentativeRole]
    REPRESENTATIVE_ROLE_COURT: _ClassVar[RepresentativeRole]
    REPRESENTATIVE_ROLE_SURVIVOR: _ClassVar[RepresentativeRole]

class InvalidationCause(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    INVALIDATION_CAUSE_UNSPECIFIED: _ClassVar[InvalidationCause]
    INVALIDATION_CAUSE_AUTHORITY: _ClassVar[InvalidationCause]
    INVALIDATION_CAUSE_CAME_OF_AGE: _ClassVar[InvalidationCause]
    INVALIDATION_CAUSE_REPRESENTATION_ENDED: _ClassVar[InvalidationCause]
ASSISTANT_ROLE_UNSPECIFIED: AssistantRole
ASSISTANT_ROLE_WORKER: AssistantRole
ASSISTANT_ROLE_WITNESS: AssistantRole
ASSISTANCE_LEVEL_UNSPECIFIED: AssistanceLevel
ASSISTANCE_LEVEL_WITNESSED: AssistanceLevel
ASSISTANCE_LEVEL_WORKER_ALONE: AssistanceLevel
ASSISTANCE_LEVEL_PAPER: AssistanceLevel
REPRESENTATIVE_ROLE_UNSPECIFIED: RepresentativeRole
REPRESENTATIVE_ROLE_GUARDIAN: RepresentativeRole
REPRESENTATIVE_ROLE_DELEGATE: RepresentativeRole
REPRESENTATIVE_ROLE_COURT: RepresentativeRole
REPRESENTATIVE_ROLE_SURVIVOR: RepresentativeRole
INVALIDATION_CAUSE_UNSPECIFIED: InvalidationCause
INVALIDATION_CAUSE_AUTHORITY: InvalidationCause
INVALIDATION_CAUSE_CAME_OF_AGE: InvalidationCause
INVALIDATION_CAUSE_REPRESENTATION_ENDED: InvalidationCause

class EnrolAssistantRequest(_message.Message):
    __slots__ = ("role", "public_key", "proof_of_possession", "unit")
    ROLE_FIELD_NUMBER: _ClassVar[int]
    PUBLIC_KEY_FIELD_NUMBER: _ClassVar[int]
    PROOF_OF_POSSESSION_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    role: AssistantRole
    public_key: bytes
    proof_of_possession: bytes
    unit: str
    def __init__(self, role: _Optional[_Union[AssistantRole, str]] = ..., public_key: _Optional[bytes] = ..., proof_of_possession: _Optional[bytes] = ..., unit: _Optional[str] = ...) -> None: ...

class EnrolAssistantResponse(_message.Message):
    __slots__ = ("assistant", "statement")
    ASSISTANT_FIELD_NUMBER: _ClassVar[int]
    STATEMENT_FIELD_NUMBER: _ClassVar[int]
    assistant: bytes
    statement: _envelope_pb2.ProvenStatement
    def __init__(self, assistant: _Optional[bytes] = ..., statement: _Optional[_Union[_envelope_pb2.ProvenStatement, _Mapping]] = ...) -> None: ...

class RevokeAssistantRequest(_message.Message):
    __slots__ = ("assistant",)
    ASSISTANT_FIELD_NUMBER: _ClassVar[int]
    assistant: bytes
    def __init__(self, assistant: _Optional[bytes] = ...) -> None: ...

class RevokeAssistantResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListPersonRequestsRequest(_message.Message):
    __slots__ = ("person",)
    PERSON_FIELD_NUMBER: _ClassVar[int]
    person: str
    def __init__(self, person: _Optional[str] = ...) -> None: ...

class ListPersonRequestsResponse(_message.Message):
    __slots__ = ("consent_requests",)
    CONSENT_REQUESTS_FIELD_NUMBER: _ClassVar[int]
    consent_requests: _containers.RepeatedCompositeFieldContainer[_consents_service_pb2.PendingConsentRequest]
    def __init__(self, consent_requests: _Optional[_Iterable[_Union[_consents_service_pb2.PendingConsentRequest, _Mapping]]] = ...) -> None: ...

class RepresentationProof(_message.Message):
    __slots__ = ("role", "sha256", "expire_time", "acts")
    ROLE_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    ACTS_FIELD_NUMBER: _ClassVar[int]
    role: RepresentativeRole
    sha256: bytes
    expire_time: _timestamp_pb2.Timestamp
    acts: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, role: _Optional[_Union[RepresentativeRole, str]] = ..., sha256: _Optional[bytes] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., acts: _Optional[_Iterable[str]] = ...) -> None: ...

class PrepareAssistedConsentRequest(_message.Message):
    __slots__ = ("person", "consent_request", "grants", "not_after", "language", "mode", "worker", "witness", "place", "device", "representation", "level")
    PERSON_FIELD_NUMBER: _ClassVar[int]
    CONSENT_REQUEST_FIELD_NUMBER: _ClassVar[int]
    GRANTS_FIELD_NUMBER: _ClassVar[int]
    NOT_AFTER_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    WORKER_FIELD_NUMBER: _ClassVar[int]
    WITNESS_FIELD_NUMBER: _ClassVar[int]
    PLACE_FIELD_NUMBER: _ClassVar[int]
    DEVICE_FIELD_NUMBER: _ClassVar[int]
    REPRESENTATION_FIELD_NUMBER: _ClassVar[int]
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    person: str
    consent_request: bytes
    grants: _containers.RepeatedCompositeFieldContainer[_consent_pb2.ScopeGrant]
    not_after: _timestamp_pb2.Timestamp
    language: str
    mode: str
    worker: bytes
    witness: bytes
    place: str
    device: str
    representation: RepresentationProof
    level: AssistanceLevel
    def __init__(self, person: _Optional[str] = ..., consent_request: _Optional[bytes] = ..., grants: _Optional[_Iterable[_Union[_consent_pb2.ScopeGrant, _Mapping]]] = ..., not_after: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., language: _Optional[str] = ..., mode: _Optional[str] = ..., worker: _Optional[bytes] = ..., witness: _Optional[bytes] = ..., place: _Optional[str] = ..., device: _Optional[str] = ..., representation: _Optional[_Union[RepresentationProof, _Mapping]] = ..., level: _Optional[_Union[AssistanceLevel, str]] = ...) -> None: ...

class PrepareAssistedConsentResponse(_message.Message):
    __slots__ = ("document", "payload_type", "check_code", "notice", "questions")
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_TYPE_FIELD_NUMBER: _ClassVar[int]
    CHECK_CODE_FIELD_NUMBER: _ClassVar[int]
    NOTICE_FIELD_NUMBER: _ClassVar[int]
    QUESTIONS_FIELD_NUMBER: _ClassVar[int]
    document: bytes
    payload_type: str
    check_code: str
    notice: bytes
    questions: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, document: _Optional[bytes] = ..., payload_type: _Optional[str] = ..., check_code: _Optional[str] = ..., notice: _Optional[bytes] = ..., questions: _Optional[_Iterable[str]] = ...) -> None: ...

class ReadBackAnswer(_message.Message):
    __slots__ = ("question", "correct")
    QUESTION_FIELD_NUMBER: _ClassVar[int]
    CORRECT_FIELD_NUMBER: _ClassVar[int]
    question: str
    correct: bool
    def __init__(self, question: _Optional[str] = ..., correct: _Optional[bool] = ...) -> None: ...

class RecordAssistedConsentRequest(_message.Message):
    __slots__ = ("envelope", "answers", "witness_relation", "has_capacity", "copy", "scan_sha256")
    ENVELOPE_FIELD_NUMBER: _ClassVar[int]
    ANSWERS_FIELD_NUMBER: _ClassVar[int]
    WITNESS_RELATION_FIELD_NUMBER: _ClassVar[int]
    HAS_CAPACITY_FIELD_NUMBER: _ClassVar[int]
    COPY_FIELD_NUMBER: _ClassVar[int]
    SCAN_SHA256_FIELD_NUMBER: _ClassVar[int]
    envelope: _envelope_pb2.Envelope
    answers: _containers.RepeatedCompositeFieldContainer[ReadBackAnswer]
    witness_relation: str
    has_capacity: bool
    copy: str
    scan_sha256: bytes
    def __init__(self, envelope: _Optional[_Union[_envelope_pb2.Envelope, _Mapping]] = ..., answers: _Optional[_Iterable[_Union[ReadBackAnswer, _Mapping]]] = ..., witness_relation: _Optional[str] = ..., has_capacity: _Optional[bool] = ..., copy: _Optional[str] = ..., scan_sha256: _Optional[bytes] = ...) -> None: ...

class RecordAssistedConsentResponse(_message.Message):
    __slots__ = ("statement", "state", "withdrawal_code")
    STATEMENT_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    WITHDRAWAL_CODE_FIELD_NUMBER: _ClassVar[int]
    statement: _envelope_pb2.ProvenStatement
    state: _consent_pb2.ConsentState
    withdrawal_code: str
    def __init__(self, statement: _Optional[_Union[_envelope_pb2.ProvenStatement, _Mapping]] = ..., state: _Optional[_Union[_consent_pb2.ConsentState, str]] = ..., withdrawal_code: _Optional[str] = ...) -> None: ...

class CreateDeviceCodeRequest(_message.Message):
    __slots__ = ("person", "worker")
    PERSON_FIELD_NUMBER: _ClassVar[int]
    WORKER_FIELD_NUMBER: _ClassVar[int]
    person: str
    worker: bytes
    def __init__(self, person: _Optional[str] = ..., worker: _Optional[bytes] = ...) -> None: ...

class CreateDeviceCodeResponse(_message.Message):
    __slots__ = ("code", "expire_time")
    CODE_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    code: str
    expire_time: _timestamp_pb2.Timestamp
    def __init__(self, code: _Optional[str] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CreateConfirmationCodeRequest(_message.Message):
    __slots__ = ("person", "consent")
    PERSON_FIELD_NUMBER: _ClassVar[int]
    CONSENT_FIELD_NUMBER: _ClassVar[int]
    person: str
    consent: bytes
    def __init__(self, person: _Optional[str] = ..., consent: _Optional[bytes] = ...) -> None: ...

class CreateConfirmationCodeResponse(_message.Message):
    __slots__ = ("code", "expire_time")
    CODE_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    code: str
    expire_time: _timestamp_pb2.Timestamp
    def __init__(self, code: _Optional[str] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ConfirmConsentRequest(_message.Message):
    __slots__ = ("code",)
    CODE_FIELD_NUMBER: _ClassVar[int]
    code: str
    def __init__(self, code: _Optional[str] = ...) -> None: ...

class ConfirmConsentResponse(_message.Message):
    __slots__ = ("consent", "state")
    CONSENT_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    consent: bytes
    state: _consent_pb2.ConsentState
    def __init__(self, consent: _Optional[bytes] = ..., state: _Optional[_Union[_consent_pb2.ConsentState, str]] = ...) -> None: ...

class CreateWithdrawalCodeRequest(_message.Message):
    __slots__ = ("person", "session")
    PERSON_FIELD_NUMBER: _ClassVar[int]
    SESSION_FIELD_NUMBER: _ClassVar[int]
    person: str
    session: str
    def __init__(self, person: _Optional[str] = ..., session: _Optional[str] = ...) -> None: ...

class CreateWithdrawalCodeResponse(_message.Message):
    __slots__ = ("code", "expire_time")
    CODE_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    code: str
    expire_time: _timestamp_pb2.Timestamp
    def __init__(self, code: _Optional[str] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class WithdrawConsentsRequest(_message.Message):
    __slots__ = ("person", "code", "consents")
    PERSON_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    CONSENTS_FIELD_NUMBER: _ClassVar[int]
    person: str
    code: str
    consents: _containers.RepeatedScalarFieldContainer[bytes]
    def __init__(self, person: _Optional[str] = ..., code: _Optional[str] = ..., consents: _Optional[_Iterable[bytes]] = ...) -> None: ...

class WithdrawConsentsResponse(_message.Message):
    __slots__ = ("consents",)
    CONSENTS_FIELD_NUMBER: _ClassVar[int]
    consents: _containers.RepeatedScalarFieldContainer[bytes]
    def __init__(self, consents: _Optional[_Iterable[bytes]] = ...) -> None: ...

class InvalidateConsentsRequest(_message.Message):
    __slots__ = ("person", "cause")
    PERSON_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    person: str
    cause: InvalidationCause
    def __init__(self, person: _Optional[str] = ..., cause: _Optional[_Union[InvalidationCause, str]] = ...) -> None: ...

class InvalidateConsentsResponse(_message.Message):
    __slots__ = ("consents",)
    CONSENTS_FIELD_NUMBER: _ClassVar[int]
    consents: _containers.RepeatedScalarFieldContainer[bytes]
    def __init__(self, consents: _Optional[_Iterable[bytes]] = ...) -> None: ...

class ReportAssistantsRequest(_message.Message):
    __slots__ = ("from_time",)
    FROM_TIME_FIELD_NUMBER: _ClassVar[int]
    from_time: _timestamp_pb2.Timestamp
    def __init__(self, from_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ReportAssistantsResponse(_message.Message):
    __slots__ = ("workers",)
    WORKERS_FIELD_NUMBER: _ClassVar[int]
    workers: _containers.RepeatedCompositeFieldContainer[AssistantReport]
    def __init__(self, workers: _Optional[_Iterable[_Union[AssistantReport, _Mapping]]] = ...) -> None: ...

class AssistantReport(_message.Message):
    __slots__ = ("assistant", "organisation", "offered", "granted", "most_per_hour", "devices", "witnesses", "flags")
    ASSISTANT_FIELD_NUMBER: _ClassVar[int]
    ORGANISATION_FIELD_NUMBER: _ClassVar[int]
    OFFERED_FIELD_NUMBER: _ClassVar[int]
    GRANTED_FIELD_NUMBER: _ClassVar[int]
    MOST_PER_HOUR_FIELD_NUMBER: _ClassVar[int]
    DEVICES_FIELD_NUMBER: _ClassVar[int]
    WITNESSES_FIELD_NUMBER: _ClassVar[int]
    FLAGS_FIELD_NUMBER: _ClassVar[int]
    assistant: bytes
    organisation: _statement_pb2.Party
    offered: int
    granted: int
    most_per_hour: int
    devices: int
    witnesses: int
    flags: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, assistant: _Optional[bytes] = ..., organisation: _Optional[_Union[_statement_pb2.Party, _Mapping]] = ..., offered: _Optional[int] = ..., granted: _Optional[int] = ..., most_per_hour: _Optional[int] = ..., devices: _Optional[int] = ..., witnesses: _Optional[int] = ..., flags: _Optional[_Iterable[str]] = ...) -> None: ...
