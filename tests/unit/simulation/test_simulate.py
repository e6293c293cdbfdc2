"""The simulator: honest parties always get through, and a faulty one is noticed."""

from dataclasses import replace

import pytest

from portability.consent.scope import Party
from portability.core.periods import Period
from portability.recognition.case import AnswerHistory, Close, Countersign, Duty, Reconcile
from portability.recognition.statements import CaseStatement, Countersignature
from portability.simulation import words
from portability.simulation.party import HonestParty, Parcel
from portability.simulation.plan import Records
from portability.simulation.run import simulate

SEEDS = 25


class LosesItsOutbox(HonestParty):
    """Keeps in memory what must be on the disk."""

    def restart(self) -> None:
        super().restart()
        self.disk.outbox.clear()


class AcknowledgesTooEarly(HonestParty):
    """Says that it has what it had before, and whatever was sent."""

    def receive(self, peer: str, parcel: Parcel) -> int:
        super().receive(peer, parcel)
        return parcel.position


class AnswersTwice(HonestParty):
    """Answers each request again, with fewer records."""

    def _fulfil(self, duty: Duty) -> None:
        super()._fulfil(duty)
        if isinstance(duty, AnswerHistory):
            header = self._header(self.institution.node, duty.request_id)
            self._say(words.answer(header, self.case, {}, 0))


class LeavesARecordOut(HonestParty):
    """As lead computes without the first of the records that it was shown."""

    def _fulfil(self, duty: Duty) -> None:
        if isinstance(duty, Reconcile):
            shown = sorted(set(self.disk.records) - set(self.plan.records[self.own]))
            for one in shown[:1]:
                del self.disk.records[one]
        super()._fulfil(duty)


class CountersignsAnything(HonestParty):
    """Signs a digest that it did not compute."""

    def _fulfil(self, duty: Duty) -> None:
        if isinstance(duty, Countersign):
            header = self._header(self.institution.node, duty.reconciliation_id)
            self._say(Countersignature(header=header, digest=bytes(32)))
        else:
            super()._fulfil(duty)


class ClosesTooEarly(HonestParty):
    """Leaves one determination out of the closure."""

    def _fulfil(self, duty: Duty) -> None:
        if isinstance(duty, Close):
            duty = replace(duty, determinations=duty.determinations[1:])
        super()._fulfil(duty)


class ReadsAnotherRecord(HonestParty):
    """Misreads the year in what it gets."""

    def receive(self, peer: str, parcel: Parcel) -> int:
        return super().receive(peer, replace(parcel, records=_a_year_later(parcel.records)))


class ForgetsEvents(HonestParty):
    """Comes back from a restart without the last thing that it had written."""

    def restart(self) -> None:
        if len(self.disk.events) > 2:
            self.disk.events.pop()
        super().restart()


class SpeaksForTheLead(HonestParty):
    """Signs in its own name and for somebody else."""

    def _say(self, statement: CaseStatement, records: Records = words.NO_RECORDS) -> None:
        if isinstance(statement, Countersignature):
            lead = Party(jurisdiction=self.plan.claim.lead.jurisdiction)
            statement = replace(statement, header=replace(statement.header, sender=lead))
        super()._say(statement, records)


def _a_year_later(records: Records) -> dict[bytes, Period]:
    return {
        one: replace(period, start=period.start.replace(year=period.start.year - 1))
        for one, period in records.items()
        if period.start is not None
    }


def test_honest_parties_always_get_through_whatever_the_network_does() -> None:
    report = simulate(SEEDS)
    assert report.failed == ()
    assert report.seeds == SEEDS
    assert all(report.faults[kind] for kind in ("dropped", "doubled", "delayed", "restarted"))


def test_the_same_seed_shows_the_same_run() -> None:
    assert simulate(3, first_seed=7) == simulate(3, first_seed=7)


def test_each_seed_is_told_when_it_is_done() -> None:
    told: list[int] = []
    simulate(2, first_seed=5, progress=told.append)
    assert told == [5, 6]


@pytest.mark.parametrize(
    "faulty",
    [
        LosesItsOutbox,
        AcknowledgesTooEarly,
        AnswersTwice,
        LeavesARecordOut,
        CountersignsAnything,
        ClosesTooEarly,
        ReadsAnotherRecord,
        ForgetsEvents,
        SpeaksForTheLead,
    ],
)
def test_a_fault_in_a_party_is_noticed_and_its_seed_named(faulty: type[HonestParty]) -> None:
    report = simulate(SEEDS, make_party=faulty)
    assert report.failed
    first = report.failed[0]
    again = simulate(1, first_seed=first.seed, make_party=faulty)
    assert again.failed == (first,)
    assert report.to_json()["failed"]
