"""
Values that are made part by part have all their parts: one that was forgotten fails only when read.
"""

import ast
import importlib
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

import portability

PACKAGE = Path(portability.__file__).parent


def makers() -> Iterator[tuple[str, str, str]]:
    """Module, function and class, wherever something is made the class of a value."""
    for path in sorted(PACKAGE.rglob("*.py")):
        source = path.read_text(encoding="utf-8")
        if "opened import opened" not in source and "def opened(" not in source:
            continue
        module = ".".join(("portability", *path.relative_to(PACKAGE).with_suffix("").parts))
        for function in ast.walk(ast.parse(source)):
            if isinstance(function, ast.FunctionDef):
                for kind in parts_set(function):
                    yield module, function.name, kind


def parts_set(function: ast.FunctionDef) -> dict[str, set[str]]:
    """Which parts are set of values that become of a class, by the class."""
    kinds: dict[str, str] = {}
    parts: dict[str, set[str]] = {}
    for node in ast.walk(function):
        if not isinstance(node, ast.Assign):
            continue
        for target in node.targets:
            if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
                if target.attr == "__class__" and isinstance(node.value, ast.Name):
                    kinds[node.value.id] = target.value.id
                else:
                    parts.setdefault(target.value.id, set()).add(target.attr)
    return {kind: parts.get(name, set()) for kind, name in kinds.items()}


def function_of(module: str, name: str) -> ast.FunctionDef:
    path = PACKAGE.parent / Path(*module.split(".")).with_suffix(".py")
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return next(
        one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef) and one.name == name
    )


FOUND = list(makers())


def test_functions_that_make_values_part_by_part_are_found() -> None:
    assert {"Period", "EntitlementRecord", "StoredStatement"} <= {kind for *_, kind in FOUND}


@pytest.mark.parametrize(("module", "function", "kind"), FOUND)
def test_whoever_makes_a_value_part_by_part_sets_every_part(
    module: str, function: str, kind: str
) -> None:
    made = getattr(importlib.import_module(module), kind)
    assert parts_set(function_of(module, function))[kind] == {one.name for one in fields(made)}
