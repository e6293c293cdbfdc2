"""
The life of a consent as a state machine: whoever does whatever, whenever, against a plain model.

The model below is written from the table of the states alone and shares nothing with the code
that is tested: it keeps one state and changes it, where the code replays all acts from the first.
"""

from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from portability.consent.lifecycle import Act, ActKind, Standing, Terms, allows, standing
from portability.consent.statements import ConsentState
from tests.unit.consent.world import NOW

ENDS = {
    ConsentState.REFUSED,
    ConsentState.LAPSED,
    ConsentState.SUPERSEDED,
    ConsentState.WITHDRAWN,
    ConsentState.EXPIRED,
    ConsentState.EXHAUSTED,
    ConsentState.TERMINATED,
    ConsentState.INVALIDATED,
}
CLOSING = {
    ActKind.SUPERSEDE: ConsentState.SUPERSEDED,
    ActKind.WITHDRAW: ConsentState.WITHDRAWN,
    ActKind.TERMINATE: ConsentState.TERMINATED,
    ActKind.INVALIDATE: ConsentState.INVALIDATED,
}
SPANS = st.integers(1, 20).map(lambda days: timedelta(days=days))


class LifeOfAConsent(RuleBasedStateMachine):
    """Acts, uses and days go by; after each step the code and the model agree."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.acts: list[Act] = []
        self.uses: list[datetime] = []
        self.seen: list[Standing] = []
        self.state = ConsentState.REQUESTED
        self.pause_ends: datetime | None = None
        self.left = 0

    @initialize(days=st.integers(5, 40), answer=st.integers(2, 30), uses=st.integers(1, 4))
    def ask(self, days: int, answer: int, uses: int) -> None:
        self.terms = Terms(
            not_after=NOW + timedelta(days=days),
            max_uses=uses,
            answer_by=NOW + timedelta(days=answer),
        )
        self.left = uses
        self.acts = [Act(kind=ActKind.REQUEST, at=NOW)]

    # --- what the model does ---------------------------------------------------------------------

    def _pass(self, span: timedelta) -> None:
        """Time goes on, and what falls due on the way happens, in its order."""
        self.now += span
        pause, end, term = self.pause_ends, self.terms.not_after, self.terms.answer_by
        is_over = end <= self.now
        if self.state is ConsentState.PAUSED and pause is not None and pause <= self.now < end:
            self.state, self.pause_ends = ConsentState.GRANTED, None
        if self.state in {ConsentState.GRANTED, ConsentState.PAUSED} and is_over:
            self.state = ConsentState.EXPIRED
        if self.state is ConsentState.REQUESTED and term is not None and term <= self.now:
            self.state = ConsentState.LAPSED

    def _act(self, kind: ActKind, until: datetime | None = None) -> None:
        # each act a second after whatever came before: an instant has one order in the log
        self._pass(timedelta(seconds=1))
        self.acts.append(Act(kind=kind, at=self.now, until=until))

    # --- what happens ----------------------------------------------------------------------------

    @rule(span=SPANS)
    def days_go_by(self, span: timedelta) -> None:
        self._pass(span)

    @rule()
    def the_person_allows(self) -> None:
        self._act(ActKind.GRANT)
        if self.state is ConsentState.REQUESTED:
            self.state = ConsentState.GRANTED
            self._pass(timedelta(0))  # its time may be over already

    @rule()
    def the_person_refuses(self) -> None:
        self._act(ActKind.REFUSE)
        if self.state is ConsentState.REQUESTED:
            self.state = ConsentState.REFUSED

    @rule(span=SPANS)
    def the_person_pauses(self, span: timedelta) -> None:
        until = self.now + span
        self._act(ActKind.PAUSE, until)
        if self.state is ConsentState.GRANTED:
            self.state, self.pause_ends = ConsentState.PAUSED, until

    @rule()
    def the_person_resumes(self) -> None:
        self._act(ActKind.RESUME)
        if self.state is ConsentState.PAUSED:
            self.state, self.pause_ends = ConsentState.GRANTED, None

    @rule(kind=st.sampled_from(sorted(CLOSING)))
    def somebody_ends_it(self, kind: ActKind) -> None:
        self._act(kind)
        if self.state in {ConsentState.GRANTED, ConsentState.PAUSED}:
            self.state = CLOSING[kind]

    @precondition(lambda self: self.state is ConsentState.GRANTED)
    @rule()
    def data_are_released(self) -> None:
        """The gate releases in this state alone; the receipt may be heard of in any."""
        self._pass(timedelta(seconds=1))
        if self.state is not ConsentState.GRANTED:
            return
        self.uses.append(self.now)
        self.left -= 1
        if not self.left:
            self.state = ConsentState.EXHAUSTED

    @rule(kind=st.sampled_from(sorted(ActKind)))
    def an_act_is_looked_up_before_it_is_taken_in(self, kind: ActKind) -> None:
        """What the code says it allows is what would change something, a moment from now."""
        soon = self.now + timedelta(seconds=1)
        before = self.look(soon)
        after = standing(
            [*self.acts, Act(kind=kind, at=soon, until=soon + timedelta(days=1))],
            self.terms,
            now=soon,
            uses=self.uses,
        )
        assert allows(before.state, kind) == (after.version > before.version)

    # --- what holds at every moment --------------------------------------------------------------

    def look(self, now: datetime | None = None) -> Standing:
        return standing(self.acts, self.terms, now=now or self.now, uses=self.uses)

    @invariant()
    def the_code_and_the_model_agree(self) -> None:
        if not self.acts:
            return
        found = self.look()
        assert found.state is self.state
        assert found.permits == (self.state is ConsentState.GRANTED)
        assert len(self.uses) <= self.terms.max_uses
        assert (found.resume_at is not None) == (self.state is ConsentState.PAUSED)

    @invariant()
    def versions_count_up_and_an_end_is_an_end(self) -> None:
        if not self.acts:
            return
        found = self.look()
        if self.seen:
            before = self.seen[-1]
            assert found.version >= before.version
            assert found.changes[: len(before.changes)] == before.changes
            if before.state in ENDS:
                assert found == before
        self.seen.append(found)

    @invariant()
    def the_past_can_be_asked_about_and_does_not_change(self) -> None:
        if self.seen:
            first = self.look(now=self.acts[0].at)
            assert first.state is ConsentState.REQUESTED


TestLifeOfAConsent = LifeOfAConsent.TestCase
TestLifeOfAConsent.settings = settings(max_examples=150, stateful_step_count=25, deadline=None)
