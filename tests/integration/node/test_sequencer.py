"""The write path on both databases: what is acknowledged is logged, once, and provable."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence

import pytest
import pytest_asyncio

from portability.errors import HaltedError, InvalidInputError, NotFoundError, PortabilityError
from portability.ledger.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from portability.ledger.envelope import Envelope, kind_of, payload_type, sign_envelope, statement_id
from portability.ledger.keys import Ed25519Signer
from portability.ledger.merkle import leaf_hash, verify_consistency, verify_inclusion
from portability.ledger.note import log_key
from portability.ledger.tiles import TileRef
from portability.ledger.tree import Frontier, Tile
from portability.node.log.jobs import Share
from portability.node.log.prover import Prover
from portability.node.log.sequencer import Sequencer
from portability.node.log.write import LoggedRow, NewStatement, RecordEntry, Write
from portability.store import log, log_tree, persons
from portability.store.engine import Database
from portability.wire.envelope import envelope_to_bytes
from portability.wire.log_entry import log_entry_from_bytes
from tests.conftest import FixedClock

ORIGIN = "fr.node.example/log"
LOG_KEY = Ed25519Signer(bytes([7]) * 32)
SIGNER = Ed25519Signer(bytes([8]) * 32)
TYPE = payload_type("closure", "protobuf")


class Deaths:
    """A fault hook that raises at one named point, once."""

    class DiedError(Exception):
        pass

    def __init__(self) -> None:
        self.at = ""

    def __call__(self, point: str) -> None:
        if point == self.at:
            self.at = ""
            raise Deaths.DiedError


@pytest.fixture
def deaths() -> Deaths:
    return Deaths()


async def _sequencer(database: Database, deaths: Deaths, clock: FixedClock) -> Sequencer:
    made = Sequencer(database=database, origin=ORIGIN, log_key=LOG_KEY, clock=clock, fault=deaths)
    await made.start()
    return made


@pytest_asyncio.fixture
async def sequencer(
    database: Database, deaths: Deaths, clock: FixedClock
) -> AsyncIterator[Sequencer]:
    made = await _sequencer(database, deaths, clock)
    yield made
    await made.close()


def _envelope(number: int) -> Envelope:
    return sign_envelope(TYPE, b"statement %d" % number, SIGNER)


def _id(envelope: Envelope) -> bytes:
    return statement_id(envelope.payload_type, envelope.payload)


def _new(envelope: Envelope) -> NewStatement:
    return NewStatement(
        envelope=envelope,
        statement_id=_id(envelope),
        kind=kind_of(envelope.payload_type),
        key_id=SIGNER.key_id,
        person=None,
    )


def _logging(*envelopes: Envelope) -> Callable[[Write], object]:
    async def work(write: Write) -> list[LoggedRow]:
        return [await write.log(_new(envelope)) for envelope in envelopes]

    return work


async def _person(sequencer: Sequencer, name: str = "persons/" + "ab" * 16) -> int:
    async def work(write: Write) -> int:
        person, _ = await persons.create_person(
            write.connection,
            write.vault,
            name=name,
            identifier=None,
            identity_level="high",
            now=write.now,
        )
        return person.id

    person, _ = await sequencer.run(work)
    return person


def _records(person: int, numbers: range) -> list[RecordEntry]:
    entries = []
    for number in numbers:
        envelope = sign_envelope(payload_type("entitlement", "protobuf"), b"%d" % number, SIGNER)
        entries.append(
            RecordEntry(
                statement_id=_id(envelope),
                key_id=SIGNER.key_id,
                person=person,
                envelope=envelope_to_bytes(envelope),
            )
        )
    return entries


def _head(note: bytes) -> Checkpoint:
    return open_checkpoint(note, log_key(ORIGIN, LOG_KEY.public), ORIGIN)


async def _size(database: Database) -> int:
    async with database.read() as connection:
        return (await log_tree.read_head(connection)).size


@pytest.mark.asyncio
async def test_a_new_log_has_a_signed_head_of_size_zero(
    database: Database, sequencer: Sequencer
) -> None:
    assert _head(await Prover(database).checkpoint()).size == 0


@pytest.mark.asyncio
async def test_what_is_logged_is_proved_by_what_the_caller_gets(sequencer: Sequencer) -> None:
    envelope = _envelope(1)
    rows, committed = await sequencer.run(_logging(envelope))
    proven = committed.prove(rows[0].statement_id)
    head = _head(proven.checkpoint)
    verify_inclusion(
        leaf_hash(proven.log_entry), proven.leaf_index, head.size, proven.proof, head.root
    )
    leaf = log_entry_from_bytes(proven.log_entry)
    assert (leaf.kind, leaf.statement_id, leaf.key_id) == (
        "closure",
        _id(envelope),
        SIGNER.key_id,
    )


@pytest.mark.asyncio
async def test_many_callers_share_transactions_and_each_gets_a_place_of_its_own(
    database: Database, sequencer: Sequencer
) -> None:
    answers = await asyncio.gather(
        *(sequencer.run(_logging(_envelope(number))) for number in range(50))
    )
    assert sorted(rows[0].leaf_index for rows, _ in answers) == list(range(50))
    async with database.read() as connection:
        head = await log_tree.read_head(connection)
    assert head.size == 50
    assert head.version < 50  # fewer transactions than callers
    for rows, committed in answers:
        proven = committed.prove(rows[0].statement_id)
        at = _head(proven.checkpoint)
        verify_inclusion(
            leaf_hash(proven.log_entry), proven.leaf_index, at.size, proven.proof, at.root
        )


@pytest.mark.asyncio
async def test_the_same_statement_twice_is_one_leaf(
    database: Database, sequencer: Sequencer
) -> None:
    envelope = _envelope(1)
    first, _ = await sequencer.run(_logging(envelope))
    again, _ = await sequencer.run(_logging(envelope, envelope))
    assert [row.leaf_index for row in again] == [first[0].leaf_index] * 2
    assert [row.fresh for row in (*first, *again)] == [True, False, False]
    assert await _size(database) == 1


@pytest.mark.asyncio
async def test_a_repeated_record_keeps_its_place_and_its_first_answer(
    database: Database, sequencer: Sequencer
) -> None:
    records = _records(await _person(sequencer), range(3))
    first, committed = await sequencer.log_records(records[:1])
    await sequencer.log_records(records[1:])
    again, _ = await sequencer.log_records(records[:1])
    assert (again[0].leaf_index, again[0].tree_size) == (first[0].leaf_index, 1)
    proven = await Prover(database).prove_first(records[0].statement_id)
    assert (proven.checkpoint, proven.log_entry) == (committed.checkpoint, first[0].log_entry)
    assert await _size(database) == 3


@pytest.mark.asyncio
async def test_records_of_several_callers_and_works_fit_into_one_transaction(
    database: Database, sequencer: Sequencer
) -> None:
    records = _records(await _person(sequencer), range(600))
    (one, _), (rows, _), (two, committed) = await asyncio.gather(
        sequencer.log_records(records[:300]),
        sequencer.run(_logging(_envelope(1))),
        sequencer.log_records(records[300:]),
    )
    indexes = [place.leaf_index for place in (*one, *two)] + [rows[0].leaf_index]
    assert sorted(indexes) == list(range(601))
    head = _head(committed.checkpoint)
    proofs = committed.proofs([place.leaf_index for place in two])
    for place, proof in zip(two, proofs, strict=True):
        verify_inclusion(leaf_hash(place.log_entry), place.leaf_index, head.size, proof, head.root)


@pytest.mark.asyncio
async def test_a_work_that_raises_undoes_its_own_writes_and_nobody_elses(
    database: Database, sequencer: Sequencer
) -> None:
    called: list[str] = []

    async def failing(write: Write) -> None:
        await write.log(_new(_envelope(99)))
        write.after_commit(lambda: called.append("failing"))
        raise InvalidInputError("no", field="x")

    async def good(write: Write) -> LoggedRow:
        write.after_commit(lambda: called.append("good"))
        return await write.log(_new(_envelope(1)))

    results = await asyncio.gather(
        sequencer.run(good),
        sequencer.run(failing),
        sequencer.run(_logging(_envelope(2))),
        return_exceptions=True,
    )
    assert isinstance(results[1], InvalidInputError)
    assert await _size(database) == 2
    assert called == ["good"]
    with pytest.raises(NotFoundError):
        await Prover(database).prove([_id(_envelope(99))])


@pytest.mark.asyncio
async def test_a_caller_who_asks_for_what_no_database_holds_spoils_nobody_elses_work(
    database: Database, sequencer: Sequencer
) -> None:
    async def strange(write: Write) -> None:
        await write.log(_new(_envelope(99)))
        await persons.find_person(write.connection, "persons/\x00")  # PostgreSQL refuses this
        await log.read_log_entries(write.connection, 2**64, 1)

    results = await asyncio.gather(
        sequencer.run(_logging(_envelope(1))),
        sequencer.run(strange),
        sequencer.run(_logging(_envelope(2))),
        return_exceptions=True,
    )
    assert isinstance(results[1], InvalidInputError)
    assert await _size(database) == 2
    with pytest.raises(NotFoundError):
        await Prover(database).prove([_id(_envelope(99))])


@pytest.mark.asyncio
async def test_a_caller_who_hangs_up_cancels_the_wait_and_not_the_commit(
    database: Database, clock: FixedClock
) -> None:
    waiting: list[asyncio.Task[object]] = []

    def hang_up(point: str) -> None:
        if point == "batch.written":  # everything is written and nothing is committed
            for task in waiting:
                task.cancel()

    sequencer = Sequencer(
        database=database, origin=ORIGIN, log_key=LOG_KEY, clock=clock, fault=hang_up
    )
    await sequencer.start()
    waiting.append(asyncio.create_task(sequencer.run(_logging(_envelope(1)))))
    with pytest.raises(asyncio.CancelledError):
        await waiting[0]
    rows, _ = await sequencer.run(_logging(_envelope(2)))
    await sequencer.close()
    assert rows[0].leaf_index == 1
    assert (await Prover(database).prove([_id(_envelope(1))]))[0].leaf_index == 0


@pytest.mark.asyncio
@pytest.mark.parametrize("point", ["batch.begun", "batch.written"])
async def test_a_failure_before_the_commit_leaves_nothing_and_the_next_batch_works(
    database: Database, sequencer: Sequencer, deaths: Deaths, point: str
) -> None:
    deaths.at = point
    with pytest.raises(Deaths.DiedError):
        await sequencer.run(_logging(_envelope(1)))
    assert await _size(database) == 0
    rows, _ = await sequencer.run(_logging(_envelope(1)))
    assert rows[0].leaf_index == 0


@pytest.mark.asyncio
async def test_two_processes_on_one_database_make_one_gap_free_log(
    database: Database, deaths: Deaths, clock: FixedClock
) -> None:
    one = await _sequencer(database, deaths, clock)
    two = await _sequencer(database, deaths, clock)
    answers = await asyncio.gather(
        *((one if number % 2 else two).run(_logging(_envelope(number))) for number in range(40))
    )
    await one.close()
    await two.close()
    assert sorted(rows[0].leaf_index for rows, _ in answers) == list(range(40))
    prover = Prover(database)
    heads = sorted(
        {committed.checkpoint for _, committed in answers}, key=lambda note: _head(note).size
    )
    last = _head(heads[-1])
    for note in heads:
        head = _head(note)
        proof = await prover.consistency(head.size, last.size)
        verify_consistency(head.size, head.root, last.size, last.root, proof)


@pytest.mark.asyncio
async def test_a_restart_goes_on_where_the_log_ended(
    database: Database, deaths: Deaths, clock: FixedClock
) -> None:
    first = await _sequencer(database, deaths, clock)
    await first.log_records(_records(await _person(first), range(700)))
    await first.close()
    second = await _sequencer(database, deaths, clock)
    rows, committed = await second.run(_logging(_envelope(1)))
    await second.close()
    assert rows[0].leaf_index == 700
    proven = committed.prove(rows[0].statement_id)
    head = _head(proven.checkpoint)
    verify_inclusion(leaf_hash(proven.log_entry), 700, head.size, proven.proof, head.root)


@pytest.mark.asyncio
async def test_a_node_whose_tiles_do_not_give_its_signed_head_halts_and_says_why(
    database: Database, deaths: Deaths, clock: FixedClock
) -> None:
    first = await _sequencer(database, deaths, clock)
    await first.run(_logging(_envelope(1), _envelope(2)))
    await first.close()
    async with database.write() as connection:
        found = await log_tree.read_tiles(connection, [TileRef(level=0, index=0, width=2)])
        altered = bytes([found[0, 0][0] ^ 1]) + found[0, 0][1:]
        await log_tree.upsert_tiles(connection, [Tile(level=0, index=0, hashes=altered)])
    second = Sequencer(database=database, origin=ORIGIN, log_key=LOG_KEY, clock=clock, fault=deaths)
    with pytest.raises(HaltedError, match="tiles"):
        await second.start()
    with pytest.raises(PortabilityError):
        await second.run(_logging(_envelope(3)))
    await second.close()


@pytest.mark.asyncio
@pytest.mark.parametrize("leaves", [(1,), (1, 2, 9, 9)], ids=["older", "another"])
async def test_a_copy_put_in_place_of_the_database_gets_no_second_history(
    database: Database, deaths: Deaths, clock: FixedClock, leaves: tuple[int, ...]
) -> None:
    """As a dump that is restored while a node runs: the server lets it in again, with less."""
    running = await _sequencer(database, deaths, clock)
    for number in (1, 2, 3):
        await running.run(_logging(_envelope(number)))
    copy = Frontier()
    tiles = copy.append([bytes([one]) * 32 for one in leaves])
    head = Checkpoint(origin=ORIGIN, size=copy.size, root=copy.root())
    async with database.write() as connection:
        await log_tree.upsert_tiles(connection, tiles)
        await log_tree.swap_head(
            connection,
            await log_tree.lock_head(connection),
            size=head.size,
            root=head.root,
            checkpoint=sign_checkpoint(head, LOG_KEY),
        )
    with pytest.raises(HaltedError, match="do not go on from the 3 that this process has seen"):
        await running.run(_logging(_envelope(4)))
    async with database.read() as connection:
        assert (await log_tree.read_head(connection)).size == len(leaves)
    with pytest.raises(HaltedError, match="nothing more is signed"):
        await running.run(_logging(_envelope(5)))
    await running.close()


def _sharing(takes: list[int], left: int = -1) -> Callable[[Write, Sequence[int]], object]:
    """Logs a statement for each number but one, and notes how many came together."""

    async def take(write: Write, numbers: Sequence[int]) -> list[str | None]:
        takes.append(len(numbers))
        for number in numbers:
            if number != left:
                await write.log(_new(_envelope(number)))
        return [None if number == left else "together" for number in numbers]

    return take


def _alone(number: int) -> Callable[[Write], object]:
    async def work(write: Write) -> str:
        await write.log(_new(_envelope(number)))
        if number == 2:
            raise InvalidInputError("this one may not")
        return "alone"

    return work


@pytest.mark.asyncio
async def test_what_comes_together_is_done_together_and_what_is_left_by_itself(
    sequencer: Sequencer,
) -> None:
    takes: list[int] = []
    take = _sharing(takes, left=1)
    found = await asyncio.gather(
        *(sequencer.run(_alone(number), Share(take=take, item=number)) for number in range(4))
    )
    assert [result for result, _ in found] == ["together", "alone", "together", "together"]
    assert sum(takes) == 4
    for number, (_, committed) in enumerate(found):
        assert committed.prove(_id(_envelope(number)))


@pytest.mark.asyncio
async def test_where_it_cannot_be_done_together_each_is_done_and_refused_by_itself(
    sequencer: Sequencer, database: Database
) -> None:
    async def take(write: Write, numbers: Sequence[int]) -> list[str | None]:
        for number in numbers:
            await write.log(_new(_envelope(number)))
        await persons.create_person(
            write.connection,
            write.vault,
            name="persons/" + "ef" * 16,
            identifier=None,
            identity_level="high",
            now=write.now,
        )
        raise RuntimeError("after it has written")

    found = await asyncio.gather(
        *(sequencer.run(_alone(number), Share(take=take, item=number)) for number in range(4)),
        return_exceptions=True,
    )
    assert isinstance(found[2], InvalidInputError)
    assert [one[0] for one in found if not isinstance(one, BaseException)] == ["alone"] * 3
    assert await _size(database) == 3
    async with database.read() as connection:
        assert await persons.find_person(connection, "persons/" + "ef" * 16) is None


@pytest.mark.asyncio
async def test_whoever_is_left_of_a_crowd_soon_waits_for_nobody(
    database: Database, deaths: Deaths, clock: FixedClock
) -> None:
    linger, alone = 0.5, 12
    made = Sequencer(
        database=database,
        origin=ORIGIN,
        log_key=LOG_KEY,
        clock=clock,
        fault=deaths,
        linger=linger,
    )
    await made.start()
    try:
        await asyncio.gather(*(made.run(_logging(_envelope(number))) for number in range(8)))
        loop = asyncio.get_running_loop()
        begun = loop.time()
        for number in range(alone):
            await made.run(_logging(_envelope(100 + number)))
        waits = (loop.time() - begun) / linger
    finally:
        await made.close()
    assert 1 <= waits < 0.75 * alone, "the first of them waits for those who were here"
