"""Where a consent stands, from its acts, its uses and the time."""

from datetime import datetime, timedelta

import pytest

from portability.consent.lifecycle import (
    OPEN_STATES,
    Act,
    ActKind,
    Standing,
    Terms,
    allows,
    standing,
)
from portability.consent.statements import ConsentState
from tests.unit.consent.world import NOW

END = NOW + timedelta(days=60)
TERMS = Terms(not_after=END, max_uses=2, answer_by=NOW + timedelta(days=30))


def at(hours: float) -> datetime:
    return NOW + timedelta(hours=hours)


ASKED = Act(kind=ActKind.REQUEST, at=NOW)
GIVEN = Act(kind=ActKind.GRANT, at=at(1))


LATER = at(10)


def look(*acts: Act, now: datetime = LATER, uses: tuple[datetime, ...] = ()) -> Standing:
    return standing(acts, TERMS, now=now, uses=uses)


def test_what_was_asked_waits_for_an_answer() -> None:
    found = look(ASKED)
    assert found == Standing(state=ConsentState.REQUESTED, version=1, since=NOW)
    assert not found.permits


def test_a_consent_given_permits_and_nothing_else_does() -> None:
    found = look(ASKED, GIVEN)
    assert found == Standing(state=ConsentState.GRANTED, version=2, since=at(1))
    assert found.permits


def test_a_refusal_is_an_end() -> None:
    refused = Act(kind=ActKind.REFUSE, at=at(1))
    assert look(ASKED, refused, Act(kind=ActKind.GRANT, at=at(2))).state is ConsentState.REFUSED


def test_without_an_answer_within_the_term_a_request_lapses() -> None:
    term = NOW + timedelta(days=30)
    assert look(ASKED, now=term - timedelta(seconds=1)).state is ConsentState.REQUESTED
    assert look(ASKED, now=term) == Standing(state=ConsentState.LAPSED, version=2, since=term)
    late = Act(kind=ActKind.GRANT, at=term + timedelta(days=1))
    assert look(ASKED, late, now=END).state is ConsentState.LAPSED


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        (ActKind.SUPERSEDE, ConsentState.SUPERSEDED),
        (ActKind.WITHDRAW, ConsentState.WITHDRAWN),
        (ActKind.TERMINATE, ConsentState.TERMINATED),
        (ActKind.INVALIDATE, ConsentState.INVALIDATED),
    ],
)
def test_every_end_is_reached_from_granted_and_paused_and_kept(
    kind: ActKind, state: ConsentState
) -> None:
    end = Act(kind=kind, at=at(3))
    pause = Act(kind=ActKind.PAUSE, at=at(2), until=at(5))
    assert look(ASKED, GIVEN, end) == Standing(state=state, version=3, since=at(3))
    assert look(ASKED, GIVEN, pause, end) == Standing(state=state, version=4, since=at(3))
    again = Act(kind=ActKind.GRANT, at=at(4))
    assert look(ASKED, GIVEN, end, again, now=END + timedelta(days=1)).state is state


def test_a_pause_ends_on_its_date() -> None:
    pause = Act(kind=ActKind.PAUSE, at=at(2), until=at(5))
    paused = look(ASKED, GIVEN, pause, now=at(4))
    assert paused == Standing(state=ConsentState.PAUSED, version=3, since=at(2))
    assert paused.resume_at == at(5)
    assert look(ASKED, GIVEN, pause, now=at(5)) == Standing(
        state=ConsentState.GRANTED, version=4, since=at(5)
    )


def test_a_pause_ends_when_the_person_says_so_and_its_date_means_nothing_after() -> None:
    pause = Act(kind=ActKind.PAUSE, at=at(2), until=at(5))
    resume = Act(kind=ActKind.RESUME, at=at(3))
    second = Act(kind=ActKind.PAUSE, at=at(4), until=at(9))
    assert look(ASKED, GIVEN, pause, resume).state is ConsentState.GRANTED
    assert look(ASKED, GIVEN, pause, resume, second, now=at(6)).state is ConsentState.PAUSED


def test_a_pause_that_outlasts_the_consent_never_ends() -> None:
    pause = Act(kind=ActKind.PAUSE, at=at(2), until=END + timedelta(days=1))
    found = look(ASKED, GIVEN, pause, now=END + timedelta(days=2))
    assert found == Standing(state=ConsentState.EXPIRED, version=4, since=END)


def test_a_pause_that_ends_with_the_consent_gives_nothing_back() -> None:
    pause = Act(kind=ActKind.PAUSE, at=at(2), until=END)
    found = look(ASKED, GIVEN, pause, now=END)
    assert found == Standing(state=ConsentState.EXPIRED, version=4, since=END)
    states = [change.state for change in found.changes]
    assert states.count(ConsentState.GRANTED) == 1


def test_the_end_of_a_consent_is_not_part_of_it() -> None:
    assert look(ASKED, GIVEN, now=END - timedelta(seconds=1)).permits
    assert look(ASKED, GIVEN, now=END).state is ConsentState.EXPIRED


def test_what_comes_after_the_end_changes_nothing() -> None:
    late = Act(kind=ActKind.WITHDRAW, at=END + timedelta(hours=1))
    assert look(ASKED, GIVEN, late, now=END + timedelta(days=1)).state is ConsentState.EXPIRED


def test_the_last_use_exhausts_a_consent() -> None:
    assert look(ASKED, GIVEN, uses=(at(2),)).permits
    assert look(ASKED, GIVEN, uses=(at(2), at(3))) == Standing(
        state=ConsentState.EXHAUSTED, version=3, since=at(3)
    )


def test_a_use_that_is_heard_of_after_a_withdrawal_changes_nothing() -> None:
    withdrawn = Act(kind=ActKind.WITHDRAW, at=at(3))
    found = look(ASKED, GIVEN, withdrawn, uses=(at(2), at(3), at(4)))
    assert found == Standing(state=ConsentState.WITHDRAWN, version=3, since=at(3))


def test_the_future_does_not_count_yet() -> None:
    withdrawn = Act(kind=ActKind.WITHDRAW, at=at(20))
    assert look(ASKED, GIVEN, withdrawn, uses=(at(21), at(22))).permits


def test_the_order_of_the_log_stands_where_a_clock_went_back() -> None:
    withdrawn = Act(kind=ActKind.WITHDRAW, at=NOW - timedelta(hours=1))
    assert look(ASKED, GIVEN, withdrawn).state is ConsentState.WITHDRAWN


def test_an_act_is_taken_in_only_where_it_changes_something() -> None:
    assert all(allows(state, ActKind.WITHDRAW) for state in OPEN_STATES)
    others = set(ConsentState) - OPEN_STATES
    assert not any(allows(state, ActKind.WITHDRAW) for state in others)


def test_nothing_stands_anywhere_before_it_was_asked_for() -> None:
    with pytest.raises(RuntimeError):
        look(ASKED, now=NOW - timedelta(seconds=1))
