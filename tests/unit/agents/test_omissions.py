"""A record that an answer left out proves the answer false as soon as it comes to light."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from agents.auditor.inquiring import inquire
from agents.auditor.replay import replay
from agents.auditor.report import Report
from agents.auditor.sides import side_of
from agents.auditor.verification import examine_bundle, verify_bundle
from portability.recognition.statements import Correction, CorrectionReason, HistoryResponse
from portability.wire.record import (
    RECORD_TYPE,
    names_stated,
    record_from_payload,
    record_to_payload,
)
from portability.wire.statement import case_statement_from_payload
from tests.unit.agents.rosa_case import (
    CASE_ID,
    CNAV,
    INSS,
    NOW,
    ORIGINS,
    RosasCase,
    add_answer,
    add_consent,
    add_records,
    add_request,
    add_result,
    bundle_of,
    trust,
)
from tests.unit.agents.two_sides import exported


def told(case: RosasCase, french: list[bytes], spanish: list[bytes]) -> RosasCase:
    """The case in which France answers with these of its records."""
    consent = add_consent(case)
    request = add_request(case, consent)
    response = add_answer(case, request, consent, french)
    add_result(case, response, french, spanish)
    return case


def judged(case: RosasCase) -> Report:
    return verify_bundle(bundle_of(case.files()), trust(), NOW)


def another(case: RosasCase, old: bytes, *, supersedes: bytes = b"", **period: Any) -> bytes:
    """One more record of CNAV's, made after one that is there."""
    record = record_from_payload(case.placed[old].envelope.payload, old.hex())
    changed = replace(
        record,
        salt=case.salt(),
        supersedes=supersedes,
        content=replace(record.period, id="", **period),
    )
    return case.log(RECORD_TYPE, record_to_payload(changed), "cnav", "FR")


def start() -> tuple[RosasCase, list[bytes], list[bytes]]:
    case = RosasCase()
    return case, add_records(case, "fr", CNAV), add_records(case, "es", INSS)


def causes(report: Report) -> list[str]:
    return [one.cause for one in report.causes if "complete at" in one.cause]


def test_a_record_that_was_there_and_is_not_in_the_list_names_who_lied() -> None:
    case, french, spanish = start()
    hidden = another(case, french[-1])
    report = judged(told(case, french, spanish))
    assert not report.verified
    (cause,) = causes(report)
    assert cause.startswith("FR says that its list is complete at")
    assert f"leaves out the record {hidden.hex()[:16]}, entry" in cause


def test_a_record_of_later_is_no_lie() -> None:
    case, french, spanish = start()
    told(case, french, spanish)
    another(case, french[-1])
    assert causes(judged(case)) == []


def test_what_was_replaced_before_is_rightly_left_out() -> None:
    case, french, spanish = start()
    old = another(case, french[-1])
    new = another(case, french[-1], supersedes=old)
    report = judged(told(case, [*french, new], spanish))
    assert causes(report) == []


@pytest.mark.parametrize(
    "period",
    [
        {"start": date(1950, 1, 1), "end": date(1950, 12, 31)},
        {"start": None, "end": None},
    ],
    ids=["before what was asked for", "without dates"],
)
def test_what_was_not_asked_for_or_has_no_dates_accuses_nobody(period: dict[str, Any]) -> None:
    case, french, spanish = start()
    another(case, french[-1], **period)
    assert causes(judged(told(case, french, spanish))) == []


@pytest.mark.parametrize("also", [(), ("refunded",)], ids=["not asked for", "asked for"])
def test_what_states_more_than_was_asked_for_may_not_leave_and_accuses_nobody(
    also: tuple[str, ...],
) -> None:
    case, french, spanish = start()
    record = record_from_payload(case.placed[french[-1]].envelope.payload)
    fields = (*names_stated(record), *also)
    another(case, french[-1], refunded=True)
    consent = add_consent(case)
    response = add_answer(case, add_request(case, consent, fields), consent, french)
    add_result(case, response, french, spanish)
    assert bool(causes(judged(case))) is bool(also)


@pytest.mark.parametrize("is_told_first", [True, False])
def test_what_a_correction_took_out_of_the_case_is_rightly_left_out_from_then_on(
    is_told_first: bool,  # noqa: FBT001  # a case of the table
) -> None:
    case, french, spanish = start()
    gone = another(case, french[-1])
    consent = add_consent(case)
    first = add_answer(case, add_request(case, consent), consent, [*french, gone])
    header = case.header(CNAV, first)
    if not is_told_first:
        header = replace(header, created=header.created + timedelta(days=1))
    correction = Correction(
        header=header, replaced=(gone,), added=(), reason=CorrectionReason.INVALIDATED
    )
    case.say(correction, "cnav")
    second = add_answer(case, add_request(case, consent), consent, french)
    add_result(case, second, french, spanish)
    assert bool(causes(judged(case))) is not is_told_first


def answered_at(place: Callable[[int], int], origin: str = ORIGINS["FR"]) -> RosasCase:
    """The whole case, but for what France's answer says it is complete up to."""
    case, french, spanish = start()
    consent = add_consent(case)
    honest = add_answer(case, add_request(case, consent), consent, french)
    envelope = case.placed.pop(honest).envelope
    case.logs["FR"].leaves.pop()
    said = case_statement_from_payload(envelope.payload_type, envelope.payload)
    assert isinstance(said, HistoryResponse)
    size = len(case.logs["FR"].leaves)
    lie = case.say(replace(said, log_origin=origin, tree_size=place(size)), "FR node")
    add_result(case, lie, french, spanish)
    return case


def answer_in(case: RosasCase) -> str:
    (found,) = case.of_kind("history-response")
    return found.hex()


@pytest.mark.parametrize("before", [0, 1])
def test_an_answer_is_complete_up_to_itself_or_to_its_receipt(before: int) -> None:
    assert judged(answered_at(lambda size: size - before)).verified


@pytest.mark.parametrize("before", [2, 9, -1])
def test_an_answer_as_of_another_moment_does_not_hold_in_any_reading(before: int) -> None:
    case = answered_at(lambda size: size - before)
    index = case.placed[bytes.fromhex(answer_in(case))].index
    words = f"is entry {index}: that states completeness as of another moment than its own"
    (cause,) = causes(judged(case))
    assert cause.endswith(words)
    assert cause.startswith(f"FR says that its list is complete at {index - before} entries of")

    examined = examine_bundle(bundle_of(case.files()), trust(), NOW)
    step = replay(examined.found, CASE_ID, {}).first
    assert step is not None
    assert (step.id, step.why) == (answer_in(case), cause)

    sides = [exported(case, "FR"), exported(case, "ES")]
    for number, bundles in enumerate((sides[:1], sides, sides[::-1])):
        found = [side_of("it", examine_bundle(one, trust(), NOW), CASE_ID) for one in bundles]
        told = [(one.against, one.proofs) for one in inquire(CASE_ID, found).findings]
        assert ("FR/node", (answer_in(case),)) in told, number


def test_by_the_log_of_whoever_received_it_nobody_knows_when_it_was_said() -> None:
    case = answered_at(lambda size: size - 9)
    assert causes(verify_bundle(exported(case, "ES"), trust(), NOW)) == []


def test_an_answer_that_is_complete_in_the_log_of_another_does_not_hold() -> None:
    (cause,) = [one.cause for one in judged(answered_at(lambda size: size, ORIGINS["ES"])).causes]
    assert cause.endswith("which is not the log of FR")


def test_of_a_log_that_the_directory_does_not_name_nobody_knows_whether_it_was_this_one() -> None:
    assert judged(answered_at(lambda size: size - 9, "fr.node.example/before")).verified
