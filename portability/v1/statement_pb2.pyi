import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from portability.v1 import record_pb2 as _record_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Branch(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    BRANCH_UNSPECIFIED: _ClassVar[Branch]
    BRANCH_OLD_AGE: _ClassVar[Branch]
    BRANCH_SURVIVORS: _ClassVar[Branch]
    BRANCH_INVALIDITY: _ClassVar[Branch]
    BRANCH_SICKNESS: _ClassVar[Branch]
    BRANCH_MATERNITY: _ClassVar[Branch]
    BRANCH_ACCIDENT: _ClassVar[Branch]
    BRANCH_DEATH_GRANT: _ClassVar[Branch]
    BRANCH_UNEMPLOYMENT: _ClassVar[Branch]
    BRANCH_PRE_RETIREMENT: _ClassVar[Branch]
    BRANCH_FAMILY: _ClassVar[Branch]

class HistoryOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    HISTORY_OUTCOME_UNSPECIFIED: _ClassVar[HistoryOutcome]
    HISTORY_OUTCOME_RECORDS: _ClassVar[HistoryOutcome]
    HISTORY_OUTCOME_NONE: _ClassVar[HistoryOutcome]
    HISTORY_OUTCOME_NOT_BEFORE: _ClassVar[HistoryOutcome]
    HISTORY_OUTCOME_REFUSED: _ClassVar[HistoryOutcome]
BRANCH_UNSPECIFIED: Branch
BRANCH_OLD_AGE: Branch
BRANCH_SURVIVORS: Branch
BRANCH_INVALIDITY: Branch
BRANCH_SICKNESS: Branch
BRANCH_MATERNITY: Branch
BRANCH_ACCIDENT: Branch
BRANCH_DEATH_GRANT: Branch
BRANCH_UNEMPLOYMENT: Branch
BRANCH_PRE_RETIREMENT: Branch
BRANCH_FAMILY: Branch
HISTORY_OUTCOME_UNSPECIFIED: HistoryOutcome
HISTORY_OUTCOME_RECORDS: HistoryOutcome
HISTORY_OUTCOME_NONE: HistoryOutcome
HISTORY_OUTCOME_NOT_BEFORE: HistoryOutcome
HISTORY_OUTCOME_REFUSED: HistoryOutcome

class Party(_message.Message):
    __slots__ = ("jurisdiction", "institution")
    JURISDICTION_FIELD_NUMBER: _ClassVar[int]
    INSTITUTION_FIELD_NUMBER: _ClassVar[int]
    jurisdiction: str
    institution: str
    def __init__(self, jurisdiction: _Optional[str] = ..., institution: _Optional[str] = ...) -> None: ...

class StatementHeader(_message.Message):
    __slots__ = ("protocol_version", "salt", "case_id", "sender", "create_time", "predecessors")
    PROTOCOL_VERSION_FIELD_NUMBER: _ClassVar[int]
    SALT_FIELD_NUMBER: _ClassVar[int]
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    SENDER_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    PREDECESSORS_FIELD_NUMBER: _ClassVar[int]
    protocol_version: int
    salt: bytes
    case_id: str
    sender: Party
    create_time: _timestamp_pb2.Timestamp
    predecessors: _containers.RepeatedScalarFieldContainer[bytes]
    def __init__(self, protocol_version: _Optional[int] = ..., salt: _Optional[bytes] = ..., case_id: _Optional[str] = ..., sender: _Optional[_Union[Party, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., predecessors: _Optional[_Iterable[bytes]] = ...) -> None: ...

class HistoryRequest(_message.Message):
    __slots__ = ("header", "recipient", "person_reference", "branch", "agreement", "agreement_version", "permission", "purpose", "datatypes", "fields", "from_date", "to_date", "claim_date", "award_date", "parties", "agreement_digest")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    RECIPIENT_FIELD_NUMBER: _ClassVar[int]
    PERSON_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    BRANCH_FIELD_NUMBER: _ClassVar[int]
    AGREEMENT_FIELD_NUMBER: _ClassVar[int]
    AGREEMENT_VERSION_FIELD_NUMBER: _ClassVar[int]
    PERMISSION_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    DATATYPES_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    FROM_DATE_FIELD_NUMBER: _ClassVar[int]
    TO_DATE_FIELD_NUMBER: _ClassVar[int]
    CLAIM_DATE_FIELD_NUMBER: _ClassVar[int]
    AWARD_DATE_FIELD_NUMBER: _ClassVar[int]
    PARTIES_FIELD_NUMBER: _ClassVar[int]
    AGREEMENT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    header: StatementHeader
    recipient: Party
    person_reference: str
    branch: Branch
    agreement: str
    agreement_version: str
    permission: bytes
    purpose: str
    datatypes: _containers.RepeatedScalarFieldContainer[str]
    fields: _containers.RepeatedScalarFieldContainer[str]
    from_date: str
    to_date: str
    claim_date: str
    award_date: str
    parties: _containers.RepeatedCompositeFieldContainer[Party]
    agreement_digest: bytes
    def __init__(self, header: _Optional[_Union[StatementHeader, _Mapping]] = ..., recipient: _Optional[_Union[Party, _Mapping]] = ..., person_reference: _Optional[str] = ..., branch: _Optional[_Union[Branch, str]] = ..., agreement: _Optional[str] = ..., agreement_version: _Optional[str] = ..., permission: _Optional[bytes] = ..., purpose: _Optional[str] = ..., datatypes: _Optional[_Iterable[str]] = ..., fields: _Optional[_Iterable[str]] = ..., from_date: _Optional[str] = ..., to_date: _Optional[str] = ..., claim_date: _Optional[str] = ..., award_date: _Optional[str] = ..., parties: _Optional[_Iterable[_Union[Party, _Mapping]]] = ..., agreement_digest: _Optional[bytes] = ...) -> None: ...

class HistoryResponse(_message.Message):
    __slots__ = ("header", "outcome", "records", "not_before_date", "log_origin", "tree_size", "granted_fields", "payload_digest", "shown", "held_back")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    RECORDS_FIELD_NUMBER: _ClassVar[int]
    NOT_BEFORE_DATE_FIELD_NUMBER: _ClassVar[int]
    LOG_ORIGIN_FIELD_NUMBER: _ClassVar[int]
    TREE_SIZE_FIELD_NUMBER: _ClassVar[int]
    GRANTED_FIELDS_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_DIGEST_FIELD_NUMBER: _ClassVar[int]
    SHOWN_FIELD_NUMBER: _ClassVar[int]
    HELD_BACK_FIELD_NUMBER: _ClassVar[int]
    header: StatementHeader
    outcome: HistoryOutcome
    records: _containers.RepeatedScalarFieldContainer[bytes]
    not_before_date: str
    log_origin: str
    tree_size: int
    granted_fields: _containers.RepeatedScalarFieldContainer[str]
    payload_digest: bytes
    shown: _containers.RepeatedCompositeFieldContainer[ShownFields]
    held_back: bool
    def __init__(self, header: _Optional[_Union[StatementHeader, _Mapping]] = ..., outcome: _Optional[_Union[HistoryOutcome, str]] = ..., records: _Optional[_Iterable[bytes]] = ..., not_before_date: _Optional[str] = ..., log_origin: _Optional[str] = ..., tree_size: _Optional[int] = ..., granted_fields: _Optional[_Iterable[str]] = ..., payload_digest: _Optional[bytes] = ..., shown: _Optional[_Iterable[_Union[ShownFields, _Mapping]]] = ..., held_back: _Optional[bool] = ...) -> None: ...

class ShownFields(_message.Message):
    __slots__ = ("record", "fields")
    RECORD_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    record: bytes
    fields: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, record: _Optional[bytes] = ..., fields: _Optional[_Iterable[str]] = ...) -> None: ...

class Reconciliation(_message.Message):
    __slots__ = ("header", "agreement", "agreement_version", "branch", "as_of_date", "inputs", "result", "digest", "supersedes", "missing", "not_insured", "held_back")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    AGREEMENT_FIELD_NUMBER: _ClassVar[int]
    AGREEMENT_VERSION_FIELD_NUMBER: _ClassVar[int]
    BRANCH_FIELD_NUMBER: _ClassVar[int]
    AS_OF_DATE_FIELD_NUMBER: _ClassVar[int]
    INPUTS_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    SUPERSEDES_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    NOT_INSURED_FIELD_NUMBER: _ClassVar[int]
    HELD_BACK_FIELD_NUMBER: _ClassVar[int]
    header: StatementHeader
    agreement: str
    agreement_version: str
    branch: Branch
    as_of_date: str
    inputs: _containers.RepeatedScalarFieldContainer[bytes]
    result: bytes
    digest: bytes
    supersedes: bytes
    missing: _containers.RepeatedCompositeFieldContainer[Party]
    not_insured: _containers.RepeatedCompositeFieldContainer[Party]
    held_back: _containers.RepeatedCompositeFieldContainer[Party]
    def __init__(self, header: _Optional[_Union[StatementHeader, _Mapping]] = ..., agreement: _Optional[str] = ..., agreement_version: _Optional[str] = ..., branch: _Optional[_Union[Branch, str]] = ..., as_of_date: _Optional[str] = ..., inputs: _Optional[_Iterable[bytes]] = ..., result: _Optional[bytes] = ..., digest: _Optional[bytes] = ..., supersedes: _Optional[bytes] = ..., missing: _Optional[_Iterable[_Union[Party, _Mapping]]] = ..., not_insured: _Optional[_Iterable[_Union[Party, _Mapping]]] = ..., held_back: _Optional[_Iterable[_Union[Party, _Mapping]]] = ...) -> None: ...

class Countersignature(_message.Message):
    __slots__ = ("header", "digest")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    header: StatementHeader
    digest: bytes
    def __init__(self, header: _Optional[_Union[StatementHeader, _Mapping]] = ..., digest: _Optional[bytes] = ...) -> None: ...

class Dispute(_message.Message):
    __slots__ = ("header", "digest", "first_difference")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    FIRST_DIFFERENCE_FIELD_NUMBER: _ClassVar[int]
    header: StatementHeader
    digest: bytes
    first_difference: str
    def __init__(self, header: _Optional[_Union[StatementHeader, _Mapping]] = ..., digest: _Optional[bytes] = ..., first_difference: _Optional[str] = ...) -> None: ...

class Determination(_message.Message):
    __slots__ = ("header", "unit", "own", "total", "independent", "theoretical", "pro_rata", "payable", "paid_as", "basis", "provisional", "lower_bound", "upper_bound", "missing", "supersedes", "meets_minimum_alone", "meets_minimum", "facts")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    OWN_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    INDEPENDENT_FIELD_NUMBER: _ClassVar[int]
    THEORETICAL_FIELD_NUMBER: _ClassVar[int]
    PRO_RATA_FIELD_NUMBER: _ClassVar[int]
    PAYABLE_FIELD_NUMBER: _ClassVar[int]
    PAID_AS_FIELD_NUMBER: _ClassVar[int]
    BASIS_FIELD_NUMBER: _ClassVar[int]
    PROVISIONAL_FIELD_NUMBER: _ClassVar[int]
    LOWER_BOUND_FIELD_NUMBER: _ClassVar[int]
    UPPER_BOUND_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    SUPERSEDES_FIELD_NUMBER: _ClassVar[int]
    MEETS_MINIMUM_ALONE_FIELD_NUMBER: _ClassVar[int]
    MEETS_MINIMUM_FIELD_NUMBER: _ClassVar[int]
    FACTS_FIELD_NUMBER: _ClassVar[int]
    header: StatementHeader
    unit: str
    own: int
    total: int
    independent: _record_pb2.Money
    theoretical: _record_pb2.Money
    pro_rata: _record_pb2.Money
    payable: _record_pb2.Money
    paid_as: str
    basis: _containers.RepeatedScalarFieldContainer[str]
    provisional: bool
    lower_bound: _record_pb2.Money
    upper_bound: _record_pb2.Money
    missing: _containers.RepeatedCompositeFieldContainer[Party]
    supersedes: bytes
    meets_minimum_alone: bool
    meets_minimum: bool
    facts: bytes
    def __init__(self, header: _Optional[_Union[StatementHeader, _Mapping]] = ..., unit: _Optional[str] = ..., own: _Optional[int] = ..., total: _Optional[int] = ..., independent: _Optional[_Union[_record_pb2.Money, _Mapping]] = ..., theoretical: _Optional[_Union[_record_pb2.Money, _Mapping]] = ..., pro_rata: _Optional[_Union[_record_pb2.Money, _Mapping]] = ..., payable: _Optional[_Union[_record_pb2.Money, _Mapping]] = ..., paid_as: _Optional[str] = ..., basis: _Optional[_Iterable[str]] = ..., provisional: _Optional[bool] = ..., lower_bound: _Optional[_Union[_record_pb2.Money, _Mapping]] = ..., upper_bound: _Optional[_Union[_record_pb2.Money, _Mapping]] = ..., missing: _Optional[_Iterable[_Union[Party, _Mapping]]] = ..., supersedes: _Optional[bytes] = ..., meets_minimum_alone: _Optional[bool] = ..., meets_minimum: _Optional[bool] = ..., facts: _Optional[bytes] = ...) -> None: ...

class Closure(_message.Message):
    __slots__ = ("header", "reason")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    header: StatementHeader
    reason: str
    def __init__(self, header: _Optional[_Union[StatementHeader, _Mapping]] = ..., reason: _Optional[str] = ...) -> None: ...

class Reminder(_message.Message):
    __slots__ = ("header", "recipient", "step", "number", "due_date", "escalated")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    RECIPIENT_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    DUE_DATE_FIELD_NUMBER: _ClassVar[int]
    ESCALATED_FIELD_NUMBER: _ClassVar[int]
    header: StatementHeader
    recipient: Party
    step: str
    number: int
    due_date: str
    escalated: bool
    def __init__(self, header: _Optional[_Union[StatementHeader, _Mapping]] = ..., recipient: _Optional[_Union[Party, _Mapping]] = ..., step: _Optional[str] = ..., number: _Optional[int] = ..., due_date: _Optional[str] = ..., escalated: _Optional[bool] = ...) -> None: ...

class Correction(_message.Message):
    __slots__ = ("header", "replaced", "added", "reason", "shown", "held_back")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    REPLACED_FIELD_NUMBER: _ClassVar[int]
    ADDED_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    SHOWN_FIELD_NUMBER: _ClassVar[int]
    HELD_BACK_FIELD_NUMBER: _ClassVar[int]
    header: StatementHeader
    replaced: _containers.RepeatedScalarFieldContainer[bytes]
    added: _containers.RepeatedScalarFieldContainer[bytes]
    reason: str
    shown: _containers.RepeatedCompositeFieldContainer[ShownFields]
    held_back: bool
    def __init__(self, header: _Optional[_Union[StatementHeader, _Mapping]] = ..., replaced: _Optional[_Iterable[bytes]] = ..., added: _Optional[_Iterable[bytes]] = ..., reason: _Optional[str] = ..., shown: _Optional[_Iterable[_Union[ShownFields, _Mapping]]] = ..., held_back: _Optional[bool] = ...) -> None: ...

class PermissionEnd(_message.Message):
    __slots__ = ("header", "permission", "how", "end_time", "act")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    PERMISSION_FIELD_NUMBER: _ClassVar[int]
    HOW_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    ACT_FIELD_NUMBER: _ClassVar[int]
    header: StatementHeader
    permission: bytes
    how: str
    end_time: _timestamp_pb2.Timestamp
    act: bytes
    def __init__(self, header: _Optional[_Union[StatementHeader, _Mapping]] = ..., permission: _Optional[bytes] = ..., how: _Optional[str] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., act: _Optional[bytes] = ...) -> None: ...

class NoticeAnswer(_message.Message):
    __slots__ = ("header", "effect", "citation", "ceased")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    EFFECT_FIELD_NUMBER: _ClassVar[int]
    CITATION_FIELD_NUMBER: _ClassVar[int]
    CEASED_FIELD_NUMBER: _ClassVar[int]
    header: StatementHeader
    effect: str
    citation: str
    ceased: _containers.RepeatedScalarFieldContainer[bytes]
    def __init__(self, header: _Optional[_Union[StatementHeader, _Mapping]] = ..., effect: _Optional[str] = ..., citation: _Optional[str] = ..., ceased: _Optional[_Iterable[bytes]] = ...) -> None: ...

class Objection(_message.Message):
    __slots__ = ("header", "grounds", "act")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    GROUNDS_FIELD_NUMBER: _ClassVar[int]
    ACT_FIELD_NUMBER: _ClassVar[int]
    header: StatementHeader
    grounds: str
    act: bytes
    def __init__(self, header: _Optional[_Union[StatementHeader, _Mapping]] = ..., grounds: _Optional[str] = ..., act: _Optional[bytes] = ...) -> None: ...

class Summary(_message.Message):
    __slots__ = ("header", "document")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    header: StatementHeader
    document: bytes
    def __init__(self, header: _Optional[_Union[StatementHeader, _Mapping]] = ..., document: _Optional[bytes] = ...) -> None: ...

class Reopening(_message.Message):
    __slots__ = ("header", "cause", "causes")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    CAUSES_FIELD_NUMBER: _ClassVar[int]
    header: StatementHeader
    cause: str
    causes: _containers.RepeatedScalarFieldContainer[bytes]
    def __init__(self, header: _Optional[_Union[StatementHeader, _Mapping]] = ..., cause: _Optional[str] = ..., causes: _Optional[_Iterable[bytes]] = ...) -> None: ...

class Acknowledgement(_message.Message):
    __slots__ = ("header", "position")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    header: StatementHeader
    position: int
    def __init__(self, header: _Optional[_Union[StatementHeader, _Mapping]] = ..., position: _Optional[int] = ...) -> None: ...
