"""
Statements of this node's own jurisdiction, put back where they were: a peer had kept them.

Each is verified like anything from outside: by the signature of a key that the directory names for
whoever says it, or of a person's key that is enrolled here. The peer's word counts for nothing.
"""

from collections.abc import Callable, Iterable
from typing import Final

from portability.consent.consent_reader import read_withdrawal
from portability.consent.payload_types import RECEIPT_TYPE, WITHDRAWAL_TYPE
from portability.consent.scope import Party
from portability.consent.signature import verify_person
from portability.errors import InvalidInputError, NotFoundError, PreconditionError, SignatureError
from portability.ledger.envelope import Envelope, Verified, kind_of, statement_id, verify_envelope
from portability.ledger.trust import Directory, KeyPurpose
from portability.node.agreements.book import AgreementBook, HeardAdoption
from portability.node.cases.loading import LoadedCase, load_case
from portability.node.cases.opening import open_asked_case
from portability.node.cases.permission_ends import PermissionEnds
from portability.node.cases.writing import CaseWriter, Heard
from portability.node.consents.acts import WITHDRAWAL_KIND
from portability.node.consents.standing import load_payload
from portability.node.log.write import LoggedRow, NewStatement, RecordEntry, Write
from portability.node.peers.inbox import person_of
from portability.node.peers.inbox_checks import verify_exhibit
from portability.node.persons.complaints_abroad import ComplaintsAbroad, HeardStep
from portability.node.records.receipts import keep_receipt
from portability.node.settlement.book import HeardSettlement, SettlementBook
from portability.recognition.erasure import ErasureAcknowledgement
from portability.recognition.statements import CaseStatement, HistoryRequest
from portability.store import access, consents, log
from portability.store.cases import find_cases_of_statement
from portability.store.persons import find_person_by_id
from portability.v1 import envelope_pb2
from portability.v1 import federation_service_pb2 as pb
from portability.wire.adoption import ADOPTION_TYPE, adoption_from_payload
from portability.wire.complaint import COMPLAINT_TYPE, step_from_payload
from portability.wire.envelope import envelope_from_pb, envelope_to_bytes, held_bytes
from portability.wire.erasure import ERASURE_TYPES
from portability.wire.log_entry import log_entry_from_bytes
from portability.wire.receipt import receipt_from_payload
from portability.wire.record import subject_commitment
from portability.wire.settlement import SETTLEMENT_TYPES, settlement_statement_from_payload
from portability.wire.statement import (
    BY_INSTITUTIONS,
    BY_PERSONS,
    STATEMENT_TYPES,
    case_statement_from_payload,
)
from portability.wire.subject_key import subject_key_from_payload

_LOCAL: Final = ""
"""In place of a peer: it was said here."""


class OwnStatements:
    """Takes back in, within a transaction, what this jurisdiction had said to a peer."""

    def __init__(
        self,
        *,
        jurisdiction: str,
        directory: Callable[[], Directory],
        writer: CaseWriter,
        settlements: SettlementBook | None = None,
        agreements: AgreementBook | None = None,
        complaints: ComplaintsAbroad | None = None,
    ) -> None:
        self._complaints = complaints
        self._settlements = settlements
        self._agreements = agreements
        self._jurisdiction = jurisdiction
        self._directory = directory
        self._writer = writer
        self._ends = PermissionEnds(writer=writer)

    async def take(self, write: Write, peer: str, came: pb.RecalledStatement) -> None:
        """
        Log a statement again and do what it did. One that is in the log changes nothing.

        Raises InvalidInputError, SignatureError and others for what is not to be believed or has
        no place here any more; the caller undoes what was written then.
        """
        if not came.delivery.statement.HasField("envelope"):
            raise NotFoundError("the peer has erased it")
        envelope = envelope_from_pb(came.delivery.statement.envelope)
        name = statement_id(envelope.payload_type, envelope.payload)
        if name != came.statement_id:
            raise InvalidInputError("another statement came than was named", field="statement_id")
        if name in await log.find_statements(write.connection, [name]):
            return
        if envelope.payload_type in STATEMENT_TYPES:
            await self._take_in_case(write, peer, envelope, came.delivery.exhibits)
        else:
            await self._take_outside(write, envelope)

    async def _take_outside(self, write: Write, envelope: Envelope) -> None:
        """What belongs to no case."""
        kind = envelope.payload_type
        if kind == RECEIPT_TYPE:
            await self._take_receipt(write, envelope)
        elif kind == WITHDRAWAL_TYPE:
            await self._take_withdrawal(write, envelope)
        elif kind in ERASURE_TYPES:
            await self._take_erasure(write, envelope)
        elif kind in SETTLEMENT_TYPES and self._settlements is not None:
            await self._take_settlement(write, envelope, self._settlements)
        elif kind == ADOPTION_TYPE and self._agreements is not None:
            await self._take_adoption(write, envelope, self._agreements)
        elif kind == COMPLAINT_TYPE and self._complaints is not None:
            await self._take_step(write, envelope, self._complaints)
        else:
            raise InvalidInputError(
                f"a {kind_of(kind)} has no place among what nodes say", field="payload_type"
            )

    # --- cases -----------------------------------------------------------------------------------

    async def _take_in_case(
        self,
        write: Write,
        peer: str,
        envelope: Envelope,
        exhibits: Iterable[envelope_pb2.ProvenStatement],
    ) -> None:
        """A statement into its case; a request of ours opens the case again."""
        said = case_statement_from_payload(envelope.payload_type, envelope.payload)
        loaded = await self._load(write, said)
        if loaded is None and isinstance(said, HistoryRequest):
            await open_asked_case(write, peer, said)
            loaded = await self._load(write, said)
        if loaded is None:
            raise InvalidInputError("its case is not known here any more", field="case_id")
        verified = await self._verify(write, envelope, said, loaded.row.person)
        await self._take_records(write, loaded.row.person, exhibits)
        heard = Heard(
            envelope=envelope,
            statement_id=verified.statement_id,
            key_id=verified.key_ids[0],
            statement=said,
            peer=_LOCAL,
        )
        await self._writer.take(write, loaded, heard)
        if isinstance(said, HistoryRequest):
            await self._ends.watch_again(write, loaded.case_id)

    async def _load(self, write: Write, said: CaseStatement) -> LoadedCase | None:
        return await load_case(
            write.connection,
            write.vault,
            own=self._jurisdiction,
            case_id=said.header.case_id,
            pending=write.statements,
        )

    async def _verify(
        self, write: Write, envelope: Envelope, said: CaseStatement, person: int | None
    ) -> Verified:
        kind, sender = envelope.payload_type, said.header.sender
        if kind in BY_PERSONS:
            return await _verify_person(write, envelope, person)
        purpose = KeyPurpose.INSTITUTION if kind in BY_INSTITUTIONS else KeyPurpose.NODE
        return self._verify_by(envelope, sender, purpose)

    def _verify_by(self, envelope: Envelope, sender: Party, purpose: KeyPurpose) -> Verified:
        """By any key that its sender ever had: when it was signed, a witness saw it."""
        keys = {
            entry.key_id: entry.public
            for entry in self._directory().entries
            if (entry.jurisdiction, entry.institution, entry.purpose)
            == (self._jurisdiction, sender.institution, purpose)
        }
        if sender.jurisdiction != self._jurisdiction:
            raise SignatureError("it was not said in this jurisdiction")
        return verify_envelope(envelope, {envelope.payload_type}, keys)

    async def _take_records(
        self,
        write: Write,
        person: int | None,
        exhibits: Iterable[envelope_pb2.ProvenStatement],
    ) -> None:
        """Records of ours that the peer had received, of a person who is known here."""
        known = None if person is None else await find_person_by_id(write.connection, person)
        if known is None:
            return
        entries = []
        for message in exhibits:
            shown = verify_exhibit(message, self._directory())
            record = shown.record
            if record is None or shown.origin != self._jurisdiction:
                continue
            if record.subject_commitment != subject_commitment(record.salt, known.name):
                continue
            entries.append(
                RecordEntry(
                    statement_id=shown.statement_id,
                    key_id=log_entry_from_bytes(message.log_entry).key_id,
                    person=known.id,
                    envelope=held_bytes(envelope_to_bytes(shown.envelope), shown.disclosures),
                )
            )
        await write.log_records(entries)

    # --- what belongs to no case -----------------------------------------------------------------

    async def _take_receipt(self, write: Write, envelope: Envelope) -> None:
        """Without it a permission could be used more often than it says."""
        receipt = receipt_from_payload(envelope.payload)
        verified = self._verify_by(envelope, receipt.provider.node, KeyPurpose.NODE)
        case_ids = await find_cases_of_statement(write.connection, receipt.request)
        person = await person_of(write, receipt.permission, case_ids)
        row = await _log(write, envelope, verified, person)
        case_id = case_ids[0] if case_ids else None
        await keep_receipt(write, receipt, row, person=person, case_id=case_id, is_local=True)

    async def _take_withdrawal(self, write: Write, envelope: Envelope) -> None:
        """A consent that its person has withdrawn stays withdrawn."""
        consent = read_withdrawal(envelope.payload).consent
        given = await consents.find_consent(write.connection, consent)
        if given is None:
            raise NotFoundError("the consent that it withdraws is not known here any more")
        verified = await _verify_person(write, envelope, given.person)
        row = await _log(write, envelope, verified, given.person)
        await consents.add_consent_act(
            write.connection,
            consents.ConsentAct(
                statement_id=verified.statement_id,
                leaf_index=row.leaf_index,
                consent=consent,
                kind=WITHDRAWAL_KIND,
                create_time=write.now,
            ),
        )

    async def _take_erasure(self, write: Write, envelope: Envelope) -> None:
        """
        What this node did on a notice of the peer.

        Erasures of its own it repeats by the journal, and proves and tells them anew: what it had
        said of them names leaves of the log that has ended.
        """
        if ERASURE_TYPES[envelope.payload_type] is not ErasureAcknowledgement:
            raise PreconditionError("the erasure that it tells of is done and told anew")
        own = Party(jurisdiction=self._jurisdiction)
        verified = self._verify_by(envelope, own, KeyPurpose.NODE)
        await _log(write, envelope, verified, None)

    async def _take_settlement(
        self, write: Write, envelope: Envelope, book: SettlementBook
    ) -> None:
        """What an institution said of money counts in its account again."""
        said = settlement_statement_from_payload(envelope.payload_type, envelope.payload)
        verified = self._verify_by(envelope, said.header.sender, KeyPurpose.INSTITUTION)
        heard = HeardSettlement(
            envelope=envelope,
            statement_id=verified.statement_id,
            key_id=verified.key_ids[0],
            said=said,
            peer=_LOCAL,
        )
        await book.put_back(write, heard)

    async def _take_adoption(self, write: Write, envelope: Envelope, book: AgreementBook) -> None:
        """The text that was in force is in force again."""
        said = adoption_from_payload(envelope.payload)
        verified = self._verify_by(envelope, said.header.sender, KeyPurpose.NODE)
        heard = HeardAdoption(
            envelope=envelope,
            statement_id=verified.statement_id,
            key_id=verified.key_ids[0],
            said=said,
        )
        await book.put_back(write, heard)

    async def _take_step(
        self, write: Write, envelope: Envelope, complaints: ComplaintsAbroad
    ) -> None:
        """A complaint goes on where it stood, for a person whom both nodes still know."""
        step = step_from_payload(envelope.payload)
        verified = self._verify_by(envelope, step.header.sender, KeyPurpose.NODE)
        heard = HeardStep(
            envelope=envelope,
            statement_id=verified.statement_id,
            key_id=verified.key_ids[0],
            step=step,
            peer=self._jurisdiction,
        )
        await complaints.take(write, heard)


async def _verify_person(write: Write, envelope: Envelope, person: int | None) -> Verified:
    """By a key that was ever enrolled here for this person."""
    keys = [] if person is None else await access.list_subject_keys(write.connection, person)
    for key in keys:
        payload = await load_payload(write.connection, write.vault, key.key_record)
        try:
            return verify_person(
                envelope, {envelope.payload_type}, subject_key_from_payload(payload)
            )
        except SignatureError:
            continue
    raise SignatureError("it is signed by no key that is enrolled here for its person")


async def _log(
    write: Write, envelope: Envelope, verified: Verified, person: int | None
) -> LoggedRow:
    return await write.log(
        NewStatement(
            envelope=envelope,
            statement_id=verified.statement_id,
            kind=kind_of(envelope.payload_type),
            key_id=verified.key_ids[0],
            person=person,
        )
    )
