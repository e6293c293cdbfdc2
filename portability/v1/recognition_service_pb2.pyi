import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from portability.v1 import envelope_pb2 as _envelope_pb2
from portability.v1 import record_pb2 as _record_pb2
from portability.v1 import statement_pb2 as _statement_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CaseState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CASE_STATE_UNSPECIFIED: _ClassVar[CaseState]
    CASE_STATE_COLLECTING: _ClassVar[CaseState]
    CASE_STATE_RECONCILING: _ClassVar[CaseState]
    CASE_STATE_AGREED: _ClassVar[CaseState]
    CASE_STATE_DISPUTED: _ClassVar[CaseState]
    CASE_STATE_CLOSED: _ClassVar[CaseState]
    CASE_STATE_REFUSED: _ClassVar[CaseState]
    CASE_STATE_PROVISIONAL: _ClassVar[CaseState]
    CASE_STATE_NOT_INSURED: _ClassVar[CaseState]
CASE_STATE_UNSPECIFIED: CaseState
CASE_STATE_COLLECTING: CaseState
CASE_STATE_RECONCILING: CaseState
CASE_STATE_AGREED: CaseState
CASE_STATE_DISPUTED: CaseState
CASE_STATE_CLOSED: CaseState
CASE_STATE_REFUSED: CaseState
CASE_STATE_PROVISIONAL: CaseState
CASE_STATE_NOT_INSURED: CaseState

class Case(_message.Message):
    __slots__ = ("name", "state", "branch", "agreement", "agreement_version", "parties", "person", "claim_date", "award_date", "create_time", "digest", "awaiting", "missing", "objections", "agreement_digest")
    NAME_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    BRANCH_FIELD_NUMBER: _ClassVar[int]
    AGREEMENT_FIELD_NUMBER: _ClassVar[int]
    AGREEMENT_VERSION_FIELD_NUMBER: _ClassVar[int]
    PARTIES_FIELD_NUMBER: _ClassVar[int]
    PERSON_FIELD_NUMBER: _ClassVar[int]
    CLAIM_DATE_FIELD_NUMBER: _ClassVar[int]
    AWARD_DATE_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    AWAITING_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    OBJECTIONS_FIELD_NUMBER: _ClassVar[int]
    AGREEMENT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    name: str
    state: CaseState
    branch: _statement_pb2.Branch
    agreement: str
    agreement_version: str
    parties: _containers.RepeatedCompositeFieldContainer[_statement_pb2.Party]
    person: str
    claim_date: str
    award_date: str
    create_time: _timestamp_pb2.Timestamp
    digest: bytes
    awaiting: _containers.RepeatedCompositeFieldContainer[_statement_pb2.Party]
    missing: _containers.RepeatedCompositeFieldContainer[_statement_pb2.Party]
    objections: _containers.RepeatedScalarFieldContainer[bytes]
    agreement_digest: bytes
    def __init__(self, name: _Optional[str] = ..., state: _Optional[_Union[CaseState, str]] = ..., branch: _Optional[_Union[_statement_pb2.Branch, str]] = ..., agreement: _Optional[str] = ..., agreement_version: _Optional[str] = ..., parties: _Optional[_Iterable[_Union[_statement_pb2.Party, _Mapping]]] = ..., person: _Optional[str] = ..., claim_date: _Optional[str] = ..., award_date: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., digest: _Optional[bytes] = ..., awaiting: _Optional[_Iterable[_Union[_statement_pb2.Party, _Mapping]]] = ..., missing: _Optional[_Iterable[_Union[_statement_pb2.Party, _Mapping]]] = ..., objections: _Optional[_Iterable[bytes]] = ..., agreement_digest: _Optional[bytes] = ...) -> None: ...

class OpenCaseRequest(_message.Message):
    __slots__ = ("request_id", "person", "branch", "agreement", "claim_date", "award_date", "participants")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    PERSON_FIELD_NUMBER: _ClassVar[int]
    BRANCH_FIELD_NUMBER: _ClassVar[int]
    AGREEMENT_FIELD_NUMBER: _ClassVar[int]
    CLAIM_DATE_FIELD_NUMBER: _ClassVar[int]
    AWARD_DATE_FIELD_NUMBER: _ClassVar[int]
    PARTICIPANTS_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    person: str
    branch: _statement_pb2.Branch
    agreement: str
    claim_date: str
    award_date: str
    participants: _containers.RepeatedCompositeFieldContainer[_statement_pb2.Party]
    def __init__(self, request_id: _Optional[str] = ..., person: _Optional[str] = ..., branch: _Optional[_Union[_statement_pb2.Branch, str]] = ..., agreement: _Optional[str] = ..., claim_date: _Optional[str] = ..., award_date: _Optional[str] = ..., participants: _Optional[_Iterable[_Union[_statement_pb2.Party, _Mapping]]] = ...) -> None: ...

class OpenCaseResponse(_message.Message):
    __slots__ = ("case", "person_references")
    CASE_FIELD_NUMBER: _ClassVar[int]
    PERSON_REFERENCES_FIELD_NUMBER: _ClassVar[int]
    case: Case
    person_references: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, case: _Optional[_Union[Case, _Mapping]] = ..., person_references: _Optional[_Iterable[str]] = ...) -> None: ...

class GetCaseRequest(_message.Message):
    __slots__ = ("name", "known_revision", "wait")
    NAME_FIELD_NUMBER: _ClassVar[int]
    KNOWN_REVISION_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    name: str
    known_revision: int
    wait: _duration_pb2.Duration
    def __init__(self, name: _Optional[str] = ..., known_revision: _Optional[int] = ..., wait: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class GetCaseResponse(_message.Message):
    __slots__ = ("case", "held", "undelivered", "revision", "incomplete_answers")
    CASE_FIELD_NUMBER: _ClassVar[int]
    HELD_FIELD_NUMBER: _ClassVar[int]
    UNDELIVERED_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    INCOMPLETE_ANSWERS_FIELD_NUMBER: _ClassVar[int]
    case: Case
    held: _containers.RepeatedCompositeFieldContainer[HeldTime]
    undelivered: _containers.RepeatedCompositeFieldContainer[UndeliveredStatement]
    revision: int
    incomplete_answers: _containers.RepeatedCompositeFieldContainer[IncompleteAnswer]
    def __init__(self, case: _Optional[_Union[Case, _Mapping]] = ..., held: _Optional[_Iterable[_Union[HeldTime, _Mapping]]] = ..., undelivered: _Optional[_Iterable[_Union[UndeliveredStatement, _Mapping]]] = ..., revision: _Optional[int] = ..., incomplete_answers: _Optional[_Iterable[_Union[IncompleteAnswer, _Mapping]]] = ...) -> None: ...

class IncompleteAnswer(_message.Message):
    __slots__ = ("institution", "statement", "log_origin", "tree_size", "answer", "records", "create_time")
    INSTITUTION_FIELD_NUMBER: _ClassVar[int]
    STATEMENT_FIELD_NUMBER: _ClassVar[int]
    LOG_ORIGIN_FIELD_NUMBER: _ClassVar[int]
    TREE_SIZE_FIELD_NUMBER: _ClassVar[int]
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    RECORDS_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    institution: _statement_pb2.Party
    statement: bytes
    log_origin: str
    tree_size: int
    answer: _envelope_pb2.ProvenStatement
    records: _containers.RepeatedCompositeFieldContainer[LeftOutRecord]
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, institution: _Optional[_Union[_statement_pb2.Party, _Mapping]] = ..., statement: _Optional[bytes] = ..., log_origin: _Optional[str] = ..., tree_size: _Optional[int] = ..., answer: _Optional[_Union[_envelope_pb2.ProvenStatement, _Mapping]] = ..., records: _Optional[_Iterable[_Union[LeftOutRecord, _Mapping]]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class LeftOutRecord(_message.Message):
    __slots__ = ("record", "place")
    RECORD_FIELD_NUMBER: _ClassVar[int]
    PLACE_FIELD_NUMBER: _ClassVar[int]
    record: bytes
    place: _envelope_pb2.ProvenStatement
    def __init__(self, record: _Optional[bytes] = ..., place: _Optional[_Union[_envelope_pb2.ProvenStatement, _Mapping]] = ...) -> None: ...

class UndeliveredStatement(_message.Message):
    __slots__ = ("peer", "statement", "kind", "state", "reason", "message", "create_time")
    PEER_FIELD_NUMBER: _ClassVar[int]
    STATEMENT_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    peer: str
    statement: bytes
    kind: str
    state: str
    reason: str
    message: str
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, peer: _Optional[str] = ..., statement: _Optional[bytes] = ..., kind: _Optional[str] = ..., state: _Optional[str] = ..., reason: _Optional[str] = ..., message: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class HeldTime(_message.Message):
    __slots__ = ("jurisdiction", "step", "seconds", "running", "disputed")
    JURISDICTION_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    SECONDS_FIELD_NUMBER: _ClassVar[int]
    RUNNING_FIELD_NUMBER: _ClassVar[int]
    DISPUTED_FIELD_NUMBER: _ClassVar[int]
    jurisdiction: str
    step: str
    seconds: int
    running: bool
    disputed: _containers.RepeatedCompositeFieldContainer[DisputedTime]
    def __init__(self, jurisdiction: _Optional[str] = ..., step: _Optional[str] = ..., seconds: _Optional[int] = ..., running: _Optional[bool] = ..., disputed: _Optional[_Iterable[_Union[DisputedTime, _Mapping]]] = ...) -> None: ...

class DisputedTime(_message.Message):
    __slots__ = ("jurisdiction", "statement", "signed_time", "counted_time")
    JURISDICTION_FIELD_NUMBER: _ClassVar[int]
    STATEMENT_FIELD_NUMBER: _ClassVar[int]
    SIGNED_TIME_FIELD_NUMBER: _ClassVar[int]
    COUNTED_TIME_FIELD_NUMBER: _ClassVar[int]
    jurisdiction: str
    statement: bytes
    signed_time: _timestamp_pb2.Timestamp
    counted_time: _timestamp_pb2.Timestamp
    def __init__(self, jurisdiction: _Optional[str] = ..., statement: _Optional[bytes] = ..., signed_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., counted_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListCasesRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListCasesResponse(_message.Message):
    __slots__ = ("cases", "next_page_token")
    CASES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    cases: _containers.RepeatedCompositeFieldContainer[Case]
    next_page_token: str
    def __init__(self, cases: _Optional[_Iterable[_Union[Case, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ListCaseStatementsRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListCaseStatementsResponse(_message.Message):
    __slots__ = ("statements", "next_page_token", "key_records")
    STATEMENTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    KEY_RECORDS_FIELD_NUMBER: _ClassVar[int]
    statements: _containers.RepeatedCompositeFieldContainer[_envelope_pb2.ProvenStatement]
    next_page_token: str
    key_records: _containers.RepeatedCompositeFieldContainer[_envelope_pb2.ProvenStatement]
    def __init__(self, statements: _Optional[_Iterable[_Union[_envelope_pb2.ProvenStatement, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., key_records: _Optional[_Iterable[_Union[_envelope_pb2.ProvenStatement, _Mapping]]] = ...) -> None: ...

class SchemeFacts(_message.Message):
    __slots__ = ("unit", "counting", "minimum", "full_career", "independent", "theoretical", "rounding")
    UNIT_FIELD_NUMBER: _ClassVar[int]
    COUNTING_FIELD_NUMBER: _ClassVar[int]
    MINIMUM_FIELD_NUMBER: _ClassVar[int]
    FULL_CAREER_FIELD_NUMBER: _ClassVar[int]
    INDEPENDENT_FIELD_NUMBER: _ClassVar[int]
    THEORETICAL_FIELD_NUMBER: _ClassVar[int]
    ROUNDING_FIELD_NUMBER: _ClassVar[int]
    unit: str
    counting: str
    minimum: _record_pb2.DeclaredSum
    full_career: _record_pb2.DeclaredSum
    independent: _record_pb2.Money
    theoretical: _record_pb2.Money
    rounding: str
    def __init__(self, unit: _Optional[str] = ..., counting: _Optional[str] = ..., minimum: _Optional[_Union[_record_pb2.DeclaredSum, _Mapping]] = ..., full_career: _Optional[_Union[_record_pb2.DeclaredSum, _Mapping]] = ..., independent: _Optional[_Union[_record_pb2.Money, _Mapping]] = ..., theoretical: _Optional[_Union[_record_pb2.Money, _Mapping]] = ..., rounding: _Optional[str] = ...) -> None: ...

class PrepareDeterminationRequest(_message.Message):
    __slots__ = ("case", "scheme", "missing_at_most", "facts", "scheme_pack", "states_facts")
    CASE_FIELD_NUMBER: _ClassVar[int]
    SCHEME_FIELD_NUMBER: _ClassVar[int]
    MISSING_AT_MOST_FIELD_NUMBER: _ClassVar[int]
    FACTS_FIELD_NUMBER: _ClassVar[int]
    SCHEME_PACK_FIELD_NUMBER: _ClassVar[int]
    STATES_FACTS_FIELD_NUMBER: _ClassVar[int]
    case: str
    scheme: SchemeFacts
    missing_at_most: _record_pb2.DeclaredSum
    facts: bytes
    scheme_pack: bytes
    states_facts: bool
    def __init__(self, case: _Optional[str] = ..., scheme: _Optional[_Union[SchemeFacts, _Mapping]] = ..., missing_at_most: _Optional[_Union[_record_pb2.DeclaredSum, _Mapping]] = ..., facts: _Optional[bytes] = ..., scheme_pack: _Optional[bytes] = ..., states_facts: _Optional[bool] = ...) -> None: ...

class PrepareDeterminationResponse(_message.Message):
    __slots__ = ("payload", "payload_type", "explanation", "facts_payload", "facts_payload_type")
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_TYPE_FIELD_NUMBER: _ClassVar[int]
    EXPLANATION_FIELD_NUMBER: _ClassVar[int]
    FACTS_PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    FACTS_PAYLOAD_TYPE_FIELD_NUMBER: _ClassVar[int]
    payload: bytes
    payload_type: str
    explanation: _containers.RepeatedScalarFieldContainer[str]
    facts_payload: bytes
    facts_payload_type: str
    def __init__(self, payload: _Optional[bytes] = ..., payload_type: _Optional[str] = ..., explanation: _Optional[_Iterable[str]] = ..., facts_payload: _Optional[bytes] = ..., facts_payload_type: _Optional[str] = ...) -> None: ...

class SubmitStatementRequest(_message.Message):
    __slots__ = ("envelope", "facts")
    ENVELOPE_FIELD_NUMBER: _ClassVar[int]
    FACTS_FIELD_NUMBER: _ClassVar[int]
    envelope: _envelope_pb2.Envelope
    facts: _envelope_pb2.Envelope
    def __init__(self, envelope: _Optional[_Union[_envelope_pb2.Envelope, _Mapping]] = ..., facts: _Optional[_Union[_envelope_pb2.Envelope, _Mapping]] = ...) -> None: ...

class SubmitStatementResponse(_message.Message):
    __slots__ = ("statement",)
    STATEMENT_FIELD_NUMBER: _ClassVar[int]
    statement: _envelope_pb2.ProvenStatement
    def __init__(self, statement: _Optional[_Union[_envelope_pb2.ProvenStatement, _Mapping]] = ...) -> None: ...

class GetHeldSummaryRequest(_message.Message):
    __slots__ = ("year", "quarter")
    YEAR_FIELD_NUMBER: _ClassVar[int]
    QUARTER_FIELD_NUMBER: _ClassVar[int]
    year: int
    quarter: int
    def __init__(self, year: _Optional[int] = ..., quarter: _Optional[int] = ...) -> None: ...

class GetHeldSummaryResponse(_message.Message):
    __slots__ = ("cells", "fewest")
    CELLS_FIELD_NUMBER: _ClassVar[int]
    FEWEST_FIELD_NUMBER: _ClassVar[int]
    cells: _containers.RepeatedCompositeFieldContainer[HeldCell]
    fewest: int
    def __init__(self, cells: _Optional[_Iterable[_Union[HeldCell, _Mapping]]] = ..., fewest: _Optional[int] = ...) -> None: ...

class HeldCell(_message.Message):
    __slots__ = ("jurisdiction", "step", "withheld", "cases", "median_seconds", "percentile_90_seconds")
    JURISDICTION_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    WITHHELD_FIELD_NUMBER: _ClassVar[int]
    CASES_FIELD_NUMBER: _ClassVar[int]
    MEDIAN_SECONDS_FIELD_NUMBER: _ClassVar[int]
    PERCENTILE_90_SECONDS_FIELD_NUMBER: _ClassVar[int]
    jurisdiction: str
    step: str
    withheld: bool
    cases: int
    median_seconds: int
    percentile_90_seconds: int
    def __init__(self, jurisdiction: _Optional[str] = ..., step: _Optional[str] = ..., withheld: _Optional[bool] = ..., cases: _Optional[int] = ..., median_seconds: _Optional[int] = ..., percentile_90_seconds: _Optional[int] = ...) -> None: ...
