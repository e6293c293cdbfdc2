"""Applicable legislation: the rules in their order, the first that applies decides."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from portability.core.agreement import Pack, Rules
from portability.core.branches.parameters import TITLE_II
from portability.core.legislation.convention import decide_by_convention
from portability.core.legislation.decision import Decision
from portability.core.legislation.facts import Activity, Situation
from portability.core.legislation.posting import (
    by_certificate,
    by_exception,
    by_posting,
    posting_obstacles,
)
from portability.core.legislation.posting import posting_step as step_of
from portability.core.legislation.several import by_several, undetermined
from portability.core.legislation.shares import (
    Placed,
    is_marginal,
    placed_activities,
    without_marginal,
)
from portability.core.legislation.single import by_contract, by_single
from portability.core.time_limits import Finality, finality
from portability.errors import InvalidInputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Provisional:
    """Whose law applies while states disagree (987/2009 Art 6(1)), with the article's key."""

    competent: str
    step: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Determination:
    """
    The decision and what surrounds it.

    ``placed`` are all activities, ``marginal`` the places in them that were disregarded by index.
    ``state`` is None where the file does not say when the other institutions were informed.
    """

    rules: Rules
    situation: Situation
    decision: Decision
    placed: tuple[Placed, ...]
    marginal: frozenset[int]
    provisional: Provisional | None
    state: Finality | None


def determine(situation: Situation, pack: Pack) -> Determination:
    """
    Which legislation applies on the day of the situation.

    Raises NoAgreementError if the pack does not hold then or has no such rules, InvalidInputError
    if the facts lack what the law depends on.
    """
    rules = pack.rules_on(situation.day)
    situation = _with_posted_work(situation)
    if rules.more.get("applicable_legislation") != TITLE_II:
        return _by_convention(situation, pack, rules)
    placed = placed_activities(situation, rules)
    counted = without_marginal(placed, rules)
    marginal = frozenset(
        index
        for index, item in enumerate(placed)
        if item not in counted and is_marginal(item, placed, rules)
    )
    decision = _within(_decide(situation, counted, rules), situation, rules)
    decision = _explain(decision, situation, rules, bool(marginal))
    decision = by_certificate(situation, decision, rules)
    return Determination(
        rules=rules,
        situation=situation,
        decision=decision,
        placed=placed,
        marginal=marginal,
        provisional=_provisional(situation, counted, rules),
        state=_state(situation, rules),
    )


def _with_posted_work(situation: Situation) -> Situation:
    """A posting is work in the state to which the person was sent."""
    posting = situation.posting
    if posting is None or situation.activities:
        return situation
    work = Activity(
        jurisdiction=posting.to,
        work=posting.work,
        employer="posting undertaking",
        seat=posting.sending,
        start=posting.start,
        end=posting.end,
    )
    return replace(situation, activities=(work,))


def _decide(situation: Situation, counted: Sequence[Placed], rules: Rules) -> Decision:
    return (
        by_exception(situation)
        or by_posting(situation, rules)
        or by_several(situation, counted, rules)
        or by_contract(situation)
        or by_single(situation, counted, rules)
    )


def _within(decision: Decision, situation: Situation, rules: Rules) -> Decision:
    """The decision, unless it leads to a state to whose law the agreement cannot lead."""
    if decision.competent is None or decision.competent in rules.parties:
        return decision
    return undetermined(
        situation,
        f"the rules lead to {decision.competent}, which is not a party on {situation.day}",
        "Ask the institutions of the states of work to agree.",
        rules.cite(decision.steps[0])[0],
        decision.steps[0],
    )


def _by_convention(situation: Situation, pack: Pack, rules: Rules) -> Determination:
    """The rules of an agreement that knows posting and the place of work only."""
    rules, decision = decide_by_convention(situation, pack, rules)
    return Determination(
        rules=rules,
        situation=situation,
        decision=decision,
        placed=tuple(Placed(item, item.jurisdiction, ()) for item in situation.activities),
        marginal=frozenset(),
        provisional=None,
        state=None,
    )


def _explain(decision: Decision, situation: Situation, rules: Rules, marginal: bool) -> Decision:  # noqa: FBT001  # said by its name
    """The decision with the reasons why rules before it did not apply."""
    before: list[tuple[str, str]] = []
    posting = situation.posting
    if posting is not None and decision.rule not in {"posting", "exception"}:
        before += [
            (f"posting does not apply: {text}", step_of(posting))
            for text in posting_obstacles(posting, rules)
        ]
    if marginal:
        before.append(("marginal activities are disregarded", "marginal"))
    return replace(decision, reasons=(*before, *decision.reasons))


def _provisional(
    situation: Situation, counted: Sequence[Placed], rules: Rules
) -> Provisional | None:
    """The order of 987/2009 Art 6(1) for a dispute that is not settled, or was not at first."""
    if situation.dispute is None:
        return None
    places = {item.place for item in counted if item.place in rules.parties}
    if len(places) == 1:
        return Provisional(competent=min(places), step="dispute_work")
    if not places or situation.residence in places:
        return Provisional(competent=situation.residence, step="dispute_residence")
    asked = situation.dispute.first_asked
    if asked is None:
        raise InvalidInputError(
            "dispute: say first_asked; without work at the residence the first state asked decides",
            field="first_asked",
        )
    return Provisional(competent=asked, step="dispute_first_asked")


def _state(situation: Situation, rules: Rules) -> Finality | None:
    told = situation.informed
    if told is None:
        return None
    months = rules.more["legislation_final_after_months"]
    assert isinstance(months, int)  # noqa: S101  # by its reader
    return finality(told.on, told.objection, situation.day, months)
