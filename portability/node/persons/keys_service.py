"""KeysService: how the keys that persons sign with are enrolled, added, removed and ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portability.consent.registration import ALGORITHMS
from portability.errors import InvalidInputError
from portability.node.calls.caller import caller_of
from portability.node.persons.key_codes import person_of, person_of_code
from portability.node.persons.keys import record_in
from portability.node.persons.passkeys import passkeys_or_refuse, user_handle
from portability.node.persons.prepared import prepared_fields
from portability.node.persons.sessions import (
    REGISTRATION_LIFETIME,
    code_digest,
    device_digest,
    new_secret,
    open_session,
    registration_digest,
)
from portability.store import access, persons
from portability.v1 import keys_service_pb2 as pb
from portability.v1 import keys_service_pb2_grpc as services
from portability.wire.envelope import envelope_from_pb
from portability.wire.proven import proven_to_pb
from portability.wire.strict import timestamp

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from portability.consent.statements import SubjectKey
    from portability.node.calls.caller import Context
    from portability.node.log.prover import Prover
    from portability.node.log.sequencer import Sequencer
    from portability.node.log.write import Write
    from portability.node.persons.key_acts import KeyActs
    from portability.node.persons.key_codes import KeyCodes
    from portability.node.persons.key_ends import KeyEnds
    from portability.node.persons.keys import PersonKeys
    from portability.node.persons.passkeys import PasskeySettings
    from portability.store.engine import Database


class KeysService(services.KeysServiceServicer):
    """
    Serves the portal (a person's own keys) and agencies of this jurisdiction (keys that are lost).

    Which role may make which call is decided before it gets here (``calls.roles``).
    """

    def __init__(
        self,
        *,
        database: Database,
        sequencer: Sequencer,
        prover: Prover,
        keys: PersonKeys,
        codes: KeyCodes,
        acts: KeyActs,
        ends: KeyEnds,
        passkeys: PasskeySettings | None,
        clock: Callable[[], datetime],
        randomness: Callable[[int], bytes],
    ) -> None:
        self._database = database
        self._sequencer = sequencer
        self._prover = prover
        self._keys = keys
        self._codes = codes
        self._acts = acts
        self._ends = ends
        self._passkeys = passkeys
        self._clock = clock
        self._randomness = randomness

    async def CreatePasskeyOptions(  # noqa: N802  # the name in the contract
        self, request: pb.CreatePasskeyOptionsRequest, context: Context
    ) -> pb.CreatePasskeyOptionsResponse:
        caller_of(context)
        settings = passkeys_or_refuse(self._passkeys)
        challenge = new_secret(self._randomness)

        async def work(write: Write) -> tuple[bytes, list[bytes]]:
            person = await self._enrolling(write, request)
            await access.add_challenge(
                write.connection,
                digest=registration_digest(write.vault, challenge),
                person=person.id,
                expire_time=write.now + REGISTRATION_LIFETIME,
            )
            handle = user_handle(write.vault, person.name)
            return handle, await self._keys.credentials(write, person.id)

        (handle, known), _ = await self._sequencer.run(work)
        return pb.CreatePasskeyOptionsResponse(
            challenge=challenge,
            relying_party_id=settings.relying_party_id,
            relying_party_name=settings.name,
            user_handle=handle,
            exclude_credential_ids=known,
            algorithms=ALGORITHMS,
        )

    async def EnrolPasskey(  # noqa: N802
        self, request: pb.EnrolPasskeyRequest, context: Context
    ) -> pb.EnrolPasskeyResponse:
        caller_of(context)
        (name, enrolled), committed = await self._sequencer.run(
            lambda write: self._codes.enrol(write, request)
        )
        return pb.EnrolPasskeyResponse(
            person=name,
            key_record=proven_to_pb(committed.prove(enrolled.record)),
            registration=proven_to_pb(committed.prove(enrolled.registration)),
        )

    async def PrepareKeyAddition(  # noqa: N802
        self, request: pb.PrepareKeyAdditionRequest, context: Context
    ) -> pb.PrepareKeyAdditionResponse:
        caller_of(context)
        prepared, _ = await self._sequencer.run(
            lambda write: self._acts.prepare_addition(write, request)
        )
        return pb.PrepareKeyAdditionResponse(**prepared_fields(prepared))

    async def PrepareKeyRemoval(  # noqa: N802
        self, request: pb.PrepareKeyRemovalRequest, context: Context
    ) -> pb.PrepareKeyRemovalResponse:
        caller_of(context)
        prepared, _ = await self._sequencer.run(
            lambda write: self._acts.prepare_removal(write, request)
        )
        return pb.PrepareKeyRemovalResponse(**prepared_fields(prepared))

    async def RecordKeyAct(  # noqa: N802
        self, request: pb.RecordKeyActRequest, context: Context
    ) -> pb.RecordKeyActResponse:
        caller_of(context)
        envelope = envelope_from_pb(request.envelope)
        done, committed = await self._sequencer.run(
            lambda write: self._acts.record(write, envelope, request.user_handle)
        )
        if done.fresh:
            proven = [committed.prove(one) for one in (done.act, done.record)]
        else:
            proven = [await self._prover.prove_first(one) for one in (done.act, done.record)]
        act, record = proven
        return pb.RecordKeyActResponse(statement=proven_to_pb(act), key_record=proven_to_pb(record))

    async def ListOwnKeys(  # noqa: N802
        self, request: pb.ListOwnKeysRequest, context: Context
    ) -> pb.ListOwnKeysResponse:
        caller_of(context)
        vault = self._database.vault
        async with self._database.read() as connection:
            session = await open_session(connection, vault, request.session, self._clock())
            rows = await access.list_subject_keys(connection, session.person)
            shown = [(row, await record_in(connection, vault, row)) for row in rows]
        return pb.ListOwnKeysResponse(
            keys=[
                _own_key(row, record, is_current=row.key_id == session.key_id)
                for row, record in shown
            ]
        )

    async def RevokeKeys(  # noqa: N802
        self, request: pb.RevokeKeysRequest, context: Context
    ) -> pb.RevokeKeysResponse:
        caller_of(context)
        ended, committed = await self._sequencer.run(
            lambda write: self._ends.revoke(write, request)
        )
        return pb.RevokeKeysResponse(
            key_records=[proven_to_pb(committed.prove(one)) for one in ended]
        )

    async def _enrolling(
        self, write: Write, request: pb.CreatePasskeyOptionsRequest
    ) -> persons.Person:
        """Whoever holds the code or the session. Raises UnauthenticatedError."""
        if bool(request.code) == bool(request.session):
            raise InvalidInputError("give either code or session, and not both", field="code")
        if request.session:
            found = await open_session(write.connection, write.vault, request.session, write.now)
            return await person_of(write, found.person)
        number = await access.find_enrolment_code(
            write.connection, digest=code_digest(write.vault, request.code), now=write.now
        )
        if number is None:
            number = await access.find_enrolment_code(
                write.connection, digest=device_digest(write.vault, request.code), now=write.now
            )
        return await person_of_code(write, number)


def _own_key(row: access.SubjectKey, record: SubjectKey, *, is_current: bool) -> pb.OwnKey:
    return pb.OwnKey(
        key_id=row.key_id,
        method=row.method,
        credential_id=row.credential_id or b"",
        create_time=timestamp(row.create_time),
        revoke_time=None if row.revoke_time is None else timestamp(row.revoke_time),
        last_use_time=None if row.last_use_time is None else timestamp(row.last_use_time),
        is_current=is_current,
        backed_up=record.backed_up,
        counter_went_back=row.counter_back_time is not None,
    )
