import asyncio
import signal
import sys
from collections.abc import Callable

import pytest

from portability.store import log, log_tree
from portability.store.engine import open_database
from tests.conftest import PROJECT_ROOT
from tests.integration.conftest import INDEX_KEY, WRAPPING_KEY

pytestmark = pytest.mark.asyncio


@pytest.mark.parametrize(("moment", "size"), [("before", 0), ("after", 50)])
async def test_a_process_killed_around_its_commit_leaves_all_of_a_batch_or_nothing(
    database_url: str, randomness: Callable[[int], bytes], moment: str, size: int
) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.integration.store.append_and_wait",
        database_url,
        moment,
        cwd=PROJECT_ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"ready\n"
    process.send_signal(signal.SIGKILL)
    await process.wait()

    database = await open_database(
        database_url, wrapping_key=WRAPPING_KEY, index_key=INDEX_KEY, randomness=randomness
    )
    async with database.write() as connection:  # and its locks are gone
        head = await log_tree.lock_head(connection)
        entries = await log.read_log_entries(connection, 0, 100)
        checkpoint = await log_tree.read_checkpoint(connection, 50)
    await database.close()
    assert (head.size, len(entries)) == (size, size)
    assert checkpoint == (b"fifty" if size else None)
