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

class ConsentState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CONSENT_STATE_UNSPECIFIED: _ClassVar[ConsentState]
    CONSENT_STATE_REQUESTED: _ClassVar[ConsentState]
    CONSENT_STATE_GRANTED: _ClassVar[ConsentState]
    CONSENT_STATE_REFUSED: _ClassVar[ConsentState]
    CONSENT_STATE_LAPSED: _ClassVar[ConsentState]
    CONSENT_STATE_PAUSED: _ClassVar[ConsentState]
    CONSENT_STATE_SUPERSEDED: _ClassVar[ConsentState]
    CONSENT_STATE_WITHDRAWN: _ClassVar[ConsentState]
    CONSENT_STATE_EXPIRED: _ClassVar[ConsentState]
    CONSENT_STATE_EXHAUSTED: _ClassVar[ConsentState]
    CONSENT_STATE_TERMINATED: _ClassVar[ConsentState]
    CONSENT_STATE_INVALIDATED: _ClassVar[ConsentState]

class DisclosureOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DISCLOSURE_OUTCOME_UNSPECIFIED: _ClassVar[DisclosureOutcome]
    DISCLOSURE_OUTCOME_RELEASED: _ClassVar[DisclosureOutcome]
    DISCLOSURE_OUTCOME_PARTIAL: _ClassVar[DisclosureOutcome]
    DISCLOSURE_OUTCOME_REFUSED: _ClassVar[DisclosureOutcome]

class ConfirmationState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CONFIRMATION_STATE_UNSPECIFIED: _ClassVar[ConfirmationState]
    CONFIRMATION_STATE_CONFIRMED: _ClassVar[ConfirmationState]
    CONFIRMATION_STATE_WAITING: _ClassVar[ConfirmationState]
    CONFIRMATION_STATE_MISSING: _ClassVar[ConfirmationState]
    CONFIRMATION_STATE_NOT_NEEDED: _ClassVar[ConfirmationState]
    CONFIRMATION_STATE_STAYED: _ClassVar[ConfirmationState]
CONSENT_STATE_UNSPECIFIED: ConsentState
CONSENT_STATE_REQUESTED: ConsentState
CONSENT_STATE_GRANTED: ConsentState
CONSENT_STATE_REFUSED: ConsentState
CONSENT_STATE_LAPSED: ConsentState
CONSENT_STATE_PAUSED: ConsentState
CONSENT_STATE_SUPERSEDED: ConsentState
CONSENT_STATE_WITHDRAWN: ConsentState
CONSENT_STATE_EXPIRED: ConsentState
CONSENT_STATE_EXHAUSTED: ConsentState
CONSENT_STATE_TERMINATED: ConsentState
CONSENT_STATE_INVALIDATED: ConsentState
DISCLOSURE_OUTCOME_UNSPECIFIED: DisclosureOutcome
DISCLOSURE_OUTCOME_RELEASED: DisclosureOutcome
DISCLOSURE_OUTCOME_PARTIAL: DisclosureOutcome
DISCLOSURE_OUTCOME_REFUSED: DisclosureOutcome
CONFIRMATION_STATE_UNSPECIFIED: ConfirmationState
CONFIRMATION_STATE_CONFIRMED: ConfirmationState
CONFIRMATION_STATE_WAITING: ConfirmationState
CONFIRMATION_STATE_MISSING: ConfirmationState
CONFIRMATION_STATE_NOT_NEEDED: ConfirmationState
CONFIRMATION_STATE_STAYED: ConfirmationState

class ScopeGrant(_message.Message):
    __slots__ = ("branches", "datatypes", "actions", "from_date", "to_date", "fields")
    BRANCHES_FIELD_NUMBER: _ClassVar[int]
    DATATYPES_FIELD_NUMBER: _ClassVar[int]
    ACTIONS_FIELD_NUMBER: _ClassVar[int]
    FROM_DATE_FIELD_NUMBER: _ClassVar[int]
    TO_DATE_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    branches: _containers.RepeatedScalarFieldContainer[str]
    datatypes: _containers.RepeatedScalarFieldContainer[str]
    actions: _containers.RepeatedScalarFieldContainer[str]
    from_date: str
    to_date: str
    fields: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, branches: _Optional[_Iterable[str]] = ..., datatypes: _Optional[_Iterable[str]] = ..., actions: _Optional[_Iterable[str]] = ..., from_date: _Optional[str] = ..., to_date: _Optional[str] = ..., fields: _Optional[_Iterable[str]] = ...) -> None: ...

class ConsentRequest(_message.Message):
    __slots__ = ("salt", "requester", "providers", "person_reference", "purpose", "template", "grants", "not_before", "not_after", "max_uses", "erase_by", "create_time")
    SALT_FIELD_NUMBER: _ClassVar[int]
    REQUESTER_FIELD_NUMBER: _ClassVar[int]
    PROVIDERS_FIELD_NUMBER: _ClassVar[int]
    PERSON_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    GRANTS_FIELD_NUMBER: _ClassVar[int]
    NOT_BEFORE_FIELD_NUMBER: _ClassVar[int]
    NOT_AFTER_FIELD_NUMBER: _ClassVar[int]
    MAX_USES_FIELD_NUMBER: _ClassVar[int]
    ERASE_BY_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    salt: bytes
    requester: _statement_pb2.Party
    providers: _containers.RepeatedCompositeFieldContainer[_statement_pb2.Party]
    person_reference: str
    purpose: str
    template: bytes
    grants: _containers.RepeatedCompositeFieldContainer[ScopeGrant]
    not_before: _timestamp_pb2.Timestamp
    not_after: _timestamp_pb2.Timestamp
    max_uses: int
    erase_by: str
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, salt: _Optional[bytes] = ..., requester: _Optional[_Union[_statement_pb2.Party, _Mapping]] = ..., providers: _Optional[_Iterable[_Union[_statement_pb2.Party, _Mapping]]] = ..., person_reference: _Optional[str] = ..., purpose: _Optional[str] = ..., template: _Optional[bytes] = ..., grants: _Optional[_Iterable[_Union[ScopeGrant, _Mapping]]] = ..., not_before: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., not_after: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., max_uses: _Optional[int] = ..., erase_by: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ConsentStatus(_message.Message):
    __slots__ = ("salt", "consent", "state", "version", "as_of", "recipient", "person_reference")
    SALT_FIELD_NUMBER: _ClassVar[int]
    CONSENT_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    RECIPIENT_FIELD_NUMBER: _ClassVar[int]
    PERSON_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    salt: bytes
    consent: bytes
    state: ConsentState
    version: int
    as_of: _timestamp_pb2.Timestamp
    recipient: _statement_pb2.Party
    person_reference: str
    def __init__(self, salt: _Optional[bytes] = ..., consent: _Optional[bytes] = ..., state: _Optional[_Union[ConsentState, str]] = ..., version: _Optional[int] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., recipient: _Optional[_Union[_statement_pb2.Party, _Mapping]] = ..., person_reference: _Optional[str] = ...) -> None: ...

class SubjectKeyRecord(_message.Message):
    __slots__ = ("salt", "subject_commitment", "method", "public_key", "cose_key", "relying_party_id", "origins", "identity_level", "enrolled_by", "valid_from", "revoke_time", "credential_id", "aaguid", "backup_eligible", "backed_up", "registration", "assistants")
    SALT_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_COMMITMENT_FIELD_NUMBER: _ClassVar[int]
    METHOD_FIELD_NUMBER: _ClassVar[int]
    PUBLIC_KEY_FIELD_NUMBER: _ClassVar[int]
    COSE_KEY_FIELD_NUMBER: _ClassVar[int]
    RELYING_PARTY_ID_FIELD_NUMBER: _ClassVar[int]
    ORIGINS_FIELD_NUMBER: _ClassVar[int]
    IDENTITY_LEVEL_FIELD_NUMBER: _ClassVar[int]
    ENROLLED_BY_FIELD_NUMBER: _ClassVar[int]
    VALID_FROM_FIELD_NUMBER: _ClassVar[int]
    REVOKE_TIME_FIELD_NUMBER: _ClassVar[int]
    CREDENTIAL_ID_FIELD_NUMBER: _ClassVar[int]
    AAGUID_FIELD_NUMBER: _ClassVar[int]
    BACKUP_ELIGIBLE_FIELD_NUMBER: _ClassVar[int]
    BACKED_UP_FIELD_NUMBER: _ClassVar[int]
    REGISTRATION_FIELD_NUMBER: _ClassVar[int]
    ASSISTANTS_FIELD_NUMBER: _ClassVar[int]
    salt: bytes
    subject_commitment: bytes
    method: str
    public_key: bytes
    cose_key: bytes
    relying_party_id: str
    origins: _containers.RepeatedScalarFieldContainer[str]
    identity_level: str
    enrolled_by: _statement_pb2.Party
    valid_from: _timestamp_pb2.Timestamp
    revoke_time: _timestamp_pb2.Timestamp
    credential_id: bytes
    aaguid: bytes
    backup_eligible: bool
    backed_up: bool
    registration: bytes
    assistants: _containers.RepeatedCompositeFieldContainer[AssistantKey]
    def __init__(self, salt: _Optional[bytes] = ..., subject_commitment: _Optional[bytes] = ..., method: _Optional[str] = ..., public_key: _Optional[bytes] = ..., cose_key: _Optional[bytes] = ..., relying_party_id: _Optional[str] = ..., origins: _Optional[_Iterable[str]] = ..., identity_level: _Optional[str] = ..., enrolled_by: _Optional[_Union[_statement_pb2.Party, _Mapping]] = ..., valid_from: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., revoke_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., credential_id: _Optional[bytes] = ..., aaguid: _Optional[bytes] = ..., backup_eligible: _Optional[bool] = ..., backed_up: _Optional[bool] = ..., registration: _Optional[bytes] = ..., assistants: _Optional[_Iterable[_Union[AssistantKey, _Mapping]]] = ...) -> None: ...

class AssistantKey(_message.Message):
    __slots__ = ("record", "role", "public_key", "organisation")
    RECORD_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    PUBLIC_KEY_FIELD_NUMBER: _ClassVar[int]
    ORGANISATION_FIELD_NUMBER: _ClassVar[int]
    record: bytes
    role: str
    public_key: bytes
    organisation: _statement_pb2.Party
    def __init__(self, record: _Optional[bytes] = ..., role: _Optional[str] = ..., public_key: _Optional[bytes] = ..., organisation: _Optional[_Union[_statement_pb2.Party, _Mapping]] = ...) -> None: ...

class PasskeyRegistration(_message.Message):
    __slots__ = ("schema", "salt", "challenge", "client_data_json", "attestation_object", "transports", "user_handle", "key_addition", "create_time")
    SCHEMA_FIELD_NUMBER: _ClassVar[int]
    SALT_FIELD_NUMBER: _ClassVar[int]
    CHALLENGE_FIELD_NUMBER: _ClassVar[int]
    CLIENT_DATA_JSON_FIELD_NUMBER: _ClassVar[int]
    ATTESTATION_OBJECT_FIELD_NUMBER: _ClassVar[int]
    TRANSPORTS_FIELD_NUMBER: _ClassVar[int]
    USER_HANDLE_FIELD_NUMBER: _ClassVar[int]
    KEY_ADDITION_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    schema: str
    salt: bytes
    challenge: bytes
    client_data_json: bytes
    attestation_object: bytes
    transports: _containers.RepeatedScalarFieldContainer[str]
    user_handle: bytes
    key_addition: bytes
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, schema: _Optional[str] = ..., salt: _Optional[bytes] = ..., challenge: _Optional[bytes] = ..., client_data_json: _Optional[bytes] = ..., attestation_object: _Optional[bytes] = ..., transports: _Optional[_Iterable[str]] = ..., user_handle: _Optional[bytes] = ..., key_addition: _Optional[bytes] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class DisclosureReceipt(_message.Message):
    __slots__ = ("schema", "id", "salt", "permission", "status_version", "provider", "requester", "request", "reason_code", "reason_text_key", "case_digest", "request_time", "release_time", "outcome", "cause", "datatypes", "fields", "from_date", "to_date", "record_count", "payload_digest", "erase_by", "previous", "legal_basis", "citation", "held_back")
    SCHEMA_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    SALT_FIELD_NUMBER: _ClassVar[int]
    PERMISSION_FIELD_NUMBER: _ClassVar[int]
    STATUS_VERSION_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    REQUESTER_FIELD_NUMBER: _ClassVar[int]
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    REASON_CODE_FIELD_NUMBER: _ClassVar[int]
    REASON_TEXT_KEY_FIELD_NUMBER: _ClassVar[int]
    CASE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    REQUEST_TIME_FIELD_NUMBER: _ClassVar[int]
    RELEASE_TIME_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    DATATYPES_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    FROM_DATE_FIELD_NUMBER: _ClassVar[int]
    TO_DATE_FIELD_NUMBER: _ClassVar[int]
    RECORD_COUNT_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_DIGEST_FIELD_NUMBER: _ClassVar[int]
    ERASE_BY_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_FIELD_NUMBER: _ClassVar[int]
    LEGAL_BASIS_FIELD_NUMBER: _ClassVar[int]
    CITATION_FIELD_NUMBER: _ClassVar[int]
    HELD_BACK_FIELD_NUMBER: _ClassVar[int]
    schema: str
    id: str
    salt: bytes
    permission: bytes
    status_version: int
    provider: _statement_pb2.Party
    requester: _statement_pb2.Party
    request: bytes
    reason_code: str
    reason_text_key: str
    case_digest: bytes
    request_time: _timestamp_pb2.Timestamp
    release_time: _timestamp_pb2.Timestamp
    outcome: DisclosureOutcome
    cause: str
    datatypes: _containers.RepeatedScalarFieldContainer[str]
    fields: _containers.RepeatedScalarFieldContainer[str]
    from_date: str
    to_date: str
    record_count: int
    payload_digest: bytes
    erase_by: str
    previous: bytes
    legal_basis: str
    citation: str
    held_back: bool
    def __init__(self, schema: _Optional[str] = ..., id: _Optional[str] = ..., salt: _Optional[bytes] = ..., permission: _Optional[bytes] = ..., status_version: _Optional[int] = ..., provider: _Optional[_Union[_statement_pb2.Party, _Mapping]] = ..., requester: _Optional[_Union[_statement_pb2.Party, _Mapping]] = ..., request: _Optional[bytes] = ..., reason_code: _Optional[str] = ..., reason_text_key: _Optional[str] = ..., case_digest: _Optional[bytes] = ..., request_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., release_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., outcome: _Optional[_Union[DisclosureOutcome, str]] = ..., cause: _Optional[str] = ..., datatypes: _Optional[_Iterable[str]] = ..., fields: _Optional[_Iterable[str]] = ..., from_date: _Optional[str] = ..., to_date: _Optional[str] = ..., record_count: _Optional[int] = ..., payload_digest: _Optional[bytes] = ..., erase_by: _Optional[str] = ..., previous: _Optional[bytes] = ..., legal_basis: _Optional[str] = ..., citation: _Optional[str] = ..., held_back: _Optional[bool] = ...) -> None: ...

class ReceiptConfirmation(_message.Message):
    __slots__ = ("state", "acknowledgement", "confirm_time", "due_time")
    STATE_FIELD_NUMBER: _ClassVar[int]
    ACKNOWLEDGEMENT_FIELD_NUMBER: _ClassVar[int]
    CONFIRM_TIME_FIELD_NUMBER: _ClassVar[int]
    DUE_TIME_FIELD_NUMBER: _ClassVar[int]
    state: ConfirmationState
    acknowledgement: _envelope_pb2.Envelope
    confirm_time: _timestamp_pb2.Timestamp
    due_time: _timestamp_pb2.Timestamp
    def __init__(self, state: _Optional[_Union[ConfirmationState, str]] = ..., acknowledgement: _Optional[_Union[_envelope_pb2.Envelope, _Mapping]] = ..., confirm_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., due_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
