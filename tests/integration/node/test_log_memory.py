"""What a process keeps of its log proves the same, and what is not here any more is not proved."""

from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio

from portability.errors import NotFoundError
from portability.ledger.checkpoint import open_checkpoint
from portability.ledger.envelope import kind_of, payload_type, sign_envelope, statement_id
from portability.ledger.keys import Ed25519Signer
from portability.ledger.merkle import leaf_hash, verify_inclusion
from portability.ledger.note import log_key
from portability.ledger.tiles import TileRef
from portability.node.consents.leaving import Leaving
from portability.node.log import memory as log_memory
from portability.node.log.memory import LogMemory
from portability.node.log.prover import prove_rows
from portability.node.log.sequencer import Sequencer
from portability.node.log.write import NewStatement, Write
from portability.node.peers.outgoing import Outgoing
from portability.store import log, log_tree, persons, witness
from portability.store.engine import Database, open_database
from portability.v1.envelope_pb2 import ProvenStatement
from tests.conftest import FixedClock
from tests.integration.conftest import INDEX_KEY, WRAPPING_KEY
from tests.integration.store.samples import erase

pytestmark = pytest.mark.asyncio

ORIGIN = "fr.node.example/log"
LOG_KEY = Ed25519Signer(bytes([7]) * 32)
SIGNER = Ed25519Signer(bytes([8]) * 32)
TYPE = payload_type("closure", "protobuf")
HASH = 32


async def sequencer_of(database: Database, clock: FixedClock) -> Sequencer:
    made = Sequencer(
        database=database, origin=ORIGIN, log_key=LOG_KEY, clock=clock, fault=lambda _: None
    )
    await made.start()
    return made


@pytest_asyncio.fixture
async def sequencer(database: Database, clock: FixedClock) -> AsyncIterator[Sequencer]:
    made = await sequencer_of(database, clock)
    yield made
    await made.close()


@pytest_asyncio.fixture
async def other(
    database_url: str, clock: FixedClock, randomness: Callable[[int], bytes], sequencer: Sequencer
) -> AsyncIterator[Sequencer]:
    """Of another process on the same database."""
    opened = await open_database(
        database_url, wrapping_key=WRAPPING_KEY, index_key=INDEX_KEY, randomness=randomness
    )
    made = await sequencer_of(opened, clock)
    yield made
    await made.close()
    await opened.close()


async def append(sequencer: Sequencer, *numbers: int, person: int | None = None) -> list[bytes]:
    """Log statements in one commit; their ids."""

    async def work(write: Write) -> list[bytes]:
        ids = []
        for number in numbers:
            envelope = sign_envelope(TYPE, b"statement %d" % number, SIGNER)
            ids.append(statement_id(envelope.payload_type, envelope.payload))
            await write.log(
                NewStatement(
                    envelope=envelope,
                    statement_id=ids[-1],
                    kind=kind_of(TYPE),
                    key_id=SIGNER.key_id,
                    person=person,
                )
            )
        return ids

    ids, _ = await sequencer.run(work)
    return ids


async def publish(database: Database, clock: FixedClock, memory: LogMemory) -> int:
    """As the publisher does; the size of the checkpoint."""
    async with database.write() as connection:
        head = await log_tree.read_head(connection)
        one = witness.Published(size=head.size, note=head.checkpoint)
        await witness.add_published(connection, one, clock())
    memory.note_published(head.size)
    return head.size


def size_of(proven: ProvenStatement) -> int:
    """Of the tree in whose checkpoint the statement is shown to be."""
    checkpoint = open_checkpoint(proven.checkpoint, log_key(ORIGIN, LOG_KEY.public), ORIGIN)
    proof = proven.inclusion_proof
    verify_inclusion(
        leaf_hash(proven.log_entry),
        proven.leaf_index,
        checkpoint.size,
        [proof[at : at + HASH] for at in range(0, len(proof), HASH)],
        checkpoint.root,
    )
    return checkpoint.size


def outgoing_of(database: Database, sequencer: Sequencer, clock: FixedClock) -> Outgoing:
    leaving = Leaving(jurisdiction="ES", clock=clock)
    return Outgoing(database=database, memory=sequencer.memory, may_leave=leaving.check)


async def test_a_fresh_statement_is_proved_by_its_commit_and_an_older_one_by_what_is_published(
    database: Database, sequencer: Sequencer, clock: FixedClock
) -> None:
    outgoing = outgoing_of(database, sequencer, clock)
    ids = await append(sequencer, 1, 2)
    await append(sequencer, 3)
    assert [size_of(one) for one in await outgoing.prove(ids)] == [2, 2]
    assert await publish(database, clock, sequencer.memory) == 3
    assert [size_of(one) for one in await outgoing.prove(ids)] == [3, 3]
    later = await append(sequencer, 4)
    assert [size_of(one) for one in await outgoing.prove([*ids, *later])] == [3, 3, 4]


async def test_what_is_kept_proves_the_same_as_the_database_however_the_log_grew(
    database: Database, sequencer: Sequencer, clock: FixedClock
) -> None:
    ids: list[bytes] = []
    for first in range(0, 600, 150):
        ids += await append(sequencer, *range(first, first + 150))
        await publish(database, clock, sequencer.memory)
        async with database.read() as connection:
            found = await log.read_statements(connection, database.vault, ids)
            rows = [found[one] for one in ids]
            assert await prove_rows(connection, rows, sequencer.memory) == await prove_rows(
                connection, rows
            )


async def test_whoever_finds_that_another_process_has_written_forgets_what_they_kept(
    database: Database, sequencer: Sequencer, other: Sequencer, clock: FixedClock
) -> None:
    first = await append(sequencer, 1)
    theirs = await append(other, 2)
    last = await append(sequencer, 3)
    assert sequencer.memory.fresh_proof(0) is None
    assert other.memory.fresh_proof(0) is None
    proven = await outgoing_of(database, sequencer, clock).prove([*first, *theirs, *last])
    assert [size_of(one) for one in proven] == [3, 3, 3]


async def test_what_was_erased_is_not_sent_though_its_proof_is_kept(
    database: Database, sequencer: Sequencer, clock: FixedClock
) -> None:
    async def enrol(write: Write) -> int:
        person, _ = await persons.create_person(
            write.connection,
            write.vault,
            name="persons/" + "ab" * 16,
            identifier=None,
            identity_level="high",
            now=write.now,
        )
        return person.id

    person, _ = await sequencer.run(enrol)
    ids = await append(sequencer, 1, person=person)
    outgoing = outgoing_of(database, sequencer, clock)
    assert [size_of(one) for one in await outgoing.prove(ids)] == [1]
    async with database.write() as connection:
        await erase(connection, person)
    assert sequencer.memory.fresh_proof(0) is not None
    with pytest.raises(NotFoundError):
        await outgoing.prove(ids)


async def test_with_a_proof_nothing_is_kept_of_what_was_said(sequencer: Sequencer) -> None:
    await append(sequencer, 1)
    assert sequencer.memory.fresh_proof(0) is not None
    is_kept = "statement 1" in repr(vars(sequencer.memory))
    assert not is_kept, "it would outlast an erasure"


async def test_memory_is_bounded_and_the_oldest_goes_first(
    sequencer: Sequencer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_memory, "TILES", 2)
    monkeypatch.setattr(log_memory, "PUBLISHED", 2)
    kept = LogMemory()
    kept.keep_tiles({(0, index): bytes([index]) * HASH for index in range(3)})
    asked = [TileRef(level=0, index=index, width=1) for index in range(3)]
    assert sorted(kept.tiles(asked)) == [(0, 1), (0, 2)]
    assert kept.tiles([TileRef(level=0, index=1, width=2)]) == {}, "it is not as wide as that"
    for size in (10, 20, 30):
        kept.keep_published(size - 1, witness.Published(size=size, note=b"note %d" % size))
    assert kept.first_published(9) is None
    assert kept.first_published(18) is None  # a smaller one may cover it that was never asked for
    for leaf in (19, 29):
        found = kept.first_published(leaf)
        assert found is not None
        assert found.size == leaf + 1
    for number in range(log_memory.COMMITS + 1):
        await append(sequencer, number)
    assert sequencer.memory.fresh_proof(0) is None
    assert sequencer.memory.fresh_proof(1) is not None
