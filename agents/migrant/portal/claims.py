"""A person's claims as pages show them: each step with its clock, and decisions explained."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from agents.migrant.own_claims import SeenClaim, SeenStatement
from portability.consent.scope import Party
from portability.core.money import Money
from portability.recognition.holding import STEPS
from portability.recognition.statements import (
    Determination,
    HistoryRequest,
    HistoryResponse,
    Objection,
    Reminder,
)

WITHDRAWN: Final = "withdrawn"
"""The state of a claim that the person gave up: closed, and with no decision."""

UNSIGNED: Final = "withdrawn-unsigned"
"""The same by what its lead says, and nothing here that the person signed says so."""

_NEXT: Final = {
    "collecting": "may-be-asked",
    "reconciling": "wait",
    "agreed": "wait",
    "disputed": "wait",
    "refused": "allow",
    "provisional": "more-follows",
    "closed": "may-object",
}

Place = tuple[str, str]
"""Jurisdiction and institution, which is empty for a node."""

_SECONDS_A_DAY: Final = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """
    What somebody did in the claim. ``to`` is whom it was sent to; ``note`` a code that says how,
    such as the outcome of a history; ``due`` is a day that was set.
    """

    kind: str
    by: Place
    at: datetime
    to: Place | None = None
    note: str = ""
    due: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """Whole days that a country has had the file for one kind of step."""

    jurisdiction: str
    step: str
    days: int
    running: bool

    @property
    def is_told(self) -> bool:
        """Whether it says anything: a step of no day that is over would only fill the page."""
        return self.running or self.days > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """
    What one institution decided. Amounts are monthly; ``contested`` while an objection is open.

    ``replaced`` if the institution has decided anew since.
    """

    id: str
    by: Place
    at: datetime
    own: int
    total: int
    unit: str
    meets_minimum_alone: bool
    meets_minimum: bool
    paid_as: str
    payable: Money | None
    independent: Money | None
    theoretical: Money | None
    pro_rata: Money | None
    lower: Money | None
    upper: Money | None
    provisional: bool
    missing: tuple[Place, ...]
    basis: tuple[str, ...]
    contested: bool
    replaced: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimView:
    """One claim; ``steps`` in the order in which they were made; ``may_end``: by the person."""

    id: str
    branch: str
    state: str
    agreement: str
    claim_date: date
    award_date: date
    parties: tuple[Place, ...]
    awaiting: tuple[Place, ...]
    missing: tuple[Place, ...]
    steps: tuple[Step, ...]
    clocks: tuple[Clock, ...]
    decisions: tuple[Decision, ...]
    may_end: bool

    @property
    def next_step(self) -> str:
        """A code of what the person can do now; empty where the state says it all."""
        return _NEXT.get(self.state, "")

    def is_reopened(self, decision: Decision) -> bool:
        """Whether its institution has to decide anew, without an objection: a record changed."""
        stands = not (decision.replaced or decision.contested)
        return stands and self.state == "agreed" and decision.by in self.awaiting

    @property
    def is_withdrawn(self) -> bool:
        """Whether it is closed as given up, by whoever's word: then no decision on it stands."""
        return self.state in {WITHDRAWN, UNSIGNED}


def build_claims(claims: Iterable[SeenClaim]) -> tuple[ClaimView, ...]:
    """Latest first."""
    found = [_view(one) for one in claims]
    return tuple(sorted(found, key=lambda one: (one.claim_date, one.id), reverse=True))


def _view(claim: SeenClaim) -> ClaimView:
    return ClaimView(
        id=claim.id,
        branch=str(claim.branch),
        state=_state(claim),
        agreement=claim.agreement,
        claim_date=claim.claim_date,
        award_date=claim.award_date,
        parties=_places(claim.parties),
        awaiting=_places(claim.awaiting),
        missing=_places(claim.missing),
        steps=tuple(sorted((_step(one) for one in claim.statements), key=lambda one: one.at)),
        clocks=tuple(
            Clock(
                jurisdiction=one.jurisdiction,
                step=one.step,
                days=int(one.lasted.total_seconds()) // _SECONDS_A_DAY,
                running=one.running,
            )
            for one in claim.held
        ),
        decisions=_decisions(claim),
        may_end=claim.may_be_given_up,
    )


def _state(claim: SeenClaim) -> str:
    if claim.is_given_up:
        return WITHDRAWN
    return UNSIGNED if claim.is_given_up_unsigned else claim.state


def _step(seen: SeenStatement) -> Step:
    said = seen.content
    to, note, due = None, "", None
    if isinstance(said, HistoryRequest):
        to = _place(said.recipient)
    elif isinstance(said, HistoryResponse):
        note, due = str(said.outcome), said.not_before
    elif isinstance(said, Reminder):
        to, due = _place(said.recipient), said.due
    return Step(
        kind=STEPS[type(said)],
        by=_place(said.header.sender),
        at=said.header.created,
        to=to,
        note=note,
        due=due,
    )


def _decisions(claim: SeenClaim) -> tuple[Decision, ...]:
    made = [one for one in claim.statements if isinstance(one.content, Determination)]
    replaced = {one.content.supersedes for one in made if isinstance(one.content, Determination)}
    contested = {
        one.content.header.predecessors[0]
        for one in claim.statements
        if isinstance(one.content, Objection) and one.id in claim.objections
    }
    shown = [
        _decision(one.id, one.content, contested=one.id in contested, replaced=one.id in replaced)
        for one in made
        if isinstance(one.content, Determination)
    ]
    return tuple(sorted(shown, key=lambda one: one.replaced))  # what no longer counts comes last


def _decision(i: bytes, said: Determination, *, contested: bool, replaced: bool) -> Decision:
    return Decision(
        id=i.hex(),
        by=_place(said.header.sender),
        at=said.header.created,
        own=said.own,
        total=said.total,
        unit=said.unit,
        meets_minimum_alone=said.meets_minimum_alone,
        meets_minimum=said.meets_minimum,
        paid_as=said.paid_as,
        payable=said.payable,
        independent=said.independent,
        theoretical=said.theoretical,
        pro_rata=said.pro_rata,
        lower=said.lower_bound,
        upper=said.upper_bound,
        provisional=said.provisional,
        missing=_places(said.missing),
        basis=said.basis,
        contested=contested,
        replaced=replaced,
    )


def _place(party: Party) -> Place:
    return party.jurisdiction, party.institution


def _places(parties: Iterable[Party]) -> tuple[Place, ...]:
    return tuple(map(_place, parties))
