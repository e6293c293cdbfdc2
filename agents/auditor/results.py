"""
Step 13 of formats.md, Offline bundle: the protocol replayed.

The case is replayed through the same pure machine that the nodes run, which says whether each
statement was its sender's to make.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from agents.auditor.questions import Answer
from agents.auditor.recomputing import unknown
from agents.auditor.report import Fault, NotHeldError, Step, fault
from agents.auditor.standing import Known
from agents.auditor.steps import Checked
from portability.errors import PortabilityError
from portability.ledger.envelope import kind_of
from portability.recognition.admission import missing_ancestors
from portability.recognition.case import Case, SetAside
from portability.recognition.claim_withdrawal import CLAIM_WITHDRAWAL_TYPE
from portability.recognition.facts import read_facts
from portability.recognition.machine import advance
from portability.recognition.presence import present_in
from portability.recognition.progress import Progress, progress
from portability.recognition.statements import (
    CaseStatement,
    ClaimWithdrawal,
    Closure,
    ClosureReason,
    Countersignature,
    Determination,
    HistoryRequest,
    NoticeAnswer,
    Reconciliation,
    Reopening,
    Said,
)
from portability.wire.statement import STATEMENT_TYPES

ORDER: Final = tuple(STATEMENT_TYPES.values())

_UNSIGNED: Final = (
    "it closes the claim as given up, and nothing that the person signed says so (987/2009 "
    "Art 46(3)); ask {lead} for that document, and the person whether there is one"
)
_ALONE: Final = (
    "given up on the word of {lead} alone: what the person signed is not in this bundle; that of "
    "{lead} must show it"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """
    The case as ``seen_by`` must see it, and what the machine would not take.

    That is the lead, to whom everything is said; where the bundle is another party's and holds less
    than that, it is that party, for whom the case is whole all the same. ``of_lead``: the bundle
    is the lead's own, so that nothing said in the case may be missing from it.
    """

    progress: Progress | None
    known: Known | None
    refused: tuple[tuple[bytes, NotHeldError], ...]
    faults: tuple[Fault, ...]
    seen_by: str = ""
    leads: bool = True
    of_lead: bool = True


def replay_case(
    statements: Mapping[bytes, Checked], exporter: str = "", erased: Collection[bytes] = ()
) -> Replayed:
    """
    Replay all statements of the case, from the side of the lead or of whose bundle it is.

    What waits for nothing but what was ``erased`` is not refused: nobody can tell any more.
    """
    said = said_in(statements)
    requests = [one.statement for one in said if isinstance(one.statement, HistoryRequest)]
    if not requests:
        none = fault(Step.RESULT, "the bundle holds no request, so there is no case")
        return Replayed(progress=None, known=None, refused=(), faults=(none,))
    lead = requests[0].claim.lead.jurisdiction
    case, refused = take_all(lead, said)
    exporter = exporter or exporter_of(statements)
    if exporter not in {lead, ""} and _lacks(case, statements):
        other, refused_there = take_all(exporter, said)
        if not other.waiting:
            case, refused = other, refused_there
    of_lead = exporter in {lead, ""}
    excused = _excused(case, erased)
    refused += [(i, _waits(case, i)) for i in sorted(case.waiting) if i not in excused]
    facts = read_facts(case)
    reached = progress(case, facts=facts)
    return Replayed(
        progress=reached,
        known=None if case.claim is None else Known(claim=case.claim, facts=facts),
        refused=tuple(refused),
        faults=(
            *_contradicted(reached),
            *(_closed_again(statements) if of_lead and not erased else ()),
        ),
        seen_by=case.own,
        leads=case.own == lead,
        of_lead=of_lead,
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


def _excused(case: Case, erased: Collection[bytes]) -> set[bytes]:
    """Statements that wait for erased ones alone, or for such as do."""
    gone, before = {*erased}, -1
    while len(gone) > before:
        before = len(gone)
        for i, one in case.waiting.items():
            missing = missing_ancestors(case, one)
            if missing and gone.issuperset(missing):
                gone.add(i)
    return gone


def _waits(case: Case, statement_id: bytes) -> NotHeldError:
    """Why a statement cannot be judged: what it names is not here, or does not hold itself."""
    missing = missing_ancestors(case, case.waiting[statement_id])
    which = missing[0].hex()[:16] if missing else "its request"
    return NotHeldError(
        Step.RESULT, f"it builds on {which}, which is not in the bundle or does not hold itself"
    )


def _contradicted(reached: Progress) -> Iterator[Fault]:
    for group in reached.contradictions:
        ids = " and ".join(i.hex()[:16] for i in group)
        yield fault(Step.RESULT, f"one party said things that contradict each other: {ids}")


def _closed_again(statements: Mapping[bytes, Checked]) -> Iterator[Fault]:
    """
    Whoever leads a case closes it again once it has opened it again, and not before.

    Where a history has ceased to count nothing is said: its result, and the closure on it, fell by
    themselves.
    """
    said = [one.content for one in statements.values()]
    if any(one.ceased for one in said if isinstance(one, NoticeAnswer)):
        return
    opened = {i for one in said if isinstance(one, Reopening) for i in one.header.predecessors}
    standing = [
        (one.index, one.id, one.content.header.predecessors)
        for one in statements.values()
        if isinstance(one.content, Closure) and _is_settled(one.content) and one.id not in opened
    ]
    for (_, before, on), (_, after, on_others) in pairwise(sorted(standing)):
        if set(on) != set(on_others):
            yield fault(
                Step.RESULT,
                f"it is closed by {after.hex()[:16]} while it was closed by {before.hex()[:16]}: "
                "the reopening between them is not in the bundle; ask its lead for that",
            )


def check_countersigned(
    reconciliation_id: bytes, statements: Mapping[bytes, Checked]
) -> Iterator[Fault]:
    """What was decided or settled rests on a result that every other jurisdiction countersigned."""
    contents = [one.content for one in statements.values()]
    if not any(_is_settled(one) or _is_final(one) for one in contents):
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


def check_given_up(
    statements: Mapping[bytes, Checked],
    failed: Collection[bytes],
    erased: Collection[str],
    *,
    of_lead: bool,
) -> Iterator[tuple[bytes, Answer | NotHeldError]]:
    """
    Each closure of a claim as given up for which the case shows nothing that the person signed.

    The lead has that document whatever version the others speak (987/2009 Art 46(3)). Another party
    may get it later, or never: of its bundle it cannot be said. ``erased`` are the kinds of what
    was, as is proven.
    """
    signed = (i for i, one in statements.items() if isinstance(one.content, ClaimWithdrawal))
    if any(i not in failed for i in signed):
        return
    for i, one in statements.items():
        if isinstance(one.content, Closure) and one.content.reason is ClosureReason.WITHDRAWN:
            lead = one.content.header.sender.jurisdiction
            if kind_of(CLAIM_WITHDRAWAL_TYPE) in erased:
                yield i, unknown("what the person signed of it, if anything, was erased")
            elif of_lead:
                yield i, NotHeldError(Step.RESULT, _UNSIGNED.format(lead=lead))
            else:
                yield i, unknown(_ALONE.format(lead=lead))


def _is_settled(content: object) -> bool:
    """A claim that is given up ends with any result, or with none."""
    return isinstance(content, Closure) and content.reason is ClosureReason.SETTLED


def _is_final(content: object) -> bool:
    return isinstance(content, Determination) and not content.provisional
