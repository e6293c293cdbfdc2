import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from portability.v1 import statement_pb2 as _statement_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Probe(_message.Message):
    __slots__ = ("nonce", "sender", "recipient", "create_time", "protocol_version")
    NONCE_FIELD_NUMBER: _ClassVar[int]
    SENDER_FIELD_NUMBER: _ClassVar[int]
    RECIPIENT_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    PROTOCOL_VERSION_FIELD_NUMBER: _ClassVar[int]
    nonce: bytes
    sender: _statement_pb2.Party
    recipient: _statement_pb2.Party
    create_time: _timestamp_pb2.Timestamp
    protocol_version: int
    def __init__(self, nonce: _Optional[bytes] = ..., sender: _Optional[_Union[_statement_pb2.Party, _Mapping]] = ..., recipient: _Optional[_Union[_statement_pb2.Party, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., protocol_version: _Optional[int] = ...) -> None: ...

class Echo(_message.Message):
    __slots__ = ("nonce", "sender", "recipient", "create_time", "protocol_version", "directory_version", "refusal", "refusal_message", "in_maintenance", "maintenance_reason", "retry_after_seconds")
    NONCE_FIELD_NUMBER: _ClassVar[int]
    SENDER_FIELD_NUMBER: _ClassVar[int]
    RECIPIENT_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    PROTOCOL_VERSION_FIELD_NUMBER: _ClassVar[int]
    DIRECTORY_VERSION_FIELD_NUMBER: _ClassVar[int]
    REFUSAL_FIELD_NUMBER: _ClassVar[int]
    REFUSAL_MESSAGE_FIELD_NUMBER: _ClassVar[int]
    IN_MAINTENANCE_FIELD_NUMBER: _ClassVar[int]
    MAINTENANCE_REASON_FIELD_NUMBER: _ClassVar[int]
    RETRY_AFTER_SECONDS_FIELD_NUMBER: _ClassVar[int]
    nonce: bytes
    sender: _statement_pb2.Party
    recipient: _statement_pb2.Party
    create_time: _timestamp_pb2.Timestamp
    protocol_version: int
    directory_version: int
    refusal: str
    refusal_message: str
    in_maintenance: bool
    maintenance_reason: str
    retry_after_seconds: int
    def __init__(self, nonce: _Optional[bytes] = ..., sender: _Optional[_Union[_statement_pb2.Party, _Mapping]] = ..., recipient: _Optional[_Union[_statement_pb2.Party, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., protocol_version: _Optional[int] = ..., directory_version: _Optional[int] = ..., refusal: _Optional[str] = ..., refusal_message: _Optional[str] = ..., in_maintenance: _Optional[bool] = ..., maintenance_reason: _Optional[str] = ..., retry_after_seconds: _Optional[int] = ...) -> None: ...
