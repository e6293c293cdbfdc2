"""
What the accepted statements of a case amount to, whatever order they came in.

Where one sender said two different things in one place, both stay and the group is named as a
contradiction: it is the evidence. Saying the same thing twice, with another salt or at another
time, is none; the smaller id stands for both.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final, TypeVar

from portability.consent.scope import Party
from portability.recognition.case import Case
from portability.recognition.statements import (
    CaseStatement,
    Closure,
    ClosureReason,
    Countersignature,
    Determination,
    Dispute,
    HistoryOutcome,
    HistoryRequest,
    HistoryResponse,
    Reconciliation,
)

T = TypeVar("T", bound=CaseStatement)

USABLE: Final = frozenset((HistoryOutcome.RECORDS, HistoryOutcome.NONE))
"""Outcomes that complete a history; a later answer can still follow the other two."""

_NEVER: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """
    A case by kind of statement. ``in_force`` is the id of the reconciliation in force, or empty.

    ``determined`` is the determination that stands for each party on that reconciliation;
    ``contradictions`` are sorted groups of ids of which at most one can be true.
    """

    requests: Mapping[bytes, HistoryRequest]
    responses: Mapping[bytes, HistoryResponse]
    reconciliations: Mapping[bytes, Reconciliation]
    examinations: Mapping[bytes, Countersignature | Dispute]
    in_force: bytes
    determined: Mapping[Party, bytes]
    contradictions: tuple[tuple[bytes, ...], ...]
    settled: bool
    withdrawn: bool

    @property
    def usable(self) -> tuple[bytes, ...]:
        """Ids of the responses that a reconciliation rests on, sorted."""
        return tuple(sorted(i for i, one in self.responses.items() if one.outcome in USABLE))

    def answers_to(self, request_id: bytes) -> Iterator[HistoryResponse]:
        """All responses to one request."""
        return (one for one in self.responses.values() if request_id in one.header.predecessors)

    def examined_by(self, jurisdiction: str) -> Iterator[Countersignature | Dispute]:
        """What a jurisdiction said of the reconciliation in force."""
        return (
            one
            for one in self.examinations.values()
            if one.header.sender.jurisdiction == jurisdiction
            and one.header.predecessors == (self.in_force,)
        )


def read_facts(case: Case) -> Facts:
    """Sort and weigh all that was accepted."""
    reconciliations = _of_kind(case, Reconciliation)
    heads = _heads(reconciliations)
    in_force = min(heads) if len({_content(one) for one in heads.values()}) == 1 else b""
    determinations = _of_kind(case, Determination)
    standing = _heads(determinations)
    responses = _of_kind(case, HistoryResponse)
    examinations: dict[bytes, Countersignature | Dispute] = {
        **_of_kind(case, Countersignature),
        **_of_kind(case, Dispute),
    }
    closures = _of_kind(case, Closure).values()
    return Facts(
        requests=_of_kind(case, HistoryRequest),
        responses=responses,
        reconciliations=reconciliations,
        examinations=examinations,
        in_force=in_force,
        determined=_on(in_force, standing),
        contradictions=tuple(
            sorted(
                (
                    *_contradicting(_final(responses)),
                    *_contradicting(heads, together=True),
                    *_contradicting(examinations),
                    *_contradicting(standing),
                )
            )
        ),
        settled=any(in_force in _bases(case, one) for one in closures),
        withdrawn=any(one.reason is ClosureReason.WITHDRAWN for one in closures),
    )


def _of_kind(case: Case, kind: type[T]) -> dict[bytes, T]:
    return {i: one for i, one in case.accepted.items() if isinstance(one, kind)}


def _final(responses: Mapping[bytes, HistoryResponse]) -> dict[bytes, HistoryResponse]:
    """Without the answers that announce a later one."""
    return {i: one for i, one in responses.items() if one.outcome is not HistoryOutcome.NOT_BEFORE}


S = TypeVar("S", Reconciliation, Determination)


def _heads(statements: Mapping[bytes, S]) -> dict[bytes, S]:
    """Those that no other one replaces."""
    replaced = {one.supersedes for one in statements.values()}
    return {i: one for i, one in statements.items() if i not in replaced}


def _on(in_force: bytes, standing: Mapping[bytes, Determination]) -> dict[Party, bytes]:
    """The determination of each party on the reconciliation in force; the smaller of two alike."""
    found: dict[Party, bytes] = {}
    for i in sorted(standing):
        if standing[i].header.predecessors == (in_force,):
            found.setdefault(standing[i].header.sender, i)
    return found


def _contradicting(
    statements: Mapping[bytes, CaseStatement], *, together: bool = False
) -> Iterator[tuple[bytes, ...]]:
    """Groups by sender and what is answered (``together``: one group) that differ in content."""
    places: defaultdict[Hashable, dict[bytes, CaseStatement]] = defaultdict(dict)
    for i, one in statements.items():
        place = None if together else (one.header.sender, one.header.predecessors)
        places[place][i] = one
    for group in places.values():
        if len({_content(one) for one in group.values()}) > 1:
            yield tuple(sorted(group))


def _content(statement: CaseStatement) -> Hashable:
    """The statement without salt, time and what it replaces, nor what depends on the salt."""
    predecessors = tuple(sorted(statement.header.predecessors))
    bare = replace(statement.header, salt=b"", created=_NEVER, predecessors=predecessors)
    match statement:
        case HistoryResponse():
            return replace(statement, header=bare, payload_digest=b"", tree_size=0)
        case Reconciliation() | Determination():
            return replace(statement, header=bare, supersedes=b"")
        case _:
            return replace(statement, header=bare)


def _bases(case: Case, closure: Closure) -> set[bytes]:
    """The reconciliation that the determinations under a settled closure rest on."""
    if closure.reason is not ClosureReason.SETTLED:
        return set()
    return {
        one for i in closure.header.predecessors for one in case.accepted[i].header.predecessors
    }
