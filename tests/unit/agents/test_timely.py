"""
A lead that says too early that somebody is late, or goes on without cause, and a date that lies.

Each lie is signed with the liar's own keys and logged by its own node. Honest stories of the same
kind beside it verify.
"""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from agents.auditor.inquiring import inquire
from agents.auditor.replay import Follows, replay
from agents.auditor.sides import side_of
from agents.auditor.verification import Examined, examine_bundle
from portability.consent.consent_reader import read_consent
from portability.consent.scope import Party
from portability.ledger.bundle import MANIFEST
from portability.ledger.envelope import envelope_to_json, sign_envelope, statement_id
from portability.recognition.statements import (
    Acknowledgement,
    CaseStatement,
    Closure,
    ClosureReason,
    Correction,
    CorrectionReason,
    PermissionEnd,
    PermissionEnding,
    Reconciliation,
    Reminder,
    Reopening,
    ReopeningCause,
    Step,
    Summary,
)
from portability.recognition.summary import summary_document
from portability.wire.log_entry import SECONDS_PER_HOUR
from portability.wire.statement import statement_to_payload, type_of
from tests.unit.agents import lying_case as stories
from tests.unit.agents.lying_case import CLAIM, TERMS, Lie, LyingCase, NotTakenError
from tests.unit.agents.rosa_case import CASE_ID, CNAV, ES, FR, INSS, KEYS, NOW, bundle_of, trust
from tests.unit.agents.two_sides import exported

LATER = NOW + timedelta(days=400)
PROVISIONAL = timedelta(days=TERMS["provisional"])


def judged(case: LyingCase, code: str) -> Examined:
    return examine_bundle(case.bundle(code), trust(), LATER)


def blamed(case: LyingCase, codes: Collection[str] = ("ES", "FR")) -> list[tuple[str, str]]:
    """Whom a dispute names, and for what."""
    found = inquire(CASE_ID, [side_of(code, judged(case, code), CASE_ID) for code in codes])
    return [(one.against, one.words) for one in found.findings]


def is_told(case: LyingCase, code: str, cause: str, against: str) -> None:
    """By the liar's own bundle alone, in each command, and by both bundles together."""
    found = judged(case, code)
    assert not found.report.verified
    assert [cause in one.cause for one in found.report.causes] == [True], found.report.causes
    first = replay(found.found, CASE_ID, {}).first
    assert first is not None
    assert (first.by, cause in first.why) == (against, True)
    for codes in ((code,), ("ES", "FR"), ("FR", "ES")):
        ((who, words),) = blamed(case, codes)
        assert (who, cause in words) == (against, True), words


def holds(case: LyingCase) -> None:
    for code in ("ES", "FR"):
        assert judged(case, code).report.verified, judged(case, code).report.causes
    assert blamed(case) == []


def say_at(case: LyingCase, said: CaseStatement, key: str, when: datetime = NOW) -> bytes:
    """Logged in the hour in which it says that it was signed, or in another one."""
    hour = int(when.timestamp()) // SECONDS_PER_HOUR
    code = said.header.sender.jurisdiction
    return case.log(type_of(said), statement_to_payload(said), key, code, hour=hour)


def without_france(case: LyingCase, when: datetime) -> None:
    """The lead's result of its own records alone."""
    inputs = tuple(sorted(case.held[INSS]))
    result = case._compute(inputs, ())  # as the story itself does
    said = Reconciliation(
        header=replace(case.header(ES, case.request), created=when),
        agreement=CLAIM.agreement,
        agreement_version=CLAIM.agreement_version,
        branch=CLAIM.branch,
        as_of=CLAIM.award_date,
        inputs=inputs,
        result=result.signed_text.encode(),
        digest=bytes.fromhex(result.digest),
        missing=(CNAV,),
    )
    say_at(case, said, "ES node", when)


def dated_back(kind: str, days: int) -> LyingCase:
    def change(said: CaseStatement) -> CaseStatement:
        created = said.header.created - timedelta(days=days)
        return replace(said, header=replace(said.header, created=created))

    return LyingCase(lie=Lie(kind=kind, change=change))


def reminder(case: LyingCase, number: int, when: datetime) -> None:
    said = Reminder(
        header=replace(case.header(ES, case.request), created=when),
        recipient=CNAV,
        step=Step.HISTORY,
        number=number,
        due=max(when, NOW + timedelta(days=TERMS["answer"])).date(),
        escalated=number > TERMS["reminders"],
    )
    say_at(case, said, "ES node", when)


# --- results without somebody --------------------------------------------------------------------


def test_a_lead_goes_on_without_a_party_once_its_term_is_over() -> None:
    case = LyingCase()
    case.ask()
    without_france(case, NOW + PROVISIONAL)
    holds(case)


@pytest.mark.parametrize("early", [timedelta(minutes=1), timedelta(days=2), PROVISIONAL])
def test_a_lead_that_goes_on_without_a_party_before_its_term_is_named(early: timedelta) -> None:
    case = LyingCase()
    case.ask()
    without_france(case, NOW + PROVISIONAL - early)
    is_told(case, "ES", "without FR/cnav before the term of the agreement (150 days)", "ES/node")


def test_a_request_that_is_dated_back_shortens_no_term() -> None:
    case = dated_back("history-request", 200)
    case.ask()
    without_france(case, NOW)
    is_told(case, "ES", "without FR/cnav before the term of the agreement (150 days)", "ES/node")


def test_a_lead_that_goes_on_without_an_answer_that_it_has_is_named() -> None:
    case = LyingCase()
    stories.answered(case)
    without_france(case, NOW + PROVISIONAL)
    is_told(case, "ES", "without FR/cnav, whose answer the lead's own log had", "ES/node")


# --- reminders -----------------------------------------------------------------------------------


def test_each_reminder_at_its_time_holds() -> None:
    case = LyingCase()
    case.ask()
    for number in (1, 2, 3):
        days = TERMS["answer"] + TERMS["interval"] * (number - 1)
        reminder(case, number, NOW + timedelta(days=days))
    holds(case)


def test_a_reminder_of_a_request_that_is_dated_back_comes_too_early() -> None:
    case = dated_back("history-request", 200)
    case.ask()
    reminder(case, 1, NOW)
    is_told(case, "ES", "before the term of the agreement (60 days) is over", "ES/node")


def test_nobody_is_told_to_be_silent_whom_nobody_has_reminded() -> None:
    case = LyingCase()
    case.ask()
    reminder(case, 3, NOW + timedelta(days=TERMS["answer"] + 2 * TERMS["interval"]))
    is_told(case, "ES", "it is reminder 3, and 0 came before it", "ES/node")


@pytest.mark.parametrize(
    ("story", "step", "to"),
    [
        (stories.answered, Step.HISTORY, CNAV),
        (stories.examined, Step.COUNTERSIGNATURE, FR),
        (stories.computed, Step.DETERMINATION, CNAV),
        (stories.decided, Step.DETERMINATION, CNAV),
    ],
)
def test_nobody_is_reminded_of_what_was_done_or_is_not_due(
    story: Callable[[LyingCase], None], step: Step, to: Party
) -> None:
    case = LyingCase()
    story(case)
    case.remind(step, case.request if step is Step.HISTORY else case.result, to)
    is_told(case, "ES", f"{to} owed no {step} on what it names by then", "ES/node")


# --- the end of a case, and going on -------------------------------------------------------------


def close(case: LyingCase, *, with_summary: bool = True) -> None:
    on = tuple(sorted(case.decided.values()))
    if with_summary:
        document = summary_document(case.claim, {i: case.content(i) for i in on})
        case.say(Summary(header=case.header(ES, *on), document=document), "ES node")
    case.say(Closure(header=case.header(ES, *on), reason=ClosureReason.SETTLED), "ES node")


def test_a_case_is_not_closed_while_an_objection_waits() -> None:
    case = LyingCase()
    stories.decided(case)
    case.object_to(case.decided[CNAV])
    close(case)
    is_told(case, "ES", "it closes the case while the objection", "ES/node")


def test_a_case_is_not_closed_without_telling_the_person() -> None:
    case = LyingCase()
    stories.decided(case)
    close(case, with_summary=False)
    is_told(case, "ES", "no summary of these decisions is in the lead's bundle", "ES/node")


def test_a_case_is_not_reopened_for_what_had_counted() -> None:
    case = LyingCase()
    stories.settled(case)
    header = case.header(ES, case.closure)
    cause = ReopeningCause.LATE_HISTORY
    case.say(Reopening(header=header, cause=cause, causes=(case.response,)), "ES node")
    is_told(case, "ES", "which the result in force had counted", "ES/node")


def test_a_case_is_not_reopened_for_an_objection_that_was_answered() -> None:
    case = LyingCase()
    stories.objected(case)
    (objection,) = case.of_kind("objection")
    header = case.header(ES, case.closure)
    cause = ReopeningCause.OBJECTION
    case.say(Reopening(header=header, cause=cause, causes=(objection,)), "ES node")
    is_told(case, "ES", "which was answered", "ES/node")


def test_a_permission_does_not_end_by_time_before_its_time() -> None:
    case = LyingCase()
    stories.computed(case)
    ends = read_consent(case.placed[case.consent].envelope.payload).not_after
    said = PermissionEnd(
        header=case.header(ES, case.request),
        permission=case.consent,
        how=PermissionEnding.EXPIRED,
        at=ends.replace(microsecond=0),
        act=b"",
    )
    with pytest.raises(NotTakenError, match="signed before the time that it names"):
        case.say(said, "ES node")
    is_told(case, "ES", "signed before the time that it names, by which it ends", "ES/node")


# --- corrections ---------------------------------------------------------------------------------


def corrected(case: LyingCase, reason: CorrectionReason, *, held_back: bool = False) -> None:
    """France has put another period there, and does not say by which."""
    stories.settled(case)
    old = case.held[CNAV][-1]
    case.certify(CNAV, 2010, 2014, supersedes=old)
    tell(case, old, reason, held_back=held_back)


def tell(case: LyingCase, old: bytes, reason: CorrectionReason, *, held_back: bool = False) -> None:
    header = case.header(CNAV, case.response)
    said = Correction(header=header, replaced=(old,), added=(), reason=reason, held_back=held_back)
    case.say(said, "cnav")


def test_a_correction_that_hides_the_new_record_is_held_against_its_issuer() -> None:
    case = LyingCase()
    corrected(case, CorrectionReason.ERROR)
    is_told(case, "FR", "it puts nothing in the place of", "FR/cnav")
    assert judged(case, "ES").report.verified, "which cannot know, and is not blamed"


def test_a_correction_that_calls_invalid_what_was_corrected_is_held_against_its_issuer() -> None:
    case = LyingCase()
    corrected(case, CorrectionReason.INVALIDATED)
    is_told(case, "FR", "is invalid; FR/cnav has put", "FR/cnav")


def test_a_correction_of_what_stands_is_held_against_its_issuer() -> None:
    case = LyingCase()
    stories.settled(case)
    tell(case, case.held[CNAV][-1], CorrectionReason.ERROR)
    is_told(case, "FR", "which FR/cnav has replaced by nothing", "FR/cnav")


def test_a_correction_that_says_that_more_may_not_be_shown_holds() -> None:
    case = LyingCase()
    corrected(case, CorrectionReason.ERROR, held_back=True)
    holds(case)


# --- dates that blame nobody ---------------------------------------------------------------------


def test_what_is_dated_back_is_told_and_its_log_counts() -> None:
    case = dated_back("determination", 60)
    stories.settled(case)
    holds(case)
    found = replay(judged(case, "FR").found, CASE_ID, {})
    (step,) = [one for one in found.steps if bytes.fromhex(one.id) == case.lied]
    assert step.follows is Follows.YES
    assert "dated 2024-11-16, while the log of FR took it in on 2025-01-15" in step.why
    assert "one of the two dates is wrong" in step.why, "it names what is dated later"
    told = " ".join(one.words for one in found.held if one.jurisdiction == "FR")
    assert "60" not in told, "its delivery did not begin before it was logged"


def test_who_has_answered_a_request_cannot_have_received_it_afterwards() -> None:
    """France takes the time of its answer back by a later word on when the request came."""
    case = LyingCase()
    stories.answered(case)
    late = NOW + timedelta(days=20)
    word = Acknowledgement(
        header=replace(case.header(FR, case.request), case_id="", created=late), position=1
    )
    payload = statement_to_payload(word)
    files = dict(exported(case, "ES", unsigned_for=[case.request]))
    del files[MANIFEST]
    signed = sign_envelope(type_of(word), payload, KEYS["FR node"])
    name = statement_id(type_of(word), payload).hex()
    files[f"statements/{name}.json"] = envelope_to_json(signed)
    found = replay(examine_bundle(bundle_of(files), trust(), LATER).found, CASE_ID, {})
    held = {(one.jurisdiction, one.step): one for one in found.held}
    delivery = held["ES", "delivery"]
    assert delivery.lasted < timedelta(days=1)
    (disputed,) = delivery.disputed
    assert (disputed.jurisdiction, disputed.said, disputed.counted) == ("FR", late, NOW)
