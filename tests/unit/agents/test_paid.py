"""What an auditor reads that is paid: of each case only what stands, and what may change of it."""

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from agents.auditor.findings import Findings
from agents.auditor.page import report_page
from agents.auditor.paid import paid_in
from agents.auditor.questions import Question
from agents.auditor.report import Fork, Report
from agents.auditor.results import take_all
from agents.auditor.standing import Known, standings
from agents.auditor.telling import tell_report
from agents.auditor.verification import verify_bundle
from agents.printing import Printer
from portability.core.money import parse_money
from portability.recognition.claim_withdrawal import claim_withdrawal
from portability.recognition.facts import read_facts
from portability.recognition.statements import (
    Closure,
    ClosureReason,
    Determination,
    Said,
)
from tests.unit.agents import lying_case
from tests.unit.agents.lying_case import LyingCase
from tests.unit.agents.rosa_case import CNAV, ES, NOW, trust
from tests.unit.recognition import contested_and_gone as gone
from tests.unit.recognition.story import ZUS, determination

BOTH = {"EUR": "1600.00"}


def decided_then_given_up(case: LyingCase) -> None:
    lying_case.decided(case)
    said = case.say(claim_withdrawal(case.header(ES), lying_case.CLAIM), "rosa")
    case.say(Closure(header=case.header(ES, said), reason=ClosureReason.WITHDRAWN), "ES node")


def decided_twice(case: LyingCase) -> None:
    """As after a loss of what had been signed: the same once more, and nothing is replaced."""
    lying_case.decided(case)
    again = case.content(case.decided[CNAV])
    case.say(replace(again, header=replace(again.header, salt=case.salt())), "cnav")


def decided_by_one(case: LyingCase) -> None:
    lying_case.examined(case)
    case.determine(CNAV)


def contested(case: LyingCase) -> None:
    lying_case.settled(case)
    case.object_to(case.decided[CNAV])


def report(tell: Callable[[LyingCase], None]) -> Report:
    case = lying_case.told(tell, None)
    assert not case.refused
    found = verify_bundle(case.bundle("ES"), trust(), NOW)
    assert found.verified, found.verdict
    return found


@pytest.mark.parametrize(
    ("tell", "total", "note", "together"),
    [
        (lying_case.settled, BOTH, "", "Together"),
        (lying_case.objected, BOTH, "replaced by the decision", "Together"),
        (decided_then_given_up, {}, "does not count: the case is closed as given up", ""),
        (decided_twice, BOTH, "says the same", "Together"),
        (decided_by_one, {"EUR": "1200.00"}, "", "Together so far"),
        (contested, BOTH, "the person objects to it, and that is not", "Together so far"),
        (lying_case.told_of, BOTH, "was corrected since, and it is not", "Together so far"),
    ],
)
def test_only_what_stands_is_added_and_what_may_change_is_told(
    tell: Callable[[LyingCase], None],
    total: dict[str, str],
    note: str,
    together: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = report(tell)
    assert dict(found.payable_total) == total
    tell_report(Printer(as_json=False), found)
    said = " ".join(capsys.readouterr().out.split())
    page = report_page(found, NOW).decode("utf-8")
    notes = {one for decision in found.determinations for one in decision.notes}
    assert any(note in one for one in notes) if note else not notes
    for where in (said, page):
        assert note in where
        for code, amount in total.items():
            assert amount in where
            assert code in where
    assert said.count("Together") == bool(together)
    if together:
        assert f"{together} {total['EUR']} EUR a month." in said
        assert f">{together}</th>" in page


def checked(*said: Said) -> Findings:
    found = Findings()
    found.checked = {
        one.statement_id: cast("Any", SimpleNamespace(content=one.statement)) for one in said
    }
    return found


def contents(*said: Said) -> dict[bytes, Determination]:
    return {
        one.statement_id: one.statement for one in said if isinstance(one.statement, Determination)
    }


def known(*said: Said) -> Known:
    case, refused = take_all("ES", said)
    assert not refused
    return Known(claim=gone.CLAIM, facts=read_facts(case))


def test_a_party_that_turned_out_to_have_no_part_pays_nothing_by_what_it_had_decided() -> None:
    after = known(*gone.AFTER)
    found = standings(contents(*gone.AFTER), after)
    (without,) = [one for one in found.values() if not one.counts]
    assert found[gone.DECIDED.statement_id] is without
    assert without.why == "does not count: PL/zus has no part in the result any more"
    assert after.is_decided


def test_what_was_decided_before_a_new_result_says_so() -> None:
    first = determination(gone.FIRST, CNAV)
    told, before = (*gone.BEFORE, first), gone.BEFORE[: gone.BEFORE.index(gone.END)]

    def note(*said: Said) -> tuple[str, ...]:
        return standings(contents(first), known(*said))[first.statement_id].but

    assert note(*before, first) == ()
    assert note(*told) == ("the history that it rests on counts no longer",)
    assert not known(*told, gone.SECOND).is_decided
    assert note(*told, gone.SECOND) == (
        "the result that it rests on was replaced, and it is not decided anew yet",
    )


def test_what_is_decided_for_now_says_whose_history_it_lacks_and_where_it_may_end() -> None:
    (one,) = contents(determination(gone.FIRST, CNAV)).values()
    low, high = parse_money("900.00 EUR"), parse_money("1100.00 EUR")
    for_now = replace(one, provisional=True, missing=(ZUS,), lower_bound=low, upper_bound=high)
    found = standings({b"it": for_now}, None)[b"it"]
    assert found.counts
    (note,) = found.but
    assert note == (
        "provisional, without all that PL/zus has to say, to be between 900.00 EUR and 1100.00 EUR "
        "in the end"
    )


def test_two_decisions_that_contradict_each_other_are_not_added_up() -> None:
    first = determination(gone.FIRST, CNAV)
    other = determination(gone.FIRST, CNAV, payable=110_000, salt=1)
    before = gone.BEFORE[: gone.BEFORE.index(gone.END)]
    found = standings(contents(first, other), known(*before, first, other))
    assert [one.counts for one in found.values()] == [False, False]
    assert found[first.statement_id].why.startswith("cannot be counted: its institution has signed")


def test_what_two_cases_pay_is_not_added_up(capsys: pytest.CaptureFixture[str]) -> None:
    """They may be about one benefit, as when a claim that was refused is made again."""
    first = determination(gone.FIRST, CNAV)
    header = replace(first.statement.header, case_id="f" * 32)
    second = Said(statement_id=b"other", statement=replace(first.statement, header=header))  # type: ignore[type-var]
    paid = paid_in(checked(first, second))
    assert [dict(one.total) for one in paid] == [{"EUR": "1000.00"}] * 2
    found = replace(report(lying_case.settled), paid=paid)
    assert found.payable_total == {}
    assert found.to_json()["payable_by_case"] == {one.case: dict(one.total) for one in paid}
    tell_report(Printer(as_json=False), found)
    said = capsys.readouterr().out
    page = report_page(found, NOW).decode("utf-8")
    for one in paid:
        assert f"Case {one.case}:" in said
        assert f'What is paid in the case <span class="id">{one.case}</span>' in page
    assert said.count("1000.00 EUR a month.") == len(paid)


def test_who_pays_nothing_is_not_said_to_pay_as_something(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A right that rests on no periods was told as 0 of 0 of them."""
    (paid,) = report(lying_case.settled).paid
    one = replace(paid.determinations[0], own=0, total=0, payable="0.00 EUR", is_paid=False)
    found = replace(report(lying_case.settled), paid=(replace(paid, determinations=(one,)),))
    tell_report(Printer(as_json=False), found)
    said = " ".join(capsys.readouterr().out.split())
    assert f"{one.party} pays nothing (883/2004" in said
    page = report_page(found, NOW).decode("utf-8")
    assert '<td class="amount" data-label="A month">nothing</td>' in page
    assert "0 of 0" not in said + page


def test_decisions_and_results_that_were_replaced_say_so_in_the_list_too(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """They were told as verified and nothing else, beside those that took their place."""
    found = report(lying_case.corrected)
    replaced = [one for one in found.statements if one.replaced is not None]
    assert sorted(one.kind for one in replaced) == [
        "determination", "determination", "entitlement", "reconciliation",
    ]  # fmt: skip
    tell_report(Printer(as_json=False), found)
    said = " ".join(capsys.readouterr().out.split())
    assert said.count("✓ but replaced") == 3
    assert said.count(", by the decision ") == 2
    assert said.count(", by the result ") == 1
    assert report_page(found, NOW).decode("utf-8").count("Counts no longer:") == len(replaced)
    (answer,) = [one for one in found.answers if one.question is Question.RESULT]
    assert "; 1 of them was corrected or withdrawn since" in answer.words


def test_two_logs_with_two_histories_are_both_named() -> None:
    forks = tuple(Fork(origin=origin, first="a\nb", second="c") for origin in ("a/log", "b/log"))
    found = replace(report(lying_case.settled), forks=forks)
    assert found.verdict == "NOT VERIFIED: a/log and b/log showed two histories each."
