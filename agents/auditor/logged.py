"""
Steps 4 to 7 of formats.md, Offline bundle: what a log and its witnesses say about one leaf.

None of it needs the statement itself, which may have been erased: the leaf names it by its digest.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from agents.auditor.report import NotHeldError, Step, at_step
from agents.auditor.witnesses import WitnessedAt, witnessed_at
from agents.bundle_files import LEAVES, PROOFS, Files
from portability.ledger.checkpoint import Checkpoint
from portability.ledger.directory import Directory
from portability.ledger.merkle import leaf_hash, verify_inclusion
from portability.ledger.policy import Policy, Witnessed, open_witnessed
from portability.ledger.proof_file import ProofFile, parse_proof_file
from portability.wire.log_entry import SECONDS_PER_HOUR, LogEntry, log_entry_from_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Trusted:
    """
    What statements are judged with. ``own_policy`` is False where the directory stands in.

    ``now`` is the verifier's own time: cosignatures from after it do not count, and nothing else
    depends on it.
    """

    directory: Directory
    policy: Policy
    own_policy: bool
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedLeaf:
    """
    What steps 4 to 7 showed.

    ``accepted`` is the start of the hour in which its log took it in, or the witnessed time where
    the verifier's own quorum says more; ``witnessed`` is by whom, where anybody did. ``log`` is the
    jurisdiction of the log.
    """

    leaf: LogEntry
    accepted: datetime
    log: str
    checkpoint: Checkpoint
    index: int
    witnessed: WitnessedAt | None

    @property
    def judged(self) -> datetime:
        """The time at which keys must have been valid."""
        return self.accepted if self.witnessed is None else self.witnessed.time


def is_logged(hex_id: str, files: Files) -> bool:
    """Whether the bundle has a proof or a leaf for this id."""
    return f"{PROOFS}/{hex_id}.tlog-proof" in files or f"{LEAVES}/{hex_id}" in files


def check_leaf(hex_id: str, files: Files, trusted: Trusted) -> LoggedLeaf:
    """That a trusted log holds a leaf for this statement id. Raises NotHeldError."""
    proof = _proof(hex_id, files)
    entry = files.get(f"{LEAVES}/{hex_id}")
    if entry is None:
        raise NotHeldError(Step.LEAF, "its log leaf is missing")
    signed = at_step(
        Step.LOG_SIGNATURE,
        lambda: open_witnessed(proof.checkpoint, Policy(logs=trusted.policy.logs)),
    )
    not_after = int(trusted.now.timestamp())
    witnessed = at_step(
        Step.QUORUM, lambda: open_witnessed(proof.checkpoint, trusted.policy, not_after=not_after)
    )
    head = signed.checkpoint
    at_step(
        Step.INCLUSION,
        lambda: verify_inclusion(leaf_hash(entry), proof.index, head.size, proof.proof, head.root),
    )
    leaf = at_step(Step.LEAF, lambda: log_entry_from_bytes(entry))
    if leaf.statement_id.hex() != hex_id:
        raise NotHeldError(Step.LEAF, "the log leaf is that of another statement")
    accepted = _time(leaf, witnessed)
    log = _log_jurisdiction(witnessed, accepted, trusted)
    return LoggedLeaf(
        leaf=leaf,
        accepted=accepted,
        log=log,
        checkpoint=head,
        index=proof.index,
        witnessed=_witnesses(proof.checkpoint, witnessed, log, trusted),
    )


def _proof(hex_id: str, files: Files) -> ProofFile:
    data = files.get(f"{PROOFS}/{hex_id}.tlog-proof")
    if data is None:
        raise NotHeldError(Step.INCLUSION, "its proof of inclusion in a log is missing")
    return at_step(Step.INCLUSION, lambda: parse_proof_file(data))


def _witnesses(note: bytes, witnessed: Witnessed, log: str, trusted: Trusted) -> WitnessedAt | None:
    """Those of the verifier's own policy; the directory's where no policy was given."""
    if not trusted.own_policy:
        return at_step(Step.QUORUM, lambda: witnessed_at(note, trusted.directory, log, trusted.now))
    if witnessed.time is None:
        return None
    return WitnessedAt(
        time=datetime.fromtimestamp(witnessed.time, UTC),
        witnesses=tuple(sorted(witnessed.cosigned)),
    )


def _time(leaf: LogEntry, witnessed: Witnessed) -> datetime:
    """The witnessed time; without witnesses the hour that the log itself wrote down."""
    if witnessed.time is not None:
        return datetime.fromtimestamp(witnessed.time, UTC)
    return datetime.fromtimestamp(leaf.accepted_hour * SECONDS_PER_HOUR, UTC)


def _log_jurisdiction(witnessed: Witnessed, accepted: datetime, trusted: Trusted) -> str:
    origin, directory = witnessed.checkpoint.origin, trusted.directory
    jurisdiction = directory.log_jurisdiction(origin)
    if jurisdiction is None:
        raise NotHeldError(Step.LOG_SIGNATURE, "the log is that of no member of the directory")
    keys = [key.public for key in directory.log_vkeys(origin, accepted)]
    if not trusted.own_policy and witnessed.log.public not in keys:
        raise NotHeldError(
            Step.LOG_SIGNATURE,
            f"the key of {jurisdiction}'s log was not valid when it took this in",
        )
    at_step(Step.LOG_SIGNATURE, lambda: directory.check_log_end(witnessed.checkpoint))
    return jurisdiction
