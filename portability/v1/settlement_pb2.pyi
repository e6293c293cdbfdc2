from portability.v1 import statement_pb2 as _statement_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RefundKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REFUND_KIND_UNSPECIFIED: _ClassVar[RefundKind]
    REFUND_KIND_UNEMPLOYMENT: _ClassVar[RefundKind]
    REFUND_KIND_OVERPAYMENT: _ClassVar[RefundKind]
    REFUND_KIND_FAMILY: _ClassVar[RefundKind]
REFUND_KIND_UNSPECIFIED: RefundKind
REFUND_KIND_UNEMPLOYMENT: RefundKind
REFUND_KIND_OVERPAYMENT: RefundKind
REFUND_KIND_FAMILY: RefundKind

class ClaimLine(_message.Message):
    __slots__ = ("number", "kind", "case_id", "decision", "counterpart", "first_month", "months", "minor_units", "exported_months")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    DECISION_FIELD_NUMBER: _ClassVar[int]
    COUNTERPART_FIELD_NUMBER: _ClassVar[int]
    FIRST_MONTH_FIELD_NUMBER: _ClassVar[int]
    MONTHS_FIELD_NUMBER: _ClassVar[int]
    MINOR_UNITS_FIELD_NUMBER: _ClassVar[int]
    EXPORTED_MONTHS_FIELD_NUMBER: _ClassVar[int]
    number: int
    kind: RefundKind
    case_id: str
    decision: bytes
    counterpart: bytes
    first_month: str
    months: int
    minor_units: int
    exported_months: int
    def __init__(self, number: _Optional[int] = ..., kind: _Optional[_Union[RefundKind, str]] = ..., case_id: _Optional[str] = ..., decision: _Optional[bytes] = ..., counterpart: _Optional[bytes] = ..., first_month: _Optional[str] = ..., months: _Optional[int] = ..., minor_units: _Optional[int] = ..., exported_months: _Optional[int] = ...) -> None: ...

class ExchangeRate(_message.Message):
    __slots__ = ("currency", "per_euro", "published_date")
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    PER_EURO_FIELD_NUMBER: _ClassVar[int]
    PUBLISHED_DATE_FIELD_NUMBER: _ClassVar[int]
    currency: str
    per_euro: str
    published_date: str
    def __init__(self, currency: _Optional[str] = ..., per_euro: _Optional[str] = ..., published_date: _Optional[str] = ...) -> None: ...

class RefundClaim(_message.Message):
    __slots__ = ("header", "debtor", "agreement", "currency", "lines", "rates")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    DEBTOR_FIELD_NUMBER: _ClassVar[int]
    AGREEMENT_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    LINES_FIELD_NUMBER: _ClassVar[int]
    RATES_FIELD_NUMBER: _ClassVar[int]
    header: _statement_pb2.StatementHeader
    debtor: _statement_pb2.Party
    agreement: str
    currency: str
    lines: _containers.RepeatedCompositeFieldContainer[ClaimLine]
    rates: _containers.RepeatedCompositeFieldContainer[ExchangeRate]
    def __init__(self, header: _Optional[_Union[_statement_pb2.StatementHeader, _Mapping]] = ..., debtor: _Optional[_Union[_statement_pb2.Party, _Mapping]] = ..., agreement: _Optional[str] = ..., currency: _Optional[str] = ..., lines: _Optional[_Iterable[_Union[ClaimLine, _Mapping]]] = ..., rates: _Optional[_Iterable[_Union[ExchangeRate, _Mapping]]] = ...) -> None: ...

class LineDispute(_message.Message):
    __slots__ = ("line", "reason", "accepted_minor_units", "detail")
    LINE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_MINOR_UNITS_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    line: int
    reason: str
    accepted_minor_units: int
    detail: str
    def __init__(self, line: _Optional[int] = ..., reason: _Optional[str] = ..., accepted_minor_units: _Optional[int] = ..., detail: _Optional[str] = ...) -> None: ...

class ClaimAnswer(_message.Message):
    __slots__ = ("header", "disputes")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    DISPUTES_FIELD_NUMBER: _ClassVar[int]
    header: _statement_pb2.StatementHeader
    disputes: _containers.RepeatedCompositeFieldContainer[LineDispute]
    def __init__(self, header: _Optional[_Union[_statement_pb2.StatementHeader, _Mapping]] = ..., disputes: _Optional[_Iterable[_Union[LineDispute, _Mapping]]] = ...) -> None: ...

class ClaimConcession(_message.Message):
    __slots__ = ("header",)
    HEADER_FIELD_NUMBER: _ClassVar[int]
    header: _statement_pb2.StatementHeader
    def __init__(self, header: _Optional[_Union[_statement_pb2.StatementHeader, _Mapping]] = ...) -> None: ...

class Netting(_message.Message):
    __slots__ = ("header", "counterparty", "currency", "owed_to_sender_minor_units", "owed_by_sender_minor_units")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    COUNTERPARTY_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    OWED_TO_SENDER_MINOR_UNITS_FIELD_NUMBER: _ClassVar[int]
    OWED_BY_SENDER_MINOR_UNITS_FIELD_NUMBER: _ClassVar[int]
    header: _statement_pb2.StatementHeader
    counterparty: _statement_pb2.Party
    currency: str
    owed_to_sender_minor_units: int
    owed_by_sender_minor_units: int
    def __init__(self, header: _Optional[_Union[_statement_pb2.StatementHeader, _Mapping]] = ..., counterparty: _Optional[_Union[_statement_pb2.Party, _Mapping]] = ..., currency: _Optional[str] = ..., owed_to_sender_minor_units: _Optional[int] = ..., owed_by_sender_minor_units: _Optional[int] = ...) -> None: ...

class NettingAgreement(_message.Message):
    __slots__ = ("header",)
    HEADER_FIELD_NUMBER: _ClassVar[int]
    header: _statement_pb2.StatementHeader
    def __init__(self, header: _Optional[_Union[_statement_pb2.StatementHeader, _Mapping]] = ...) -> None: ...

class PaymentAdvice(_message.Message):
    __slots__ = ("header", "minor_units", "value_date", "file_digest")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    MINOR_UNITS_FIELD_NUMBER: _ClassVar[int]
    VALUE_DATE_FIELD_NUMBER: _ClassVar[int]
    FILE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    header: _statement_pb2.StatementHeader
    minor_units: int
    value_date: str
    file_digest: bytes
    def __init__(self, header: _Optional[_Union[_statement_pb2.StatementHeader, _Mapping]] = ..., minor_units: _Optional[int] = ..., value_date: _Optional[str] = ..., file_digest: _Optional[bytes] = ...) -> None: ...

class PaymentReceipt(_message.Message):
    __slots__ = ("header", "minor_units")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    MINOR_UNITS_FIELD_NUMBER: _ClassVar[int]
    header: _statement_pb2.StatementHeader
    minor_units: int
    def __init__(self, header: _Optional[_Union[_statement_pb2.StatementHeader, _Mapping]] = ..., minor_units: _Optional[int] = ...) -> None: ...
