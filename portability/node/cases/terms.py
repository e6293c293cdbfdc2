"""How long the parties of a case may take, by the text of the agreement that it is under."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from portability.errors import NoAgreementError
from portability.node.cases.loading import LoadedCase
from portability.recognition.case import Case, Clock, Duty, Reconcile, Remind, Terms
from portability.recognition.facts import read_facts
from portability.recognition.progress import progress
from portability.recognition.timing import next_time

TERMS: Final = "exchange_terms_days"
"""The parameter of a pack; an agreement without it reminds nobody and waits for ever."""


def clock_of(loaded: LoadedCase, now: datetime) -> Clock | None:
    """The present under the terms of the case's agreement; None where it sets none."""
    terms = terms_of(loaded)
    return None if terms is None else Clock(now=now, terms=terms)


def terms_of(loaded: LoadedCase) -> Terms | None:
    """
    The terms that hold on the day of award, in the text that the case was opened under.

    None where it sets none. A text that was signed since changes nothing for this case.
    """
    try:
        found = loaded.pack.value(TERMS, loaded.claim.award_date)
    except NoAgreementError:
        return None
    if not isinstance(found, Mapping):
        return None
    return Terms(
        answer=timedelta(days=found["answer"]),
        interval=timedelta(days=found["interval"]),
        reminders=found["reminders"],
        provisional=timedelta(days=found["provisional"]),
    )


def made_due(case: Case, clock: Clock) -> Duty | None:
    """The first thing that is due by time alone, at the lead."""
    known = progress(case).duties
    due = progress(case, clock).duties
    return next(
        (one for one in due if isinstance(one, Remind | Reconcile) and one not in known), None
    )


def next_tick(loaded: LoadedCase, now: datetime) -> datetime | None:
    """When time will make something due at the lead; None if it will not."""
    if not loaded.leads:
        return None
    clock = clock_of(loaded, now)
    return None if clock is None else next_time(loaded.claim, read_facts(loaded.case), clock)
