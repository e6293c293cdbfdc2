"""
Places in the log of a member, also one that ended and went on under another name.

An entry keeps its place in the log that goes on. What was lost with its log is not there: a peer
may have given it back, and then it stands where it was put again.
"""

from collections.abc import Sequence
from enum import Enum, auto

from portability.ledger.trust import Directory, EndedLog


class Was(Enum):
    """Whether a log held an entry at a size. ``NOT_THERE``: it came later, or is of another log."""

    THERE = auto()
    NOT_THERE = auto()
    UNKNOWN = auto()


def keeps_place(leaf_index: int, ends: Sequence[EndedLog]) -> bool:
    """Whether an entry stands at one place on both sides of the ends of these logs."""
    return all(leaf_index < end.goes_on_from.size for end in ends)


def was_in(log: str, size: int, leaf_index: int, shown_in: str, directory: Directory) -> Was:
    """
    Whether a log held an entry, which is shown at its place in the same or another log, at a size.

    Where entries were lost between the two logs, one that is not in both may have stood elsewhere.
    """
    ends = directory.ends_between(log, shown_in)
    if ends is not None and keeps_place(leaf_index, ends):
        return Was.THERE if leaf_index < size else Was.NOT_THERE
    return Was.UNKNOWN if ends and any(end.lost for end in ends) else Was.NOT_THERE
