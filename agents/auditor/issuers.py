"""
May the key that an entry names have signed it, by the time at which witnesses first saw it?

That time is the earliest publication that covers the entry and has the directory's quorum; never
one that a signer or the log alone wrote down. Source: formats.md, Keys (Validity, Compromise).
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from agents.auditor.kinds import KINDS
from portability.consent.payload_types import CONSENT_STATUS_TYPE
from portability.errors import PortabilityError
from portability.ledger.directory import Directory, KeyEntry, KeyPurpose
from portability.ledger.encoding import format_time
from portability.ledger.envelope import kind_of
from portability.wire.adoption import ADOPTION_TYPE
from portability.wire.log_entry import SECONDS_PER_HOUR, LogEntry, log_entry_from_bytes
from portability.wire.settlement import SETTLEMENT_TYPES

SLACK: Final = timedelta(hours=1)
"""Clocks of logs, witnesses and watchers may differ by less than that."""

_Signers = frozenset[KeyPurpose | None]


def _purposes() -> Mapping[str, _Signers]:
    found: defaultdict[str, set[KeyPurpose | None]] = defaultdict(set)
    for name, kind in KINDS.items():
        found[kind_of(name)].add(kind.purpose)
    for name in SETTLEMENT_TYPES:
        found[kind_of(name)].add(KeyPurpose.INSTITUTION)
    for name in (CONSENT_STATUS_TYPE, ADOPTION_TYPE):
        found[kind_of(name)].add(KeyPurpose.NODE)
    return {kind: frozenset(purposes) for kind, purposes in found.items()}


_PURPOSES: Final = _purposes()
"""Of the keys that may sign each kind of entry; None for what a person signs."""


class Alarm(StrEnum):
    """What is wrong. A lie is proven by what the log itself has signed."""

    FORK = "fork"
    ROLLBACK = "rollback"
    ENTRIES = "entries"
    UNKNOWN_ISSUER = "unknown-issuer"
    UNREADABLE = "unreadable"
    STALE = "stale"
    LOST_WITNESS = "lost-witness"
    LOSS = "loss"


def accepted_of(entry: LogEntry) -> datetime:
    """The start of the hour in which the log says that it took the entry in."""
    return datetime.fromtimestamp(entry.accepted_hour * SECONDS_PER_HOUR, UTC)


def entry_fault(
    data: bytes, directory: Directory, now: datetime, witnessed: datetime | None
) -> tuple[Alarm, str] | None:
    """
    What is wrong with one entry by itself; None if nothing is.

    Before ``witnessed`` is known, only what no witness can mend is told. In a federation without
    witnesses the hour that the log wrote down must do.
    """
    try:
        entry = log_entry_from_bytes(data)
    except PortabilityError as error:
        return Alarm.UNREADABLE, error.message
    accepted = accepted_of(entry)
    if accepted > (witnessed or now) + SLACK:
        when = "an hour that is still to come" if witnessed is None else "a later hour than it was"
        return Alarm.UNREADABLE, f"it says that it was accepted in {when}"
    if entry.kind not in _PURPOSES:
        return Alarm.UNKNOWN_ISSUER, f"no key may sign its kind ({entry.kind})"
    purposes = _PURPOSES[entry.kind]
    if None in purposes and directory.key(entry.key_id) is None:
        return None  # signed by a person, whose key is in no directory
    at = accepted if witnessed is None and not directory.quorum else witnessed
    why = _issuer_fault(entry, purposes, at, directory)
    return None if why is None else (Alarm.UNKNOWN_ISSUER, why)


def validity_fault(key: KeyEntry, at: datetime) -> str | None:
    """Why a signature witnessed at this instant does not count; None if it does."""
    when = f"it was witnessed at {format_time(at)}"
    if key.cutoff is not None and at >= key.cutoff:
        return (
            f"the key that signed it is compromised and counts for nothing from "
            f"{format_time(key.cutoff)} on: {when}"
        )
    if at < key.valid_from:
        return f"the key that signed it was not valid yet: {when}"
    if key.valid_to is not None and at >= key.valid_to:
        return f"the key that signed it was not valid any more: {when}"
    return None


def _issuer_fault(
    entry: LogEntry, purposes: _Signers, at: datetime | None, directory: Directory
) -> str | None:
    key = directory.key(entry.key_id)
    if key is None:
        return f"the key that signed it is not in the directory ({entry.key_id.hex()[:16]})"
    if key.purpose not in purposes:
        wanted = " or ".join(sorted(str(one) for one in purposes if one is not None))
        return f"it is signed by a key for the purpose {key.purpose}, not {wanted or 'a person'}"
    return None if at is None else validity_fault(key, at)
