"""
Entries that a node has lost, as the directory states them, and where a watcher goes on then.

A loss is no fork: the old log ended where witnesses saw it last, and the next begins with what was
left of it. It is told at every look, and is an alarm once to whoever had followed the log before.
"""

from collections.abc import Mapping

from agents.auditor.issuers import Alarm
from agents.auditor.stated_losses import successor
from agents.auditor.watch_place import Place
from agents.auditor.watching import Finding
from portability.ledger.checkpoint import unverified_checkpoint
from portability.ledger.directory import Directory, EndedLog


def place_in(
    jurisdiction: str, directory: Directory, places: Mapping[str, Place]
) -> tuple[Place, tuple[Finding, ...]]:
    """
    Where a watcher is in a member's log, also under a name that it had before.

    What was read beyond a loss is read again from the beginning, under the next name, and a head
    that does not fit the stated end is an alarm for as long as it is so.
    """
    names = directory.log_origins(jurisdiction)
    name = next((one for one in reversed(names) if one in places), None)
    if name is None:
        return Place(), ()
    place = places[name]
    findings: list[Finding] = []
    for at in names[names.index(name) : -1]:
        end = directory.ended_log(at)
        if end is not None and end.lost and place.latest:
            findings.append(_judge(end, place, directory))
            if unverified_checkpoint(place.latest).size > end.lost.start:
                place = Place()
    return place, tuple(findings)


def _judge(end: EndedLog, place: Place, directory: Directory) -> Finding:
    """What a loss means to whoever has followed the log up to here."""
    following = successor(directory, end)
    seen = unverified_checkpoint(place.latest)
    if seen.origin == end.origin and seen.size > end.size:
        return Finding(
            alarm=Alarm.ROLLBACK,
            origin=following,
            why=f"the directory ends {end.origin} at {end.size} entries, and it showed us "
            f"{seen.size}: more is lost than is stated",
            notes=(place.latest,),
        )
    if seen.origin == end.origin and seen.size == end.size and seen.root != end.root:
        return Finding(
            alarm=Alarm.FORK,
            origin=following,
            why=f"the directory ends {end.origin} with another tree of {end.size} entries than we "
            "were shown",
            notes=(place.latest,),
        )
    gone = max(0, seen.size - end.lost.start)
    mine = f"; this watcher had seen {gone} of them, its checkpoint is kept" if gone else ""
    return Finding(
        alarm=Alarm.LOSS,
        origin=following,
        why=f"entries {end.lost.start} to {end.lost.stop - 1} of {end.origin} are lost{mine}",
        notes=(place.latest,) if gone else (),
    )
