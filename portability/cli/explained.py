"""How a number unfolds: a tree in words that an officer can put into a decision."""

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from portability.cli.printing import printable, speaks_unicode
from portability.core.explanation_tree import Explanation


def show_explanation(target: Console, explanations: Sequence[Explanation]) -> None:
    """Print one tree per scheme or decision; each line ends with the articles it rests on."""
    target.print(Text("\nhow each number comes about", style="bold"))
    style = "tree.line" if speaks_unicode(target) else "dim"
    for explanation in explanations:
        tree = Tree(_line(explanation), guide_style=style)
        _grow(tree, explanation)
        target.print(tree)
    target.print()


def _grow(tree: Tree, explanation: Explanation) -> None:
    for part in explanation.parts:
        _grow(tree.add(_line(part)), part)


def _line(explanation: Explanation) -> Text:
    line = Text(printable(explanation.text))
    if explanation.articles:
        line.append(f"  [{', '.join(explanation.articles)}]", style="dim")
    return line
