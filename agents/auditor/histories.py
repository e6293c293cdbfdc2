"""
Whether the checkpoints in a bundle are of one history each: forks, and proofs that there are none.

A consistency proof is a file ``consistency/<hex SHA-256 of the origin>/<old>-<new>`` with the bytes
of a C2SP ``add-checkpoint`` request: the old size, the proof, the new checkpoint.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from agents.auditor.logged import LoggedLeaf
from agents.auditor.report import Fork, NotHeldError, Step, at_step
from agents.bundle_files import CONSISTENCY, PROOFS, Files, under
from portability.errors import PortabilityError
from portability.ledger.merkle import EMPTY_ROOT, verify_consistency
from portability.ledger.policy import Policy, open_witnessed
from portability.ledger.proof_file import parse_proof_file
from portability.ledger.tree_head import Checkpoint
from portability.ledger.witness import AddCheckpoint, origin_hash, parse_add_checkpoint

_NAME: Final = re.compile(r"[0-9a-f]{64}/(0|[1-9][0-9]{0,18})-(0|[1-9][0-9]{0,18})")

Heads = Mapping[tuple[str, int], bytes]
"""Origin and size to root, of every checkpoint in the bundle that a trusted log signed."""

Link = tuple[str, int, int]
"""An origin, and two sizes of which the first is shown to be a prefix of the second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A checkpoint that a trusted log signed, with the bytes that it signed."""

    note: bytes
    checkpoint: Checkpoint


def signed_heads(files: Files, policy: Policy) -> tuple[Head, ...]:
    """Every one in a bundle, also beside a statement that does not hold."""
    return tuple(Head(note=note, checkpoint=head) for note, head in _signed_heads(files, policy))


def find_forks(heads: Iterable[Head], logged: Iterable[LoggedLeaf]) -> Iterator[Fork]:
    """
    Two roots of one size in one log, or two leaves in one place: the log showed two histories.

    Heads and leaves may be those of several bundles: whoever shows each party a history of its own
    is found by the bundles of both.
    """
    shown = {
        (one.checkpoint.origin, one.checkpoint.size, one.checkpoint.root): one.note.decode(
            "utf-8", "replace"
        )
        for one in heads
    }
    told: set[str] = set()
    for first, second in (*_two_roots(shown), *_two_leaves(logged)):
        origin, _, _ = first
        if origin not in told and first in shown and second in shown:
            told.add(origin)
            yield Fork(origin=origin, first=shown[first], second=shown[second])


_Tree = tuple[str, int, bytes]
"""Origin, size and root of a tree that a log signed."""


def _two_roots(trees: Iterable[_Tree]) -> Iterator[tuple[_Tree, _Tree]]:
    seen: dict[tuple[str, int], _Tree] = {}
    for tree in trees:
        first = seen.setdefault(tree[:2], tree)
        if first != tree:
            yield first, tree


def _two_leaves(logged: Iterable[LoggedLeaf]) -> Iterator[tuple[_Tree, _Tree]]:
    seen: dict[tuple[str, int], LoggedLeaf] = {}
    for one in logged:
        first = seen.setdefault((one.checkpoint.origin, one.index), one)
        if first.leaf != one.leaf:
            yield _tree_of(first), _tree_of(one)


def _tree_of(one: LoggedLeaf) -> _Tree:
    return one.checkpoint.origin, one.checkpoint.size, one.checkpoint.root


def check_consistency_files(files: Files, policy: Policy) -> set[Link]:
    """What the proofs in the bundle show. Raises NotHeldError for the first that shows nothing."""
    roots = {(head.origin, head.size): head.root for _, head in _signed_heads(files, policy)}
    return {_check_link(path, files[path], roots, policy) for path in under(files, CONSISTENCY)}


def histories_note(files: Files, policy: Policy, links: Iterable[Link]) -> Iterator[str]:
    """For each log of which the bundle has several checkpoints: are they of one history?"""
    shown = set(links)
    sizes: dict[str, set[int]] = {}
    for _, head in _signed_heads(files, policy):
        sizes.setdefault(head.origin, set()).add(head.size)
    for origin, found in sorted(sizes.items()):
        if len(found) < 2:  # noqa: PLR2004  # one checkpoint is one history
            continue
        told = f"the {len(found)} checkpoints of {origin} in the bundle"
        if all((origin, old, new) in shown for old, new in pairwise(sorted(found))):
            yield f"{told} are of one history: each is shown to be a prefix of the next"
        else:
            yield f"that {told} are of one history is for its log and its witnesses to show"


def _check_link(path: str, data: bytes, roots: Heads, policy: Policy) -> Link:
    request = at_step(Step.INCLUSION, lambda: parse_add_checkpoint(data))
    signed = at_step(
        Step.LOG_SIGNATURE, lambda: open_witnessed(request.data, Policy(logs=policy.logs))
    )
    new, old_size = signed.checkpoint, request.old_size
    _check_name(path, new, old_size)
    root = EMPTY_ROOT if old_size == 0 else roots.get((new.origin, old_size))
    if root is None:
        raise NotHeldError(
            Step.INCLUSION, f"{path} starts from a checkpoint that the bundle does not hold"
        )
    _verify(path, request, new, root)
    return new.origin, old_size, new.size


def _verify(path: str, request: AddCheckpoint, new: Checkpoint, old_root: bytes) -> None:
    try:
        verify_consistency(request.old_size, old_root, new.size, new.root, request.proof)
    except PortabilityError as error:
        raise NotHeldError(Step.INCLUSION, f"{path} proves nothing: {error.message}") from None


def _check_name(path: str, new: Checkpoint, old_size: int) -> None:
    expected = f"{CONSISTENCY}/{origin_hash(new.origin)}/{old_size}-{new.size}"
    if not _NAME.fullmatch(path.removeprefix(f"{CONSISTENCY}/")) or path != expected:
        raise NotHeldError(Step.INCLUSION, f"{path} is named after other checkpoints")


def _signed_heads(files: Files, policy: Policy) -> Iterator[tuple[bytes, Checkpoint]]:
    """Each different checkpoint that a log of the policy signed; others are evidence of nothing."""
    for note in dict.fromkeys(_notes(files)):
        with suppress(PortabilityError):
            yield note, open_witnessed(note, Policy(logs=policy.logs)).checkpoint


def _notes(files: Files) -> Iterator[bytes]:
    """The checkpoint in each file that can be read and has one."""
    for path in under(files, PROOFS):
        with suppress(PortabilityError):
            yield parse_proof_file(files[path]).checkpoint
    for path in under(files, CONSISTENCY):
        with suppress(PortabilityError):
            yield parse_add_checkpoint(files[path]).data
