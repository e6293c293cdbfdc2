"""
What the parties of a case can dispute, answered from their bundles with proofs.

Five questions: was it sent, was it received, was it the same content, was there a permission then,
and who computed differently and at which rule. An answer is never more than what signatures and
logs show: nobody is said not to have received what merely nobody has shown.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from agents.auditor.computed import Computed
from agents.auditor.letters import Letter
from agents.auditor.questions import Holds
from agents.auditor.sides import Side


class Disputed(StrEnum):
    """In the order in which they are answered; the values are those of ``--json``."""

    SENT = "sent"
    RECEIVED = "received"
    CONTENT = "same-content"
    PERMISSION = "permission"
    COMPUTED = "computed"

    @property
    def asked(self) -> str:
        """The question as a court would put it."""
        return _ASKED[self]


_ASKED: Final = {
    Disputed.SENT: "Was it sent?",
    Disputed.RECEIVED: "Was it received?",
    Disputed.CONTENT: "Was it the same content?",
    Disputed.PERMISSION: "Was there a permission then?",
    Disputed.COMPUTED: "Who computed differently, and at which rule?",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that stands against somebody: ``against`` whom, what, and the ids that show it."""

    against: str
    words: str
    proofs: tuple[str, ...]

    def to_json(self) -> dict[str, object]:
        return {"against": self.against, "words": self.words, "proofs": list(self.proofs)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """The answer to one question."""

    question: Disputed
    holds: Holds
    words: str

    def to_json(self) -> dict[str, object]:
        return {
            "question": str(self.question),
            "asked": self.question.asked,
            "holds": str(self.holds),
            "words": self.words,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """
    What was decided about a request for data, and whether there was a permission; ``is_refused``:
    nothing left.
    """

    id: str
    says: str
    holds: Holds
    words: str
    is_refused: bool = False

    def to_json(self) -> dict[str, object]:
        return {
            "id": self.id,
            "refused": self.is_refused,
            "says": self.says,
            "holds": str(self.holds),
            "words": self.words,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """
    All answers for one case; ``between_others`` counts what was owed by one country to another of
    which neither's bundle is here.
    """

    case_id: str
    sides: tuple[Side, ...]
    rulings: tuple[Ruling, ...]
    findings: tuple[Finding, ...]
    letters: tuple[Letter, ...]
    releases: tuple[Release, ...]
    computed: tuple[Computed, ...]
    between_others: int = 0

    @property
    def clear(self) -> bool:
        """Whether nothing stands against anybody."""
        return not self.findings

    def to_json(self) -> dict[str, object]:
        return {
            "case": self.case_id,
            "clear": self.clear,
            "bundles": [side.to_json() for side in self.sides],
            "questions": [one.to_json() for one in self.rulings],
            "findings": [one.to_json() for one in self.findings],
            "statements": [one.to_json() for one in self.letters],
            "between_others": self.between_others,
            "releases": [one.to_json() for one in self.releases],
            "computed": [one.to_json() for one in self.computed],
        }


def more(found: Collection[object]) -> str:
    """How many besides the one that was told."""
    rest = len(found) - 1
    return f" (and {rest} more)" if rest > 0 else ""
