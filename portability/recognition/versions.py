"""
Which version of the protocol somebody must speak to understand a statement.

Version 1 is the exchange between parties that all answer: requests, histories, results, what is
said of them, decisions, closures. Version 2 adds what is said when somebody is late, not insured
or wrong, summaries, fields that are withheld, histories by pages, and what is said outside of
cases: of money, of agreements, of erasures. In version 3 a decision names the countersignatures
and the national facts that it rests on and the objections that it answers, a request names the text
of the agreement where another one is in force by now, an answer, a correction and a result say
where more may not be shown, and complaints go to whom they are about. In version 4 a person gives
a claim up, and the closure names that. A node that hears of more than it knows must set it aside,
since it may not ignore what was signed; so it is better not told.
"""

from typing import Final

from portability.recognition.statements import (
    CaseStatement,
    ClaimWithdrawal,
    Closure,
    ClosureReason,
    Correction,
    Countersignature,
    Determination,
    Dispute,
    HistoryRequest,
    HistoryResponse,
    Reconciliation,
)

OLDEST: Final = 1
SECOND: Final = 2
THIRD: Final = 3
LATEST: Final = 4

OUTSIDE_CASES: Final = SECOND
"""What somebody must speak to understand what belongs to no case, but receipts and withdrawals."""
PAGES: Final = SECOND
"""What somebody must speak to take a history by pages."""
COMPLAINTS: Final = THIRD
"""What somebody must speak to be told of a complaint about one of its institutions."""
TEXTS: Final = THIRD
"""What somebody must speak to be told under which text of an agreement a case is."""
GROUNDS: Final = THIRD
"""What all parties must speak for a decision to name more than its result."""

HELD_BACK: Final = THIRD
"""What somebody must speak to be told that a history is held back in part."""
GIVEN_UP: Final = LATEST
"""What all parties must speak for a closure to name what the person signed."""

AT_ONCE: Final = 5_000
"""Records that fit with their proofs into one message of 16 MiB, the most that version 1 takes."""

CONTRIBUTION_PERIOD: Final = "contribution-period"

_OF_THE_FIRST: Final = (
    HistoryRequest,
    HistoryResponse,
    Reconciliation,
    Countersignature,
    Dispute,
    Determination,
    Closure,
)


def version_needed(statement: CaseStatement) -> int:
    """The earliest version in which the statement can be read as it is."""
    match statement:
        case HistoryRequest():
            return _of_request(statement)
        case HistoryResponse() | Reconciliation() | Correction() if statement.held_back:
            return HELD_BACK
        case HistoryResponse():
            return SECOND if statement.shown or len(statement.records) > AT_ONCE else OLDEST
        case Reconciliation():
            is_long = len(statement.inputs) > AT_ONCE
            return SECOND if statement.absent or is_long else OLDEST
        case Determination():
            names_more = len(statement.header.predecessors) > 1 or bool(statement.facts)
            return GROUNDS if names_more else OLDEST
        case _:
            return _of_other_kinds(statement)


def _of_other_kinds(statement: CaseStatement) -> int:
    """Of those with one version each, but for the closure, which may name what is of the latest."""
    match statement:
        case ClaimWithdrawal():
            return GIVEN_UP
        case Closure(reason=ClosureReason.WITHDRAWN) if statement.header.predecessors:
            return GIVEN_UP
        case _:
            return OLDEST if isinstance(statement, _OF_THE_FIRST) else SECOND


def _of_request(request: HistoryRequest) -> int:
    if request.text:
        return TEXTS
    return OLDEST if set(request.datatypes) <= {CONTRIBUTION_PERIOD} else SECOND


def spoken(announced: int) -> int:
    """The version that a peer speaks which announces this one; the first announced none."""
    return max(announced, OLDEST)
