"""What was answered to acts of persons, also when they are handed in again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from portability.consent.acts import read_pause, read_refusal, read_resume
from portability.consent.consent_reader import read_consent, read_withdrawal
from portability.consent.payload_types import (
    PAUSE_TYPE,
    REFUSAL_TYPE,
    RESUME_TYPE,
    WITHDRAWAL_TYPE,
)
from portability.consent.statements import ConsentState
from portability.errors import NotFoundError
from portability.ledger.envelope import Envelope
from portability.node.consents.standing import (
    consent_said,
    consent_standing,
    load_consent,
    load_request,
    request_standing,
)
from portability.node.log.write import Write
from portability.node.persons.prepared import not_prepared, was_handed_in

_ON_CONSENTS: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    WITHDRAWAL_TYPE: lambda payload: read_withdrawal(payload).consent,
    PAUSE_TYPE: lambda payload: read_pause(payload).consent,
    RESUME_TYPE: lambda payload: read_resume(payload).consent,
}
"""Which consent an act is on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """An act that is in the log; not ``fresh`` if it had been recorded before."""

    statement_id: bytes
    state: ConsentState
    fresh: bool


async def first_answer(write: Write, envelope: Envelope, act_id: bytes) -> Done:
    """
    The first answer, for an act that is sent again because its answer was lost.

    Raises PreconditionError for a document that nobody prepared here, or whose time is over.
    """
    if not await was_handed_in(write, act_id):
        raise not_prepared()
    if envelope.payload_type == REFUSAL_TYPE:
        request = read_refusal(envelope.payload).request
        asked = await load_request(write.connection, write.vault, request)
        if asked is None:
            raise NotFoundError("there is no such request here")
        where, _ = await request_standing(write.connection, write.vault, asked, write.now)
        return Done(statement_id=act_id, state=where.state, fresh=False)
    subject = _ON_CONSENTS.get(envelope.payload_type)
    if subject is None:
        consent = await consent_said(write.connection, act_id, read_consent(envelope.payload))
    else:
        consent = await load_consent(write.connection, write.vault, subject(envelope.payload))
    if consent is None:
        raise NotFoundError("there is no such consent here")
    where = await consent_standing(write.connection, consent, write.now)
    return Done(statement_id=act_id, state=where.state, fresh=False)
