"""What is late, missing, wrong or taken back, and how a case goes on with it."""

from datetime import UTC, date, datetime, timedelta

import pytest

from portability.consent.scope import Party
from portability.errors import InvalidInputError
from portability.recognition.case import (
    AnswerHistory,
    AnswerNotice,
    Case,
    CaseState,
    Clock,
    Close,
    Countersign,
    Determine,
    Duty,
    Reconcile,
    Remind,
    Reopen,
    Send,
    Summarise,
    Terms,
    Tick,
)
from portability.recognition.facts import read_facts
from portability.recognition.machine import advance, replay
from portability.recognition.progress import progress
from portability.recognition.statements import (
    ClosureReason,
    HistoryOutcome,
    NoticeEffect,
    ReopeningCause,
    Said,
    Step,
)
from portability.recognition.timing import next_time
from tests.unit.recognition.story import (
    CNAV,
    INSS,
    NOW,
    ZUS,
    closure,
    correction,
    countersignature,
    determination,
    in_order,
    notice_answer,
    objection,
    permission_end,
    reconciliation,
    reminder,
    reopening,
    request,
    response,
    story,
    summary,
)

LEAD = "ES"
TERMS = Terms(
    answer=timedelta(days=30),
    interval=timedelta(days=15),
    reminders=2,
    provisional=timedelta(days=75),
)
PERMISSION = bytes([9]) * 32
AGIRC = Party(jurisdiction="FR", institution="agirc-arrco")


def after(days: float) -> Clock:
    return Clock(now=NOW + timedelta(days=days), terms=TERMS)


def ids(*statements: Said) -> tuple[bytes, ...]:
    return tuple(sorted(one.statement_id for one in statements))


def due(case: Case, kind: type[Duty], clock: Clock | None = None) -> list[Duty]:
    return [one for one in progress(case, clock).duties if isinstance(one, kind)]


def sent(effects: tuple[object, ...]) -> set[tuple[bytes, str]]:
    return {(one.statement_id, one.to) for one in effects if isinstance(one, Send)}


class TestNotInsuredHere:
    claim = story(INSS, CNAV, ZUS).claim
    asked = (request(CNAV, claim=claim), request(ZUS, claim=claim))
    answers = (response(asked[0]), response(asked[1], HistoryOutcome.NONE))
    result = reconciliation(*in_order(*answers), claim=claim, not_insured=(ZUS,))
    decided = (determination(result, INSS), determination(result, CNAV))

    def test_the_lead_leaves_it_out_of_the_result_and_tells_it_nothing_more(self) -> None:
        case = replay(LEAD, [*self.asked, *self.answers])
        duty = Reconcile(basis=ids(*self.answers), supersedes=b"", not_insured=(ZUS,))
        assert progress(case).duties == (duty,)
        _, effects = advance(case, self.result)
        assert sent(effects) == {(self.result.statement_id, "FR")}

    def test_the_case_closes_without_it(self) -> None:
        case = replay(
            LEAD,
            [*self.asked, *self.answers, self.result, countersignature(self.result)],
        )
        assert progress(case).state is CaseState.AGREED
        whole = [*self.decided, summary(*self.decided, claim=self.claim)]
        for one in whole:
            case, _ = advance(case, one)
        case, effects = advance(case, closure(*self.decided, claim=self.claim))
        assert progress(case).state is CaseState.CLOSED
        assert {to for _, to in sent(effects)} == {"FR"}

    def test_there_the_case_has_come_to_its_end(self) -> None:
        case = replay("PL", [self.asked[1], self.answers[1]])
        found = progress(case)
        assert (found.state, found.awaiting, found.duties) == (CaseState.NOT_INSURED, (), ())

    def test_it_may_not_decide(self) -> None:
        case = replay(LEAD, [*self.asked, *self.answers, self.result])
        with pytest.raises(InvalidInputError, match="may not say"):
            advance(case, determination(self.result, ZUS))

    def test_a_record_that_it_finds_later_makes_it_a_party_that_gets_the_whole_case(self) -> None:
        found = correction(self.answers[1], ZUS)
        before = [*self.asked, *self.answers, self.result, countersignature(self.result)]
        case = replay(LEAD, [*before, found])
        again = Reconcile(basis=ids(*self.answers, found), supersedes=self.result.statement_id)
        assert due(case, Reconcile) == [again]
        second = reconciliation(
            *in_order(*self.answers, found),
            claim=self.claim,
            digest=6,
            supersedes=self.result.statement_id,
        )
        _, effects = advance(case, second)
        assert sent(effects) >= {
            (self.result.statement_id, "PL"),
            (second.statement_id, "PL"),
            (second.statement_id, "FR"),
        }


class TestAnnouncedAnswers:
    asked = request()
    later = response(asked, HistoryOutcome.NOT_BEFORE)

    def test_the_answer_is_due_again_on_the_day_announced_and_not_before(self) -> None:
        case = replay("FR", [self.asked, self.later])
        assert due(case, AnswerHistory) == []
        eve = Clock(now=datetime(2026, 5, 31, 23, tzinfo=UTC), terms=TERMS)
        day = Clock(now=datetime(2026, 6, 1, tzinfo=UTC), terms=TERMS)
        assert due(case, AnswerHistory, eve) == []
        assert due(case, AnswerHistory, day) == [AnswerHistory(request_id=self.asked.statement_id)]

    def test_nobody_is_reminded_before_that_day_and_the_term(self) -> None:
        case = replay(LEAD, [self.asked, self.later])
        first = datetime(2026, 7, 1, tzinfo=UTC)
        before = Clock(now=first - timedelta(seconds=1), terms=TERMS)
        assert due(case, Remind, before) == []
        assert len(due(case, Remind, Clock(now=first, terms=TERMS))) == 1


class TestSilence:
    claim = story(INSS, CNAV, ZUS).claim
    asked = (request(CNAV, claim=claim), request(ZUS, claim=claim))
    answer = response(asked[0])
    early = (*asked, answer)
    result = reconciliation(*in_order(answer, asked[1]), claim=claim, missing=(ZUS,))
    signed = countersignature(result)
    provisional = (determination(result, INSS), determination(result, CNAV))
    late = response(asked[1], record=2)

    def test_reminders_follow_each_other_and_end_in_an_escalation(self) -> None:
        case = replay(LEAD, self.early)
        told: list[tuple[int, int, bool]] = []
        for day in range(120):
            for one in due(case, Remind, after(day)):
                assert isinstance(one, Remind)
                assert (one.recipient, one.step, one.subject) == (
                    ZUS,
                    Step.HISTORY,
                    self.asked[1].statement_id,
                )
                assert one.due == date(2026, 4, 1)
                told.append((day, one.number, one.escalated))
                case, _ = advance(
                    case, reminder(self.asked[1], ZUS, number=one.number, claim=self.claim)
                )
        assert told == [(30, 1, False), (45, 2, False), (60, 3, True)]

    def test_a_reminder_goes_to_whom_it_reminds(self) -> None:
        case = replay(LEAD, self.early)
        one = reminder(self.asked[1], ZUS, claim=self.claim)
        _, effects = advance(case, one)
        assert sent(effects) == {(one.statement_id, "PL")}

    def test_countersignature_and_determination_are_reminded_of_too(self) -> None:
        case = replay(LEAD, [*self.asked, self.answer, self.late])
        both = reconciliation(*in_order(self.answer, self.late), claim=self.claim)
        case, _ = advance(case, both)
        steps = {(one.recipient, one.step) for one in due(case, Remind, after(31))}
        assert steps == {
            (CNAV.node, Step.COUNTERSIGNATURE),
            (ZUS.node, Step.COUNTERSIGNATURE),
        }
        for party in (CNAV, ZUS):
            case, _ = advance(case, countersignature(both, party))
        steps = {(one.recipient, one.step) for one in due(case, Remind, after(31))}
        assert steps == {(CNAV, Step.DETERMINATION), (ZUS, Step.DETERMINATION)}

    def test_past_the_term_the_lead_goes_on_without_whom_is_silent(self) -> None:
        case = replay(LEAD, self.early)
        assert due(case, Reconcile, after(74)) == []
        assert due(case, Reconcile, after(75)) == [
            Reconcile(basis=ids(self.answer, self.asked[1]), supersedes=b"", missing=(ZUS,))
        ]
        assert case.claim is not None
        moment = next_time(case.claim, read_facts(case), after(74))
        assert moment == NOW + TERMS.provisional

    def test_decisions_without_it_are_provisional_and_the_case_stays_open(self) -> None:
        case = replay(LEAD, [*self.early, self.result, self.signed])
        found = progress(case)
        assert (found.state, found.missing) == (CaseState.PROVISIONAL, (ZUS,))
        assert due(case, Determine) == [
            Determine(institution=INSS, reconciliation_id=self.result.statement_id, missing=(ZUS,))
        ]
        case = replay(LEAD, [*self.early, self.result, self.signed, *self.provisional])
        assert progress(case).duties == ()
        assert progress(case).awaiting == (ZUS,)
        with pytest.raises(InvalidInputError, match="while histories are missing"):
            advance(case, closure(*self.provisional, claim=self.claim))

    def test_a_final_decision_on_a_result_that_lacks_a_history_is_refused(self) -> None:
        case = replay(LEAD, [*self.early, self.result, self.signed])
        final = determination(reconciliation(claim=self.claim), INSS).statement
        wrong = determination(self.result, INSS).statement
        changed = Said(
            statement_id=bytes([1]) * 32,
            statement=type(wrong)(
                **{
                    name: getattr(final if name in {"provisional", "missing"} else wrong, name)
                    for name in wrong.__dataclass_fields__
                }
            ),
        )
        with pytest.raises(InvalidInputError, match="which histories"):
            advance(case, changed)

    def test_the_silent_party_hears_nothing_of_the_others_until_it_answers(self) -> None:
        case = replay(LEAD, self.early)
        case, effects = advance(case, self.result)
        assert sent(effects) == {(self.result.statement_id, "FR")}
        case, effects = advance(case, self.signed)
        case, effects = advance(case, self.provisional[0])
        assert sent(effects) == {(self.provisional[0].statement_id, "FR")}

    def test_the_late_joiner_gets_a_new_result_and_all_that_was_said_before(self) -> None:
        before = [*self.early, self.result, self.signed, *self.provisional]
        case, effects = advance(replay(LEAD, before), self.late)
        both = ids(self.answer, self.late)
        assert effects == (Reconcile(basis=both, supersedes=self.result.statement_id),)
        second = reconciliation(
            *in_order(self.answer, self.late),
            claim=self.claim,
            digest=6,
            supersedes=self.result.statement_id,
        )
        case, effects = advance(case, second)
        assert sent(effects) == {
            (self.result.statement_id, "PL"),
            (self.provisional[0].statement_id, "PL"),
            (second.statement_id, "FR"),
            (second.statement_id, "PL"),
        }
        france = replay("FR", [self.asked[0], self.answer, self.result, self.signed])
        for one in self.provisional:
            france, _ = advance(france, one)
        france, effects = advance(france, second)
        assert sent(effects) == {
            (self.signed.statement_id, "PL"),
            (self.provisional[1].statement_id, "PL"),
        }

    def test_provisional_decisions_are_replaced_and_then_the_case_closes(self) -> None:
        second = reconciliation(
            *in_order(self.answer, self.late),
            claim=self.claim,
            digest=6,
            supersedes=self.result.statement_id,
        )
        before = [
            *self.early,
            self.result,
            self.signed,
            *self.provisional,
            self.late,
            second,
            countersignature(second),
            countersignature(second, ZUS),
        ]
        case = replay(LEAD, before)
        first = self.provisional[0].statement_id
        assert due(case, Determine) == [
            Determine(institution=INSS, reconciliation_id=second.statement_id, supersedes=first)
        ]
        final = [
            determination(second, INSS, supersedes=first),
            determination(second, CNAV, supersedes=self.provisional[1].statement_id),
            determination(second, ZUS),
        ]
        case = replay(LEAD, [*before, *final])
        assert progress(case).duties == (Summarise(determinations=ids(*final)),)


def test_two_institutions_of_one_country_answer_and_decide_each_for_itself() -> None:
    told = story(INSS, CNAV, AGIRC)
    case = replay("FR", [*told.requests, told.responses[0]])
    assert due(case, AnswerHistory) == [AnswerHistory(request_id=told.requests[1].statement_id)]
    signed = countersignature(told.reconciliation)
    lead = replay(LEAD, [*told.requests, *told.responses, told.reconciliation, signed])
    assert progress(lead).state is CaseState.AGREED
    assert progress(lead).awaiting == (INSS, CNAV, AGIRC)
    lead = replay(LEAD, told.everything[:-1])
    with pytest.raises(InvalidInputError, match="one determination of each party"):
        advance(lead, closure(*told.determinations[:2], claim=told.claim))
    lead, _ = advance(lead, told.closure)
    assert progress(lead).state is CaseState.CLOSED


@pytest.mark.parametrize("countries", range(2, 11))
def test_two_to_ten_countries_with_two_institutions_each_settle_one_case(countries: int) -> None:
    codes = ("FR", "PL", "DE", "IT", "PT", "NL", "BE", "AT", "SE")[: countries - 1]
    others = (Party(jurisdiction=code, institution=name) for code in codes for name in "ab")
    told = story(INSS, *others)
    for code in ("ES", *codes):
        case = replay(code, told.seen_by(code))
        view = progress(case)
        assert (view.state, view.duties) == (CaseState.CLOSED, ()), code
        assert view.digest == told.reconciliation.statement.digest  # type: ignore[union-attr]
        assert len(view.determined) == 1 + 2 * len(codes)


def test_a_case_of_more_than_ten_countries_is_refused() -> None:
    codes = ["ES", "FR", "PL", "DE", "IT", "PT", "NL", "BE", "AT", "SE", "FI"]
    parties = [Party(jurisdiction=one, institution="one") for one in codes]
    assert advance(Case(own="ES"), request(parties[1], claim=story(*parties[:10]).claim))
    with pytest.raises(InvalidInputError, match="2 to 10 jurisdictions"):
        advance(Case(own="ES"), request(parties[1], claim=story(*parties).claim))


class TestCorrections:
    told = story(INSS, CNAV, ZUS)
    mend = correction(told.reconciliation, CNAV)

    def test_after_the_closure_the_lead_answers_and_reopens(self) -> None:
        case, effects = advance(replay(LEAD, self.told.everything), self.mend)
        assert progress(case).state is CaseState.CLOSED
        assert effects == (
            AnswerNotice(notice_id=self.mend.statement_id, effect=NoticeEffect.REOPENED),
            Reopen(
                closures=ids(self.told.closure),
                causes=ids(self.mend),
                cause=ReopeningCause.CORRECTION,
            ),
        )

    def test_the_reopened_case_is_reconciled_with_the_correction_in_its_basis(self) -> None:
        again = reopening(self.told.closure, causes=(self.mend,), claim=self.told.claim)
        case = replay(LEAD, [*self.told.everything, self.mend])
        case, effects = advance(case, again)
        assert progress(case).state is CaseState.RECONCILING
        assert {to for _, to in sent(effects)} == {"FR", "PL"}
        assert [one for one in effects if isinstance(one, Reconcile)] == [
            Reconcile(
                basis=ids(*self.told.responses, self.mend),
                supersedes=self.told.reconciliation.statement_id,
            )
        ]

    def test_every_other_party_answers_that_it_was_told(self) -> None:
        case = replay("PL", self.told.seen_by("PL"))
        case, effects = advance(case, self.mend)
        notice = AnswerNotice(notice_id=self.mend.statement_id, effect=NoticeEffect.NOTED)
        assert effects == (notice,)
        answer = notice_answer(self.mend, ZUS)
        case, effects = advance(case, answer)
        assert sent(effects) == {(answer.statement_id, "ES"), (answer.statement_id, "FR")}
        assert due(case, AnswerNotice) == []

    def test_the_institution_that_corrects_tells_everyone_and_answers_nobody(self) -> None:
        case = replay("FR", self.told.seen_by("FR"))
        case, effects = advance(case, self.mend)
        assert effects == tuple(
            Send(statement_id=self.mend.statement_id, to=to) for to in ("ES", "PL")
        )

    def test_a_result_is_not_examined_while_a_correction_waits_for_the_next(self) -> None:
        before = [self.told.requests[0], self.told.responses[0]]
        mend = correction(self.told.responses[0], CNAV)
        case = replay("FR", [*before, self.told.reconciliation, mend])
        assert due(case, Countersign) == []
        second = reconciliation(
            *in_order(*self.told.responses, mend),
            claim=self.told.claim,
            digest=6,
            supersedes=self.told.reconciliation.statement_id,
        )
        case, _ = advance(case, second)
        assert due(case, Countersign) == [Countersign(reconciliation_id=second.statement_id)]

    def test_a_correction_waits_at_the_lead_for_what_it_corrects(self) -> None:
        case = replay(LEAD, [*self.told.requests, self.mend])
        assert list(case.waiting) == [self.mend.statement_id]

    def test_a_correction_of_what_holds_no_records_is_refused(self) -> None:
        case = replay(LEAD, self.told.everything)
        with pytest.raises(InvalidInputError, match="holds no records"):
            advance(case, correction(self.told.closure, CNAV))

    def test_a_withdrawn_claim_is_not_reopened(self) -> None:
        end = closure(reason=ClosureReason.WITHDRAWN, claim=self.told.claim)
        case = replay(LEAD, [*self.told.everything[:-1], end, self.mend])
        assert due(case, Reopen) == []
        with pytest.raises(InvalidInputError, match="open a new case"):
            advance(case, reopening(end, causes=(self.mend,), claim=self.told.claim))


class TestObjections:
    told = story()
    against = objection(told.determinations[1])

    def test_an_objection_stops_the_closing_until_the_institution_decides_again(self) -> None:
        case = replay(LEAD, [*self.told.everything[:-2], self.against])
        found = progress(case)
        assert found.objections == (self.against.statement_id,)
        assert (found.awaiting, found.duties) == ((CNAV,), ())
        france = replay("FR", [*self.told.seen_by("FR")[:-2], self.against])
        first = self.told.determinations[1].statement_id
        assert due(france, Determine) == [
            Determine(
                institution=CNAV,
                reconciliation_id=self.told.reconciliation.statement_id,
                supersedes=first,
                objections=(self.against.statement_id,),
            )
        ]
        confirmed = determination(self.told.reconciliation, CNAV, supersedes=first, salt=1)
        case, effects = advance(case, confirmed)
        assert effects == (Summarise(determinations=ids(self.told.determinations[0], confirmed)),)

    def test_an_objection_after_the_closure_reopens_the_case(self) -> None:
        case, effects = advance(replay(LEAD, self.told.everything), self.against)
        assert [one for one in effects if not isinstance(one, Send)] == [
            Reopen(
                closures=ids(self.told.closure),
                causes=ids(self.against),
                cause=ReopeningCause.OBJECTION,
            )
        ]
        again = reopening(self.told.closure, causes=(self.against,), cause=ReopeningCause.OBJECTION)
        case, _ = advance(case, again)
        assert (progress(case).state, progress(case).awaiting) == (CaseState.AGREED, (CNAV,))
        first = self.told.determinations[1].statement_id
        changed = determination(self.told.reconciliation, CNAV, supersedes=first, payable=7)
        case, _ = advance(case, changed)
        decided = (self.told.determinations[0], changed)
        case, effects = advance(case, summary(*decided))
        assert [one for one in effects if isinstance(one, Close)] == [
            Close(determinations=ids(*decided))
        ]
        case, _ = advance(case, closure(*decided))
        assert progress(case).state is CaseState.CLOSED


class TestEndedPermissions:
    asked = request(permission=PERMISSION)
    answer = response(asked)
    result = reconciliation(answer)
    end = permission_end(PERMISSION, asked)

    def test_before_anything_was_answered_there_is_only_to_stop(self) -> None:
        case, effects = advance(replay(LEAD, [self.asked]), self.end)
        assert (self.end.statement_id, "FR") in sent(effects)
        assert due(case, AnswerNotice) == [
            AnswerNotice(notice_id=self.end.statement_id, effect=NoticeEffect.STOPPED)
        ]

    def test_before_a_decision_the_lead_erases_and_the_history_counts_no_longer(self) -> None:
        case = replay(LEAD, [self.asked, self.answer, self.result, self.end])
        erase = AnswerNotice(
            notice_id=self.end.statement_id,
            effect=NoticeEffect.ERASED,
            ceased=ids(self.answer),
        )
        assert progress(case).duties == (erase,)
        done = notice_answer(self.end, INSS, NoticeEffect.ERASED, ceased=(self.answer,))
        case, effects = advance(case, done)
        found = progress(case)
        assert (found.state, found.reconciliation_id) == (CaseState.REFUSED, b"")
        assert (found.awaiting, found.duties) == ((INSS,), ())
        assert sent(effects) == {(done.statement_id, "FR")}

    def test_a_new_permission_leads_to_a_result_that_replaces_the_one_that_fell(self) -> None:
        done = notice_answer(self.end, INSS, NoticeEffect.ERASED, ceased=(self.answer,))
        again = request(CNAV, self.answer, permission=bytes([7]) * 32, salt=1)
        fresh = response(again, salt=1)
        case = replay(LEAD, [self.asked, self.answer, self.result, self.end, done, again, fresh])
        assert progress(case).duties == (
            Reconcile(basis=ids(fresh), supersedes=self.result.statement_id),
        )

    def test_what_a_decision_rests_on_is_kept_if_the_law_says_so(self) -> None:
        signed = countersignature(self.result)
        decided = determination(self.result, INSS)
        before = [self.asked, self.answer, self.result, signed, decided]
        case = replay(LEAD, [*before, self.end])
        assert due(case, AnswerNotice) == [
            AnswerNotice(
                notice_id=self.end.statement_id,
                effect=NoticeEffect.KEPT,
                ceased=ids(self.answer),
            )
        ]
        kept = notice_answer(self.end, INSS, NoticeEffect.KEPT, citation="883/2004 Art 77")
        case, _ = advance(case, kept)
        assert progress(case).state is CaseState.AGREED

    def test_no_decision_is_made_before_the_lead_has_said_what_becomes_of_the_data(self) -> None:
        signed = countersignature(self.result)
        case = replay("FR", [self.asked, self.answer, self.result, signed, self.end])
        assert due(case, Determine) == []

    def test_the_others_follow_the_lead_unless_they_have_decided(self) -> None:
        told = story(INSS, CNAV, ZUS)
        asked = request(CNAV, claim=told.claim, permission=PERMISSION)
        end = permission_end(PERMISSION, asked)
        shown = replay("PL", [told.requests[1], told.responses[1], told.reconciliation, end])
        decided = replay("PL", [*told.seen_by("PL"), end])
        decided = replay("PL", [*told.seen_by("PL"), end])
        assert due(shown, AnswerNotice) == due(decided, AnswerNotice) == []
        erased = notice_answer(end, INSS, NoticeEffect.ERASED, ceased=(told.responses[0],))
        kept = notice_answer(end, INSS, NoticeEffect.KEPT, citation="883/2004 Art 77")
        stopped = notice_answer(end, INSS, NoticeEffect.STOPPED)
        effects = [
            due(advance(case, lead)[0], AnswerNotice)[0]
            for case, lead in (
                (shown, stopped),
                (shown, erased),
                (shown, kept),
                (decided, erased),
            )
        ]
        assert [one.effect for one in effects if isinstance(one, AnswerNotice)] == [
            NoticeEffect.STOPPED,
            NoticeEffect.ERASED,
            NoticeEffect.KEPT,
            NoticeEffect.KEPT,
        ]

    def test_only_the_lead_says_what_counts_no_longer(self) -> None:
        case = replay(LEAD, [self.asked, self.answer, self.end])
        with pytest.raises(InvalidInputError, match="only the lead"):
            advance(case, notice_answer(self.end, CNAV, NoticeEffect.ERASED, ceased=(self.answer,)))

    def test_the_end_of_another_permission_than_that_of_the_request_is_refused(self) -> None:
        case = replay(LEAD, [self.asked])
        with pytest.raises(InvalidInputError, match="not the one of the request"):
            advance(case, permission_end(bytes([3]) * 32, self.asked))


def test_a_summary_that_says_something_else_is_refused() -> None:
    told = story()
    case = replay("FR", told.seen_by("FR")[:-2])
    wrong = summary(told.determinations[0], told.determinations[1]).statement
    changed = type(wrong)(header=wrong.header, document=b"{}")
    with pytest.raises(InvalidInputError, match="does not say what"):
        advance(case, Said(statement_id=bytes([1]) * 32, statement=changed))


def test_a_reminder_of_another_step_than_its_subject_is_refused() -> None:
    asked = request()
    case = replay("FR", [asked])
    with pytest.raises(InvalidInputError, match="another step"):
        advance(case, reminder(asked, CNAV, step=Step.DETERMINATION))
    assert advance(case, Tick(clock=after(400)))[0] == case
