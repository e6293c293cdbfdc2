"""The write path of one node, from the service that answers down to the database; no network."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from os import urandom
from typing import NoReturn

from portability.errors import PeerUnavailableError
from portability.federation.identity import Identity, parse_identity
from portability.ledger.note import log_key
from portability.node.audit.fsck import LogTrust
from portability.node.calls.caller import CURRENT_CALL, Call
from portability.node.cases.parts import build_case_parts
from portability.node.foundation import Foundation, World
from portability.node.log.prover import Prover
from portability.node.log.sequencer import Sequencer
from portability.node.records.parts import build_records_service
from portability.node.records.service import RecordsService
from portability.store.engine import Database, open_database
from portability.wire.intake import Accepted, Issuer, Refused, check_submissions
from tests.unit.agents.rosa_case import KEYS, NOW, ORIGINS, make_directory

DIRECTORY = make_directory()
LOG_KEY = KEYS["FR log"]
LOG_VKEY = log_key(ORIGINS["FR"], LOG_KEY.public)
TRUST = LogTrust(jurisdiction="FR", origin=ORIGINS["FR"], keys=(LOG_VKEY,), directory=DIRECTORY)
CNAV = parse_identity("portability://FR/agency/cnav")
DATABASE_KEYS = {"wrapping_key": bytes(range(32)), "index_key": bytes(range(32, 64))}


class CheckedHere:
    """Verifies submissions in this process, so that a point costs no further processes."""

    async def check(self, submission: bytes, issuer: Issuer) -> Accepted | Refused:
        return check_submissions([submission], issuer)[0]

    async def check_batch(
        self, submissions: Sequence[bytes], issuer: Issuer
    ) -> list[Accepted | Refused]:
        return check_submissions(submissions, issuer)


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallNode:
    database: Database
    sequencer: Sequencer
    prover: Prover
    records: RecordsService


def now() -> datetime:
    return NOW


@asynccontextmanager
async def small_node(url: str) -> AsyncIterator[SmallNode]:
    """Open what is there and begin, as every start of a node does; close in the end."""
    database = await open_database(url, **DATABASE_KEYS, randomness=urandom)
    sequencer = Sequencer(
        database=database,
        origin=ORIGINS["FR"],
        log_key=LOG_KEY,
        clock=now,
        fault=lambda _: None,
    )
    foundation = Foundation(
        jurisdiction="FR",
        node_key=KEYS["FR node"],
        directory=lambda: DIRECTORY,
        database=database,
        sequencer=sequencer,
        prover=Prover(database),
        world=World(clock=now, monotonic=lambda: 0.0, randomness=urandom, fault=lambda _: None),
    )
    cases = build_case_parts(foundation, peer=_no_peer)
    try:
        await sequencer.start()
        yield SmallNode(
            database=database,
            sequencer=sequencer,
            prover=foundation.prover,
            records=build_records_service(
                foundation,
                verifiers=CheckedHere(),
                writer=cases.writer,
                discloser=cases.discloser,
            ),
        )
    finally:
        await sequencer.close()
        await database.close()


def _no_peer(code: str) -> NoReturn:
    raise PeerUnavailableError("this node has no peers", jurisdiction=code)


def called_by(caller: Identity) -> None:
    """What follows in this task is a call that this caller made."""
    call = Call("a call", 0.0)
    call.caller = caller
    CURRENT_CALL.set(call)
