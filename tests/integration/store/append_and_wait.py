"""A process that appends one batch and stops before or after its commit, to be killed there."""

import asyncio
import random
import sys

from portability.store import log, log_tree
from portability.store.engine import open_database
from tests.conftest import NOW
from tests.integration.conftest import INDEX_KEY, WRAPPING_KEY
from tests.integration.store.samples import new_row, statement_id


async def append(url: str, moment: str) -> None:
    database = await open_database(
        url,
        wrapping_key=WRAPPING_KEY,
        index_key=INDEX_KEY,
        randomness=random.randbytes,
    )
    async with database.write() as connection:
        head = await log_tree.lock_head(connection)
        await log.insert_statements(
            connection, database.vault, [new_row(n) for n in range(50)], tree_size=50, now=NOW
        )
        await log_tree.insert_checkpoint(connection, size=50, note=b"fifty", now=NOW)
        await log_tree.swap_head(
            connection, head, size=50, root=statement_id(0), checkpoint=b"fifty"
        )
        if moment == "before":
            await wait_to_be_killed()
    await wait_to_be_killed()


async def wait_to_be_killed() -> None:
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.sleep(600)


if __name__ == "__main__":
    asyncio.run(append(*sys.argv[1:]))
