"""
What a worker signed alone, confirmed by the person with a code that came by letter or call.

Neither whoever asked for the consent nor whoever helped makes such a code.
Source: formats.md, §7.1 (A1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from portability.consent.confirmation import Confirmation, write_confirmation
from portability.consent.document import ActLevel
from portability.consent.identifiers import UUID_RANDOM_BYTES, uuid7
from portability.consent.payload_types import CONFIRMATION_TYPE
from portability.consent.statements import ConsentState
from portability.errors import NotFoundError, PreconditionError
from portability.ledger.encoding import HASH_BYTES
from portability.ledger.envelope import kind_of
from portability.node.consents.assistants import organisation_of
from portability.node.consents.standing import consent_standing, load_consent
from portability.node.log.signed import log_signed
from portability.node.persons.sessions import CONFIRMATION_LIFETIME, confirmation_digest
from portability.store import assisting, consents, persons

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from portability.consent.scope import Party
    from portability.ledger.keys import Signer
    from portability.node.consents.standing import StoredConsent
    from portability.node.log.write import Write

KIND: Final = kind_of(CONFIRMATION_TYPE)


class Confirming:
    """Each method runs inside a transaction that is under way."""

    def __init__(self, *, node_key: Signer, randomness: Callable[[int], bytes]) -> None:
        self._node_key = node_key
        self._randomness = randomness

    async def keep_code(
        self, write: Write, person: str, consent_id: bytes, code: str, caller: Party
    ) -> datetime:
        """
        Let a code confirm a consent; when it stops working.

        Raises NotFoundError, PreconditionError for what waits for no confirmation, and for whoever
        asked for the consent or helped with it.
        """
        consent = await load_consent(write.connection, write.vault, consent_id)
        found = await persons.find_person(write.connection, person)
        if consent is None or found is None or consent.row.person != found.id:
            raise NotFoundError("there is no such consent of that person here")
        await _check_waits(write, consent)
        if consent.document.requester.party == caller:
            raise PreconditionError(
                "whoever asked for the consent does not ask for its confirmation; another office "
                "writes to the person, or calls"
            )
        if await _helped(write, consent) == caller:
            raise PreconditionError(
                "whoever helped does not make the code that confirms it; an office of another "
                "institution writes to the person, or calls"
            )
        expire_time = write.now.replace(microsecond=0) + CONFIRMATION_LIFETIME
        await consents.add_prepared_document(
            write.connection,
            consents.PreparedDocument(
                digest=confirmation_digest(write.vault, code),
                kind=KIND,
                person=found.id,
                subject=consent_id,
                expire_time=expire_time,
            ),
        )
        return expire_time

    async def confirm(self, write: Write, code: str) -> tuple[bytes, ConsentState] | None:
        """
        Use a code up: the consent that it confirmed, and where that stands; None for a wrong one.

        Raises PreconditionError for a consent that waits for no confirmation any more.
        """
        digest = confirmation_digest(write.vault, code)
        kept = await consents.take_prepared_document(write.connection, digest=digest, now=write.now)
        consent = None
        if kept is not None:
            consent = await load_consent(write.connection, write.vault, kept.subject)
        if consent is None:
            return None
        await _check_waits(write, consent)
        payload = write_confirmation(
            Confirmation(
                id=uuid7(write.now, self._randomness(UUID_RANDOM_BYTES)),
                nonce=self._randomness(HASH_BYTES),
                consent=consent.row.statement_id,
                created_at=write.now.replace(microsecond=0),
            )
        )
        row = await log_signed(
            write, CONFIRMATION_TYPE, payload, signer=self._node_key, person=consent.row.person
        )
        await consents.add_consent_act(
            write.connection,
            consents.ConsentAct(
                statement_id=row.statement_id,
                leaf_index=row.leaf_index,
                consent=consent.row.statement_id,
                kind=KIND,
                create_time=write.now,
            ),
        )
        where = await consent_standing(write.connection, consent, write.now)
        return consent.row.statement_id, where.state


async def _helped(write: Write, consent: StoredConsent) -> Party:
    """
    The institution of the worker who signed alone.

    Raises PreconditionError where that is not known any more: then nobody could be kept out.
    """
    act = await assisting.find_assisted(write.connection, consent.row.statement_id)
    if act is None:
        raise PreconditionError("it is not known who helped; ask the person for a new consent")
    return await organisation_of(write.connection, act.worker)


async def _check_waits(write: Write, consent: StoredConsent) -> None:
    """Raises PreconditionError unless a confirmation would put the consent in force now."""
    row = consent.row
    latest = await consents.find_consent_by_request(write.connection, row.consent_request)
    refused = await consents.find_refusal(write.connection, row.consent_request)
    where = await consent_standing(write.connection, consent, write.now)
    waits = (
        consent.document.assurance.act is ActLevel.A1
        and where.state is ConsentState.REQUESTED
        and refused is None
        and latest is not None
        and latest.statement_id == row.statement_id
        and write.now < consent.document.not_after
    )
    if not waits:
        raise PreconditionError(
            "this consent waits for no confirmation: it is of another level, was confirmed, was "
            "replaced or refused, or its time is over"
        )
