"""
Many cases under a seeded scheduler that owns time, network, disks and randomness.

In a first phase it drops, doubles, delays, reorders and damages what parties send, cuts them from
each other, makes them crash between any two effects, puts old backups back and sets clocks wrong;
persons consent, withdraw and object, institutions correct records; one party may lie. Then all of
that stops, and the case has to end. ``promises`` says what must hold at each step and in the end.
"""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from portability.errors import PortabilityError
from portability.recognition.case import CaseState, Duty
from portability.recognition.statements import CorrectionReason
from portability.simulation import promises
from portability.simulation.disk import Disk
from portability.simulation.fate import EVERYTHING, LIED, TROUBLED_STEPS, Fate, Limits
from portability.simulation.hearing import DamagedError
from portability.simulation.liars import Liar
from portability.simulation.network import Network
from portability.simulation.party import HonestParty
from portability.simulation.permission import Person
from portability.simulation.plan import (
    CONTRADICTION,
    EPOCH,
    REPLAYS,
    TICK,
    UNPERMITTED,
    Plan,
    draw_plan,
)
from portability.simulation.promises import BrokenPromiseError

CALM_STEPS: Final = 1_200
LYING_STEPS: Final = 250
"""After the last fault: more than any case needs, with and without a liar in it."""

RETRY: Final = 6
CORRECTIONS: Final = {
    "corrected": CorrectionReason.ERROR,
    "found-a-record": CorrectionReason.LATE_RECORD,
    "invalidated": CorrectionReason.INVALIDATED,
}


class CrashError(Exception):
    """A party stops here and forgets what is not on its disk."""


MakeParty = Callable[..., HonestParty]


class Run:
    """One case under one schedule; the world of its parties."""

    def __init__(
        self, seed: int, limits: Limits = EVERYTHING, make_party: MakeParty = HonestParty
    ) -> None:
        """``make_party`` makes the parties: a test puts in faulty ones to see them caught."""
        self.chance = random.Random(seed)
        self.fate = Fate(seed, limits)
        self._fate = self.fate.chance
        plan = draw_plan(self.chance)
        self.plan: Plan = plan if LIED in limits.kinds else plan.honest()
        self.person = Person(plan=self.plan)
        self._gives_up = self._fate.random() < 0.2  # noqa: PLR2004  # one person in five
        self._skew = dict.fromkeys(self.plan.claim.jurisdictions, timedelta())
        self._seen: dict[str, list[bytes]] = {one: [] for one in self._skew}
        self._judged: dict[str, set[bytes]] = {one: set() for one in self._skew}
        self._acknowledged_by: dict[str, dict[str, int]] = {one: {} for one in self._skew}
        self._waiting: dict[Duty, int] = {}
        self._backups: dict[str, Disk] = {}
        self._sent_at: dict[tuple[str, str], int] = {}
        self._moments = 0
        self._network = Network(self.fate)
        self.person.consent(self.chance, EPOCH)
        self.parties = {
            code: (Liar if code == self.plan.liar else make_party)(code, self)
            for code in self.plan.claim.jurisdictions
        }
        self.honest = frozenset(self.parties) - {self.plan.liar}

    # --- the world of the parties ----------------------------------------------------------------

    @property
    def true_time(self) -> datetime:
        """What a clock that is not set wrong shows in this step."""
        return EPOCH + TICK * self.fate.step

    def moment(self) -> datetime:
        """Now, and later than every moment asked for before: in one step, too, order matters."""
        self._moments += 1
        return self.true_time + timedelta(microseconds=self._moments)

    def clock(self, own: str) -> datetime:
        return self.true_time + self._skew[own]

    def reaches(self, own: str, peer: str) -> bool:
        return self._network.connects(own, peer, self.fate.step)

    def strike(self, own: str, point: str) -> None:
        """Perhaps a party dies at this point: CrashError."""
        if self.fate.strikes("crashed", f"{own} {point}"):
            raise CrashError

    # --- the schedule ----------------------------------------------------------------------------

    def to_the_end(self) -> str:
        """Which promise was broken; empty if all of them held."""
        try:
            self._run()
        except BrokenPromiseError as broken:
            return str(broken)
        return ""

    def _run(self) -> None:
        calm = LYING_STEPS if self.plan.lie == CONTRADICTION else CALM_STEPS
        for self.fate.step in range(TROUBLED_STEPS + calm):
            self._happen()
            for code in self._fate.sample(list(self.parties), len(self.parties)):
                self._turn(self.parties[code])
            self._arrive()
            promises.check_digests(self._honest())
            if self._lead.own in self.honest:
                promises.check_due(self._lead, self._waiting, self.fate.step)
            if self.fate.is_calm and self._is_over():
                break
        self._check_end()

    @property
    def _lead(self) -> HonestParty:
        return self.parties[self.plan.claim.lead.jurisdiction]

    def _honest(self) -> list[HonestParty]:
        return [self.parties[code] for code in sorted(self.honest)]

    def _turn(self, party: HonestParty) -> None:
        if self._fate.random() < 0.7:  # noqa: PLR2004  # acting and sending take turns
            before = party.case
            if self._guarded(party, party.act) and party.case is not before:
                self._check(party)
        self._send(party)

    def _guarded(self, party: HonestParty, action: Callable[[], object]) -> bool:
        """Do something during which the party may crash; whether it came through."""
        try:
            action()
        except CrashError:
            self._restart(party)
            return False
        except PortabilityError as error:
            raise BrokenPromiseError(f"an honest step was refused: {error.message}") from None
        return True

    def _restart(self, party: HonestParty) -> None:
        held = len(party.disk.events)
        party.restart()
        if len(party.disk.events) < held:
            raise BrokenPromiseError(f"the disk of {party.own} lost something")
        self._check(party)

    def _check(self, party: HonestParty) -> None:
        if party.own in self.honest:
            promises.check_log(party, self._seen[party.own])
            promises.check_step(party, self.honest)
            promises.check_releases(party, self.person, self._judged[party.own])

    def _happen(self) -> None:
        """What persons, institutions, operators and the world do by themselves."""
        if self.fate.step == self.fate.limits.steps + 1:
            self._skew = dict.fromkeys(self._skew, timedelta())
            self._network.heal()
        self._trouble()
        self._act()

    def _trouble(self) -> None:
        code = self._fate.choice(list(self.parties))
        if self.fate.strikes("partitioned", code):
            for peer in self.parties:
                self._network.cut(code, peer, self.fate.step + self._fate.randint(4, 120))
        if self.fate.strikes("clock-skewed", code):
            self._skew[code] = timedelta(minutes=self._fate.randint(-3_000, 3_000))
        if self._fate.random() < 0.1:  # noqa: PLR2004  # a backup every few days
            self._backups[code] = self.parties[code].disk.copy()
        is_copied = code in self._backups and code in self.honest
        if is_copied and self.fate.strikes("restored-old-backup", code):
            self._restore(self.parties[code], self._backups[code])

    def _restore(self, party: HonestParty, backup: Disk) -> None:
        """
        An operator starts a node from a backup; it asks its witnesses before it signs anything.

        One that is behind what they saw does not start, and the operator takes the right copy.
        """
        seen = len(self._seen[party.own])
        if party.starts_from(backup, seen, self._acknowledged_by[party.own]):
            party.disk = backup.copy()
        party.restart()
        self._check(party)

    def _act(self) -> None:
        code = self._fate.choice(list(self.parties))
        party = self.parties[code]
        given = [one for one in self.person.given if one not in self.person.withdrawn]
        if given and self.fate.strikes("withdrew"):
            self.person.withdraw(given[-1], self.moment())
        for kind, reason in CORRECTIONS.items():
            if self.fate.strikes(kind, code):
                self._guarded(party, partial(party.correct, reason))
        decided = party.contestable()
        if decided and self.fate.strikes("objected", code):
            self._guarded(party, lambda: party.object_to(decided[0]))
        self._consent_again()

    def _consent_again(self) -> None:
        """A person whose permissions are over gives a new one, or gives the claim up."""
        lead = self._lead
        now = self.clock(lead.own)
        if any(self.person.is_in_force(one, now) for one in self.person.given):
            return
        if not lead.lacks_permission() or self._fate.random() < 0.8:  # noqa: PLR2004
            return
        if not self._gives_up:
            self.person.consent(self.chance, now)
            self.fate.note("consented-again")
        elif not lead.facts.given_up and self._guarded(lead, lead.give_up):
            self.fate.note("gave-the-claim-up")

    def _send(self, party: HonestParty) -> None:
        """Send each peer what it has not acknowledged, now and then again."""
        for peer in self.parties:
            parcels = party.unacknowledged(peer) if peer != party.own else []
            last = self._sent_at.get((party.own, peer), -RETRY)
            if not parcels or self.fate.step - last < self._fate.randint(1, RETRY):
                continue
            self._sent_at[party.own, peer] = self.fate.step
            self._check(party)  # whatever leaves, witnesses have seen before
            for parcel in parcels:
                if party.own in self.honest:
                    promises.check_addressed(party, peer, parcel)
                self._network.launch(party.own, peer, parcel, parcel.position, now=self.fate.step)

    def _arrive(self) -> None:
        for flight in self._network.arrivals(self.fate.step):
            recipient = self.parties[flight.recipient]
            sender = self.parties[flight.sender]
            if flight.parcel is None:
                self._acknowledged(recipient, sender, flight.position)
                continue
            try:
                position = recipient.receive(flight.sender, flight.parcel)
            except DamagedError:
                continue
            except CrashError:
                self._restart(recipient)
                continue
            self._check(recipient)
            self._acknowledged_by[recipient.own][sender.own] = position
            self._network.launch(
                flight.recipient, flight.sender, None, position, now=self.fate.step
            )

    def _acknowledged(self, sender: HonestParty, receiver: HonestParty, position: int) -> None:
        if receiver.own in self.honest:
            promises.check_acknowledged(sender, receiver, position)
        sender.acknowledge(receiver.own, position)

    # --- the end ---------------------------------------------------------------------------------

    def _is_over(self) -> bool:
        return (
            self._network.is_empty
            and promises.is_over(self.parties)
            and not promises.is_untold(self._lead, self.person)
        )

    def _check_end(self) -> None:
        for party in self._honest():
            promises.check_releases(party, self.person, set())
            promises.check_decisions(party)
            promises.check_all_logged(party)
            promises.check_given_up(party)
        liar = self.parties.get(self.plan.liar)
        has_lied = getattr(liar, "has_lied", False)
        if has_lied:
            self.fate.note(f"lied: {self.plan.lie}", self.plan.liar)
            self._check_lie()
        if not has_lied:
            promises.check_told(self._lead, self.person)
        if not self._is_over() and not (has_lied and self._is_stopped()):
            states = ", ".join(f"{code}: {one.view.state}" for code, one in self.parties.items())
            raise BrokenPromiseError(f"the case does not end after the last fault ({states})")
        if has_lied:
            return
        promises.check_end(self.parties, self.honest)
        promises.check_closed(self.parties, self.honest)

    def _is_stopped(self) -> bool:
        """
        Whether a lie keeps the case from its end, for all to see.

        Of two histories nobody can say which is the true one, so there is a dispute; nobody can go
        on in place of a lead that has lied.
        """
        lead = self._lead
        if self.plan.liar == lead.own:
            return True
        is_told = self.plan.lie == CONTRADICTION and bool(lead.view.contradictions)
        return is_told and lead.view.state is CaseState.DISPUTED

    def _check_lie(self) -> None:
        if self.plan.lie == REPLAYS:
            for party in self._honest():
                promises.check_once(party)
        elif self.plan.lie == UNPERMITTED:
            self._check_unpermitted()
        else:
            promises.check_attributed(self.parties, self.plan.liar)

    def _check_unpermitted(self) -> None:
        """The home node, which knows the truth, finds the release in the liar's own receipts."""
        try:
            promises.check_releases(self.parties[self.plan.liar], self.person, set())
        except BrokenPromiseError:
            return
        raise BrokenPromiseError(f"nobody noticed that {self.plan.liar} answered unpermitted")
