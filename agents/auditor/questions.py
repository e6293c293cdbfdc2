"""
What people ask of a bundle, and an answer in words to each question.

The same six questions are put to every statement and to the whole. The names in ``--json`` are the
values of these enumerations; they stay as they are.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Question(StrEnum):
    """In the order in which they are answered."""

    ISSUER = "issuer"
    LOGGED = "logged"
    KEY = "key"
    PERMISSION = "permission"
    RESULT = "result"
    COMPLETE = "complete"

    @property
    def asked(self) -> str:
        """The question as a person would ask it."""
        return _ASKED[self]


_ASKED: Final = {
    Question.ISSUER: "Who issued it?",
    Question.LOGGED: "When was it logged, and who witnessed that?",
    Question.KEY: "Was the key valid then?",
    Question.PERMISSION: "Was there a permission for each release?",
    Question.RESULT: "Is the reconciled result what these inputs give?",
    Question.COMPLETE: "Is anything missing or erased?",
}


class Holds(StrEnum):
    """
    ``yes``: it was checked and holds. ``no``: it does not. ``unknown``: it could not be looked at,
    because something before it does not hold or is not here. ``not-asked``: there is nothing of the
    kind to ask about.
    """

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"
    NOT_ASKED = "not-asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One question, whether what it asks for holds, and that in words."""

    question: Question
    holds: Holds
    words: str

    def to_json(self) -> dict[str, object]:
        return {
            "question": str(self.question),
            "asked": self.question.asked,
            "holds": str(self.holds),
            "words": self.words,
        }
