"""The case as a machine: what each statement makes of it, and what then is due."""

from dataclasses import replace

import pytest

from portability.consent.scope import Party
from portability.errors import InvalidInputError
from portability.recognition.case import (
    AnswerHistory,
    Case,
    CaseState,
    Close,
    Countersign,
    Determine,
    Reconcile,
    Send,
    SetAside,
    Summarise,
    Tick,
)
from portability.recognition.facts import read_facts
from portability.recognition.machine import advance, advance_reading, read, replay
from portability.recognition.presence import recipients
from portability.recognition.progress import progress
from portability.recognition.statements import ClosureReason, HistoryOutcome, Said
from tests.unit.recognition.story import (
    CASE_ID,
    CLAIM,
    CNAV,
    INSS,
    ZUS,
    Story,
    closure,
    countersignature,
    determination,
    dispute,
    opened,
    reconciliation,
    request,
    response,
    story,
    with_header,
)

LEAD, OTHER = "ES", "FR"


def test_a_case_that_nobody_has_described_collects_and_awaits_nobody() -> None:
    found = progress(Case(own=LEAD))
    assert (found.state, found.awaiting, found.duties) == (CaseState.COLLECTING, (), ())


def test_the_lead_walks_from_request_to_closure_and_is_told_each_next_step() -> None:
    told = story()
    case, effects = advance(Case(own=LEAD), opened())
    assert (progress(case).state, progress(case).awaiting) == (CaseState.COLLECTING, (CNAV,))
    assert effects == ()
    asked = told.requests[0]
    case, effects = advance(case, asked)
    assert effects == (Send(statement_id=asked.statement_id, to=OTHER),)
    answered = told.responses[0]
    case, effects = advance(case, answered)
    assert effects == (Reconcile(basis=(answered.statement_id,), supersedes=b""),)
    assert (progress(case).state, progress(case).awaiting) == (
        CaseState.RECONCILING,
        (INSS.node,),
    )
    result = told.reconciliation
    case, effects = advance(case, result)
    assert effects == (Send(statement_id=result.statement_id, to=OTHER),)
    assert progress(case).awaiting == (CNAV.node,)
    case, effects = advance(case, told.countersignatures[0])
    assert effects == (Determine(institution=INSS, reconciliation_id=result.statement_id),)
    assert (progress(case).state, progress(case).awaiting) == (CaseState.AGREED, (INSS, CNAV))
    own, other = told.determinations
    case, effects = advance(case, own)
    assert effects == (Send(statement_id=own.statement_id, to=OTHER),)
    case, effects = advance(case, other)
    both = tuple(sorted((own.statement_id, other.statement_id)))
    assert effects == (Summarise(determinations=both),)
    assert progress(case).awaiting == (INSS.node,)
    case, effects = advance(case, told.summary)
    assert effects == (
        Send(statement_id=told.summary.statement_id, to=OTHER),
        Close(determinations=both),
    )
    case, effects = advance(case, told.closure)
    assert effects == (Send(statement_id=told.closure.statement_id, to=OTHER),)
    found = progress(case)
    assert (found.state, found.awaiting, found.digest) == (CaseState.CLOSED, (), bytes([5]) * 32)
    assert found.reconciliation_id == result.statement_id


def test_the_other_party_answers_countersigns_and_determines() -> None:
    told = story()
    case, effects = advance(Case(own=OTHER), told.requests[0])
    assert effects == (AnswerHistory(request_id=told.requests[0].statement_id),)
    assert progress(case).awaiting == (CNAV,)
    case, effects = advance(case, told.responses[0])
    assert effects == (Send(statement_id=told.responses[0].statement_id, to=LEAD),)
    assert (progress(case).state, progress(case).awaiting) == (
        CaseState.COLLECTING,
        (INSS.node,),
    )
    result = told.reconciliation
    case, effects = advance(case, result)
    assert effects == (Countersign(reconciliation_id=result.statement_id),)
    assert progress(case).state is CaseState.RECONCILING
    case, effects = advance(case, told.countersignatures[0])
    assert effects == (
        Send(statement_id=told.countersignatures[0].statement_id, to=LEAD),
        Determine(institution=CNAV, reconciliation_id=result.statement_id),
    )
    for one in (*told.determinations, told.closure):
        case, _ = advance(case, one)
    assert progress(case).state is CaseState.CLOSED


def test_of_three_parties_each_ends_with_the_same_digest() -> None:
    told = story(INSS, CNAV, ZUS)
    ends = [progress(replay(one, told.seen_by(one))) for one in ("ES", "FR", "PL")]
    assert {end.state for end in ends} == {CaseState.CLOSED}
    assert {end.digest for end in ends} == {bytes([5]) * 32}


def test_a_tick_repeats_what_is_still_due_and_changes_nothing() -> None:
    asked = request()
    case = replay(OTHER, [asked, Tick()])
    assert advance(case, Tick()) == (case, (AnswerHistory(request_id=asked.statement_id),))


def test_the_same_statement_again_changes_nothing_and_asks_for_nothing() -> None:
    told = story()
    case = replay(OTHER, told.seen_by(OTHER))
    for one in told.seen_by(OTHER):
        assert advance(case, one) == (case, ())


def test_whoever_keeps_what_was_read_of_a_case_goes_on_as_everybody_does() -> None:
    told = story()
    case = Case(own=LEAD)
    reading = read(case)
    for event in (opened(), *told.everything, told.requests[0], told.closure):
        case, effects = advance(case, event)
        before = reading
        reading, same = advance_reading(reading, event)
        assert (reading, same) == (read(case), effects)
        assert (reading is before) == (reading.case == before.case)


def test_a_case_is_opened_for_a_claim_that_can_be_one() -> None:
    alone = replace(CLAIM, parties=CLAIM.parties[:1])
    with pytest.raises(InvalidInputError, match="2 to 64 parties"):
        advance(Case(own=LEAD), opened(alone))


def test_what_waits_already_does_not_wait_twice() -> None:
    told = story()
    case, _ = advance(Case(own=LEAD), told.closure)
    assert advance(case, told.closure) == (case, ())
    elsewhere = with_header(told.closure, case_id="0d" * 16)
    same_name = Said(statement_id=told.closure.statement_id, statement=elsewhere.statement)
    assert advance(case, same_name) == (case, ())


def test_a_statement_waits_for_what_it_builds_on() -> None:
    told = story()
    case = Case(own=OTHER)
    for one in reversed(told.seen_by(OTHER)[1:]):
        case, effects = advance(case, one)
        assert effects == ()
        assert not case.accepted
    case, effects = advance(case, told.requests[0])
    assert progress(case).state is CaseState.CLOSED
    assert not case.waiting
    assert all(isinstance(effect, Send) for effect in effects)


def test_what_waited_and_turns_out_unacceptable_is_set_aside_with_its_cause() -> None:
    asked = request()
    wrong = with_header(response(asked), sender=ZUS.node)
    case, _ = advance(Case(own=OTHER), wrong)
    assert list(case.waiting) == [wrong.statement_id]
    case, effects = advance(case, asked)
    assert not case.waiting
    assert effects[0] == SetAside(
        statement_id=wrong.statement_id,
        cause="PL/node may not say this in the case; only FR/node may",
    )


def test_a_refused_history_waits_for_a_permission_and_a_new_request_goes_on() -> None:
    asked = request()
    refused = response(asked, HistoryOutcome.REFUSED)
    case = replay(LEAD, [opened(), asked, refused])
    assert (progress(case).state, progress(case).awaiting) == (CaseState.REFUSED, (INSS,))
    assert progress(replay(OTHER, [asked, refused])).state is CaseState.REFUSED
    again = request(CNAV, refused, salt=1)
    case, effects = advance(case, again)
    assert effects == (Send(statement_id=again.statement_id, to=OTHER),)
    assert progress(case).state is CaseState.COLLECTING
    case, effects = advance(case, response(again))
    assert progress(case).state is CaseState.RECONCILING


def test_an_answer_that_announces_a_later_one_is_awaited_still() -> None:
    asked = request()
    later = response(asked, HistoryOutcome.NOT_BEFORE)
    case = replay(LEAD, [opened(), asked, later])
    assert progress(case).state is CaseState.COLLECTING
    case, _ = advance(case, response(asked, HistoryOutcome.NONE))
    assert progress(case).state is CaseState.RECONCILING
    assert progress(case).contradictions == ()


def test_the_lead_waits_for_every_history_before_it_reconciles() -> None:
    told = story(INSS, CNAV, ZUS)
    case = replay(LEAD, [*told.requests, told.responses[0]])
    assert (progress(case).state, progress(case).duties) == (CaseState.COLLECTING, ())
    refused = response(told.requests[1], HistoryOutcome.REFUSED)
    case, effects = advance(case, refused)
    assert (progress(case).state, effects) == (CaseState.REFUSED, ())


def test_a_later_history_asks_for_a_reconciliation_that_replaces_the_first() -> None:
    told = story()
    late = response(request(salt=1), salt=1, record=2)
    case = replay(LEAD, [*told.requests, *told.responses, told.reconciliation])
    case, _ = advance(case, request(salt=1))
    case, effects = advance(case, late)
    both = tuple(sorted((told.responses[0].statement_id, late.statement_id)))
    first = told.reconciliation.statement_id
    assert effects == (Reconcile(basis=both, supersedes=first),)
    second = reconciliation(told.responses[0], late, digest=6, supersedes=first)
    case, _ = advance(case, second)
    found = progress(case)
    assert (found.reconciliation_id, found.digest) == (second.statement_id, bytes([6]) * 32)
    assert (found.duties, found.contradictions) == ((), ())


def test_a_dispute_stops_the_case() -> None:
    told = story()
    case = replay(LEAD, [*told.requests, *told.responses, told.reconciliation])
    case, effects = advance(case, dispute(told.reconciliation))
    assert effects == ()
    assert (progress(case).state, progress(case).awaiting) == (CaseState.DISPUTED, (INSS,))


def test_a_dispute_of_one_party_outweighs_the_countersignature_of_another() -> None:
    told = story(INSS, CNAV, ZUS)
    before = [*told.requests, *told.responses, told.reconciliation, told.countersignatures[0]]
    case = replay(LEAD, [*before, dispute(told.reconciliation, ZUS)])
    assert progress(case).state is CaseState.DISPUTED


def test_two_answers_to_one_request_are_kept_as_a_contradiction() -> None:
    asked = request()
    two = [response(asked), response(asked, record=2)]
    case = replay(LEAD, [opened(), asked, *two])
    found = progress(case)
    assert found.contradictions == (tuple(sorted(one.statement_id for one in two)),)
    assert (found.state, found.duties) == (CaseState.DISPUTED, ())


def test_one_answer_said_twice_in_other_words_is_no_contradiction() -> None:
    asked = request()
    case = replay(LEAD, [opened(), asked, response(asked), response(asked, salt=1)])
    found = progress(case)
    assert found.contradictions == ()
    assert found.state is CaseState.RECONCILING


def test_two_reconciliations_that_differ_leave_none_in_force() -> None:
    told = story()
    other = reconciliation(told.responses[0], digest=6)
    before = [*told.requests, *told.responses]
    case = replay(OTHER, [*before, told.reconciliation, other])
    found = progress(case)
    assert (found.state, found.reconciliation_id) == (CaseState.DISPUTED, b"")
    assert found.duties == ()


def test_one_reconciliation_said_twice_stays_in_force() -> None:
    told = story()
    again = reconciliation(told.responses[0], salt=1)
    case = replay(OTHER, [*told.requests, *told.responses, told.reconciliation, again])
    first = min(told.reconciliation.statement_id, again.statement_id)
    assert progress(case).duties == (Countersign(reconciliation_id=first),)


def test_a_countersignature_and_a_dispute_of_one_party_contradict_each_other() -> None:
    told = story()
    both = [told.countersignatures[0], dispute(told.reconciliation)]
    case = replay(LEAD, [*told.requests, *told.responses, told.reconciliation, *both])
    assert progress(case).contradictions == (tuple(sorted(one.statement_id for one in both)),)


def test_a_determination_can_replace_an_earlier_one_of_the_same_institution() -> None:
    told = story()
    agreed = [
        *told.requests,
        *told.responses,
        told.reconciliation,
        *told.countersignatures,
        *told.determinations,
    ]
    first = told.determinations[0]
    better = determination(
        told.reconciliation, INSS, supersedes=first.statement_id, payable=100_001
    )
    case = replay(LEAD, [*agreed, better])
    found = progress(case)
    assert found.determined[INSS] == better.statement_id
    assert found.contradictions == ()
    unnamed = determination(told.reconciliation, INSS, payable=100_001)
    assert progress(replay(LEAD, [*agreed, unnamed])).contradictions


def test_a_case_can_end_by_withdrawal_at_any_time() -> None:
    withdrawn = closure(reason=ClosureReason.WITHDRAWN)
    told = story()
    early = replay(OTHER, [told.requests[0], withdrawn])
    late = replay(OTHER, [*told.seen_by(OTHER)[:3], withdrawn])
    assert progress(early).state is CaseState.CLOSED
    assert progress(early).duties == ()
    assert progress(late).state is CaseState.CLOSED


def test_a_closure_does_not_count_before_all_have_countersigned() -> None:
    told = story()
    case = replay(
        OTHER,
        [*told.requests, *told.responses, told.reconciliation, *told.determinations, told.closure],
    )
    assert progress(case).state is CaseState.RECONCILING
    case, _ = advance(case, told.countersignatures[0])
    assert progress(case).state is CaseState.CLOSED


def test_a_reconciliation_waits_at_a_party_whose_answer_it_does_not_name() -> None:
    told = story(INSS, CNAV, ZUS)
    without = reconciliation(told.responses[1], claim=told.claim)
    case = replay(OTHER, [told.requests[0], told.responses[0], without])
    assert list(case.waiting) == [without.statement_id]


def _to(own: str, told: Story, statement: Said) -> tuple[str, ...]:
    case = replay(own, told.seen_by(own))
    assert case.claim is not None
    return recipients(case, case.claim, read_facts(case), statement.statement_id)


def test_recipients_are_the_asked_the_lead_or_everybody_else() -> None:
    told = story(INSS, CNAV, ZUS)
    assert _to("ES", told, told.requests[1]) == ("PL",)
    assert _to("PL", told, told.responses[1]) == ("ES",)
    assert _to("PL", told, told.countersignatures[1]) == ("ES", "FR")
    assert _to("ES", told, told.closure) == ("FR", "PL")


def test_a_case_cannot_be_opened_for_two_claims_or_under_two_ids() -> None:
    case = replay(LEAD, [opened()])
    assert advance(case, opened())[0] == case
    with pytest.raises(InvalidInputError, match="another claim"):
        advance(case, opened(replace(CLAIM, agreement_version="2025-2")))
    with pytest.raises(InvalidInputError, match="another case"):
        advance(case, replace(opened(), case_id="0d" * 16))


def _before(count: int) -> list[Said]:
    return story(INSS, CNAV, ZUS).everything[:count]


_CLAIM3 = story(INSS, CNAV, ZUS).claim
_TOLD = story(INSS, CNAV, ZUS)
_RESULT = _TOLD.reconciliation

REFUSED = {
    "a request by another institution": (0, with_header(request(claim=_CLAIM3), sender=ZUS)),
    "a request by a node": (0, with_header(request(claim=_CLAIM3), sender=INSS.node)),
    "a request to somebody else": (
        0,
        request(Party(jurisdiction="DE", institution="drv"), claim=_CLAIM3),
    ),
    "a request to the lead itself": (0, request(INSS, claim=_CLAIM3)),
    "a request for another claim": (1, request(CNAV, claim=CLAIM)),
    "a request on a reconciliation": (5, request(CNAV, _RESULT, claim=_CLAIM3)),
    "a request in another case": (
        1,
        with_header(request(CNAV, claim=_CLAIM3, salt=1), case_id="0d" * 16),
    ),
    "a request of one party": (0, request(claim=replace(CLAIM, parties=(INSS,)))),
    "a request that names a party twice": (
        0,
        request(claim=replace(CLAIM, parties=(INSS, CNAV, CNAV))),
    ),
    "a request that names a node as party": (
        0,
        request(CNAV.node, claim=replace(CLAIM, parties=(INSS, CNAV.node))),
    ),
    "a request within one jurisdiction": (
        0,
        request(claim=replace(CLAIM, parties=(INSS, Party(jurisdiction="ES", institution="ism")))),
    ),
    "an answer of another node": (2, with_header(_TOLD.responses[0], sender=ZUS.node)),
    "an answer of an institution": (2, with_header(_TOLD.responses[0], sender=CNAV)),
    "an answer to two requests": (
        2,
        with_header(
            _TOLD.responses[0],
            predecessors=tuple(one.statement_id for one in _TOLD.requests),
        ),
    ),
    "an answer to an answer": (
        3,
        with_header(
            _TOLD.responses[1], predecessors=(_TOLD.responses[0].statement_id,), salt=b"1" * 32
        ),
    ),
    "a reconciliation by another node": (4, with_header(_RESULT, sender=CNAV.node)),
    "a reconciliation of nothing": (4, reconciliation(claim=_CLAIM3)),
    "a reconciliation of requests": (4, reconciliation(*_TOLD.requests, claim=_CLAIM3)),
    "a reconciliation under another version": (
        4,
        reconciliation(*_TOLD.responses, claim=replace(_CLAIM3, agreement_version="1")),
    ),
    "a reconciliation that replaces an answer": (
        4,
        reconciliation(*_TOLD.responses, claim=_CLAIM3, supersedes=_TOLD.responses[0].statement_id),
    ),
    "a countersignature by the lead": (5, countersignature(_RESULT, INSS)),
    "a countersignature by a stranger": (
        5,
        countersignature(_RESULT, Party(jurisdiction="DE", institution="drv")),
    ),
    "a countersignature by an institution": (
        5,
        with_header(countersignature(_RESULT), sender=CNAV),
    ),
    "a countersignature of another digest": (
        5,
        countersignature(replace(_RESULT, statement=replace(_RESULT.statement, digest=bytes(32)))),
    ),
    "a dispute by the lead": (5, dispute(_RESULT, INSS)),
    "a determination by a node": (7, determination(_RESULT, INSS.node)),
    "a determination by a stranger": (
        7,
        determination(_RESULT, Party(jurisdiction="FR", institution="msa")),
    ),
    "a determination on an answer": (7, determination(_TOLD.responses[0], INSS)),
    "a determination that replaces another institution's": (
        8,
        determination(_RESULT, CNAV, supersedes=_TOLD.determinations[0].statement_id),
    ),
    "a closure by another node": (10, with_header(_TOLD.closure, sender=CNAV.node)),
    "a closure without one of the determinations": (
        10,
        closure(*_TOLD.determinations[:2], claim=_CLAIM3),
    ),
    "a closure on countersignatures": (10, closure(*_TOLD.countersignatures, claim=_CLAIM3)),
}


@pytest.mark.parametrize("name", REFUSED)
def test_who_may_not_say_something_is_refused_and_the_case_stays(name: str) -> None:
    count, statement = REFUSED[name]
    case = replay(LEAD, _before(count))
    with pytest.raises(InvalidInputError) as refusal:
        advance(case, statement)
    assert refusal.value.context["field"]
    assert statement.statement_id not in {*case.accepted, *case.waiting}


def test_a_closure_on_determinations_of_two_reconciliations_is_refused() -> None:
    told = story()
    first = told.reconciliation
    second = reconciliation(told.responses[0], digest=6, supersedes=first.statement_id)
    mixed = [determination(first, INSS), determination(second, CNAV)]
    case = replay(LEAD, [*told.requests, *told.responses, first, second, *mixed])
    with pytest.raises(InvalidInputError, match="different reconciliations"):
        advance(case, closure(*mixed))


def test_the_case_id_of_the_first_statement_is_that_of_the_case() -> None:
    case = replay(OTHER, [response(request())])
    assert (case.case_id, case.claim) == (CASE_ID, None)
