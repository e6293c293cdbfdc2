"""
When a statement counts as signed, where the time that its signer wrote cannot be all of it.

Nothing that is dated back harms anybody by itself: signing on Friday and handing in on Monday is
honest. But terms run from a request, and steps end with what they made; so where a signer's own log
took a statement in more than a day after its date, that log counts. Another's log is that other's
word, and counts against nobody.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from agents.auditor.contents import short
from agents.auditor.findings import Findings
from agents.auditor.graph import links_of, signed_at
from agents.auditor.steps import Checked
from portability.recognition.case import Case
from portability.recognition.statements import CaseStatement
from portability.recognition.timing import DATED_WITHIN


def is_dated_back(one: Checked) -> bool:
    """Whether its signer's own log took it in much later than it is dated."""
    return one.log == one.signer.jurisdiction and one.accepted - signed_at(one) > DATED_WITHIN


def counted_at(one: Checked) -> datetime:
    """From when on terms run, and until when a step took."""
    return one.accepted if is_dated_back(one) else signed_at(one)


def as_counted(one: Checked, content: CaseStatement) -> CaseStatement:
    """The statement with that time in the place of its date."""
    return replace(content, header=replace(content.header, created=counted_at(one)))


def counted(case: Case, found: Findings) -> Case:
    """A case in which each statement has the time that counts."""
    accepted = {
        i: as_counted(found.checked[i], one) if i in found.checked else one
        for i, one in case.accepted.items()
    }
    return replace(case, accepted=accepted)


def dates_told(one: Checked, found: Findings) -> Iterator[str]:
    """What is odd about its date, and blames nobody: the log says more, or one clock is wrong."""
    if is_dated_back(one):
        yield (
            f"dated {signed_at(one):%Y-%m-%d}, while the log of {one.log} took it in on "
            f"{one.accepted:%Y-%m-%d}, which counts where time does"
        )
    for link in links_of(one.content):
        named = found.checked.get(link.id)
        if named is None or not isinstance(named.content, CaseStatement):
            continue
        if signed_at(named) - signed_at(one) > DATED_WITHIN:
            yield (
                f"dated before {short(link.id)}, which it names and is dated "
                f"{signed_at(named):%Y-%m-%d}: one of the two dates is wrong"
            )
