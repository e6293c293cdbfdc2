"""Single records that an officer issues, corrects or withdraws; each proven before it counts."""

from dataclasses import dataclass

from agents.agency.office import Office
from agents.agency.record_files import RecordFile
from agents.agency.records import (
    AcceptedRow,
    HeldRecord,
    SignedRow,
    get_record,
    new_record,
    submit_row,
)
from portability.core.attestations import Invalidation
from portability.core.record_kinds import RecordKind
from portability.errors import InvalidInputError
from portability.wire.record import (
    RECORD_TYPE,
    EntitlementRecord,
    record_to_payload,
    salt_record,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A record of this institution that was shown to be in the log, and where."""

    record: EntitlementRecord
    accepted: AcceptedRow


def is_salted_by_default(kind: RecordKind) -> bool:
    """
    Periods move whole, since every party computes from all of them; of the rest often one field is
    asked for. An invalidation takes effect for whoever reads it, so it is in clear.
    """
    return kind not in (RecordKind.CONTRIBUTION_PERIOD, RecordKind.INVALIDATION)


def issue(office: Office, person: str, said: RecordFile, *, salted: bool | None) -> Issued:
    """A new record. Raises InvalidInputError that names the field, and as ``submit_row``."""
    salt = office.new_salt()
    content = said.content(salt, office.party.jurisdiction, office.party.institution)
    record = new_record(office, person, salt, content)
    return _submit(
        office, person, record, salted=is_salted_by_default(said.kind) if salted is None else salted
    )


def correct(
    office: Office, replaced: bytes, said: RecordFile, *, salted: bool | None = None
) -> Issued:
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
    return _submit(
        office, old.person, record, salted=old.content.is_salted if salted is None else salted
    )


def invalidate(office: Office, withdrawn: bytes, invalidation: Invalidation) -> Issued:
    """Withdraw a record of this institution's. Raises NotFoundError if there is none."""
    old: HeldRecord = get_record(office, withdrawn)
    record = new_record(office, old.person, office.new_salt(), invalidation, supersedes=withdrawn)
    return _submit(office, old.person, record, salted=False)


def _submit(office: Office, person: str, record: EntitlementRecord, *, salted: bool) -> Issued:
    disclosures: tuple[str, ...] = ()
    if salted:
        made = salt_record(record, office.outside.randomness)
        payload, disclosures = made.payload, made.disclosures
    else:
        payload = record_to_payload(record)
    row = SignedRow(
        place="the record", envelope=office.sign(RECORD_TYPE, payload), disclosures=disclosures
    )
    return Issued(record=record, accepted=submit_row(office, person, row))
