"""
A consent in the terms of other software: for the person, for whoever asked for it, for auditors.

An auditor's reading is an access like any other, and leaves a receipt that the person sees.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from portability.consent.exports import ConsentRecord, to_dpv, to_fhir, to_govstack
from portability.errors import InvalidInputError, NotFoundError
from portability.federation.identity import Role
from portability.ledger.encoding import HASH_BYTES
from portability.node.consents.standing import consent_standing, load_consent
from portability.node.persons.sessions import person_of_session
from portability.store import log
from portability.v1 import consents_service_pb2 as pb
from portability.wire.strict import exactly

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from portability.consent.exports import Document
    from portability.federation.identity import Identity
    from portability.node.audit.person_export import PersonExporter
    from portability.node.consents.standing import StoredConsent
    from portability.store.engine import Connection, Database


@dataclass(frozen=True, slots=True)
class _Format:
    write: Callable[[ConsentRecord], Document]
    media_type: str
    ending: str


_FORMATS: Final = {
    pb.CONSENT_FORMAT_DPV: _Format(to_dpv, "application/ld+json", "dpv.jsonld"),
    pb.CONSENT_FORMAT_FHIR: _Format(to_fhir, "application/fhir+json", "fhir.json"),
    pb.CONSENT_FORMAT_GOVSTACK: _Format(to_govstack, "application/json", "govstack.json"),
}


class ConsentExports:
    """Writes consents for others."""

    def __init__(
        self,
        *,
        database: Database,
        exporter: PersonExporter,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._exporter = exporter
        self._clock = clock

    async def export(
        self, request: pb.ExportConsentRequest, caller: Identity
    ) -> pb.ExportConsentResponse:
        """
        The record as it stands now. Raises InvalidInputError for no format that is known here.

        Raises NotFoundError, alike for a consent that is not there and for somebody else's; and
        UnauthenticatedError for a portal without a session that is open.
        """
        wanted = _FORMATS.get(request.format)
        if wanted is None:
            raise InvalidInputError("format is not one that is known here", field="format")
        consent_id = exactly(request.consent, HASH_BYTES, "consent")
        now = self._clock()
        async with self._database.read() as connection:
            # Before the consent is looked for: a session that has ended is told alike of any id.
            reader = await self._reader(connection, request, caller, now)
            consent = await load_consent(connection, self._database.vault, consent_id)
            if consent is None or reader not in (None, consent.row.person, consent.row.requester):
                raise NotFoundError("there is no such consent here")
            record = await self._record(connection, consent, now)
        content = json.dumps(wanted.write(record), indent=2, ensure_ascii=False).encode() + b"\n"
        name = f"consent-{consent_id.hex()[:16]}.{wanted.ending}"
        if caller.role is Role.AUDITOR:
            await self._exporter.note_reading(consent.row.person, caller, {name: content})
        return pb.ExportConsentResponse(
            content=content, media_type=wanted.media_type, file_name=name
        )

    async def _reader(
        self,
        connection: Connection,
        request: pb.ExportConsentRequest,
        caller: Identity,
        now: datetime,
    ) -> int | str | None:
        """The person behind the session or the institution; none for those who may read any."""
        if caller.role is Role.PORTAL:
            vault = self._database.vault
            return await person_of_session(connection, vault, request.session, now)
        if caller.role is Role.AGENCY:
            return f"{caller.jurisdiction}/{caller.institution}"
        return None  # an auditor's reading is about no one person, and leaves a receipt

    async def _record(
        self, connection: Connection, consent: StoredConsent, now: datetime
    ) -> ConsentRecord:
        consent_id = consent.row.statement_id
        rows = await log.read_statements(connection, self._database.vault, [consent_id])
        where = await consent_standing(connection, consent, now)
        return ConsentRecord(
            id=consent_id,
            document=consent.document,
            state=where.state,
            changed_at=where.since.replace(microsecond=0),
            key_id=rows[consent_id].key_id,
        )
