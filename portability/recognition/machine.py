"""
The protocol as a machine without I/O: an event in, the next state and what to do about it out.

``advance`` takes statements in any order and any number of times. One that builds on a statement
that is not here yet waits for it; one that its sender may not say is refused with
InvalidInputError. What is due can be asked at any time with ``progress``: a crash between two
effects loses none of them.
Source: design.md, Mutual recognition.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from portability.errors import InvalidInputError
from portability.recognition.admission import check_claim, check_statement, missing_ancestors
from portability.recognition.case import Case, Effect, Event, Opened, Send, SetAside, Tick
from portability.recognition.facts import Facts, read_facts
from portability.recognition.presence import sends
from portability.recognition.progress import Progress, progress
from portability.recognition.statements import CaseStatement, HistoryRequest, Said


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A case with all that is computed from it, so that it is computed once."""

    case: Case
    facts: Facts | None
    view: Progress
    sends: tuple[Send, ...]


def read(case: Case) -> Reading:
    """Where a case stands; without facts as long as nobody knows what it is about."""
    if case.claim is None:
        return Reading(case=case, facts=None, view=Progress(), sends=())
    facts = read_facts(case)
    return Reading(
        case=case,
        facts=facts,
        view=progress(case, facts=facts),
        sends=sends(case, case.claim, facts),
    )


def advance(case: Case, event: Event) -> tuple[Case, tuple[Effect, ...]]:
    """
    The case after the event, and what newly has to be done; for a tick, all that is still due.

    Raises InvalidInputError for a statement that is refused; the case then stays as it was.
    """
    if isinstance(event, Tick):
        return case, progress(case, event.clock).duties
    after, set_aside = _take(case, event)
    if after == case:
        return case, ()
    return after, _effects(read(case), read(after), set_aside)


def advance_reading(before: Reading, event: Opened | Said) -> tuple[Reading, tuple[Effect, ...]]:
    """As ``advance``, for whoever keeps what was read of the case."""
    case, set_aside = _take(before.case, event)
    if case == before.case:
        return before, ()
    after = read(case)
    return after, _effects(before, after, set_aside)


def _effects(
    before: Reading, after: Reading, set_aside: tuple[SetAside, ...]
) -> tuple[Effect, ...]:
    known = before.view.duties
    due = tuple(duty for duty in after.view.duties if duty not in known)
    return (*set_aside, *_without(after.sends, before.sends), *due)


def _without(sends: tuple[Send, ...], known: tuple[Send, ...]) -> tuple[Send, ...]:
    """What must leave now; a change in who takes part can call for what was said long ago."""
    done = frozenset(known)
    return tuple(one for one in sends if one not in done)


def replay(own_jurisdiction: str, events: Iterable[Event]) -> Case:
    """The case that these events make. Raises as ``advance``."""
    return go_on(Case(own=own_jurisdiction), events)


def go_on(case: Case, events: Iterable[Event]) -> Case:
    """The case that these events make of one that was replayed before. Raises as ``advance``."""
    for event in events:
        if not isinstance(event, Tick):
            case, _ = _take(case, event)
    return case


def _take(case: Case, event: Opened | Said) -> tuple[Case, tuple[SetAside, ...]]:
    return _open(case, event) if isinstance(event, Opened) else _hear(case, event)


def _open(case: Case, opened: Opened) -> tuple[Case, tuple[SetAside, ...]]:
    _check_same_case(case, opened.case_id)
    check_claim(opened.claim)
    if case.claim not in {None, opened.claim}:
        raise InvalidInputError("the case was opened for another claim", field="claim")
    return _take_in_waiting(replace(case, case_id=opened.case_id, claim=opened.claim))


def _hear(case: Case, said: Said) -> tuple[Case, tuple[SetAside, ...]]:
    i, statement = said.statement_id, said.statement
    if i in case.accepted or i in case.waiting:
        return case, ()
    _check_same_case(case, statement.header.case_id)
    named = replace(case, case_id=statement.header.case_id)
    accepted = _accept(named, i, statement)
    if accepted is None:
        return replace(named, waiting={**named.waiting, i: statement}), ()
    return _take_in_waiting(accepted)


def _check_same_case(case: Case, case_id: str) -> None:
    if case.case_id not in {"", case_id}:
        raise InvalidInputError("the statement belongs to another case", field="case_id")


def _accept(case: Case, statement_id: bytes, statement: CaseStatement) -> Case | None:
    """Judge a statement, the first request by the claim that it brings; None: it has to wait."""
    claim = case.claim
    if claim is None and isinstance(statement, HistoryRequest):
        claim = statement.claim
    if claim is None or missing_ancestors(case, statement):
        return None
    check_claim(claim)
    check_statement(case, claim, statement)
    return replace(case, claim=claim, accepted={**case.accepted, statement_id: statement})


def _take_in_waiting(case: Case) -> tuple[Case, tuple[SetAside, ...]]:
    """Judge what waited and need not wait any longer, until nothing more moves."""
    refused: list[SetAside] = []
    has_moved = True
    while has_moved:
        has_moved = False
        for i in sorted(case.waiting):
            rest = {other: one for other, one in case.waiting.items() if other != i}
            try:
                accepted = _accept(case, i, case.waiting[i])
            except InvalidInputError as error:
                refused.append(SetAside(statement_id=i, cause=error.message))
                case = replace(case, waiting=rest)
                continue
            if accepted is not None:
                case = replace(accepted, waiting=rest)
                has_moved = True
    return case, tuple(refused)
