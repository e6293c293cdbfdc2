"""What a verification found, as values: for the terminal and for ``--json`` alike."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum


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


class Verdict(StrEnum):
    VERIFIED = "verified"
    NOT_VERIFIED = "not verified"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that does not hold: at which step, and in one sentence what."""

    step: Step
    cause: str

    def to_json(self) -> dict[str, object]:
        return {"step": int(self.step), "name": self.step.label, "cause": self.cause}


class NotHeldError(Exception):
    """Ends the verification of one thing. Never leaves this package."""

    def __init__(self, step: Step, cause: str) -> None:
        super().__init__(cause)
        self.fault = Fault(step=step, cause=cause)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementReport:
    """
    One statement by its id (hex). ``signer`` is who signed it, as the directory says; ``accepted``
    when its log says that it took it in, ``witnessed`` when ``witnesses`` had seen that.
    """

    id: str
    kind: str
    verdict: Verdict
    signer: str = ""
    fault: Fault | None = None
    accepted: str = ""
    witnessed: str = ""
    witnesses: tuple[str, ...] = ()

    def to_json(self) -> dict[str, object]:
        members: dict[str, object] = {
            "id": self.id,
            "kind": self.kind,
            "verdict": str(self.verdict),
            "signer": self.signer,
            "accepted": self.accepted,
            "witnessed": self.witnessed,
            "witnesses": list(self.witnesses),
        }
        return members | ({} if self.fault is None else self.fault.to_json())


@dataclass(frozen=True, slots=True, kw_only=True)
class Determined:
    """One institution's decision as the statement has it."""

    party: str
    unit: str
    own: int
    total: int
    payable: str
    paid_as: str
    basis: tuple[str, ...]

    def to_json(self) -> dict[str, object]:
        return {
            "party": self.party,
            "unit": self.unit,
            "own": self.own,
            "total": self.total,
            "payable": self.payable,
            "paid_as": self.paid_as,
            "basis": list(self.basis),
        }


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

    ``payable_total`` is by currency, of the determinations that were verified.
    """

    trust: str
    claim: str
    forks: tuple[Fork, ...]
    faults: tuple[Fault, ...]
    statements: tuple[StatementReport, ...]
    determinations: tuple[Determined, ...]
    payable_total: Mapping[str, str]
    digest: str
    notes: tuple[str, ...]

    @property
    def verified(self) -> bool:
        return not self.forks and not self.causes

    @property
    def causes(self) -> tuple[Fault, ...]:
        """Everything that does not hold, that of the whole bundle first."""
        own = tuple(one.fault for one in self.statements if one.fault is not None)
        return self.faults + own

    def to_json(self) -> dict[str, object]:
        return {
            "verified": self.verified,
            "trust": self.trust,
            "claim": self.claim,
            "forks": [fork.to_json() for fork in self.forks],
            "faults": [fault.to_json() for fault in self.faults],
            "statements": [one.to_json() for one in self.statements],
            "determinations": [one.to_json() for one in self.determinations],
            "payable_total": dict(self.payable_total),
            "digest": self.digest,
            "notes": list(self.notes),
        }
