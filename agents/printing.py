"""What agents print: words and tables for people, or one JSON document and nothing else."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Protocol

from rich.cells import cell_len
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from agents.plain_text import printable
from agents.standard_output import write_document

_DEEPEST = 40


class Advance(Protocol):
    """Called as work goes on: how much is done, of how much."""

    def __call__(self, done: int, total: int, /) -> None: ...


class Screen(Console):
    """A console that leaves it to ``agents.exits`` what a reader who has left means."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


class Printer:
    """Standard output of one command. With ``as_json`` only ``document`` writes there."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self._console = Screen(highlight=False, markup=False, soft_wrap=True)

    def document(self, value: Mapping[str, object] | Sequence[object]) -> None:
        """The one JSON document of the command; nothing when printing for people."""
        if self.as_json:
            write_document(value)

    def line(self, text: str = "", style: str = "") -> None:
        """A line for people."""
        if not self.as_json:
            self._console.print(Text(printable(text) if text else "", style=style))

    def outline(self, lines: Iterable[str], style: str = "") -> None:
        """Lines that are indented by what they belong to."""
        for text in lines:
            depth = min(len(text) - len(text.lstrip(" ")), _DEEPEST)
            if not self.as_json:
                self._console.print(Text(" " * depth + printable(text), style=style))

    def fields(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Names and values, one under the other."""
        if self.as_json:
            return
        grid = Table.grid(padding=(0, 2))
        for name, value in pairs:
            grid.add_row(Text(name, style="bold"), Text(printable(value)))
        self._console.print(_unbroken(grid))

    def grid(self, grid: Table) -> None:
        """Something that was laid out already; its cells must be printable."""
        if not self.as_json:
            self._console.print(grid, soft_wrap=False)

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """A table for people; into a file or another program with every name in one piece."""
        if self.as_json:
            return
        table = Table(box=None, pad_edge=False, header_style="bold")
        for head in columns:
            table.add_column(head, overflow="fold")  # a name that is cut short names nothing
        for row in rows:
            table.add_row(*(Text(printable(cell)) for cell in row))
        is_read_on = not self._console.is_terminal and "COLUMNS" not in os.environ
        self._console.print(_unbroken(table) if is_read_on else table)

    @contextmanager
    def progress(self, what: str) -> Iterator[Advance]:
        """A bar on standard error, on a terminal only, for work that takes long."""
        console = Console(stderr=True)
        if self.as_json or not console.is_terminal:  # a disabled bar may end in an empty line
            yield _unseen
            return
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, console=console, transient=True) as bar:
            task = bar.add_task(what, total=None)

            def advance(done: int, total: int, /) -> None:
                bar.update(task, completed=done, total=total)

            yield advance


def _unbroken(grid: Table) -> Table:
    """
    With each column as wide as its longest word.

    What goes beyond the screen is broken by whoever shows it and can still be copied; a name that
    we broke or cut names nothing.
    """
    for column in grid.columns:
        words = (word for cell in column.cells for word in str(cell).split())
        column.min_width = max(map(cell_len, words), default=0)
    return grid


def _unseen(done: int, total: int, /) -> None:
    """An advance that nobody looks at."""
