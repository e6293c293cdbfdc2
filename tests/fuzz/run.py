"""
The parsers under a coverage-guided fuzzer, each in a process of its own.

    pip install -e '.[fuzz,test]'
    python -m tests.fuzz.run --seconds 20 note policy      # or: all
    python -m tests.fuzz.run --seconds 1 all               # what CI does

A finding is kept in a file, which ``--again FILE TARGET`` tries without the fuzzer.
"""

import os
import sys
import tempfile
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path

import atheris

with (
    redirect_stderr(StringIO()),  # it names every module
    atheris.instrument_imports(include=["portability", "agents"], enable_loader_override=False),
):
    from tests.fuzz.targets import TARGETS, try_on

LONGEST = 8_192
HANG_SECONDS = 10


def fuzz(name: str, seconds: int, folder: Path) -> None:
    """In a process of its own: libFuzzer ends it, with another status than 0 for a finding."""
    target = TARGETS[name]
    corpus = folder / name
    corpus.mkdir(exist_ok=True)
    tempfile.tempdir = str(folder)
    for number, seed in enumerate(target.seeds()):
        (corpus / f"seed-{number}").write_bytes(seed)
    options = [
        f"-max_total_time={seconds}",
        f"-max_len={LONGEST}",
        f"-timeout={HANG_SECONDS}",
        f"-artifact_prefix={folder}/{name}-",
        "-verbosity=0",
        "-print_final_stats=1",
    ]
    atheris.Setup([sys.argv[0], *options, str(corpus)], lambda data: try_on(target, data))
    atheris.Fuzz()


def begin(name: str, seconds: int, folder: Path) -> int:
    """Start a process; its words go into a file beside the corpus."""
    child = os.fork()
    if child == 0:
        log = os.open(folder / f"{name}.log", os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
        os.dup2(log, 1)
        os.dup2(log, 2)
        try:
            fuzz(name, seconds, folder)
        finally:
            os._exit(1)  # it never comes here
    return child


def run_all(names: Sequence[str], given: Namespace) -> list[str]:
    """The targets with findings."""
    folder = Path(given.folder or tempfile.mkdtemp(prefix="portability-fuzz-"))
    folder.mkdir(exist_ok=True)
    waiting, running, found = list(names), {}, []
    while waiting or running:
        while waiting and len(running) < given.jobs:
            name = waiting.pop(0)
            running[begin(name, given.seconds, folder)] = name
        child, status = os.wait()
        name = running.pop(child)
        log = (folder / f"{name}.log").read_text(errors="replace")
        runs = [line.split()[-1] for line in log.splitlines() if "number_of_executed" in line]
        print(f"{name}: {'held' if status == 0 else 'FOUND'}, {''.join(runs) or 'few'} runs")  # noqa: T201
        if status != 0:
            found.append(name)
            print(log[-4000:])  # noqa: T201
    print(f"{len(names) - len(found)} passed, {len(found)} failed; {folder}")  # noqa: T201
    return found


def main() -> int:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("targets", nargs="+", choices=[*TARGETS, "all"], metavar="TARGET")
    parser.add_argument("--seconds", type=int, default=20, help="for each target")
    parser.add_argument("--jobs", type=int, default=1, help="processes at a time")
    parser.add_argument("--folder", help="keeps corpus and findings; a new one if left out")
    parser.add_argument("--again", type=Path, help="try this file once")
    given = parser.parse_args()
    names = list(TARGETS) if "all" in given.targets else given.targets
    if given.again is not None:
        for name in names:
            try_on(TARGETS[name], given.again.read_bytes())
        return 0
    return 1 if run_all(names, given) else 0


if __name__ == "__main__":
    sys.exit(main())
