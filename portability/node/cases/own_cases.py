"""OwnCasesService: a signed-in person's claims, and what other countries said in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from portability.node.calls.caller import caller_of
from portability.node.cases.clocks import held_times
from portability.node.cases.loading import load_case
from portability.node.cases.person_keys import foreign_key_records, own_key_records
from portability.node.cases.views import case_to_pb
from portability.node.consents.evidence import read_exhibits
from portability.node.persons.sessions import person_of_session
from portability.store import cases
from portability.v1 import own_cases_service_pb2 as pb
from portability.v1 import own_cases_service_pb2_grpc as services
from portability.wire.proven import proven_to_pb
from portability.wire.record import RECORD_TYPE

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from portability.node.calls.caller import Context
    from portability.node.log.prover import Prover
    from portability.store.engine import Connection, Database


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """A claim, with what this log has still to prove: its statements, and records of keys."""

    case: pb.OwnCase
    statements: list[bytes]
    keys: list[bytes]


class OwnCasesService(services.OwnCasesServiceServicer):
    """Serves the portal. Each statement comes with its proof, for the reader to check."""

    def __init__(
        self,
        *,
        database: Database,
        prover: Prover,
        clock: Callable[[], datetime],
        jurisdiction: str,
    ) -> None:
        self._database = database
        self._prover = prover
        self._clock = clock
        self._jurisdiction = jurisdiction

    async def ListOwnCases(  # noqa: N802  # the name in the contract
        self, request: pb.ListOwnCasesRequest, context: Context
    ) -> pb.ListOwnCasesResponse:
        caller_of(context)
        vault = self._database.vault
        shown: list[_Shown] = []
        foreign: dict[bytes, pb.ForeignRecord] = {}
        async with self._database.read() as connection:
            person = await person_of_session(connection, vault, request.session, self._clock())
            for row in await cases.list_person_cases(connection, vault, person):
                one = await self._case(connection, row.case_id)
                if one is not None:
                    shown.append(one)
                    foreign |= await self._foreign(connection, row.case_id)
        ids = list(dict.fromkeys(i for one in shown for i in (*one.statements, *one.keys)))
        proven = dict(zip(ids, await self._prover.prove(ids), strict=True)) if ids else {}
        for one in shown:
            one.case.statements.extend(proven_to_pb(proven[i]) for i in one.statements)
            one.case.key_records.extend(proven_to_pb(proven[i]) for i in one.keys)
        return pb.ListOwnCasesResponse(
            cases=[one.case for one in shown], foreign_records=foreign.values()
        )

    async def _case(self, connection: Connection, case_id: str) -> _Shown | None:
        vault = self._database.vault
        loaded = await load_case(connection, vault, own=self._jurisdiction, case_id=case_id)
        if loaded is None:
            return None
        foreign_keys = await foreign_key_records(connection, vault, loaded)
        case = pb.OwnCase(
            case=case_to_pb(loaded, ""),
            held=await held_times(connection, loaded, self._clock()),
            key_records=map(proven_to_pb, foreign_keys),
        )
        return _Shown(
            case=case,
            statements=[i for i, one in loaded.held.items() if not one.is_erased],
            keys=list(await own_key_records(connection, loaded)),
        )

    async def _foreign(self, connection: Connection, case_id: str) -> dict[bytes, pb.ForeignRecord]:
        found = await read_exhibits(connection, self._database.vault, case_id)
        return {
            i: pb.ForeignRecord(log_jurisdiction=one.origin, statement=proven_to_pb(one.proven))
            for i, one in found.items()
            if one.proven.envelope.payload_type == RECORD_TYPE
        }
