"""Neither an append nor a proof looks at more of the log because there is more of it."""

from pathlib import Path

import pytest

from tests.bench.growth import Log, counted_steps
from tests.integration.faults.small_node import small_node

SMALL, LARGE = 1_000, 20_000
MOST = 1.3
ROUNDS = 20


async def steps(folder: Path, size: int) -> dict[str, float]:
    """Instructions of the database's machine for one append and one proof, on average."""
    url = f"sqlite+aiosqlite:///{folder / f'{size}.db'}"
    async with small_node(url) as node:
        built = Log(node, size)
        await built.build(lambda _: None)
        if size == SMALL:
            await built.check()
    with counted_steps() as count:
        async with small_node(url) as node:
            log, found = Log(node, size), {}
            for what in (log.append, log.prove):
                await what()  # what only the first one does
                before = count()
                for _ in range(ROUNDS):
                    await what()
                found[what.__name__] = (count() - before) / ROUNDS
    return found


@pytest.mark.asyncio
async def test_the_database_does_as_much_for_a_large_log_as_for_a_small_one(tmp_path: Path) -> None:
    small, large = await steps(tmp_path, SMALL), await steps(tmp_path, LARGE)
    for what, cost in small.items():
        assert cost > 20, "nothing was counted"
        assert large[what] <= MOST * cost, what
