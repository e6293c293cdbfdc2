"""Spain and France, who can erase and be told so, once on each database."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest_asyncio

from portability.node.erasure.erasing import Eraser
from portability.node.erasure.journal import JOURNAL, ErasureJournal
from portability.node.erasure.parts import (
    build_eraser,
    build_erasure_notices,
    build_erasures_service,
)
from portability.node.erasure.rules import ErasureRules
from portability.node.erasure.service import ErasuresService
from tests.conftest import FixedClock
from tests.integration.erasure.desk import prepare
from tests.integration.recognition.world import Federation, Node, Rosa, enrol_rosa, open_federation


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
    foundation = node.foundation
    eraser = build_eraser(
        foundation, journal=ErasureJournal(folder / JOURNAL), forgetting=None, rules=rules
    )
    await eraser.start()
    notices = build_erasure_notices(foundation, eraser, rules)
    node.cases.federation._inbox._erasures = notices
    service = build_erasures_service(foundation, eraser, notices)
    return Office(node=node, eraser=eraser, service=service)
