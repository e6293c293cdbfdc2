"""What a simulated party does as the lead: it asks, ends permissions, and computes results."""

from datetime import timedelta

from portability.consent.scope import Party
from portability.core.periods import Period
from portability.recognition.case import (
    CaseState,
    Reconcile,
)
from portability.recognition.claim_withdrawal import claim_withdrawal
from portability.recognition.facts import Facts
from portability.recognition.histories import History, read_histories
from portability.recognition.statements import (
    PermissionEnd,
    PermissionEnding,
)
from portability.simulation import words
from portability.simulation.hearing import Hearing


class Leading(Hearing):
    """A party that may lead a case."""

    def _ask(self) -> bool:
        """Ask whoever was not asked, or has refused, if the person allows it; not all the time."""
        waits = self._asked_at is not None and self.now - self._asked_at < timedelta(days=1)
        party = None if waits else self._to_ask()
        return party is not None and self._ask_one(party)

    def lacks_permission(self) -> bool:
        """As the lead: whether somebody is still to be asked."""
        return self._to_ask() is not None

    def _to_ask(self) -> Party | None:
        if self.view.state is CaseState.CLOSED:
            return None
        facts = self.facts
        asked = {one.recipient for one in facts.requests.values()}
        histories = read_histories(self.case, self.plan.claim, facts)
        for party, how in histories.items():
            if how is History.REFUSED or (how is History.AWAITED and party not in asked):
                return party
        return None

    def _ask_one(self, party: Party) -> bool:
        self._asked_at = self.now
        ended = {one.permission for one in self.facts.ends.values()}
        known = [
            one
            for one in self.world.person.given.values()
            if one.not_before <= self.now < one.not_after
            and one.consent_id not in ended
            and one.consent_id not in self.world.person.withdrawn
        ]
        if not known:
            return False
        reference = self.plan.references[party.jurisdiction]
        header = self.header(self.plan.claim.lead)
        permission = known[-1].consent_id
        self.say(words.request(header, self.plan.claim, party, reference, permission))
        return True

    def _end_permissions(self) -> bool:
        """As the home node: tell of a permission that is over, if the case rests on it."""
        facts = self.facts
        ended = {one.permission for one in facts.ends.values()}
        for permission in sorted({one.permission for one in facts.requests.values()} - ended):
            how = self._ending(permission)
            if how is not None:
                used = [i for i, one in facts.requests.items() if one.permission == permission]
                header = self.header(self.node, *sorted(used))
                end = PermissionEnd(
                    header=header,
                    permission=permission,
                    how=how,
                    at=header.created,
                    act=permission if how is PermissionEnding.WITHDRAWN else b"",
                )
                self.say(end)
                return True
        return False

    def _ending(self, permission: bytes) -> PermissionEnding | None:
        person = self.world.person
        if permission in person.withdrawn:
            return PermissionEnding.WITHDRAWN
        given = person.given.get(permission)
        is_over = given is not None and self.now >= given.not_after
        return PermissionEnding.EXPIRED if is_over else None

    def give_up(self) -> None:
        """The person signs that they give the claim up; the closure is due from then on."""
        self.say(claim_withdrawal(self.header(self.node), self.plan.claim))

    def _compute(self, duty: Reconcile) -> bool:
        records = self._basis_records(duty)
        header = self.header(self.node, *duty.basis)
        self.say(words.result(header, self.plan.claim, records, duty), records)
        return True

    def _basis_records(self, duty: Reconcile) -> dict[bytes, Period]:
        facts = self.facts
        named = {i for one in duty.basis for i in _records_of(facts, one)}
        found = facts.corrected(named, duty.basis)
        own = {i: one for held in self.disk.own.values() for i, one in held.items()}
        theirs = {
            i: self.disk.records[i]
            for i in found
            if i in self.disk.records and i not in self.disk.issued
        }
        return {**theirs, **own}


def _records_of(facts: Facts, response_id: bytes) -> tuple[bytes, ...]:
    response = facts.responses.get(response_id)
    return () if response is None else response.records
