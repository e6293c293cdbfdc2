"""
Parties that do not keep to the protocol, each in one way, and how each lie comes to light.

A lie is detected where an honest party, or anyone with what the honest parties hold, can name the
liar from signed statements alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from portability.consent.scope import Party
from portability.core.periods import Period
from portability.errors import SignatureError
from portability.ledger.envelope import Envelope, sign_envelope
from portability.ledger.keys import Ed25519Signer
from portability.recognition.case import Countersign, Duty, Reconcile
from portability.recognition.examination import unnamed_inputs
from portability.recognition.omission import Surfaced, find_omission
from portability.recognition.statements import (
    CaseStatement,
    Countersignature,
    HistoryRequest,
    HistoryResponse,
    Reconciliation,
)
from portability.simulation.desk import World
from portability.simulation.disk import Disk, Parcel
from portability.simulation.party import HonestParty
from portability.simulation.permission import directory
from portability.simulation.plan import (
    ANOTHER_DIGEST,
    FORGES,
    LEAVES_OUT,
    OMITS,
    REPLAYS,
    UNPERMITTED,
    Records,
)
from portability.simulation.words import NO_RECORDS
from portability.wire.statement import statement_to_payload, type_of

_FORGED = Ed25519Signer(bytes([66]) * 32)


class Liar(HonestParty):
    """Does what ``plan.lie`` says at the first opportunity, and is honest for the rest."""

    def __init__(self, own: str, world: World) -> None:
        self.has_lied = False
        self.omitted: Surfaced | None = None
        self._dares = False
        self._left_out = False
        super().__init__(own, world)

    @property
    def lie(self) -> str:
        return self.plan.lie

    def say(self, statement: CaseStatement, records: Records = NO_RECORDS, *more: object) -> None:
        is_history = isinstance(statement, HistoryResponse) and bool(records)
        if is_history and self.lie == OMITS:
            statement, records = self._omit(statement, records)  # type: ignore[arg-type]  # as above
        other = None
        if is_history and self.lie == "signs-two-histories" and not self.has_lied:
            other = self._other_history(statement, records)  # type: ignore[arg-type]  # as above
        lies = is_history and (self._dares or self.lie == OMITS)
        lies = lies or (isinstance(statement, Reconciliation) and self._left_out)
        marks = (self._mark,) if lies else ()
        super().say(statement, records, *more, *marks)  # type: ignore[arg-type]  # as in the base
        if other is not None:
            super().say(other, _all_but_one(records), self._mark)

    def _mark(self, _disk: Disk) -> None:
        """The lie is told with the transaction that tells it."""
        self.has_lied = True

    def _omit(
        self, statement: HistoryResponse, records: Records
    ) -> tuple[HistoryResponse, Records]:
        """The same answer without its first record."""
        hidden = next(iter(records))
        self.omitted = Surfaced(
            record_id=hidden,
            issuer=_asked(self, statement),
            log_origin=self.origin,
            leaf_index=self.disk.issued[hidden],
        )
        return self._other_history(statement, records), _all_but_one(records)

    def _other_history(self, statement: HistoryResponse, records: Records) -> HistoryResponse:
        left = tuple(_all_but_one(records))
        shorter = replace(statement, records=left)
        if left:
            return shorter
        none = type(statement.outcome).NONE
        return replace(shorter, outcome=none, payload_digest=b"")

    def _is_granted(self, request_id: bytes, request: HistoryRequest) -> bool:
        self._dares = False
        has_records = bool(self.disk.own[request.recipient])
        if self.lie == UNPERMITTED and has_records and not self.has_lied:
            self.world.person.withdraw(request.permission, self.world.moment())
        granted = super()._is_granted(request_id, request)
        if self.lie == UNPERMITTED and not granted:
            self._dares = not self.world.person.allowed(
                request.permission, claimed=self.now, truly=self.world.moment()
            )
            return self._dares
        return granted

    def _decide(self, duty: Duty) -> bool:
        if isinstance(duty, Countersign) and not self.has_lied:
            theirs = self.case.accepted[duty.reconciliation_id]
            header = self.header(self.node, duty.reconciliation_id)
            if self.lie == ANOTHER_DIGEST:
                self._send_all(self.sign(Countersignature(header=header, digest=bytes(32))))
            elif self.lie == FORGES and isinstance(theirs, Reconciliation):
                self._send_all(_forge(Countersignature(header=header, digest=theirs.digest)))
        return super()._decide(duty)

    def _send_all(self, envelope: Envelope) -> None:
        """Put something into every stream that never became part of the own case."""

        def write(disk: Disk) -> None:
            for peer in self.plan.claim.jurisdictions:
                if disk.outbox.get(peer) is not None or peer == self.plan.claim.lead.jurisdiction:
                    self.post(disk, peer, envelope, NO_RECORDS)

        self.commit(self.reading, write, self._mark)

    def act(self) -> bool:
        streams = [one for one in self.disk.outbox.items() if len(one[1]) > 1]
        if self.lie == REPLAYS and not self.has_lied and streams:
            peer, stream = streams[0]
            self._replay(peer, list(stream))
        return super().act()

    def _replay(self, peer: str, stream: Sequence[Parcel]) -> None:
        """Everything once more, at later places."""

        def write(disk: Disk) -> None:
            for one in stream:
                self.post(disk, peer, one.envelope, one.records)

        self.commit(self.reading, write, self._mark)

    def _basis_records(self, duty: Reconcile) -> dict[bytes, Period]:
        records = super()._basis_records(duty)
        theirs = sorted(i for i in records if i not in self.disk.issued)
        self._left_out = self.lie == LEAVES_OUT and not self.has_lied and bool(theirs)
        if self._left_out:
            records.pop(theirs[0])
        return records


def _forge(statement: CaseStatement) -> Envelope:
    return sign_envelope(type_of(statement), statement_to_payload(statement), _FORGED)


def _all_but_one(records: Records) -> Records:
    hidden = next(iter(records))
    return {i: one for i, one in records.items() if i != hidden}


def _asked(party: HonestParty, statement: HistoryResponse) -> Party:
    request = party.case.accepted[statement.header.predecessors[0]]
    return request.recipient if isinstance(request, HistoryRequest) else party.node


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """Who lied by what, as ``witness`` can show to anyone."""

    liar: str
    lie: str
    witness: str


def attributions(honest: list[HonestParty], surfaced: Surfaced | None) -> Iterator[Attribution]:
    """Everything that the honest parties can show, from what they hold."""
    for party in honest:
        for group in party.view.contradictions:
            sender = party.case.accepted[group[0]].header.sender
            yield _by(sender.jurisdiction, "signs-two-histories", party)
        for one in party.disk.set_aside:
            forged = one.cause.startswith(SignatureError.reason)
            lie = FORGES if forged else ANOTHER_DIGEST
            yield _by(one.peer, lie, party)
        if surfaced is not None:
            yield from _omissions(party, surfaced)
        lead = party.plan.claim.lead.jurisdiction
        results = party.facts.reconciliations.values()
        if any(unnamed_inputs(party.case, one) for one in results):
            yield _by(lead, LEAVES_OUT, party)


def _omissions(party: HonestParty, surfaced: Surfaced) -> Iterator[Attribution]:
    facts = party.facts
    for i, response in facts.responses.items():
        asked = facts.requests.get(response.header.predecessors[0])
        if asked is not None:
            found = find_omission(i, response, asked.recipient, surfaced, directory())
            if found is not None:
                yield _by(found.liar, OMITS, party)


def _by(liar: str, lie: str, party: HonestParty) -> Attribution:
    return Attribution(liar=liar, lie=lie, witness=party.own)
