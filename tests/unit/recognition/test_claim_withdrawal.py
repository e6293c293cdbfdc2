"""A claim that the person gives up: the document, who may say it, and what follows."""

import json
from collections.abc import Callable
from datetime import date

import pytest

from portability.errors import InvalidInputError, PreconditionError
from portability.recognition.case import CaseState, GiveUp, Send
from portability.recognition.claim_withdrawal import (
    MAX_DOCUMENT_BYTES,
    check_may_give_up,
    read_claim_withdrawal,
    write_claim_withdrawal,
)
from portability.recognition.machine import advance, replay
from portability.recognition.progress import progress
from portability.recognition.statements import ClaimWithdrawal, ClosureReason
from tests.unit.recognition.story import (
    CLAIM,
    CNAV,
    INSS,
    claim_withdrawal,
    closure,
    opened,
    story,
    with_header,
)

GIVEN_UP = claim_withdrawal()
assert isinstance(GIVEN_UP.statement, ClaimWithdrawal)
DOCUMENT = write_claim_withdrawal(GIVEN_UP.statement)
Change = Callable[[dict[str, object]], object]
CNAV_SAID = {"node": "FR", "institution": "cnav"}

REFUSED: dict[str, tuple[Change, str]] = {
    "another schema": (lambda one: one.update(schema="claim-withdrawal/2"), "schema"),
    "short nonce": (lambda one: one.update(nonce="AAAA"), "nonce"),
    "no nonce": (lambda one: one.pop("nonce"), "nonce"),
    "case in capitals": (lambda one: one.update(case="0A" * 16), "case"),
    "longer case": (lambda one: one.update(case="0a" * 17), "case"),
    "no such day": (lambda one: one.update(claim_date="2026-02-30"), "claim_date"),
    "time in place of a day": (
        lambda one: one.update(claim_date="2026-01-01T00:00:00Z"),
        "claim_date",
    ),
    "a node in place of an institution": (
        lambda one: one.update(lead={"node": "ES"}),
        "lead.institution",
    ),
    "free text": (lambda one: one.update(because="I stay"), "document"),
    "free text about somebody": (
        lambda one: one.update(others=[{**CNAV_SAID, "because": "I stay"}]),
        "others[0]",
    ),
    "somebody twice": (lambda one: one.update(others=[CNAV_SAID] * 2), "others"),
    "time in another zone": (
        lambda one: one.update(created_at="2026-03-02T09:00:00+01:00"),
        "created_at",
    ),
}


def test_what_is_written_is_read_back_and_names_before_whom_the_claim_is_given_up() -> None:
    assert read_claim_withdrawal(DOCUMENT) == GIVEN_UP.statement
    told = json.loads(DOCUMENT)
    assert told["lead"] == {"node": "ES", "institution": "inss"}
    assert told["others"] == [CNAV_SAID]
    assert told["claim_date"] == "2026-01-01"


@pytest.mark.parametrize("case", REFUSED)
def test_a_document_of_another_form_is_refused_by_the_name_of_the_member(case: str) -> None:
    change, field = REFUSED[case]
    told = json.loads(DOCUMENT)
    change(told)
    with pytest.raises(InvalidInputError) as refusal:
        read_claim_withdrawal(json.dumps(told).encode())
    assert refusal.value.context["field"] == field


def test_a_member_that_is_there_twice_is_refused() -> None:
    doubled = DOCUMENT.replace(b"{", b'{"schema": "claim-withdrawal/1",', 1)
    with pytest.raises(InvalidInputError):
        read_claim_withdrawal(doubled)


def test_a_document_beyond_measure_is_not_even_parsed() -> None:
    with pytest.raises(InvalidInputError, match="more than"):
        read_claim_withdrawal(b" " * (MAX_DOCUMENT_BYTES + 1))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"parties": (INSS,)}, "others"),
        ({"parties": (CNAV, INSS)}, "others"),
        ({"claim_date": date(2025, 1, 1)}, "claim_date"),
    ],
)
def test_a_claim_is_given_up_before_all_of_its_parties_or_not_at_all(
    changes: dict[str, object], field: str
) -> None:
    case = replay("FR", story().requests)
    with pytest.raises(InvalidInputError) as refusal:
        advance(case, claim_withdrawal(**changes))
    assert refusal.value.context["field"] == field


def test_only_the_node_of_the_lead_takes_it_in() -> None:
    case = replay("ES", story().requests)
    with pytest.raises(InvalidInputError, match="may not say this"):
        advance(case, with_header(GIVEN_UP, sender=CNAV.node))


def test_the_lead_sends_it_to_all_whom_it_asked_and_has_to_close_the_case() -> None:
    case, effects = advance(replay("ES", [opened(), *story().requests]), GIVEN_UP)
    assert effects == (
        Send(statement_id=GIVEN_UP.statement_id, to="FR"),
        GiveUp(withdrawals=(GIVEN_UP.statement_id,)),
    )
    end = closure(GIVEN_UP, reason=ClosureReason.WITHDRAWN)
    case, effects = advance(case, end)
    assert effects == (Send(statement_id=end.statement_id, to="FR"),)
    assert (progress(case).state, progress(case).duties) == (CaseState.CLOSED, ())


def test_another_party_works_no_more_on_it_and_closes_with_the_lead() -> None:
    told = story()
    end = closure(GIVEN_UP, reason=ClosureReason.WITHDRAWN)
    case = replay("FR", [*told.requests, end])
    assert progress(case).state is CaseState.COLLECTING, "it waits for what the person signed"
    case, _ = advance(case, GIVEN_UP)
    assert (progress(case).state, progress(case).duties) == (CaseState.CLOSED, ())
    early = replay("FR", [*told.requests, GIVEN_UP])
    assert progress(early).duties == ()


def test_nothing_is_settled_on_a_claim_that_is_given_up() -> None:
    case = replay("ES", [opened(), *story().everything[:-2], GIVEN_UP])
    with pytest.raises(InvalidInputError, match="Determination"):
        advance(case, closure(GIVEN_UP))


def test_it_may_be_given_up_until_it_is_settled_and_where_it_is_led() -> None:
    told = story()
    check_may_give_up(replay("ES", [opened(), *told.everything[:-1]]), CLAIM)
    with pytest.raises(PreconditionError, match=r"led by ES/inss; give it up there, in ES"):
        check_may_give_up(replay("FR", told.seen_by("FR")), CLAIM)
    with pytest.raises(PreconditionError, match="object to a decision that is wrong"):
        check_may_give_up(replay("ES", [opened(), *told.everything]), CLAIM)
    over = [GIVEN_UP, closure(GIVEN_UP, reason=ClosureReason.WITHDRAWN)]
    with pytest.raises(PreconditionError, match="given up already"):
        check_may_give_up(replay("ES", [opened(), *told.requests, *over]), CLAIM)
