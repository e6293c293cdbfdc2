"""Real nodes, one of which erases the person: what it had told is gone; who is wrong is seen."""

from typing import Any

import pytest

from portability.node.erasure import erasing as node_erasing
from portability.node.erasure.erasing import Eraser
from portability.node.erasure.notice_judge import NoticeJudge
from portability.node.erasure.notices import ErasureNotices
from portability.simulation.fate import ERASED, EVERYTHING, Fate, Limits
from portability.simulation.nodes.erasing import Erasing
from portability.simulation.nodes.run import NodeRun

KEPT = 32
"""A seed with which the lead erases the person after somebody else had decided."""
AT_HOME = 40
"""One with which the lead erases the person before anybody has decided."""
OBEYED = 26
"""One with which one other country had been told of the person, and has not decided."""


def erasing(seed: int) -> NodeRun:
    """A run in which somebody was erased, and every promise held."""
    run = NodeRun(seed)
    assert run.to_the_end() == ""
    assert run.fate.faults[ERASED] == 1
    return run


def test_whoever_had_decided_keeps_the_case_that_one_country_has_erased() -> None:
    run = erasing(KEPT)
    assert len(run.lives.keys() - run.looks.keys()) == 1
    assert all(one.facts.determinations for one in run.looks.values())


def test_what_the_lead_erases_is_gone_everywhere_unless_somebody_decided() -> None:
    assert not erasing(AT_HOME).looks


def test_nobody_is_erased_where_that_is_left_out() -> None:
    run = NodeRun(OBEYED, Limits(kinds=EVERYTHING.kinds - {ERASED}, steps=100))
    assert run.to_the_end() == ""
    assert run.looks.keys() == run.lives.keys()
    assert not run.fate.faults[ERASED]


def test_the_same_seed_erases_at_the_same_place_and_time() -> None:
    assert erasing(OBEYED).fate.struck == erasing(OBEYED).fate.struck


async def _does_nothing(*_: object, **__: object) -> None:
    """And says that it was done."""


async def _finds_nobody(*_: object, **__: object) -> dict[Any, Any]:
    return {}


async def _by_a_decision(*_: object) -> str:
    """Kept under a law for decisions, although there is none."""
    return "GDPR Art 17(3)(b)"


FAULTY = {
    "obeys in words only": (ErasureNotices, "_destroy", _does_nothing, OBEYED, "still holds"),
    "keeps without a decision": (NoticeJudge, "_kept_by", _by_a_decision, OBEYED, "still holds"),
    "does not answer": (ErasureNotices, "_answer", _does_nothing, KEPT, "has not answered"),
    "tells nobody": (
        node_erasing.recipients,
        "collect_recipients",
        _finds_nobody,
        OBEYED,
        "still holds",
    ),
    "destroys nothing": (Eraser, "_complete", _does_nothing, OBEYED, "has again whom"),
}
"""What is wrong at all nodes, by which seed that is noticed, and in which words."""


@pytest.mark.parametrize("fault", FAULTY)
def test_whoever_erases_or_obeys_in_words_only_is_noticed(
    fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    where, name, wrong, seed, words = FAULTY[fault]
    monkeypatch.setattr(where, name, wrong)
    assert words in NodeRun(seed).to_the_end()


class _Refusing:
    """A node that answers only now and then: what each attempt gives, in order."""

    def __init__(self, *answers: object) -> None:
        self.answers = list(answers)

    def attempt(self, code: str, act: Any) -> Any:
        return self.answers.pop(0)


def test_nobody_is_erased_before_it_is_known_what_has_to_go() -> None:
    """Else nothing would be looked for afterwards, and all would seem gone."""
    one, fate, record = Erasing("FR", 1), Fate(OBEYED, EVERYTHING), bytes(32)
    node = _Refusing(None, frozenset({record}), None, "done")
    seen = []
    for _ in range(3):
        one.attempt(fate, node)
        seen.append((one.has_begun, one.is_done, fate.faults[ERASED]))
    assert seen == [(False, False, 0), (True, False, 1), (True, True, 1)]
    assert one.records == {record}
