"""Parties that are each wrong in one way: what the simulator must notice."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from portability.consent.scope import Party
from portability.core.periods import Period
from portability.ledger.envelope import Envelope, sign_envelope
from portability.recognition.case import (
    AnswerNotice,
    Close,
    Countersign,
    Determine,
    Duty,
    Reconcile,
    Remind,
    Reopen,
    Send,
    Summarise,
)
from portability.recognition.machine import Reading
from portability.recognition.statements import (
    CaseStatement,
    ClaimWithdrawal,
    ClosureReason,
    Correction,
    Countersignature,
    Determination,
    HistoryRequest,
    HistoryResponse,
    NoticeAnswer,
    NoticeEffect,
)
from portability.simulation import words
from portability.simulation.desk import Signed
from portability.simulation.disk import Disk, Parcel, Write
from portability.simulation.party import HonestParty
from portability.simulation.plan import Records
from portability.wire.statement import statement_to_payload, type_of


class DropsTheDedup(HonestParty):
    """Takes in whatever comes, also what it has."""

    def knows(self, i: bytes) -> bool:
        return False

    def receive(self, peer: str, parcel: Parcel) -> int:
        self.disk.accepted[peer] = parcel.position - 1
        return super().receive(peer, parcel)


class SkipsTheGateOnce(HonestParty):
    """Answers one request without asking whether the person allows it."""

    has_skipped = False

    def _is_granted(self, request_id: bytes, request: HistoryRequest) -> bool:
        granted = super()._is_granted(request_id, request)
        if not granted and not self.has_skipped:
            self.has_skipped = True
            return True
        return granted


class DoesNotAskForTheStatus(HonestParty):
    """Takes the consent for good as long as it has not expired."""

    def _is_granted(self, request_id: bytes, request: HistoryRequest) -> bool:
        given = self.world.person.given.get(request.permission)
        return given is not None and self.now < given.not_after


class WritesNoReceipt(HonestParty):
    """Releases records without leaving a trace."""

    def commit(self, reading: Reading, *writes: Write) -> None:
        super().commit(reading, *writes)
        self.disk.receipts.clear()


class AcknowledgesBeforeCommit(HonestParty):
    """Says that it has a statement, and writes it down some time later."""

    def receive(self, peer: str, parcel: Parcel) -> int:
        before = self.disk.copy()
        position = super().receive(peer, parcel)
        if self.world.chance.random() < 0.1:  # it dies in between
            self.disk = before
            self.restart()
        return position


class AcknowledgesWhatItLacks(HonestParty):
    """Confirms whatever position comes, also behind a gap."""

    def receive(self, peer: str, parcel: Parcel) -> int:
        super().receive(peer, parcel)
        return parcel.position


class AcceptsUnsigned(HonestParty):
    """Looks at who is named as the sender, and at no signature."""

    def verify_signature(self, envelope: object, key_id: object, public: object) -> None:
        return


class LosesItsOutbox(HonestParty):
    """Keeps in memory what must be on the disk."""

    def restart(self) -> None:
        super().restart()
        self.disk.outbox.clear()


class ForgetsEvents(HonestParty):
    """Comes back from a restart without the last thing that it had written."""

    def restart(self) -> None:
        if len(self.disk.events) > 2:
            self.disk.events.pop()
        super().restart()


class StartsFromAnyBackup(HonestParty):
    """Asks no witness before it goes on from an old copy."""

    def starts_from(self, backup: Disk, seen: int, acknowledged: Mapping[str, int]) -> bool:
        return True


class AnswersTwice(HonestParty):
    """Answers each request again, with other records."""

    def _answer(self, request_id: bytes) -> bool:
        done = super()._answer(request_id)
        header = self.header(self.node, request_id)
        self.say(words.history(header, {}, self.origin, 0))
        return done


class LeavesARecordOut(HonestParty):
    """As lead computes without the first of the records that it was shown."""

    def _basis_records(self, duty: Reconcile) -> dict[bytes, Period]:
        records = super()._basis_records(duty)
        for one in sorted(i for i in records if i not in self.disk.issued)[:1]:
            del records[one]
        return records


class ReadsAnotherRecord(HonestParty):
    """Misreads the year in what it gets."""

    def receive(self, peer: str, parcel: Parcel) -> int:
        return super().receive(peer, replace(parcel, records=_a_year_earlier(parcel.records)))


class CountersignsAnything(HonestParty):
    """Signs a digest that it did not compute."""

    def _decide(self, duty: Duty) -> bool:
        if not isinstance(duty, Countersign):
            return super()._decide(duty)
        header = self.header(self.node, duty.reconciliation_id)
        self.say(Countersignature(header=header, digest=bytes(32)))
        return True


class ClosesTooEarly(HonestParty):
    """Leaves one determination out of the closure."""

    def _decide(self, duty: Duty) -> bool:
        if isinstance(duty, Close):
            duty = replace(duty, determinations=duty.determinations[1:])
        return super()._decide(duty)


class SaysAnotherSummary(HonestParty):
    """Tells the person of one decision less than there are."""

    def _decide(self, duty: Duty) -> bool:
        if isinstance(duty, Summarise):
            duty = replace(duty, determinations=duty.determinations[1:])
        return super()._decide(duty)


class DecidesForGood(HonestParty):
    """Makes a final decision of what has to be a provisional one."""

    def _decide(self, duty: Duty) -> bool:
        return super()._decide(replace(duty, missing=()) if isinstance(duty, Determine) else duty)


class NeverReopens(HonestParty):
    """Leaves a closed case closed, whatever was corrected since."""

    def _decide(self, duty: Duty) -> bool:
        return False if isinstance(duty, Reopen) else super()._decide(duty)


class NeverAnswersNotices(HonestParty):
    """Says nothing when it is told of a correction or a withdrawal."""

    def _answer_notice(self, duty: AnswerNotice) -> bool:
        return False


class SaysErasedAndKeeps(HonestParty):
    """Signs that it has erased what it still holds."""

    def _answer_notice(self, duty: AnswerNotice) -> bool:
        held = dict(self.disk.records)
        done = super()._answer_notice(duty)
        self.disk.records.update(held)
        return done


class ErasesWhatADecisionRestsOn(HonestParty):
    """Ignores that the law lets it keep what was decided on."""

    def _answer_notice(self, duty: AnswerNotice) -> bool:
        if duty.effect is NoticeEffect.KEPT:
            return super()._answer_notice(replace(duty, effect=NoticeEffect.ERASED, ceased=()))
        return super()._answer_notice(duty)

    def say(self, statement: CaseStatement, *more: object) -> None:
        if isinstance(statement, NoticeAnswer) and statement.effect is NoticeEffect.ERASED:
            everything = set(self.disk.records) - set(self.disk.issued)
            for one in everything:
                del self.disk.records[one]
        super().say(statement, *more)  # type: ignore[arg-type]  # as the base takes them


class CorrectsInSilence(HonestParty):
    """Replaces a record that a case used, and tells nobody."""

    def say(
        self, statement: CaseStatement, records: Records = words.NO_RECORDS, *more: Write
    ) -> None:
        if isinstance(statement, Correction):
            self.commit(self.reading, *more)
        else:
            super().say(statement, records, *more)


class SendsOnlyOnce(HonestParty):
    """Takes what it has sent for received."""

    def unacknowledged(self, peer: str) -> list[Parcel]:
        waiting = super().unacknowledged(peer)
        for parcel in waiting:
            self.acknowledge(peer, parcel.position)
        return waiting


class SendsWhatHasEnded(HonestParty):
    """What it has released leaves whenever it can, also once the permission has ended."""

    def unacknowledged(self, peer: str) -> list[Parcel]:
        return self.disk.outbox.get(peer, [])[self.disk.acknowledged.get(peer, 0) :]


class PassesOnAtOnce(HonestParty):
    """Sends a result although it has not said yet what the end of a permission makes of it."""

    def _may_go(self, parcel: Parcel) -> bool:
        return True


class SpeaksForTheLead(HonestParty):
    """Signs in its own name and for somebody else."""

    def say(self, statement: CaseStatement, *more: object) -> None:
        if isinstance(statement, Countersignature):
            lead = Party(jurisdiction=self.plan.claim.lead.jurisdiction)
            statement = replace(statement, header=replace(statement.header, sender=lead))
        super().say(statement, *more)  # type: ignore[arg-type]  # as the base takes them


class SendsOtherRecordsThanItNames(HonestParty):
    """Names in its answer what it does not send."""

    def say(
        self, statement: CaseStatement, records: Records = words.NO_RECORDS, *more: Write
    ) -> None:
        if isinstance(statement, HistoryResponse):
            records = {}
        super().say(statement, records, *more)


class TellsAThird(HonestParty):
    """Sends the records of its answer to everybody in the case, not only to who asked."""

    def _write_said(self, disk: Disk, signed: Signed, sends: Sequence[Send]) -> None:
        super()._write_said(disk, signed, sends)
        if isinstance(signed.said.statement, HistoryResponse):
            told = {one.to for one in sends} | {self.own}
            for peer in set(self.plan.claim.jurisdictions) - told:
                self.post(disk, peer, signed.envelope, signed.records)


class WritesNoReceiptOfRefusals(HonestParty):
    """Leaves a trace of what it gave, and none of what it refused."""

    def commit(self, reading: Reading, *writes: Write) -> None:
        super().commit(reading, *writes)
        self.disk.receipts[:] = [one for one in self.disk.receipts if one.released]


class NamesAnotherPermission(HonestParty):
    """Writes under the person's first consent what it gave under a later one."""

    def commit(self, reading: Reading, *writes: Write) -> None:
        super().commit(reading, *writes)
        first = next(iter(self.world.person.given))
        self.disk.receipts[:] = [replace(one, permission=first) for one in self.disk.receipts]


class GivesAfterTheTerm(HonestParty):
    """Asks whether a consent was withdrawn, and not until when it was given."""

    def _is_granted(self, request_id: bytes, request: HistoryRequest) -> bool:
        return request.permission not in self.world.person.withdrawn


class TellsNobodyOfTheEnd(HonestParty):
    """Keeps to itself that the person has withdrawn."""

    def _end_permissions(self) -> bool:
        return False


class LogsNothingReceived(HonestParty):
    """Has no place in its log for what others say."""

    def receive(self, peer: str, parcel: Parcel) -> int:
        size = len(self.disk.log)
        position = super().receive(peer, parcel)
        del self.disk.log[size:]
        return position


class ForgetsAnExhibit(HonestParty):
    """Comes back from a restart without one of the records that it was sent."""

    def restart(self) -> None:
        for one in sorted(set(self.disk.records) - set(self.disk.issued))[:1]:
            del self.disk.records[one]
        super().restart()


class AcknowledgesLess(HonestParty):
    """Names the position before the one up to which it has everything."""

    def receive(self, peer: str, parcel: Parcel) -> int:
        return super().receive(peer, parcel) - 1


class NeverReminds(HonestParty):
    """Waits in silence for whoever is silent."""

    def _decide(self, duty: Duty) -> bool:
        return False if isinstance(duty, Remind) else super()._decide(duty)


class WaitsForEver(HonestParty):
    """Computes nothing without the histories that are missing, whatever the terms."""

    def _compute(self, duty: Reconcile) -> bool:
        return False if duty.missing else super()._compute(duty)


class CountsAMonthMore(HonestParty):
    """Decides on another sum than was agreed."""

    def say(self, statement: CaseStatement, *more: object) -> None:
        if isinstance(statement, Determination):
            statement = replace(statement, own=statement.own + 1)
        super().say(statement, *more)  # type: ignore[arg-type]  # as the base takes them


class KeepsWhatItWasShown(HonestParty):
    """Says, when it does not lead, that it has erased what came with a result, and has it still."""

    def _answer_notice(self, duty: AnswerNotice) -> bool:
        held = {} if self.leads else dict(self.disk.records)
        done = super()._answer_notice(duty)
        self.disk.records.update(held)
        return done


class AnswersAsOfEarlier(HonestParty):
    """Says that its answer is complete, and means some time ago."""

    def say(self, statement: CaseStatement, *more: object) -> None:
        if isinstance(statement, HistoryResponse) and statement.tree_size:
            statement = replace(statement, tree_size=statement.tree_size - 1)
        super().say(statement, *more)  # type: ignore[arg-type]  # as the base takes them


class LogsTwice(HonestParty):
    """Gives what it says two places in its log."""

    def _write_said(self, disk: Disk, signed: Signed, sends: Sequence[Send]) -> None:
        super()._write_said(disk, signed, sends)
        disk.append(signed.said.statement_id)


class GivesUpForThePerson(HonestParty):
    """Closes the claim as given up on its own word: there is nothing that the person signed."""

    def give_up(self) -> None:
        self.say(words.closure(self.header(self.node), ClosureReason.WITHDRAWN))


class SignsForThePerson(HonestParty):
    """Gives the claim up in a document under its own key."""

    def sign(self, statement: CaseStatement) -> Envelope:
        if not isinstance(statement, ClaimWithdrawal):
            return super().sign(statement)
        signer = self.plan.signers[self.node]
        return sign_envelope(type_of(statement), statement_to_payload(statement), signer)


def _a_year_earlier(records: Records) -> dict[bytes, Period]:
    return {
        one: replace(period, start=period.start.replace(year=period.start.year - 1))
        for one, period in records.items()
        if period.start is not None
    }


MUTANTS: dict[type[HonestParty], int] = {
    DropsTheDedup: 0,
    SkipsTheGateOnce: 2,
    DoesNotAskForTheStatus: 2,
    WritesNoReceipt: 0,
    AcknowledgesBeforeCommit: 0,
    AcknowledgesWhatItLacks: 0,
    AcceptsUnsigned: 33,
    LosesItsOutbox: 0,
    ForgetsEvents: 0,
    StartsFromAnyBackup: 2,
    AnswersTwice: 0,
    LeavesARecordOut: 3,
    ReadsAnotherRecord: 3,
    CountersignsAnything: 0,
    ClosesTooEarly: 0,
    SaysAnotherSummary: 0,
    DecidesForGood: 15,
    NeverReopens: 0,
    NeverAnswersNotices: 0,
    SaysErasedAndKeeps: 11,
    ErasesWhatADecisionRestsOn: 3,
    CorrectsInSilence: 0,
    SendsOnlyOnce: 0,
    SendsWhatHasEnded: 15,
    PassesOnAtOnce: 9,
    SpeaksForTheLead: 0,
    SendsOtherRecordsThanItNames: 0,
    TellsAThird: 0,
    WritesNoReceiptOfRefusals: 0,
    NamesAnotherPermission: 2,
    GivesAfterTheTerm: 12,
    TellsNobodyOfTheEnd: 0,
    LogsNothingReceived: 0,
    ForgetsAnExhibit: 4,
    AcknowledgesLess: 0,
    NeverReminds: 3,
    WaitsForEver: 20,
    CountsAMonthMore: 0,
    KeepsWhatItWasShown: 11,
    AnswersAsOfEarlier: 0,
    LogsTwice: 0,
    GivesUpForThePerson: 6,
    SignsForThePerson: 6,
}
"""Each with the first seed at which it was noticed; a hint that saves time, and no more."""
