"""
Mutation testing: change one thing in a module of the rules engine; does a test notice?

    python -m tests.mutation.mutate amounts family/priority    these modules
    python -m tests.mutation.mutate                            all of portability/core
    python -m tests.mutation.mutate --line 42 amounts          the mutants of one line

Prints each mutant that no test notices and that ``equivalent.toml`` does not explain, then a line
for each module. What the changes are says ``changes.py``; how tests meet mutants, ``trials.py``.
"""

import gc
import os
import re
import sys
import tomllib
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.mutation.changes import Mutant, mutants
from tests.mutation.trials import (
    Reach,
    caches,
    collected,
    exchange,
    failing,
    forked,
    functions_of,
    passes_from_import,
    reach,
)

ROOT = Path(__file__).parent.parent.parent
CORE = ROOT / "portability" / "core"
TESTS = [
    "tests/unit/core",
    "tests/property/core",
    "tests/unit/cli/test_case.py",
    "tests/unit/cli/test_legislation.py",
]


def path_of(module: str) -> Path:
    return CORE / f"{module}.py"


def all_modules() -> list[str]:
    found = sorted(CORE.rglob("*.py"))
    return [str(path.relative_to(CORE).with_suffix("")) for path in found if path.stem[0] != "_"]


class Explained:
    """The mutants that ``equivalent.toml`` says nothing can notice."""

    def __init__(self) -> None:
        text = (Path(__file__).parent / "equivalent.toml").read_text("utf-8")
        table = tomllib.loads(text)
        everywhere = [change for item in table.pop("everywhere") for change in item["changes"]]
        self._everywhere = re.compile("|".join(everywhere))
        self._named = {
            (module, item["function"], change)
            for module, items in table.items()
            for item in items
            for change in item["changes"]
        }

    def holds(self, module: str, mutant: Mutant) -> bool:
        named = (module, mutant.place.function, mutant.change) in self._named
        return named or self._everywhere.fullmatch(mutant.change) is not None


class Run:
    """The mutants of some modules, first those in functions, then those that need an import."""

    def __init__(self, modules: Sequence[str], line: int | None, known: Reach) -> None:
        self._line = line
        self._known = known
        self._explained = Explained()
        self._mutants = {module: self._wanted(module) for module in modules}
        self._out = os.dup(1)

    def _wanted(self, module: str) -> list[Mutant]:
        found = mutants(path_of(module).read_text("utf-8"))
        return [item for item in found if self._line is None or self._line in item.place.lines]

    def all(self) -> int:
        """Judge them all; how many survive without an explanation."""
        alive: Counter[str] = Counter()
        accepted: Counter[str] = Counter()
        for module, number in self._survivors():
            item = next(item for item in self._mutants[module] if item.number == number)
            if self._explained.holds(module, item):
                accepted[module] += 1
            else:
                alive[module] += 1
        for module, items in self._mutants.items():
            killed = len(items) - alive[module] - accepted[module]
            self._print(
                f"| {module} | {len(items)} | {killed} | {accepted[module]} | {alive[module]} |"
            )
        return alive.total()

    def _survivors(self) -> list[tuple[str, int]]:
        found: list[tuple[str, int]] = []
        left: list[tuple[str, int]] = []

        def work() -> object:
            collected(TESTS, lambda session: self._try_functions(session, found, left))
            return found, left

        found, left = forked(work) or ([], [])  # type: ignore[misc]
        for module, number in left:
            item = next(item for item in self._mutants[module] if item.number == number)
            name = f"portability.core.{module.replace('/', '.')}"
            if passes_from_import(name, path_of(module), item.tree, TESTS, self._known):
                found.append((module, number))
                self._tell(module, item)
        return found

    def _try_functions(
        self,
        session: pytest.Session,
        found: list[tuple[str, int]],
        left: list[tuple[str, int]],
    ) -> None:
        """Sort mutants into those that survive and those that need another import to tell."""
        remembering = caches()
        living = {module: functions_of(path_of(module)) for module in self._mutants}
        gc.freeze()  # so that forks share memory; what is frozen can't be looked up any more
        for module, items in self._mutants.items():
            path, functions = path_of(module), living[module]
            killer: str | None = None
            for item in items:
                chosen = self._known.tests(path, item.place.lines)
                chosen.sort(key=lambda test, last=killer: test != last)  # type: ignore[misc]

                def work(item: Mutant = item, chosen: list[str] = chosen) -> tuple[str | None]:
                    exchange(path, item.tree, functions)  # noqa: B023  # run in this very round
                    for cache in remembering:
                        cache.cache_clear()
                    return (failing(session, chosen, self._known),)

                if item.place.called and (told := forked(work)) != (None,):
                    killer = told[0] if told else killer  # type: ignore[index]
                elif item.place.called and not self._known.runs_on_import(path, item.place.lines):
                    found.append((module, item.number))
                    self._tell(module, item)
                else:
                    left.append((module, item.number))

    def _tell(self, module: str, item: Mutant) -> None:
        if not self._explained.holds(module, item):
            self._print(f"{module}:{item.line} {item.place.function} | {item.change}")

    def _print(self, line: str) -> None:
        os.write(self._out, f"{line}\n".encode())


def main() -> int:
    """The status is 1 if a mutant survives that nobody has explained."""
    parser = ArgumentParser(prog="python -m tests.mutation.mutate")
    parser.add_argument("modules", nargs="*")
    parser.add_argument("--line", type=int)
    given = parser.parse_args()
    os.chdir(ROOT)
    sys.dont_write_bytecode = True
    known = reach(TESTS, CORE)
    if known is None:
        raise SystemExit("the tests fail without any change")
    return int(Run(given.modules or all_modules(), given.line, known).all() > 0)


if __name__ == "__main__":
    raise SystemExit(main())
