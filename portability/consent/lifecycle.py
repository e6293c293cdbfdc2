"""
Where a consent stands: a function of signed, append-only acts, of uses and of the time.

GRANTED alone permits disclosure. An act that the state at its time does not allow changes nothing,
so repetition and late arrival are harmless. Source: formats.md, §6, Lifecycle.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from heapq import merge
from operator import itemgetter
from typing import Final

from portability.consent.statements import ConsentState


class ActKind(StrEnum):
    """What was done, by whoever may do it; each act rests on a verified, logged statement."""

    REQUEST = "request"
    GRANT = "grant"
    REFUSE = "refuse"
    PAUSE = "pause"
    RESUME = "resume"
    SUPERSEDE = "supersede"
    WITHDRAW = "withdraw"
    TERMINATE = "terminate"
    INVALIDATE = "invalidate"


OPEN_STATES: Final = frozenset({ConsentState.GRANTED, ConsentState.PAUSED})
"""From these a consent can still be used, now or later, and can still be withdrawn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One act at the instant at which the home node accepted it; ``until`` ends a pause."""

    kind: ActKind
    at: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What ends a consent by itself. ``answer_by``: the end of the term for an answer."""

    not_after: datetime
    max_uses: int
    answer_by: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    state: ConsentState
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """
    Where it stands, since when, and how it came there; ``resume_at``: the end of a pause.

    ``version`` counts every change of state from 1.
    """

    state: ConsentState
    version: int
    since: datetime
    changes: tuple[Change, ...] = field(default=(), compare=False)
    resume_at: datetime | None = field(default=None, compare=False)

    @property
    def permits(self) -> bool:
        return self.state is ConsentState.GRANTED


_FROM_OPEN: Final = {
    ActKind.SUPERSEDE: ConsentState.SUPERSEDED,
    ActKind.WITHDRAW: ConsentState.WITHDRAWN,
    ActKind.TERMINATE: ConsentState.TERMINATED,
    ActKind.INVALIDATE: ConsentState.INVALIDATED,
}

_MOVES: Final[Mapping[tuple[ConsentState | None, ActKind], ConsentState]] = {
    (None, ActKind.REQUEST): ConsentState.REQUESTED,
    (ConsentState.REQUESTED, ActKind.GRANT): ConsentState.GRANTED,
    (ConsentState.REQUESTED, ActKind.REFUSE): ConsentState.REFUSED,
    (ConsentState.GRANTED, ActKind.PAUSE): ConsentState.PAUSED,
    (ConsentState.PAUSED, ActKind.RESUME): ConsentState.GRANTED,
    **{(state, kind): end for state in OPEN_STATES for kind, end in _FROM_OPEN.items()},
}


def allows(state: ConsentState, kind: ActKind) -> bool:
    """Whether the act would change anything now; asked before an act is taken in."""
    return (state, kind) in _MOVES


def standing(
    acts: Sequence[Act], terms: Terms, *, now: datetime, uses: Iterable[datetime] = ()
) -> Standing:
    """
    Where the consent stands at ``now``.

    ``acts`` in the order in which they were logged; the first is the request. ``uses`` are the
    instants of releases, in order. Acts and uses after ``now`` don't count yet.
    """
    machine = _replay(acts, terms, now, uses)
    changes = machine.changes
    if not changes:
        raise RuntimeError("a consent starts with a request that was made before it is looked at")
    latest = changes[-1]
    return Standing(
        state=latest.state,
        version=len(changes),
        since=latest.at,
        changes=tuple(changes),
        resume_at=machine.resume_at if latest.state is ConsentState.PAUSED else None,
    )


def _replay(
    acts: Sequence[Act], terms: Terms, now: datetime, uses: Iterable[datetime]
) -> "_Machine":
    machine = _Machine(terms)
    # at one instant an act comes before a use: what was stopped is not used up
    events = merge(_in_log_order(acts), ((at, None) for at in uses), key=itemgetter(0))
    for at, act in events:
        if at > now:
            break
        machine.pass_time(at)
        machine.apply(act, at)
    machine.pass_time(now)
    return machine


def _in_log_order(acts: Sequence[Act]) -> Iterable[tuple[datetime, Act | None]]:
    """Each act with its time; the log's order stands where a clock went back."""
    latest: datetime | None = None
    for act in acts:
        latest = act.at if latest is None else max(latest, act.at)
        yield latest, act


class _Machine:
    """The state while acts, uses and the time are applied in order."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self.resume_at: datetime | None = None
        self._uses_left = terms.max_uses
        self.changes: list[Change] = []

    @property
    def _state(self) -> ConsentState | None:
        return self.changes[-1].state if self.changes else None

    def apply(self, act: Act | None, at: datetime) -> None:
        """Take in an act, or a use where there is none."""
        if act is None:
            self._use(at)
            return
        state = _MOVES.get((self._state, act.kind))
        if state is not None:
            self._move(state, at)
            self.resume_at = act.until

    def _use(self, at: datetime) -> None:
        self._uses_left -= 1
        if self._uses_left <= 0 and self._state in OPEN_STATES:
            self._move(ConsentState.EXHAUSTED, at)

    def pass_time(self, now: datetime) -> None:
        """Apply what happens by itself, in the order in which it falls due."""
        due = self.resume_at
        ends_first = due is not None and self._terms.not_after <= due
        if self._state is ConsentState.PAUSED and due is not None and due <= now and not ends_first:
            self._move(ConsentState.GRANTED, due)
        if self._state in OPEN_STATES and self._terms.not_after <= now:
            self._move(ConsentState.EXPIRED, self._terms.not_after)
        answer_by = self._terms.answer_by
        if self._state is ConsentState.REQUESTED and answer_by is not None and answer_by <= now:
            self._move(ConsentState.LAPSED, answer_by)

    def _move(self, state: ConsentState, at: datetime) -> None:
        self.changes.append(Change(state=state, at=at))
