"""
The person and the institutions of a run: what they want, and how they go on until they have it.

They see of a node what its services tell them. Whoever gets no answer tries again: an act counts
as done when the node has acknowledged it.
"""

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final, Protocol, TypeVar

from portability.consent.scope import Party
from portability.core.attestations import Invalidation, InvalidationReason
from portability.recognition.case import CaseState, Determine
from portability.recognition.histories import History, read_histories
from portability.recognition.statements import HistoryOutcome
from portability.simulation.fate import ASKED_ONCE_MORE, GAVE_UP, Fate
from portability.simulation.nodes import judging
from portability.simulation.nodes.erasing import Erasing
from portability.simulation.nodes.looking import Look, Stock
from portability.simulation.nodes.lying_lead import ASKS_AGAIN
from portability.simulation.nodes.people import Act, Agent
from portability.simulation.permission import Given
from portability.simulation.plan import OMITS, UNPERMITTED, Plan, draw_record

T = TypeVar("T")

_ASK_AGAIN: Final = timedelta(days=1)
_REFUSALS: Final = 2
"""After so many under one consent the officer asks the person for another one."""

_INVALID: Final = Invalidation(reason=InvalidationReason.WRONG_PERSON, article="987/2009 Art 5(1)")


class Offices(Protocol):
    """The nodes, as people find them."""

    @property
    def looks(self) -> Mapping[str, Look]:
        """The case as each node held it when it was last read."""

    def clock(self, code: str) -> datetime:
        """The time as this node shows it."""

    def attempt(self, code: str, act: Act[T]) -> T | None:
        """What somebody does at a node; None unless it was acknowledged."""

    def stock(self, code: str) -> Stock:
        """The records that a node has now."""


class Public:
    """
    Everybody outside of the nodes.

    ``withdrawn`` are the withdrawals that are acknowledged, ``has_given_up`` whether the end of the
    claim is; ``gives_up`` whether the person has made up their mind about that. ``erasing`` is the
    wish to be erased at one node, None in most runs.
    """

    def __init__(
        self,
        plan: Plan,
        fate: Fate,
        offices: Offices,
        chance: random.Random,
        erasing: Erasing | None = None,
    ) -> None:
        self.case_id = ""
        self.given: dict[bytes, Given] = {}
        self.withdrawn: set[bytes] = set()
        self.gives_up = False
        self.has_given_up = False
        self.erasing = erasing
        self._was_told = False
        self._plan = plan
        self._lead = plan.claim.lead.jurisdiction
        self._fate = fate
        self._offices = offices
        self._opening = chance.randbytes(16)
        self._to_withdraw: set[bytes] = set()
        self._over: set[bytes] = set()
        self._asked: datetime | None = None

    def begin(self) -> None:
        """What was there before the first step: records, and one consent."""
        for party in self._plan.claim.parties:
            self._offices.attempt(party.jurisdiction, self._insuring(party))
        self._consent()

    def _insuring(self, party: Party) -> Act[list[bytes]]:
        periods = [replace(one, id="") for one in self._plan.records[party].values()]
        return lambda agent: agent.insure(party, periods)

    def act(self) -> None:
        """What people do by themselves, at bad moments, and what the lead's officer does next."""
        fate = self._fate
        code = fate.chance.choice(self._plan.claim.jurisdictions)
        self._erase()
        standing = [one for one in self.given if one not in self._to_withdraw]
        if standing and fate.strikes("withdrew"):
            self._to_withdraw.add(standing[-1])
        for one in sorted(self._to_withdraw - self.withdrawn - self._over):
            self._withdraw(one)
        for kind in ("corrected", "found-a-record", "invalidated"):
            if fate.strikes(kind, code) and not self._is_unknown(code):
                self._issue(code, kind)
        if not self._is_unknown(self._lead):
            self._object()
            self._give_up()
            self._ask_once_more()
            self._go_on()

    def _is_unknown(self, code: str) -> bool:
        """Whether the person is erased at a node, or is about to be."""
        return self.erasing is not None and self.erasing.has_begun and self.erasing.code == code

    def _erase(self) -> None:
        """Where the case is known; where nobody is known, there is nobody to erase."""
        one = self.erasing
        if one is None or not one.is_due(self._fate):
            return
        if one.has_begun or one.code in self._offices.looks:
            one.attempt(self._fate, self._offices)

    def decide(self, code: str) -> bool:
        """An institution here decides, if it is its turn; whether one has."""
        for duty in self._offices.looks[code].view.duties:
            if isinstance(duty, Determine):
                self._offices.attempt(code, self._deciding(duty))
                return True
        return False

    def _deciding(self, duty: Determine) -> Act[None]:
        party, is_provisional = duty.institution, bool(duty.missing)
        return lambda agent: agent.determine(self.case_id, party, is_provisional=is_provisional)

    def takes_back(self, consent: bytes) -> bool:
        """Whether the person has withdrawn it, or is about to."""
        return consent in self._to_withdraw - self._over

    def _withdraw(self, consent: bytes) -> None:
        if self._is_unknown(self._lead):
            return
        done = self._offices.attempt(self._lead, lambda agent: agent.withdraw(consent))
        if done is not None:
            (self.withdrawn if done else self._over).add(consent)

    def _object(self) -> None:
        found = self._offices.looks.get(self._lead)
        contestable = [] if found is None else judging.contestable(found)
        if contestable and self._fate.strikes("objected", self._lead):
            self._offices.attempt(self._lead, lambda agent: agent.object_to(contestable[0]))

    def _give_up(self) -> None:
        """While the claim is one; whoever gets no answer signs again."""
        found = self._offices.looks.get(self._lead)
        if not self.gives_up:
            is_claim = found is not None and not found.facts.closures
            self.gives_up = is_claim and self._fate.strikes(GAVE_UP, self._lead)
        if self.gives_up and not self._was_told:
            done = self._offices.attempt(self._lead, lambda agent: agent.give_up(self.case_id))
            self._was_told = done is not None
            self.has_given_up = bool(done)

    def _ask_once_more(self) -> None:
        """An officer asks again for what was answered, under the same permission."""
        found = self._offices.looks.get(self._lead)
        if found is None or found.view.state is CaseState.CLOSED:
            return
        released = [
            found.facts.requests[found.facts.responses[i].header.predecessors[0]]
            for i in sorted(found.facts.usable)
            if found.facts.responses[i].outcome is HistoryOutcome.RECORDS
        ]
        if released and self._fate.strikes(ASKED_ONCE_MORE, self._lead):
            one = self._fate.chance.choice(released)
            again = partial(_asking, self.case_id, one.recipient, one.permission)
            self._offices.attempt(self._lead, again)

    def _issue(self, code: str, kind: str) -> None:
        """An institution replaces a record, finds one more, or declares one invalid."""
        chance, is_late = self._fate.chance, kind == "found-a-record"
        party = chance.choice(self._plan.institutions(code))
        own = [] if is_late else sorted(self._offices.stock(code).own.get(party, {}))
        if not is_late and not own:
            return
        old = chance.choice(own) if own else b""
        period = replace(draw_record(party, chance)[1], id="")
        content = _INVALID if kind == "invalidated" else period
        self._offices.attempt(code, lambda agent: agent.record(party, content, old))

    def _go_on(self) -> None:
        """The lead opens its case, asks whom it has to ask, and asks the person again."""
        if not self.case_id:
            opened = self._offices.attempt(self._lead, lambda agent: agent.open_case(self._opening))
            self.case_id = opened or ""
            return
        found = self._offices.looks.get(self._lead)
        if found is not None and self._plan.lie in {OMITS, ASKS_AGAIN}:
            self._have_asked_again(found)
        party = None if found is None else _to_ask(found)
        if found is None or party is None:
            return
        now = self._offices.clock(self._lead)
        over = self._to_misuse(found, party)
        if over:
            self._ask(party, over, now)
            return
        refused = _refused(found, party)
        usable = [
            one
            for one in self.given.values()
            if self._is_usable(one, found, now) and refused[one.consent_id] < _REFUSALS
        ]
        if usable:
            self._ask(party, usable[-1].consent_id, now)
        elif self._fate.chance.random() < 0.2:  # noqa: PLR2004  # the person takes some days
            self._consent()

    def _ask(self, party: Party, permission: bytes, now: datetime) -> None:
        """Not more than once a day, whatever the clock does."""
        if self._asked is not None and abs(now - self._asked) < _ASK_AGAIN:
            return
        self._asked = now
        self._offices.attempt(self._lead, partial(_asking, self.case_id, party, permission))
        if self._plan.lie == UNPERMITTED and party.jurisdiction == self._plan.liar:
            self._change_mind(permission)

    def _to_misuse(self, found: Look, party: Party) -> bytes:
        """Under what was withdrawn a lead that lies asks once more; empty where nobody does."""
        if self._plan.lie != ASKS_AGAIN:
            return b""
        ended = {one.permission for one in found.facts.ends.values()} & self.withdrawn
        asked = [one.permission for one in found.facts.requests.values() if one.recipient == party]
        return next((one for one in sorted(ended) if asked.count(one) == 1), b"")

    def _have_asked_again(self, found: Look) -> None:
        """
        Have the lead ask under another consent.

        Whoever left a record out brings it to light then; a lead that lies asks under the old one.
        """
        for i in found.facts.usable:
            answer = found.facts.responses[i]
            if self._plan.liar in {answer.header.sender.jurisdiction, self._lead}:
                request = found.facts.requests[answer.header.predecessors[0]]
                self._change_mind(request.permission)

    def _change_mind(self, permission: bytes) -> None:
        """Once, when it matters to the liar, the person takes back what the lead asked under."""
        if not self._to_withdraw:
            self._to_withdraw.add(permission)
            self._withdraw(permission)

    def _is_usable(self, one: Given, found: Look, now: datetime) -> bool:
        ended = {end.permission for end in found.facts.ends.values()}
        is_over = one.consent_id in ended or one.consent_id in self._to_withdraw
        return not is_over and one.not_before <= now < one.not_after

    def _consent(self) -> None:
        given = self._offices.attempt(self._lead, lambda agent: agent.consent())
        if given is not None:
            if self.given:
                self._fate.note("consented-again")
            self.given[given.consent_id] = given


async def _asking(case_id: str, party: Party, permission: bytes, agent: Agent) -> None:
    await agent.ask(case_id, party, permission)


def _refused(found: Look, party: Party) -> Counter[bytes]:
    """By permission how often an institution has refused the lead."""
    return Counter(
        request.permission
        for i, request in found.facts.requests.items()
        for answer in found.facts.answers_to(i)
        if request.recipient == party and answer.outcome is HistoryOutcome.REFUSED
    )


def _to_ask(found: Look) -> Party | None:
    """Whom the lead has not asked yet, or has to ask once more."""
    if found.view.state is CaseState.CLOSED:
        return None
    asked = {one.recipient for one in found.facts.requests.values()}
    histories = read_histories(found.case, found.loaded.claim, found.facts)
    for party, how in histories.items():
        if how is History.REFUSED or (how is History.AWAITED and party not in asked):
            return party
    return None
