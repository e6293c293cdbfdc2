"""A decision on facts of national law, computed again from the facts that it names."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from agents.auditor import main
from agents.auditor.decisions import check_determination
from agents.auditor.questions import Holds
from agents.auditor.recomputing import Held
from agents.auditor.replay import Follows, ReplayStep, case_ids, replay
from agents.auditor.verification import examine_bundle
from agents.bundle_archive import write_bundle
from portability.agreements import pack_source
from portability.core.deciding import OwnClaim, decide
from portability.core.money import parse_money
from portability.core.pack_parser import parse_pack
from portability.core.periods import Branch, Duration
from portability.ledger.envelope import kind_of
from portability.recognition.decision_check import determination_of
from portability.recognition.stated_facts import (
    FACTS_TYPE,
    StatedFacts,
    documents_of,
    read_stated_facts,
    write_stated_facts,
)
from portability.recognition.statements import Determination
from portability.wire.record import RECORD_TYPE
from tests.unit.agents.decided import SET_OFF, decided_on
from tests.unit.agents.rosa_case import NOW, ROOT, RosasCase, bundle_of, trust
from tests.unit.agents.two_sides import exported

Change = Callable[[Determination], Determination]

LIES: dict[str, tuple[Change, str, str]] = {
    "nothing set off": (
        lambda said: replace(
            said, independent=parse_money("1200.00 EUR"), payable=parse_money("1200.00 EUR")
        ),
        "the independent amount: 1080.00 EUR computed again, 1200.00 EUR signed",
        "by 883/2004 Art 52(1)(a); 883/2004 Art 55",
    ),
    "another theoretical amount": (
        lambda said: replace(said, theoretical=parse_money("1400.00 EUR")),
        "the theoretical amount: 1500.00 EUR computed again, 1400.00 EUR signed",
        "by 883/2004 Art 52(1)(b)(i)",
    ),
    "fewer periods": (
        lambda said: replace(said, own=239),
        "the own periods: 240 computed again, 239 signed",
        "by 883/2004 Art 6",
    ),
    "no right alone": (
        lambda said: replace(said, meets_minimum_alone=False),
        "the right on own periods: yes computed again, no signed",
        "by 883/2004 Art 6",
    ),
    "an article left out": (
        lambda said: replace(said, basis=said.basis[:1]),
        "the articles: ",
        "883/2004 Art 52(1)(a) signed",
    ),
    "bounds of a final one": (
        lambda said: replace(said, lower_bound=parse_money("1.00 EUR")),
        "the bounds: none computed again, 1.00 EUR to none signed",
        "",
    ),
}


def step_of(case: RosasCase, decision: bytes) -> ReplayStep:
    examined = examine_bundle(bundle_of(case.files()), trust(), NOW)
    (case_id,) = case_ids(examined.found)
    told = replay(examined.found, case_id, {})
    return next(one for one in told.steps if one.id == decision.hex())


def test_every_number_is_computed_again_from_the_facts_that_a_decision_names() -> None:
    case, decision, facts = decided_on(SET_OFF)
    step = step_of(case, decision)
    assert step.follows is Follows.YES
    assert "every number computed again" in step.why
    assert "1080.00 EUR payable" in step.why
    assert "883/2004 Art 55" in step.why
    (basis,) = [one for one in step.basis if one.role == "on the national facts"]
    assert (basis.id, basis.words) == (facts.hex(), "national-facts")
    assert basis.step


@pytest.mark.parametrize("lie", LIES)
def test_the_first_number_that_does_not_follow_is_named_with_its_rule(lie: str) -> None:
    change, words, rule = LIES[lie]
    case, decision, _ = decided_on(SET_OFF, change)
    step = step_of(case, decision)
    assert step.follows is Follows.NO
    assert f"computed again from the facts signed with it, it differs on {words}" in step.why
    assert rule in step.why


STATED: dict[str, tuple[Callable[[StatedFacts], StatedFacts], str]] = {
    "of another case": (lambda one: replace(one, case_id="9" * 32), "about another decision"),
    "provisional facts of a final one": (
        lambda one: replace(one, at_most=Duration(years=2)),
        "do not agree on whether it is provisional",
    ),
}


@pytest.mark.parametrize("name", STATED)
def test_facts_that_are_not_those_of_the_decision_prove_nothing(name: str) -> None:
    stating, words = STATED[name]
    case, decision, _ = decided_on(SET_OFF, stating=stating)
    step = step_of(case, decision)
    assert (step.follows, words in step.why) == (Follows.NO, True)


FAMILY = b"""
[[child]]
name = "Ana"
residence = "FR"

[[right]]
jurisdiction = "FR"
basis = "activity"
amount = "90.00 EUR"
"""


def test_a_decision_that_rests_on_no_periods_is_told_without_a_share_of_any() -> None:
    case, decision, facts = decided_on(SET_OFF)
    found = examine_bundle(bundle_of(case.files()), trust(), NOW).found.checked
    stated = replace(found[facts].content, documents=documents_of(None, FAMILY, b""))
    held = Held(statements={facts: replace(found[facts], content=stated)}, erased=())
    (result,) = case.of_kind("reconciliation")
    agreed = replace(
        found[result].content,
        header=replace(found[result].content.header, predecessors=()),
        branch=Branch.FAMILY,
        inputs=(),
    )
    pack = parse_pack(pack_source("eu-883-2004"), "eu-883-2004.toml")
    claim = OwnClaim(pack=pack, branch=Branch.FAMILY, award_date=agreed.as_of, jurisdiction="FR")
    decided = determination_of(decide(claim, (), stated.read(())), found[decision].content.header)
    answer = check_determination(replace(decided, facts=facts), agreed, held, pack)
    assert answer.holds is Holds.YES
    assert "signed with it: 90.00 EUR payable, by 883/2004 Art" in answer.words


def test_what_is_no_statement_of_facts_cannot_be_named_as_such() -> None:
    other = decided_on(SET_OFF)[0].of_kind(kind_of(RECORD_TYPE))[0]
    case, decision, _ = decided_on(SET_OFF, lambda said: replace(said, facts=other))
    step = step_of(case, decision)
    assert step.follows is Follows.NO
    assert "what it names as its facts is a statement" in step.why


def test_two_sets_of_facts_for_one_decision_are_a_lie_of_their_signer() -> None:
    case, decision, facts = decided_on(SET_OFF)
    stated = read_stated_facts(case.placed[facts].envelope.payload)
    other = replace(
        stated, nonce=case.salt(), documents=documents_of(None, b'residence = "ES"', b"")
    )
    case.log(FACTS_TYPE, write_stated_facts(other), "cnav", "FR")
    step = step_of(case, decision)
    assert (step.follows, step.why) == (
        Follows.NO,
        "FR/cnav has signed two sets of facts for it",
    )


def test_the_bundle_of_the_other_party_says_where_the_facts_are_and_both_together_tell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case, decision, facts = decided_on(SET_OFF)
    write_bundle(exported(case, "ES", without=[facts]), tmp_path / "es")
    write_bundle(exported(case, "FR"), tmp_path / "fr")
    root = ["--root-key", ROOT.public.hex(), "--json"]
    assert main.status(["replay", str(tmp_path / "es"), *root]) == 0
    alone = json.loads(capsys.readouterr().out)
    (step,) = [one for one in alone["steps"] if one["id"] == decision.hex()]
    assert step["follows"] == "unknown"
    assert f"names as {facts.hex()[:16]} and which stay at FR: give the bundle" in step["why"]
    assert main.status(["replay", str(tmp_path / "es"), str(tmp_path / "fr"), *root]) == 0
    both = json.loads(capsys.readouterr().out)
    (step,) = [one for one in both["steps"] if one["id"] == decision.hex()]
    assert (step["follows"], both["exporter"]) == ("yes", "ES")
    assert "every number computed again" in step["why"]
