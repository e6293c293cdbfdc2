"""Checkpoints are published under the eyes of peers, and acceptance waits for none of them."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from portability.errors import PeerUnavailableError
from portability.ledger.checkpoint import open_checkpoint
from portability.ledger.note import parse_note, verify_note
from portability.node.development.federation import FederationLayout
from portability.node.log.publication import (
    IDLE_SECONDS,
    LOOK_SECONDS,
    Publisher,
    WitnessLink,
)
from portability.node.parts import Parts
from portability.node.server import Running
from portability.store import log, log_tree
from portability.store.witness import Published, add_published, latest_published
from portability.v1.federation_service_pb2 import CosignCheckpointResponse
from portability.wire.log_entry import log_entry_from_bytes
from tests.conftest import FixedClock
from tests.integration.node.whole import make_layout, node, use_database
from tests.integration.witness.nodes import append, until

pytestmark = pytest.mark.asyncio


@pytest.fixture
def layout(tmp_path: Path, database_url: str) -> FederationLayout:
    made = make_layout(tmp_path / "federation")
    use_database(made, "FR", database_url)
    return made


async def get(running: Running, path: str) -> httpx.Response:
    async with httpx.AsyncClient() as client:
        return await client.get(f"http://{running.observe}{path}")


async def published_size(parts: Parts) -> int:
    async with parts.foundation.database.read() as connection:
        found = await latest_published(connection)
    return -1 if found is None else found.size


def witnesses_of(parts: Parts, code: str, note: bytes) -> list[str]:
    """Who cosigned a checkpoint of a member's log, as the directory's keys show."""
    now = parts.foundation.world.clock()
    directory = parts.directory()
    logs = directory.log_vkeys(directory.member(code).log_origin, now)
    keys = {key: who for who, keys in directory.witness_vkeys(code, now).items() for key in keys}
    found = verify_note(parse_note(note), [*logs, *keys])
    assert found[0].key in logs
    return [keys[one.key] for one in found[1:]]


async def test_two_nodes_witness_each_other(layout: FederationLayout) -> None:
    async with node(layout, "FR") as (france, running), node(layout, "ES") as (spain, at_spain):
        await append(france, 3)
        await append(spain, 5)
        for parts, where, size in ((france, running, 3), (spain, at_spain, 5)):
            code = parts.config.jurisdiction

            async def is_published(parts: Parts = parts, size: int = size) -> bool:
                return await published_size(parts) == size

            await until(is_published)
            note = (await get(where, "/checkpoint")).content
            assert note.split(b"\n")[1] == b"%d" % size
            assert witnesses_of(parts, code, note) == [{"FR": "ES", "ES": "FR"}[code]]
        details = json.loads((await get(running, "/readyz")).content)["details"]
        assert details == {
            "witness ES": "cosigned",
            "publication": "3 of 3 entries published",
        }
        shown = (await get(running, "/metrics")).text
        assert 'portability_witness_missing{witness="ES"} 0.0' in shown
        assert 'portability_log_entries{state="published"} 3.0' in shown


async def test_a_missing_witness_is_visible_and_holds_up_nothing(
    layout: FederationLayout,
) -> None:
    async with node(layout, "FR") as (france, running):
        await append(france, 4)

        async def is_missed() -> bool:
            return bool(france.log.publisher.missing.get("ES"))

        await until(is_missed)
        assert await published_size(france) == -1
        answer = await get(running, "/readyz")
        assert answer.status_code == 200
        assert "could not be reached" in answer.json()["details"]["witness ES"]
        shown = (await get(running, "/metrics")).text
        assert 'portability_witness_missing{witness="ES"} 1.0' in shown
        note = (await get(running, "/checkpoint")).content
        assert note.split(b"\n")[1] == b"4"
        assert witnesses_of(france, "FR", note) == []
        async with node(layout, "ES"):

            async def is_back() -> bool:
                return await published_size(france) == 4 and not france.log.publisher.missing["ES"]

            await until(is_back)
            assert witnesses_of(france, "FR", (await get(running, "/checkpoint")).content) == ["ES"]


async def test_what_is_published_stays_while_more_is_accepted_without_witnesses(
    layout: FederationLayout,
) -> None:
    async with node(layout, "FR") as (france, running):
        async with node(layout, "ES"):
            await append(france, 2)

            async def is_published() -> bool:
                return await published_size(france) == 2

            await until(is_published)
        await append(france, 5)

        async def is_missed() -> bool:
            return bool(france.log.publisher.missing["ES"])

        await until(is_missed)
        assert (await get(running, "/checkpoint")).content.split(b"\n")[1] == b"2"
        async with france.foundation.database.read() as connection:
            assert (await log_tree.read_head(connection)).size == 7


async def test_what_another_process_has_published_is_proved_by_that(tmp_path: Path) -> None:
    """No witness answers this one: what it learns of publication, the database tells it."""
    async with node(make_layout(tmp_path / "federation"), "FR") as (france, _):
        await append(france, 2)
        memory = france.foundation.sequencer.memory
        assert memory.fresh_proof(0) is not None
        async with france.foundation.database.write() as connection:
            head = await log_tree.read_head(connection)
            theirs = Published(size=head.size, note=head.checkpoint)
            await add_published(connection, theirs, france.foundation.world.clock())

        async def is_known() -> bool:
            return memory.fresh_proof(0) is None

        await until(is_known)


async def test_a_proof_is_at_the_first_published_checkpoint_that_covers_the_leaf(
    layout: FederationLayout,
) -> None:
    async with node(layout, "FR") as (france, _), node(layout, "ES"):
        for size, more in ((2, 2), (5, 3)):
            await append(france, more)

            async def is_published(size: int = size) -> bool:
                return await published_size(france) == size

            await until(is_published)
        ids = await statement_ids(france)
        proven = await france.foundation.prover.prove(ids[::-1])
        assert [one.leaf_index for one in proven] == [4, 3, 2, 1, 0]
        key = france.directory().log_vkey("FR", france.foundation.world.clock())
        sizes = {
            one.leaf_index: open_checkpoint(one.checkpoint, key, key.name).size for one in proven
        }
        assert sizes[0] <= sizes[1] <= 2  # a publication may fall between two appends
        assert all(sizes[index] > index for index in range(5))
        assert sizes[4] == 5
        assert all(witnesses_of(france, "FR", one.checkpoint) == ["ES"] for one in proven)


async def test_an_acknowledgement_does_not_wait_for_witnesses(layout: FederationLayout) -> None:
    async with node(layout, "FR") as (france, _):
        await append(france, 1)
        (i,) = await statement_ids(france)
        (proven,) = await france.foundation.prover.prove([i])
        assert proven == await france.foundation.prover.prove_first(i)
        assert witnesses_of(france, "FR", proven.checkpoint) == []


async def test_a_federation_of_one_publishes_without_witnesses(tmp_path: Path) -> None:
    alone = make_layout(tmp_path / "alone", "FR")
    async with node(alone, "FR") as (france, running):
        assert france.directory().quorum == 0
        await append(france, 3)
        assert (await get(running, "/checkpoint")).content.split(b"\n")[1] == b"3"
        assert "witness" not in " ".join((await get(running, "/readyz")).json()["details"])


async def statement_ids(parts: Parts) -> list[bytes]:
    async with parts.foundation.database.read() as connection:
        entries = await log.read_log_entries(connection, 0, 100)
    return [log_entry_from_bytes(entry).statement_id for entry in entries]


def nobody(code: str) -> WitnessLink:
    raise AssertionError(f"there is nothing that {code} could cosign")


class Away:
    """A witness that nobody reaches; how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    async def cosign_checkpoint(self, body: bytes) -> CosignCheckpointResponse:
        self.asked += 1
        raise PeerUnavailableError("no answer", jurisdiction="ES")

    async def witnessed_checkpoint(self, origin: str) -> bytes:
        raise AssertionError(f"nobody looks at {origin}")


async def test_a_missing_witness_is_asked_again_although_the_clock_was_set_back(
    layout: FederationLayout, clock: FixedClock
) -> None:
    away, clock.now = Away(), datetime.now(UTC)
    async with node(layout, "FR") as (france, _):
        await append(france, 1)
        foundation = france.foundation
        publisher = Publisher(
            jurisdiction="FR",
            database=foundation.database,
            directory=france.directory,
            witness=lambda _: away,
            views=france.log.views,
            halt=foundation.sequencer.halt,
            memory=foundation.sequencer.memory,
            clock=clock,
            sleep=asyncio.sleep,
            randomness=foundation.world.randomness,
        )
        await publisher.turn()
        await publisher.turn()
        assert away.asked == 1
        clock.advance(hours=-5)
        await publisher.turn()
        assert away.asked == 2


async def test_who_publishes_waits_for_the_log_to_grow(layout: FederationLayout) -> None:
    """A node with nothing to publish looks for what other processes wrote, and no oftener."""
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        await asyncio.Event().wait()

    async def has_waited(times: int) -> None:
        async def enough() -> bool:
            return len(waits) == times

        await until(enough)

    async with node(layout, "FR") as (france, _), node(layout, "ES"):
        await append(france, 1)

        async def is_published() -> bool:
            return await published_size(france) == 1

        await until(is_published)
        foundation = france.foundation
        publisher = Publisher(
            jurisdiction="FR",
            database=foundation.database,
            directory=france.directory,
            witness=nobody,
            views=france.log.views,
            halt=foundation.sequencer.halt,
            memory=foundation.sequencer.memory,
            clock=foundation.world.clock,
            sleep=sleep,
            randomness=foundation.world.randomness,
        )
        publisher.start()
        await has_waited(1)
        foundation.sequencer.tell_growth(publisher.wake)
        await append(france, 1)
        await has_waited(2)
        await publisher.close()
    assert waits == [IDLE_SECONDS - LOOK_SECONDS, LOOK_SECONDS]
