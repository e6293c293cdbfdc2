"""Who may sign for persons at a counter: workers and witnesses, under keys of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from portability.consent.assisted import (
    AssistantRecord,
    AssistantRole,
    read_assistant,
    write_assistant,
)
from portability.consent.document import Method
from portability.consent.identifiers import UUID_RANDOM_BYTES, uuid7
from portability.consent.payload_types import ASSISTANT_TYPE
from portability.consent.scope import Party
from portability.consent.statements import AssistantKey
from portability.errors import (
    InvalidInputError,
    NotFoundError,
    PreconditionError,
)
from portability.ledger.encoding import HASH_BYTES
from portability.node.consents.standing import load_payload
from portability.node.log.signed import log_signed
from portability.store import assisting
from portability.v1 import counter_service_pb2 as pb
from portability.wire.strict import exactly

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from portability.federation.identity import Identity
    from portability.ledger.keys import Signer
    from portability.node.log.write import Write
    from portability.node.persons.keys import SignedBy
    from portability.store.engine import Connection

_ROLES: Final = {
    pb.ASSISTANT_ROLE_WORKER: AssistantRole.WORKER,
    pb.ASSISTANT_ROLE_WITNESS: AssistantRole.WITNESS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Assistant:
    """Somebody who may sign for persons; ``id`` is the statement id of the record."""

    id: bytes
    record: AssistantRecord


class Assistants:
    """Each method runs inside a transaction that is under way."""

    def __init__(self, *, node_key: Signer, randomness: Callable[[int], bytes]) -> None:
        self._node_key = node_key
        self._randomness = randomness

    async def enrol(
        self, write: Write, request: pb.EnrolAssistantRequest, caller: Identity
    ) -> bytes:
        """Log whose key it is; the statement id, by which the assistant is named from then on."""
        role = _ROLES.get(request.role)
        if role is None:
            raise InvalidInputError("role is not one that is known here", field="role")
        record = AssistantRecord(
            id=uuid7(write.now, self._randomness(UUID_RANDOM_BYTES)),
            nonce=self._randomness(HASH_BYTES),
            role=role,
            organisation=_organisation(caller),
            unit=request.unit,
            public_key=request.public_key,
            valid_from=write.now.replace(microsecond=0),
        )
        payload = write_assistant(record)
        row = await log_signed(write, ASSISTANT_TYPE, payload, signer=self._node_key, person=None)
        added = await assisting.add_assistant(
            write.connection,
            assisting.AssistantRow(
                statement_id=row.statement_id,
                leaf_index=row.leaf_index,
                public_key=record.public_key,
                organisation=str(record.organisation),
                create_time=write.now,
            ),
        )
        if not added:
            raise PreconditionError("this key is enrolled already; generate one for this purpose")
        return row.statement_id

    async def revoke(
        self, write: Write, request: pb.RevokeAssistantRequest, caller: Identity
    ) -> None:
        """End a key of the caller's own staff. Raises NotFoundError, alike for that of others."""
        named = exactly(request.assistant, HASH_BYTES, "assistant")
        row = await assisting.find_assistant(write.connection, named)
        if row is None or row.organisation != str(_organisation(caller)):
            raise NotFoundError("there is no such assistant here")
        await assisting.revoke_assistant(write.connection, named, write.now)

    async def find(
        self, write: Write, named: bytes, field: str, caller: Identity | None = None
    ) -> Assistant:
        """
        Somebody whose key has not ended, of the caller's staff where one is given.

        Raises NotFoundError, alike for the staff of others.
        """
        one = exactly(named, HASH_BYTES, field)
        row = await assisting.find_assistant(write.connection, one)
        is_theirs = row is not None and (
            caller is None or row.organisation == str(_organisation(caller))
        )
        if row is None or row.revoke_time is not None or not is_theirs:
            whose = "here" if caller is None else "of the institution that runs this counter"
            raise NotFoundError(f"there is no such {field} {whose}, or their key has ended")
        payload = await load_payload(write.connection, write.vault, one)
        return Assistant(id=one, record=read_assistant(payload))

    async def worker_of(self, write: Write, named: bytes, caller: Identity) -> Assistant:
        """A worker of the caller's staff. Raises NotFoundError, PreconditionError for a witness."""
        found = await self.find(write, named, "worker", caller)
        if found.record.role is not AssistantRole.WORKER:
            raise PreconditionError("whoever helps must be enrolled as a worker")
        return found


def keys_of(signers: Sequence[Assistant]) -> tuple[AssistantKey, ...]:
    """Who signs, as the record of keys for one act names them."""
    return tuple(
        AssistantKey(
            record=one.id,
            role=str(one.record.role),
            public_key=one.record.public_key,
            organisation=one.record.organisation,
        )
        for one in signers
    )


async def note_help(write: Write, signed: SignedBy, act: bytes, person: int) -> None:
    """Count what a worker helped with on a device of the office, for the report to auditors."""
    key = signed.record
    if key.method is not Method.ASSISTED_DEVICE:
        return
    worker = key.assistants[0].record
    await assisting.add_assisted(
        write.connection,
        assisting.AssistedRow(
            digest=act,
            person=person,
            worker=worker,
            witness=worker,
            key_record=signed.row.key_record,
            place="",
            device="",
            offer_time=signed.row.create_time,
            grant_time=write.now,
        ),
    )


async def organisation_of(connection: Connection, assistant: bytes) -> Party:
    """Who answers for an assistant. Raises NotFoundError."""
    row = await assisting.find_assistant(connection, assistant)
    if row is None:
        raise NotFoundError("there is no such assistant here")
    jurisdiction, _, institution = row.organisation.partition("/")
    return Party(jurisdiction=jurisdiction, institution=institution)


def _organisation(caller: Identity) -> Party:
    return Party(jurisdiction=caller.jurisdiction, institution=caller.institution)
