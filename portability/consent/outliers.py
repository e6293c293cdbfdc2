"""
How workers assist, and who stands out: a flag is a reason for an auditor to look, and no finding.

Source: formats.md, §7.1 (rates per worker are shown to auditors).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

MANY_PER_HOUR: Final = 6
"""More than one in ten minutes leaves no time to explain and to have it said back."""

ENOUGH: Final = 10
"""From so many on, that it is always the same says something."""

_HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistedAct:
    """
    One document that a worker prepared; ``granted``: when it was signed, None if it was not.

    ``witness`` is None where nobody attended.
    """

    worker: bytes
    witness: bytes | None
    device: str
    offered: datetime
    granted: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerReport:
    """The pattern of one worker."""

    worker: bytes
    offered: int
    granted: int
    most_per_hour: int
    devices: int
    witnesses: int

    @property
    def flags(self) -> tuple[str, ...]:
        """What stands out."""
        found = {
            "many-per-hour": self.most_per_hour > MANY_PER_HOUR,
            "nobody-declines": self.offered >= ENOUGH and self.granted == self.offered,
            "one-device": self.granted >= ENOUGH and self.devices == 1,
            "one-witness": self.granted >= ENOUGH and self.witnesses == 1,
            "no-witness": self.granted >= ENOUGH and not self.witnesses,
        }
        return tuple(name for name, stands_out in found.items() if stands_out)


def report_workers(acts: Iterable[AssistedAct]) -> list[WorkerReport]:
    """One report for each worker, those who stand out most first."""
    by_worker: dict[bytes, list[AssistedAct]] = {}
    for act in acts:
        by_worker.setdefault(act.worker, []).append(act)
    reports = [_report(worker, done) for worker, done in by_worker.items()]
    return sorted(reports, key=lambda one: (-len(one.flags), -one.granted, one.worker))


def _report(worker: bytes, acts: list[AssistedAct]) -> WorkerReport:
    signed = [act for act in acts if act.granted is not None]
    return WorkerReport(
        worker=worker,
        offered=len(acts),
        granted=len(signed),
        most_per_hour=_most_within_an_hour([act.granted for act in signed if act.granted]),
        devices=len({act.device for act in signed}),
        witnesses=len({act.witness for act in signed} - {None}),
    )


def _most_within_an_hour(instants: list[datetime]) -> int:
    """The most of them in any span of an hour, its end excluded."""
    ordered = sorted(instants)
    most = first = 0
    for place, instant in enumerate(ordered):
        while instant - ordered[first] >= _HOUR:
            first += 1
        most = max(most, place - first + 1)
    return most
