"""
Trust policies: which logs and witnesses are known, and which cosignatures suffice.

Source: c2sp.org/tlog-policy; formats.md, Notes, checkpoints and Keys (witnessed time).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from portability.errors import InvalidInputError, ProofError
from portability.ledger.encoding import decode_decimal, decode_utf8
from portability.ledger.note import LOG_KEY, VerifierKey, parse_note, parse_vkey, verify_note
from portability.ledger.tree_head import Checkpoint, parse_checkpoint_text

MAX_POLICY_BYTES: Final = 1_000_000
MAX_DEFINITIONS: Final = 1024
"""Logs, witnesses and groups each; the specification asks for at least 32 of each."""

_NONE: Final = b"none"
_ALLOWED: Final = frozenset([0x09, 0x0A, *range(0x20, 0x7F), *range(0x80, 0x100)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    key: VerifierKey
    url: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """``name`` is this file's own name for the witness, opaque bytes."""

    name: bytes
    key: VerifierKey
    url: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Counts as having witnessed when at least ``threshold`` of its members have."""

    name: bytes
    threshold: int
    members: "tuple[Witness | Group, ...]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """``quorum`` is None where no cosignature is asked for."""

    logs: tuple[Log, ...] = ()
    witnesses: tuple[Witness, ...] = ()
    quorum: Witness | Group | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnessed:
    """
    A checkpoint that fulfils a policy.

    ``time`` is the earliest POSIX second by which its cosignatures fulfil the quorum, None where
    the policy asks for none. ``cosigned`` gives the time of each counted witness key, by its name.
    """

    checkpoint: Checkpoint
    log: VerifierKey
    time: int | None
    cosigned: Mapping[str, int]


def open_witnessed(note: bytes, policy: Policy, *, not_after: int | None = None) -> Witnessed:
    """
    The checkpoint, if a listed log and the quorum signed it.

    Cosignatures from after ``not_after`` (POSIX seconds; the verifier's own time) do not count.
    Raises InvalidInputError for what does not parse, ProofError for what does not hold.
    """
    parsed = parse_note(note)
    keys = [log.key for log in policy.logs] + [witness.key for witness in policy.witnesses]
    found = verify_note(parsed, keys)
    log = next((entry.key for entry in found if entry.key.kind == LOG_KEY), None)
    if log is None:
        raise ProofError("the checkpoint is signed by none of the logs in the policy")
    checkpoint = parse_checkpoint_text(parsed.text)
    if checkpoint.origin != log.name:
        raise ProofError(
            "the checkpoint's origin is not the name of the key that signed it", log=log.name
        )
    times: dict[bytes, int] = {}
    names: dict[str, int] = {}
    late: set[bytes] = set()
    for entry in found:
        if entry.time is None:
            continue
        if not_after is not None and entry.time > not_after:
            late.add(entry.key.public)
            continue
        public = entry.key.public
        times[public] = names[entry.key.name] = min(entry.time, times.get(public, entry.time))
    return Witnessed(
        checkpoint=checkpoint,
        log=log,
        time=witnessed_time(policy, times, late=len(late.difference(times))),
        cosigned=names,
    )


def witnessed_time(policy: Policy, times: Mapping[bytes, int], *, late: int = 0) -> int | None:
    """
    The earliest time by which these cosignatures fulfil the quorum; None for ``quorum none``.

    ``times`` maps raw public key to POSIX seconds. Raises ProofError when the quorum is missed,
    which tells of the ``late`` ones: as many cosigned after the verifier's own time.
    """
    if policy.quorum is None:
        return None
    time = _time_of(policy.quorum, times)
    if time is None:
        clock = (
            f"; {late} more did, by their clocks, at a time that is still to come by the clock of "
            "this machine: set it right and verify again"
        )
        raise ProofError(
            f"the quorum is missed: {len(times)} known witnesses cosigned{clock if late else ''}",
            found=str(len(times)),
        )
    return time


def parse_policy(data: bytes) -> Policy:
    """Read a policy file. Raises InvalidInputError naming the line."""
    if len(data) > MAX_POLICY_BYTES:
        raise InvalidInputError(f"the policy is over {MAX_POLICY_BYTES} bytes", field="policy")
    if not _ALLOWED.issuperset(data):
        raise InvalidInputError("the policy holds a control character", field="policy")
    reader = _Reader()
    for number, line in enumerate(data.split(b"\n"), start=1):
        words = line.replace(b"\t", b" ").split(b" ")
        words = [word for word in words if word]
        if words and not words[0].startswith(b"#"):
            try:
                reader.read(words)
            except InvalidInputError as error:
                raise InvalidInputError(
                    f"line {number} of the policy: {error.message}",
                    field="policy",
                    line=str(number),
                ) from None
    return reader.policy()


@dataclass(slots=True)
class _Reader:
    """What the lines so far have defined."""

    logs: dict[bytes, Log] = field(default_factory=dict)
    witnesses: dict[bytes, Witness] = field(default_factory=dict)
    defined: dict[bytes, Witness | Group] = field(default_factory=dict)
    grouped: set[bytes] = field(default_factory=set)
    quorums: list[Witness | Group | None] = field(default_factory=list)

    def read(self, words: list[bytes]) -> None:
        match words:
            case [b"log", vkey, *url] if len(url) <= 1:
                self._add_log(Log(key=_vkey(vkey, logs=True), url=b"".join(url)))
            case [b"witness", name, vkey, *url] if len(url) <= 1:
                key = _vkey(vkey, logs=False)
                self._add_witness(Witness(name=name, key=key, url=b"".join(url)))
            case [b"group", name, threshold, *members] if members:
                self._add_group(name, threshold, members)
            case [b"quorum", name]:
                self.quorums.append(None if name == _NONE else self._get(name))
            case _:
                raise InvalidInputError("is not a log, witness, group or quorum line as specified")
        if max(len(self.logs), len(self.defined)) > MAX_DEFINITIONS:
            raise InvalidInputError(f"defines more than {MAX_DEFINITIONS} things")

    def policy(self) -> Policy:
        if len(self.quorums) != 1:
            raise InvalidInputError(
                f"the policy has {len(self.quorums)} quorum lines, exactly one is needed",
                field="policy",
            )
        return Policy(
            logs=tuple(self.logs.values()),
            witnesses=tuple(self.witnesses.values()),
            quorum=self.quorums[0],
        )

    def _add_log(self, log: Log) -> None:
        if log.key.public in self.logs:
            raise InvalidInputError("lists the public key of another log line")
        self.logs[log.key.public] = log

    def _add_witness(self, witness: Witness) -> None:
        if witness.key.public in self.witnesses:
            raise InvalidInputError("lists the public key of another witness line")
        self._define(witness)
        self.witnesses[witness.key.public] = witness

    def _add_group(self, name: bytes, threshold: bytes, names: list[bytes]) -> None:
        members = tuple(map(self._get, names))
        if len(set(names)) != len(names) or not self.grouped.isdisjoint(names):
            raise InvalidInputError("names a member that is in a group already")
        counts = {b"any": 1, b"all": len(members)}
        count = counts.get(threshold) or decode_decimal(threshold, what="threshold")
        if not 1 <= count <= len(members):
            raise InvalidInputError("has a threshold that is not between 1 and its members")
        self._define(Group(name=name, threshold=count, members=members))
        self.grouped.update(names)

    def _define(self, thing: Witness | Group) -> None:
        if thing.name == _NONE or thing.name in self.defined:
            raise InvalidInputError("defines a name that is taken")
        self.defined[thing.name] = thing

    def _get(self, name: bytes) -> Witness | Group:
        if name not in self.defined:
            raise InvalidInputError("uses a name that no line above defines")
        return self.defined[name]


def _vkey(word: bytes, *, logs: bool) -> VerifierKey:
    key = parse_vkey(decode_utf8(word, what="vkey"))
    if (key.kind == LOG_KEY) != logs:
        raise InvalidInputError("has a key of a type that does not fit its line")
    return key


def _time_of(quorum: Witness | Group, times: Mapping[bytes, int]) -> int | None:
    """
    When the quorum had witnessed: for a group, the time of its threshold-th member.

    Groups may be nested as deep as a file defines them, so nothing here calls itself.
    """
    pending, members = [quorum], list[Witness | Group]()
    while pending:
        member = pending.pop()
        members.append(member)
        if isinstance(member, Group):
            pending.extend(member.members)
    known: dict[bytes, int | None] = {}  # by name, of which there is one of each in a file
    for member in reversed(members):  # what is in a group before the group
        known[member.name] = (
            times.get(member.key.public)
            if isinstance(member, Witness)
            else _time_of_group(member, known)
        )
    return known[quorum.name]


def _time_of_group(group: Group, known: Mapping[bytes, int | None]) -> int | None:
    found = sorted(time for one in group.members if (time := known[one.name]) is not None)
    return found[group.threshold - 1] if len(found) >= group.threshold else None
