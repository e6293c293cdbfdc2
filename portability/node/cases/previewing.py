"""Corrections looked at before they are committed: the request checked, the outlook shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from portability.errors import InvalidInputError, NotFoundError
from portability.ledger.envelope import Envelope, statement_id
from portability.node.cases.corrections import CORRECTION_TYPE, Corrections
from portability.node.cases.determining import scheme_from_pb
from portability.node.cases.outlook import Outlook, Proposed, look_ahead
from portability.node.cases.views import case_to_pb
from portability.node.records.of_person import read_record, records_of
from portability.node.records.superseding import check_replaceable
from portability.store import persons
from portability.v1 import records_service_pb2 as pb
from portability.wire.intake import Issuer, check_claims
from portability.wire.record import RECORD_TYPE, check_record
from portability.wire.statement import statement_to_payload

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from portability.node.records.of_person import HeldRecord
    from portability.store.engine import Connection, Database


@dataclass(frozen=True, slots=True, kw_only=True)
class _Snapshot:
    """What the database holds at an instant."""

    connection: Connection
    now: datetime


class CorrectionPreviews:
    """Reads, computes, and writes nothing."""

    def __init__(
        self,
        *,
        jurisdiction: str,
        database: Database,
        corrections: Corrections,
        clock: Callable[[], datetime],
    ) -> None:
        self._jurisdiction = jurisdiction
        self._database = database
        self._corrections = corrections
        self._clock = clock

    async def preview(
        self, request: pb.PreviewCorrectionRequest, issuer: Issuer
    ) -> pb.PreviewCorrectionResponse:
        """
        What a record would change that its issuer has not signed yet.

        Raises InvalidInputError as for the record itself, NotFoundError for a person who is not
        enrolled here.
        """
        new = _proposed(request, issuer)
        scheme = None
        if request.HasField("scheme"):
            scheme = scheme_from_pb(request.scheme, self._jurisdiction)
        vault, now = self._database.vault, self._clock()
        async with self._database.read() as connection:
            person = await persons.find_person(connection, request.person)
            if person is None or person.erase_time is not None:
                raise NotFoundError("no person of that name is enrolled here")
            held = await records_of(connection, vault, person.id)
            check_replaceable(held, new.record)
            own = {one.statement_id: one for one in held}
            proposed = Proposed(new=new, own=own, scheme=scheme)
            moment = _Snapshot(connection=connection, now=now)
            found = []
            for affected in await self._corrections.affected(connection, vault, person.id, new):
                draft = await self._corrections.draft(moment, affected, new)
                found.append(await look_ahead(connection, vault, affected, draft, proposed))
        return pb.PreviewCorrectionResponse(cases=[_shown(one, request.person) for one in found])


def _proposed(request: pb.PreviewCorrectionRequest, issuer: Issuer) -> HeldRecord:
    """The record under the id that it will have, without a signature."""
    claims = check_record(request.payload, request.disclosures)
    check_claims(claims, request.person, issuer)
    if not claims.supersedes:
        raise InvalidInputError(
            "the record replaces nothing; name the one that it replaces in supersedes",
            field="supersedes",
        )
    envelope = Envelope(payload_type=RECORD_TYPE, payload=request.payload, signatures=())
    i = statement_id(RECORD_TYPE, request.payload)
    return read_record(i, envelope, tuple(request.disclosures))


def _shown(outlook: Outlook, person: str) -> pb.AffectedCase:
    return pb.AffectedCase(
        case=case_to_pb(outlook.affected.loaded, person),
        reopens=outlook.reopens,
        changes=[
            pb.CorrectionChange(place=one.place, before=one.before or "", after=one.after or "")
            for one in outlook.changes
        ],
        article=outlook.article,
        told=outlook.told,
        payload=statement_to_payload(outlook.draft),
        payload_type=CORRECTION_TYPE,
        notes=outlook.notes,
    )
