"""Which version of the protocol a statement needs: its content decides, not its kind alone."""

from dataclasses import replace

import pytest

from portability.recognition.statements import (
    CaseStatement,
    ClosureReason,
    Correction,
    HistoryRequest,
    HistoryResponse,
    Reconciliation,
    Said,
    ShownFields,
)
from portability.recognition.versions import (
    AT_ONCE,
    GIVEN_UP,
    GROUNDS,
    HELD_BACK,
    LATEST,
    OLDEST,
    SECOND,
    TEXTS,
    spoken,
    version_needed,
)
from tests.unit.recognition import story
from tests.unit.recognition.story import CNAV, INSS

ASKED = story.request(CNAV)
ANSWERED = story.response(ASKED)
RESULT = story.reconciliation(ANSWERED)
DECIDED = (story.determination(RESULT, INSS), story.determination(RESULT, CNAV))

FIRST = {
    "request": ASKED,
    "response": ANSWERED,
    "result": RESULT,
    "countersignature": story.countersignature(RESULT),
    "dispute": story.dispute(RESULT),
    "determination": DECIDED[0],
    "closure": story.closure(*DECIDED),
}
LATER = {
    "summary": story.summary(*DECIDED),
    "objection": story.objection(DECIDED[0]),
    "permission-end": story.permission_end(ASKED),
    "correction": story.correction(ANSWERED),
}


@pytest.mark.parametrize("name", sorted(FIRST))
def test_what_the_first_version_knows_is_for_everybody(name: str) -> None:
    assert version_needed(FIRST[name].statement) == OLDEST


@pytest.mark.parametrize("name", sorted(LATER))
def test_what_came_later_needs_a_later_version(name: str) -> None:
    assert version_needed(LATER[name].statement) == SECOND


def of(said: Said, kind: type[CaseStatement], **changes: object) -> CaseStatement:
    assert isinstance(said.statement, kind)
    return replace(said.statement, **changes)  # type: ignore[arg-type]


def test_a_known_kind_with_later_content_needs_a_later_version() -> None:
    shown = (ShownFields(record=bytes(32), fields=("start_date",)),)
    for statement in (
        of(RESULT, Reconciliation, not_insured=(CNAV,)),
        of(RESULT, Reconciliation, missing=(CNAV,)),
        of(ANSWERED, HistoryResponse, shown=shown),
        of(ASKED, HistoryRequest, datatypes=("contribution-period", "awarded-entitlement")),
    ):
        assert version_needed(statement) == SECOND


def test_a_history_that_is_held_back_in_part_is_told_in_a_later_version_alone() -> None:
    assert version_needed(of(ANSWERED, HistoryResponse, held_back=True)) == HELD_BACK
    assert version_needed(of(RESULT, Reconciliation, held_back=(CNAV,))) == HELD_BACK
    replaced = story.correction(ANSWERED, replaced=(bytes(32),), added=())
    assert version_needed(of(replaced, Correction, held_back=True)) == HELD_BACK
    assert version_needed(replaced.statement) == SECOND


def test_what_one_message_of_the_first_version_cannot_hold_waits_for_pages() -> None:
    many = tuple(number.to_bytes(32) for number in range(AT_ONCE + 1))
    for said, field in ((ANSWERED, "records"), (RESULT, "inputs")):
        kind = type(said.statement)
        assert version_needed(of(said, kind, **{field: many[1:]})) == OLDEST
        assert version_needed(of(said, kind, **{field: many})) == SECOND


def test_a_decision_that_names_who_agreed_needs_a_later_version() -> None:
    signed = story.countersignature(RESULT)
    named = story.determination(RESULT, INSS, grounds=(signed,))
    assert version_needed(named.statement) == GROUNDS
    plain = story.determination(RESULT, INSS).statement
    assert version_needed(plain) == OLDEST
    assert version_needed(replace(plain, facts=bytes(range(32)))) == GROUNDS


def test_a_request_under_a_text_that_was_replaced_needs_a_later_version() -> None:
    assert version_needed(of(ASKED, HistoryRequest, text=bytes(32))) == TEXTS


def test_a_claim_that_is_given_up_is_told_to_everybody_and_how_in_the_latest_version() -> None:
    given_up = story.claim_withdrawal()
    assert version_needed(given_up.statement) == GIVEN_UP == LATEST
    naming = story.closure(given_up, reason=ClosureReason.WITHDRAWN)
    assert version_needed(naming.statement) == GIVEN_UP
    assert version_needed(story.closure(reason=ClosureReason.WITHDRAWN).statement) == OLDEST


@pytest.mark.parametrize(("announced", "speaks"), [(0, 1), (1, 1), (2, 2), (7, 7)])
def test_whoever_announces_nothing_speaks_the_first_version(announced: int, speaks: int) -> None:
    assert spoken(announced) == speaks


def test_a_statement_says_nothing_of_which_its_maker_did_not_think() -> None:
    """Signed bytes hold only what is so: each of these marks is left out where it is not set."""
    assert not story.reminder(ASKED, CNAV).statement.escalated  # type: ignore[union-attr]
    assert not story.correction(ANSWERED).statement.held_back  # type: ignore[union-attr]
    assert not story.objection(DECIDED[0]).statement.by_person  # type: ignore[union-attr]
