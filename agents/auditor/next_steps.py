"""What somebody can do about a bundle that does not verify: one sentence per kind of trouble."""

from collections.abc import Mapping, Sequence
from typing import Final

from agents.auditor.report import Fault, Fork, Step

_ANOTHER_COPY: Final = (
    "ask whoever exported the bundle for another copy and verify that one; if it fails in the same "
    "way, the bundle was made wrong and proves nothing of what is marked"
)
_LOG: Final = (
    "ask for the proofs again at the node whose log it is; if they fail again, keep this bundle as "
    "evidence, and follow that log with `portability-auditor watch`"
)
_SIGNER: Final = (
    "rely on nothing that is marked, and ask whoever is said to have signed it for the statement "
    "as they hold it"
)
_RELEASE: Final = (
    "put the marked release to the supervisory authority of the institution that gave the data: "
    "the bundle does not show that it was allowed to"
)
_RESULT: Final = (
    "`portability-auditor replay` shows the first step that does not follow, and "
    "`portability-auditor dispute` who computed differently"
)

_STEPS: Final[Mapping[Step, str]] = {
    Step.FILES: _ANOTHER_COPY,
    Step.POLICY: _ANOTHER_COPY,
    Step.DIRECTORY: (
        "get the root keys from the federation by another way than this bundle, compare them with "
        "those that you gave or pinned, and verify again"
    ),
    Step.LOG_SIGNATURE: _LOG,
    Step.QUORUM: _LOG,
    Step.INCLUSION: _LOG,
    Step.LEAF: _LOG,
    Step.SIGNATURE: _SIGNER,
    Step.CONTENT: _SIGNER,
    Step.DISCLOSURES: _ANOTHER_COPY,
    Step.PERMISSION: _RELEASE,
    Step.RECEIPTS: _RELEASE,
    Step.RESULT: _RESULT,
}


def next_step(forks: Sequence[Fork], causes: Sequence[Fault]) -> str:
    """What to do about the earliest trouble, on which the rest may rest; empty where all holds."""
    if forks:
        return (
            "keep this bundle unchanged: both signed checkpoints together prove what the log did, "
            "so put them to its operator and to the authority that supervises it"
        )
    return _STEPS[min(one.step for one in causes)] if causes else ""
