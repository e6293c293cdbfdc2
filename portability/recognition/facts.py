"""
What the accepted statements of a case amount to, whatever order they came in.

Where one sender said two different things in one place, both stay and the group is named as a
contradiction: it is the evidence. Saying the same thing twice, with another salt or at another
time, is none; the smaller id stands for both.
"""

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final, TypeVar, cast

from portability.consent.scope import Party
from portability.recognition.case import Case
from portability.recognition.statements import (
    CaseStatement,
    ClaimWithdrawal,
    Closure,
    ClosureReason,
    Correction,
    Countersignature,
    Determination,
    Dispute,
    HistoryOutcome,
    HistoryRequest,
    HistoryResponse,
    NoticeAnswer,
    NoticeEffect,
    Objection,
    PermissionEnd,
    Reconciliation,
    Reminder,
    Reopening,
    Summary,
)

T = TypeVar("T", bound=CaseStatement)

USABLE: Final = frozenset((HistoryOutcome.RECORDS, HistoryOutcome.NONE))
"""Outcomes that complete a history; a later answer can still follow the other two."""

_NEVER: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """
    A case by kind of statement.

    ``head`` is the reconciliation that no other replaces; ``in_force`` is the same unless it rests
    on a history that has ``ceased``; both are empty where there is none or more than one.
    ``determined`` is the determination that stands for each party on the one in force, ``standing``
    the last one of each party on any. ``objections`` are those of ``objected`` that wait for an
    answer: of no party that is not insured by the result in force. ``closures`` are those that were
    not taken back, ``corrections`` those that count still, ``ceased_corrections`` the others.
    ``contradictions`` are sorted groups of ids of which at most one can be true.
    """

    requests: Mapping[bytes, HistoryRequest]
    responses: Mapping[bytes, HistoryResponse]
    reconciliations: Mapping[bytes, Reconciliation]
    examinations: Mapping[bytes, Countersignature | Dispute]
    determinations: Mapping[bytes, Determination]
    corrections: Mapping[bytes, Correction]
    ceased_corrections: Mapping[bytes, Correction]
    ends: Mapping[bytes, PermissionEnd]
    answers: Mapping[bytes, NoticeAnswer]
    reminders: Mapping[bytes, Reminder]
    summaries: Mapping[bytes, Summary]
    closures: Mapping[bytes, Closure]
    ceased: frozenset[bytes]
    head: bytes
    in_force: bytes
    determined: Mapping[Party, bytes]
    standing: Mapping[Party, bytes]
    objected: Mapping[bytes, Objection]
    objections: tuple[bytes, ...]
    given_up: Mapping[bytes, ClaimWithdrawal]
    contradictions: tuple[tuple[bytes, ...], ...]
    settled: bool
    withdrawn: bool

    @property
    def usable(self) -> tuple[bytes, ...]:
        """Ids of the responses that a reconciliation rests on, sorted."""
        return tuple(
            sorted(
                i
                for i, one in self.responses.items()
                if one.outcome in USABLE and i not in self.ceased
            )
        )

    @property
    def current(self) -> Reconciliation | None:
        """The reconciliation in force."""
        return self.reconciliations.get(self.in_force)

    @property
    def outdated(self) -> bool:
        """Whether a correction is not yet part of the reconciliation in force."""
        current = self.current
        named = () if current is None else current.header.predecessors
        return any(i not in named for i in self.corrections)

    @property
    def disputed(self) -> bool:
        """Whether a party has computed something else than the reconciliation in force."""
        return any(
            isinstance(one, Dispute) and one.header.predecessors == (self.in_force,)
            for one in self.examinations.values()
        )

    def answers_to(self, request_id: bytes) -> Iterator[HistoryResponse]:
        """All responses to one request."""
        return (one for one in self.responses.values() if request_id in one.header.predecessors)

    def counts(self, request_id: bytes) -> bool:
        """Whether a response to the request completes the history and has not ceased to count."""
        return any(
            request_id in self.responses[i].header.predecessors
            for i in self.responses
            if i not in self.ceased and self.responses[i].outcome in USABLE
        )

    def examined_by(self, jurisdiction: str) -> Iterator[Countersignature | Dispute]:
        """What a jurisdiction said of the reconciliation in force."""
        return (
            one
            for one in self.examinations.values()
            if one.header.sender.jurisdiction == jurisdiction
            and one.header.predecessors == (self.in_force,)
        )

    def corrected(self, records: Collection[bytes], corrections: Collection[bytes]) -> set[bytes]:
        """The records as these corrections leave them."""
        counted = [one for i, one in self.corrections.items() if i in corrections]
        added = {record for one in counted for record in one.added}
        replaced = {record for one in counted for record in one.replaced}
        return ({*records} | added) - replaced


def read_facts(case: Case) -> Facts:
    """Sort and weigh all that was accepted."""
    kinds = _by_kind(case)
    reconciliations = _of_kind(kinds, Reconciliation)
    ceased = _ceased(kinds)
    replaces = _replaces(kinds)
    replaced = set(replaces.values())
    heads = {i: one for i, one in reconciliations.items() if i not in replaced}
    head = _latest(heads)
    rests_on = reconciliations[head].header.predecessors if head else ()
    in_force = b"" if ceased.intersection(rests_on) else head
    last = _heads(_of_kind(kinds, Determination))
    responses = _of_kind(kinds, HistoryResponse)
    examinations: dict[bytes, Countersignature | Dispute] = {
        **_of_kind(kinds, Countersignature),
        **_of_kind(kinds, Dispute),
    }
    closures = _standing_closures(kinds)
    corrections = _of_kind(kinds, Correction)
    return Facts(
        requests=_of_kind(kinds, HistoryRequest),
        responses=responses,
        reconciliations=reconciliations,
        examinations=examinations,
        determinations=_of_kind(kinds, Determination),
        corrections={i: one for i, one in corrections.items() if i not in ceased},
        ceased_corrections={i: one for i, one in corrections.items() if i in ceased},
        ends=_of_kind(kinds, PermissionEnd),
        answers=_of_kind(kinds, NoticeAnswer),
        reminders=_of_kind(kinds, Reminder),
        summaries=_of_kind(kinds, Summary),
        closures=closures,
        ceased=ceased,
        head=head,
        in_force=in_force,
        determined=_on(in_force, last),
        standing=_last_of_each(replaces, head, last),
        objected=_of_kind(kinds, Objection),
        objections=_open_objections(kinds, last, reconciliations.get(in_force)),
        given_up=_of_kind(kinds, ClaimWithdrawal),
        contradictions=_contradictions(responses, heads, examinations, last),
        settled=any(in_force in _bases(case, one) for one in closures.values()),
        withdrawn=any(one.reason is ClosureReason.WITHDRAWN for one in closures.values()),
    )


_Kinds = Mapping[type[CaseStatement], dict[bytes, CaseStatement]]


def _by_kind(case: Case) -> _Kinds:
    kinds: defaultdict[type[CaseStatement], dict[bytes, CaseStatement]] = defaultdict(dict)
    for i, one in case.accepted.items():
        kinds[type(one)][i] = one
    return kinds


def _of_kind(kinds: _Kinds, kind: type[T]) -> dict[bytes, T]:
    return cast("dict[bytes, T]", kinds.get(cast("type[CaseStatement]", kind), {}))


def _ceased(kinds: _Kinds) -> frozenset[bytes]:
    return frozenset(i for one in _of_kind(kinds, NoticeAnswer).values() for i in one.ceased)


def _final(responses: Mapping[bytes, HistoryResponse]) -> dict[bytes, HistoryResponse]:
    """Without the answers that announce a later one."""
    return {i: one for i, one in responses.items() if one.outcome is not HistoryOutcome.NOT_BEFORE}


def _replaces(kinds: _Kinds) -> dict[bytes, bytes]:
    """
    By result the one that it replaces; empty for none that is here.

    A result that its lead erased before it left is nowhere to come from. So where the lead has said
    that it erased some, one that replaces what is not here takes the place of the last before it.
    """
    erasers = {
        one.header.sender.jurisdiction
        for one in _of_kind(kinds, NoticeAnswer).values()
        if one.effect is NoticeEffect.ERASED
    }
    found: dict[bytes, bytes] = {}
    last = b""
    reconciliations = _of_kind(kinds, Reconciliation)
    for i, one in reconciliations.items():
        before = one.supersedes
        if before and before not in reconciliations:
            before = last if one.header.sender.jurisdiction in erasers else b""
        found[i], last = before, i
    return found


def _heads(statements: Mapping[bytes, Determination]) -> dict[bytes, Determination]:
    """Those that no other one replaces."""
    replaced = {one.supersedes for one in statements.values()}
    return {i: one for i, one in statements.items() if i not in replaced}


def _latest(heads: Mapping[bytes, Reconciliation]) -> bytes:
    """The one that nothing replaces, the smaller of two alike; empty where they differ."""
    is_one = len(heads) == 1 or len({_content(one) for one in heads.values()}) == 1
    return min(heads) if is_one else b""


def _on(in_force: bytes, last: Mapping[bytes, Determination]) -> dict[Party, bytes]:
    """The determination of each party on the reconciliation in force; the smaller of two alike."""
    found: dict[Party, bytes] = {}
    for i in sorted(last):
        if in_force and last[i].result == in_force:
            found.setdefault(last[i].header.sender, i)
    return found


def _last_of_each(
    replaces: Mapping[bytes, bytes],
    head: bytes,
    last: Mapping[bytes, Determination],
) -> dict[Party, bytes]:
    """The determination of each party on the latest reconciliation that it decided on."""
    found: dict[Party, bytes] = {}
    seen: set[bytes] = set()
    while head in replaces and head not in seen:
        seen.add(head)
        for party, i in _on(head, last).items():
            found.setdefault(party, i)
        head = replaces[head]
    return found


def _open_objections(
    kinds: _Kinds, last: Mapping[bytes, Determination], current: Reconciliation | None
) -> tuple[bytes, ...]:
    """
    Objections to determinations that nothing has replaced since.

    Whoever holds no record by the result in force does not decide again, nor rests anything on what
    it had decided: so nobody waits for its answer, unless a later result has it back.
    """
    gone = () if current is None else current.not_insured
    decided = {i for i, one in last.items() if one.header.sender not in gone}
    found = _of_kind(kinds, Objection)
    return tuple(sorted(i for i, one in found.items() if one.header.predecessors[0] in decided))


def _standing_closures(kinds: _Kinds) -> dict[bytes, Closure]:
    """Those that were not taken back."""
    reopened = {i for one in _of_kind(kinds, Reopening).values() for i in one.header.predecessors}
    return {i: one for i, one in _of_kind(kinds, Closure).items() if i not in reopened}


def _contradictions(
    responses: Mapping[bytes, HistoryResponse],
    heads: Mapping[bytes, Reconciliation],
    examinations: Mapping[bytes, Countersignature | Dispute],
    last: Mapping[bytes, Determination],
) -> tuple[tuple[bytes, ...], ...]:
    """Statements that cannot all hold; no two of the latest reconciliations may differ."""
    found = (
        *_contradicting(_final(responses)),
        *_contradicting(heads, together=True),
        *_contradicting(examinations),
        *_contradicting(last),
    )
    return tuple(sorted(found))


def _contradicting(
    statements: Mapping[bytes, CaseStatement], *, together: bool = False
) -> Iterator[tuple[bytes, ...]]:
    """Groups by sender and what is answered (``together``: one group) that differ in content."""
    places: defaultdict[Hashable, dict[bytes, CaseStatement]] = defaultdict(dict)
    for i, one in statements.items():
        place = None if together else (one.header.sender, _answered(one))
        places[place][i] = one
    for group in places.values():
        if len(group) > 1 and len({_content(one) for one in group.values()}) > 1:
            yield tuple(sorted(group))


def _answered(statement: CaseStatement) -> tuple[bytes, ...]:
    """What a statement is about; a determination names more than its result."""
    if isinstance(statement, Determination):
        return (statement.result,)
    return tuple(sorted(statement.header.predecessors))


def _content(statement: CaseStatement) -> Hashable:
    """The statement without salt, time and what it replaces, nor what depends on the salt."""
    predecessors = _answered(statement)
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
