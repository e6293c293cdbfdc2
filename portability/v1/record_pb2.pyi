from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RecordKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RECORD_KIND_UNSPECIFIED: _ClassVar[RecordKind]
    RECORD_KIND_CONTRIBUTION_PERIOD: _ClassVar[RecordKind]
    RECORD_KIND_AWARDED_ENTITLEMENT: _ClassVar[RecordKind]
    RECORD_KIND_APPLICABLE_LEGISLATION: _ClassVar[RecordKind]
    RECORD_KIND_LIFE_CERTIFICATE: _ClassVar[RecordKind]
    RECORD_KIND_QUALIFICATION: _ClassVar[RecordKind]
    RECORD_KIND_INVALIDATION: _ClassVar[RecordKind]

class Communication(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    COMMUNICATION_UNSPECIFIED: _ClassVar[Communication]
    COMMUNICATION_AGGREGATE: _ClassVar[Communication]
    COMMUNICATION_YEARLY: _ClassVar[Communication]
RECORD_KIND_UNSPECIFIED: RecordKind
RECORD_KIND_CONTRIBUTION_PERIOD: RecordKind
RECORD_KIND_AWARDED_ENTITLEMENT: RecordKind
RECORD_KIND_APPLICABLE_LEGISLATION: RecordKind
RECORD_KIND_LIFE_CERTIFICATE: RecordKind
RECORD_KIND_QUALIFICATION: RecordKind
RECORD_KIND_INVALIDATION: RecordKind
COMMUNICATION_UNSPECIFIED: Communication
COMMUNICATION_AGGREGATE: Communication
COMMUNICATION_YEARLY: Communication

class EntitlementRecord(_message.Message):
    __slots__ = ("schema", "kind", "salt", "subject_commitment", "jurisdiction", "institution", "issue_date", "supersedes", "contribution_period")
    SCHEMA_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    SALT_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_COMMITMENT_FIELD_NUMBER: _ClassVar[int]
    JURISDICTION_FIELD_NUMBER: _ClassVar[int]
    INSTITUTION_FIELD_NUMBER: _ClassVar[int]
    ISSUE_DATE_FIELD_NUMBER: _ClassVar[int]
    SUPERSEDES_FIELD_NUMBER: _ClassVar[int]
    CONTRIBUTION_PERIOD_FIELD_NUMBER: _ClassVar[int]
    schema: str
    kind: RecordKind
    salt: bytes
    subject_commitment: bytes
    jurisdiction: str
    institution: str
    issue_date: str
    supersedes: bytes
    contribution_period: ContributionPeriod
    def __init__(self, schema: _Optional[str] = ..., kind: _Optional[_Union[RecordKind, str]] = ..., salt: _Optional[bytes] = ..., subject_commitment: _Optional[bytes] = ..., jurisdiction: _Optional[str] = ..., institution: _Optional[str] = ..., issue_date: _Optional[str] = ..., supersedes: _Optional[bytes] = ..., contribution_period: _Optional[_Union[ContributionPeriod, _Mapping]] = ...) -> None: ...

class ContributionPeriod(_message.Message):
    __slots__ = ("period_type", "start_date", "end_date", "declared", "communication", "by_year", "scheme", "relevance", "calculation", "refunded")
    PERIOD_TYPE_FIELD_NUMBER: _ClassVar[int]
    START_DATE_FIELD_NUMBER: _ClassVar[int]
    END_DATE_FIELD_NUMBER: _ClassVar[int]
    DECLARED_FIELD_NUMBER: _ClassVar[int]
    COMMUNICATION_FIELD_NUMBER: _ClassVar[int]
    BY_YEAR_FIELD_NUMBER: _ClassVar[int]
    SCHEME_FIELD_NUMBER: _ClassVar[int]
    RELEVANCE_FIELD_NUMBER: _ClassVar[int]
    CALCULATION_FIELD_NUMBER: _ClassVar[int]
    REFUNDED_FIELD_NUMBER: _ClassVar[int]
    period_type: str
    start_date: str
    end_date: str
    declared: DeclaredSum
    communication: Communication
    by_year: _containers.RepeatedCompositeFieldContainer[YearlySum]
    scheme: str
    relevance: str
    calculation: str
    refunded: bool
    def __init__(self, period_type: _Optional[str] = ..., start_date: _Optional[str] = ..., end_date: _Optional[str] = ..., declared: _Optional[_Union[DeclaredSum, _Mapping]] = ..., communication: _Optional[_Union[Communication, str]] = ..., by_year: _Optional[_Iterable[_Union[YearlySum, _Mapping]]] = ..., scheme: _Optional[str] = ..., relevance: _Optional[str] = ..., calculation: _Optional[str] = ..., refunded: _Optional[bool] = ...) -> None: ...

class DeclaredSum(_message.Message):
    __slots__ = ("years", "months", "quarters", "weeks", "days", "day_type")
    YEARS_FIELD_NUMBER: _ClassVar[int]
    MONTHS_FIELD_NUMBER: _ClassVar[int]
    QUARTERS_FIELD_NUMBER: _ClassVar[int]
    WEEKS_FIELD_NUMBER: _ClassVar[int]
    DAYS_FIELD_NUMBER: _ClassVar[int]
    DAY_TYPE_FIELD_NUMBER: _ClassVar[int]
    years: str
    months: str
    quarters: str
    weeks: str
    days: str
    day_type: int
    def __init__(self, years: _Optional[str] = ..., months: _Optional[str] = ..., quarters: _Optional[str] = ..., weeks: _Optional[str] = ..., days: _Optional[str] = ..., day_type: _Optional[int] = ...) -> None: ...

class YearlySum(_message.Message):
    __slots__ = ("year", "declared")
    YEAR_FIELD_NUMBER: _ClassVar[int]
    DECLARED_FIELD_NUMBER: _ClassVar[int]
    year: int
    declared: DeclaredSum
    def __init__(self, year: _Optional[int] = ..., declared: _Optional[_Union[DeclaredSum, _Mapping]] = ...) -> None: ...

class Money(_message.Message):
    __slots__ = ("minor_units", "currency")
    MINOR_UNITS_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    minor_units: int
    currency: str
    def __init__(self, minor_units: _Optional[int] = ..., currency: _Optional[str] = ...) -> None: ...
