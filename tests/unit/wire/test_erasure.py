"""Statements about erasures: written, read back, and refused where they contradict themselves."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portability.consent.scope import Party
from portability.errors import InvalidInputError, PortabilityError
from portability.recognition.erasure import (
    Erasure,
    ErasureAcknowledgement,
    ErasureBasis,
    ErasureNotice,
    ErasureOutcome,
    ErasureRefusal,
    ErasureStatement,
    HoldAct,
    LegalHold,
    RefusalReason,
)
from portability.recognition.statements import Header
from portability.v1 import erasure_pb2 as pb
from portability.wire.erasure import (
    ERASURE_TYPES,
    check_citation,
    erasure_statement_from_payload,
    erasure_statement_to_payload,
    erasure_statement_type,
)

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CASE = "c" * 32
HEADER = Header(
    salt=bytes(32), case_id="", sender=Party(jurisdiction="FR"), created=NOW, predecessors=()
)
ANSWERING = replace(HEADER, predecessors=(bytes([7]) * 32,))
CNAV = Party(jurisdiction="FR", institution="cnav")

ERASURE = Erasure(
    header=HEADER,
    actor=CNAV,
    basis=ErasureBasis.OBJECTION,
    citation="GDPR Art 21(1)",
    leaf_indexes=(0, 3, 2**62),
    erasures=2,
)
REFUSAL = ErasureRefusal(
    header=HEADER,
    actor=CNAV,
    basis=ErasureBasis.NO_LONGER_NEEDED,
    reason=RefusalReason.STATUTORY_RETENTION,
    citation="CSS art. L.161-17",
)
PLACED = LegalHold(header=HEADER, actor=CNAV, act=HoldAct.PLACED, citation="order 26/01234")
LIFTED = replace(PLACED, header=ANSWERING, act=HoldAct.LIFTED)
NOTICE = ErasureNotice(
    header=ANSWERING,
    recipient=Party(jurisdiction="ES", institution="inss"),
    cases=(CASE,),
    answer_by=NOW,
)
KEPT = ErasureAcknowledgement(
    header=ANSWERING,
    outcome=ErasureOutcome.KEPT,
    citation="GDPR Art 17(3)(b)",
    kept_cases=(CASE,),
)
ERASED = replace(KEPT, outcome=ErasureOutcome.ERASED, citation="", kept_cases=())

ALL = (ERASURE, REFUSAL, PLACED, LIFTED, NOTICE, KEPT, ERASED)


@pytest.mark.parametrize("said", ALL)
def test_what_is_written_is_read_back(said: ErasureStatement) -> None:
    signed_type = erasure_statement_type(said)
    assert ERASURE_TYPES[signed_type] is type(said)
    assert erasure_statement_from_payload(signed_type, erasure_statement_to_payload(said)) == said


@pytest.mark.parametrize(
    ("said", "field"),
    [
        (replace(ERASURE, leaf_indexes=(3, 0)), "leaf_indexes"),
        (replace(ERASURE, leaf_indexes=(3, 3)), "leaf_indexes"),
        (replace(ERASURE, leaf_indexes=(2**63,)), "leaf_indexes"),
        (replace(ERASURE, erasures=0), "erasures"),
        (replace(ERASURE, header=ANSWERING), "predecessors"),
        (replace(ERASURE, basis=ErasureBasis.NOTICE), "predecessors"),
        (replace(ERASURE, citation="two\nlines"), "citation"),
        (replace(ERASURE, citation="insured under 2690575116012"), "citation"),
        (replace(REFUSAL, citation=""), "citation"),
        (replace(PLACED, citation=""), "citation"),
        (replace(PLACED, header=ANSWERING), "predecessors"),
        (replace(LIFTED, header=HEADER), "predecessors"),
        (replace(NOTICE, header=HEADER), "predecessors"),
        (replace(NOTICE, cases=("persons/1",)), "cases"),
        (replace(NOTICE, cases=(CASE, CASE)), "cases"),
        (replace(KEPT, citation=""), "citation"),
        (replace(KEPT, kept_cases=()), "citation"),
        (replace(ERASED, kept_cases=(CASE,), citation="x"), "citation"),
        (replace(KEPT, header=HEADER), "predecessors"),
    ],
)
def test_what_contradicts_itself_is_refused_by_its_field(
    said: ErasureStatement, field: str
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        erasure_statement_from_payload(
            erasure_statement_type(said), erasure_statement_to_payload(said)
        )
    assert refused.value.context["field"] == field


def test_a_statement_belongs_to_no_case() -> None:
    said = replace(ERASURE, header=replace(HEADER, case_id=CASE))
    with pytest.raises(InvalidInputError, match="case_id"):
        erasure_statement_from_payload(
            erasure_statement_type(said), erasure_statement_to_payload(said)
        )


@pytest.mark.parametrize("field", ["basis", "header", "actor"])
def test_what_is_missing_is_refused(field: str) -> None:
    message = pb.Erasure.FromString(erasure_statement_to_payload(ERASURE))
    message.ClearField(field)
    with pytest.raises(InvalidInputError):
        erasure_statement_from_payload(erasure_statement_type(ERASURE), message.SerializeToString())


def test_a_ground_that_is_unknown_here_is_refused() -> None:
    message = pb.Erasure.FromString(erasure_statement_to_payload(ERASURE))
    message.basis = 99
    with pytest.raises(InvalidInputError, match="basis"):
        erasure_statement_from_payload(erasure_statement_type(ERASURE), message.SerializeToString())


@given(st.sampled_from(sorted(ERASURE_TYPES)), st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_in_our_words(signed_type: str, payload: bytes) -> None:
    try:
        said = erasure_statement_from_payload(signed_type, payload)
    except PortabilityError:
        return
    assert isinstance(said, ERASURE_TYPES[signed_type])


def test_another_type_of_payload_is_none_of_ours() -> None:
    with pytest.raises(InvalidInputError, match="payload type"):
        erasure_statement_from_payload(
            "application/vnd.portability.closure.v1+protobuf", erasure_statement_to_payload(ERASURE)
        )


@pytest.mark.parametrize("text", ["", "GDPR Art 17(3)(b)", "Regulation (EU) 2016/679", "n° 78-17"])
def test_provisions_are_cited(text: str) -> None:
    assert check_citation(text) == text
