"""Which decisions of a case a person can contest."""

import pytest

from portability.errors import PreconditionError
from portability.node.cases.loading import LoadedCase
from portability.node.cases.objections import check_contestable
from portability.recognition.machine import replay
from portability.recognition.statements import Said
from portability.store.cases import CaseRow
from tests.conftest import NOW
from tests.unit.recognition import contested_and_gone as told
from tests.unit.recognition.story import CASE_ID


def contest(decision: Said, *before: Said) -> None:
    row = CaseRow(
        case_id=CASE_ID,
        position=1,
        person=1,
        parties=(),
        content=None,
        state="",
        digest=b"",
        create_time=NOW,
    )
    loaded = LoadedCase(row=row, claim=told.CLAIM, case=replay("ES", before), held={})
    check_contestable(loaded, decision.statement_id)


def test_a_decision_of_whoever_holds_no_record_any_more_is_not_contested() -> None:
    before = [one for one in told.AFTER if one is not told.AGAINST]
    with pytest.raises(PreconditionError, match="counts no longer; contest one of the others"):
        contest(told.DECIDED, *before)
    for one in told.OTHERS:
        contest(one, *before)


def test_it_is_while_the_institution_has_a_part_in_the_case() -> None:
    before = (*told.ASKED, *told.ANSWERS, told.FIRST, *told.SIGNED, told.DECIDED)
    contest(told.DECIDED, *before)
    with pytest.raises(PreconditionError, match="contested already"):
        contest(told.DECIDED, *before, told.AGAINST)
