"""
What one version of the directory may change of the one before it: the future, and never the past.

Entries stay for ever, so that what was signed long ago is judged today as it was then. Only a
compromise reaches back, and it is named as one: a cut-off. Source: formats.md, Keys (Validity,
Directory).
"""

from datetime import datetime

from portability.errors import InvalidInputError
from portability.ledger.trust import Directory, KeyEntry


def check_succession(current: Directory, following: Directory) -> None:
    """Raises InvalidInputError naming what of the past ``following`` would change."""
    known = {entry.key_id: entry for entry in current.entries}
    found = {entry.key_id: entry for entry in following.entries}
    for key_id, entry in known.items():
        if key_id not in found:
            raise _refuse("key", f"{_name(entry)} is gone; a key stays in the directory for ever")
        _check_same_key(entry, found[key_id], following.valid_from)
    for key_id, entry in found.items():
        if key_id not in known and entry.valid_from < following.valid_from:
            raise _refuse(
                "valid_from", f"{_name(entry)} is new, so it cannot be valid before this version"
            )
        if key_id not in known and entry.public in current.roots.values():
            raise _refuse("key", f"{_name(entry)} was a root key; a key has one purpose")
    _check_roots(current, following)
    _check_logs(current, following)


def _check_same_key(old: KeyEntry, new: KeyEntry, since: datetime) -> None:
    if (old.jurisdiction, old.institution, old.purpose) != (
        new.jurisdiction,
        new.institution,
        new.purpose,
    ):
        raise _refuse(
            "key", f"{_name(old)} is enrolled again as {_name(new)}; a key has one purpose and name"
        )
    if old.valid_from != new.valid_from:
        raise _refuse("valid_from", f"{_name(old)} is valid from another time than before")
    ends = [end for end in (old.valid_to, new.valid_to) if end is not None]
    if old.valid_to != new.valid_to and any(end < since for end in ends):
        raise _refuse(
            "valid_to",
            f"{_name(old)} would end at another time that is past; a compromise takes a cut-off",
        )
    if old.cutoff is not None and (new.cutoff is None or new.cutoff > old.cutoff):
        raise _refuse("cutoff", f"the cut-off of {_name(old)} is gone or later than it was")


def _check_roots(current: Directory, following: Directory) -> None:
    enrolled = {entry.public for entry in current.entries}
    if any(root in enrolled for root in following.roots.values()):
        raise _refuse("root", "a root key was enrolled for another purpose; make another")


def _check_logs(current: Directory, following: Directory) -> None:
    for ended in current.ended_logs:
        if ended not in following.ended_logs:
            raise _refuse("ended_log", f"the end of the log {ended.origin} is gone or another")
    for member in current.members:
        origins = [one.log_origin for one in following.members]
        if member.log_origin not in origins and following.ended_log(member.log_origin) is None:
            raise _refuse(
                "log_origin",
                f"the log {member.log_origin} is gone, and no [[ended_log]] says where it ended",
            )


def _name(entry: KeyEntry) -> str:
    who = "/".join(filter(None, (entry.jurisdiction, entry.institution)))
    return f"the {entry.purpose} key {entry.key_id.hex()[:16]} of {who}"


def _refuse(field: str, why: str) -> InvalidInputError:
    return InvalidInputError(f"the next version of the directory is refused: {why}", field=field)
