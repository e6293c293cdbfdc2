import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from portability.v1 import envelope_pb2 as _envelope_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class KeyEnd(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    KEY_END_UNSPECIFIED: _ClassVar[KeyEnd]
    KEY_END_REPLACED: _ClassVar[KeyEnd]
    KEY_END_LOST: _ClassVar[KeyEnd]
    KEY_END_COMPROMISED: _ClassVar[KeyEnd]
KEY_END_UNSPECIFIED: KeyEnd
KEY_END_REPLACED: KeyEnd
KEY_END_LOST: KeyEnd
KEY_END_COMPROMISED: KeyEnd

class CreatePasskeyOptionsRequest(_message.Message):
    __slots__ = ("code", "session")
    CODE_FIELD_NUMBER: _ClassVar[int]
    SESSION_FIELD_NUMBER: _ClassVar[int]
    code: str
    session: str
    def __init__(self, code: _Optional[str] = ..., session: _Optional[str] = ...) -> None: ...

class CreatePasskeyOptionsResponse(_message.Message):
    __slots__ = ("challenge", "relying_party_id", "relying_party_name", "user_handle", "exclude_credential_ids", "algorithms")
    CHALLENGE_FIELD_NUMBER: _ClassVar[int]
    RELYING_PARTY_ID_FIELD_NUMBER: _ClassVar[int]
    RELYING_PARTY_NAME_FIELD_NUMBER: _ClassVar[int]
    USER_HANDLE_FIELD_NUMBER: _ClassVar[int]
    EXCLUDE_CREDENTIAL_IDS_FIELD_NUMBER: _ClassVar[int]
    ALGORITHMS_FIELD_NUMBER: _ClassVar[int]
    challenge: bytes
    relying_party_id: str
    relying_party_name: str
    user_handle: bytes
    exclude_credential_ids: _containers.RepeatedScalarFieldContainer[bytes]
    algorithms: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, challenge: _Optional[bytes] = ..., relying_party_id: _Optional[str] = ..., relying_party_name: _Optional[str] = ..., user_handle: _Optional[bytes] = ..., exclude_credential_ids: _Optional[_Iterable[bytes]] = ..., algorithms: _Optional[_Iterable[int]] = ...) -> None: ...

class PasskeyRegistrationResponse(_message.Message):
    __slots__ = ("client_data_json", "attestation_object", "transports")
    CLIENT_DATA_JSON_FIELD_NUMBER: _ClassVar[int]
    ATTESTATION_OBJECT_FIELD_NUMBER: _ClassVar[int]
    TRANSPORTS_FIELD_NUMBER: _ClassVar[int]
    client_data_json: bytes
    attestation_object: bytes
    transports: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, client_data_json: _Optional[bytes] = ..., attestation_object: _Optional[bytes] = ..., transports: _Optional[_Iterable[str]] = ...) -> None: ...

class EnrolPasskeyRequest(_message.Message):
    __slots__ = ("code", "registration")
    CODE_FIELD_NUMBER: _ClassVar[int]
    REGISTRATION_FIELD_NUMBER: _ClassVar[int]
    code: str
    registration: PasskeyRegistrationResponse
    def __init__(self, code: _Optional[str] = ..., registration: _Optional[_Union[PasskeyRegistrationResponse, _Mapping]] = ...) -> None: ...

class EnrolPasskeyResponse(_message.Message):
    __slots__ = ("person", "key_record", "registration")
    PERSON_FIELD_NUMBER: _ClassVar[int]
    KEY_RECORD_FIELD_NUMBER: _ClassVar[int]
    REGISTRATION_FIELD_NUMBER: _ClassVar[int]
    person: str
    key_record: _envelope_pb2.ProvenStatement
    registration: _envelope_pb2.ProvenStatement
    def __init__(self, person: _Optional[str] = ..., key_record: _Optional[_Union[_envelope_pb2.ProvenStatement, _Mapping]] = ..., registration: _Optional[_Union[_envelope_pb2.ProvenStatement, _Mapping]] = ...) -> None: ...

class PrepareKeyAdditionRequest(_message.Message):
    __slots__ = ("session", "registration")
    SESSION_FIELD_NUMBER: _ClassVar[int]
    REGISTRATION_FIELD_NUMBER: _ClassVar[int]
    session: str
    registration: PasskeyRegistrationResponse
    def __init__(self, session: _Optional[str] = ..., registration: _Optional[_Union[PasskeyRegistrationResponse, _Mapping]] = ...) -> None: ...

class PrepareKeyAdditionResponse(_message.Message):
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

class PrepareKeyRemovalRequest(_message.Message):
    __slots__ = ("session", "key_id", "reason")
    SESSION_FIELD_NUMBER: _ClassVar[int]
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    session: str
    key_id: bytes
    reason: KeyEnd
    def __init__(self, session: _Optional[str] = ..., key_id: _Optional[bytes] = ..., reason: _Optional[_Union[KeyEnd, str]] = ...) -> None: ...

class PrepareKeyRemovalResponse(_message.Message):
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

class RecordKeyActRequest(_message.Message):
    __slots__ = ("envelope", "user_handle")
    ENVELOPE_FIELD_NUMBER: _ClassVar[int]
    USER_HANDLE_FIELD_NUMBER: _ClassVar[int]
    envelope: _envelope_pb2.Envelope
    user_handle: bytes
    def __init__(self, envelope: _Optional[_Union[_envelope_pb2.Envelope, _Mapping]] = ..., user_handle: _Optional[bytes] = ...) -> None: ...

class RecordKeyActResponse(_message.Message):
    __slots__ = ("statement", "key_record")
    STATEMENT_FIELD_NUMBER: _ClassVar[int]
    KEY_RECORD_FIELD_NUMBER: _ClassVar[int]
    statement: _envelope_pb2.ProvenStatement
    key_record: _envelope_pb2.ProvenStatement
    def __init__(self, statement: _Optional[_Union[_envelope_pb2.ProvenStatement, _Mapping]] = ..., key_record: _Optional[_Union[_envelope_pb2.ProvenStatement, _Mapping]] = ...) -> None: ...

class ListOwnKeysRequest(_message.Message):
    __slots__ = ("session",)
    SESSION_FIELD_NUMBER: _ClassVar[int]
    session: str
    def __init__(self, session: _Optional[str] = ...) -> None: ...

class ListOwnKeysResponse(_message.Message):
    __slots__ = ("keys",)
    KEYS_FIELD_NUMBER: _ClassVar[int]
    keys: _containers.RepeatedCompositeFieldContainer[OwnKey]
    def __init__(self, keys: _Optional[_Iterable[_Union[OwnKey, _Mapping]]] = ...) -> None: ...

class OwnKey(_message.Message):
    __slots__ = ("key_id", "method", "credential_id", "create_time", "revoke_time", "last_use_time", "is_current", "backed_up", "counter_went_back")
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    METHOD_FIELD_NUMBER: _ClassVar[int]
    CREDENTIAL_ID_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    REVOKE_TIME_FIELD_NUMBER: _ClassVar[int]
    LAST_USE_TIME_FIELD_NUMBER: _ClassVar[int]
    IS_CURRENT_FIELD_NUMBER: _ClassVar[int]
    BACKED_UP_FIELD_NUMBER: _ClassVar[int]
    COUNTER_WENT_BACK_FIELD_NUMBER: _ClassVar[int]
    key_id: bytes
    method: str
    credential_id: bytes
    create_time: _timestamp_pb2.Timestamp
    revoke_time: _timestamp_pb2.Timestamp
    last_use_time: _timestamp_pb2.Timestamp
    is_current: bool
    backed_up: bool
    counter_went_back: bool
    def __init__(self, key_id: _Optional[bytes] = ..., method: _Optional[str] = ..., credential_id: _Optional[bytes] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., revoke_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., last_use_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., is_current: _Optional[bool] = ..., backed_up: _Optional[bool] = ..., counter_went_back: _Optional[bool] = ...) -> None: ...

class RevokeKeysRequest(_message.Message):
    __slots__ = ("person", "key_ids", "reason", "compromise_time")
    PERSON_FIELD_NUMBER: _ClassVar[int]
    KEY_IDS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    COMPROMISE_TIME_FIELD_NUMBER: _ClassVar[int]
    person: str
    key_ids: _containers.RepeatedScalarFieldContainer[bytes]
    reason: KeyEnd
    compromise_time: _timestamp_pb2.Timestamp
    def __init__(self, person: _Optional[str] = ..., key_ids: _Optional[_Iterable[bytes]] = ..., reason: _Optional[_Union[KeyEnd, str]] = ..., compromise_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class RevokeKeysResponse(_message.Message):
    __slots__ = ("key_records",)
    KEY_RECORDS_FIELD_NUMBER: _ClassVar[int]
    key_records: _containers.RepeatedCompositeFieldContainer[_envelope_pb2.ProvenStatement]
    def __init__(self, key_records: _Optional[_Iterable[_Union[_envelope_pb2.ProvenStatement, _Mapping]]] = ...) -> None: ...
