"""
Which version of the protocol somebody must speak to understand a statement.

Version 1 is the exchange between parties that all answer: requests, histories, results, what is
said of them, decisions, closures. Version 2 adds what is said when somebody is late, not insured
or wrong, summaries, and fields that are withheld. A node that hears of more than it knows must set
it aside, since it may not ignore what was signed; so it is better not told.
"""

from typing import Final

from portability.recognition.statements import (
    CaseStatement,
    Closure,
    Countersignature,
    Determination,
    Dispute,
    HistoryRequest,
    HistoryResponse,
    Reconciliation,
)

OLDEST: Final = 1
LATEST: Final = 2

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
            return OLDEST if set(statement.datatypes) <= {CONTRIBUTION_PERIOD} else LATEST
        case HistoryResponse():
            return LATEST if statement.shown else OLDEST
        case Reconciliation():
            return LATEST if statement.absent else OLDEST
        case _:
            return OLDEST if isinstance(statement, _OF_THE_FIRST) else LATEST


def spoken(announced: int) -> int:
    """The version that a peer speaks which announces this one; the first announced none."""
    return max(announced, OLDEST)
