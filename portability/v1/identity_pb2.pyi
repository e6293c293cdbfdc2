import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from portability.v1 import statement_pb2 as _statement_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class IdentityResolution(_message.Message):
    __slots__ = ("salt", "institution", "request", "outcome", "subject_commitment", "basis", "create_time")
    SALT_FIELD_NUMBER: _ClassVar[int]
    INSTITUTION_FIELD_NUMBER: _ClassVar[int]
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_COMMITMENT_FIELD_NUMBER: _ClassVar[int]
    BASIS_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    salt: bytes
    institution: _statement_pb2.Party
    request: bytes
    outcome: str
    subject_commitment: bytes
    basis: str
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, salt: _Optional[bytes] = ..., institution: _Optional[_Union[_statement_pb2.Party, _Mapping]] = ..., request: _Optional[bytes] = ..., outcome: _Optional[str] = ..., subject_commitment: _Optional[bytes] = ..., basis: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
