"""
Mutation testing: change one thing in a module of the rules engine; does a test notice?

    python -m tests.mutation.mutate conversion          every mutant of core/conversion.py
    python -m tests.mutation.mutate conversion 17 23    these alone

Each mutant lives in a forked process, nowhere on disk, and meets the tests named for its module,
then those of the whole engine. What survives is printed; README.md beside this file says which
survivors are equivalent to the original, and why.
"""

import ast
import importlib.abc
import importlib.util
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

import hypothesis  # noqa: F401  # loaded once here instead of once in each mutant
import pytest

ROOT = Path(__file__).parent.parent.parent
FIRST = {
    "aggregation": ["test_conversion", "test_benefits"],
    "amounts": ["test_benefits", "test_rosa"],
    "conversion": ["test_conversion", "test_measure"],
    "findings": ["test_findings"],
    "measure": ["test_measure", "test_conversion"],
    "overlap": ["test_overlap", "test_reconciliation"],
    "overlap_notes": ["test_reconciliation"],
    "reconciliation": ["test_reconciliation"],
    "spans": ["test_spans", "test_measure"],
    "sweep": ["test_sweep", "test_reconciliation"],
}
EVERYTHING = ["tests/unit/core", "tests/property/core"]
OPTIONS = ["-xq", "-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning"]
SECONDS = 60
SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.Div: ast.Mult,
    ast.Mod: ast.FloorDiv,
}
NAMES = {"min": "max", "max": "min", "any": "all", "all": "any"}

Change = tuple[str, Callable[[], None]]
"""What a mutant does, in words, and how to do it to the tree."""


def changes_of(node: ast.AST) -> Iterator[Change]:
    """The mutations of one node."""
    if isinstance(node, ast.Compare):
        for place, operator in enumerate(node.ops):
            yield from _swap(operator, partial(node.ops.__setitem__, place))
    elif isinstance(node, ast.BoolOp | ast.BinOp | ast.AugAssign):
        yield from _swap(node.op, lambda new: setattr(node, "op", new))
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.FloorDiv):
            yield "round the other way", lambda: _round_up(node)
    elif isinstance(node, ast.UnaryOp):
        yield from _without_sign(node)
    elif isinstance(node, ast.Constant):
        yield from _other_values(node)
    elif isinstance(node, ast.Name) and node.id in NAMES:
        yield f"{node.id} -> {NAMES[node.id]}", lambda: setattr(node, "id", NAMES[node.id])


def _without_sign(node: ast.UnaryOp) -> Iterator[Change]:
    if isinstance(node.op, ast.Not):
        yield "drop not", lambda: setattr(node, "operand", ast.UnaryOp(ast.Not(), node.operand))
    elif isinstance(node.op, ast.USub):
        yield "drop minus", lambda: setattr(node, "op", ast.UAdd())


def _swap(operator: ast.AST, put: Callable[[Any], None]) -> Iterator[Change]:
    other = SWAPS.get(type(operator))
    if other is not None:
        yield f"{type(operator).__name__} -> {other.__name__}", lambda: put(other())


def _other_values(node: ast.Constant) -> Iterator[Change]:
    found = node.value
    if isinstance(found, bool):
        yield f"{found} -> {not found}", lambda: setattr(node, "value", not found)
    elif isinstance(found, int):
        for value in (found + 1, found - 1):
            yield f"{found} -> {value}", partial(setattr, node, "value", value)


def _round_up(node: ast.BinOp) -> None:
    """Make ``a // b`` into ``0 - (-a // b)``."""
    node.right = ast.BinOp(ast.UnaryOp(ast.USub(), node.left), ast.FloorDiv(), node.right)
    node.left, node.op = ast.Constant(0), ast.Sub()


def walk(node: ast.AST) -> Iterator[ast.AST]:
    """Every node that runs when a function is called: no annotations, no decorators."""
    yield node
    for name, value in ast.iter_fields(node):
        if name not in {"annotation", "returns", "decorator_list"}:
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    yield from walk(child)


def mutants(source: str) -> Iterator[tuple[str, ast.Module]]:
    """Each mutant: where and what, and its tree."""
    count = sum(len(list(changes_of(node))) for node in walk(ast.parse(source)))
    for number in range(count):
        tree = ast.parse(source)
        found = [(node, change) for node in walk(tree) for change in changes_of(node)]
        node, (words, change) = found[number]
        line = getattr(node, "lineno", None) or 0
        shown = f"line {line}: {words}: {ast.unparse(node)}".replace("\n", " ")
        change()
        yield shown, ast.fix_missing_locations(tree)


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


def survives(name: str, path: Path, tree: ast.Module, tests: Sequence[str]) -> bool:
    """Whether all tests pass with the mutant in place; one that hangs is noticed too."""
    child = os.fork()
    if child == 0:
        signal.alarm(SECONDS)
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        sys.meta_path.insert(0, Loader(name, path, tree))
        os._exit(int(pytest.main([*OPTIONS, *tests])))
    return os.waitpid(child, 0)[1] == 0


def run(module: str, wanted: Sequence[int]) -> int:
    """Print each survivor of one module; the status is 1 if there is any."""
    path = ROOT / "portability" / "core" / f"{module}.py"
    name = f"portability.core.{module.replace('/', '.')}"
    first = [f"tests/unit/core/{test}.py" for test in FIRST.get(module, [])]
    if not survives(name, path, ast.parse(path.read_text("utf-8")), first + EVERYTHING):
        raise SystemExit("the tests fail without any change")
    number = alive = 0
    for number, (words, tree) in enumerate(mutants(path.read_text("utf-8")), start=1):
        if wanted and number not in wanted:
            continue
        if survives(name, path, tree, first) and survives(name, path, tree, EVERYTHING):
            alive += 1
            print(f"{module} {number} survives, {words}", flush=True)  # noqa: T201
    print(f"{module}: {alive} of {number} mutants survive", flush=True)  # noqa: T201
    return int(alive > 0)


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.dont_write_bytecode = True
    raise SystemExit(run(sys.argv[1], [int(found) for found in sys.argv[2:]]))
