"""What a verification has found so far: filled step by step, told by ``answers`` in the end."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from agents.auditor.histories import Head
from agents.auditor.logged import LoggedLeaf
from agents.auditor.questions import Answer
from agents.auditor.report import Fault, Fork, NotHeldError, Replaced
from agents.auditor.signed_only import SignedOnly
from agents.auditor.standing import Known
from agents.auditor.steps import Checked
from agents.bundle_files import Scope
from portability.consent.statements import ConsentStatus, SubjectKey
from portability.recognition.statements import Acknowledgement


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """A statement of which only the leaf is left, and the erasure (statement id) that says why."""

    logged: LoggedLeaf
    by: bytes


@dataclass(slots=True)
class Findings:
    """
    Everything by statement id. ``failed`` beats all else; ``judged`` are the answers that only
    comparing statements gives. ``faults`` are those of the whole, ``notes`` change no verdict.
    ``exporter`` is whose bundle it is where that is known; else it shows by the logs. ``known`` is
    each case, by its id, as its statements leave it.
    """

    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    checked: dict[bytes, Checked] = field(default_factory=dict)
    statuses: dict[bytes, SignedOnly[ConsentStatus]] = field(default_factory=dict)
    acknowledgements: dict[bytes, SignedOnly[Acknowledgement]] = field(default_factory=dict)
    leaves: dict[bytes, LoggedLeaf] = field(default_factory=dict)
    erased: dict[bytes, Erased] = field(default_factory=dict)
    failed: dict[bytes, Fault] = field(default_factory=dict)
    judged: dict[bytes, list[Answer]] = field(default_factory=dict)
    replaced: dict[bytes, Replaced] = field(default_factory=dict)
    heads: tuple[Head, ...] = ()
    forks: tuple[Fork, ...] = ()
    digests: list[str] = field(default_factory=list)
    known: dict[str, Known] = field(default_factory=dict)
    scope: Scope = Scope.CASE
    exporter: str = ""

    def logged(self) -> Iterator[LoggedLeaf]:
        """Every leaf that its log holds, whether or not its statement is here."""
        yield from (one.logged for one in self.checked.values())
        yield from (one.logged for one in self.erased.values())
        yield from self.leaves.values()

    def fail(self, i: bytes, error: NotHeldError) -> None:
        """The first failure of a statement is the one that is told."""
        self.failed.setdefault(i, error.fault)

    def judge(self, i: bytes, outcome: Answer | NotHeldError) -> None:
        """Keep what comparing said of a statement."""
        if isinstance(outcome, NotHeldError):
            self.fail(i, outcome)
        else:
            self.judged.setdefault(i, []).append(outcome)

    def word(self, i: bytes) -> SignedOnly[ConsentStatus] | SignedOnly[Acknowledgement] | None:
        """What a node signed and did not log."""
        return self.statuses.get(i) or self.acknowledgements.get(i)

    def person_keys(self) -> dict[bytes, Checked]:
        """
        The verified records of persons' keys, by key id.

        Of a key that ended there are two: the one that says when it ended says all of the other.
        """
        found: dict[bytes, Checked] = {}
        for i in sorted(self.checked):
            one = self.checked[i]
            if isinstance(one.content, SubjectKey):
                known = found.get(one.content.key_id)
                if known is None or one.content.revoked_at is not None:
                    found[one.content.key_id] = one
        return found

    def subject_keys(self) -> dict[bytes, SubjectKey]:
        """Their contents."""
        return {
            key: one.content
            for key, one in self.person_keys().items()
            if isinstance(one.content, SubjectKey)
        }
