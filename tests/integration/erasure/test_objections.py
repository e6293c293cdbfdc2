"""What stands against an erasure: holds and laws; both refuse with their citation."""

import os
from pathlib import Path
from typing import Any

import pytest

from portability.consent.scope import Party
from portability.errors import (
    ErasedError,
    InvalidInputError,
    NotFoundError,
)
from portability.node.audit.fsck import check_database
from portability.node.erasure.holds import Holds
from portability.node.erasure.requests import ErasureRequests
from portability.node.erasure.rules import ErasureRules, Retention
from portability.node.erasure.service import ErasuresService
from portability.node.log.prover import Prover
from portability.node.log.write import Write
from portability.recognition.erasure import ErasureRefusal, LegalHold, RefusalReason
from portability.store import erasure_rows, log_tree
from portability.v1 import erasure_pb2 as erasure_pb
from portability.v1 import erasures_service_pb2 as pb
from portability.wire.erasure import erasure_statement_from_payload
from tests.conftest import FixedClock
from tests.integration.erasure.desk import CNAV, TRUST, Desk, open_desk
from tests.integration.recognition.world import CallFrom

pytestmark = pytest.mark.asyncio

ROSA = "persons/" + "a" * 32
ORDER = "Tribunal judiciaire de Paris, order 26/01234"
ARRCO = Party(jurisdiction="FR", institution="agirc-arrco")


async def _nothing(_write: Write, _person: int) -> None:
    """No peer has told anything about anybody here."""


def holds_of(desk: Desk) -> Holds:
    return Holds(
        database=desk.database,
        sequencer=desk.sequencer,
        voice=desk.eraser.voice,
        randomness=os.urandom,
        after_lift=_nothing,
    )


async def said(desk: Desk, statement: bytes | None) -> object:
    (proof,) = await Prover(desk.database).prove([statement or b""])
    return erasure_statement_from_payload(proof.envelope.payload_type, proof.envelope.payload)


async def test_a_hold_refuses_and_the_refusal_is_signed_and_logged(
    database_url: str, tmp_path: Path, clock: FixedClock
) -> None:
    async with open_desk(database_url, tmp_path / "erasure", clock) as desk:
        rosa = await desk.enrol(ROSA)
        kept = await desk.record(rosa, b"kept")
        holds = holds_of(desk)
        hold = await holds.place(ROSA, actor=ARRCO, citation=ORDER)
        refused = await desk.erase(ROSA)
        assert (refused.stage, refused.refusal, refused.citation) == (
            erasure_rows.REFUSED,
            "legal-hold",
            ORDER,
        )
        statement = await said(desk, refused.statement_id)
        assert isinstance(statement, ErasureRefusal)
        assert (statement.reason, statement.actor) == (RefusalReason.LEGAL_HOLD, CNAV)
        assert isinstance(await said(desk, hold.statement_id), LegalHold)
        assert desk.journal.entries == ()
        assert (await Prover(desk.database).prove([kept]))[0].envelope.payload == b"kept"

        with pytest.raises(NotFoundError) as of_others:
            await holds.lift(hold.name, actor=CNAV, citation=ORDER)
        with pytest.raises(NotFoundError) as of_nobody:
            await holds.lift("00" * 16, actor=CNAV, citation=ORDER)
        assert of_others.value.message == of_nobody.value.message
        assert of_others.value.context == of_nobody.value.context
        lifted = await holds.lift(hold.name, actor=ARRCO, citation="order lifted")
        assert await holds.lift(hold.name, actor=ARRCO, citation="again") == lifted
        assert (await desk.erase(ROSA)).stage == erasure_rows.PROVEN
        with pytest.raises(ErasedError):
            await holds.place(ROSA, actor=ARRCO, citation=ORDER)
        async with desk.database.read() as connection:
            head = await log_tree.read_head(connection)
        # what was said of the hold and of the refusal was about her, and went with her
        found = await check_database(desk.database, TRUST)
        assert (found.difference, found.erased, head.size) == ("", 4, 5)


async def test_a_hold_needs_a_citation_and_somebody(
    sqlite_url: str, tmp_path: Path, clock: FixedClock
) -> None:
    async with open_desk(sqlite_url, tmp_path / "erasure", clock) as desk:
        await desk.enrol(ROSA)
        holds = holds_of(desk)
        for citation in ("", "number 2690575116012", "two\nlines"):
            with pytest.raises(InvalidInputError):
                await holds.place(ROSA, actor=CNAV, citation=citation)
        for call in (
            holds.place("persons/" + "f" * 32, actor=CNAV, citation=ORDER),
            holds.lift("f" * 32, actor=CNAV, citation=ORDER),
            holds.of("persons/" + "f" * 32),
            desk.erase("persons/" + "f" * 32),
        ):
            with pytest.raises(NotFoundError):
                await call
        assert await holds.of(ROSA) == []


async def test_a_law_that_wants_statements_kept_refuses_until_their_term_is_over(
    database_url: str, tmp_path: Path, clock: FixedClock
) -> None:
    law = Retention(kind="entitlement", years=5, citation="a provision")
    rules = ErasureRules(retentions=(law,))
    async with open_desk(database_url, tmp_path / "erasure", clock, rules=rules) as desk:
        rosa = await desk.enrol(ROSA)
        await desk.record(rosa, b"needed for five years")
        refused = await desk.erase(ROSA)
        assert (refused.stage, refused.refusal) == (erasure_rows.REFUSED, "statutory-retention")
        assert refused.citation == "a provision"
        clock.advance(days=5 * 365)
        assert (await desk.erase(ROSA)).stage == erasure_rows.REFUSED
        clock.advance(days=3)
        assert (await desk.erase(ROSA)).stage == erasure_rows.PROVEN


async def test_names_that_are_none_are_refused_before_anybody_is_looked_for(
    sqlite_url: str, tmp_path: Path, clock: FixedClock
) -> None:
    async with open_desk(sqlite_url, tmp_path / "erasure", clock) as desk:
        service = ErasuresService(
            database=desk.database,
            eraser=desk.eraser,
            holds=holds_of(desk),
            requests=ErasureRequests(
                database=desk.database,
                sequencer=desk.sequencer,
                voice=desk.eraser.voice,
                randomness=os.urandom,
            ),
            clock=clock,
        )
        officer: Any = CallFrom("portability://FR/agency/cnav")
        for name in ("", "erasures/", "erasures/xyz", "persons/" + "A" * 32, "cases/" + "a" * 32):
            with pytest.raises(InvalidInputError):
                await service.GetErasure(pb.GetErasureRequest(name=name), officer)
        for name in ("erasures/" + "a" * 32, "persons/" + "a" * 32):
            with pytest.raises(NotFoundError):
                await service.GetErasure(pb.GetErasureRequest(name=name), officer)
        for basis in (
            erasure_pb.ERASURE_BASIS_UNSPECIFIED,
            erasure_pb.ERASURE_BASIS_NOTICE,  # only another node gives that ground
        ):
            with pytest.raises(InvalidInputError, match=r"basis|ground"):
                await service.ErasePerson(pb.ErasePersonRequest(person=ROSA, basis=basis), officer)
