"""Cases as the recognition service shows them."""

from typing import Final

from portability.errors import InvalidInputError
from portability.ledger.encoding import decode_hex
from portability.node.cases.loading import LoadedCase
from portability.recognition.case import CaseState
from portability.recognition.progress import progress
from portability.store.undelivered import UndeliveredRow
from portability.v1 import recognition_service_pb2 as pb
from portability.wire.consent_parts import party_to_pb
from portability.wire.statement_parts import branch_to_pb
from portability.wire.strict import timestamp

CASE_ID_BYTES: Final = 16

_STATES: Final = {state: pb.CaseState.Value(f"CASE_STATE_{state.name}") for state in CaseState}


def case_name(case_id: str) -> str:
    return f"cases/{case_id}"


def case_id_of(name: str, field: str) -> str:
    """The id in ``cases/{case id}``. Raises InvalidInputError naming the field."""
    collection, _, case_id = name.partition("/")
    if collection != "cases":
        raise InvalidInputError("the name is not cases/{case id}", field=field)
    decode_hex(case_id, what=field, length=CASE_ID_BYTES)
    return case_id


def case_to_pb(loaded: LoadedCase, person: str) -> pb.Case:
    """``person`` is ``persons/{person}``, or empty where the case is about nobody known here."""
    claim, view = loaded.claim, progress(loaded.case)
    return pb.Case(
        name=case_name(loaded.case_id),
        state=_STATES[view.state],  # type: ignore[arg-type]  # Value() is typed as a plain int
        branch=branch_to_pb(claim.branch),
        agreement=claim.agreement,
        agreement_version=claim.agreement_version,
        parties=[party_to_pb(party) for party in claim.parties],
        person=person,
        claim_date=claim.claim_date.isoformat(),
        award_date=claim.award_date.isoformat(),
        create_time=timestamp(loaded.row.create_time),
        digest=view.digest,
        awaiting=[party_to_pb(party) for party in view.awaiting],
        missing=[party_to_pb(party) for party in view.missing],
        objections=view.objections,
    )


def undelivered_to_pb(row: UndeliveredRow) -> pb.UndeliveredStatement:
    """A statement that a party's node could not be given."""
    return pb.UndeliveredStatement(
        peer=row.peer,
        statement=row.statement_id,
        kind=row.kind,
        state=row.state,
        reason=row.reason,
        message=row.message,
        create_time=timestamp(row.create_time),
    )
