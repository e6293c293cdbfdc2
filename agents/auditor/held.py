"""
Who held the file of a case and for how long, by the signed times that the bundles show.

Where nobody signed for an arrival, the receiver's own log says when, to the hour.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from agents.auditor.findings import Findings
from agents.auditor.graph import signed_at
from agents.durations import lasted_words
from portability.recognition.case import Case
from portability.recognition.facts import read_facts
from portability.recognition.holding import holdings, time_held
from portability.recognition.timing import turns


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A country and a kind of step; ``running``: it still has the file, as far as this shows."""

    jurisdiction: str
    step: str
    lasted: timedelta
    running: bool

    @property
    def words(self) -> str:
        return f"{lasted_words(self.lasted)}{', and still does' if self.running else ''}"

    def to_json(self) -> dict[str, object]:
        return {
            "jurisdiction": self.jurisdiction,
            "step": self.step,
            "seconds": int(self.lasted.total_seconds()),
            "running": self.running,
        }


def held_in(found: Findings, case: Case) -> tuple[Held, ...]:
    """Up to the last thing that was signed, by country and step."""
    if case.claim is None or not case.accepted:
        return ()
    arrived = dict(_arrivals(found, case))
    end = max(one.header.created for one in case.accepted.values())
    end = max([end, *arrived.values()])
    leads = case.own == case.claim.lead.jurisdiction
    waits = list(turns(case.claim, read_facts(case))) if leads else []
    spans = holdings(case.accepted, arrived, waits)
    running = {(one.jurisdiction, one.step) for one in spans if one.until is None}
    return tuple(
        Held(
            jurisdiction=jurisdiction,
            step=step,
            lasted=lasted,
            running=(jurisdiction, step) in running,
        )
        for (jurisdiction, step), lasted in time_held(spans, end).items()
    )


def _arrivals(found: Findings, case: Case) -> Iterator[tuple[tuple[bytes, str], datetime]]:
    """When each statement was with whom: by their own log to the hour, better by signature."""
    for i in case.accepted:
        one = found.checked.get(i)
        if one is not None and one.log != one.signer.jurisdiction:
            yield (i, one.log), max(one.accepted, signed_at(one))
    signed: dict[tuple[bytes, str], datetime] = {}
    for word in found.acknowledgements.values():
        for i in word.content.header.predecessors:
            known = signed.get((i, word.signer.jurisdiction), word.as_of)
            signed[i, word.signer.jurisdiction] = min(known, word.as_of)
    yield from signed.items()
