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
    __slots__ = ("schema", "kind", "salt", "subject_commitment", "jurisdiction", "institution", "issue_date", "supersedes", "field_digests", "contribution_period", "awarded_entitlement", "applicable_legislation", "life_certificate", "qualification", "invalidation")
    SCHEMA_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    SALT_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_COMMITMENT_FIELD_NUMBER: _ClassVar[int]
    JURISDICTION_FIELD_NUMBER: _ClassVar[int]
    INSTITUTION_FIELD_NUMBER: _ClassVar[int]
    ISSUE_DATE_FIELD_NUMBER: _ClassVar[int]
    SUPERSEDES_FIELD_NUMBER: _ClassVar[int]
    FIELD_DIGESTS_FIELD_NUMBER: _ClassVar[int]
    CONTRIBUTION_PERIOD_FIELD_NUMBER: _ClassVar[int]
    AWARDED_ENTITLEMENT_FIELD_NUMBER: _ClassVar[int]
    APPLICABLE_LEGISLATION_FIELD_NUMBER: _ClassVar[int]
    LIFE_CERTIFICATE_FIELD_NUMBER: _ClassVar[int]
    QUALIFICATION_FIELD_NUMBER: _ClassVar[int]
    INVALIDATION_FIELD_NUMBER: _ClassVar[int]
    schema: str
    kind: RecordKind
    salt: bytes
    subject_commitment: bytes
    jurisdiction: str
    institution: str
    issue_date: str
    supersedes: bytes
    field_digests: _containers.RepeatedScalarFieldContainer[bytes]
    contribution_period: ContributionPeriod
    awarded_entitlement: AwardedEntitlement
    applicable_legislation: ApplicableLegislation
    life_certificate: LifeCertificate
    qualification: Qualification
    invalidation: Invalidation
    def __init__(self, schema: _Optional[str] = ..., kind: _Optional[_Union[RecordKind, str]] = ..., salt: _Optional[bytes] = ..., subject_commitment: _Optional[bytes] = ..., jurisdiction: _Optional[str] = ..., institution: _Optional[str] = ..., issue_date: _Optional[str] = ..., supersedes: _Optional[bytes] = ..., field_digests: _Optional[_Iterable[bytes]] = ..., contribution_period: _Optional[_Union[ContributionPeriod, _Mapping]] = ..., awarded_entitlement: _Optional[_Union[AwardedEntitlement, _Mapping]] = ..., applicable_legislation: _Optional[_Union[ApplicableLegislation, _Mapping]] = ..., life_certificate: _Optional[_Union[LifeCertificate, _Mapping]] = ..., qualification: _Optional[_Union[Qualification, _Mapping]] = ..., invalidation: _Optional[_Union[Invalidation, _Mapping]] = ...) -> None: ...

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

class AwardedEntitlement(_message.Message):
    __slots__ = ("branch", "benefit_kind", "award_date", "start_date", "end_date", "gross_amount", "payment_period", "paid_as", "decision_digest", "next_review_date")
    BRANCH_FIELD_NUMBER: _ClassVar[int]
    BENEFIT_KIND_FIELD_NUMBER: _ClassVar[int]
    AWARD_DATE_FIELD_NUMBER: _ClassVar[int]
    START_DATE_FIELD_NUMBER: _ClassVar[int]
    END_DATE_FIELD_NUMBER: _ClassVar[int]
    GROSS_AMOUNT_FIELD_NUMBER: _ClassVar[int]
    PAYMENT_PERIOD_FIELD_NUMBER: _ClassVar[int]
    PAID_AS_FIELD_NUMBER: _ClassVar[int]
    DECISION_DIGEST_FIELD_NUMBER: _ClassVar[int]
    NEXT_REVIEW_DATE_FIELD_NUMBER: _ClassVar[int]
    branch: str
    benefit_kind: str
    award_date: str
    start_date: str
    end_date: str
    gross_amount: Money
    payment_period: str
    paid_as: str
    decision_digest: bytes
    next_review_date: str
    def __init__(self, branch: _Optional[str] = ..., benefit_kind: _Optional[str] = ..., award_date: _Optional[str] = ..., start_date: _Optional[str] = ..., end_date: _Optional[str] = ..., gross_amount: _Optional[_Union[Money, _Mapping]] = ..., payment_period: _Optional[str] = ..., paid_as: _Optional[str] = ..., decision_digest: _Optional[bytes] = ..., next_review_date: _Optional[str] = ...) -> None: ...

class ApplicableLegislation(_message.Message):
    __slots__ = ("applicable_state", "agreement", "article", "start_date", "end_date", "activity", "activity_digest", "host_states")
    APPLICABLE_STATE_FIELD_NUMBER: _ClassVar[int]
    AGREEMENT_FIELD_NUMBER: _ClassVar[int]
    ARTICLE_FIELD_NUMBER: _ClassVar[int]
    START_DATE_FIELD_NUMBER: _ClassVar[int]
    END_DATE_FIELD_NUMBER: _ClassVar[int]
    ACTIVITY_FIELD_NUMBER: _ClassVar[int]
    ACTIVITY_DIGEST_FIELD_NUMBER: _ClassVar[int]
    HOST_STATES_FIELD_NUMBER: _ClassVar[int]
    applicable_state: str
    agreement: str
    article: str
    start_date: str
    end_date: str
    activity: str
    activity_digest: bytes
    host_states: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, applicable_state: _Optional[str] = ..., agreement: _Optional[str] = ..., article: _Optional[str] = ..., start_date: _Optional[str] = ..., end_date: _Optional[str] = ..., activity: _Optional[str] = ..., activity_digest: _Optional[bytes] = ..., host_states: _Optional[_Iterable[str]] = ...) -> None: ...

class LifeCertificate(_message.Message):
    __slots__ = ("alive_date", "evidence", "evidence_level", "country")
    ALIVE_DATE_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_LEVEL_FIELD_NUMBER: _ClassVar[int]
    COUNTRY_FIELD_NUMBER: _ClassVar[int]
    alive_date: str
    evidence: str
    evidence_level: str
    country: str
    def __init__(self, alive_date: _Optional[str] = ..., evidence: _Optional[str] = ..., evidence_level: _Optional[str] = ..., country: _Optional[str] = ...) -> None: ...

class Qualification(_message.Message):
    __slots__ = ("condition", "branch", "as_of_date", "valid_until_date", "article")
    CONDITION_FIELD_NUMBER: _ClassVar[int]
    BRANCH_FIELD_NUMBER: _ClassVar[int]
    AS_OF_DATE_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_DATE_FIELD_NUMBER: _ClassVar[int]
    ARTICLE_FIELD_NUMBER: _ClassVar[int]
    condition: str
    branch: str
    as_of_date: str
    valid_until_date: str
    article: str
    def __init__(self, condition: _Optional[str] = ..., branch: _Optional[str] = ..., as_of_date: _Optional[str] = ..., valid_until_date: _Optional[str] = ..., article: _Optional[str] = ...) -> None: ...

class Invalidation(_message.Message):
    __slots__ = ("reason", "article")
    REASON_FIELD_NUMBER: _ClassVar[int]
    ARTICLE_FIELD_NUMBER: _ClassVar[int]
    reason: str
    article: str
    def __init__(self, reason: _Optional[str] = ..., article: _Optional[str] = ...) -> None: ...
