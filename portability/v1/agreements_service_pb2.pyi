from portability.v1 import envelope_pb2 as _envelope_pb2
from portability.v1 import recognition_service_pb2 as _recognition_service_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class AgreementSignature(_message.Message):
    __slots__ = ("jurisdiction", "agreement_version", "digest", "statement")
    JURISDICTION_FIELD_NUMBER: _ClassVar[int]
    AGREEMENT_VERSION_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    STATEMENT_FIELD_NUMBER: _ClassVar[int]
    jurisdiction: str
    agreement_version: str
    digest: bytes
    statement: _envelope_pb2.Envelope
    def __init__(self, jurisdiction: _Optional[str] = ..., agreement_version: _Optional[str] = ..., digest: _Optional[bytes] = ..., statement: _Optional[_Union[_envelope_pb2.Envelope, _Mapping]] = ...) -> None: ...

class Agreement(_message.Message):
    __slots__ = ("agreement", "agreement_version", "digest", "signatures")
    AGREEMENT_FIELD_NUMBER: _ClassVar[int]
    AGREEMENT_VERSION_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    SIGNATURES_FIELD_NUMBER: _ClassVar[int]
    agreement: str
    agreement_version: str
    digest: bytes
    signatures: _containers.RepeatedCompositeFieldContainer[AgreementSignature]
    def __init__(self, agreement: _Optional[str] = ..., agreement_version: _Optional[str] = ..., digest: _Optional[bytes] = ..., signatures: _Optional[_Iterable[_Union[AgreementSignature, _Mapping]]] = ...) -> None: ...

class ListAgreementsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListAgreementsResponse(_message.Message):
    __slots__ = ("agreements", "signatures_required", "undelivered")
    AGREEMENTS_FIELD_NUMBER: _ClassVar[int]
    SIGNATURES_REQUIRED_FIELD_NUMBER: _ClassVar[int]
    UNDELIVERED_FIELD_NUMBER: _ClassVar[int]
    agreements: _containers.RepeatedCompositeFieldContainer[Agreement]
    signatures_required: bool
    undelivered: _containers.RepeatedCompositeFieldContainer[_recognition_service_pb2.UndeliveredStatement]
    def __init__(self, agreements: _Optional[_Iterable[_Union[Agreement, _Mapping]]] = ..., signatures_required: _Optional[bool] = ..., undelivered: _Optional[_Iterable[_Union[_recognition_service_pb2.UndeliveredStatement, _Mapping]]] = ...) -> None: ...

class SignAgreementRequest(_message.Message):
    __slots__ = ("agreement",)
    AGREEMENT_FIELD_NUMBER: _ClassVar[int]
    agreement: str
    def __init__(self, agreement: _Optional[str] = ...) -> None: ...

class SignAgreementResponse(_message.Message):
    __slots__ = ("agreement",)
    AGREEMENT_FIELD_NUMBER: _ClassVar[int]
    agreement: Agreement
    def __init__(self, agreement: _Optional[_Union[Agreement, _Mapping]] = ...) -> None: ...
