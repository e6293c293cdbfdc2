"""Consent at a counter: who may sign for whom, and what must have been said back."""

from dataclasses import replace
from datetime import timedelta

import pytest

from portability.consent.assisted import (
    QUESTIONS,
    AssistantRecord,
    AssistantRole,
    AssistedEvidence,
    ReadBack,
    check_alone,
    check_independence,
    check_understood,
)
from portability.consent.scope import Party
from portability.errors import InvalidInputError, PreconditionError
from tests.unit.consent.world import AT_CNAV, AT_INSS, INSS, NOW, ROSA

COUNTER = Party(jurisdiction="ES", institution="imserso")
WORKER = AssistantRecord(
    id="01890a5d-ac96-774b-bcce-b302099a8057",
    nonce=bytes(32),
    role=AssistantRole.WORKER,
    organisation=COUNTER,
    unit="desk-1",
    public_key=ROSA.public,
    valid_from=NOW,
)
WITNESS = replace(WORKER, role=AssistantRole.WITNESS, unit="mediation", public_key=INSS.public)
EVIDENCE = AssistedEvidence(
    nonce=bytes(32),
    act=bytes([2]) * 32,
    worker=bytes([3]) * 32,
    language="ar",
    mode="read-aloud",
    read_back=(ReadBack(question="purpose", correct=True),),
    has_capacity=True,
    place="madrid-3",
    device="desk-1",
    copy="paper",
    started_at=NOW,
    ended_at=NOW,
)
ALL_RIGHT = tuple(ReadBack(question=question, correct=True) for question in QUESTIONS)


def test_two_of_different_units_or_organisations_may_sign_together() -> None:
    check_independence(WORKER, WITNESS, AT_INSS)
    elsewhere = Party(jurisdiction="ES", institution="red-cross")
    check_independence(WORKER, replace(WITNESS, unit="desk-1", organisation=elsewhere), AT_INSS)


@pytest.mark.parametrize(
    ("worker", "witness", "requester", "words"),
    [
        (WITNESS, WITNESS, AT_INSS, "as a worker and as a witness"),
        (WORKER, WORKER, AT_INSS, "as a worker and as a witness"),
        (WITNESS, WORKER, AT_INSS, "as a worker and as a witness"),
        (WORKER, replace(WITNESS, public_key=ROSA.public), AT_INSS, "are one"),
        (replace(WORKER, organisation=AT_CNAV), WITNESS, AT_CNAV, "institution that asks"),
        (WORKER, replace(WITNESS, organisation=AT_CNAV), AT_CNAV, "institution that asks"),
        (WORKER, replace(WITNESS, unit="desk-1"), AT_INSS, "of another unit"),
    ],
)
def test_nobody_attends_who_depends_on_the_other_or_on_whoever_asks(
    worker: AssistantRecord, witness: AssistantRecord, requester: Party, words: str
) -> None:
    with pytest.raises(PreconditionError, match=words):
        check_independence(worker, witness, requester)


def test_alone_signs_a_worker_who_is_not_of_whoever_asks() -> None:
    check_alone(WORKER, AT_INSS)
    with pytest.raises(PreconditionError, match="enrolled as a worker"):
        check_alone(WITNESS, AT_INSS)
    with pytest.raises(PreconditionError, match="institution that asks"):
        check_alone(WORKER, COUNTER)


def test_nothing_is_signed_before_all_of_it_was_said_back_rightly() -> None:
    check_understood(ALL_RIGHT, has_capacity=True)
    for place, question in enumerate(QUESTIONS):
        wrong = [*ALL_RIGHT]
        wrong[place] = ReadBack(question=question, correct=False)
        for answers in (wrong, [*ALL_RIGHT[:place], *ALL_RIGHT[place + 1 :]]):
            with pytest.raises(PreconditionError, match=f"say back: {question};") as refused:
                check_understood(answers, has_capacity=True)
            assert refused.value.context["missing"] == question
    with pytest.raises(PreconditionError, match="does not understand"):
        check_understood(ALL_RIGHT, has_capacity=False)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"witness": bytes([4]) * 32}, "witness_relation"),
        ({"witness_relation": "mediator"}, "witness_relation"),
        ({"witness": b"short", "witness_relation": "mediator"}, "witness"),
        ({"witness": bytes([4]) * 32, "witness_relation": "her friend"}, "witness_relation"),
        ({"scan": b"short"}, "scan"),
        ({"read_back": ()}, "read_back"),
        ({"read_back": EVIDENCE.read_back * 2}, "read_back"),
        ({"read_back": (ReadBack(question="what now?", correct=True),)}, "read_back"),
        ({"ended_at": NOW - timedelta(seconds=1)}, "ended_at"),
        (
            {"started_at": NOW.replace(microsecond=5), "ended_at": NOW + timedelta(seconds=1)},
            "started_at",
        ),
    ],
)
def test_evidence_that_contradicts_itself_is_refused(
    changes: dict[str, object], field: str
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        replace(EVIDENCE, **changes)  # type: ignore[arg-type]
    assert refused.value.context["field"] == field


def test_whoever_assists_does_so_for_an_institution() -> None:
    with pytest.raises(InvalidInputError, match="organisation"):
        replace(WORKER, organisation=Party(jurisdiction="ES"))
