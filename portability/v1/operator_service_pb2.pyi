import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GetNodeStateRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetNodeStateResponse(_message.Message):
    __slots__ = ("pause", "calls_under_way", "streams")
    PAUSE_FIELD_NUMBER: _ClassVar[int]
    CALLS_UNDER_WAY_FIELD_NUMBER: _ClassVar[int]
    STREAMS_FIELD_NUMBER: _ClassVar[int]
    pause: NodePause
    calls_under_way: int
    streams: _containers.RepeatedCompositeFieldContainer[PeerStream]
    def __init__(self, pause: _Optional[_Union[NodePause, _Mapping]] = ..., calls_under_way: _Optional[int] = ..., streams: _Optional[_Iterable[_Union[PeerStream, _Mapping]]] = ...) -> None: ...

class NodePause(_message.Message):
    __slots__ = ("reason", "retry_after_seconds", "begin_time")
    REASON_FIELD_NUMBER: _ClassVar[int]
    RETRY_AFTER_SECONDS_FIELD_NUMBER: _ClassVar[int]
    BEGIN_TIME_FIELD_NUMBER: _ClassVar[int]
    reason: str
    retry_after_seconds: int
    begin_time: _timestamp_pb2.Timestamp
    def __init__(self, reason: _Optional[str] = ..., retry_after_seconds: _Optional[int] = ..., begin_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class PeerStream(_message.Message):
    __slots__ = ("peer", "waiting", "accepted_position", "received_position", "failures", "reason", "retry_time", "withheld", "undelivered")
    PEER_FIELD_NUMBER: _ClassVar[int]
    WAITING_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_POSITION_FIELD_NUMBER: _ClassVar[int]
    RECEIVED_POSITION_FIELD_NUMBER: _ClassVar[int]
    FAILURES_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    RETRY_TIME_FIELD_NUMBER: _ClassVar[int]
    WITHHELD_FIELD_NUMBER: _ClassVar[int]
    UNDELIVERED_FIELD_NUMBER: _ClassVar[int]
    peer: str
    waiting: int
    accepted_position: int
    received_position: int
    failures: int
    reason: str
    retry_time: _timestamp_pb2.Timestamp
    withheld: int
    undelivered: _containers.RepeatedCompositeFieldContainer[UndeliveredKind]
    def __init__(self, peer: _Optional[str] = ..., waiting: _Optional[int] = ..., accepted_position: _Optional[int] = ..., received_position: _Optional[int] = ..., failures: _Optional[int] = ..., reason: _Optional[str] = ..., retry_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., withheld: _Optional[int] = ..., undelivered: _Optional[_Iterable[_Union[UndeliveredKind, _Mapping]]] = ...) -> None: ...

class UndeliveredKind(_message.Message):
    __slots__ = ("kind", "state", "count", "create_time")
    KIND_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    kind: str
    state: str
    count: int
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, kind: _Optional[str] = ..., state: _Optional[str] = ..., count: _Optional[int] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class BeginMaintenanceRequest(_message.Message):
    __slots__ = ("reason", "retry_after_seconds")
    REASON_FIELD_NUMBER: _ClassVar[int]
    RETRY_AFTER_SECONDS_FIELD_NUMBER: _ClassVar[int]
    reason: str
    retry_after_seconds: int
    def __init__(self, reason: _Optional[str] = ..., retry_after_seconds: _Optional[int] = ...) -> None: ...

class BeginMaintenanceResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class EndMaintenanceRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class EndMaintenanceResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListSetAsideRequest(_message.Message):
    __slots__ = ("page_size", "with_replayed")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    WITH_REPLAYED_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    with_replayed: bool
    def __init__(self, page_size: _Optional[int] = ..., with_replayed: _Optional[bool] = ...) -> None: ...

class ListSetAsideResponse(_message.Message):
    __slots__ = ("deliveries",)
    DELIVERIES_FIELD_NUMBER: _ClassVar[int]
    deliveries: _containers.RepeatedCompositeFieldContainer[SetAsideDelivery]
    def __init__(self, deliveries: _Optional[_Iterable[_Union[SetAsideDelivery, _Mapping]]] = ...) -> None: ...

class SetAsideDelivery(_message.Message):
    __slots__ = ("peer", "position", "statement", "reason", "message", "create_time", "replay_time")
    PEER_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    STATEMENT_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    REPLAY_TIME_FIELD_NUMBER: _ClassVar[int]
    peer: str
    position: int
    statement: bytes
    reason: str
    message: str
    create_time: _timestamp_pb2.Timestamp
    replay_time: _timestamp_pb2.Timestamp
    def __init__(self, peer: _Optional[str] = ..., position: _Optional[int] = ..., statement: _Optional[bytes] = ..., reason: _Optional[str] = ..., message: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., replay_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ReplaySetAsideRequest(_message.Message):
    __slots__ = ("peer", "position")
    PEER_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    peer: str
    position: int
    def __init__(self, peer: _Optional[str] = ..., position: _Optional[int] = ...) -> None: ...

class ReplaySetAsideResponse(_message.Message):
    __slots__ = ("delivery",)
    DELIVERY_FIELD_NUMBER: _ClassVar[int]
    delivery: SetAsideDelivery
    def __init__(self, delivery: _Optional[_Union[SetAsideDelivery, _Mapping]] = ...) -> None: ...
