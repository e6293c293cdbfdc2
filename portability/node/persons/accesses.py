"""
Accesses of the ombudsperson: opened for one person and some days, seen by the person, and used up.

An auditor needs none: audit is not about one person. Both leave a receipt each time they read.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from portability.consent.identifiers import UUID_RANDOM_BYTES, uuid7
from portability.consent.opening import AccessOpening, Ground, read_opening, write_opening
from portability.consent.payload_types import ACCESS_OPENING_TYPE
from portability.consent.scope import Party
from portability.errors import ForbiddenError, InvalidInputError, NotFoundError
from portability.federation.identity import Role
from portability.node.consents.standing import load_payload
from portability.node.log.signed import log_signed
from portability.node.persons.sessions import person_of_session
from portability.store import access, persons
from portability.v1 import persons_service_pb2 as pb
from portability.wire.consent_parts import party_to_pb
from portability.wire.proven import proven_to_pb
from portability.wire.record import subject_commitment
from portability.wire.strict import timestamp

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from portability.federation.identity import Identity
    from portability.ledger.keys import Signer
    from portability.node.log.prover import Prover
    from portability.node.log.write import Write
    from portability.store.engine import Connection, Database
    from portability.v1 import audit_service_pb2
    from portability.wire.proven import Proven


def reader_of(caller: Identity) -> Party:
    """An audit office by its id; the ombudsperson, of whom there is one, by the role."""
    return Party(
        jurisdiction=caller.jurisdiction, institution=caller.institution or str(caller.role)
    )


async def check_open(
    connection: Connection, person: int | None, caller: Identity, now: datetime
) -> None:
    """
    Raise ForbiddenError for an ombudsperson to whom these records are not open now.

    Alike where there is nobody (None): opening leaves a trace that the person sees, and without one
    not even that there is somebody is to be learned.
    """
    if caller.role is not Role.OMBUDSPERSON:
        return
    holder = str(reader_of(caller))
    opened = [] if person is None else await access.list_accesses(connection, person)
    if not any(row.holder == holder and row.create_time <= now < row.expire_time for row in opened):
        raise ForbiddenError(
            "nothing of that name is open to you; open an access to the person, which they "
            "see, and read within its days"
        )


class Accesses:
    """Opens accesses, and lists them for the person."""

    def __init__(
        self,
        *,
        database: Database,
        prover: Prover,
        node_key: Signer,
        clock: Callable[[], datetime],
        randomness: Callable[[int], bytes],
    ) -> None:
        self._database = database
        self._prover = prover
        self._node_key = node_key
        self._clock = clock
        self._randomness = randomness

    async def open(
        self, write: Write, request: audit_service_pb2.OpenAccessRequest, caller: Identity
    ) -> tuple[bytes, datetime]:
        """Sign, log and note it: its statement id and its end. Raises NotFoundError."""
        person = await persons.find_person(write.connection, request.person)
        if person is None or person.erase_time is not None:
            raise NotFoundError("there is no such person here")
        now = write.now.replace(microsecond=0)
        nonce = self._randomness(32)
        opening = AccessOpening(
            id=uuid7(write.now, self._randomness(UUID_RANDOM_BYTES)),
            nonce=nonce,
            subject_commitment=subject_commitment(nonce, person.name),
            holder=reader_of(caller),
            ground=_ground(request.ground),
            citation=request.citation,
            created_at=now,
            until=now + timedelta(days=min(request.days, 365)),
        )
        payload = write_opening(opening)
        row = await log_signed(
            write, ACCESS_OPENING_TYPE, payload, signer=self._node_key, person=person.id
        )
        await access.add_access(
            write.connection,
            access.AccessRow(
                statement_id=row.statement_id,
                leaf_index=row.leaf_index,
                person=person.id,
                holder=str(opening.holder),
                create_time=opening.created_at,
                expire_time=opening.until,
            ),
        )
        return row.statement_id, opening.until

    async def list_own(self, request: pb.ListOwnAccessesRequest) -> pb.ListOwnAccessesResponse:
        """Oldest first. Raises UnauthenticatedError."""
        vault = self._database.vault
        async with self._database.read() as connection:
            person = await person_of_session(connection, vault, request.session, self._clock())
            rows = await access.list_accesses(connection, person)
            said = [
                read_opening(await load_payload(connection, vault, row.statement_id))
                for row in rows
            ]
            uses = [await access.count_reads(connection, row) for row in rows]
        proven = await self._prover.prove([row.statement_id for row in rows])
        return pb.ListOwnAccessesResponse(
            accesses=[
                _own_access(opening, one, used)
                for opening, one, used in zip(said, proven, uses, strict=True)
            ]
        )


def _own_access(opening: AccessOpening, proven: Proven, uses: int) -> pb.OwnAccess:
    return pb.OwnAccess(
        statement=proven_to_pb(proven),
        holder=party_to_pb(opening.holder),
        ground=str(opening.ground),
        citation=opening.citation,
        create_time=timestamp(opening.created_at),
        expire_time=timestamp(opening.until),
        uses=uses,
    )


def _ground(code: str) -> Ground:
    try:
        return Ground(code)
    except ValueError:
        raise InvalidInputError(f"ground is none of: {', '.join(Ground)}", field="ground") from None
