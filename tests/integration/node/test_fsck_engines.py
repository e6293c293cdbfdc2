"""The check of a store on both engines: while a node writes, and after damage."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from portability.ledger.envelope import sign_envelope, statement_id
from portability.ledger.keys import Ed25519Signer
from portability.ledger.note import log_key
from portability.node.audit.fsck import LogTrust, check_database
from portability.node.log.sequencer import Sequencer
from portability.node.log.write import NewStatement, Write
from portability.store.engine import Database
from tests.conftest import NOW, FixedClock
from tests.unit.agents.rosa_case import make_directory

pytestmark = pytest.mark.asyncio
ORIGIN = "fr.node.example/log"
LOG_KEY, SIGNER = Ed25519Signer(bytes([1] * 32)), Ed25519Signer(bytes([2] * 32))
TYPE = "application/vnd.portability.entitlement.v1+protobuf"
TRUST = LogTrust(
    jurisdiction="FR",
    origin=ORIGIN,
    keys=(log_key(ORIGIN, LOG_KEY.public),),
    directory=make_directory(),
)


async def fill(database: Database, clock: FixedClock, batches: list[int]) -> None:
    """Log statements in transactions of these sizes."""
    sequencer = Sequencer(
        database=database, origin=ORIGIN, log_key=LOG_KEY, clock=clock, fault=lambda _: None
    )
    await sequencer.start()
    done = 0
    for count in batches:
        numbers = range(done, done + count)

        async def work(write: Write, numbers: range = numbers) -> None:
            for number in numbers:
                payload = b"record %d" % number
                await write.log(
                    NewStatement(
                        envelope=sign_envelope(TYPE, payload, SIGNER),
                        statement_id=statement_id(TYPE, payload),
                        kind="entitlement",
                        key_id=SIGNER.key_id,
                        person=None,
                    )
                )

        await sequencer.run(work)
        clock.now += timedelta(minutes=7)
        done += count
    await sequencer.close()


async def test_a_new_log_is_clean(database: Database, clock: FixedClock) -> None:
    found = await check_database(database, TRUST)
    assert (found.difference, found.size) == ("", 0)
    await fill(database, clock, [])
    assert (await check_database(database, TRUST)).difference == ""


async def test_a_log_of_many_pages_and_tiles_is_clean(
    database: Database, clock: FixedClock
) -> None:
    clock.now = NOW
    await fill(database, clock, [1, 255, 1, 256, 700, 3])
    seen: list[tuple[int, int]] = []
    found = await check_database(database, TRUST, lambda done, total: seen.append((done, total)))
    assert (found.difference, found.size) == ("", 1216)
    assert found.checkpoints >= 6  # one a transaction, and perhaps one of the empty log
    assert seen[-1] == (1216, 1216)
    assert len(seen) > 1


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("UPDATE head SET size = size + 1", "head: it says"),
        ("DELETE FROM statements WHERE leaf_index = 300", "leaf 300 is missing"),
        ("UPDATE statements SET kind = 'x' WHERE leaf_index = 299", "leaf 299: kind"),
        ("DELETE FROM checkpoints WHERE size = 256", "tree_size says 256"),
        ("UPDATE tiles SET hashes = (SELECT root FROM head) WHERE level = 1", "tile 1/0"),
        (
            (
                "INSERT INTO inbox (peer, position, statement_id, create_time) "
                "SELECT 'ES', 2, statement_id, 0 FROM statements WHERE leaf_index = 0"
            ),
            "inbox: the stream of ES has 1 positions from 2 to 2",
        ),
    ],
)
async def test_damage_is_named_on_both_engines(
    database: Database,
    clock: FixedClock,
    statement: str,
    sentence: str,
) -> None:
    await fill(database, clock, [256, 100])
    async with database.write() as connection:
        await connection.execute(text(statement))
    assert sentence in (await check_database(database, TRUST)).difference


async def test_another_log_key_has_not_signed_it(database: Database, clock: FixedClock) -> None:
    await fill(database, clock, [3])
    other = LogTrust(
        jurisdiction="FR",
        origin=ORIGIN,
        keys=(log_key(ORIGIN, SIGNER.public),),
        directory=TRUST.directory,
    )
    found = await check_database(database, other)
    assert "is not signed by this log's key" in found.difference
