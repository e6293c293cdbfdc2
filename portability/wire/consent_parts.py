"""
What signed payloads about permissions have in common: parties, grants, states, strict reading.

Source: consent.proto; formats.md, §6 to §8.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final, TypeVar

from google.protobuf.message import Message

from portability.consent.causes import RefusalCause
from portability.consent.document import IdentityLevel, LegalBasisKind, Method
from portability.consent.scope import Action, Grant, Party
from portability.consent.statements import (
    ConsentState,
)
from portability.core.periods import Branch
from portability.errors import InvalidInputError
from portability.v1 import consent_pb2 as pb
from portability.v1 import statement_pb2
from portability.wire.strict import civil_date, instant, parse_strictly

MAX_PAYLOAD_BYTES: Final = 131_072
"""A request for 32 grants of ten fields each takes about a tenth of it."""

M = TypeVar("M", bound=Message)
E = TypeVar("E", Branch, Action, Method, IdentityLevel, RefusalCause, LegalBasisKind)

_STATES: Final = {
    pb.CONSENT_STATE_REQUESTED: ConsentState.REQUESTED,
    pb.CONSENT_STATE_GRANTED: ConsentState.GRANTED,
    pb.CONSENT_STATE_REFUSED: ConsentState.REFUSED,
    pb.CONSENT_STATE_LAPSED: ConsentState.LAPSED,
    pb.CONSENT_STATE_PAUSED: ConsentState.PAUSED,
    pb.CONSENT_STATE_SUPERSEDED: ConsentState.SUPERSEDED,
    pb.CONSENT_STATE_WITHDRAWN: ConsentState.WITHDRAWN,
    pb.CONSENT_STATE_EXPIRED: ConsentState.EXPIRED,
    pb.CONSENT_STATE_EXHAUSTED: ConsentState.EXHAUSTED,
    pb.CONSENT_STATE_TERMINATED: ConsentState.TERMINATED,
    pb.CONSENT_STATE_INVALIDATED: ConsentState.INVALIDATED,
}
_STATE_NUMBERS: Final = {state: number for number, state in _STATES.items()}


def state_from_pb(number: pb.ConsentState) -> ConsentState:
    """Raises InvalidInputError for the unspecified state and for one that is not known here."""
    found = _STATES.get(number)
    if found is None:
        raise InvalidInputError("state is not one that is known here", field="state")
    return found


def state_to_pb(state: ConsentState) -> pb.ConsentState:
    return _STATE_NUMBERS[state]


def party_from_pb(message: statement_pb2.Party) -> Party:
    """An institution, or a node where the institution is empty."""
    return Party(jurisdiction=message.jurisdiction, institution=message.institution)


def party_to_pb(party: Party) -> statement_pb2.Party:
    return statement_pb2.Party(jurisdiction=party.jurisdiction, institution=party.institution)


def grant_from_pb(message: pb.ScopeGrant) -> Grant:
    """One item of a scope; InvalidInputError for an unknown branch or action, or a bad date."""
    return Grant(
        branches=tuple(known_member(Branch, text, "branches") for text in message.branches),
        datatypes=tuple(message.datatypes),
        actions=tuple(known_member(Action, text, "actions") for text in message.actions),
        fields=tuple(message.fields),
        from_date=civil_date(message.from_date, "from_date"),
        to_date=civil_date(message.to_date, "to_date"),
    )


def grant_to_pb(grant: Grant) -> pb.ScopeGrant:
    return pb.ScopeGrant(
        branches=map(str, grant.branches),
        datatypes=grant.datatypes,
        actions=map(str, grant.actions),
        fields=grant.fields,
        from_date=grant.from_date.isoformat(),
        to_date=grant.to_date.isoformat(),
    )


def grants_from_pb(messages: Iterable[pb.ScopeGrant]) -> tuple[Grant, ...]:
    return tuple(map(grant_from_pb, messages))


def parse_payload(kind: type[M], payload: bytes, what: str) -> M:
    """Raises InvalidInputError for what is too long or would not be understood in full."""
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise InvalidInputError(
            f"the {what} has {len(payload)} bytes, {MAX_PAYLOAD_BYTES} are allowed",
            field="payload",
            limit=str(MAX_PAYLOAD_BYTES),
        )
    return parse_strictly(kind, payload, what)


def known_member(values: type[E], text: str, field: str) -> E:
    """The member of that text. Raises InvalidInputError naming the field."""
    try:
        return values(text)
    except ValueError:
        raise InvalidInputError(f"{field} is not one that is known here", field=field) from None


def required_instant(message: Message, field: str) -> datetime:
    """Raises InvalidInputError if it is missing."""
    found = optional_instant(message, field)
    if found is None:
        raise InvalidInputError(f"{field} is missing", field=field)
    return found


def optional_instant(message: Message, field: str) -> datetime | None:
    return instant(getattr(message, field), field) if message.HasField(field) else None
