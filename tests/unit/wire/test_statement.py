"""Protocol statements on the wire: what is written is read back, and nothing else is read."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from google.protobuf.message import Message

from portability.consent.scope import Party
from portability.core.money import Money
from portability.errors import InvalidInputError, UnsupportedVersionError
from portability.recognition.statements import (
    Acknowledgement,
    Claim,
    ClosureReason,
    Header,
    HistoryOutcome,
    NoticeEffect,
    ShownFields,
    Statement,
)
from portability.v1 import statement_pb2 as pb
from portability.wire.statement import (
    BY_PERSONS,
    MAX_PAYLOAD_BYTES,
    STATEMENT_TYPES,
    case_statement_from_payload,
    statement_from_payload,
    statement_to_payload,
    type_of,
)
from tests.unit.recognition.story import (
    CNAV,
    INSS,
    NOW,
    claim_withdrawal,
    closure,
    correction,
    countersignature,
    determination,
    dispute,
    notice_answer,
    objection,
    permission_end,
    reconciliation,
    reminder,
    reopening,
    request,
    response,
    summary,
)

ASKED = request()
RESULT = reconciliation(response(ASKED))
ENDED = permission_end(bytes([9]) * 32, ASKED)
ACKNOWLEDGEMENT = Acknowledgement(
    header=Header(
        salt=bytes(32),
        case_id="",
        sender=Party(jurisdiction="FR"),
        created=NOW,
        predecessors=(bytes(32),),
    ),
    position=7,
)

STATEMENTS: dict[str, Statement] = {
    "history request": ASKED.statement,
    "answer with records": response(ASKED).statement,
    "answer without": response(ASKED, HistoryOutcome.NONE).statement,
    "answer that announces a later one": response(ASKED, HistoryOutcome.NOT_BEFORE).statement,
    "refusal": replace(
        response(ASKED, HistoryOutcome.REFUSED).statement, log_origin="", tree_size=0
    ),
    "reconciliation": RESULT.statement,
    "second reconciliation": reconciliation(supersedes=bytes([1]) * 32).statement,
    "countersignature": countersignature(RESULT).statement,
    "dispute": dispute(RESULT).statement,
    "determination": determination(RESULT, CNAV).statement,
    "provisional determination": replace(
        determination(RESULT, CNAV, supersedes=bytes([2]) * 32).statement,
        independent=None,
        provisional=True,
        lower_bound=Money(minor=1, currency="EUR"),
        upper_bound=Money(minor=2, currency="EUR"),
        missing=(INSS,),
    ),
    "closure": closure(reason=ClosureReason.WITHDRAWN).statement,
    "provisional reconciliation": reconciliation(
        ASKED, missing=(CNAV,), not_insured=(INSS,)
    ).statement,
    "reminder": reminder(ASKED, CNAV, number=3).statement,
    "correction": correction(
        RESULT, replaced=(bytes([3]) * 32,), added=(bytes([4]) * 32,)
    ).statement,
    "permission end": ENDED.statement,
    "kept": notice_answer(ENDED, INSS, NoticeEffect.KEPT, citation="883/2004 Art 77").statement,
    "erased": notice_answer(ENDED, INSS, NoticeEffect.ERASED, ceased=(ASKED,)).statement,
    "objection": objection(RESULT).statement,
    "objection by the person": replace(
        objection(RESULT).statement,
        header=replace(objection(RESULT).statement.header, sender=Party(jurisdiction="ES")),
        by_person=True,
    ),
    "claim withdrawal": claim_withdrawal().statement,
    "correction of which fields are shown": replace(
        correction(RESULT, replaced=(bytes([3]) * 32,), added=(bytes([4]) * 32,)).statement,
        shown=(ShownFields(record=bytes([4]) * 32, fields=("start_date",)),),
    ),
    "summary": summary(determination(RESULT, CNAV)).statement,
    "reopening": reopening(ASKED, causes=(RESULT,)).statement,
    "acknowledgement": ACKNOWLEDGEMENT,
}


@pytest.mark.parametrize("name", STATEMENTS)
def test_what_is_written_is_read_back(name: str) -> None:
    statement = STATEMENTS[name]
    payload = statement_to_payload(statement)
    assert statement_from_payload(type_of(statement), payload) == statement


def test_every_kind_has_its_own_payload_type() -> None:
    assert {name.split(".")[2] for name in STATEMENT_TYPES} == {
        "history-request",
        "history-response",
        "reconciliation",
        "countersignature",
        "dispute",
        "determination",
        "closure",
        "reminder",
        "correction",
        "permission-end",
        "notice-answer",
        "objection",
        "claim-withdrawal",
        "summary",
        "reopening",
        "acknowledgement",
    }
    assert {type_of(one) for one in STATEMENTS.values()} == set(STATEMENT_TYPES)


def _written(name: str, kind: type[Message]) -> Message:
    return kind.FromString(statement_to_payload(STATEMENTS[name]))


def _refused(name: str, message: Message) -> InvalidInputError:
    with pytest.raises(InvalidInputError) as refusal:
        statement_from_payload(type_of(STATEMENTS[name]), message.SerializeToString())
    return refusal.value


def _set(field: str, value: object) -> Callable[[Message], None]:
    def change(message: Message) -> None:
        *path, last = field.split(".")
        for step in path:
            message = getattr(message, step)
        if isinstance(value, list):
            message.ClearField(last)  # type: ignore[arg-type]
            getattr(message, last).extend(value)
        else:
            setattr(message, last, value)

    return change


REFUSED = {
    "reminder of nothing known": ("reminder", pb.Reminder, _set("step", "tea"), "step"),
    "reminder number zero": ("reminder", pb.Reminder, _set("number", 0), "number"),
    "reminder without a day": ("reminder", pb.Reminder, _set("due_date", ""), "due_date"),
    "correction of nothing": (
        "correction",
        pb.Correction,
        lambda message: (_set("replaced", [])(message), _set("added", [])(message)),
        "replaced",
    ),
    "record that replaces itself": (
        "correction",
        pb.Correction,
        _set("added", [bytes([3]) * 32]),
        "added",
    ),
    "correction that shows what it does not add": (
        "correction of which fields are shown",
        pb.Correction,
        lambda message: setattr(message.shown[0], "record", bytes([5]) * 32),  # type: ignore[attr-defined]
        "shown",
    ),
    "correction that shows nothing of what it shows": (
        "correction of which fields are shown",
        pb.Correction,
        lambda message: message.shown[0].ClearField("fields"),  # type: ignore[attr-defined]
        "shown",
    ),
    "correction for fun": ("correction", pb.Correction, _set("reason", "fun"), "reason"),
    "end of no permission": (
        "permission end",
        pb.PermissionEnd,
        _set("permission", b""),
        "permission",
    ),
    "end in another way": ("permission end", pb.PermissionEnd, _set("how", "lost"), "how"),
    "kept without a law": ("kept", pb.NoticeAnswer, _set("citation", ""), "citation"),
    "erased by a law": ("erased", pb.NoticeAnswer, _set("citation", "a law"), "citation"),
    "kept and ceased": ("kept", pb.NoticeAnswer, _set("ceased", [bytes(32)]), "ceased"),
    "objection in free text": (
        "objection",
        pb.Objection,
        _set("grounds", "it is too little"),
        "grounds",
    ),
    "reopened for nothing": ("reopening", pb.Reopening, _set("causes", []), "causes"),
    "missing twice": (
        "provisional reconciliation",
        pb.Reconciliation,
        lambda message: message.missing.extend(list(message.missing)),
        "missing",
    ),
    "salt of 31 bytes": ("closure", pb.Closure, _set("header.salt", bytes(31)), "salt"),
    "case id in capitals": ("closure", pb.Closure, _set("header.case_id", "0C" * 16), "case_id"),
    "no case id": ("closure", pb.Closure, _set("header.case_id", ""), "case_id"),
    "sender of no country": (
        "closure",
        pb.Closure,
        _set("header.sender.jurisdiction", "Spain"),
        "sender",
    ),
    "time in fractions of a second": (
        "closure",
        pb.Closure,
        _set("header.create_time.nanos", 1),
        "create_time",
    ),
    "predecessor of 31 bytes": (
        "closure",
        pb.Closure,
        _set("header.predecessors", [bytes(31)]),
        "predecessors",
    ),
    "predecessor named twice": (
        "closure",
        pb.Closure,
        _set("header.predecessors", [bytes(32)] * 2),
        "predecessors",
    ),
    "unknown reason": ("closure", pb.Closure, _set("reason", "bored"), "reason"),
    "no branch": ("history request", pb.HistoryRequest, _set("branch", 0), "branch"),
    "branch of later": ("history request", pb.HistoryRequest, _set("branch", 99), "branch"),
    "31 February": (
        "history request",
        pb.HistoryRequest,
        _set("claim_date", "2026-02-31"),
        "claim_date",
    ),
    "end before start": (
        "history request",
        pb.HistoryRequest,
        _set("to_date", "1959-01-01"),
        "to_date",
    ),
    "nothing asked for": ("history request", pb.HistoryRequest, _set("fields", []), "fields"),
    "field named twice": (
        "history request",
        pb.HistoryRequest,
        _set("fields", ["a", "a"]),
        "fields",
    ),
    "field that is a sentence": (
        "history request",
        pb.HistoryRequest,
        _set("fields", ["a b"]),
        "fields",
    ),
    "reference that is a name": (
        "history request",
        pb.HistoryRequest,
        _set("person_reference", "rosa"),
        "person_reference",
    ),
    "permission of 16 bytes": (
        "history request",
        pb.HistoryRequest,
        _set("permission", bytes(16)),
        "permission",
    ),
    "no outcome": ("answer with records", pb.HistoryResponse, _set("outcome", 0), "outcome"),
    "records without any": (
        "answer with records",
        pb.HistoryResponse,
        _set("records", []),
        "records",
    ),
    "records in an empty answer": (
        "answer without",
        pb.HistoryResponse,
        _set("records", [bytes(32)]),
        "records",
    ),
    "digest in an empty answer": (
        "answer without",
        pb.HistoryResponse,
        _set("payload_digest", bytes(32)),
        "payload_digest",
    ),
    "date in a final answer": (
        "answer without",
        pb.HistoryResponse,
        _set("not_before_date", "2026-06-01"),
        "not_before_date",
    ),
    "answer of no log": (
        "answer without",
        pb.HistoryResponse,
        _set("log_origin", ""),
        "log_origin",
    ),
    "refusal that tells more": ("refusal", pb.HistoryResponse, _set("tree_size", 9), "outcome"),
    "inputs out of order": (
        "reconciliation",
        pb.Reconciliation,
        _set("inputs", [bytes([2]) * 32, bytes([1]) * 32]),
        "inputs",
    ),
    "digest of 16 bytes": (
        "countersignature",
        pb.Countersignature,
        _set("digest", bytes(16)),
        "digest",
    ),
    "difference of two lines": (
        "dispute",
        pb.Dispute,
        _set("first_difference", "a\nb"),
        "first_difference",
    ),
    "no difference": ("dispute", pb.Dispute, _set("first_difference", ""), "first_difference"),
    "unknown unit": ("determination", pb.Determination, _set("unit", "moons"), "unit"),
    "paid as something": ("determination", pb.Determination, _set("paid_as", "gift"), "paid_as"),
    "negative amount": (
        "determination",
        pb.Determination,
        _set("payable.minor_units", -1),
        "payable",
    ),
    "currency in small letters": (
        "determination",
        pb.Determination,
        _set("payable.currency", "eur"),
        "payable",
    ),
    "too many articles": (
        "determination",
        pb.Determination,
        _set("basis", ["Art"] * 257),
        "basis",
    ),
    "acknowledgement of a case": (
        "acknowledgement",
        pb.Acknowledgement,
        _set("header.case_id", "0c" * 16),
        "case_id",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_field_that_does_not_fit_is_refused_and_named(name: str) -> None:
    written, kind, change, field = REFUSED[name]
    message = _written(written, kind)
    change(message)
    assert _refused(written, message).context["field"] == field


def test_an_unknown_field_is_not_ignored_since_it_was_signed() -> None:
    payload = statement_to_payload(STATEMENTS["closure"]) + b"\xfa\x01\x00"
    with pytest.raises(InvalidInputError, match="unknown here"):
        statement_from_payload(type_of(STATEMENTS["closure"]), payload)


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_statement_cut_anywhere_is_refused_or_another_one(name: str) -> None:
    statement = STATEMENTS[name]
    payload = statement_to_payload(statement)
    for length in range(len(payload) - (type_of(statement) in BY_PERSONS)):  # JSON ends in a LF
        try:
            read = statement_from_payload(type_of(statement), payload[:length])
        except InvalidInputError:
            continue
        assert read != statement


def test_a_later_protocol_is_told_apart_from_bad_input() -> None:
    message = _written("closure", pb.Closure)
    assert isinstance(message, pb.Closure)
    message.header.protocol_version = 2
    with pytest.raises(UnsupportedVersionError, match="speaks version 1"):
        statement_from_payload(type_of(STATEMENTS["closure"]), message.SerializeToString())


def test_what_is_no_statement_or_too_large_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="protocol statement"):
        statement_from_payload("application/vnd.portability.entitlement.v1+protobuf", b"")
    with pytest.raises(InvalidInputError, match="are allowed"):
        statement_from_payload(type_of(STATEMENTS["closure"]), bytes(MAX_PAYLOAD_BYTES + 1))
    with pytest.raises(InvalidInputError, match="belongs to a stream"):
        case_statement_from_payload(type_of(ACKNOWLEDGEMENT), statement_to_payload(ACKNOWLEDGEMENT))


def test_the_claim_of_a_request_survives_the_wire() -> None:
    read = statement_from_payload(type_of(ASKED.statement), statement_to_payload(ASKED.statement))
    claim = read.claim  # type: ignore[union-attr]
    assert isinstance(claim, Claim)
    assert claim.award_date == date(2026, 2, 1)
    assert claim.parties == (INSS, CNAV)
