"""
A decision on the applicable legislation in words: the facts, the rules in their order, the result.

The rules are tested in an order and the first that applies decides (883/2004 Art 16, 12, 13, 15,
11), so a decision also says why those before it do not apply.
"""

from collections.abc import Callable, Iterator

from portability.core.agreement import Rules
from portability.core.branches.parameters import TITLE_II
from portability.core.explanation_tree import Explanation
from portability.core.legislation.determination import Determination
from portability.core.legislation.facts import Criterion, Work
from portability.core.legislation.posting import posting_obstacles, posting_step
from portability.core.legislation.result import (
    LegislationResult,
    commission_limits,
    voluntary_lines,
)
from portability.core.legislation.shares import PER_CENT, Placed, shares_of
from portability.core.ruling import Line
from portability.core.time_limits import Finality, months_after
from portability.core.units import exact_text

_BECAUSE = {
    "exception": "the authorities agreed on it",
    "certificate": "a document that binds says so",
    "posting": "the person is posted from there",
    "civil-servant": "the person serves its administration",
    "substantial-part-at-residence": "the person lives there and pursues a substantial part of the "
    "activities there",
    "seat-of-employer": "the employer has its seat there, and no substantial part of the "
    "activities is pursued at the residence",
    "seat-other-than-residence": "the employers have their seats there and at the residence, where "
    "no substantial part of the activities is pursued",
    "seats-differ": "the person lives there, and the employers have their seats in different "
    "states",
    "employer-outside": "the person lives there, and the employer has its seat outside the Union",
    "employment-before-self-employment": "the person is employed there and self-employed elsewhere",
    "centre-of-interest": "the centre of interest of the activities lies there, and no substantial "
    "part of them at the residence",
    "contract-staff": "the person is contract staff of the Union",
    "place-of-work": "the person works there and nowhere else that counts",
    "unemployment-benefit": "the person receives unemployment benefit there",
    "military-service": "the person is called up there",
    "residence": "the person lives there, and no rule before that one applies",
    "home": "nationals are insured at home wherever they work",
}


def explain_legislation(result: LegislationResult) -> tuple[Explanation, ...]:
    """The decision as one tree."""
    found = result.determination
    decision, day = found.decision, found.situation.day
    text = f"The facts do not decide which legislation applies on {day}"
    if decision.competent is not None:
        text = f"On {day} the legislation of {decision.competent} applies, and no other: "
        text += _BECAUSE[decision.rule]
    parts = [*_facts(found), *_tested(found), *_reasons(found), *_standing(found)]
    for code in sorted({item.jurisdiction for item in found.situation.voluntary}):
        parts += [_said(line, code) for line in voluntary_lines(code, found)]
    return (
        Explanation(
            text=text,
            value=decision.competent or "undetermined",
            articles=found.rules.cite("one_legislation", *decision.steps),
            parts=tuple(parts),
        ),
    )


def _said(line: Line, code: str) -> Explanation:
    return Explanation(text=f"In {code} the person {line.text}", value="", articles=line.articles)


def _leaf(text: str, rules: Rules, *steps: str) -> Explanation:
    return Explanation(text=text, value="", articles=rules.cite(*steps))


def _facts(found: Determination) -> Iterator[Explanation]:
    """What the person does, as expected, and where the person lives."""
    situation, rules = found.situation, found.rules
    yield Explanation(
        text=f"The person lives in {situation.residence}",
        value=situation.residence,
        parts=tuple(
            Explanation(
                text=_activity(item, found, disregarded=number in found.marginal),
                value=item.place,
                articles=rules.cite(
                    *(item.steps or ("projection",)),
                    *(("marginal",) if number in found.marginal else ()),
                ),
            )
            for number, item in enumerate(found.placed)
        ),
    )


def _activity(item: Placed, found: Determination, *, disregarded: bool) -> str:
    """``Employed in BE, employer seated in FR: 10 % of time``."""
    activity = item.activity
    work = activity.work.value
    work = work if activity.work is Work.SELF_EMPLOYED else work.replace("-", " ")
    text = f"{work[:1].upper()}{work[1:]} in {activity.jurisdiction}"
    text += f", which counts as {item.place}" if item.place != activity.jurisdiction else ""
    text += f", employer seated in {activity.seat}" if activity.seat else ""
    shares = shares_of([item], found.placed, Criterion)
    if shares:
        told = (f"{exact_text(share * PER_CENT)} % of {name}" for name, share in shares.items())
        text += f": {', '.join(told)}"
    return f"{text}; marginal, so disregarded" if disregarded else text


def _tested(found: Determination) -> Iterator[Explanation]:
    """The rules before the one that decided, and why each does not apply."""
    if found.rules.more.get("applicable_legislation") != TITLE_II:
        return
    if found.decision.rule == "certificate":
        return
    for stage in _ORDER[: _stage(found)]:
        yield from stage(found)


def _exception(found: Determination) -> Iterator[Explanation]:
    agreed = found.situation.exception is not None
    text = "the agreed exception does not hold on the day" if agreed else "no exception was agreed"
    yield _leaf(f"Exception: {text}", found.rules, "exception")


def _posting(found: Determination) -> Iterator[Explanation]:
    posting, rules = found.situation.posting, found.rules
    if posting is None:
        yield _leaf("Posting: the person is not posted", rules, "posting")
        return
    why = posting_obstacles(posting, rules) or (
        f"the day lies outside {posting.start} to {posting.end}",
    )
    for text in why:
        yield _leaf(f"Posting: does not apply, {text}", rules, posting_step(posting))


def _several(found: Determination) -> Iterator[Explanation]:
    counted = (item for at, item in enumerate(found.placed) if at not in found.marginal)
    places = sorted({item.place for item in counted} & set(found.rules.parties))
    where = f"in {' and '.join(places)} only" if places else "in no state of the agreement"
    text = f"Several states: activities that count lie {where}"
    yield _leaf(text, found.rules, "several_residence", "several_self_employed")


def _contract(found: Determination) -> Iterator[Explanation]:
    yield _leaf("The person is no contract staff of the Union", found.rules, "contract_staff")


_ORDER: tuple[Callable[[Determination], Iterator[Explanation]], ...] = (
    _exception,
    _posting,
    _several,
    _contract,
)


def _stage(found: Determination) -> int:
    """How many rules were tested before the one whose article decided."""
    step = found.decision.steps[0]
    if step == "exception":
        return 0
    if step in {"posting", "posting_self_employed"}:
        return 1
    if step.startswith("several_") or step == "employer_outside":
        return 2
    return 3 if step == "contract_staff" else len(_ORDER)


def _reasons(found: Determination) -> Iterator[Explanation]:
    """The reasons of the decision; those on posting and marginal work are told before."""
    told = {"marginal"}
    by_title = found.rules.more.get("applicable_legislation") == TITLE_II
    if by_title and found.decision.rule != "posting":
        told |= {"posting", "posting_self_employed"}
    for text, step in found.decision.reasons:
        if step not in told:
            yield _leaf(f"{text[:1].upper()}{text[1:]}", found.rules, step)


def _standing(found: Determination) -> Iterator[Explanation]:
    """Whether the decision is final, and what holds while states disagree."""
    situation, rules = found.situation, found.rules
    if situation.informed is not None and found.state is not None:
        months = rules.more["legislation_final_after_months"]
        assert isinstance(months, int)  # noqa: S101  # by its reader
        ends = months_after(situation.informed.on, months)
        text = f"The others were informed on {situation.informed.on} and may object until {ends}: "
        text += _FINALITY[found.state]
        yield _leaf(text, rules, "legislation_provisional")
    if situation.dispute is not None and found.provisional is not None:
        text = f"While the states disagree, the law of {found.provisional.competent} applies"
        yield _leaf(text, rules, found.provisional.step)
        limits = commission_limits(situation.dispute, rules)
        named = {"commission_from": "may go there from", "reconciled_by": "should be reconciled by"}
        told = [f"{words} {limits[key]}" for key, words in named.items() if key in limits]
        if told:
            text = f"The Administrative Commission: the matter {' and '.join(told)}"
            yield _leaf(text, rules, "dispute_commission")
        if situation.dispute.settled is not None:
            text = f"{situation.dispute.settled} was found competent, from the beginning"
            yield _leaf(text, rules, "dispute_retroactive")


_FINALITY = {
    Finality.PROVISIONAL: "the decision is provisional",
    Finality.FINAL: "nobody did, so the decision is final",
    Finality.OBJECTED: "there is an objection, so the decision is not final",
}
