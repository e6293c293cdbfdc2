"""
Which missing statements were erased, and by which proven erasure; what a party has let go of.

An erasure statement names leaf indexes of its own log and never a person. One that somebody else's
log holds erases nothing in ours. Source: formats.md, The log leaf, and erasure.
"""

from collections.abc import Iterator

from agents.auditor.findings import Erased, Findings
from agents.auditor.report import NotHeldError, Step
from portability.recognition.erasure import Erasure
from portability.recognition.statements import NoticeAnswer, NoticeEffect


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


def _covered(found: Findings) -> Iterator[tuple[tuple[str, int], bytes]]:
    """Log and index of each leaf that a verified erasure names, with that erasure's id."""
    for i, one in sorted(found.checked.items()):
        if isinstance(one.content, Erasure) and one.signer.jurisdiction == one.log:
            for index in one.content.leaf_indexes:
                yield (one.log, index), i
