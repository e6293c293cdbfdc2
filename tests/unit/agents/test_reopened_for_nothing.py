"""What an auditor says of a case that was reopened for an objection."""

from datetime import timedelta
from types import SimpleNamespace
from typing import cast

from agents.auditor.steps import Checked
from agents.auditor.timely import check_timely
from portability.recognition.statements import ReopeningCause, Said
from tests.unit.recognition import contested_and_gone as told
from tests.unit.recognition.story import (
    CASE_ID,
    NOW,
    closure,
    reopening,
    summary,
)

ENDED = (summary(*told.OTHERS, claim=told.CLAIM), closure(*told.OTHERS, claim=told.CLAIM))


def words(*said: Said) -> list[str]:
    """What is told of a log of the lead that holds these in this order."""
    log = {one.statement_id: checked(one, index) for index, one in enumerate(said)}
    return [str(error) for _, error in check_timely(log, CASE_ID, {})]


def checked(one: Said, index: int) -> Checked:
    return cast(
        "Checked",
        SimpleNamespace(
            id=one.statement_id,
            content=one.statement,
            log="ES",
            index=index,
            checkpoint=SimpleNamespace(origin="es.example/log"),
            signer=one.statement.header.sender,
            accepted=NOW + timedelta(seconds=index),
        ),
    )


def reopened(closed: Said, for_what: Said) -> Said:
    cause = ReopeningCause.OBJECTION
    return reopening(closed, causes=(for_what,), cause=cause, claim=told.CLAIM)


def test_a_lead_that_waited_for_whoever_has_no_part_any_more_did_not_lie() -> None:
    assert words(*told.AFTER, *ENDED) == []
    assert words(*told.AFTER, *ENDED, reopened(ENDED[1], told.AGAINST)) == []
