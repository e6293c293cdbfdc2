"""
Step 13 of formats.md, Offline bundle: the protocol replayed, and decisions held to the result.

The case is replayed through the same pure machine that the nodes run, which says whether each
statement was its sender's to make; each determination must follow from the reconciled history.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from agents.auditor.questions import Answer
from agents.auditor.recomputing import Held, erased_inputs, unknown, yes
from agents.auditor.records import count_inputs
from agents.auditor.report import Fault, NotHeldError, Step, at_step, fault
from agents.auditor.steps import Checked
from portability.core.agreement import Pack
from portability.core.benefits import settle
from portability.core.deciding import is_by_periods_alone
from portability.core.measure import Counting
from portability.core.money import Money, Rounding, round_money
from portability.core.periods import Period
from portability.core.scheme import Scheme
from portability.core.units import Unit
from portability.errors import PortabilityError
from portability.recognition.admission import missing_ancestors
from portability.recognition.case import Case, SetAside
from portability.recognition.machine import advance
from portability.recognition.presence import present_in
from portability.recognition.progress import Progress, progress
from portability.recognition.statements import (
    CaseStatement,
    Closure,
    Countersignature,
    Determination,
    HistoryRequest,
    Reconciliation,
    Said,
)
from portability.wire.statement import STATEMENT_TYPES

ORDER: Final = tuple(STATEMENT_TYPES.values())
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """
    The case as ``seen_by`` must see it, and what the machine would not take.

    That is the lead, to whom everything is said; where the bundle is another party's and holds less
    than that, it is that party, for whom the case is whole all the same.
    """

    progress: Progress | None
    refused: tuple[tuple[bytes, NotHeldError], ...]
    faults: tuple[Fault, ...]
    seen_by: str = ""
    leads: bool = True


def replay_case(statements: Mapping[bytes, Checked]) -> Replayed:
    """Replay all statements of the case, from the side of the lead or of whose bundle it is."""
    said = said_in(statements)
    requests = [one.statement for one in said if isinstance(one.statement, HistoryRequest)]
    if not requests:
        none = fault(Step.RESULT, "the bundle holds no request, so there is no case")
        return Replayed(progress=None, refused=(), faults=(none,))
    lead = requests[0].claim.lead.jurisdiction
    case, refused = take_all(lead, said)
    exporter = exporter_of(statements)
    if exporter not in {lead, ""} and _lacks(case, statements):
        other, refused_there = take_all(exporter, said)
        if not other.waiting:
            case, refused = other, refused_there
    refused += [(i, _waits(case, i)) for i in sorted(case.waiting)]
    reached = progress(case)
    return Replayed(
        progress=reached,
        refused=tuple(refused),
        faults=tuple(_contradicted(reached)),
        seen_by=case.own,
        leads=case.own == lead,
    )


def exporter_of(statements: Mapping[bytes, Checked]) -> str:
    """Whose bundle it is: the jurisdiction in whose log the statements of the case are shown."""
    logs = Counter(one.log for one in statements.values() if isinstance(one.content, CaseStatement))
    return min(logs, key=lambda log: (-logs[log], log), default="")


def _lacks(case: Case, statements: Mapping[bytes, Checked]) -> bool:
    """Whether something waits for what is not in the bundle at all."""
    return any(
        i not in statements
        for waiting in case.waiting.values()
        for i in missing_ancestors(case, waiting)
    )


def said_in(statements: Mapping[bytes, Checked]) -> list[Said]:
    """What was said in cases, with its ids."""
    return [
        Said(statement_id=one.id, statement=one.content)
        for one in statements.values()
        if isinstance(one.content, CaseStatement)
    ]


def take_all(own: str, said: Iterable[Said]) -> tuple[Case, list[tuple[bytes, NotHeldError]]]:
    """The case as a jurisdiction sees it, and what the machine would not take of it."""
    case = Case(own=own)
    refused: list[tuple[bytes, NotHeldError]] = []
    for one in sorted(said, key=lambda one: (ORDER.index(type(one.statement)), one.statement_id)):
        try:
            case, effects = advance(case, one)
        except PortabilityError as error:
            refused.append((one.statement_id, NotHeldError(Step.RESULT, error.message)))
            continue
        refused += [
            (effect.statement_id, NotHeldError(Step.RESULT, effect.cause))
            for effect in effects
            if isinstance(effect, SetAside)
        ]
    return case, refused


def _waits(case: Case, statement_id: bytes) -> NotHeldError:
    """Why a statement cannot be judged: what it names is not here, or does not hold itself."""
    missing = missing_ancestors(case, case.waiting[statement_id])
    which = missing[0].hex()[:16] if missing else "its request"
    return NotHeldError(
        Step.RESULT, f"it builds on {which}, which is not in the bundle or does not hold itself"
    )


def check_determination(
    determination: Determination,
    reconciliation: Reconciliation,
    held: Held,
    pack: Pack,
    apart: str = "",
) -> Answer:
    """Whether a decision follows from the reconciled periods. Raises NotHeldError."""
    further = _further(determination, reconciliation, pack)
    if further:
        return unknown(f"it rests on facts of national law that no bundle holds: {further}")
    if erased_inputs(reconciliation, held):
        _check_amounts(determination)
        return unknown("its amounts fit each other; the records that it counts were erased")
    periods = count_inputs(reconciliation, held.statements).periods
    at_step(Step.RESULT, lambda: _check_counts(determination, reconciliation, periods, pack, apart))
    _check_amounts(determination)
    return yes(
        f"yes, it follows from the reconciled history: {determination.own} of "
        f"{determination.total} {determination.unit}"
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


def _contradicted(reached: Progress) -> Iterator[Fault]:
    for group in reached.contradictions:
        ids = " and ".join(i.hex()[:16] for i in group)
        yield fault(Step.RESULT, f"one party said things that contradict each other: {ids}")


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


def check_countersigned(
    reconciliation_id: bytes, statements: Mapping[bytes, Checked]
) -> Iterator[Fault]:
    """What was decided or closed rests on a result that every other jurisdiction countersigned."""
    contents = [one.content for one in statements.values()]
    if not any(isinstance(one, Closure) or _is_final(one) for one in contents):
        return
    claim = next(one.claim for one in contents if isinstance(one, HistoryRequest))
    found = statements.get(reconciliation_id)
    result = None if found is None else found.content
    if not isinstance(result, Reconciliation):
        return  # none is in force, so why nothing may be decided was said before
    signed = {
        one.header.sender.jurisdiction
        for one in contents
        if isinstance(one, Countersignature) and reconciliation_id in one.header.predecessors
    }
    for jurisdiction in present_in(claim, result)[1:]:
        if jurisdiction not in signed:
            yield fault(Step.RESULT, f"{jurisdiction} has not countersigned the result")


def _is_final(content: object) -> bool:
    return isinstance(content, Determination) and not content.provisional
