"""
One look at one log: did it only grow, do its entries give its root, may their signers sign, and
have its witnesses seen the same tree?

Nothing is believed. What the log shows is held against what was checked before, against the
directory and against what every witness cosigned; whatever does not fit is an alarm.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Protocol

from agents.auditor.following import Check, Follower, Mark, Publication
from agents.auditor.issuers import Alarm, entry_fault
from agents.auditor.watch_place import Place
from agents.auditor.witnesses import witnessed_at
from portability.errors import NotFoundError, PortabilityError, ProofError
from portability.ledger.checkpoint import unverified_checkpoint
from portability.ledger.directory import Directory, Member
from portability.ledger.keys import key_id
from portability.ledger.merkle import verify_consistency
from portability.ledger.note import VerifierKey, parse_note, verify_note
from portability.ledger.tree_head import Checkpoint, parse_checkpoint_text

__all__ = [
    "Alarm",
    "Finding",
    "LogSource",
    "Look",
    "Shown",
    "Watched",
    "follow_log",
    "look_at_log",
]

UNPUBLISHED: Final = "unpublished"
MAX_TOLD: Final = 20
"""So many alarms about single entries of a log are told at a look; more would be noise."""
LIES: Final = frozenset({Alarm.FORK, Alarm.ROLLBACK, Alarm.ENTRIES})
OVERDUE: Final = frozenset({Alarm.STALE, Alarm.LOST_WITNESS})
"""These say that something is missing, not that anything is wrong with what is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """``notes`` are the signed checkpoints that do not fit."""

    alarm: Alarm
    origin: str
    why: str
    notes: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """The checkpoints that a log shows: the committed one, and the published one or nothing."""

    committed: bytes
    published: bytes


class LogSource(Protocol):
    """A log, asked. Raises the tree's errors."""

    def checkpoints(self) -> Shown: ...

    def entries(self, first: int, end: int) -> Iterable[bytes]:
        """Leaf bytes from ``first`` up to before ``end``; fewer if the log gives no more."""

    def consistency(self, old_size: int, new_size: int) -> tuple[bytes, ...]: ...

    def publications(self, above: int) -> Iterable[bytes]:
        """Published checkpoints of more than ``above`` entries, the smallest first."""


View = Callable[[str], bytes]
"""What a witness last cosigned for an origin; NotFoundError for nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A log under watch, with its witnesses by jurisdiction."""

    member: Member
    source: LogSource
    witnesses: Mapping[str, View]


@dataclass(slots=True, kw_only=True)
class Look:
    """One look as it goes: what was found, and where the watcher stands after it."""

    watched: Watched
    directory: Directory
    now: datetime
    patience: timedelta
    place: Place
    findings: list[Finding] = field(default_factory=list)
    overdue: set[str] = field(default_factory=set)
    told: int = 0

    @property
    def origin(self) -> str:
        return self.watched.member.log_origin

    @property
    def jurisdiction(self) -> str:
        return self.watched.member.jurisdiction

    @property
    def seen(self) -> Checkpoint:
        """The latest head that we were ever shown, also one whose entries cannot be judged yet."""
        if not self.place.latest:
            return Checkpoint(origin=self.origin, size=0, root=b"")
        return unverified_checkpoint(self.place.latest)

    def alarm(self, alarm: Alarm, why: str, *notes: bytes) -> None:
        self.findings.append(Finding(alarm=alarm, origin=self.origin, why=why, notes=notes))

    def check_entry(self, index: int, data: bytes, witnessed: datetime | None) -> None:
        """Alarm of what is wrong with one entry by itself."""
        fault = entry_fault(data, self.directory, self.now, witnessed)
        if fault is not None and self.told < MAX_TOLD:
            self.told += 1
            self.alarm(fault[0], f"entry {index}: {fault[1]}")

    def late(self, what: str, alarm: Alarm, why: str) -> None:
        """Alarm once something has been overdue for longer than the watcher's patience."""
        self.overdue.add(what)
        since = self.place.since.get(what, self.now)
        if self.now - since >= self.patience:
            self.alarm(alarm, why)


def look_at_log(
    watched: Watched, directory: Directory, place: Place, *, now: datetime, patience: timedelta
) -> tuple[Place, list[Finding]]:
    """
    Check everything that is new, and where to go on from next time.

    The place moves on only if nothing was found wrong, so that an alarm lasts until its cause is
    gone. Raises nothing of what the log or a witness answers.
    """
    now = now.replace(microsecond=0)
    look = Look(watched=watched, directory=directory, now=now, patience=patience, place=place)
    # before the log: what a witness has cosigned by then, the log must show afterwards
    views = {code: _ask(view, look.origin) for code, view in watched.witnesses.items()}
    try:
        shown = watched.source.checkpoints()
    except PortabilityError as error:
        look.alarm(Alarm.STALE, f"the log does not answer: {error.message}")
        return place, look.findings
    reached = follow_log(look, shown, look.check_entry)
    if reached is not None:
        head = _head(look, shown.committed)
        if head is not None:
            _check_published(look, head, shown)
            for code, view in views.items():
                _check_witness(look, code, view, head, shown.committed)
    is_good = reached is not None and not any(
        finding.alarm not in OVERDUE for finding in look.findings
    )
    since = {what: place.since.get(what, now) for what in look.overdue}
    return replace(reached if is_good and reached else place, since=since), look.findings


def _ask(view: View, origin: str) -> bytes | PortabilityError:
    try:
        return view(origin)
    except PortabilityError as error:
        return error


def _head(look: Look, note: bytes, witnesses: Iterable[VerifierKey] = ()) -> Checkpoint | None:
    """The head that the log's key has signed; cosignatures of these witnesses must hold too."""
    logs = look.directory.log_vkeys(look.origin, look.now)
    try:
        parsed = parse_note(note)
        found = verify_note(parsed, [*logs, *witnesses])
        head = parse_checkpoint_text(parsed.text)
    except PortabilityError:
        return None
    is_signed = any(one.key in logs for one in found) and head.origin == look.origin
    return head if is_signed else None


def follow_log(look: Look, shown: Shown, check: Check) -> Place | None:
    """
    Have every new entry checked, and every head that the log has signed held against its tree.

    The place after the last publication; None if the entries do not lead to the committed head.

    Everything up to the committed head is read; what is not published yet has no witnessed time.
    """
    head = _head(look, shown.committed)
    if head is None:
        look.alarm(Alarm.UNREADABLE, "the log's key has not signed the checkpoint that it shows")
        return None
    old, seen = look.place, look.seen
    if head.size < seen.size:
        look.alarm(
            Alarm.ROLLBACK,
            f"the log shows {head.size} entries and had {seen.size}: entries are gone",
            old.latest,
            shown.committed,
        )
        return None
    try:
        follower = Follower(
            old=old,
            quorum=look.directory.quorum,
            publications=_publications(look, old.size, head.size),
            marks=_marks(look, head.size),
            check=check,
        )
        found = follower.follow(look.watched.source.entries(old.size, head.size), head.size)
    except PortabilityError as error:
        look.alarm(Alarm.UNREADABLE, f"the entries cannot be read: {error.message}")
        return None
    if found.frontier.size != head.size or found.frontier.root() != head.root:
        _tell_other_root(look, head, shown)
        return None
    for mark in found.broken:
        notes = (mark.note, shown.committed) if mark.note else (shown.committed,)
        why = f"{mark.whose} was shown another history at {mark.head.size} entries than we were"
        look.alarm(Alarm.FORK, why, *notes)
    place = found.place or old
    note = shown.committed if place.size == head.size else place.note
    return replace(place, note=note, seen=shown.committed)


def _marks(look: Look, size: int) -> Iterator[Mark]:
    """Heads on the way that the tree must have had: what we saw, and where its logs ended."""
    if look.place.latest and look.seen.size > look.place.size:
        yield Mark(head=look.seen, note=look.place.latest, whose="this watcher")
    for end in look.directory.ended_logs:
        stated = end.goes_on_from
        if end.jurisdiction == look.jurisdiction and look.place.size < stated.size <= size:
            yield Mark(head=stated, note=b"", whose=f"the directory at the end of {end.origin}")


def _publications(look: Look, above: int, size: int) -> Iterator[Publication]:
    """Every publication up to that size, signed by the log, with the time of its quorum."""
    if not look.directory.quorum:
        return
    for note in look.watched.source.publications(above):
        head = _published_head(look, note)
        if head is None or head.size <= above:
            look.alarm(Alarm.UNREADABLE, "the log's key has not signed what it publishes")
            return
        if head.size > size:
            return  # published after we were shown the head
        above = head.size
        yield Publication(head=head, note=note, time=_time_of(look, note))


def _time_of(look: Look, note: bytes) -> datetime | None:
    try:
        seen = witnessed_at(note, look.directory, look.jurisdiction, look.now)
    except PortabilityError as error:
        look.alarm(Alarm.UNREADABLE, f"what it publishes is not cosigned: {error.message}")
        return None
    return None if seen is None else seen.time


def _published_head(look: Look, note: bytes) -> Checkpoint | None:
    """A head that the log has published at any time, also under the name that it had then."""
    try:
        origin = unverified_checkpoint(note).origin
        if origin not in look.directory.log_origins(look.jurisdiction):
            return None
        signed = verify_note(parse_note(note), look.directory.log_vkeys(origin, None))[0]
        seen = witnessed_at(note, look.directory, look.jurisdiction, look.now)
        key = look.directory.key(key_id(signed.key.public))
        if key is None or not (seen is None or key.is_valid(seen.time)):
            return None
        head = unverified_checkpoint(note)
        look.directory.check_log_end(head)
    except PortabilityError:
        return None
    return head


def _tell_other_root(look: Look, head: Checkpoint, shown: Shown) -> None:
    """The entries do not lead from the old root to the new one: which of the two is the lie?"""
    seen = look.seen
    if seen.size and not _is_consistent(look, look.place.latest, head):
        look.alarm(
            Alarm.FORK,
            f"the tree of {head.size} entries did not grow from the tree of {seen.size}",
            look.place.latest,
            shown.committed,
        )
    else:
        look.alarm(
            Alarm.ENTRIES,
            f"the entries that it gives out do not give the root of {head.size} that it signed",
            shown.committed,
        )


def _is_consistent(look: Look, note: bytes, head: Checkpoint) -> bool:
    """Whether the log shows that ``head`` grew from an earlier note of its own."""
    old = parse_checkpoint_text(parse_note(note).text)
    try:
        proof = look.watched.source.consistency(old.size, head.size) if old.size else ()
        verify_consistency(old.size, old.root, head.size, head.root, proof)
    except ProofError:
        return False
    return True


def _compare(look: Look, whose: str, note: bytes, head: Checkpoint, committed: bytes) -> None:
    """A signed head that somebody was shown, held against the one that we were."""
    other = parse_checkpoint_text(parse_note(note).text)
    if other.size > head.size:
        look.alarm(
            Alarm.ROLLBACK,
            f"{whose} was shown {other.size} entries, and the log shows us {head.size}",
            note,
            committed,
        )
        return
    try:
        is_consistent = _is_consistent(look, note, head)
    except PortabilityError as error:
        look.alarm(Alarm.STALE, f"the log does not prove how it grew: {error.message}")
        return
    if not is_consistent:
        look.alarm(
            Alarm.FORK,
            f"{whose} was shown another history at {other.size} entries than we were",
            note,
            committed,
        )


def _check_published(look: Look, head: Checkpoint, shown: Shown) -> None:
    quorum = look.directory.quorum
    published = None
    if shown.published:
        published = _published_head(look, shown.published)
        if published is None:
            look.alarm(Alarm.UNREADABLE, "the log's key has not signed what it publishes")
            return
        _compare(look, "the public", shown.published, head, shown.committed)
    if quorum and (published is None or published.size < head.size):
        size = 0 if published is None else published.size
        look.late(
            UNPUBLISHED,
            Alarm.STALE,
            f"only {size} of {head.size} entries are published under the eyes of {quorum} witness",
        )


def _check_witness(
    look: Look, code: str, view: bytes | PortabilityError, head: Checkpoint, committed: bytes
) -> None:
    what = f"witness {code}"
    if isinstance(view, NotFoundError):
        ended = {
            one.goes_on_from.size
            for one in look.directory.ended_logs
            if one.jurisdiction == look.jurisdiction
        }
        if head.size and head.size not in ended:  # a log that goes on begins with its next entry
            look.late(what, Alarm.LOST_WITNESS, f"the witness of {code} has cosigned nothing")
        return
    if isinstance(view, PortabilityError):
        look.alarm(Alarm.LOST_WITNESS, f"the witness of {code} does not answer: {view.message}")
        return
    keys = look.directory.witness_vkeys(look.jurisdiction, look.now).get(code, ())
    seen = _head(look, view, keys)
    names = {(line.name, line.label) for line in parse_note(view).signatures} if seen else set()
    if seen is None or not names & {(key.name, key.label) for key in keys}:
        look.alarm(
            Alarm.LOST_WITNESS, f"the witness of {code} shows nothing that it and the log signed"
        )
        return
    _compare(look, f"the witness of {code}", view, head, committed)
    if seen.size < head.size:
        why = f"the witness of {code} has cosigned {seen.size} of {head.size} entries"
        look.late(what, Alarm.LOST_WITNESS, why)
