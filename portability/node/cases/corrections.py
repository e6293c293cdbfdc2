"""
Records that replace others which cases have used: every such case is told, in one transaction.

The node finds the cases and prepares what is to be said in each; the institution signs it, since it
alone corrects what it issued. A record that cases have used is not replaced without that. The new
record goes to the lead of a case through the gate, on the clause for parties of a case, and shows
no more fields than the old one did. A period that may not go as it is, is told as held back.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from portability.consent.agreement import CASE_PARTY_DISCLOSURE, CASE_PARTY_PURPOSE
from portability.consent.gate import Granted, Refused
from portability.consent.permission import DisclosureRequest, LegalMandate
from portability.consent.receipt import Release
from portability.consent.scope import Action, Grant, Party
from portability.core.record_kinds import FIELDS, RecordKind
from portability.errors import InvalidInputError, PreconditionError, SignatureError
from portability.ledger.encoding import HASH_BYTES
from portability.ledger.envelope import Envelope, payload_type, verify_envelope
from portability.ledger.trust import Directory, KeyPurpose
from portability.node.cases.loading import LoadedCase, Pending, load_case
from portability.node.cases.writing import NO_EXHIBITS, CaseWriter, Heard, Sending
from portability.node.log.write import Write
from portability.node.records.disclosure import Discloser, Moment
from portability.node.records.of_person import HeldRecord
from portability.node.records.release import Released, release_held, show_only
from portability.recognition.corrections import asked_for, shown_of, source_of
from portability.recognition.facts import Facts, read_facts
from portability.recognition.statements import (
    Correction,
    CorrectionReason,
    Header,
    HistoryRequest,
)
from portability.recognition.versions import HELD_BACK
from portability.store import cases
from portability.store.engine import Connection
from portability.store.vault import Vault
from portability.wire.statement import BY_PERSONS, case_statement_from_payload

CORRECTION_TYPE: Final = payload_type("correction", "protobuf")
NOTHING: Final = Released(records=())
_NOTHING_PENDING: Final[Pending] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Affected:
    """A case that used a record, and the statement by which the record came into it."""

    loaded: LoadedCase
    source: bytes

    @property
    def facts(self) -> Facts:
        return read_facts(self.loaded.case)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Showing:
    """What the lead of a case may see of a new record, and why; no request: nothing has to go."""

    released: Released
    held_back: bool = False
    request: DisclosureRequest | None = None
    decision: Granted | Refused | None = None


_NOTHING_TO_SHOW: Final = _Showing(released=NOTHING)


class Corrections:
    """Finds the cases, prepares what they are told, and takes in what the institution signed."""

    def __init__(
        self,
        *,
        jurisdiction: str,
        writer: CaseWriter,
        discloser: Discloser,
        directory: Callable[[], Directory],
        randomness: Callable[[int], bytes],
    ) -> None:
        self._jurisdiction = jurisdiction
        self._writer = writer
        self._discloser = discloser
        self._directory = directory
        self._randomness = randomness

    async def affected(
        self,
        connection: Connection,
        vault: Vault,
        person: int,
        new: HeldRecord,
        pending: Pending = _NOTHING_PENDING,
    ) -> list[Affected]:
        """The cases about a person that used what a record replaces, oldest first."""
        found = []
        for row in await cases.list_person_cases(connection, vault, person):
            if row.content is None:
                continue
            loaded = await load_case(
                connection, vault, own=self._jurisdiction, case_id=row.case_id, pending=pending
            )
            if loaded is None:
                continue
            facts = read_facts(loaded.case)
            source = source_of(loaded.claim, facts, new.issuer, new.supersedes)
            if source is not None:
                found.append(Affected(loaded=loaded, source=source))
        return found

    async def is_used(self, write: Write, person: int, record: HeldRecord) -> bool:
        """Whether cases have used what a record replaces."""
        found = await self.affected(
            write.connection, write.vault, person, record, pending=write.statements
        )
        return bool(found)

    async def draft(self, moment: Moment, affected: Affected, new: HeldRecord) -> Correction:
        """What the issuer has to say in a case, for it to check and to sign."""
        showing = await self._showing(moment, affected, new)
        header = Header(
            salt=self._randomness(HASH_BYTES),
            case_id=affected.loaded.case_id,
            sender=new.issuer,
            created=moment.now.replace(microsecond=0),
            predecessors=(affected.source,),
        )
        return _correction(header, affected, new, showing)

    async def tell(
        self, write: Write, person: int, new: HeldRecord, signed: Sequence[Envelope]
    ) -> None:
        """
        Take a correction into each case that used what the record replaces, and show its lead the
        record; the record itself is in the log already. Repeating it changes nothing.

        Raises PreconditionError for a case that is left out, SignatureError, and InvalidInputError
        for a correction that says something else than was prepared.
        """
        heard = self._verify(signed, new.issuer, write.now)
        found = await self.affected(
            write.connection, write.vault, person, new, pending=write.statements
        )
        untold = [one for one in found if one.loaded.case_id not in heard]
        if untold:
            raise PreconditionError(
                f"{len(untold)} of the cases that used the record have not been told; preview the "
                "correction, sign what is to be said in each case, and submit all of it together",
                subject="corrections",
            )
        affected = {one.loaded.case_id: one for one in found}
        for case_id, one in heard.items():
            if case_id in affected:
                await self._take(write, affected[case_id], new, one)
            else:
                await self._check_told(write, case_id, one)

    async def _take(self, write: Write, affected: Affected, new: HeldRecord, heard: Heard) -> None:
        said = heard.statement
        showing = await self._showing(write, affected, new)
        if said != _correction(said.header, affected, new, showing):
            raise PreconditionError(
                "a correction does not say what has to be said in its case now; preview the "
                "correction again, and sign that",
                subject="corrections",
            )
        lead = affected.loaded.claim.lead.jurisdiction
        if showing.request is not None and showing.decision is not None:
            await self._receipt(write, affected.loaded, showing, said.header.salt)
        sending = Sending(exhibits={lead: showing.released.ids})
        await self._writer.take(write, affected.loaded, heard, sending)

    async def _check_told(self, write: Write, case_id: str, heard: Heard) -> None:
        """Raise InvalidInputError unless the case was told by this very correction before."""
        loaded = await load_case(
            write.connection,
            write.vault,
            own=self._jurisdiction,
            case_id=case_id,
            pending=write.statements,
        )
        if loaded is None or heard.statement_id not in loaded.held:
            raise InvalidInputError(
                "a correction is for a case that has not used the record; preview the correction "
                "again",
                field="corrections",
            )

    async def _receipt(
        self, write: Write, loaded: LoadedCase, showing: _Showing, salt: bytes
    ) -> None:
        """No receipt, no data; the person sees it at the node where the case is led."""
        if showing.request is None or showing.decision is None:
            return
        left = Release(
            record_count=len(showing.released.ids),
            payload_digest=showing.released.digest(salt),
            held_back=showing.held_back,
        )
        receipt = await self._discloser.write_receipt(
            write,
            loaded,
            showing.request,
            showing.decision,
            release=left if isinstance(showing.decision, Granted) else None,
            permission=b"",
        )
        lead = loaded.claim.lead.jurisdiction
        await self._writer.enqueue(write, lead, receipt, Sending(exhibits=NO_EXHIBITS))

    async def _showing(self, moment: Moment, affected: Affected, new: HeldRecord) -> _Showing:
        """
        What the lead may see of the record, by the gate.

        Nothing of an invalidation, whose statement says it all; and nothing has to go where we lead
        ourselves: the others see the record with the result that rests on it.
        """
        if new.record.kind is RecordKind.INVALIDATION or affected.loaded.leads:
            return _NOTHING_TO_SHOW
        facts = affected.facts
        names = shown_of(facts, new.supersedes) or FIELDS[new.record.kind]
        request = _disclosure(affected, facts, new, moment.now, names)
        mandate = LegalMandate(clause=CASE_PARTY_DISCLOSURE, notified_at=request.received_at)
        decision = await self._discloser.decide(moment, affected.loaded, request, mandate)
        released = NOTHING
        if isinstance(decision, Granted):
            released = release_held(decision, [show_only(new, names)])
        return _Showing(
            released=released,
            held_back=not released.ids
            and new.record.kind is RecordKind.CONTRIBUTION_PERIOD
            and await self._writer.is_read(moment.connection, request.peer, HELD_BACK),
            request=request,
            decision=decision,
        )

    def _verify(self, signed: Sequence[Envelope], issuer: Party, now: datetime) -> dict[str, Heard]:
        """By case the correction that the issuer signed for it."""
        keys = self._directory().keys(
            issuer.jurisdiction, issuer.institution, KeyPurpose.INSTITUTION, now
        )
        heard: dict[str, Heard] = {}
        for envelope in signed:
            verified = verify_envelope(envelope, {CORRECTION_TYPE}, keys)
            said = case_statement_from_payload(verified.payload_type, verified.payload)
            if said.header.sender != issuer:
                raise SignatureError(
                    f"the correction names {said.header.sender}, but {issuer} has signed it"
                )
            if said.header.case_id in heard:
                raise InvalidInputError("a case is corrected twice", field="corrections")
            heard[said.header.case_id] = Heard(
                envelope=envelope,
                statement_id=verified.statement_id,
                key_id=verified.key_ids[0],
                statement=said,
                peer="",
            )
        return heard


def _correction(
    header: Header, affected: Affected, new: HeldRecord, showing: _Showing
) -> Correction:
    """
    What has to be said in a case, under a header.

    Where the gate lets nothing of the new record go, the old one still counts no longer, and a lead
    that can read it is told that there is another.
    """
    is_invalid = new.record.kind is RecordKind.INVALIDATION
    added: tuple[bytes, ...] = showing.released.ids
    if affected.loaded.leads and not is_invalid:
        added = (new.statement_id,)
    return Correction(
        header=Header(
            salt=header.salt,
            case_id=affected.loaded.case_id,
            sender=new.issuer,
            created=header.created,
            predecessors=(affected.source,),
        ),
        replaced=(new.supersedes,),
        added=added,
        reason=CorrectionReason.INVALIDATED if is_invalid else CorrectionReason.ERROR,
        shown=showing.released.shown,
        held_back=showing.held_back,
    )


def _disclosure(
    affected: Affected, facts: Facts, new: HeldRecord, now: datetime, names: Collection[str]
) -> DisclosureRequest:
    """To the lead, which asked for what the record replaces."""
    loaded, claim = affected.loaded, affected.loaded.claim
    asked = _request(facts, affected.source, new.issuer)
    return DisclosureRequest(
        statement=affected.source,
        key_id=_key_of_lead(loaded),
        peer=claim.lead.jurisdiction,
        requester=claim.lead,
        provider=new.issuer,
        person_reference=asked.person_reference,
        purpose=CASE_PARTY_PURPOSE,
        agreement=claim.agreement,
        agreement_version=claim.agreement_version,
        asked=Grant(
            branches=(claim.branch,),
            datatypes=(new.record.kind.value,),
            actions=(Action.STORE,),
            fields=tuple(names),
            from_date=date.min,
            to_date=date.max,
        ),
        case_id=loaded.case_id,
        received_at=now.replace(microsecond=0),
    )


def _key_of_lead(loaded: LoadedCase) -> bytes:
    """
    Under which the lead's institution or node has said something last: it is in use still.

    Its country has other institutions, and persons whose objections its node passes on: what they
    say is under keys of their own.
    """
    lead = loaded.claim.lead
    heard = (
        loaded.held[i]
        for i, one in loaded.case.accepted.items()
        if one.header.sender in {lead, lead.node}
    )
    own = (one for one in heard if one.envelope.payload_type not in BY_PERSONS)
    return max(own, key=lambda one: one.received).key_id


def _request(facts: Facts, source: bytes, issuer: Party) -> HistoryRequest:
    """What the lead asked the issuer: by the answer that is corrected, or by one before it."""
    while source in facts.corrections:
        (source,) = facts.corrections[source].header.predecessors
    if source in facts.responses and asked_for(facts, source) == issuer:
        return facts.requests[facts.responses[source].header.predecessors[0]]
    return next(one for one in facts.requests.values() if one.recipient == issuer)
