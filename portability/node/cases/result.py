"""The lead's result and what the other parties make of it, each step in one transaction."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from portability.consent.agreement import (
    CASE_PARTY_DISCLOSURE,
    CASE_PARTY_PURPOSE,
    CONTRIBUTION_PERIOD,
    CONTRIBUTION_PERIOD_FIELDS,
)
from portability.consent.gate import Granted
from portability.consent.permission import DisclosureRequest, LegalMandate
from portability.consent.receipt import Release
from portability.consent.scope import Action, Grant, Party
from portability.core.supersession import in_force
from portability.node.cases.giving_up import close_given_up
from portability.node.cases.inputs import (
    answered_records,
    as_answered,
    compute,
    is_input,
    own_inputs,
    received_records,
)
from portability.node.cases.loading import LoadedCase
from portability.node.cases.onward import onward_to
from portability.node.cases.writing import CaseWriter, Sending
from portability.node.log.write import Write
from portability.node.records.disclosure import Discloser
from portability.node.records.of_person import HeldRecord
from portability.node.records.release import release_held
from portability.recognition.case import Close, GiveUp, Reconcile, Reopen, Summarise
from portability.recognition.examination import (
    difference_before_computing,
    difference_of_results,
)
from portability.recognition.receipted import addressees
from portability.recognition.statements import (
    Closure,
    ClosureReason,
    Countersignature,
    Determination,
    Dispute,
    Reconciliation,
    Reopening,
    Summary,
)
from portability.recognition.summary import summary_document


@dataclass(frozen=True, slots=True, kw_only=True)
class _Addressee:
    """A party that answered, and the answer by which it takes part in the result."""

    party: Party
    response_id: bytes
    key_id: bytes
    reference: str


class ResultMaker:
    """Reconciles, countersigns or disputes, sums up, closes and reopens."""

    def __init__(self, *, writer: CaseWriter, discloser: Discloser) -> None:
        self._writer = writer
        self._discloser = discloser

    async def reconcile(self, write: Write, loaded: LoadedCase, duty: Reconcile) -> None:
        """Compute the result, show each party the records that it rests on, and sign it."""
        own = await own_inputs(write.connection, write.vault, loaded)
        received = await received_records(write.connection, write.vault, loaded)
        named = answered_records(loaded, duty.basis)
        records = {one.statement_id: one for one in own}
        records.update({i: one for i, one in received.items() if i in named and is_input(one)})
        records = {one.statement_id: one for one in in_force(records.values())}
        records = as_answered(loaded, duty.basis, records)
        computed = compute(loaded.claim, records.values(), loaded.pack, duty.held_back)
        statement = Reconciliation(
            header=self._writer.header(loaded.case_id, write.now, duty.basis),
            agreement=loaded.claim.agreement,
            agreement_version=loaded.claim.agreement_version,
            branch=loaded.claim.branch,
            as_of=loaded.claim.award_date,
            inputs=tuple(sorted(records)),
            result=computed.signed_text.encode(),
            digest=bytes.fromhex(computed.digest),
            supersedes=duty.supersedes,
            missing=duty.missing,
            not_insured=duty.not_insured,
            held_back=duty.held_back,
        )
        exhibits = await self._show_parties(write, loaded, statement, records)
        sending = Sending(exhibits=exhibits)
        await self._writer.take(write, loaded, self._writer.sign(statement), sending)

    async def examine(self, write: Write, loaded: LoadedCase, reconciliation_id: bytes) -> None:
        """Compute the result again from the same records; countersign it or dispute it."""
        theirs = loaded.case.accepted[reconciliation_id]
        if not isinstance(theirs, Reconciliation):
            raise TypeError("only a reconciliation is examined")
        own = await own_inputs(write.connection, write.vault, loaded)
        held = await received_records(write.connection, write.vault, loaded)
        held.update({one.statement_id: one for one in own})
        header = self._writer.header(loaded.case_id, write.now, [reconciliation_id])
        difference = difference_before_computing(loaded.case, loaded.claim, theirs, held)
        digest = bytes(len(theirs.digest))
        if difference is None:
            shown = as_answered(loaded, theirs.header.predecessors, held)
            records = [shown[one] for one in theirs.inputs]
            mine = compute(loaded.claim, records, loaded.pack, theirs.held_back)
            difference = difference_of_results(mine, theirs)
            digest = bytes.fromhex(mine.digest)
        answer = (
            Countersignature(header=header, digest=digest)
            if difference is None
            else Dispute(header=header, digest=digest, first_difference=difference)
        )
        await self._writer.take(write, loaded, self._writer.sign(answer))

    async def end(self, write: Write, loaded: LoadedCase, duty: Summarise | Close | Reopen) -> None:
        """Sum up the determinations of all parties, close the case on them, or take that back."""
        await self._writer.take(write, loaded, self._writer.sign(self._ending(write, loaded, duty)))

    async def give_up(self, write: Write, loaded: LoadedCase, duty: GiveUp) -> None:
        """Close the case on what the person signed."""
        await close_given_up(write, loaded, self._writer, duty.withdrawals)

    def _ending(
        self, write: Write, loaded: LoadedCase, duty: Summarise | Close | Reopen
    ) -> Summary | Closure | Reopening:
        if isinstance(duty, Reopen):
            header = self._writer.header(loaded.case_id, write.now, duty.closures)
            return Reopening(header=header, cause=duty.cause, causes=duty.causes)
        header = self._writer.header(loaded.case_id, write.now, duty.determinations)
        if isinstance(duty, Close):
            return Closure(header=header, reason=ClosureReason.SETTLED)
        found = {i: loaded.case.accepted[i] for i in duty.determinations}
        decided = {i: one for i, one in found.items() if isinstance(one, Determination)}
        return Summary(header=header, document=summary_document(loaded.claim, decided))

    async def _show_parties(
        self,
        write: Write,
        loaded: LoadedCase,
        result: Reconciliation,
        records: Mapping[bytes, HeldRecord],
    ) -> dict[str, tuple[bytes, ...]]:
        """
        By jurisdiction the records that each other party may see, so that it can compute again.

        They are shown on the clause of the agreement for parties of a case; each disclosure goes
        through the gate and leaves a receipt, which is the notice to the person. What another
        country disclosed is shown to those alone whom the consent to that lists.
        """
        shown: dict[str, tuple[bytes, ...]] = {}
        onward = await onward_to(write.connection, write.vault, loaded)
        for to in _addressees(loaded, result):
            foreign = [
                one
                for one in records.values()
                if one.institution.jurisdiction != to.party.jurisdiction
                and (
                    one.institution.jurisdiction == loaded.case.own
                    or to.party in onward.get(one.institution, ())
                )
            ]
            released = await self._show(write, loaded, to, foreign, salt=result.header.salt)
            before = shown.get(to.party.jurisdiction, ())
            shown[to.party.jurisdiction] = tuple(dict.fromkeys((*before, *released)))
        return shown

    async def _show(
        self,
        write: Write,
        loaded: LoadedCase,
        to: _Addressee,
        records: list[HeldRecord],
        *,
        salt: bytes,
    ) -> tuple[bytes, ...]:
        request = self._disclosure(write, loaded, to)
        mandate = LegalMandate(
            clause=CASE_PARTY_DISCLOSURE, notified_at=write.now.replace(microsecond=0)
        )
        decision = await self._discloser.decide(write, loaded, request, mandate)
        release = None
        ids: tuple[bytes, ...] = ()
        if isinstance(decision, Granted):
            released = release_held(decision, records)
            ids = released.ids
            release = Release(record_count=len(ids), payload_digest=released.digest(salt))
        await self._discloser.write_receipt(
            write, loaded, request, decision, release=release, permission=b""
        )
        return ids

    def _disclosure(self, write: Write, loaded: LoadedCase, to: _Addressee) -> DisclosureRequest:
        claim = loaded.claim
        return DisclosureRequest(
            statement=to.response_id,
            key_id=to.key_id,
            peer=to.party.jurisdiction,
            requester=to.party,
            provider=claim.lead,
            person_reference=to.reference,
            purpose=CASE_PARTY_PURPOSE,
            agreement=claim.agreement,
            agreement_version=claim.agreement_version,
            asked=Grant(
                branches=(claim.branch,),
                datatypes=(CONTRIBUTION_PERIOD,),
                actions=(Action.STORE,),
                fields=CONTRIBUTION_PERIOD_FIELDS,
                from_date=date.min,
                to_date=date.max,
            ),
            case_id=loaded.case_id,
            received_at=write.now.replace(microsecond=0),
        )


def _addressees(loaded: LoadedCase, result: Reconciliation) -> Iterator[_Addressee]:
    for i, request in addressees(result, loaded.case.accepted):
        yield _Addressee(
            party=request.recipient,
            response_id=i,
            key_id=loaded.held[i].key_id,
            reference=request.person_reference,
        )
