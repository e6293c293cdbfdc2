"""
Mutants before the tests: which tests reach a line, and does one of them fail?

Everything happens in forked processes. Tests are collected once; a mutant inside a function then
lives in a fork of that process, where the code of the function is exchanged. A mutant of what runs
on import (constants, default values) needs a process of its own that imports everything again.
"""

import ast
import gc
import importlib.abc
import importlib.util
import os
import pickle
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import coverage
import pytest
from hypothesis import Phase, settings

OPTIONS = ["-q", "-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning"]
MEMORY = 3 << 30
"""Bytes: a mutant that wants more than that is noticed."""
EXAMPLES = 25
"""How often a law is tried where its test doesn't say."""
SECONDS = 3.0
"""Processor time that any test may take; a mutant that does not end is noticed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """
    Which tests reach which lines of which file, and how long each test takes.

    ``imported`` are the lines that run when modules and tests are imported.
    """

    seconds: Mapping[str, float]
    lines: Mapping[str, Mapping[int, frozenset[str]]]
    imported: Mapping[str, frozenset[int]]

    def tests(self, path: Path, lines: range | None = None) -> list[str]:
        """The tests that reach one of the lines (None: the file), the quickest first."""
        found = self.lines.get(str(path), {})
        reached = {test for line in lines or found for test in found.get(line, ())}
        return sorted(reached, key=lambda test: self.seconds[test])

    def runs_on_import(self, path: Path, lines: range) -> bool:
        return not self.imported.get(str(path), frozenset()).isdisjoint(lines)


class Plugin:
    """Does something else with the collected tests than running them once."""

    def __init__(self, work: Callable[[pytest.Session], None]) -> None:
        self._work = work

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self) -> None:
        # The same examples in every run, and no time spent on making a failing one smaller.
        settings.register_profile(
            "mutation",
            settings.get_profile("project"),
            derandomize=True,
            database=None,
            phases=(Phase.explicit, Phase.generate),
            max_examples=EXAMPLES,
        )
        settings.load_profile("mutation")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self._work(session)
        return True


def forked(work: Callable[[], object]) -> object:
    """What ``work`` gives in a process of its own; None if that process does not live to tell."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            with os.fdopen(writing, "wb") as pipe:
                pickle.dump(work(), pipe)
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        told = pipe.read()
    os.waitpid(child, 0)
    return pickle.loads(told) if told else None  # noqa: S301  # our own child's


def collected(tests: Sequence[str], work: Callable[[pytest.Session], None]) -> int:
    """Let ``work`` have the collected tests; pytest's exit status, 0 if all went well."""
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    return int(pytest.main([*OPTIONS, *tests], plugins=[Plugin(work)]))


def run_test(session: pytest.Session, item: pytest.Item) -> bool:
    """Whether a test passes."""
    item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
    return not session.testsfailed


def reach(tests: Sequence[str], folder: Path) -> Reach | None:
    """What the tests reach below ``folder``; None if one fails without any change."""

    def work() -> Reach | None:
        seconds: dict[str, float] = {}
        traced = coverage.Coverage(data_file=None, include=[f"{folder}/*"])

        def run_all(session: pytest.Session) -> None:
            for item in session.items:
                traced.switch_context(item.nodeid)
                begun = time.process_time()
                run_test(session, item)
                seconds[item.nodeid] = time.process_time() - begun

        traced.start()
        status = collected(tests, run_all)
        traced.stop()
        return None if status else _reach(traced.get_data(), seconds)

    return forked(work)  # type: ignore[return-value]


def _reach(data: coverage.CoverageData, seconds: dict[str, float]) -> Reach:
    lines: dict[str, dict[int, frozenset[str]]] = {}
    imported: dict[str, frozenset[int]] = {}
    for path in data.measured_files():
        found = data.contexts_by_lineno(path)
        lines[path] = {
            line: frozenset(name for name in names if name) for line, names in found.items()
        }
        imported[path] = frozenset(line for line, names in found.items() if "" in names)
    return Reach(seconds=seconds, lines=lines, imported=imported)


def limit_memory() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def failing(session: pytest.Session, chosen: Sequence[str], known: Reach) -> str | None:
    """The first of the chosen tests that fails; to be called in a process that may die."""
    limit_memory()
    items = {item.nodeid: item for item in session.items}
    for name in filter(items.__contains__, chosen):
        signal.setitimer(signal.ITIMER_PROF, SECONDS + 10 * known.seconds[name])
        if not run_test(session, items[name]):
            return name
    return None


def codes_in(code: CodeType) -> Iterator[CodeType]:
    """A code object and all that are in it."""
    yield code
    for found in code.co_consts:
        if isinstance(found, CodeType):
            yield from codes_in(found)


def _key(code: CodeType) -> tuple[str, int]:
    return code.co_qualname, code.co_firstlineno


def functions_of(path: Path) -> dict[tuple[str, int], list[FunctionType]]:
    """The living functions of a file."""
    found: dict[tuple[str, int], list[FunctionType]] = {}
    for thing in gc.get_objects():
        if isinstance(thing, FunctionType) and thing.__code__.co_filename == str(path):
            found.setdefault(_key(thing.__code__), []).append(thing)
    return found


def caches() -> list[Any]:
    """The functions that remember what they gave."""
    return [thing for thing in gc.get_objects() if hasattr(type(thing), "cache_clear")]


def exchange(
    path: Path, tree: ast.Module, functions: Mapping[tuple[str, int], list[FunctionType]]
) -> None:
    """Give the living functions of a file the code of its mutant."""
    for code in codes_in(compile(tree, str(path), "exec")):
        for function in functions.get(_key(code), ()):
            if function.__code__.co_freevars == code.co_freevars:
                function.__code__ = code


def assign(name: str, statement: ast.stmt) -> None:
    """Give a living module another constant."""
    module = ast.Module([statement], [])
    exec(compile(module, name, "exec"), sys.modules[name].__dict__)  # noqa: S102  # our own code


class Loader(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives one module its mutated code."""

    def __init__(self, name: str, path: Path, tree: ast.Module) -> None:
        self.name, self.path, self.tree = name, path, tree

    def find_spec(self, fullname: str, *_: object) -> ModuleSpec | None:
        if fullname != self.name:
            return None
        return importlib.util.spec_from_file_location(fullname, self.path, loader=self)

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self.tree, str(self.path), "exec"), module.__dict__)  # noqa: S102  # our own code


def passes_from_import(
    name: str, path: Path, tree: ast.Module, tests: Sequence[str], known: Reach
) -> bool:
    """Whether the tests that reach a file pass with another module in its place."""

    def work() -> bool:
        limit_memory()
        signal.setitimer(signal.ITIMER_PROF, 20 * SECONDS)
        sys.meta_path.insert(0, Loader(name, path, tree))
        passed: list[str | None] = []
        chosen = known.tests(path)
        status = collected(tests, lambda session: passed.append(failing(session, chosen, known)))
        return status == 0 and passed == [None]

    return bool(forked(work))
