"""A record that an answer left out proves the answer false as soon as it comes to light."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from agents.auditor.report import Report
from agents.auditor.verification import verify_bundle
from portability.recognition.statements import Correction, CorrectionReason
from portability.wire.record import (
    RECORD_TYPE,
    names_stated,
    record_from_payload,
    record_to_payload,
)
from tests.unit.agents.rosa_case import (
    CNAV,
    INSS,
    NOW,
    RosasCase,
    add_answer,
    add_consent,
    add_records,
    add_request,
    add_result,
    bundle_of,
    trust,
)


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
