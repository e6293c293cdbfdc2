"""Checkpoints of a member's log, also of one that ended and went on under another key."""

from datetime import datetime

from portability.errors import PreconditionError
from portability.ledger.checkpoint import Checkpoint, open_checkpoint, unverified_checkpoint
from portability.ledger.trust import Directory


def open_log_checkpoint(
    note: bytes, directory: Directory, jurisdiction: str, at: datetime
) -> Checkpoint:
    """
    What the log of a member says its tree is, by a key that was trusted for it at ``at``.

    Raises as ``open_checkpoint``, PreconditionError where the directory has no such key, ProofError
    for a head after the end that the directory states.
    """
    origin = unverified_checkpoint(note).origin
    if directory.ended_log(origin) is None or directory.log_jurisdiction(origin) != jurisdiction:
        key = directory.log_vkey(jurisdiction, at)
        return open_checkpoint(note, key, key.name)
    keys = directory.log_vkeys(origin, at)
    if not keys:
        raise PreconditionError(
            f"the log {origin} had no key that is trusted for that time", jurisdiction=jurisdiction
        )
    head = open_checkpoint(note, keys[0], origin)
    directory.check_log_end(head)
    return head
