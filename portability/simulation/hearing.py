"""What a simulated party does with what others send it: verified, in order, each thing once."""

from functools import lru_cache

from portability.errors import InvalidInputError, PortabilityError, SignatureError
from portability.ledger.envelope import Envelope, statement_id, verify_envelope
from portability.recognition.case import (
    Send,
)
from portability.recognition.machine import advance_reading
from portability.recognition.not_sent import comes_for_nothing
from portability.recognition.statements import (
    BY_INSTITUTIONS,
    CaseStatement,
    ClaimWithdrawal,
    Correction,
    HistoryResponse,
    Reconciliation,
    Said,
)
from portability.simulation.desk import Desk
from portability.simulation.disk import Disk, Parcel, Refused, Write
from portability.simulation.permission import PERSON
from portability.simulation.words import NO_RECORDS
from portability.wire.statement import (
    case_statement_from_payload,
)


class DamagedError(Exception):
    """A parcel did not arrive as it was sent; nothing was acknowledged."""


class Hearing(Desk):
    """A party that is told something."""

    def receive(self, peer: str, parcel: Parcel) -> int:
        """
        Take in what follows on the peer's stream; the position up to which it is here.

        Raises DamagedError. What cannot be accepted is set aside with its cause.
        """
        if not parcel.is_whole():
            raise DamagedError
        position = self.disk.accepted.get(peer, 0)
        if parcel.position != position + 1:
            return position
        try:
            self._hear(peer, parcel)
        except (SignatureError, InvalidInputError) as error:
            refused = Refused(
                peer=peer,
                statement_id=parcel.statement_id,
                cause=f"{error.reason}: {error.message}",
            )
            self.commit(
                self.reading, self._arrived(peer, parcel), lambda d: d.set_aside.append(refused)
            )
        self.world.strike(self.own, "before-acknowledgement")
        return parcel.position

    def _hear(self, peer: str, parcel: Parcel) -> None:
        """Into the case, once; what was here before changes nothing."""
        said = self._verify(peer, parcel.envelope)
        arrived = self._arrived(peer, parcel)
        if self.knows(said.statement_id):
            self.commit(self.reading, arrived)
            return
        if parcel.records or not self._counts_for_nothing(said):
            self.check_exhibits(said.statement, parcel)
        reading, effects = advance_reading(self.reading, said)
        sends = [one for one in effects if isinstance(one, Send)]

        def write(disk: Disk) -> None:
            disk.events.append(said)
            disk.append(said.statement_id)
            disk.records.update(parcel.records)
            for send in sends:
                self.post(disk, send.to, self._envelope(send.statement_id), NO_RECORDS)

        self.commit(reading, arrived, write)

    def knows(self, i: bytes) -> bool:
        """Whether a statement was received before; what deduplication rests on."""
        return i in self.case.accepted or i in self.case.waiting

    def _arrived(self, peer: str, parcel: Parcel) -> Write:
        def write(disk: Disk) -> None:
            disk.accepted[peer] = parcel.position
            disk.received.setdefault(peer, []).append(parcel.statement_id)

        return write

    def check_exhibits(self, statement: CaseStatement, parcel: Parcel) -> None:
        """Raise InvalidInputError unless those records came that the statement rests on."""
        came = set(parcel.records)
        wanted = came
        if isinstance(statement, HistoryResponse):
            wanted = set(statement.records)
        elif isinstance(statement, Correction):
            wanted = set(statement.added) if self.leads else set()
        elif isinstance(statement, Reconciliation):
            wanted = came & set(statement.inputs)
        if came != wanted:
            raise InvalidInputError("other records came than the statement names", field="records")

    def _counts_for_nothing(self, said: Said) -> bool:
        return self.leads and comes_for_nothing(self.case, said.statement_id, said.statement)

    def _verify(self, peer: str, envelope: Envelope) -> Said:
        """The statement, once its signature by a holder in the peer's jurisdiction was verified."""
        try:
            i, statement = _read(envelope.payload_type, envelope.payload)
        except PortabilityError as error:
            raise InvalidInputError(error.message, field="payload") from None
        sender = statement.header.sender
        signer = self.plan.signers.get(sender)
        by_institution = isinstance(statement, BY_INSTITUTIONS)
        if (
            signer is None
            or sender.jurisdiction != peer
            or bool(sender.institution) != by_institution
        ):
            raise SignatureError(f"{sender} may not sign this")
        by = PERSON if isinstance(statement, ClaimWithdrawal) else signer
        self.verify_signature(envelope, by.key_id, by.public)
        return Said(statement_id=i, statement=statement)

    def verify_signature(self, envelope: Envelope, key_id: bytes, public: bytes) -> None:
        """Raises SignatureError."""
        _verify_once(envelope, key_id, public)


@lru_cache(maxsize=512)
def _read(payload_type: str, payload: bytes) -> tuple[bytes, CaseStatement]:
    """A statement and its id; all recipients read the same bytes."""
    statement = case_statement_from_payload(payload_type, payload)
    return statement_id(payload_type, payload), statement


@lru_cache(maxsize=512)
def _verify_once(envelope: Envelope, key_id: bytes, public: bytes) -> None:
    """Remembers what was good: these bytes by this key, whoever asks. Raises SignatureError."""
    verify_envelope(envelope, {envelope.payload_type}, {key_id: public})
