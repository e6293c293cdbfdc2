"""The write path of one node, from the service that answers down to the database; no network."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from os import urandom

from portability.federation.identity import Identity, parse_identity
from portability.ledger.note import log_key
from portability.node.agreements.scopes import shipped_scope
from portability.node.audit.fsck import LogTrust
from portability.node.calls.caller import CURRENT_CALL, Call
from portability.node.cases.corrections import Corrections
from portability.node.cases.previewing import CorrectionPreviews
from portability.node.cases.writing import CaseWriter
from portability.node.log.prover import Prover
from portability.node.log.sequencer import Sequencer
from portability.node.records.disclosure import Discloser
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
    prover = Prover(database)
    corrections = _corrections()
    try:
        await sequencer.start()
        yield SmallNode(
            database=database,
            sequencer=sequencer,
            prover=prover,
            records=RecordsService(
                database=database,
                sequencer=sequencer,
                prover=prover,
                verifiers=CheckedHere(),  # type: ignore[arg-type]  # all that one record needs
                directory=lambda: DIRECTORY,
                clock=now,
                corrections=corrections,
                previews=CorrectionPreviews(
                    jurisdiction="FR", database=database, corrections=corrections, clock=now
                ),
            ),
        )
    finally:
        await sequencer.close()
        await database.close()


def _corrections() -> Corrections:
    """For records that no case has used."""
    return Corrections(
        jurisdiction="FR",
        writer=CaseWriter(
            jurisdiction="FR",
            node_key=KEYS["FR node"],
            randomness=urandom,
            wake_outbox=_nothing,
            wake_driver=_nothing,
        ),
        discloser=Discloser(
            node_key=KEYS["FR node"],
            directory=lambda: DIRECTORY,
            agreement_scope=shipped_scope,
            randomness=urandom,
        ),
        directory=lambda: DIRECTORY,
        randomness=urandom,
    )


def _nothing() -> None:
    """Nobody waits here to be woken."""


def called_by(caller: Identity) -> None:
    """What follows in this task is a call that this caller made."""
    call = Call("a call", 0.0)
    call.caller = caller
    CURRENT_CALL.set(call)
