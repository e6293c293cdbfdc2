"""What a verification found, as values: for the terminal and for ``--json`` alike."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Final, TypeVar

from agents.auditor.questions import Answer, Question
from agents.bundle_files import Scope
from portability.errors import PortabilityError

T = TypeVar("T")


class Step(IntEnum):
    """The order of formats.md, Offline bundle."""

    FILES = 1
    POLICY = 2
    DIRECTORY = 3
    LOG_SIGNATURE = 4
    QUORUM = 5
    INCLUSION = 6
    LEAF = 7
    SIGNATURE = 8
    CONTENT = 9
    DISCLOSURES = 10
    PERMISSION = 11
    RECEIPTS = 12
    RESULT = 13

    @property
    def label(self) -> str:
        return self.name.lower().replace("_", " ")

    @property
    def question(self) -> Question:
        """Which question it leaves answered with no if it fails."""
        return _QUESTIONS[self]


_QUESTIONS: Final[Mapping[Step, Question]] = {
    Step.FILES: Question.COMPLETE,
    Step.POLICY: Question.LOGGED,
    Step.DIRECTORY: Question.KEY,
    Step.LOG_SIGNATURE: Question.LOGGED,
    Step.QUORUM: Question.LOGGED,
    Step.INCLUSION: Question.LOGGED,
    Step.LEAF: Question.LOGGED,
    Step.SIGNATURE: Question.ISSUER,
    Step.CONTENT: Question.ISSUER,
    Step.DISCLOSURES: Question.COMPLETE,
    Step.PERMISSION: Question.PERMISSION,
    Step.RECEIPTS: Question.PERMISSION,
    Step.RESULT: Question.RESULT,
}


class Verdict(StrEnum):
    """What is known of one statement; the values are those of ``--json`` and stay as they are."""

    VERIFIED = "verified"
    ERASED = "erased"
    NOT_VERIFIED = "not verified"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """
    Something that does not hold: at which step, in one sentence what, and which question it leaves
    answered with no.
    """

    step: Step
    cause: str
    question: Question

    def to_json(self) -> dict[str, object]:
        return {"step": int(self.step), "name": self.step.label, "cause": self.cause}


class NotHeldError(Exception):
    """Ends the verification of one thing. Never leaves this package."""

    def __init__(self, step: Step, cause: str, question: Question | None = None) -> None:
        super().__init__(cause)
        self.fault = fault(step, cause, question)


def at_step(step: Step, action: Callable[[], T]) -> T:
    """What ``action`` returns; an error of ours becomes the fault of this step."""
    try:
        return action()
    except PortabilityError as error:
        raise NotHeldError(step, error.message) from None


def fault(step: Step, cause: str, question: Question | None = None) -> Fault:
    """A fault of a step; by default it answers the question that its step is about."""
    return Fault(step=step, cause=cause, question=question or step.question)


class Change(StrEnum):
    """
    What an issuer has done with a record of its own, or a party with a result or a decision; the
    values are those of ``--json``.
    """

    CORRECTED = "corrected"
    WITHDRAWN = "withdrawn"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaced:
    """
    Something holds, but counts no longer: ``by`` is the id (hex) of what its ``issuer`` put in its
    place, ``on`` the civil date on which that was issued, ``what`` its kind in a word.
    """

    how: Change
    by: str
    issuer: str
    on: str
    what: str = "record"

    @property
    def words(self) -> str:
        return f"{self.how} by {self.issuer} on {self.on}, by the {self.what} {self.by[:16]}"

    def to_json(self) -> dict[str, object]:
        return {"how": str(self.how), "by": self.by, "issuer": self.issuer, "on": self.on}


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementReport:
    """
    One statement by its id (hex). ``signer`` is who signed it, as the directory says; ``accepted``
    when its log says that it took it in, ``witnessed`` when ``witnesses`` had seen that. ``says``
    is its content in one line, empty unless its signature holds. ``index`` in ``log`` is -1 for
    what is in none. ``replaced`` is set for a record that its issuer has replaced since, and for a
    result or a decision in whose place there is a later one.
    """

    id: str
    kind: str
    verdict: Verdict
    answers: tuple[Answer, ...]
    says: str = ""
    signer: str = ""
    fault: Fault | None = None
    accepted: str = ""
    witnessed: str = ""
    witnesses: tuple[str, ...] = ()
    log: str = ""
    index: int = -1
    replaced: Replaced | None = None

    def to_json(self) -> dict[str, object]:
        members: dict[str, object] = {
            "id": self.id,
            "kind": self.kind,
            "verdict": str(self.verdict),
            "says": self.says,
            "signer": self.signer,
            "log": self.log,
            "index": None if self.index < 0 else self.index,
            "accepted": self.accepted,
            "witnessed": self.witnessed,
            "witnesses": list(self.witnesses),
            "replaced": None if self.replaced is None else self.replaced.to_json(),
            "answers": [answer.to_json() for answer in self.answers],
        }
        return members | ({} if self.fault is None else self.fault.to_json())


@dataclass(frozen=True, slots=True, kw_only=True)
class Determined:
    """
    One institution's decision as the statement has it. ``replaced_by`` is the id (hex) of the one
    that its institution put in its place, empty for one that has none.

    It ``counts`` in what is paid together, or ``notes`` say why not; of one that counts they say
    why it may not be the last word. ``is_paid``: it pays more than nothing.
    """

    case: str
    party: str
    unit: str
    own: int
    total: int
    payable: str
    paid_as: str
    basis: tuple[str, ...]
    is_paid: bool
    replaced_by: str = ""
    counts: bool = True
    notes: tuple[str, ...] = ()

    @property
    def amount(self) -> str:
        """What it pays a month, in words."""
        return self.payable if self.is_paid else "nothing"

    @property
    def pays(self) -> str:
        """The same as a sentence without its subject."""
        return f"pays {self.payable} a month as {self.paid_as}" if self.is_paid else "pays nothing"

    @property
    def share(self) -> str:
        """What was counted; empty where the right rests on no periods."""
        return f"{self.own} of {self.total} {self.unit}" if self.total else ""

    def to_json(self) -> dict[str, object]:
        return {
            "case": self.case,
            "party": self.party,
            "unit": self.unit,
            "own": self.own,
            "total": self.total,
            "payable": self.payable,
            "paid_as": self.paid_as,
            "basis": list(self.basis),
            "replaced_by": self.replaced_by,
            "counts": self.counts,
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """
    The decisions of one case, those that count first, and what these pay together by currency.

    ``is_last``: every institution that decides has decided, and nothing is open.
    """

    case: str
    determinations: tuple[Determined, ...]
    total: Mapping[str, str]
    is_last: bool

    @property
    def together(self) -> str:
        """What to call the sum."""
        return "Together" if self.is_last else "Together so far"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fork:
    """Two checkpoints of one log that contradict each other, both in full."""

    origin: str
    first: str
    second: str

    def to_json(self) -> dict[str, object]:
        return {"origin": self.origin, "first": self.first, "second": self.second}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """
    The outcome. ``faults`` are those of the bundle as a whole; ``notes`` change no verdict.

    ``paid`` are the decisions that were verified, by case; ``next_step`` says what to do where
    something does not hold, and is empty where all does.
    """

    trust: str
    claim: str
    scope: Scope
    answers: tuple[Answer, ...]
    forks: tuple[Fork, ...]
    faults: tuple[Fault, ...]
    statements: tuple[StatementReport, ...]
    paid: tuple[Paid, ...]
    digest: str
    notes: tuple[str, ...]
    next_step: str = ""

    @property
    def determinations(self) -> tuple[Determined, ...]:
        """All decisions that were verified."""
        return tuple(one for case in self.paid for one in case.determinations)

    @property
    def payable_total(self) -> Mapping[str, str]:
        """
        What is paid a month by currency. Empty where there are decisions of several cases, which
        may be about one benefit: nobody can tell here whether one takes the place of another.
        """
        return self.paid[0].total if len(self.paid) == 1 else {}

    @property
    def verified(self) -> bool:
        return not self.forks and not self.causes

    @property
    def holdings(self) -> str:
        """What the bundle claims to hold, for people; the claim itself is never written anew."""
        return self.claim.replace(" 1 signed statements:", " 1 signed statement:")

    @property
    def verdict(self) -> str:
        """The outcome in one line."""
        if not self.verified:
            return f"NOT VERIFIED: {self._what_does_not_hold}."
        good, erased = self.count(Verdict.VERIFIED), self.count(Verdict.ERASED)
        if not good:
            return f"VERIFIED: {_all_of(erased, 'statement')} erased, as is proven."
        more = f"; {erased} more erased, as is proven" if erased else ""
        holds = "holds" if good == 1 else "hold"
        return f"VERIFIED: {_all_of(good, 'statement')} {holds}{more}."

    @property
    def _what_does_not_hold(self) -> str:
        """Where the trouble is: in the trust, in a log, in statements, or between them."""
        bad, all_ = self.count(Verdict.NOT_VERIFIED), len(self.statements)
        if self.forks:
            logs, each = " and ".join(one.origin for one in self.forks), " each"
            return f"{logs} showed two histories{each if len(self.forks) > 1 else ''}"
        if bad and not any(one.fault for one in self.statements):
            return "no statement could be looked at, for the reason below"
        if bad:
            holds = "does not hold" if bad == 1 else "do not hold"
            return f"{bad} of {_counted(all_, 'statement')} {holds}"
        if not all_:
            return "the bundle holds no statement"
        each = "its one statement holds" if all_ == 1 else f"each of the {all_} statements holds"
        return f"{each} by itself, but not the bundle as a whole, for the reason below"

    def count(self, verdict: Verdict) -> int:
        """How many statements have this verdict."""
        return sum(one.verdict is verdict for one in self.statements)

    @property
    def causes(self) -> tuple[Fault, ...]:
        """Everything that does not hold, that of the whole bundle first."""
        own = tuple(one.fault for one in self.statements if one.fault is not None)
        return self.faults + own

    def to_json(self) -> dict[str, object]:
        return {
            "verified": self.verified,
            "verdict": self.verdict,
            "scope": str(self.scope),
            "trust": self.trust,
            "claim": self.claim,
            "answers": [answer.to_json() for answer in self.answers],
            "forks": [fork.to_json() for fork in self.forks],
            "faults": [fault.to_json() for fault in self.faults],
            "statements": [one.to_json() for one in self.statements],
            "determinations": [one.to_json() for one in self.determinations],
            "payable_total": dict(self.payable_total),
            "payable_by_case": {one.case: dict(one.total) for one in self.paid},
            "digest": self.digest,
            "notes": list(self.notes),
            "next_step": self.next_step,
        }


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _all_of(count: int, what: str) -> str:
    return f"the one {what}" if count == 1 else f"all {count} {what}s"
