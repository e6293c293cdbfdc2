"""
Results that have fallen with the permission for what they were made of, before anybody decided.

A result holds the first and last day of each period, and its digest confirms a guess at them. So
whoever says that it erased what came under a permission erases these results, too, and what was
said of them, once everybody who takes part has answered the notice and nobody keeps them: until
then a decision may be on its way that only they make readable. What stays of each is what the case
has to know: who said it, what it names, what it replaces. Data behind a decision is kept under the
agreement's citation (``notices``); then nobody says that anything was erased. Source: design.md,
The gate; GDPR Art 17(1).
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from portability.recognition.case import Case
from portability.recognition.facts import Facts
from portability.recognition.notices import brought_by
from portability.recognition.statements import (
    CaseStatement,
    Countersignature,
    Dispute,
    HistoryOutcome,
    HistoryResponse,
    NoticeAnswer,
    NoticeEffect,
    PermissionEnd,
    Reconciliation,
)

UNKNOWN_DIGEST: Final = bytes(32)
"""In place of one that was erased."""

Erasable = Reconciliation | Countersignature | Dispute


def has_erased(case: Case) -> bool:
    """Whether this party has said in the case that it erased what it had received."""
    return any(True for _ in _own_erasures(case))


def fallen(case: Case) -> dict[bytes, Erasable]:
    """What this party may no longer hold whole, as its own answers in the case say, by id."""
    gone = let_go(case)
    if not gone:
        return {}
    said: Mapping[bytes, CaseStatement] = {**case.accepted, **case.waiting}
    results: dict[bytes, Erasable] = {
        i: one
        for i, one in said.items()
        if isinstance(one, Reconciliation)
        and gone.intersection(one.header.predecessors)
        and not _may_be_decided_on(case, one)
    }
    examinations: dict[bytes, Erasable] = {
        i: one
        for i, one in said.items()
        if isinstance(one, Countersignature | Dispute)
        and not results.keys().isdisjoint(one.header.predecessors)
    }
    return results | examinations


def _may_be_decided_on(case: Case, result: Reconciliation) -> bool:
    """
    Whether a decision on a result may be on its way: somebody who takes part in it has not answered
    the notice yet, or keeps what rests on it.

    Then the others need the result, and what was said of it, to read that decision.
    """
    answers = [one for one in case.accepted.values() if isinstance(one, NoticeAnswer)]
    basis = {*result.header.predecessors}
    named = {i for one in _own_erasures(case) for i in one.header.predecessors}
    ends = {
        i
        for one in answers
        if not basis.isdisjoint(one.ceased)
        for i in named.intersection(one.header.predecessors)
    }
    let_go_by = {
        (i, one.header.sender.jurisdiction)
        for one in answers
        if one.effect is not NoticeEffect.KEPT
        for i in ends.intersection(one.header.predecessors)
    }
    parties = () if case.claim is None else case.claim.parties
    part = {one.jurisdiction for one in parties if one not in result.absent}
    return any((i, one) not in let_go_by for i in ends for one in part - {case.own})


def let_go(case: Case) -> set[bytes]:
    """
    Answers with records, and corrections, that this party has erased because a permission ended.

    The lead says which. Of those of other parties it alone knows more than the id.
    """
    ends = {i for one in _own_erasures(case) for i in one.header.predecessors}
    if not ends:
        return set()
    ceased = {
        i
        for one in case.accepted.values()
        if isinstance(one, NoticeAnswer) and not ends.isdisjoint(one.header.predecessors)
        for i in one.ceased
    }
    return {i for i in ceased if _may_have_records(case.accepted.get(i))}


def records_let_go(case: Case, facts: Facts) -> set[bytes]:
    """Records that came with what was let go, or with a result of it, and with nothing else."""
    gone, results = let_go(case), fallen(case)
    came = brought_by(facts, gone)
    stays = brought_by(facts, {*facts.usable, *facts.corrections} - gone)
    for i, one in facts.reconciliations.items():
        (came if i in results else stays).update(one.inputs)
    return came - stays


def ends_behind(case: Case) -> tuple[PermissionEnd, ...]:
    """The ends of permissions because of which this party has erased something."""
    named = {i for one in _own_erasures(case) for i in one.header.predecessors}
    ended = (case.accepted[i] for i in sorted(named))
    return tuple(one for one in ended if isinstance(one, PermissionEnd))


def without_content(statement: Erasable, alike: bytes = UNKNOWN_DIGEST) -> Erasable:
    """
    What stays of a statement: nothing from which a day of a period follows, or by which one could
    be confirmed. ``alike`` are 32 bytes that results have in common which were the same.
    """
    if isinstance(statement, Reconciliation):
        return replace(statement, result=b"", digest=alike, is_erased=True)
    return replace(statement, digest=UNKNOWN_DIGEST)


def likenesses(results: Mapping[bytes, Reconciliation]) -> dict[bytes, bytes]:
    """
    By result the smallest id of those that say the same: two that differ stay a contradiction,
    although nobody can tell any more in what.
    """
    first: dict[tuple[bytes, bytes], bytes] = {}
    for i in sorted(results):
        first.setdefault((results[i].result, results[i].digest), i)
    return {i: first[one.result, one.digest] for i, one in results.items()}


def _own_erasures(case: Case) -> Iterator[NoticeAnswer]:
    return (
        one
        for one in case.accepted.values()
        if isinstance(one, NoticeAnswer)
        and one.effect is NoticeEffect.ERASED
        and one.header.sender.jurisdiction == case.own
    )


def _may_have_records(said: CaseStatement | None) -> bool:
    return not isinstance(said, HistoryResponse) or said.outcome is HistoryOutcome.RECORDS
