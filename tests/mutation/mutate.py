"""
Mutation testing: change one thing in a pure module; does a test notice?

    python -m tests.mutation.mutate amounts family/priority    these modules of the rules engine
    python -m tests.mutation.mutate consent/gate ledger/tree   these of other pure packages
    python -m tests.mutation.mutate                            all of portability/core
    python -m tests.mutation.mutate --package consent          all of another pure package
    python -m tests.mutation.mutate --line 42 amounts          the mutants of one line
    python -m tests.mutation.mutate --again found.txt          those that an earlier run printed
    python -m tests.mutation.mutate --tests FILE --tests FILE  against these tests alone

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
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.mutation.changes import Mutant, mutants
from tests.mutation.trials import (
    Reach,
    assign,
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
PURE = ROOT / "portability"
CORE = PURE / "core"
TESTS = {
    "core": [
        "tests/unit/core",
        "tests/property/core",
        "tests/unit/cli/test_case.py",
        "tests/unit/cli/test_legislation.py",
    ],
    "consent": ["tests/unit/consent", "tests/property/consent"],
    "ledger": ["tests/unit/ledger", "tests/property/ledger"],
    "recognition": ["tests/unit/recognition", "tests/property/recognition"],
    "settlement": ["tests/unit/settlement", "tests/property/settlement"],
}
"""The tests of each package that has no input or output, and so needs no node to be tested."""


def package_of(module: str) -> str:
    """Modules of the core go without its name."""
    first = module.partition("/")[0]
    return first if first in TESTS else "core"


def path_of(module: str) -> Path:
    return (CORE if package_of(module) == "core" else PURE) / f"{module}.py"


def name_of(module: str) -> str:
    path = path_of(module).relative_to(ROOT).with_suffix("")
    return str(path).replace("/", ".")


def all_modules(package: str) -> list[str]:
    folder = PURE / package
    base = CORE if package == "core" else PURE
    found = sorted(path for path in folder.rglob("*.py") if path.stem[0] != "_")
    return [str(path.relative_to(base).with_suffix("")) for path in found]


def tests_of(modules: Iterable[str]) -> list[str]:
    packages = sorted({package_of(module) for module in modules})
    return [test for package in packages for test in TESTS[package]]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which mutants to try: those of a line, those that an earlier run printed, or all."""

    line: int | None
    again: frozenset[tuple[str, str, str]]

    def holds(self, module: str, mutant: Mutant) -> bool:
        if self.again and (module, mutant.place.function, mutant.change) not in self.again:
            return False
        return self.line is None or self.line in mutant.place.lines


def printed(path: Path) -> frozenset[tuple[str, str, str]]:
    """(module, function, change) of each survivor in the output of an earlier run."""
    found = re.finditer(r"^([a-z_/]+):\d+ (\S+) \| (.*)$", path.read_text("utf-8"), re.MULTILINE)
    return frozenset((item[1], item[2], item[3]) for item in found)


class InPlace:
    """Tries mutants in forks of one process, in which everything is imported."""

    def __init__(
        self, session: pytest.Session, modules: Iterable[str], known: Reach, *, newest: bool
    ) -> None:
        self._session = session
        self._newest = newest
        self._known = known
        gc.unfreeze()  # the tests' configuration freezes what it has collected: nothing was found
        self._caches = caches()
        self._functions = {module: functions_of(path_of(module)) for module in modules}
        if not any(self._functions.values()):
            raise RuntimeError(
                "no function of these modules lives here: nothing would be exchanged"
            )
        self._last: str | None = None
        gc.freeze()  # so that forks share memory; what is frozen can't be looked up any more

    def survives(self, module: str, item: Mutant) -> bool:
        """Whether all tests pass that reach the mutant; begins with the last one that failed."""
        lines = item.place.lines if item.place.called else None
        chosen = self._known.tests(path_of(module), lines)
        if self._newest:  # most likely written for the very mutants that are tried again
            chosen.sort(key=lambda test: -(ROOT / test.split("::")[0]).stat().st_mtime)
        chosen.sort(key=lambda test: test != self._last)
        told = forked(lambda: (self._first_failing(module, item, chosen),))
        if told == (None,):
            return True
        self._last = told[0] if told else self._last  # type: ignore[index]
        return False

    def _first_failing(self, module: str, item: Mutant, chosen: Sequence[str]) -> str | None:
        if item.place.called:
            exchange(path_of(module), item.tree, self._functions[module])
        elif item.place.statement is not None:
            assign(name_of(module), item.place.statement)
        for cache in self._caches:
            cache.cache_clear()
        return failing(self._session, chosen, self._known)


class Run:
    """The mutants of some modules, first those in place, then those that need an import."""

    def __init__(
        self, modules: Sequence[str], wanted: Wanted, tests: Sequence[str], known: Reach
    ) -> None:
        self._tests = tests
        self._known = known
        self._wanted = wanted
        self._explained = Explained()
        self._out = os.dup(1)
        self._accepted: Counter[str] = Counter()
        self._all: Counter[str] = Counter()
        self._mutants = {module: self._read(module) for module in modules}

    def _read(self, module: str) -> list[Mutant]:
        source = path_of(module).read_text("utf-8")
        found = [item for item in mutants(source) if self._wanted.holds(module, item)]
        wanted = [item for item in found if not self._explained.holds(module, item)]
        self._all[module] = len(found)
        self._accepted[module] = len(found) - len(wanted)
        return wanted

    def all(self) -> int:
        """Judge them all; how many survive without an explanation."""
        alive: Counter[str] = Counter()
        left: list[tuple[str, int]] = []

        def work() -> object:
            collected(self._tests, lambda session: self._try_in_place(session, alive, left))
            return alive, left

        alive, left = forked(work)  # type: ignore[misc]
        for module, number in left:
            item = next(item for item in self._mutants[module] if item.number == number)
            if self._passes_from_import(module, item):
                alive[module] += 1
                self._tell(module, item)
        for module, count in self._all.items():
            accepted, survive = self._accepted[module], alive[module]
            killed = count - accepted - survive
            self._print(f"| {module} | {count} | {killed} | {accepted} | {survive} |")
        return alive.total()

    def _try_in_place(
        self, session: pytest.Session, alive: Counter[str], left: list[tuple[str, int]]
    ) -> None:
        """Count those that survive, and gather those that need another import to tell."""
        trial = InPlace(session, self._mutants, self._known, newest=bool(self._wanted.again))
        for module, items in self._mutants.items():
            for item in items:
                if item.in_place and not trial.survives(module, item):
                    continue
                runs = self._known.runs_on_import(path_of(module), item.place.lines)
                if runs or not item.place.called:
                    left.append((module, item.number))
                else:
                    alive[module] += 1
                    self._tell(module, item)

    def _passes_from_import(self, module: str, item: Mutant) -> bool:
        name, path = name_of(module), path_of(module)
        return passes_from_import(name, path, item.tree, self._tests, self._known)

    def _tell(self, module: str, item: Mutant) -> None:
        self._print(f"{module}:{item.line} {item.place.function} | {item.change}")

    def _print(self, line: str) -> None:
        os.write(self._out, f"{line}\n".encode())


def main() -> int:
    """The status is 1 if a mutant survives that nobody has explained."""
    parser = ArgumentParser(prog="python -m tests.mutation.mutate")
    parser.add_argument("modules", nargs="*")
    parser.add_argument("--package", choices=TESTS, default="core")
    parser.add_argument("--line", type=int)
    parser.add_argument("--again", type=Path)
    parser.add_argument("--tests", action="append")
    given = parser.parse_args()
    again = frozenset() if given.again is None else printed(given.again.resolve())
    named = given.modules or sorted({module for module, _, _ in again})
    modules = named or all_modules(given.package)
    os.chdir(ROOT)
    sys.dont_write_bytecode = True
    tests = given.tests or tests_of(modules)
    known = reach(tests, PURE)
    if known is None:
        raise SystemExit("the tests fail without any change")
    wanted = Wanted(line=given.line, again=again)
    return int(Run(modules, wanted, tests, known).all() > 0)


if __name__ == "__main__":
    raise SystemExit(main())
