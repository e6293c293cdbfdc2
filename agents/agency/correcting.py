"""
Records put in the place of others: looked at first, then committed together with what every case
that used the old one is told.

The node finds the cases and prepares what is to be said in each; the office checks that it says
this replacement and nothing else, and signs.
"""

from dataclasses import dataclass

from agents.agency.determinations import scheme_to_pb
from agents.agency.issuing import Issued
from agents.agency.office import Office
from agents.agency.record_files import RecordFile
from agents.agency.records import SignedRow, get_record, new_record, submit_row
from portability.core.attestations import Invalidation
from portability.core.correction import Change
from portability.core.scheme import Scheme
from portability.errors import InvalidInputError, PreconditionError, ProofError
from portability.ledger.envelope import Envelope, statement_id
from portability.recognition.statements import Correction, CorrectionReason
from portability.v1 import recognition_service_pb2
from portability.v1 import records_service_pb2 as pb
from portability.v1.records_service_pb2_grpc import RecordsServiceStub
from portability.wire.record import (
    RECORD_TYPE,
    EntitlementRecord,
    record_to_payload,
    salt_record,
)
from portability.wire.statement import case_statement_from_payload

ATTEMPTS = 3
"""A case can use the record between the look and the commit; then the office looks again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """A record that is not signed yet, about a person of this node."""

    person: str
    record: EntitlementRecord
    payload: bytes
    disclosures: tuple[str, ...] = ()

    @property
    def id(self) -> bytes:
        """The id that it will have, whoever signs."""
        return statement_id(RECORD_TYPE, self.payload)


@dataclass(frozen=True, slots=True, kw_only=True)
class AffectedCase:
    """A case that used the old record; ``said`` is what would be signed in it."""

    case: str
    state: str
    parties: tuple[str, ...]
    reopens: bool
    changes: tuple[Change, ...]
    article: str
    told: tuple[str, ...]
    notes: tuple[str, ...]
    said: Correction
    payload: bytes
    payload_type: str

    def to_json(self) -> dict[str, object]:
        return {
            "case": self.case,
            "state": self.state,
            "parties": list(self.parties),
            "reopens": self.reopens,
            "changes": [change.to_json() for change in self.changes],
            "article": self.article,
            "told": list(self.told),
            "notes": list(self.notes),
        }


def corrected(
    office: Office, replaced: bytes, said: RecordFile, *, salted: bool | None = None
) -> Replacement:
    """
    A record in place of another of this institution's, salted as that one is unless it is said.

    Raises InvalidInputError for another kind; NotFoundError if there is no such record.
    """
    old = get_record(office, replaced)
    if old.content.kind is not said.kind:
        raise InvalidInputError(
            f"the record is a {old.content.kind} and the file a {said.kind}; invalidate the "
            "record and issue the other",
            field="kind",
        )
    salt = office.new_salt()
    content = said.content(salt, office.party.jurisdiction, office.party.institution)
    record = new_record(office, old.person, salt, content, supersedes=replaced)
    is_salted = old.content.is_salted if salted is None else salted
    if not is_salted:
        return Replacement(person=old.person, record=record, payload=record_to_payload(record))
    made = salt_record(record, office.outside.randomness)
    return Replacement(
        person=old.person, record=record, payload=made.payload, disclosures=made.disclosures
    )


def withdrawn(office: Office, withdrawn_id: bytes, invalidation: Invalidation) -> Replacement:
    """What withdraws a record of this institution's. Raises NotFoundError if there is none."""
    old = get_record(office, withdrawn_id)
    salt = office.new_salt()
    record = new_record(office, old.person, salt, invalidation, supersedes=withdrawn_id)
    return Replacement(person=old.person, record=record, payload=record_to_payload(record))


def preview(
    office: Office, new: Replacement, scheme: Scheme | None = None
) -> tuple[AffectedCase, ...]:
    """
    The cases that used the old record, and what changes in each. Nothing is stored.

    With a ``scheme`` this office's own amounts are computed by it, else by what was decided. Raises
    ProofError for a case in which something else would be said than this replacement.
    """
    answer: pb.PreviewCorrectionResponse = office.session.call(
        RecordsServiceStub(office.session.channel).PreviewCorrection,
        pb.PreviewCorrectionRequest(
            person=new.person,
            payload=new.payload,
            disclosures=new.disclosures,
            scheme=None if scheme is None else scheme_to_pb(scheme),
        ),
    )
    return tuple(_affected(office, new, one) for one in answer.cases)


def commit(
    office: Office, new: Replacement, affected: tuple[AffectedCase, ...]
) -> tuple[Issued, tuple[AffectedCase, ...]]:
    """
    Sign the record and what the cases are told, and hand in both; which cases were told.

    If another case has used the old record meanwhile, it is looked at and told as well.
    """
    envelope = office.sign(RECORD_TYPE, new.payload)
    row = SignedRow(place="the record", envelope=envelope, disclosures=new.disclosures)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            accepted = submit_row(office, new.person, row, _signed(office, affected))
            break
        except PreconditionError:
            if attempt == ATTEMPTS:
                raise
            affected = preview(office, new)
    return Issued(record=new.record, accepted=accepted), affected


def _signed(office: Office, affected: tuple[AffectedCase, ...]) -> list[Envelope]:
    return [office.sign(one.payload_type, one.payload) for one in affected]


def _affected(office: Office, new: Replacement, message: pb.AffectedCase) -> AffectedCase:
    said = case_statement_from_payload(message.payload_type, message.payload)
    _check(office, new, message, said)
    state = recognition_service_pb2.CaseState.Name(message.case.state)
    return AffectedCase(
        case=message.case.name,
        state=state.removeprefix("CASE_STATE_").lower().replace("_", "-"),
        parties=tuple(f"{one.jurisdiction}/{one.institution}" for one in message.case.parties),
        reopens=message.reopens,
        changes=tuple(
            Change(place=one.place, before=one.before or None, after=one.after or None)
            for one in message.changes
        ),
        article=message.article,
        told=tuple(message.told),
        notes=tuple(message.notes),
        said=_correction(said),
        payload=message.payload,
        payload_type=message.payload_type,
    )


def _correction(said: object) -> Correction:
    if not isinstance(said, Correction):
        raise ProofError("the node prepared something else than a correction; it is not signed")
    return said


def _check(office: Office, new: Replacement, message: pb.AffectedCase, said: object) -> None:
    """It says, in that case and in this institution's name, this replacement and nothing else."""
    correction = _correction(said)
    is_invalid = isinstance(new.record.content, Invalidation)
    reason = CorrectionReason.INVALIDATED if is_invalid else CorrectionReason.ERROR
    added = {()} if is_invalid else {(), (new.id,)}
    holds = (
        correction.header.sender == office.party
        and f"cases/{correction.header.case_id}" == message.case.name
        and correction.replaced == (new.record.supersedes,)
        and correction.added in added
        and correction.reason is reason
    )
    if not holds:
        raise ProofError(
            "the node prepared a correction that says something else than this replacement; "
            "nothing was signed"
        )
