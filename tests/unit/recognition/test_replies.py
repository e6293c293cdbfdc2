"""Who has to answer a correction or the end of a permission, and who has."""

from datetime import timedelta

from portability.recognition.case import Case
from portability.recognition.facts import read_facts
from portability.recognition.machine import replay
from portability.recognition.replies import Reply, notices_of, replies_to
from portability.recognition.statements import NoticeEffect, Said
from tests.unit.recognition.story import (
    CNAV,
    INSS,
    NOW,
    ZUS,
    correction,
    notice_answer,
    permission_end,
    request,
    response,
    story,
    with_header,
)

PERMISSION = bytes([9]) * 32
TOLD = story(INSS, CNAV, ZUS)
ALL = TOLD.everything[:-4]
CORRECTED = correction(TOLD.responses[0])
LATER = NOW + timedelta(days=1)


def replies(case: Case, notice: Said) -> dict[str, bytes]:
    assert case.claim is not None
    found = replies_to(case, case.claim, read_facts(case), notice.statement_id)
    assert all(isinstance(one, Reply) for one in found)
    return {one.jurisdiction: one.answer for one in found}


def test_everybody_who_may_hold_it_answers_a_correction_but_whoever_corrects() -> None:
    case = replay("ES", [*ALL, CORRECTED])
    assert replies(case, CORRECTED) == {"ES": b"", "PL": b""}
    noted = notice_answer(CORRECTED, ZUS)
    case = replay("ES", [*ALL, CORRECTED, noted])
    assert replies(case, CORRECTED) == {"ES": b"", "PL": noted.statement_id}


def test_whoever_answers_without_being_asked_is_told_of_too_in_the_order_of_the_parties() -> None:
    early = [*TOLD.requests, *TOLD.responses, CORRECTED]
    assert list(replies(replay("ES", early), CORRECTED)) == ["ES"]
    unasked = notice_answer(CORRECTED, ZUS)
    found = replies(replay("ES", [*early, unasked]), CORRECTED)
    assert list(found.items()) == [("ES", b""), ("PL", unasked.statement_id)]


def test_of_a_permission_that_ends_also_whoever_says_so_tells_what_it_did() -> None:
    asked = request(permission=PERMISSION)
    answered = response(asked)
    end = permission_end(PERMISSION, asked)
    case = replay("ES", [asked, answered, end])
    assert replies(case, end) == {"ES": b"", "FR": b""}
    other = notice_answer(permission_end(PERMISSION, asked, by=CNAV), CNAV)
    assert other.statement_id not in replies(case, end).values()


def test_of_several_answers_the_last_counts_but_for_one_by_which_something_is_kept() -> None:
    asked = request(permission=PERMISSION)
    answered = response(asked)
    end = permission_end(PERMISSION, asked)
    first = notice_answer(end, INSS, NoticeEffect.ERASED, ceased=(answered,))
    second = with_header(notice_answer(end, INSS, NoticeEffect.ERASED), created=LATER)
    before = [asked, answered, end]
    for order in ((first, second), (second, first)):
        assert replies(replay("ES", [*before, *order]), end)["ES"] == second.statement_id
    kept = with_header(
        notice_answer(end, INSS, NoticeEffect.KEPT, citation="883/2004 Art 77"),
        created=NOW - timedelta(days=1),
    )
    case = replay("ES", [*before, first, second, kept])
    assert replies(case, end)["ES"] == kept.statement_id


def test_notices_are_told_oldest_first_and_one_that_has_ceased_no_more() -> None:
    asked = request(permission=PERMISSION)
    answered = response(asked)
    corrected = with_header(correction(answered), created=LATER)
    end = permission_end(PERMISSION, asked)
    first = with_header(correction(answered, added=()), created=NOW - timedelta(hours=1))
    facts = read_facts(replay("ES", [asked, answered, corrected, end, first]))
    order = [first, end, corrected]
    assert list(notices_of(facts)) == [one.statement_id for one in order]
    alike = [with_header(first, salt=bytes([n]) * 32) for n in range(1, 5)]
    at_once = read_facts(replay("ES", [asked, answered, *alike]))
    assert list(notices_of(at_once)) == sorted(one.statement_id for one in alike)
    ceased = notice_answer(end, INSS, NoticeEffect.ERASED, ceased=(answered, corrected))
    facts = read_facts(replay("ES", [asked, answered, corrected, end, first, ceased]))
    assert corrected.statement_id not in notices_of(facts)
