"""Keys that are ended at the counter, for a person who came without them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from portability.consent.key_acts import KeyEndReason
from portability.errors import InvalidInputError, NotFoundError
from portability.store import persons
from portability.v1 import keys_service_pb2 as pb
from portability.wire.strict import instant

if TYPE_CHECKING:
    from datetime import datetime

    from portability.node.consents.ends import ConsentEnds
    from portability.node.log.write import Write
    from portability.node.persons.keys import PersonKeys

_REASONS: Final = {
    pb.KEY_END_REPLACED: KeyEndReason.REPLACED,
    pb.KEY_END_LOST: KeyEndReason.LOST,
    pb.KEY_END_COMPROMISED: KeyEndReason.COMPROMISED,
}


class KeyEnds:
    """Each method runs inside a transaction that is under way."""

    def __init__(self, *, keys: PersonKeys, ends: ConsentEnds) -> None:
        self._keys = keys
        self._ends = ends

    async def revoke(self, write: Write, request: pb.RevokeKeysRequest) -> list[bytes]:
        """
        End keys of a person who came without them: the records that say so.

        Raises NotFoundError for a person or a key that is not there.
        """
        person = await persons.find_person(write.connection, request.person)
        if person is None:
            raise NotFoundError("there is no such person here")
        reason = read_reason(request.reason)
        since = _since(request, reason)
        keys = await self._keys.usable(write, person.id)
        if request.key_ids:
            keys = [await self._keys.named(write, person.id, one) for one in request.key_ids]
        ended = [await self._keys.revoke(write, key) for key in keys]
        if since is not None:
            await self._ends.invalidate_signed_since(
                write, person.id, {key.key_id for key in keys}, since
            )
        return ended


def read_reason(number: pb.KeyEnd) -> KeyEndReason:
    """Why a key ends. Raises InvalidInputError."""
    found = _REASONS.get(number)
    if found is None:
        raise InvalidInputError("reason is not one that is known here", field="reason")
    return found


def _since(request: pb.RevokeKeysRequest, reason: KeyEndReason) -> datetime | None:
    """Since when a compromised key may have been in wrong hands; None for other reasons."""
    given = request.HasField("compromise_time")
    if given != (reason is KeyEndReason.COMPROMISED):
        raise InvalidInputError(
            "compromise_time is given for a compromised key, and for no other",
            field="compromise_time",
        )
    return instant(request.compromise_time, "compromise_time") if given else None
