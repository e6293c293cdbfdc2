"""Single records that an officer issues; each proven before it counts."""

from dataclasses import dataclass

from agents.agency.office import Office
from agents.agency.record_files import RecordFile
from agents.agency.records import (
    AcceptedRow,
    SignedRow,
    new_record,
    submit_row,
)
from portability.core.record_kinds import RecordKind
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
