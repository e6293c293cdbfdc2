"""Spain and France, who can erase and be told so, once on each database."""

import os
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest_asyncio

from portability.node.erasure.erasing import Eraser
from portability.node.erasure.holds import Holds
from portability.node.erasure.journal import JOURNAL, ErasureJournal
from portability.node.erasure.notices import ErasureNotices
from portability.node.erasure.requests import ErasureRequests
from portability.node.erasure.rules import ErasureRules
from portability.node.erasure.service import ErasuresService
from portability.node.erasure.signing import ErasureVoice
from tests.conftest import FixedClock
from tests.integration.erasure.desk import prepare
from tests.integration.recognition.world import Federation, Node, Rosa, enrol_rosa, open_federation
from tests.unit.consent.world import ES_NODE, FR_NODE


@dataclass
class Office:
    """What a node of the federation needs to erase."""

    node: Node
    eraser: Eraser
    service: ErasuresService


@pytest_asyncio.fixture
async def federation(
    urls: dict[str, str], clock: FixedClock, randomness: Callable[[int], bytes]
) -> AsyncIterator[Federation]:
    async with open_federation(urls, clock, randomness) as opened:
        yield opened


@pytest_asyncio.fixture
async def rosa(federation: Federation) -> Rosa:
    return await enrol_rosa(federation)


@pytest_asyncio.fixture
async def offices(federation: Federation, tmp_path: Path) -> dict[str, Office]:
    """By jurisdiction."""
    found = {}
    for node in federation.nodes:
        found[node.code] = await open_office(node, tmp_path / f"{node.code}-erasure")
    return found


async def open_office(node: Node, folder: Path, rules: ErasureRules | None = None) -> Office:
    prepare(folder)
    rules = rules or ErasureRules()
    voice = ErasureVoice(
        jurisdiction=node.code,
        node_key={"ES": ES_NODE, "FR": FR_NODE}[node.code],
        randomness=os.urandom,
    )
    eraser = Eraser(
        database=node.database,
        sequencer=node.sequencer,
        journal=ErasureJournal(folder / JOURNAL),
        forgetting=None,
        voice=voice,
        rules=rules,
        clock=node.clock,
        randomness=os.urandom,
        fault=lambda _: None,
        wake_outbox=node.cases.outbox.wake,
    )
    await eraser.start()
    node.cases.federation._inbox._erasures = ErasureNotices(  # as services wire it
        voice=voice,
        rules=rules,
        ask_to_settle=eraser.ask_to_settle,
        wake_outbox=eraser.wake,
    )
    holds = Holds(
        database=node.database, sequencer=node.sequencer, voice=voice, randomness=os.urandom
    )
    requests = ErasureRequests(
        database=node.database, sequencer=node.sequencer, voice=voice, randomness=os.urandom
    )
    service = ErasuresService(
        database=node.database, eraser=eraser, holds=holds, requests=requests, clock=node.clock
    )
    return Office(node=node, eraser=eraser, service=service)
