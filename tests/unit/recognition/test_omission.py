"""Which records an answer had to name: all that the institution that was asked had not replaced."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from portability.consent.scope import Party
from portability.ledger.trust import Directory, EndedLog
from portability.recognition.omission import (
    Omission,
    Surfaced,
    claims_all,
    find_omission,
    left_out,
    lies_within,
)
from portability.recognition.statements import (
    Correction,
    CorrectionReason,
    HistoryOutcome,
    HistoryRequest,
    HistoryResponse,
)
from tests.unit.agents.test_watching import DIRECTORY as KNOWN
from tests.unit.recognition.story import CNAV, INSS, header, request, response

REQUEST = request()
ASKED = REQUEST.statement
ANSWER = response(REQUEST).statement
OLD, NEW = b"o" * 32, b"n" * 32
CARSAT = Party(jurisdiction="FR", institution="carsat")
RECORD = Surfaced(
    record_id=OLD,
    issuer=CNAV,
    log_origin="fr.example/log",
    leaf_index=1,
    kind="contribution-period",
    fields=("start_date", "end_date"),
    start=date(1990, 1, 1),
    end=date(1990, 12, 31),
)
FIRST, SECOND, THIRD = "fr.example/log", "fr.example/2", "fr.example/3"


def answered(origin: str, size: int) -> HistoryResponse:
    assert isinstance(ANSWER, HistoryResponse)
    return replace(ANSWER, log_origin=origin, tree_size=size)


def logs(*ends: EndedLog, present: str) -> Directory:
    """France's log has ended so often, and the last of them is not over."""
    members = tuple(
        replace(one, log_origin=present) if one.jurisdiction == "FR" else one
        for one in KNOWN.members
    )
    return replace(KNOWN, members=members, ended_logs=ends)


def ended(origin: str, size: int, kept: int | None = None) -> EndedLog:
    root = None if kept is None else bytes(32)
    return EndedLog(
        jurisdiction="FR",
        origin=origin,
        public=bytes(32),
        size=size,
        root=bytes(32),
        kept=kept,
        kept_root=root,
    )


DIRECTORY = logs(present=FIRST)
REPLACING = replace(RECORD, record_id=NEW, leaf_index=2, supersedes=OLD)


def lacking(
    *records: Surfaced,
    answer: object = ANSWER,
    corrections: tuple[Correction, ...] = (),
    directory: Directory = DIRECTORY,
) -> list[bytes]:
    assert isinstance(ASKED, HistoryRequest)
    assert isinstance(answer, HistoryResponse)
    found = left_out(b"a" * 32, answer, ASKED, records, corrections, directory=directory)
    return [one.record_id for one, _ in found]


def corrected(sender: Party) -> Correction:
    return Correction(
        header=header(sender), replaced=(OLD,), added=(), reason=CorrectionReason.INVALIDATED
    )


def test_a_record_that_its_issuer_had_replaced_is_rightly_left_out() -> None:
    assert lacking(RECORD) == [OLD]
    assert lacking(RECORD, REPLACING) == [NEW]
    assert lacking(RECORD, corrections=(corrected(CNAV),)) == []


@pytest.mark.parametrize("other", [CARSAT, INSS], ids=str)
def test_what_another_institution_says_that_it_replaces_excuses_nobody(other: Party) -> None:
    """One that shares the log, too: a node could have it sign whatever is to be hidden."""
    assert lacking(RECORD, replace(REPLACING, issuer=other)) == [OLD]
    assert lacking(RECORD, corrections=(corrected(other),)) == [OLD]


def test_what_was_replaced_only_later_or_in_another_log_had_to_be_named() -> None:
    assert lacking(RECORD, replace(REPLACING, leaf_index=7)) == [OLD]
    assert lacking(RECORD, replace(REPLACING, log_origin="fr.example/2")) == [OLD]


def test_of_a_record_in_part_whatever_was_asked_for_would_have_been_shown() -> None:
    some = replace(RECORD, in_part=True, fields=("start_date", "scheme"))
    assert lacking(some) == [OLD]
    assert lacking(replace(some, fields=("scheme",))) == []
    assert lacking(replace(some, in_part=False)) == [], "it states more than was asked for"


@pytest.mark.parametrize(
    "other",
    [
        replace(RECORD, log_origin="fr.example/2"),
        replace(RECORD, leaf_index=7),
        replace(RECORD, issuer=CARSAT),
        replace(RECORD, kind="life-certificate"),
    ],
    ids=["in another log", "of later", "of another institution", "of a kind not asked for"],
)
def test_nobody_is_accused_for_a_record(other: Surfaced) -> None:
    assert lacking(other) == []


def test_a_record_is_asked_for_to_its_first_and_last_day() -> None:
    assert isinstance(ASKED, HistoryRequest)
    whole = replace(RECORD, start=ASKED.from_date, end=ASKED.to_date)
    assert lies_within(whole, ASKED)
    for changes in (
        {"start": ASKED.from_date - timedelta(days=1)},
        {"end": ASKED.to_date + timedelta(days=1)},
        {"start": None},
        {"end": None},
        {"start": date(1950, 1, 1), "end": date(1959, 12, 31)},
        {"start": ASKED.to_date + timedelta(days=1), "end": date(2030, 1, 1)},
    ):
        assert not lies_within(replace(whole, **changes), ASKED)  # type: ignore[arg-type]


def test_only_an_answer_to_all_that_was_asked_claims_to_be_all() -> None:
    for outcome, is_all in (
        (HistoryOutcome.RECORDS, True),
        (HistoryOutcome.NONE, True),
        (HistoryOutcome.REFUSED, False),
        (HistoryOutcome.NOT_BEFORE, False),
    ):
        said = response(REQUEST, outcome).statement
        assert isinstance(said, HistoryResponse)
        assert claims_all(said) is is_all
        assert not claims_all(replace(said, granted_fields=("start_date",)))


def test_a_record_that_surfaces_proves_that_an_answer_left_it_out() -> None:
    assert isinstance(ANSWER, HistoryResponse)
    found = find_omission(b"a" * 32, ANSWER, CNAV, RECORD, DIRECTORY)
    assert found == Omission(response_id=b"a" * 32, liar="FR", record_id=OLD)
    named = replace(RECORD, record_id=ANSWER.records[0])
    assert find_omission(b"a" * 32, ANSWER, CNAV, named, DIRECTORY) is None


@pytest.mark.parametrize("outcome", [HistoryOutcome.REFUSED, HistoryOutcome.NOT_BEFORE])
def test_an_answer_that_gives_no_history_leaves_nothing_out(outcome: HistoryOutcome) -> None:
    assert lacking(RECORD, answer=response(REQUEST, outcome).statement) == []


WENT_ON = logs(ended(FIRST, 20), present=SECOND)
LOST = logs(ended(FIRST, 20, kept=4), present=SECOND)


@pytest.mark.parametrize("directory", [WENT_ON, LOST], ids=["whole", "with a loss"])
def test_a_record_keeps_its_place_in_the_log_that_goes_on_and_so_does_the_lie(
    directory: Directory,
) -> None:
    later = answered(SECOND, 7)
    assert lacking(replace(RECORD, log_origin=SECOND), directory=directory) == [OLD]
    assert lacking(RECORD, answer=later, directory=directory) == [OLD]


def test_a_record_of_the_log_that_goes_on_came_after_the_answers_in_the_one_that_ended() -> None:
    late = replace(RECORD, log_origin=SECOND, leaf_index=20)
    assert lacking(late, answer=answered(FIRST, 21), directory=WENT_ON) == []


@pytest.mark.parametrize(
    ("record", "answer"),
    [((FIRST, 5), (SECOND, 7)), ((SECOND, 5), (FIRST, 7)), ((SECOND, 30), (FIRST, 7))],
    ids=["lost before it was answered", "at the place of one that was lost", "put back"],
)
def test_of_what_was_lost_with_its_log_nobody_knows_whether_it_was_left_out(
    record: tuple[str, int], answer: tuple[str, int]
) -> None:
    shown = replace(RECORD, log_origin=record[0], leaf_index=record[1])
    said = answered(*answer)
    assert lacking(shown, answer=said, directory=LOST) == []


def test_what_was_lost_later_was_there_when_it_was_left_out_and_is_after_it_was_put_back() -> None:
    assert lacking(replace(RECORD, leaf_index=5), directory=LOST) == [OLD]
    back = replace(RECORD, log_origin=SECOND, leaf_index=30)
    answer = answered(SECOND, 31)
    assert lacking(back, answer=answer, directory=LOST) == [OLD]


def test_over_several_ends_an_entry_has_to_be_kept_at_each() -> None:
    twice = logs(ended(FIRST, 20), ended(SECOND, 30, kept=4), present=THIRD)
    assert lacking(replace(RECORD, log_origin=THIRD), directory=twice) == [OLD]
    assert lacking(replace(RECORD, log_origin=SECOND, leaf_index=5), directory=twice) == [OLD]
    assert lacking(replace(RECORD, log_origin=THIRD, leaf_index=5), directory=twice) == []


def test_what_may_have_replaced_a_record_before_it_was_lost_excuses_the_answer() -> None:
    new = replace(REPLACING, log_origin=SECOND, leaf_index=30)
    assert lacking(RECORD, new, directory=LOST) == []
    assert lacking(RECORD, new, directory=WENT_ON) == [OLD], "it came when that log had ended"
    assert lacking(RECORD, replace(new, leaf_index=2), directory=WENT_ON) == [NEW]


def test_without_the_end_of_a_log_nobody_is_accused_over_two_of_them() -> None:
    assert lacking(replace(RECORD, log_origin=SECOND)) == []
