"""A node as a witness: what it cosigned is durable, and it never cosigns two histories."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from portability.errors import NotFoundError
from portability.ledger.checkpoint import sign_checkpoint
from portability.ledger.keys import Ed25519Signer
from portability.ledger.note import (
    add_signature_lines,
    log_key,
    parse_note,
    parse_signature_lines,
    verify_note,
    witness_key,
)
from portability.ledger.trust import Directory, KeyEntry, KeyPurpose, Member
from portability.ledger.witness import WitnessAnswer, format_add_checkpoint, origin_hash
from portability.node.log.witness import Witness
from portability.store.engine import Database
from portability.store.witness import list_evidence
from tests.conftest import NOW, FixedClock
from tests.integration.witness.nodes import LEAVES, head, request, steps

pytestmark = pytest.mark.asyncio

ES_LOG, FR_LOG, SIGNER = (Ed25519Signer(bytes([number]) * 32) for number in (61, 62, 63))
ES, FR = "es.node.example/log", "fr.node.example/log"
NAME = "fr.node.example/witness"


def directory() -> Directory:
    def entry(jurisdiction: str, purpose: KeyPurpose, signer: Ed25519Signer) -> KeyEntry:
        return KeyEntry(
            jurisdiction=jurisdiction,
            institution="",
            purpose=purpose,
            public=signer.public,
            valid_from=NOW - timedelta(days=1),
            valid_to=NOW + timedelta(days=1),
        )

    root = Ed25519Signer(bytes([64]) * 32)
    return Directory(
        version=1,
        valid_from=NOW - timedelta(days=1),
        valid_to=NOW + timedelta(days=30),
        threshold=1,
        roots={root.key_id: root.public},
        members=tuple(
            Member(
                jurisdiction=code,
                endpoint="127.0.0.1:1",
                log_origin=f"{code.lower()}.node.example/log",
                server_name=f"{code.lower()}.node.example",
            )
            for code in ("ES", "FR")
        ),
        institutions=(),
        entries=(
            entry("ES", KeyPurpose.LOG, ES_LOG),
            entry("FR", KeyPurpose.LOG, FR_LOG),
            entry("FR", KeyPurpose.WITNESS, SIGNER),
        ),
    )


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


def witness_of(
    database: Database, clock: Callable[..., object], signer: object = SIGNER
) -> Witness:
    return Witness(
        database=database,
        directory=directory,
        jurisdiction="FR",
        signer=signer,  # type: ignore[arg-type]
        clock=clock,  # type: ignore[arg-type]
    )


def times(note: bytes) -> list[int | None]:
    keys = [log_key(ES, ES_LOG.public), witness_key(NAME, SIGNER.public)]
    return [found.time for found in verify_note(parse_note(note), keys)]


async def test_it_cosigns_a_log_that_only_grows_and_serves_what_it_cosigned(
    database: Database, clock: FixedClock
) -> None:
    witness = witness_of(database, clock)
    for first, second in ((0, 1), (1, 7), (7, 20), (20, 20)):
        clock.advance(seconds=5)
        body = request(ES, ES_LOG, first, second)
        answer = await witness.add_checkpoint(body)
        assert answer.status == 200
        note = body.partition(b"\n\n")[2]
        now = int(clock().timestamp())
        cosigned = add_signature_lines(note, parse_signature_lines(answer.body))
        assert times(cosigned) == [None, now]
        assert await witness.last(ES) == cosigned == await witness.last_under(origin_hash(ES))


async def test_what_it_cosigned_outlives_it(database: Database, clock: FixedClock) -> None:
    assert (
        await witness_of(database, clock).add_checkpoint(request(ES, ES_LOG, 0, 9))
    ).status == 200
    again = witness_of(database, clock)
    answer = await again.add_checkpoint(request(ES, ES_LOG, 0, 12))
    assert (answer.status, answer.body) == (409, b"9\n")
    assert answer.content_type == "text/x.tlog.size"


async def test_lines_of_strangers_on_a_checkpoint_are_not_served(
    database: Database, clock: FixedClock
) -> None:
    note = sign_checkpoint(head(ES, 3), ES_LOG)
    stranger = sign_checkpoint(head(ES, 3), SIGNER, "stranger.example/log").partition(b"\n\n")[2]
    witness = witness_of(database, clock)
    assert (
        await witness.add_checkpoint(format_add_checkpoint(0, (), note + stranger))
    ).status == 200
    names = [line.name for line in parse_note(await witness.last(ES)).signatures]
    assert names == [ES, NAME]


async def test_two_roots_of_one_size_are_refused_and_both_are_kept(
    database: Database, clock: FixedClock
) -> None:
    witness = witness_of(database, clock)
    assert (await witness.add_checkpoint(request(ES, ES_LOG, 0, 9))).status == 200
    held = await witness.last(ES)
    other = sign_checkpoint(head(ES, 9, LEAVES[::-1]), ES_LOG)
    for _ in range(2):
        answer = await witness.add_checkpoint(format_add_checkpoint(9, (), other))
        assert (answer.status, answer.is_fork) == (422, True)
    assert await witness.last(ES) == held
    async with database.read() as connection:
        (kept,) = await list_evidence(connection, limit=10)
    assert (kept.origin, kept.first_note, kept.second_note) == (ES, held, other)


async def test_it_refuses_in_the_order_of_the_specification(
    database: Database, clock: FixedClock
) -> None:
    witness = witness_of(database, clock)

    async def status(body: bytes) -> int:
        return (await witness.add_checkpoint(body)).status

    assert await status(b"old 0\n\nnothing\n") == 400
    assert await status(request("xx.example/log", ES_LOG, 0, 1)) == 404
    assert await status(request(FR, FR_LOG, 0, 1)) == 404  # its own log
    assert await status(request(ES, FR_LOG, 0, 1)) == 403
    assert await status(format_add_checkpoint(9, (), sign_checkpoint(head(ES, 3), ES_LOG))) == 400
    assert await status(request(ES, ES_LOG, 2, 3)) == 409
    assert await status(request(ES, ES_LOG, 0, 3)) == 200
    wrong = format_add_checkpoint(3, steps(4, 8), sign_checkpoint(head(ES, 8), ES_LOG))
    assert await status(wrong) == 422
    with pytest.raises(NotFoundError):
        await witness.last(FR)
    with pytest.raises(NotFoundError):
        await witness.last_under("0" * 64)


async def test_a_key_that_is_not_valid_now_makes_a_log_unknown_or_unsigned(
    database: Database, clock: FixedClock
) -> None:
    clock.advance(days=2)
    answer = await witness_of(database, clock).add_checkpoint(request(ES, ES_LOG, 0, 1))
    assert answer.status == 404


async def test_without_a_key_of_its_own_it_cosigns_nothing(
    database: Database, clock: FixedClock
) -> None:
    answer = await witness_of(database, clock, None).add_checkpoint(request(ES, ES_LOG, 0, 1))
    assert answer.status == 404


async def test_of_requests_at_once_that_differ_one_wins(
    database: Database, clock: FixedClock
) -> None:
    """Ten first requests with ten different histories: whichever was first, no other passes."""
    witness = witness_of(database, clock)
    bodies = [
        format_add_checkpoint(
            0, (), sign_checkpoint(head(ES, 5, LEAVES[number:] + LEAVES[:number]), ES_LOG)
        )
        for number in range(10)
    ]
    answers: list[WitnessAnswer] = await asyncio.gather(*map(witness.add_checkpoint, bodies))
    assert sorted(answer.status for answer in answers) == [200] + [409] * 9
    (won,) = [body for body, one in zip(bodies, answers, strict=True) if one.status == 200]
    assert (await witness.last(ES)).startswith(won.partition(b"\n\n")[2])
    async with database.read() as connection:
        assert len(await list_evidence(connection, limit=100)) == 9
