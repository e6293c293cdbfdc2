"""Who takes part in a result, for which institutions each counts, and who must hear of what."""

from portability.consent.scope import Party
from portability.recognition.facts import read_facts
from portability.recognition.histories import History, read_histories
from portability.recognition.machine import replay
from portability.recognition.presence import recipients, set_apart, told
from portability.recognition.statements import HistoryOutcome, PermissionEnd, Reconciliation, Said
from tests.unit.recognition.story import (
    CLAIM,
    CNAV,
    INSS,
    ZUS,
    correction,
    permission_end,
    reconciliation,
    request,
    response,
    story,
)

AGIRC = Party(jurisdiction="FR", institution="agirc-arrco")


def result_of(said: Said) -> Reconciliation:
    assert isinstance(said.statement, Reconciliation)
    return said.statement


def test_of_several_institutions_of_one_country_each_counts_its_own_periods() -> None:
    claim = story(INSS, CNAV, AGIRC, ZUS).claim
    result = result_of(reconciliation(claim=claim))
    apart = {one: set_apart(claim, result, one) for one in claim.parties}
    assert apart == {INSS: "", CNAV: "cnav", AGIRC: "agirc-arrco", ZUS: ""}
    alone = result_of(reconciliation(claim=claim, not_insured=(AGIRC,)))
    assert {set_apart(claim, alone, one) for one in (INSS, CNAV, ZUS)} == {""}


def test_the_end_of_a_permission_goes_to_whoever_was_asked_under_it() -> None:
    permission = bytes([9]) * 32
    told_all = story(INSS, CNAV, ZUS)
    asked = (request(CNAV, claim=told_all.claim, permission=permission), told_all.requests[1])
    end = permission_end(permission, asked[0])
    case = replay("ES", [*asked, end])
    facts = read_facts(case)
    assert isinstance(end.statement, PermissionEnd)
    assert case.claim is not None
    assert {*told(case, case.claim, facts, end.statement)} == {"ES", "FR"}
    assert recipients(case, case.claim, facts, end.statement_id) == ("FR",)


def test_a_correction_of_a_correction_goes_to_the_same_as_the_first() -> None:
    told_all = story(INSS, CNAV, ZUS)
    first = correction(told_all.responses[0])
    second = correction(first, replaced=(bytes([77]) * 32,), added=(bytes([78]) * 32,))
    before = [*told_all.requests, *told_all.responses, told_all.reconciliation]
    case = replay("FR", [*before, first, second])
    assert case.claim is not None
    facts = read_facts(case)
    assert recipients(case, case.claim, facts, second.statement_id) == ("ES", "PL")
    assert recipients(case, case.claim, facts, first.statement_id) == ("ES", "PL")


def test_a_history_with_records_in_one_of_several_answers_has_records() -> None:
    first = request()
    none = response(first, HistoryOutcome.NONE)
    again = request(CNAV, none, salt=1)
    some = response(again, salt=1)
    case = replay("ES", [first, none, again, some])
    assert read_histories(case, CLAIM, read_facts(case)) == {CNAV: History.RECORDS}
    case = replay("ES", [first, none])
    assert read_histories(case, CLAIM, read_facts(case)) == {CNAV: History.NONE}
