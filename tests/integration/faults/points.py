"""
Every point at which something can fail in one story, on one database, printed one to a line.

    python -m tests.integration.faults.points append sqlite EIO
    python -m tests.integration.faults.points append postgresql+asyncpg://... killed --part 1/2
"""

import gc
import json
import logging
import sys
from argparse import ArgumentParser
from pathlib import Path
from tempfile import TemporaryDirectory

import structlog

from tests.integration.faults.places import Lines, Place, PostgresPlace, SqlitePlace
from tests.integration.faults.stories import STORIES


def outcome(lines: Lines) -> dict[str, str]:
    """Where it was and what came of it; ``problem`` is empty where all holds."""
    found = {"where": "", "first": "", "problem": ""}
    for line in lines:
        word, _, rest = line.partition(" ")
        if word == "fired":
            found["where"] = rest
        elif word == "crashed":
            found["problem"] = rest or line
        else:
            told = line if word != "told" else word
            found["first"] = f"{found['first']}, {told}".lstrip(", ")
    return found


def main() -> int:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("story", choices=STORIES)
    parser.add_argument("database")
    parser.add_argument("kinds", nargs="+")
    parser.add_argument("--part", default="1/1", help="2/3: the second, fifth, eighth point ...")
    parser.add_argument("--only", type=int, help="this point alone")
    given = parser.parse_args()
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    gc.freeze()  # children share what is here, and none lives long enough to need a search
    gc.disable()
    logging.disable()  # of what fails here on purpose
    first, step = (int(part) for part in given.part.split("/"))
    story, problems = STORIES[given.story], 0
    with TemporaryDirectory(prefix="faults-") as name:
        folder = Path(name).resolve()
        place: Place
        if given.database == "sqlite":
            place = SqlitePlace(story, folder)
        else:
            place = PostgresPlace(story, folder, given.database)
        for kind in given.kinds:
            points = place.points(kind, first, step)
            if given.only:
                points = iter([(given.only, place.one(kind, given.only))])
            for at, lines in points:
                told = {"kind": kind, "at": at, **outcome(lines)}
                problems += bool(told["problem"])
                sys.stdout.write(json.dumps(told) + "\n")
                sys.stdout.flush()
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
