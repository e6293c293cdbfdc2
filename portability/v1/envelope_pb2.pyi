from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Envelope(_message.Message):
    __slots__ = ("payload", "payload_type", "signatures")
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_TYPE_FIELD_NUMBER: _ClassVar[int]
    SIGNATURES_FIELD_NUMBER: _ClassVar[int]
    payload: bytes
    payload_type: str
    signatures: _containers.RepeatedCompositeFieldContainer[Signature]
    def __init__(self, payload: _Optional[bytes] = ..., payload_type: _Optional[str] = ..., signatures: _Optional[_Iterable[_Union[Signature, _Mapping]]] = ...) -> None: ...

class Signature(_message.Message):
    __slots__ = ("sig", "keyid")
    SIG_FIELD_NUMBER: _ClassVar[int]
    KEYID_FIELD_NUMBER: _ClassVar[int]
    sig: bytes
    keyid: str
    def __init__(self, sig: _Optional[bytes] = ..., keyid: _Optional[str] = ...) -> None: ...

class WebAuthnAssertion(_message.Message):
    __slots__ = ("credential_id", "authenticator_data", "client_data_json", "signature")
    CREDENTIAL_ID_FIELD_NUMBER: _ClassVar[int]
    AUTHENTICATOR_DATA_FIELD_NUMBER: _ClassVar[int]
    CLIENT_DATA_JSON_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    credential_id: bytes
    authenticator_data: bytes
    client_data_json: bytes
    signature: bytes
    def __init__(self, credential_id: _Optional[bytes] = ..., authenticator_data: _Optional[bytes] = ..., client_data_json: _Optional[bytes] = ..., signature: _Optional[bytes] = ...) -> None: ...

class LogEntry(_message.Message):
    __slots__ = ("format", "kind", "statement_id", "key_id", "accepted_hour")
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    STATEMENT_ID_FIELD_NUMBER: _ClassVar[int]
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_HOUR_FIELD_NUMBER: _ClassVar[int]
    format: int
    kind: str
    statement_id: bytes
    key_id: bytes
    accepted_hour: int
    def __init__(self, format: _Optional[int] = ..., kind: _Optional[str] = ..., statement_id: _Optional[bytes] = ..., key_id: _Optional[bytes] = ..., accepted_hour: _Optional[int] = ...) -> None: ...

class ProvenStatement(_message.Message):
    __slots__ = ("envelope", "log_entry", "leaf_index", "inclusion_proof", "checkpoint", "disclosures")
    ENVELOPE_FIELD_NUMBER: _ClassVar[int]
    LOG_ENTRY_FIELD_NUMBER: _ClassVar[int]
    LEAF_INDEX_FIELD_NUMBER: _ClassVar[int]
    INCLUSION_PROOF_FIELD_NUMBER: _ClassVar[int]
    CHECKPOINT_FIELD_NUMBER: _ClassVar[int]
    DISCLOSURES_FIELD_NUMBER: _ClassVar[int]
    envelope: Envelope
    log_entry: bytes
    leaf_index: int
    inclusion_proof: bytes
    checkpoint: bytes
    disclosures: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, envelope: _Optional[_Union[Envelope, _Mapping]] = ..., log_entry: _Optional[bytes] = ..., leaf_index: _Optional[int] = ..., inclusion_proof: _Optional[bytes] = ..., checkpoint: _Optional[bytes] = ..., disclosures: _Optional[_Iterable[str]] = ...) -> None: ...

class HeldEnvelope(_message.Message):
    __slots__ = ("payload", "payload_type", "signatures", "disclosures")
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_TYPE_FIELD_NUMBER: _ClassVar[int]
    SIGNATURES_FIELD_NUMBER: _ClassVar[int]
    DISCLOSURES_FIELD_NUMBER: _ClassVar[int]
    payload: bytes
    payload_type: str
    signatures: _containers.RepeatedCompositeFieldContainer[Signature]
    disclosures: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, payload: _Optional[bytes] = ..., payload_type: _Optional[str] = ..., signatures: _Optional[_Iterable[_Union[Signature, _Mapping]]] = ..., disclosures: _Optional[_Iterable[str]] = ...) -> None: ...
