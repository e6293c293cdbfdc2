"""
An honest jurisdiction of one case: the real machine, signatures, gate and computation, no I/O.

Here is what it does when something is due, and what its institutions do by themselves.
"""

from collections.abc import Sequence
from datetime import timedelta

from portability.consent.gate import Granted
from portability.errors import InvalidInputError
from portability.recognition.case import (
    AnswerHistory,
    AnswerNotice,
    Clock,
    Close,
    Countersign,
    Determine,
    Duty,
    GiveUp,
    Reconcile,
    Remind,
    Reopen,
    Summarise,
)
from portability.recognition.corrections import source_of
from portability.recognition.grounds import grounds_of
from portability.recognition.notices import records_to_erase
from portability.recognition.progress import progress
from portability.recognition.statements import (
    ClosureReason,
    Correction,
    CorrectionReason,
    HistoryOutcome,
    HistoryRequest,
    NoticeEffect,
    Objection,
    Reconciliation,
)
from portability.simulation import words
from portability.simulation.disk import Disk, Receipt
from portability.simulation.leading import Leading
from portability.simulation.permission import ask_gate
from portability.simulation.plan import TERMS, Records, draw_record
from portability.simulation.words import NO_RECORDS


class HonestParty(Leading):
    """One jurisdiction: its node and its institutions."""

    def act(self) -> bool:
        """Do one thing that is due; whether there was one."""
        if self.leads and (self._end_permissions() or self._ask()):
            return True
        return any(self._fulfil(duty) for duty in self.due())

    def due(self) -> tuple[Duty, ...]:
        """What is due, for whom time counts also by the day that it is."""
        if not self.leads and self.own not in self.plan.postponing:
            return self.view.duties
        today = self.now.replace(hour=0, minute=0, second=0, microsecond=0)
        known = self._timed
        if known is None or known[0] is not self.case or known[1] != today:
            clock = Clock(now=today, terms=TERMS)
            due = progress(self.case, clock, self.facts).duties
            known = self._timed = self.case, today, due
        return known[2]

    def _fulfil(self, duty: Duty) -> bool:
        """Whether the duty could be done now."""
        if isinstance(duty, AnswerHistory):
            return self._answer(duty.request_id)
        if isinstance(duty, AnswerNotice):
            return self._answer_notice(duty)
        if isinstance(duty, GiveUp):
            header = self.header(self.node, *duty.withdrawals)
            self.say(words.closure(header, ClosureReason.WITHDRAWN))
            return True
        return self._compute(duty) if isinstance(duty, Reconcile) else self._decide(duty)

    def _decide(self, duty: Duty) -> bool:
        claim, case = self.plan.claim, self.case
        match duty:
            case Countersign():
                theirs = case.accepted[duty.reconciliation_id]
                if isinstance(theirs, Reconciliation):
                    header = self.header(self.node, duty.reconciliation_id)
                    records = self.disk.records
                    self.say(words.examination(header, case, claim, theirs, records))
            case Determine():
                grounds = grounds_of(claim, self.facts, duty.institution)
                header = self.header(duty.institution, *grounds)
                inputs = self._inputs_of(duty.reconciliation_id)
                self.say(words.determination(header, claim, inputs, duty))
            case Summarise():
                self.say(words.summary(self.header(self.node, *duty.determinations), case, claim))
            case Close():
                self.say(words.closure(self.header(self.node, *duty.determinations)))
            case Reopen():
                self.say(words.reopening(self.header(self.node, *duty.closures), duty))
            case Remind():
                self.say(words.reminder(self.header(self.node, duty.subject), duty))
            case _:
                return False
        return True

    def _inputs_of(self, reconciliation_id: bytes) -> Records:
        result = self.case.accepted[reconciliation_id]
        inputs = result.inputs if isinstance(result, Reconciliation) else ()
        if any(one not in self.disk.records for one in inputs):
            raise InvalidInputError("a record that the result rests on is not held here")
        return {one: self.disk.records[one] for one in inputs}

    def _answer(self, request_id: bytes) -> bool:
        """Ask the home node, then the gate; answer and write the receipt in one transaction."""
        request = self.case.accepted[request_id]
        home = self.plan.claim.lead.jurisdiction
        if not isinstance(request, HistoryRequest) or not self.world.reaches(self.own, home):
            return False
        header = self.header(self.node, request_id)
        if self.own in self.plan.postponing and not self._was_postponed(request_id):
            day = (self.now + timedelta(days=6)).date()
            self.say(words.postponement(header, day, self.origin, len(self.disk.log)))
            return True
        granted = self._is_granted(request_id, request)
        own = self.disk.own[request.recipient] if granted else NO_RECORDS
        if granted:
            answer = words.history(header, own, self.origin, len(self.disk.log))
        else:
            answer = words.refusal(header)
        receipt = Receipt(
            request_id=request_id,
            permission=request.permission,
            at=self.now,
            truly=self.world.moment(),
            released=bool(own),
        )
        self.say(answer, dict(own), lambda disk: disk.receipts.append(receipt))
        return True

    def _was_postponed(self, request_id: bytes) -> bool:
        answers = self.facts.answers_to(request_id)
        return any(one.outcome is HistoryOutcome.NOT_BEFORE for one in answers)

    def _is_granted(self, request_id: bytes, request: HistoryRequest) -> bool:
        home = self.plan.claim.lead.jurisdiction
        status = self.world.person.status(request.permission, self.node, self.world.clock(home))
        used = [
            one
            for one in self.disk.receipts
            if one.permission == request.permission and one.released
        ]
        decision = ask_gate(
            self.world.person,
            request_id,
            request,
            status=status,
            uses=len(used),
            now=self.now,
        )
        return isinstance(decision, Granted)

    def _answer_notice(self, duty: AnswerNotice) -> bool:
        gone: set[bytes] = set()
        if duty.effect is NoticeEffect.ERASED:
            theirs = set(self.disk.records) - set(self.disk.issued)
            gone = records_to_erase(self.case, self.plan.claim, self.facts, duty, theirs)
        answer = words.notice_answer(self.header(self.node, duty.notice_id), duty)
        self.say(answer, NO_RECORDS, lambda disk: _forget(disk, gone))
        return True

    def correct(self, reason: CorrectionReason) -> bool:
        """
        An institution replaces a record, finds one more or declares one invalid; whether one was.

        If the record is part of the case already, the case is told in the same transaction.
        """
        chance, is_late = self.world.chance, reason is CorrectionReason.LATE_RECORD
        party = chance.choice(self.plan.institutions(self.own))
        held = sorted(self.disk.own[party])
        if not is_late and not held:
            return False
        old = None if is_late else chance.choice(held)
        is_gone = reason is CorrectionReason.INVALIDATED
        added = {} if is_gone else dict([draw_record(party, chance)])

        def write(disk: Disk) -> None:
            if old is not None:
                disk.own[party].pop(old)
            disk.own[party].update(added)
            disk.records.update(added)
            for one in added:
                disk.issued[one] = disk.append(one)

        source = source_of(self.plan.claim, self.facts, party, old)
        if source is None:
            self.commit(self.reading, write)
            return True
        correction = Correction(
            header=self.header(party, source),
            replaced=() if old is None else (old,),
            added=tuple(added),
            reason=reason,
        )
        self.say(correction, added, write)
        return True

    def object_to(self, determination_id: bytes) -> None:
        """The first institution here takes in an objection of the person."""
        header = self.header(self.plan.institutions(self.own)[0], determination_id)
        self.say(Objection(header=header, grounds="amount"))

    def contestable(self) -> Sequence[bytes]:
        """Determinations of a settled or nearly settled case that nobody contests yet."""
        facts = self.facts
        contested = {i for one in facts.objected.values() for i in one.header.predecessors}
        return [i for i in sorted(facts.determined.values()) if i not in contested]


def _forget(disk: Disk, gone: set[bytes]) -> None:
    for one in gone:
        disk.records.pop(one, None)
