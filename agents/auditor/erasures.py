"""
Which missing statements were erased, and by which proven erasure.

An erasure statement names leaf indexes of its own log and never a person. One that somebody else's
log holds erases nothing in ours. Source: formats.md, The log leaf, and erasure.
"""

from collections.abc import Iterator

from agents.auditor.findings import Erased, Findings
from agents.auditor.report import NotHeldError, Step
from portability.recognition.erasure import Erasure


def find_erased(found: Findings) -> None:
    """Sort the leaves without statement into erased and missing."""
    covered = dict(_covered(found))
    for i, logged in found.leaves.items():
        by = covered.get((logged.log, logged.index))
        if by is None:
            found.fail(
                i,
                NotHeldError(
                    Step.FILES, "the statement itself is missing, and no erasure of it is proven"
                ),
            )
        else:
            found.erased[i] = Erased(logged=logged, by=by)


def _covered(found: Findings) -> Iterator[tuple[tuple[str, int], bytes]]:
    """Log and index of each leaf that a verified erasure names, with that erasure's id."""
    for i, one in sorted(found.checked.items()):
        if isinstance(one.content, Erasure) and one.signer.jurisdiction == one.log:
            for index in one.content.leaf_indexes:
                yield (one.log, index), i
