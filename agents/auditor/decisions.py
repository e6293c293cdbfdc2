"""
Step 13 of formats.md, Offline bundle: decisions held to the agreed history and to their facts.

Where the facts signed with a decision are in the bundle it is computed again, number by number.
Where they are not, its counts and amounts must still fit the history and each other.
"""

from collections.abc import Sequence
from typing import Final

from agents.auditor.questions import Answer
from agents.auditor.recomputing import Held, erased_inputs, unknown, yes
from agents.auditor.records import count_inputs
from agents.auditor.report import NotHeldError, Step, at_step
from portability.core.agreement import Pack
from portability.core.benefits import settle
from portability.core.deciding import OwnClaim, decide, is_by_periods_alone
from portability.core.measure import Counting
from portability.core.money import Money, Rounding, round_money
from portability.core.periods import Duration, Period
from portability.core.scheme import MissingAnswer, Scheme
from portability.core.units import Unit
from portability.errors import PortabilityError
from portability.recognition.decision_check import first_difference
from portability.recognition.stated_facts import StatedFacts
from portability.recognition.statements import Determination, Reconciliation

ALL_PERIODS: Final = "all-periods"
"""The last institution pays as if all periods were its own (883/2004 Art 57(3))."""

_PAID: Final = {"independent", "pro-rata"}
_PLAIN: Final = (
    "aggregation",
    "independent",
    "theoretical",
    "pro_rata",
    "before_risk",
    "comparison",
    "full_career",
    "short_period",
    "short_period_others",
    "short_period_all",
)
"""Steps that follow from the history, the agreement and the amounts that a decision states."""


def check_determination(
    determination: Determination,
    reconciliation: Reconciliation,
    held: Held,
    pack: Pack,
    apart: str = "",
) -> Answer:
    """
    Whether a decision follows from the reconciled periods and the facts that it names.

    ``apart`` is the institution whose own periods alone it counts. Raises NotHeldError.
    """
    facts = _facts(determination, held)
    further = _further(determination, reconciliation, pack)
    if further and facts is None:
        return unknown(_lacking(determination, held, further))
    if erased_inputs(reconciliation, held):
        if not further:
            _check_amounts(determination)
        return unknown("its amounts fit each other; the records that it counts were erased")
    periods = count_inputs(reconciliation, held.statements).periods
    if facts is not None:
        claim = OwnClaim(
            pack=pack,
            branch=reconciliation.branch,
            award_date=reconciliation.as_of,
            jurisdiction=determination.header.sender.jurisdiction,
            apart=apart,
        )
        return _check_again(determination, claim, facts, periods)
    at_step(Step.RESULT, lambda: _check_counts(determination, reconciliation, periods, pack, apart))
    _check_amounts(determination)
    return yes(
        f"yes, it follows from the reconciled history: {determination.own} of "
        f"{determination.total} {determination.unit}"
    )


def _facts(determination: Determination, held: Held) -> StatedFacts | None:
    """The facts signed with a decision, if they are here. Raises NotHeldError for another's."""
    header = determination.header
    contents = (one.content for one in held.statements.values())
    found = {one.nonce: one for one in contents if isinstance(one, StatedFacts)}
    behind = [one for one in found.values() if one.is_behind(header)]
    if len(behind) > 1:
        raise NotHeldError(Step.RESULT, f"{header.sender} has signed two sets of facts for it")
    named = held.statements.get(determination.facts)
    if named is not None and named.content not in behind:
        raise NotHeldError(
            Step.RESULT,
            f"what it names as its facts is a statement ({named.kind}) of another kind "
            "or about another decision",
        )
    if behind and determination.facts and named is None:
        raise NotHeldError(
            Step.RESULT, "the facts that were signed for it are others than those that it names"
        )
    return next(iter(behind), None)


def _lacking(determination: Determination, held: Held, further: str) -> str:
    """Why a decision cannot be computed again, and what to do about it."""
    if not determination.facts:
        return f"it rests on facts of national law that are not in the bundle: {further}"
    if determination.facts in held.erased:
        return f"it rests on facts of national law that were erased: {further}"
    at = determination.header.sender.jurisdiction
    return (
        f"it rests on facts of national law ({further}), which it names as "
        f"{determination.facts.hex()[:16]} and which stay at {at}: give the bundle that an auditor "
        f"of {at} exports as well"
    )


def _check_again(
    determination: Determination, claim: OwnClaim, facts: StatedFacts, periods: Sequence[Period]
) -> Answer:
    """Every number computed again from history, agreement and facts. Raises NotHeldError."""
    missing = _missing(determination, facts.at_most)
    try:
        mine = decide(claim, periods, facts.read(periods), missing)
    except PortabilityError as error:
        raise NotHeldError(
            Step.RESULT, f"from the facts signed with it nothing can be decided: {error.message}"
        ) from None
    found = first_difference(determination, mine)
    if found is not None:
        raise NotHeldError(
            Step.RESULT, f"computed again from the facts signed with it, it differs on {found.told}"
        )
    # nothing is counted where the right rests on no periods
    share = f"{mine.own} of {mine.total} {mine.unit}, " if mine.total else ""
    bounds = f", between {mine.bound.lower} and {mine.bound.upper}" if mine.bound else ""
    return yes(
        "yes, every number computed again from the agreed history and the facts signed with it: "
        f"{share}{mine.payable or 'nothing'} payable{bounds}, by "
        f"{'; '.join(mine.basis) or 'national law'}"
    )


def _missing(determination: Determination, at_most: Duration | None) -> tuple[MissingAnswer, ...]:
    """Those whose histories a provisional decision lacks, each with the most it may certify."""
    codes = dict.fromkeys(one.jurisdiction for one in determination.missing)
    if bool(codes) != (at_most is not None):
        raise NotHeldError(
            Step.RESULT, "the facts signed with it and it do not agree on whether it is provisional"
        )
    return (
        ()
        if at_most is None
        else tuple(MissingAnswer(jurisdiction=code, at_most=at_most) for code in codes)
    )


def _further(determination: Determination, reconciliation: Reconciliation, pack: Pack) -> str:
    """
    By what a decision goes beyond the method of 883/2004, as it says itself; empty if by nothing.

    Then its numbers follow from more than the history, and nobody can compute them again from that.
    """
    if not is_by_periods_alone(pack, reconciliation.branch, reconciliation.as_of):
        return "; ".join(determination.basis) or "it cites none"
    articles = pack.rules_on(reconciliation.as_of).articles
    plain = {articles[step] for step in _PLAIN if step in articles}
    return "; ".join(one for one in determination.basis if one not in plain)


def _check_counts(
    determination: Determination,
    reconciliation: Reconciliation,
    periods: Sequence[Period],
    pack: Pack,
    apart: str,
) -> None:
    """
    Own and total periods in the determination's unit.

    How a scheme counts its dates is national law and not in the statement, so either way of
    counting will do, and a total held down to a full career (883/2004 Art 56(1)(a)) as well, with
    own periods that are longer than that.
    """
    counted = [
        pair
        for way in Counting
        for pair in _counts(determination, reconciliation, periods, pack, way, apart=apart)
    ]
    own, total = determination.own, determination.total
    if not any(own == min(one, total) and total <= most for one, most in counted):
        one, most = counted[0]
        raise NotHeldError(
            Step.RESULT,
            f"it counts {own} of {total} {determination.unit}, computed again they are {one} of "
            f"{most}",
        )


def _counts(
    determination: Determination,
    reconciliation: Reconciliation,
    periods: Sequence[Period],
    pack: Pack,
    counting: Counting,
    *,
    apart: str,
) -> list[tuple[int, int]]:
    """Own and total, as they open the right and as they share the cost."""
    scheme = Scheme(
        jurisdiction=determination.header.sender.jurisdiction,
        unit=Unit(determination.unit),
        counting=counting,
        independent=determination.independent,
        theoretical=determination.theoretical,
        institution=apart,
    )
    settlement = settle(periods, (scheme,), pack, reconciliation.branch, reconciliation.as_of)
    found = settlement.entitlement(scheme.jurisdiction)
    counts = [(found.aggregate.own, found.aggregate.total)]
    return counts if found.ratio is None else [*counts, (found.ratio.own, found.ratio.total)]


def _check_amounts(determination: Determination) -> None:
    """883/2004 Art 52: the pro-rata share of the theoretical amount, and the higher of the two."""
    if determination.provisional:
        return
    theoretical, pro_rata = determination.theoretical, determination.pro_rata
    if theoretical is not None and pro_rata is not None:
        exact = theoretical.exact * determination.own / max(determination.total, 1)
        if pro_rata not in {round_money(exact, theoretical.currency, way) for way in Rounding}:
            raise NotHeldError(
                Step.RESULT,
                f"the pro-rata amount is {pro_rata}, which is not {determination.own}/"
                f"{determination.total} of {theoretical} (883/2004 Art 52(1)(b))",
            )
    _check_payable(determination)


def _check_payable(determination: Determination) -> None:
    due = {
        "independent": determination.independent,
        "pro-rata": determination.pro_rata,
    }
    amounts: Sequence[Money] = [amount for amount in due.values() if amount is not None]
    payable = determination.payable
    if determination.paid_as == ALL_PERIODS:
        if payable is None or payable != determination.theoretical:
            raise NotHeldError(Step.RESULT, "what it pays is not its theoretical amount")
        return
    if determination.paid_as not in _PAID:
        if payable is not None and payable.minor:
            raise NotHeldError(Step.RESULT, "it pays an amount and says that nothing is due")
        return
    if payable is None or payable != due[determination.paid_as]:
        raise NotHeldError(Step.RESULT, f"what it pays is not its {determination.paid_as} amount")
    if any(payable < amount for amount in amounts):
        raise NotHeldError(
            Step.RESULT, "it pays the lower of two amounts; the higher is due (883/2004 Art 52(3))"
        )
