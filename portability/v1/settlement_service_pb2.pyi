from portability.v1 import envelope_pb2 as _envelope_pb2
from portability.v1 import recognition_service_pb2 as _recognition_service_pb2
from portability.v1 import settlement_pb2 as _settlement_pb2
from portability.v1 import statement_pb2 as _statement_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ClaimedMonths(_message.Message):
    __slots__ = ("case", "kind", "first_month", "months", "minor_units", "exported_months")
    CASE_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    FIRST_MONTH_FIELD_NUMBER: _ClassVar[int]
    MONTHS_FIELD_NUMBER: _ClassVar[int]
    MINOR_UNITS_FIELD_NUMBER: _ClassVar[int]
    EXPORTED_MONTHS_FIELD_NUMBER: _ClassVar[int]
    case: str
    kind: _settlement_pb2.RefundKind
    first_month: str
    months: int
    minor_units: int
    exported_months: int
    def __init__(self, case: _Optional[str] = ..., kind: _Optional[_Union[_settlement_pb2.RefundKind, str]] = ..., first_month: _Optional[str] = ..., months: _Optional[int] = ..., minor_units: _Optional[int] = ..., exported_months: _Optional[int] = ...) -> None: ...

class PrepareClaimRequest(_message.Message):
    __slots__ = ("debtor", "lines", "rates")
    DEBTOR_FIELD_NUMBER: _ClassVar[int]
    LINES_FIELD_NUMBER: _ClassVar[int]
    RATES_FIELD_NUMBER: _ClassVar[int]
    debtor: _statement_pb2.Party
    lines: _containers.RepeatedCompositeFieldContainer[ClaimedMonths]
    rates: _containers.RepeatedCompositeFieldContainer[_settlement_pb2.ExchangeRate]
    def __init__(self, debtor: _Optional[_Union[_statement_pb2.Party, _Mapping]] = ..., lines: _Optional[_Iterable[_Union[ClaimedMonths, _Mapping]]] = ..., rates: _Optional[_Iterable[_Union[_settlement_pb2.ExchangeRate, _Mapping]]] = ...) -> None: ...

class PrepareClaimResponse(_message.Message):
    __slots__ = ("payload", "payload_type", "explanation")
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_TYPE_FIELD_NUMBER: _ClassVar[int]
    EXPLANATION_FIELD_NUMBER: _ClassVar[int]
    payload: bytes
    payload_type: str
    explanation: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, payload: _Optional[bytes] = ..., payload_type: _Optional[str] = ..., explanation: _Optional[_Iterable[str]] = ...) -> None: ...

class SubmitSettlementStatementRequest(_message.Message):
    __slots__ = ("envelope",)
    ENVELOPE_FIELD_NUMBER: _ClassVar[int]
    envelope: _envelope_pb2.Envelope
    def __init__(self, envelope: _Optional[_Union[_envelope_pb2.Envelope, _Mapping]] = ...) -> None: ...

class SubmitSettlementStatementResponse(_message.Message):
    __slots__ = ("statement",)
    STATEMENT_FIELD_NUMBER: _ClassVar[int]
    statement: _envelope_pb2.ProvenStatement
    def __init__(self, statement: _Optional[_Union[_envelope_pb2.ProvenStatement, _Mapping]] = ...) -> None: ...

class SettlementAccount(_message.Message):
    __slots__ = ("counterparty", "currency")
    COUNTERPARTY_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    counterparty: _statement_pb2.Party
    currency: str
    def __init__(self, counterparty: _Optional[_Union[_statement_pb2.Party, _Mapping]] = ..., currency: _Optional[str] = ...) -> None: ...

class ListSettlementAccountsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListSettlementAccountsResponse(_message.Message):
    __slots__ = ("accounts",)
    ACCOUNTS_FIELD_NUMBER: _ClassVar[int]
    accounts: _containers.RepeatedCompositeFieldContainer[SettlementAccount]
    def __init__(self, accounts: _Optional[_Iterable[_Union[SettlementAccount, _Mapping]]] = ...) -> None: ...

class ListSettlementStatementsRequest(_message.Message):
    __slots__ = ("account", "page_size", "page_token")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    account: SettlementAccount
    page_size: int
    page_token: str
    def __init__(self, account: _Optional[_Union[SettlementAccount, _Mapping]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListSettlementStatementsResponse(_message.Message):
    __slots__ = ("statements", "next_page_token", "undelivered")
    STATEMENTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    UNDELIVERED_FIELD_NUMBER: _ClassVar[int]
    statements: _containers.RepeatedCompositeFieldContainer[_envelope_pb2.ProvenStatement]
    next_page_token: str
    undelivered: _containers.RepeatedCompositeFieldContainer[_recognition_service_pb2.UndeliveredStatement]
    def __init__(self, statements: _Optional[_Iterable[_Union[_envelope_pb2.ProvenStatement, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., undelivered: _Optional[_Iterable[_Union[_recognition_service_pb2.UndeliveredStatement, _Mapping]]] = ...) -> None: ...
