"""
One look at one log: did it only grow, do its entries give its root, may their signers sign, and
have its witnesses seen the same tree?

Nothing is believed. What the log shows is held against what was checked before, against the
directory and against what every witness cosigned; whatever does not fit is an alarm.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol

from agents.auditor.kinds import KINDS
from agents.auditor.watch_place import Place
from portability.errors import NotFoundError, PortabilityError, ProofError
from portability.ledger.directory import Directory, Member
from portability.ledger.envelope import kind_of
from portability.ledger.merkle import leaf_hash, verify_consistency
from portability.ledger.note import VerifierKey, parse_note, verify_note
from portability.ledger.tiles import edge_tiles
from portability.ledger.tree import Frontier
from portability.ledger.tree_head import Checkpoint, parse_checkpoint_text
from portability.wire.log_entry import SECONDS_PER_HOUR, LogEntry, log_entry_from_bytes

UNPUBLISHED: Final = "unpublished"
MAX_TOLD: Final = 20
"""So many alarms about single entries of a log are told at a look; more would be noise."""

AHEAD_HOURS: Final = 2
"""An entry's hour may lie ahead of the watcher's clock by less than that."""

_BY_NAME: Final = {kind_of(name): kind for name, kind in KINDS.items()}


class Alarm(StrEnum):
    """What is wrong. A lie is proven by what the log itself has signed."""

    FORK = "fork"
    ROLLBACK = "rollback"
    ENTRIES = "entries"
    UNKNOWN_ISSUER = "unknown-issuer"
    UNREADABLE = "unreadable"
    STALE = "stale"
    LOST_WITNESS = "lost-witness"


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

    @property
    def origin(self) -> str:
        return self.watched.member.log_origin

    def alarm(self, alarm: Alarm, why: str, *notes: bytes) -> None:
        self.findings.append(Finding(alarm=alarm, origin=self.origin, why=why, notes=notes))

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
    reached = _check_log(look, shown)
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


def _check_log(look: Look, shown: Shown) -> Place | None:
    """The place after all entries up to the committed head; None if it does not get there."""
    head = _head(look, shown.committed)
    if head is None:
        look.alarm(Alarm.UNREADABLE, "the log's key has not signed the checkpoint that it shows")
        return None
    old = look.place
    if head.size < old.size:
        look.alarm(
            Alarm.ROLLBACK,
            f"the log shows {head.size} entries and had {old.size}: entries are gone",
            old.note,
            shown.committed,
        )
        return None
    try:
        frontier = Frontier.load(old.size, lambda ref: old.edge[ref.level, ref.index])
        edge = _follow(look, frontier, dict(old.edge), head)
        if frontier.size != head.size or frontier.root() != head.root:
            _tell_other_root(look, head, shown)
            return None
    except PortabilityError as error:
        look.alarm(Alarm.UNREADABLE, f"the entries cannot be read: {error.message}")
        return None
    kept = {(ref.level, ref.index): edge[ref.level, ref.index] for ref in edge_tiles(head.size)}
    return Place(size=head.size, note=shown.committed, edge=kept)


def _follow(
    look: Look, frontier: Frontier, edge: dict[tuple[int, int], bytes], head: Checkpoint
) -> dict[tuple[int, int], bytes]:
    """Append and check each new entry; the tiles that the right edge may be cut from."""
    leaves: list[bytes] = []

    def flush() -> None:
        if leaves:
            for tile in frontier.append(leaves):
                edge[tile.level, tile.index] = tile.hashes
            leaves.clear()

    told = 0
    for index, data in enumerate(look.watched.source.entries(frontier.size, head.size)):
        fault = entry_fault(data, look.directory, look.now)
        if fault is not None and told < MAX_TOLD:
            told += 1
            place = look.place.size + index
            look.alarm(fault[0], f"entry {place}: {fault[1]}")
        leaves.append(leaf_hash(data))
        if len(leaves) >= 1000:  # noqa: PLR2004  # bounds memory; any number does
            flush()
    flush()
    return edge


def entry_fault(data: bytes, directory: Directory, now: datetime) -> tuple[Alarm, str] | None:
    """What is wrong with one entry by itself; None if nothing is."""
    try:
        entry = log_entry_from_bytes(data)
    except PortabilityError as error:
        return Alarm.UNREADABLE, error.message
    accepted = datetime.fromtimestamp(entry.accepted_hour * SECONDS_PER_HOUR, UTC)
    if accepted > now + timedelta(hours=AHEAD_HOURS):
        return Alarm.UNREADABLE, "it says that it was accepted in an hour that is still to come"
    kind = _BY_NAME.get(entry.kind)
    if kind is None:
        return Alarm.UNKNOWN_ISSUER, f"no key may sign its kind ({entry.kind})"
    if kind.purpose is None:
        return None  # signed by a person, whose key is in no directory
    why = _issuer_fault(entry, kind.purpose, accepted, directory)
    return None if why is None else (Alarm.UNKNOWN_ISSUER, why)


def _issuer_fault(
    entry: LogEntry, purpose: str, accepted: datetime, directory: Directory
) -> str | None:
    key = directory.key(entry.key_id)
    if key is None:
        return f"the key that signed it is not in the directory ({entry.key_id.hex()[:16]})"
    if key.purpose != purpose:
        return f"it is signed by a key for the purpose {key.purpose}, not {purpose}"
    if not key.is_valid(accepted):
        return "the key that signed it was not valid when the log took it in"
    return None


def _tell_other_root(look: Look, head: Checkpoint, shown: Shown) -> None:
    """The entries do not lead from the old root to the new one: which of the two is the lie?"""
    old = look.place
    if old.size and not _is_consistent(look, old.note, head):
        look.alarm(
            Alarm.FORK,
            f"the tree of {head.size} entries did not grow from the tree of {old.size}",
            old.note,
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
        published = _head(look, shown.published)
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
        if head.size:
            look.late(what, Alarm.LOST_WITNESS, f"the witness of {code} has cosigned nothing")
        return
    if isinstance(view, PortabilityError):
        look.alarm(Alarm.LOST_WITNESS, f"the witness of {code} does not answer: {view.message}")
        return
    keys = look.directory.witness_vkeys(look.watched.member.jurisdiction, look.now).get(code, ())
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
