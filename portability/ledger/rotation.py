"""
The next version of a directory: a key enrolled, rotated or cut off, a log that goes on elsewhere.

Times are whole hours, because a log tells the time of its entries in those. Nothing here signs.
Source: formats.md, Keys (planned rotation, rotation of a log key, compromise).
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from portability.errors import InvalidInputError
from portability.ledger.encoding import format_time
from portability.ledger.enrolment import Claim
from portability.ledger.succession import check_succession
from portability.ledger.tree_head import Checkpoint
from portability.ledger.trust import (
    Directory,
    EndedLog,
    KeyEntry,
    KeyPurpose,
    Member,
    check_consistent,
)

HOUR: Final = timedelta(hours=1)


def whole_hour(instant: datetime) -> datetime:
    """The hour that this instant is in."""
    return instant.replace(minute=0, second=0, microsecond=0)


def next_version(directory: Directory, valid_from: datetime, lifetime: timedelta) -> Directory:
    """The same content as version N+1, in force from a whole hour on."""
    if valid_from != whole_hour(valid_from) or lifetime <= timedelta():
        raise InvalidInputError("a version is in force from a whole hour on", field="valid_from")
    return replace(
        directory,
        version=directory.version + 1,
        valid_from=valid_from,
        valid_to=valid_from + lifetime,
    )


def enrol_key(following: Directory, claim: Claim, *, old_until: datetime | None) -> Directory:
    """
    Add a key, valid from ``following.valid_from`` on; the holder's others end at ``old_until``.

    With ``old_until`` of None they go on. Raises InvalidInputError for a key that is there.
    """
    if claim.purpose is KeyPurpose.LOG:
        raise InvalidInputError("a log's key takes a new origin; use rotate_log", field="purpose")
    entries = tuple(
        _until(entry, old_until) if _is_of(entry, claim) and old_until else entry
        for entry in following.entries
    )
    return _checked(replace(following, entries=(*entries, _entry(claim, following))))


def rotate_log(
    following: Directory,
    claim: Claim,
    *,
    origin: str,
    final: Checkpoint,
    kept: Checkpoint | None = None,
) -> Directory:
    """
    Let a member's log go on under another key and origin, from its final checkpoint.

    ``final`` and ``kept`` were verified. The old key ends with the version before: it signs nothing
    more. ``kept`` is the tree that is left where a node has lost its newest entries: the next log
    begins with that one, and the directory says for ever which entries are lost.
    """
    member = following.member(claim.jurisdiction)
    current = [
        entry
        for entry in following.entries
        if _is_of(entry, claim) and entry.is_valid(following.valid_from)
    ]
    if claim.purpose is not KeyPurpose.LOG or len(current) != 1:
        raise InvalidInputError("one log key is to follow one other", field="purpose")
    _check_end(member, final, kept)
    ended = EndedLog(
        jurisdiction=claim.jurisdiction,
        origin=member.log_origin,
        public=current[0].public,
        size=final.size,
        root=final.root,
        kept=None if kept is None else kept.size,
        kept_root=None if kept is None else kept.root,
    )
    entries = tuple(
        _until(entry, following.valid_from + HOUR) if entry is current[0] else entry
        for entry in following.entries
    )
    return _checked(
        replace(
            following,
            members=tuple(_renamed(one, member, origin) for one in following.members),
            entries=(*entries, _entry(claim, following)),
            ended_logs=(*following.ended_logs, ended),
        )
    )


def _check_end(member: Member, final: Checkpoint, kept: Checkpoint | None) -> None:
    """Refuse an end that is none of this member's log, or something kept that is no earlier one."""
    if final.origin != member.log_origin:
        raise InvalidInputError("the final checkpoint is of another log", field="final")
    if kept is not None and (kept.origin != final.origin or kept.size >= final.size):
        raise InvalidInputError(
            f"what was kept is no earlier state of the log that ends at {final.size} entries",
            field="kept",
        )


def cut_off(following: Directory, key_id: bytes, at: datetime) -> Directory:
    """
    Trust nothing of a compromised key that was not witnessed before ``at``.

    Raises InvalidInputError for a key that is not there, or that did not count by then.
    """
    entry = following.key(key_id)
    if entry is None:
        raise InvalidInputError("the directory has no key of that id", field="key_id")
    if at <= entry.valid_from:
        raise InvalidInputError(
            f"that key counts from {format_time(entry.valid_from)} on, and nothing was signed by "
            "it until then; cut it off at a time after that",
            field="at",
        )
    return _checked(
        replace(
            following,
            entries=tuple(
                replace(entry, cutoff=at) if entry.key_id == key_id else entry
                for entry in following.entries
            ),
        )
    )


def check_next(current: Directory, following: Directory) -> None:
    """Raises InvalidInputError for a version that may not follow."""
    if following.version != current.version + 1:
        raise InvalidInputError(
            f"version {following.version} does not follow version {current.version}",
            field="version",
        )
    check_succession(current, following)


def _checked(directory: Directory) -> Directory:
    check_consistent(directory)
    return directory


def _is_of(entry: KeyEntry, claim: Claim) -> bool:
    return (entry.jurisdiction, entry.institution, entry.purpose) == (
        claim.jurisdiction,
        claim.institution,
        claim.purpose,
    )


def _until(entry: KeyEntry, end: datetime) -> KeyEntry:
    """An end that is set already, and earlier, stays."""
    return entry if entry.valid_to and entry.valid_to <= end else replace(entry, valid_to=end)


def _entry(claim: Claim, following: Directory) -> KeyEntry:
    return KeyEntry(
        jurisdiction=claim.jurisdiction,
        institution=claim.institution,
        purpose=claim.purpose,
        public=claim.public,
        valid_from=following.valid_from,
    )


def _renamed(member: Member, which: Member, origin: str) -> Member:
    return replace(member, log_origin=origin) if member is which else member
