"""A process that enrols a person, logs three statements about them, erases them, and is killed."""

import asyncio
import os
import sys
from pathlib import Path

from portability.node.faults import fault_hook
from portability.node.keys import Mode
from tests.conftest import FixedClock
from tests.integration.erasure.desk import open_desk

ROSA = "persons/" + "a" * 32


async def main(url: str, folder: Path) -> None:
    fault = fault_hook(Mode.DEVELOPMENT, os.environ)
    async with open_desk(url, folder, FixedClock(), fault=fault) as desk:
        rosa = await desk.enrol(ROSA)
        for number in range(3):
            said = await desk.record(rosa, b"rosa %d" % number)
            sys.stdout.write(f"{said.hex()}\n")
            sys.stdout.flush()
        await desk.erase(ROSA)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
