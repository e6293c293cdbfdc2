"""
Places in the log of a member, also one that ended and went on under another name.

An entry keeps its place in the log that goes on. What was lost with its log is not there: a peer
may have given it back, and then it stands where it was put again.
"""

from collections.abc import Sequence
from enum import Enum, auto
from typing import Final

from portability.ledger.trust import Directory, EndedLog

ANSWERED_WITHIN: Final = 1
"""Entries of a log between the size at which an answer is complete and the answer, at most: the
receipt of what it released, which is written just before it."""


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


def is_of_its_place(
    log: str, size: int, leaf_index: int, shown_in: str, directory: Directory
) -> bool | None:
    """
    Whether an answer that is complete in a log at a size says so of its own place: up to itself.

    ``shown_in`` is the log in which it is shown at ``leaf_index``. One that was lost with the log
    that it names, and that a peer gave back, stands where it was put then. None where the directory
    does not know both as logs of one member.
    """
    ends = directory.ends_between(log, shown_in)
    if ends is None:
        return None
    if keeps_place(leaf_index, ends):
        return 0 <= leaf_index - size <= ANSWERED_WITHIN
    is_put_back = ends[0].origin == log and any(end.lost for end in ends)
    return is_put_back and size < ends[0].size
