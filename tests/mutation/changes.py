"""What can be changed in a module of the rules engine, one thing at a time."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

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
NOT_RUN = {"annotation", "returns", "decorator_list"}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
PLAIN = (ast.Name, ast.Attribute, ast.Call, ast.NamedExpr)
"""Conditions that no other change turns round."""

Change = tuple[str, Callable[[], object]]
"""What a mutant does, in words, and how to do it to the tree."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """
    A node and where it is: the node and the statement around it, and the function.

    ``called`` says that it runs when the function is called, not when the module is imported.
    """

    node: ast.AST
    parent: ast.AST
    statement: ast.stmt | None
    function: str
    called: bool

    @property
    def lines(self) -> range:
        """The lines of the statement, without the statements in it."""
        found = self.statement
        if found is None:
            return range(0)
        body = getattr(found, "body", None) or getattr(found, "cases", None)
        last = found.end_lineno or found.lineno
        if body:
            last = max(found.lineno, getattr(body[0], "lineno", found.lineno + 1) - 1)
        return range(found.lineno, max(last, getattr(self.node, "end_lineno", None) or 0) + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One change; ``change`` names it in the same way wherever its line moves."""

    number: int
    place: Place
    change: str
    tree: ast.Module

    @property
    def line(self) -> int:
        return self.place.lines.start

    @property
    def in_place(self) -> bool:
        """Whether a living module can take it: code of a function, or a constant of the module."""
        constant = isinstance(self.place.statement, ast.Assign | ast.AnnAssign)
        return self.place.called or (constant and self.place.function == "module")


def places(tree: ast.Module) -> Iterator[Place]:
    """Every node that runs: no annotations, no decorators."""
    yield from _below(
        Place(node=tree, parent=tree, statement=None, function="module", called=False)
    )


def _below(place: Place) -> Iterator[Place]:
    yield place
    node, function = place.node, place.function
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        function = node.name if function == "module" else f"{function}.{node.name}"
    for name, value in ast.iter_fields(node):
        if name in NOT_RUN:
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _below(
                    Place(
                        node=child,
                        parent=node,
                        statement=child if isinstance(child, ast.stmt) else place.statement,
                        function=function,
                        called=place.called or (name == "body" and isinstance(node, FUNCTIONS)),
                    )
                )


def changes_of(node: ast.AST) -> Iterator[Change]:
    """The mutations of one node."""
    yield from _of_operators(node)
    yield from _of_conditions(node)
    if isinstance(node, ast.UnaryOp):
        yield from _without_sign(node)
    elif isinstance(node, ast.Constant):
        yield from _other_values(node)
    elif isinstance(node, ast.Name) and node.id in NAMES:
        yield f"{node.id} -> {NAMES[node.id]}", partial(setattr, node, "id", NAMES[node.id])
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        yield "leave out", partial(setattr, node, "value", ast.Constant(None))


def _of_conditions(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.If | ast.IfExp | ast.While) and isinstance(node.test, PLAIN):
        yield "if not", partial(setattr, node, "test", ast.UnaryOp(ast.Not(), node.test))
    elif isinstance(node, ast.comprehension):
        for place, test in enumerate(node.ifs):
            if isinstance(test, PLAIN):
                other = ast.UnaryOp(ast.Not(), test)
                yield "if not", partial(node.ifs.__setitem__, place, other)


def _of_operators(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.Compare):
        for place, operator in enumerate(node.ops):
            which = f" ({place + 1})" if len(node.ops) > 1 else ""
            yield from _swap(operator, partial(node.ops.__setitem__, place), which)
    elif isinstance(node, ast.BoolOp | ast.BinOp | ast.AugAssign):
        yield from _swap(node.op, lambda new: setattr(node, "op", new))
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.FloorDiv):
            yield "round the other way", lambda: _round_up(node)


def _without_sign(node: ast.UnaryOp) -> Iterator[Change]:
    if isinstance(node.op, ast.Not):
        yield "drop not", lambda: setattr(node, "operand", ast.UnaryOp(ast.Not(), node.operand))
    elif isinstance(node.op, ast.USub):
        yield "drop minus", lambda: setattr(node, "op", ast.UAdd())


def _swap(operator: ast.AST, put: Callable[[Any], None], which: str = "") -> Iterator[Change]:
    other = SWAPS.get(type(operator))
    if other is not None:
        yield f"{type(operator).__name__} -> {other.__name__}{which}", lambda: put(other())


def _other_values(node: ast.Constant) -> Iterator[Change]:
    found = node.value
    if isinstance(found, bool):
        yield f"{found} -> {not found}", partial(setattr, node, "value", not found)
    elif isinstance(found, int):
        for value in (found + 1, found - 1):
            yield f"{found} -> {value}", partial(setattr, node, "value", value)


def _round_up(node: ast.BinOp) -> None:
    """Make ``a // b`` into ``0 - (-a // b)``."""
    node.right = ast.BinOp(ast.UnaryOp(ast.USub(), node.left), ast.FloorDiv(), node.right)
    node.left, node.op = ast.Constant(0), ast.Sub()


def mutants(source: str) -> Iterator[Mutant]:
    """Each mutant of a module, in the order of its text."""
    count = sum(len(list(changes_of(place.node))) for place in places(ast.parse(source)))
    for number in range(count):
        tree = ast.parse(source)
        found = [(place, change) for place in places(tree) for change in changes_of(place.node)]
        place, (words, change) = found[number]
        shown = f"{words}: {_shown(place)}"
        change()
        ast.fix_missing_locations(tree)
        yield Mutant(number=number + 1, place=place, change=shown, tree=tree)


def _shown(place: Place) -> str:
    """The expression; of a condition its head, and of a single value what stands around it."""
    node = place.node
    if isinstance(node, ast.Constant | ast.Name) and not isinstance(place.parent, ast.Module):
        node = place.parent
    if isinstance(node, ast.If | ast.While):
        node = node.test
    if isinstance(node, ast.arguments):
        return f"{place.function}({ast.unparse(node)})"
    return " ".join(ast.unparse(node).split())
