"""
By when, and before whom, a checkpoint existed: the cosignatures of the directory's own witnesses.

A log's own witness never counts, nor does a key after its cut-off. Source: formats.md, Keys
(Validity).
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from portability.errors import ProofError
from portability.ledger.directory import Directory
from portability.ledger.keys import key_id
from portability.ledger.note import parse_note, verify_note


@dataclass(frozen=True, slots=True, kw_only=True)
class WitnessedAt:
    """The earliest time by which the quorum had cosigned, and the jurisdictions that did."""

    time: datetime
    witnesses: tuple[str, ...]


def witnessed_at(
    note: bytes, directory: Directory, log_jurisdiction: str, now: datetime
) -> WitnessedAt | None:
    """
    When the directory's quorum had seen a checkpoint; None without one, or if it is missed.

    Cosignatures from after ``now`` do not count. Raises ProofError where a line of a known witness
    does not verify: a note is refused for any such line.
    """
    witnesses = directory.witness_vkeys(log_jurisdiction, None)
    keys = {key: code for code, found in witnesses.items() for key in found}
    known = {(key.name, key.label) for key in keys}
    parsed = parse_note(note)
    if not directory.quorum or not any((one.name, one.label) in known for one in parsed.signatures):
        return None
    times: dict[str, datetime] = {}
    for found in verify_note(parsed, keys):
        time = _instant(found.time)
        entry = directory.key(key_id(found.key.public))
        if entry is not None and entry.is_valid(time) and time <= now:
            code = keys[found.key]
            times[code] = min(time, times.get(code, time))
    if len(times) < directory.quorum:
        return None
    return WitnessedAt(
        time=sorted(times.values())[directory.quorum - 1], witnesses=tuple(sorted(times))
    )


def _instant(seconds: int | None) -> datetime:
    try:
        return datetime.fromtimestamp(seconds or 0, UTC)
    except (ValueError, OverflowError, OSError):
        raise ProofError("a cosignature has a time that no calendar has") from None
