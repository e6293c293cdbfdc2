"""What an act with help cannot reach: more than one exchange, or the helper's own office."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from portability.consent.document import Method
from portability.consent.lifecycle import OPEN_STATES
from portability.consent.signature import ASSISTED_VALIDITY
from portability.errors import PreconditionError

if TYPE_CHECKING:
    from portability.consent.drafting import Choice
    from portability.consent.statements import ConsentRequest, ConsentState, SubjectKey


def one_exchange(choice: Choice, asked: ConsentRequest) -> Choice:
    """As much as an act on a device of the office can reach: one use, and at most 90 days."""
    latest = asked.not_before + ASSISTED_VALIDITY
    ends = [one for one in (choice.not_after, asked.not_after, latest) if one is not None]
    return replace(choice, max_uses=1, not_after=min(ends))


def check_helper(key: SubjectKey, asked: ConsentRequest) -> None:
    """Raise PreconditionError where whoever helped is of the institution that asks."""
    if any(one.organisation == asked.requester for one in key.assistants):
        raise PreconditionError(
            "whoever helped is of the institution that asks; sign with a key of your own, or at "
            "the counter of another"
        )


def check_nothing_replaced(key: SubjectKey, state: ConsentState) -> None:
    """Raise PreconditionError where what allows nothing yet would end what is in force."""
    if key.method in {Method.ASSISTED_WORKER, Method.PAPER} and state in OPEN_STATES:
        raise PreconditionError(
            "a consent is in force on this request; what a worker signs alone does not replace it",
            state=str(state),
        )
