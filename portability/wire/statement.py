"""
Protocol statements: the signed payloads of a case and their strict reading.

The payload type says which statement it is: ``history-request``, ``history-response``,
``reconciliation``, ``countersignature``, ``dispute``, ``determination``, ``closure``, ``reminder``,
``correction``, ``permission-end``, ``notice-answer``, ``objection``, ``summary``, ``reopening``,
``acknowledgement``. All are protobuf but for what a person signs, which is JSON: an ``objection``,
and the ``claim-withdrawal``.
Source: statement.proto; formats.md, Signed envelope.
"""

from collections.abc import Callable, Mapping
from typing import Final, cast

from google.protobuf.message import Message

from portability.errors import InvalidInputError
from portability.ledger.envelope import payload_type
from portability.recognition.claim_withdrawal import (
    CLAIM_WITHDRAWAL_TYPE,
    read_claim_withdrawal,
    write_claim_withdrawal,
)
from portability.recognition.objection_document import (
    OBJECTION_TYPE,
    read_objection_document,
    write_objection_document,
)
from portability.recognition.statements import BY_INSTITUTIONS as _INSTITUTIONAL
from portability.recognition.statements import (
    Acknowledgement,
    CaseStatement,
    ClaimWithdrawal,
    Closure,
    Correction,
    Countersignature,
    Determination,
    Dispute,
    HistoryRequest,
    HistoryResponse,
    NoticeAnswer,
    Objection,
    PermissionEnd,
    Reconciliation,
    Reminder,
    Reopening,
    Statement,
    Summary,
)
from portability.wire import notice_readers, notice_writers
from portability.wire import statement_readers as readers
from portability.wire import statement_writers as writers
from portability.wire.strict import read_by_type

MAX_PAYLOAD_BYTES: Final = 4 * 1024 * 1024
"""A result over the records of ten careers in monthly rows takes about half of it."""

_Reader = Callable[[bytes], Statement]
_Writer = Callable[[Statement], Message]


def type_of(statement: Statement) -> str:
    """The payload type under which the statement is signed."""
    if isinstance(statement, Objection) and statement.by_person:
        return OBJECTION_TYPE
    if isinstance(statement, ClaimWithdrawal):
        return CLAIM_WITHDRAWAL_TYPE
    return _TYPES[type(statement)]


def statement_from_payload(signed_type: str, payload: bytes) -> Statement:
    """
    What a verified payload says.

    Raises InvalidInputError that names the field, UnsupportedVersionError for a later protocol.
    """
    return read_by_type(
        _READERS,
        signed_type,
        payload,
        what="a protocol statement",
        most=MAX_PAYLOAD_BYTES,
    )


def case_statement_from_payload(signed_type: str, payload: bytes) -> CaseStatement:
    """As ``statement_from_payload``; InvalidInputError also for what belongs to no case."""
    statement = statement_from_payload(signed_type, payload)
    if isinstance(statement, Acknowledgement):
        raise InvalidInputError(
            "an acknowledgement belongs to a stream and to no case", field="payload_type"
        )
    return statement


def statement_to_payload(statement: Statement) -> bytes:
    """The bytes to sign. From then on only these bytes are stored, sent and checked."""
    if isinstance(statement, Objection) and statement.by_person:
        return write_objection_document(statement)
    if isinstance(statement, ClaimWithdrawal):
        return write_claim_withdrawal(statement)
    return _WRITERS[type(statement)](statement).SerializeToString()


_KINDS: Final = cast(
    "tuple[tuple[type[Statement], str, _Reader, _Writer], ...]",  # each writer takes its own kind
    (
        (
            HistoryRequest,
            "history-request",
            readers.read_history_request,
            writers.write_history_request,
        ),
        (
            HistoryResponse,
            "history-response",
            readers.read_history_response,
            writers.write_history_response,
        ),
        (
            Reconciliation,
            "reconciliation",
            readers.read_reconciliation,
            writers.write_reconciliation,
        ),
        (
            Countersignature,
            "countersignature",
            readers.read_countersignature,
            writers.write_countersignature,
        ),
        (Dispute, "dispute", readers.read_dispute, writers.write_dispute),
        (Determination, "determination", readers.read_determination, writers.write_determination),
        (Closure, "closure", readers.read_closure, writers.write_closure),
        (Reminder, "reminder", notice_readers.read_reminder, notice_writers.write_reminder),
        (Correction, "correction", notice_readers.read_correction, notice_writers.write_correction),
        (
            PermissionEnd,
            "permission-end",
            notice_readers.read_permission_end,
            notice_writers.write_permission_end,
        ),
        (
            NoticeAnswer,
            "notice-answer",
            notice_readers.read_notice_answer,
            notice_writers.write_notice_answer,
        ),
        (Objection, "objection", notice_readers.read_objection, notice_writers.write_objection),
        (Summary, "summary", notice_readers.read_summary, notice_writers.write_summary),
        (Reopening, "reopening", notice_readers.read_reopening, notice_writers.write_reopening),
        (
            Acknowledgement,
            "acknowledgement",
            readers.read_acknowledgement,
            writers.write_acknowledgement,
        ),
    ),
)

STATEMENT_TYPES: Final[Mapping[str, type[Statement]]] = {
    **{payload_type(name, "protobuf"): kind for kind, name, _, _ in _KINDS},
    OBJECTION_TYPE: Objection,
    CLAIM_WITHDRAWAL_TYPE: ClaimWithdrawal,
}
"""Every payload type of a protocol statement, with what it is read into."""

BY_PERSONS: Final = frozenset({OBJECTION_TYPE, CLAIM_WITHDRAWAL_TYPE})
"""Those that a person signs; a node passes them on with the record of the person's key."""

BY_INSTITUTIONS: Final = frozenset(
    name
    for name, kind in STATEMENT_TYPES.items()
    if kind in _INSTITUTIONAL and name not in BY_PERSONS
)
"""Those that an institution signs; what is in neither set is a node's."""

_TYPES: Final = {kind: payload_type(name, "protobuf") for kind, name, _, _ in _KINDS}
_READERS: Final[Mapping[str, _Reader]] = {
    **{payload_type(name, "protobuf"): reader for _, name, reader, _ in _KINDS},
    OBJECTION_TYPE: read_objection_document,
    CLAIM_WITHDRAWAL_TYPE: read_claim_withdrawal,
}
_WRITERS: Final = {kind: writer for kind, _, _, writer in _KINDS}
