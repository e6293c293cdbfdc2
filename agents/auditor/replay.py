"""
A case told again step by step: who said what, on which basis, and whether it follows.

Nothing new is judged here: each statement was verified, the protocol replayed through the machine
that the nodes run, and each result computed again. Here that is put into the order of events, so
that the first step that does not follow is the one with which the trouble began.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from agents.auditor.contents import counted, says, short
from agents.auditor.dated import dates_told
from agents.auditor.findings import Findings
from agents.auditor.graph import Link, in_order, is_step, links_of, signed_at
from agents.auditor.held import Held, held_in
from agents.auditor.logged import LoggedLeaf
from agents.auditor.questions import Holds
from agents.auditor.report import Fault, Fork, Step
from agents.auditor.results import exporter_of, replay_case
from agents.auditor.signed_only import SignedOnly
from agents.auditor.steps import Checked
from agents.bundle_files import Scope
from portability.consent.receipt import DisclosureReceipt
from portability.errors import InvalidInputError, PortabilityError
from portability.ledger.encoding import format_time
from portability.recognition.case import Case
from portability.recognition.identity import IdentityResolution
from portability.recognition.machine import advance
from portability.recognition.progress import progress
from portability.recognition.stated_facts import StatedFacts
from portability.recognition.statements import (
    Acknowledgement,
    CaseStatement,
    Claim,
    Countersignature,
    Dispute,
    HistoryResponse,
    Reconciliation,
    Said,
)


class Follows(StrEnum):
    """
    ``yes``: from what it names, by the rules. ``no``: it does not. ``unknown``: what it rests on
    was erased, is another party's, or does not follow itself. What only names such a step that
    nothing speaks against may still follow from it.
    """

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What a step names: ``step`` is its number here, 0 for what is no step; ``role`` as what."""

    id: str
    role: str
    step: int
    words: str

    def to_json(self) -> dict[str, object]:
        return {"id": self.id, "role": self.role, "step": self.step or None, "says": self.words}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayStep:
    """
    One thing that somebody did. ``signed`` is the time that the signer wrote; ``logged`` what a log
    and its witnesses say of it; ``received`` who signed for it, and when by their own clock.
    ``state`` is that of the case afterwards, empty where it is none.
    """

    number: int
    id: str
    kind: str
    by: str
    signed: datetime
    logged: LoggedLeaf
    says: str
    basis: tuple[Basis, ...]
    follows: Follows
    why: str
    state: str
    received: tuple[tuple[str, datetime], ...] = ()

    def to_json(self) -> dict[str, object]:
        seen = self.logged.witnessed
        return {
            "number": self.number,
            "id": self.id,
            "kind": self.kind,
            "by": self.by,
            "signed": format_time(self.signed),
            "log": self.logged.log,
            "index": self.logged.index,
            "witnessed": "" if seen is None else seen.time.isoformat(),
            "witnesses": [] if seen is None else list(seen.witnesses),
            "received": [{"by": by, "signed": format_time(signed)} for by, signed in self.received],
            "says": self.says,
            "basis": [one.to_json() for one in self.basis],
            "follows": str(self.follows),
            "why": self.why,
            "state": self.state,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """
    A case replayed. ``seen_by`` is the party whose view it is, ``exporter`` whose bundle.

    ``unreadable`` are statements (kind, id, fault) that fell before their content was believed, or
    that are no steps and do not hold, such as records; ``faults`` what shows only on the whole, and
    ``forks`` the logs that showed two histories. ``held`` is who had the file for how long.
    """

    case_id: str
    claim: Claim | None
    seen_by: str
    exporter: str
    steps: tuple[ReplayStep, ...]
    unreadable: tuple[tuple[str, str, Fault], ...]
    faults: tuple[Fault, ...]
    state: str
    held: tuple[Held, ...] = ()
    forks: tuple[Fork, ...] = ()

    @property
    def first(self) -> ReplayStep | None:
        """The first step that does not follow."""
        return next((one for one in self.steps if one.follows is Follows.NO), None)

    @property
    def holds(self) -> bool:
        return not (self.first or self.unreadable or self.faults or self.forks)

    def to_json(self) -> dict[str, object]:
        first = self.first
        return {
            "case": self.case_id,
            "follows": self.holds,
            "state": self.state,
            "seen_by": self.seen_by,
            "exporter": self.exporter,
            "first_that_does_not_follow": None if first is None else first.to_json(),
            "steps": [one.to_json() for one in self.steps],
            "unreadable": [
                {"kind": kind, "id": i, **found.to_json()} for kind, i, found in self.unreadable
            ],
            "faults": [one.to_json() for one in self.faults],
            "forks": [one.to_json() for one in self.forks],
            "held": [one.to_json() for one in self.held],
        }


def replay(found: Findings, case_id: str, kinds: Mapping[str, str]) -> Replay:
    """
    One case of an examined bundle. ``kinds`` are those of all its statements by id (hex).

    Raises InvalidInputError if the bundle has no statement of that case.
    """
    steps = {i: one for i, one in found.checked.items() if is_step(one, case_id, found.checked)}
    if not steps:
        raise InvalidInputError("the bundle holds no statement of that case", field="case")
    replayed = replay_case(steps, found.exporter, found.erased.keys())
    teller = _Teller(found=found, seen_by=replayed.seen_by, leads=replayed.leads)
    exporter = found.exporter or exporter_of(steps)
    told = tuple(teller.tell(one) for one in in_order(steps, exporter))
    return Replay(
        case_id=case_id,
        claim=teller.case.claim,
        seen_by=replayed.seen_by,
        exporter=exporter,
        steps=told,
        unreadable=tuple(_unreadable(found, steps.keys(), kinds)),
        faults=tuple(found.faults),
        state="" if replayed.progress is None else str(replayed.progress.state),
        held=held_in(found, teller.case),
        forks=found.forks,
    )


def signed_for(
    found: Findings, statement_id: bytes
) -> list[tuple[bytes, SignedOnly[Acknowledgement]]]:
    """The acknowledgements (id and content) of one statement, the first of each node."""
    words = sorted(found.acknowledgements.items(), key=lambda item: (item[1].as_of, item[0]))
    first: dict[str, tuple[bytes, SignedOnly[Acknowledgement]]] = {}
    for i, word in words:
        if statement_id in word.content.header.predecessors:
            first.setdefault(str(word.signer), (i, word))
    return list(first.values())


def case_ids(found: Findings) -> tuple[str, ...]:
    """The cases of which a bundle has statements, in order."""
    contents = (one.content for one in found.checked.values())
    return tuple(sorted({one.header.case_id for one in contents if isinstance(one, CaseStatement)}))


def _unreadable(
    found: Findings, steps: Collection[bytes], kinds: Mapping[str, str]
) -> Iterator[tuple[str, str, Fault]]:
    """What does not hold and is no step; in a person's bundle not what is of another case."""
    for i, fault in sorted(found.failed.items()):
        one = found.checked.get(i)
        if i in steps or (one is not None and _is_of_another(one, found.scope)):
            continue
        yield kinds.get(i.hex(), "statement" if one is None else one.kind), i.hex(), fault


def _is_of_another(one: Checked, scope: Scope) -> bool:
    of_cases = CaseStatement | StatedFacts | DisclosureReceipt | IdentityResolution
    return scope is not Scope.CASE and isinstance(one.content, of_cases)


@dataclass(slots=True)
class _Teller:
    """
    Tells steps in order; remembers their numbers, and for those that did not follow, or rest on
    one that did not, the number of that one.
    """

    found: Findings
    seen_by: str
    leads: bool
    case: Case = field(init=False)
    numbers: dict[bytes, int] = field(default_factory=dict)
    doubtful: dict[bytes, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.case = Case(own=self.seen_by)

    def tell(self, one: Checked) -> ReplayStep:
        self.numbers[one.id] = len(self.numbers) + 1
        follows, why = self._judge(one)
        if follows is Follows.NO:
            self.doubtful[one.id] = self.numbers[one.id]
        why = "; ".join((why, *dates_told(one, self.found)))
        return ReplayStep(
            number=self.numbers[one.id],
            id=one.id.hex(),
            kind=one.kind,
            by=_signer(one),
            signed=signed_at(one),
            logged=one.logged,
            says=says(one.content),
            basis=tuple(self._basis(one)),
            follows=follows,
            why=why,
            state=self._state_after(one),
            received=tuple(
                (str(word.signer), word.as_of) for _, word in signed_for(self.found, one.id)
            ),
        )

    def _judge(self, one: Checked) -> tuple[Follows, str]:
        needed = [link for link in links_of(one.content) if link.needed]
        fault = self.found.failed.get(one.id)
        doubtful = [self.doubtful[link.id] for link in needed if link.id in self.doubtful]
        if doubtful and (fault is None or fault.step > Step.DISCLOSURES):
            self.doubtful[one.id] = doubtful[0]
            return Follows.UNKNOWN, f"rests on step {doubtful[0]}, which does not follow"
        missing = [link for link in needed if not self._is_here(link.id)]
        if missing and (fault is not None or self.leads):
            return Follows.NO, _missing(missing[0])
        if fault is not None:
            return Follows.NO, fault.cause
        gone = [link for link in needed if link.id in self.found.erased]
        if gone:
            return Follows.UNKNOWN, f"names {short(gone[0].id)}, which was erased, as is proven"
        return _held(one, self.found, unseen=len(missing))

    def _is_here(self, i: bytes) -> bool:
        return i in self.found.checked or i in self.found.erased or i in self.found.statuses

    def _basis(self, one: Checked) -> Iterator[Basis]:
        for link in links_of(one.content):
            named = self.found.checked.get(link.id)
            yield Basis(
                id=link.id.hex(),
                role=link.role,
                step=self.numbers.get(link.id, 0),
                words=self._words(link, named),
            )
        count = _records_named(one.content)
        if count:
            yield Basis(id="", role="with", step=0, words=counted(count, "record"))

    def _words(self, link: Link, named: Checked | None) -> str:
        if named is not None:
            return named.kind
        if link.id in self.found.erased:
            return "erased"
        if link.id in self.found.failed:
            return f"does not hold: {self.found.failed[link.id].cause}"
        return "not in the bundle"

    def _state_after(self, one: Checked) -> str:
        if not isinstance(one.content, CaseStatement):
            return ""
        try:
            self.case, _ = advance(self.case, Said(statement_id=one.id, statement=one.content))
        except PortabilityError:
            return ""  # the machine refused it, and the step says so
        return str(progress(self.case).state)


def _held(one: Checked, found: Findings, *, unseen: int) -> tuple[Follows, str]:
    """What was computed or asked again about a step that holds."""
    answers = [answer for answer in found.judged.get(one.id, ()) if answer.words]
    open_ = [answer.words for answer in answers if answer.holds is Holds.UNKNOWN]
    if open_:
        return Follows.UNKNOWN, open_[0]
    told = "; ".join(answer.words.removeprefix("yes, ") for answer in answers)
    told = told or _examined(one.content, found) or "its signer may say this at this point"
    rest = f"; {unseen} of what it names is known here by the id only" if unseen else ""
    return Follows.YES, f"{told}{rest}"


def _examined(content: object, found: Findings) -> str:
    """Of what a party says of a result: what computing it again says of it."""
    if not isinstance(content, Countersignature | Dispute):
        return ""
    result = content.header.predecessors[0]
    computed = any(answer.holds is Holds.YES for answer in found.judged.get(result, ()))
    if not computed or result in found.failed:
        return ""
    if isinstance(content, Countersignature):
        return "it signs the digest that the inputs give, computed again"
    return (
        "its signer may dispute the result; computed again here, the inputs give the result that "
        "it disputes"
    )


def _missing(link: Link) -> str:
    return (
        f"it names {short(link.id)} ({link.role}), which is not in the bundle or does not hold "
        "itself"
    )


def _signer(one: Checked) -> str:
    return f"a person enrolled at {one.signer.jurisdiction}" if one.by_person else str(one.signer)


def _records_named(content: object) -> int:
    if isinstance(content, HistoryResponse):
        return len(content.records)
    return len(content.inputs) if isinstance(content, Reconciliation) else 0
