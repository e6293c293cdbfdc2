from portability.v1 import consent_pb2 as _consent_pb2
from portability.v1 import envelope_pb2 as _envelope_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Delivery(_message.Message):
    __slots__ = ("position", "statement", "exhibits", "staged_exhibits")
    POSITION_FIELD_NUMBER: _ClassVar[int]
    STATEMENT_FIELD_NUMBER: _ClassVar[int]
    EXHIBITS_FIELD_NUMBER: _ClassVar[int]
    STAGED_EXHIBITS_FIELD_NUMBER: _ClassVar[int]
    position: int
    statement: _envelope_pb2.ProvenStatement
    exhibits: _containers.RepeatedCompositeFieldContainer[_envelope_pb2.ProvenStatement]
    staged_exhibits: int
    def __init__(self, position: _Optional[int] = ..., statement: _Optional[_Union[_envelope_pb2.ProvenStatement, _Mapping]] = ..., exhibits: _Optional[_Iterable[_Union[_envelope_pb2.ProvenStatement, _Mapping]]] = ..., staged_exhibits: _Optional[int] = ...) -> None: ...

class StageExhibitsRequest(_message.Message):
    __slots__ = ("statement", "case_id", "first", "exhibits")
    STATEMENT_FIELD_NUMBER: _ClassVar[int]
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    FIRST_FIELD_NUMBER: _ClassVar[int]
    EXHIBITS_FIELD_NUMBER: _ClassVar[int]
    statement: bytes
    case_id: str
    first: int
    exhibits: _containers.RepeatedCompositeFieldContainer[_envelope_pb2.ProvenStatement]
    def __init__(self, statement: _Optional[bytes] = ..., case_id: _Optional[str] = ..., first: _Optional[int] = ..., exhibits: _Optional[_Iterable[_Union[_envelope_pb2.ProvenStatement, _Mapping]]] = ...) -> None: ...

class StageExhibitsResponse(_message.Message):
    __slots__ = ("staged",)
    STAGED_FIELD_NUMBER: _ClassVar[int]
    staged: int
    def __init__(self, staged: _Optional[int] = ...) -> None: ...

class DeliverStatementsRequest(_message.Message):
    __slots__ = ("request_id", "deliveries", "protocol_version")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    DELIVERIES_FIELD_NUMBER: _ClassVar[int]
    PROTOCOL_VERSION_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    deliveries: _containers.RepeatedCompositeFieldContainer[Delivery]
    protocol_version: int
    def __init__(self, request_id: _Optional[str] = ..., deliveries: _Optional[_Iterable[_Union[Delivery, _Mapping]]] = ..., protocol_version: _Optional[int] = ...) -> None: ...

class DeliverStatementsResponse(_message.Message):
    __slots__ = ("accepted_position", "acknowledgement", "refusals", "protocol_version")
    ACCEPTED_POSITION_FIELD_NUMBER: _ClassVar[int]
    ACKNOWLEDGEMENT_FIELD_NUMBER: _ClassVar[int]
    REFUSALS_FIELD_NUMBER: _ClassVar[int]
    PROTOCOL_VERSION_FIELD_NUMBER: _ClassVar[int]
    accepted_position: int
    acknowledgement: _envelope_pb2.Envelope
    refusals: _containers.RepeatedCompositeFieldContainer[RefusedDelivery]
    protocol_version: int
    def __init__(self, accepted_position: _Optional[int] = ..., acknowledgement: _Optional[_Union[_envelope_pb2.Envelope, _Mapping]] = ..., refusals: _Optional[_Iterable[_Union[RefusedDelivery, _Mapping]]] = ..., protocol_version: _Optional[int] = ...) -> None: ...

class RefusedDelivery(_message.Message):
    __slots__ = ("position", "reason", "message")
    POSITION_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    position: int
    reason: str
    message: str
    def __init__(self, position: _Optional[int] = ..., reason: _Optional[str] = ..., message: _Optional[str] = ...) -> None: ...

class FetchConsentStatusRequest(_message.Message):
    __slots__ = ("consent",)
    CONSENT_FIELD_NUMBER: _ClassVar[int]
    consent: bytes
    def __init__(self, consent: _Optional[bytes] = ...) -> None: ...

class FetchConsentStatusResponse(_message.Message):
    __slots__ = ("status", "state")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    status: _envelope_pb2.Envelope
    state: _consent_pb2.ConsentState
    def __init__(self, status: _Optional[_Union[_envelope_pb2.Envelope, _Mapping]] = ..., state: _Optional[_Union[_consent_pb2.ConsentState, str]] = ...) -> None: ...

class GetDeliveryPositionRequest(_message.Message):
    __slots__ = ("protocol_version",)
    PROTOCOL_VERSION_FIELD_NUMBER: _ClassVar[int]
    protocol_version: int
    def __init__(self, protocol_version: _Optional[int] = ...) -> None: ...

class GetDeliveryPositionResponse(_message.Message):
    __slots__ = ("accepted_position", "accepted_statement", "sent_position", "protocol_version")
    ACCEPTED_POSITION_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_STATEMENT_FIELD_NUMBER: _ClassVar[int]
    SENT_POSITION_FIELD_NUMBER: _ClassVar[int]
    PROTOCOL_VERSION_FIELD_NUMBER: _ClassVar[int]
    accepted_position: int
    accepted_statement: bytes
    sent_position: int
    protocol_version: int
    def __init__(self, accepted_position: _Optional[int] = ..., accepted_statement: _Optional[bytes] = ..., sent_position: _Optional[int] = ..., protocol_version: _Optional[int] = ...) -> None: ...

class RecallStatementsRequest(_message.Message):
    __slots__ = ("sent_position", "received_position")
    SENT_POSITION_FIELD_NUMBER: _ClassVar[int]
    RECEIVED_POSITION_FIELD_NUMBER: _ClassVar[int]
    sent_position: int
    received_position: int
    def __init__(self, sent_position: _Optional[int] = ..., received_position: _Optional[int] = ...) -> None: ...

class RecallStatementsResponse(_message.Message):
    __slots__ = ("statements", "is_complete", "acknowledgement")
    STATEMENTS_FIELD_NUMBER: _ClassVar[int]
    IS_COMPLETE_FIELD_NUMBER: _ClassVar[int]
    ACKNOWLEDGEMENT_FIELD_NUMBER: _ClassVar[int]
    statements: _containers.RepeatedCompositeFieldContainer[RecalledStatement]
    is_complete: bool
    acknowledgement: _envelope_pb2.Envelope
    def __init__(self, statements: _Optional[_Iterable[_Union[RecalledStatement, _Mapping]]] = ..., is_complete: _Optional[bool] = ..., acknowledgement: _Optional[_Union[_envelope_pb2.Envelope, _Mapping]] = ...) -> None: ...

class RecalledStatement(_message.Message):
    __slots__ = ("statement_id", "is_callers", "delivery")
    STATEMENT_ID_FIELD_NUMBER: _ClassVar[int]
    IS_CALLERS_FIELD_NUMBER: _ClassVar[int]
    DELIVERY_FIELD_NUMBER: _ClassVar[int]
    statement_id: bytes
    is_callers: bool
    delivery: Delivery
    def __init__(self, statement_id: _Optional[bytes] = ..., is_callers: _Optional[bool] = ..., delivery: _Optional[_Union[Delivery, _Mapping]] = ...) -> None: ...

class CosignCheckpointRequest(_message.Message):
    __slots__ = ("body",)
    BODY_FIELD_NUMBER: _ClassVar[int]
    body: bytes
    def __init__(self, body: _Optional[bytes] = ...) -> None: ...

class CosignCheckpointResponse(_message.Message):
    __slots__ = ("status", "content_type", "body")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    CONTENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    status: int
    content_type: str
    body: bytes
    def __init__(self, status: _Optional[int] = ..., content_type: _Optional[str] = ..., body: _Optional[bytes] = ...) -> None: ...

class PingRequest(_message.Message):
    __slots__ = ("probe",)
    PROBE_FIELD_NUMBER: _ClassVar[int]
    probe: _envelope_pb2.Envelope
    def __init__(self, probe: _Optional[_Union[_envelope_pb2.Envelope, _Mapping]] = ...) -> None: ...

class PingResponse(_message.Message):
    __slots__ = ("echo",)
    ECHO_FIELD_NUMBER: _ClassVar[int]
    echo: _envelope_pb2.Envelope
    def __init__(self, echo: _Optional[_Union[_envelope_pb2.Envelope, _Mapping]] = ...) -> None: ...
