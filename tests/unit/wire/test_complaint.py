"""Steps of complaints: what is signed is read back as it was, and nothing else is read."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portability.consent.scope import Party
from portability.errors import InvalidInputError, PreconditionError
from portability.recognition.complaint import (
    ComplaintAct,
    ComplaintStep,
    ComplaintTopic,
    check_escalation,
    may_escalate,
)
from portability.recognition.statements import Header
from portability.v1 import complaint_pb2 as pb
from portability.wire.complaint import (
    act_from_pb,
    act_to_pb,
    check_text,
    step_from_payload,
    step_to_payload,
)

NOW = datetime(2026, 3, 1, tzinfo=UTC)
INSS = Party(jurisdiction="ES", institution="inss")


def step(act: ComplaintAct, *predecessors: bytes, until: datetime | None = None) -> ComplaintStep:
    return ComplaintStep(
        header=Header(
            salt=bytes(32),
            case_id="",
            sender=Party(jurisdiction="ES"),
            created=NOW,
            predecessors=predecessors,
        ),
        act=act,
        actor=Party(jurisdiction="ES"),
        against=INSS,
        desk=INSS,
        topic=ComplaintTopic.DELAY,
        about=b"",
        text="Two years.",
        answer_by=until,
    )


FILED = step(ComplaintAct.FILED, until=NOW + timedelta(days=30))
ANSWERED = step(ComplaintAct.ANSWERED, bytes(32))
ESCALATED = step(ComplaintAct.ESCALATED, bytes(32), until=NOW + timedelta(days=90))


@pytest.mark.parametrize("said", [FILED, ANSWERED, ESCALATED], ids=["filed", "answered", "further"])
def test_what_was_signed_is_read_back(said: ComplaintStep) -> None:
    assert step_from_payload(step_to_payload(said)) == said


@pytest.mark.parametrize("act", ComplaintAct)
def test_each_act_has_a_number(act: ComplaintAct) -> None:
    assert act_from_pb(act_to_pb(act)) is act


def test_a_step_that_does_not_fit_its_place_is_refused() -> None:
    for wrong in (
        step(ComplaintAct.FILED, bytes(32), until=NOW),
        step(ComplaintAct.ANSWERED),
        step(ComplaintAct.FILED),
        step(ComplaintAct.ANSWERED, bytes(32), until=NOW),
    ):
        with pytest.raises(InvalidInputError):
            step_from_payload(step_to_payload(wrong))
    unknown = pb.ComplaintStep.FromString(step_to_payload(FILED))
    unknown.act = 99  # type: ignore[assignment]  # one that a later version may know
    with pytest.raises(InvalidInputError, match="act"):
        step_from_payload(unknown.SerializeToString())


def test_a_text_is_short_and_can_be_shown() -> None:
    assert check_text("una línea\nотра") == "una línea\nотра"
    for wrong in ("a" * 4_001, "\x07", "\u202e"):
        with pytest.raises(InvalidInputError):
            check_text(wrong)


def test_the_way_to_the_ombudsperson_opens_with_an_answer_or_with_the_term() -> None:
    assert not may_escalate([FILED], NOW + timedelta(days=30, seconds=-1))
    assert may_escalate([FILED], NOW + timedelta(days=30))
    assert may_escalate([FILED, ANSWERED], NOW)
    with pytest.raises(PreconditionError, match="already"):
        check_escalation([FILED, ANSWERED, ESCALATED], NOW + timedelta(days=900))


@given(st.binary(max_size=300))
def test_random_bytes_are_a_step_or_refused(payload: bytes) -> None:
    try:
        said = step_from_payload(payload)
    except InvalidInputError:
        return
    assert isinstance(said, ComplaintStep)
