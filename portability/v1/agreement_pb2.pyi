from portability.v1 import statement_pb2 as _statement_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class AgreementAdoption(_message.Message):
    __slots__ = ("header", "agreement", "agreement_version", "digest")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    AGREEMENT_FIELD_NUMBER: _ClassVar[int]
    AGREEMENT_VERSION_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    header: _statement_pb2.StatementHeader
    agreement: str
    agreement_version: str
    digest: bytes
    def __init__(self, header: _Optional[_Union[_statement_pb2.StatementHeader, _Mapping]] = ..., agreement: _Optional[str] = ..., agreement_version: _Optional[str] = ..., digest: _Optional[bytes] = ...) -> None: ...
