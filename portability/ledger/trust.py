"""
Who is trusted for what, and when: the content of a directory that was verified.

A key has one purpose. Entries stay for ever, so that what was signed long ago can still be judged.
Source: formats.md, Keys.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from portability.core.periods import Branch
from portability.errors import InvalidInputError, PreconditionError, ProofError
from portability.ledger.keys import key_id
from portability.ledger.note import VerifierKey, any_witness_key, log_key
from portability.ledger.tree_head import Checkpoint

NODE_LEVEL: Final = ""
"""In place of an institution's id: the node itself."""


class KeyPurpose(StrEnum):
    """What a key may sign (formats.md, Keys)."""

    INSTITUTION = "institution"  # records, requests, determinations
    NODE = "node"  # receipts, status, acknowledgements, subject key records
    LOG = "log"  # checkpoints
    WITNESS = "witness"  # cosignatures on the checkpoints of others


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A jurisdiction's node: where it listens, and the name in its certificate and in its log."""

    jurisdiction: str
    endpoint: str
    log_origin: str
    server_name: str

    @property
    def witness_name(self) -> str:
        """The name under which this member's node cosigns the logs of others."""
        return f"{self.server_name}/witness"


@dataclass(frozen=True, slots=True, kw_only=True)
class Institution:
    """An institution as it is named to a person; ``branches`` are those it is competent for."""

    jurisdiction: str
    id: str
    name: str
    branches: tuple[Branch, ...]
    country: str
    contact: str
    supervisory_authority: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyEntry:
    """
    One public key, trusted from ``valid_from`` (included) to ``valid_to`` (excluded).

    ``cutoff`` is set when the key was compromised: what was witnessed before it stays valid.
    """

    jurisdiction: str
    institution: str
    purpose: KeyPurpose
    public: bytes
    valid_from: datetime
    valid_to: datetime | None = None
    cutoff: datetime | None = None

    @property
    def key_id(self) -> bytes:
        return key_id(self.public)

    def is_valid(self, at: datetime) -> bool:
        """Whether a signature witnessed at this instant counts."""
        ends = (end for end in (self.valid_to, self.cutoff) if end is not None)
        return self.valid_from <= at and all(at < end for end in ends)

    def is_valid_until(self, end: datetime) -> bool:
        """Whether the key was not cut off before the end of a time that is known to no better."""
        return self.cutoff is None or end <= self.cutoff


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedLog:
    """
    Where a log ended when its key was rotated: its final checkpoint, and the key that signed it.

    The member's tree goes on under another origin and key, so the same entries come first in it.
    If the node lost its newest entries, these are only the first ``kept`` of the ``size`` that
    witnesses saw; ``kept_root`` is the root over them. Both are None where nothing was lost.
    """

    jurisdiction: str
    origin: str
    public: bytes
    size: int
    root: bytes
    kept: int | None = None
    kept_root: bytes | None = None

    @property
    def goes_on_from(self) -> Checkpoint:
        """The tree of this log that the next one begins with."""
        if self.kept is None or self.kept_root is None:
            return Checkpoint(origin=self.origin, size=self.size, root=self.root)
        return Checkpoint(origin=self.origin, size=self.kept, root=self.kept_root)

    @property
    def lost(self) -> range:
        """The entries that were witnessed and are lost; empty where none is."""
        return range(self.goes_on_from.size, self.size)


Holder = tuple[str, str, str]
"""Jurisdiction, institution and purpose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """
    One version of the federation's directory.

    ``roots`` maps key id to public key: of these, ``threshold`` sign the next version.
    """

    version: int
    valid_from: datetime
    valid_to: datetime
    threshold: int
    roots: Mapping[bytes, bytes]
    members: tuple[Member, ...]
    institutions: tuple[Institution, ...]
    entries: tuple[KeyEntry, ...]
    quorum: int = 0
    """So many other members must have cosigned a checkpoint for it to be published; 0: none."""

    ended_logs: tuple[EndedLog, ...] = ()

    _by_id: dict[bytes, KeyEntry] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _by_holder: dict[Holder, list[KeyEntry]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        for entry in self.entries:
            self._by_id[entry.key_id] = entry
            holder = (entry.jurisdiction, entry.institution, str(entry.purpose))
            self._by_holder.setdefault(holder, []).append(entry)

    def keys(
        self, jurisdiction: str, institution: str, purpose: str, at: datetime
    ) -> Mapping[bytes, bytes]:
        """Key id to public key of those trusted at ``at``; empty where there are none."""
        entries = self._by_holder.get((jurisdiction, institution, str(purpose)), ())
        return {entry.key_id: entry.public for entry in entries if entry.is_valid(at)}

    def key(self, key_id: bytes) -> KeyEntry | None:
        """The entry of a key, whether it is still trusted or not."""
        return self._by_id.get(key_id)

    def member(self, jurisdiction: str) -> Member:
        """Raises PreconditionError for a jurisdiction that is no member."""
        for member in self.members:
            if member.jurisdiction == jurisdiction:
                return member
        raise PreconditionError(
            f"{jurisdiction} is no member in version {self.version} of the directory; "
            "check the code, or ask the federation for a newer directory",
            jurisdiction=jurisdiction,
        )

    def institution(self, jurisdiction: str, institution: str) -> Institution:
        """Raises PreconditionError for one that the directory does not name."""
        for candidate in self.institutions:
            if (candidate.jurisdiction, candidate.id) == (jurisdiction, institution):
                return candidate
        raise PreconditionError(
            f"version {self.version} of the directory names no institution {institution} in "
            f"{jurisdiction}; check the id, or ask the federation for a newer directory",
            jurisdiction=jurisdiction,
            institution=institution,
        )

    def log_vkey(self, jurisdiction: str, at: datetime) -> VerifierKey:
        """The key of a member's log at ``at``. Raises PreconditionError where it has none."""
        keys = self.log_vkeys(self.member(jurisdiction).log_origin, at)
        if len(keys) != 1:
            raise PreconditionError(
                f"the directory has {len(keys)} log keys of {jurisdiction} for that time, "
                "one is needed",
                jurisdiction=jurisdiction,
            )
        return keys[0]

    def log_vkeys(self, origin: str, at: datetime | None) -> tuple[VerifierKey, ...]:
        """
        The keys trusted at ``at`` for a log of this origin, also one that ended; None: ever.

        None for an unknown one.
        """
        jurisdiction = self.log_jurisdiction(origin)
        entries = self._by_holder.get((jurisdiction or "", NODE_LEVEL, str(KeyPurpose.LOG)), ())
        ended = {one.public: one.origin for one in self.ended_logs}
        own = None if origin in ended.values() else origin
        return tuple(
            log_key(origin, entry.public)
            for entry in entries
            if ended.get(entry.public, own) == origin and (at is None or entry.is_valid(at))
        )

    def log_jurisdiction(self, origin: str) -> str | None:
        """Whose log this is or was; None for an origin that the directory does not name."""
        logs = [(one.log_origin, one.jurisdiction) for one in self.members]
        logs += [(one.origin, one.jurisdiction) for one in self.ended_logs]
        return next((jurisdiction for name, jurisdiction in logs if name == origin), None)

    def log_origins(self, jurisdiction: str) -> tuple[str, ...]:
        """The origins of a member's log: those that ended, then the present one."""
        ended = (one.origin for one in self.ended_logs if one.jurisdiction == jurisdiction)
        return (*ended, self.member(jurisdiction).log_origin)

    def log_ends(self, origin: str) -> tuple[EndedLog, ...]:
        """Where a log ended, then those that went on from it; empty for one that goes on."""
        ended = [
            one for one in self.ended_logs if one.jurisdiction == self.log_jurisdiction(origin)
        ]
        names = [one.origin for one in ended]
        return tuple(ended[names.index(origin) :]) if origin in names else ()

    def ends_between(self, origin: str, other: str) -> tuple[EndedLog, ...] | None:
        """
        Where the earlier of two logs of a member ended, then those that came before the later one.

        Empty where both are one log; None where the directory does not know them as one member's.
        """
        if origin == other:
            return ()
        jurisdiction = self.log_jurisdiction(origin)
        if jurisdiction is None or jurisdiction != self.log_jurisdiction(other):
            return None
        later, earlier = sorted((self.log_ends(origin), self.log_ends(other)), key=len)
        return earlier[: len(earlier) - len(later)]

    def ended_log(self, origin: str) -> EndedLog | None:
        """Where a log ended; None for one that goes on or is not known."""
        return next((one for one in self.ended_logs if one.origin == origin), None)

    def check_log_end(self, head: Checkpoint) -> None:
        """Raises ProofError for a head of a log that had ended before it."""
        end = self.ended_log(head.origin)
        if end is not None and (
            head.size > end.size or (head.size == end.size and head.root != end.root)
        ):
            raise ProofError(
                f"the log {end.origin} ended at {end.size} entries, and this is another head of it",
                log=end.origin,
            )

    def witness_vkeys(
        self, log_jurisdiction: str, at: datetime | None
    ) -> Mapping[str, tuple[VerifierKey, ...]]:
        """
        The witnesses of a member's log by jurisdiction: every other member that has such a key.

        Their keys trusted at ``at``; for None all that ever were.
        """
        found: dict[str, tuple[VerifierKey, ...]] = {}
        for member in self.members:
            holder = (member.jurisdiction, NODE_LEVEL, str(KeyPurpose.WITNESS))
            entries = self._by_holder.get(holder, ())
            keys = tuple(
                any_witness_key(member.witness_name, entry.public)
                for entry in entries
                if at is None or entry.is_valid(at)
            )
            if keys and member.jurisdiction != log_jurisdiction:
                found[member.jurisdiction] = keys
        return found

    def check_in_force(self, now: datetime) -> None:
        """Raises PreconditionError before ``valid_from`` and from ``valid_to`` on."""
        if not self.valid_from <= now < self.valid_to:
            state = "not in force yet" if now < self.valid_from else "expired"
            raise PreconditionError(
                f"version {self.version} of the directory is {state} by the clock here, which says "
                f"{now:%Y-%m-%d}; fetch the one in force, or set the clock",
                version=str(self.version),
            )


def check_consistent(directory: Directory) -> None:
    """
    Refuse a directory that contradicts itself (InvalidInputError).

    A member or institution named twice, a public key enrolled under two names or purposes, a key
    of somebody who is not named, two logs that ended under one key, a threshold that no set of
    roots can reach.
    """
    members = [member.jurisdiction for member in directory.members]
    named = [(one.jurisdiction, one.id) for one in directory.institutions]
    publics = [*directory.roots.values(), *(entry.public for entry in directory.entries)]
    origins = [member.log_origin for member in directory.members]
    origins += [one.origin for one in directory.ended_logs]
    for what, names in (
        ("member", members),
        ("institution", named),
        ("key", publics),
        ("log origin", origins),
    ):
        if len(set(names)) != len(names):
            raise _refuse(what, f"the directory names a {what} twice")
    if not 1 <= directory.threshold <= len(directory.roots):
        raise _refuse("threshold", "the threshold is not between 1 and the number of root keys")
    if directory.valid_from >= directory.valid_to:
        raise _refuse("valid_to", "the directory ends before it begins")
    if not {jurisdiction for jurisdiction, _ in named} <= set(members):
        raise _refuse("institution", "an institution is of a jurisdiction that is no member")
    for entry in directory.entries:
        _check_holder(entry, members, named)
    for log in directory.ended_logs:
        _check_ended(log, directory)
    _check_quorum(directory)


def _check_holder(entry: KeyEntry, members: list[str], named: list[tuple[str, str]]) -> None:
    is_institution = entry.purpose is KeyPurpose.INSTITUTION
    if is_institution and (entry.jurisdiction, entry.institution) not in named:
        raise _refuse("key", "an institution key is of an institution that is not named")
    if not is_institution and (
        entry.jurisdiction not in members or entry.institution != NODE_LEVEL
    ):
        raise _refuse("key", f"a {entry.purpose} key is of something that is not a member's node")
    if any(end is not None and end <= entry.valid_from for end in (entry.valid_to, entry.cutoff)):
        raise _refuse("key", "a key ends before it begins")


def _check_ended(log: EndedLog, directory: Directory) -> None:
    entry = directory.key(key_id(log.public))
    holder = (log.jurisdiction, KeyPurpose.LOG)
    if entry is None or (entry.jurisdiction, entry.purpose) != holder:
        raise _refuse("ended_log", f"the log {log.origin} ended under a key that is not enrolled")
    if entry.valid_to is None:
        raise _refuse("ended_log", f"the log {log.origin} ended, but its key has no valid_to")
    if any(one.public == log.public and one is not log for one in directory.ended_logs):
        raise _refuse(
            "ended_log", f"the log {log.origin} ended under the key of another log that ended"
        )
    if (log.kept is None) != (log.kept_root is None) or not (
        log.kept is None or 0 <= log.kept < log.size
    ):
        raise _refuse(
            "kept", f"the log {log.origin} kept fewer entries than it had, and a root over them"
        )


def _check_quorum(directory: Directory) -> None:
    for member in directory.members:
        witnesses = directory.witness_vkeys(member.jurisdiction, None)
        if not 0 <= directory.quorum <= len(witnesses):
            raise _refuse(
                "quorum",
                f"the log of {member.jurisdiction} has fewer witnesses than the quorum asks for",
            )


def _refuse(field_name: str, why: str) -> InvalidInputError:
    return InvalidInputError(why, field=field_name)
