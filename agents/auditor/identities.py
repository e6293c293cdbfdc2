"""
An officer's word on whom a request means: does it fit the request, and what was answered then?

Who is meant cannot be checked, since it is said by a commitment alone; who said so can, and that
nothing was answered against it.
"""

from collections.abc import Iterator

from agents.auditor.findings import Findings
from agents.auditor.questions import Answer, Holds, Question
from agents.auditor.report import NotHeldError, Step
from agents.auditor.steps import Checked, of_kind_in
from portability.recognition.identity import IdentityOutcome, IdentityResolution
from portability.recognition.statements import HistoryOutcome, HistoryRequest, HistoryResponse


def check_identities(found: Findings) -> Iterator[tuple[bytes, Answer | NotHeldError]]:
    """Each word by its id; nothing is said of one whose request is not in the bundle."""
    for one, word in of_kind_in(found.checked, IdentityResolution):
        asked = found.checked.get(word.request)
        if asked is None or not isinstance(asked.content, HistoryRequest):
            continue
        try:
            yield one.id, _check(word, asked, asked.content, found)
        except NotHeldError as error:
            yield one.id, error


def _check(
    word: IdentityResolution, asked: Checked, request: HistoryRequest, found: Findings
) -> Answer:
    if word.institution != request.recipient:
        raise NotHeldError(
            Step.RESULT,
            f"{word.institution} says whom a request to {request.recipient} means",
        )
    given = {
        one.outcome
        for _, one in of_kind_in(found.checked, HistoryResponse)
        if asked.id in one.header.predecessors
    }
    if word.outcome is IdentityOutcome.NONE and HistoryOutcome.RECORDS in given:
        raise NotHeldError(
            Step.RESULT, "it says that the request means nobody, and records were given on it"
        )
    return Answer(
        question=Question.RESULT,
        holds=Holds.NOT_ASKED,
        words="it computes nothing: the institution that was asked says whom the request means",
    )
