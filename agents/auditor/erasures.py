"""
Which missing statements were erased, and by which proven erasure; what a party has let go of.

An erasure statement names leaf indexes of its own log and never a person. One that somebody else's
log holds erases nothing in ours. Where a log lost entries and goes on under another name, an index
beyond what was kept is of another entry in each of the two. Source: formats.md, The log leaf, and
erasure.
"""

from collections.abc import Iterator, Mapping, Sequence

from agents.auditor.findings import Erased, Findings
from agents.auditor.logged import LoggedLeaf
from agents.auditor.report import NotHeldError, Step
from agents.auditor.steps import Checked
from portability.ledger.directory import Directory
from portability.recognition.erasure import Erasure
from portability.recognition.statements import NoticeAnswer, NoticeEffect


def find_erased(found: Findings, directory: Directory) -> None:
    """Sort the leaves without statement into erased and missing."""
    covered = _covered(found)
    for i, logged in found.leaves.items():
        by = next(
            (
                one.id
                for one in covered.get((logged.log, logged.index), ())
                if _is_one_entry(logged, one.logged, directory)
            ),
            None,
        )
        if by is None:
            found.fail(
                i,
                NotHeldError(
                    Step.FILES, "the statement itself is missing, and no erasure of it is proven"
                ),
            )
        else:
            found.erased[i] = Erased(logged=logged, by=by)


def erasure_notes(found: Findings) -> Iterator[str]:
    """What is not here because whoever held it has said, under its signature, that it erased it."""
    for i, one in sorted(found.checked.items()):
        said = one.content
        if not isinstance(said, NoticeAnswer) or said.effect is not NoticeEffect.ERASED:
            continue
        if said.header.sender.jurisdiction != one.log:
            continue  # what others erased may be here all the same
        yield (
            f"{said.header.sender} has erased what it had of others when a permission ended, as "
            f"its answer {i.hex()[:16]} says: such records, and results made of them that nobody "
            "had decided on, are not here"
        )


def _covered(found: Findings) -> Mapping[tuple[str, int], Sequence[Checked]]:
    """The verified erasures that name an index, by whose log it is and that index."""
    covered: dict[tuple[str, int], list[Checked]] = {}
    for _, one in sorted(found.checked.items()):
        if isinstance(one.content, Erasure) and one.signer.jurisdiction == one.log:
            for index in one.content.leaf_indexes:
                covered.setdefault((one.log, index), []).append(one)
    return covered


def _is_one_entry(leaf: LoggedLeaf, erasure: LoggedLeaf, directory: Directory) -> bool:
    """Whether the index of a leaf is of the same entry in the log that holds an erasure."""
    ends = directory.ends_between(leaf.checkpoint.origin, erasure.checkpoint.origin)
    return ends is not None and all(leaf.index < one.goes_on_from.size for one in ends)
