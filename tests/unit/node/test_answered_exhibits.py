"""Answers and results come with the records that they name, and with nothing else."""

from dataclasses import replace
from typing import Any

import pytest

from portability.consent.scope import Party
from portability.errors import InvalidInputError
from portability.node.cases.loading import LoadedCase
from portability.node.peers.exhibit_batch import verify_exhibits
from portability.node.peers.exhibit_checks import check_exhibits
from portability.node.peers.inbox_checks import VerifiedDelivery, VerifiedExhibit
from portability.node.records.release import released_digest
from portability.recognition.machine import replay
from portability.recognition.statements import (
    CaseStatement,
    HistoryRequest,
    HistoryResponse,
    Reconciliation,
    ShownFields,
)
from portability.store.cases import CaseRow
from tests.conftest import NOW
from tests.integration.recognition.world import FEDERATION
from tests.unit.node.test_exhibit_batch import logged
from tests.unit.recognition.story import (
    CASE_ID,
    CLAIM,
    opened,
    reconciliation,
    request,
    response,
    said,
)

CAME = verify_exhibits(logged()[:3], FEDERATION)
FIELDS = ("period_type", "start_date", "end_date")
Came = tuple[VerifiedExhibit, ...]


def take(came: Came = CAME, asked: Any = None, **answered: Any) -> None:
    """The node takes in an answer to a request, each with these differences from an honest one."""
    asks = replace(request().statement, **{"fields": FIELDS, **(asked or {})})
    assert isinstance(asks, HistoryRequest)
    plain = response(said(asks)).statement
    assert isinstance(plain, HistoryResponse)
    answer = replace(
        plain,
        **{
            "records": tuple(one.statement_id for one in came),
            "payload_digest": released_digest(
                plain.header.salt, ((one.envelope, one.disclosures) for one in came)
            ),
            **answered,
        },
    )
    check("ES", [opened(), said(asks)], answer, came)


def check(own: str, before: list[Any], statement: CaseStatement, came: Came) -> None:
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
    delivery = VerifiedDelivery(
        position=1,
        statement_id=bytes(32),
        envelope=came[0].envelope,
        key_id=bytes(32),
        content=statement,
        exhibits=came,
        logged=NOW,
    )
    loaded = LoadedCase(row=row, claim=CLAIM, case=replay(own, before), held={})
    check_exhibits(loaded, delivery, statement, {})


def of_another(issuer: Party) -> Came:
    record = CAME[0].record
    assert record is not None
    other = replace(record, jurisdiction=issuer.jurisdiction, institution=issuer.institution)
    return (replace(CAME[0], record=other), *CAME[1:])


def test_the_records_that_an_answer_names_are_taken() -> None:
    take()


NAMED = tuple(one.statement_id for one in CAME)
LIES: dict[str, tuple[dict[str, Any], str]] = {
    "in another order": ({"records": NAMED[::-1]}, "not those that the answer names"),
    "more than it names": ({"records": NAMED[:2]}, "not those that the answer names"),
    "with another digest": ({"payload_digest": bytes(32)}, "do not have the digest"),
    "of a neighbour": (
        {"came": of_another(Party(jurisdiction="FR", institution="carsat"))},
        "of the institution that was asked",
    ),
    "said to be shown in part": (
        {"shown": (ShownFields(record=NAMED[0], fields=("start_date",)),)},
        "fields shown of the records are not those",
    ),
    "with a field that was not asked for": ({"asked": {"fields": FIELDS[:2]}}, "not asked for"),
    "of a kind that was not asked for": (
        {"asked": {"datatypes": ("life-certificate",)}},
        "not asked for",
    ),
}


@pytest.mark.parametrize("lie", LIES)
def test_records_are_refused(lie: str) -> None:
    changes, why = LIES[lie]
    with pytest.raises(InvalidInputError, match=why):
        take(**changes)


def test_a_result_comes_with_no_record_that_it_does_not_rest_on() -> None:
    asked = request()
    answer = response(asked)
    result = reconciliation(answer).statement
    assert isinstance(result, Reconciliation)
    before = [opened(), asked, answer]
    check("FR", before, replace(result, inputs=tuple(sorted(NAMED))), CAME)
    with pytest.raises(InvalidInputError, match="does not rest on"):
        check("FR", before, replace(result, inputs=tuple(sorted(NAMED[1:]))), CAME)
