"""The over-asking check: what a request may ask of a person, before the person is disturbed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from portability.consent.over_asking import check_request
from portability.consent.template import Template, parse_template
from portability.errors import InvalidInputError, PreconditionError
from portability.node.consents.standing import load_payload
from portability.store import consents, log

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime

    from portability.consent.agreement import AgreementScope
    from portability.consent.statements import ConsentRequest
    from portability.ledger.trust import Directory
    from portability.store.engine import Database

events = structlog.get_logger(__name__)


class Asking:
    """Holds requests against their template and the agreement that it names."""

    def __init__(
        self,
        *,
        database: Database,
        directory: Callable[[], Directory],
        agreement_scope: Callable[[str, date], AgreementScope],
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._directory = directory
        self._agreement_scope = agreement_scope
        self._clock = clock

    async def check(self, content: ConsentRequest, statement: bytes) -> None:
        """
        Raise InvalidInputError for a request that asks for more than it may, or for the past.

        PreconditionError where the institution has registered no such template.
        """
        try:
            template = await self._template(content)
            day = self._clock().date()
            who = content.requester
            check_request(
                content,
                template,
                self._agreement_scope(template.agreement, day),
                branches=self._directory().institution(who.jurisdiction, who.institution).branches,
            )
        except InvalidInputError as error:
            events.info(
                "consent_request_refused",
                statement=statement.hex(),
                field=error.context.get("field", ""),
            )
            raise
        if content.not_after <= self._clock():
            raise InvalidInputError("not_after has passed already", field="not_after")

    async def _template(self, content: ConsentRequest) -> Template:
        """The template that a request names, registered by the very institution that asks."""
        vault = self._database.vault
        async with self._database.read() as connection:
            row = await consents.find_purpose_template(connection, content.template)
            stored = (await log.read_statements(connection, vault, [content.template])).get(
                content.template
            )
            entry = None if stored is None else self._directory().key(stored.key_id)
            holder = None if entry is None else (entry.jurisdiction, entry.institution)
            asking = (content.requester.jurisdiction, content.requester.institution)
            if row is None or holder != asking:
                raise PreconditionError(
                    "this institution has registered no such purpose template; register it first",
                    field="template",
                )
            return parse_template(await load_payload(connection, vault, content.template))
