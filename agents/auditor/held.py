"""
Who held the file of a case and for how long, by the signed times that the bundles show.

Where nobody signed for an arrival, the receiver's own log says when, to the hour; and where it
signed for a later one than that, its log counts, and so does what it had signed itself by then that
names what arrived.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from agents.auditor.dated import counted
from agents.auditor.findings import Findings
from agents.auditor.graph import signed_at
from agents.disputed_times import disputed_json, disputed_words
from agents.durations import lasted_words
from portability.recognition.arrivals import (
    DisputedTime,
    Receipt,
    arrivals,
    disputed_times,
    heard_of,
)
from portability.recognition.case import Case
from portability.recognition.facts import read_facts
from portability.recognition.holding import DELIVERY, holdings, time_held
from portability.recognition.timing import turns

_HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A country and a kind of step; ``running``: it still has the file, as far as this shows."""

    jurisdiction: str
    step: str
    lasted: timedelta
    running: bool
    disputed: tuple[DisputedTime, ...] = ()

    @property
    def words(self) -> str:
        told = [f"{lasted_words(self.lasted)}{', and still does' if self.running else ''}"]
        return "; ".join([*told, *map(disputed_words, self.disputed)])

    def to_json(self) -> dict[str, object]:
        return {
            "jurisdiction": self.jurisdiction,
            "step": self.step,
            "seconds": int(self.lasted.total_seconds()),
            "running": self.running,
            "disputed": [disputed_json(one) for one in self.disputed],
        }


def held_in(found: Findings, case: Case) -> tuple[Held, ...]:
    """Up to the last thing that was signed, by country and step."""
    claim = case.claim
    if claim is None or not case.accepted:
        return ()
    case = counted(case, found)
    logged, signed = _by_log(found, case), dict(_by_signature(found, case))
    used = _first_used(case)
    receipts = {
        place: Receipt(
            said=said,
            heard=min(_hour_over(logged.get(place), said), heard_of(said, used.get(place, said))),
        )
        for place, said in signed.items()
    }
    arrived = logged | arrivals(case.accepted, receipts)
    disputed = tuple(disputed_times(case.accepted, receipts))
    end = max(one.header.created for one in case.accepted.values())
    end = max([end, *arrived.values()])
    leads = case.own == claim.lead.jurisdiction
    waits = list(turns(claim, read_facts(case))) if leads else []
    spans = holdings(case.accepted, arrived, waits)
    running = {(one.jurisdiction, one.step) for one in spans if one.until is None}
    return tuple(
        Held(
            jurisdiction=jurisdiction,
            step=step,
            lasted=lasted,
            running=(jurisdiction, step) in running,
            disputed=tuple(
                one
                for one in disputed
                if step == DELIVERY
                and case.accepted[one.statement_id].header.sender.jurisdiction == jurisdiction
            ),
        )
        for (jurisdiction, step), lasted in time_held(spans, end).items()
    )


def _by_log(found: Findings, case: Case) -> dict[tuple[bytes, str], datetime]:
    """When each statement was with whom by their own log, which tells the hour."""
    checked = [(i, found.checked[i]) for i in case.accepted if i in found.checked]
    return {
        (i, one.log): max(one.accepted, signed_at(one))
        for i, one in checked
        if one.log != one.signer.jurisdiction
    }


def _first_used(case: Case) -> dict[tuple[bytes, str], datetime]:
    """When each was with whom at the latest: they have signed something that names it."""
    used: dict[tuple[bytes, str], datetime] = {}
    for one in case.accepted.values():
        for i in one.header.predecessors:
            place = i, one.header.sender.jurisdiction
            used[place] = min(used.get(place, one.header.created), one.header.created)
    return used


def _hour_over(logged: datetime | None, said: datetime) -> datetime:
    """The latest that somebody can have had what their log took in in that hour."""
    return said if logged is None else heard_of(said, logged + _HOUR)


def _by_signature(found: Findings, case: Case) -> Iterator[tuple[tuple[bytes, str], datetime]]:
    """When each statement was with whom, as they first signed."""
    signed: dict[tuple[bytes, str], datetime] = {}
    for word in found.acknowledgements.values():
        for i in word.content.header.predecessors:
            known = signed.get((i, word.signer.jurisdiction), word.as_of)
            signed[i, word.signer.jurisdiction] = min(known, word.as_of)
    yield from ((place, moment) for place, moment in signed.items() if place[0] in case.accepted)
